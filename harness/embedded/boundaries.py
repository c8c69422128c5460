"""A permissions boundary must exist, and AWS's own managed policies do; moto accepts any ARN, and knows none of them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

import inspect
import json
from functools import wraps
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.exceptions import NoSuchEntity
from moto.iam.models import AWSManagedPolicy, IAMBackend, ManagedPolicy, Role


def install() -> None:
    """Load AWS's managed policies, and refuse the boundary of a role that is no policy."""
    create, put = IAMBackend.create_role, IAMBackend.put_role_permissions_boundary

    @wraps(create)
    def create_role(backend: IAMBackend, *args: Any, **kwargs: Any) -> Role:
        arguments = inspect.signature(create).bind(backend, *args, **kwargs).arguments
        _check(backend, arguments["permissions_boundary"])
        return create(backend, *args, **kwargs)

    @wraps(put)
    def put_role_permissions_boundary(backend: IAMBackend, role_name: str, permissions_boundary: str) -> None:
        _check(backend, permissions_boundary)
        put(backend, role_name, permissions_boundary)

    IAMBackend.create_role = create_role
    IAMBackend.put_role_permissions_boundary = put_role_permissions_boundary
    IAMBackend._init_aws_policies = _aws_policies


def _check(backend: IAMBackend, arn: str | None) -> None:
    if arn and backend.policy_arn_regex.match(arn) and arn not in backend.managed_policies:
        raise NoSuchEntity(f"Scope ARN: {arn} does not exist or is not attachable.")


def _aws_policies(backend: IAMBackend) -> list[ManagedPolicy]:
    policies = json.loads(aws_managed_policies_data)
    return [
        AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data)
        for name, data in policies.items()
    ]
