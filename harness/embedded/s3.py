"""S3 evaluates a bucket's policy with its conditions; moto denies what a condition does not match."""

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from harness.embedded.policy import Effect, Request, evaluate

# Plain HTTP on this machine counts as TLS, which clients of AWS use by default.
CONTEXT = {"aws:SecureTransport": "true"}
RESULTS = {
    Effect.ALLOW: PermissionResult.PERMITTED,
    Effect.DENY: PermissionResult.DENIED,
    Effect.NONE: PermissionResult.NEUTRAL,
}


def install() -> None:
    """Evaluate policies of buckets as those of roles are; a condition operator that is not known denies.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-auth-workflow-object-operation.html
    """

    def get_permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
        if bucket.policy is None:
            return PermissionResult.NEUTRAL
        owner = ("AWS", f"arn:{bucket.partition}:iam::{bucket.account_id}:root")
        try:
            return RESULTS[evaluate([bucket.policy.decode()], Request(action, resource, CONTEXT, owner))]
        except LookupError:
            return PermissionResult.DENIED

    FakeBucket.get_permission = get_permission
