"""A service that may act for anybody can be made to act for a stranger: the confused deputy."""

from __future__ import annotations

import re

from agentcore_policies import source, statements
from agentcore_policies.check import Check, Conf, judged, unresolved
from agentcore_policies.statements import Statement

# Services that say for which account and resource they act, as their pages have it; Lambda and EC2 do not.
# bedrock-agentcore: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/cross-service-confused-deputy-prevention.html
# cloudwatch: https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
# events: https://docs.aws.amazon.com/eventbridge/latest/userguide/cross-service-confused-deputy-prevention.html
# s3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html
# scheduler: https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
# sns: https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html
# states: https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
SERVICES = re.compile(
    r"(bedrock-agentcore|cloudwatch|events|s3|scheduler|sns|states)(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?"
)
# An encryption context names the resource too, in the policies of keys.
KEYS = ("aws:sourceaccount", "aws:sourcearn", "aws:sourceorg", "aws:sourceowner", "kms:encryptioncontext:")


class ServiceSource(Check):
    """Each statement that lets one of these services in says for which account or resource."""

    def problems(self, conf: Conf) -> list[str] | None:
        """Return a sentence per statement that does not; None where no service is let in, as far as is known."""
        found = list(statements.read(conf, source.block(self.graph, conf), "policy", "assume_role_policy"))
        if not any(one is None or one.services for one in found):
            return None
        return judged(one and _judge(one) for one in found)


def _judge(statement: Statement) -> str | None:
    if not statement.allows or not statement.services or statement.has(*KEYS):
        return ""
    if named := [service for service in statement.services if SERVICES.fullmatch(service)]:
        return f"{statement.name} lets {' and '.join(named)} act for any account."
    return None if any(map(unresolved, statement.services)) else ""


ServiceSource(
    "CKV_AGENTCORE_13",
    "Say for which account or resource a service may act: aws:SourceAccount or aws:SourceArn beside its principal",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
    **statements.RESOURCES,
)
