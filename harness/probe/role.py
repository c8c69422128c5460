"""A role for the probe's state machines: a copy of the stack's own, which trusts the stack's state machine only."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.stack import Stack

Statement = Mapping[str, Any]


@dataclass(frozen=True)
class Role:
    """A copied role, and the statements that the stack's role has for itself."""

    arn: str
    statements: Sequence[Statement]

    @property
    def bucket(self) -> str:
        """The first of the buckets whose documents it may read."""
        listed = (statement for statement in self.statements if "s3:ListBucket" in _list(statement["Action"]))
        return _list(next(listed)["Resource"])[0].rpartition(":")[2]


@contextlib.contextmanager
def copied_role(stack: Stack, name: str, extra: Sequence[Statement]) -> Iterator[Role]:
    """Yield a copy of the stack's role with `extra` statements, for state machines whose names begin with `name`.

    It is deleted with the block. Raises ClientError.
    """
    iam = stack.client("iam")
    source = iam.get_role(RoleName=stack.outputs["role_arn"].rpartition("/")[2])["Role"]
    boundary = {"PermissionsBoundary": arn} if (arn := _boundary(source)) else {}
    own = {
        policy: iam.get_role_policy(RoleName=source["RoleName"], PolicyName=policy)["PolicyDocument"]
        for policy in iam.list_role_policies(RoleName=source["RoleName"])["PolicyNames"]
    }
    attached = iam.list_attached_role_policies(RoleName=source["RoleName"])["AttachedPolicies"]
    with contextlib.ExitStack() as undo:
        role = iam.create_role(
            RoleName=name,
            Description="Made by `make probe`, which deletes it when it ends.",
            AssumeRolePolicyDocument=json.dumps(_document([_trust(stack, name)])),
            **boundary,
        )["Role"]
        undo.callback(iam.delete_role, RoleName=name)
        for policy, document in {**own, "probe": _document(extra)}.items():
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
            undo.callback(iam.delete_role_policy, RoleName=name, PolicyName=policy)
        for policy in attached:
            iam.attach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
            undo.callback(iam.detach_role_policy, RoleName=name, PolicyArn=policy["PolicyArn"])
        yield Role(role["Arn"], [statement for document in own.values() for statement in document["Statement"]])


def machines(stack: Stack, name: str) -> str:
    """Return the pattern of the ARNs of state machines whose names begin with `name`."""
    return f"{stack.outputs['state_machine_arn'].rpartition(':')[0]}:{name}-*"


def _trust(stack: Stack, name: str) -> Statement:
    # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
    return {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "states.amazonaws.com"},
        "Condition": {
            "StringEquals": {"aws:SourceAccount": stack.outputs["state_machine_arn"].split(":")[4]},
            "ArnLike": {"aws:SourceArn": machines(stack, name)},
        },
    }


def _document(statements: Sequence[Statement]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _boundary(role: Mapping[str, Any]) -> str | None:
    return role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
