"""Roles in the embedded AWS."""

import json
from collections.abc import Iterable
from typing import Any

from harness.embedded import Endpoint

ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def make_role(
    aws: Endpoint, name: str, *services: str, allow: Iterable[dict[str, Any]] = (ANYTHING,), **trust: Any
) -> str:
    """Make a role that services may assume, with the statements of what it may do; return its ARN."""
    principal = {"Service": [f"{service}.amazonaws.com" for service in services]}
    assume = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **trust}
    iam = aws.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document(assume))["Role"]
    if statements := list(allow):
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=_document(*statements))
    return role["Arn"]


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
