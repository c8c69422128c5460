"""The statements of a policy, whether blocks of HCL or a JSON document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agentcore_policies import document, source
from agentcore_policies.check import Conf, blocks, unresolved

# The policies of users, groups and roles.
IDENTITIES = {
    "data": ("aws_iam_policy_document",),
    "resource": (
        "aws_iam_group_policy",
        "aws_iam_policy",
        "aws_iam_role",
        "aws_iam_role_policy",
        "aws_iam_user_policy",
        "aws_ssoadmin_permission_set_inline_policy",
    ),
}
# The policies of resources, and who may assume a role.
RESOURCES = {
    "data": ("aws_iam_policy_document",),
    "resource": (
        "aws_iam_role",
        "aws_kms_key",
        "aws_kms_key_policy",
        "aws_s3_bucket_policy",
        "aws_sns_topic",
        "aws_sns_topic_policy",
        "aws_sqs_queue",
        "aws_sqs_queue_policy",
    ),
}


@dataclass(frozen=True)
class Statement:
    """One statement, as far as checkov could evaluate it; an expression remains as it is written.

    `services` are the services among its principals, `conditions` what each key, in lower case, is compared with.
    """

    name: str
    allows: bool
    has_principals: bool
    services: list[str]
    actions: list[str]
    resources: list[str]
    excluded: list[str]
    conditions: dict[str, list[str]]

    def has(self, *keys: str) -> bool:
        """Return whether one of its conditions is about a key that begins so."""
        return any(key.startswith(keys) for key in self.conditions)


def read(conf: Conf, block: source.Text | None, *names: str) -> Iterator[Statement | None]:
    """Return the statements of a data source's blocks, or of the documents in these arguments; None for an expression.

    `block` is where the conf comes from, as for `document.read`.
    """
    for number, statement in enumerate(blocks(conf, "statement"), 1):
        yield _of_blocks(statement, number)
    for holder in (conf, *blocks(conf, "inline_policy")):
        for name in names:
            policy = document.read(holder, name, block)
            if isinstance(policy, dict):
                for number, statement in enumerate(flat(policy.get("Statement")), 1):
                    yield _of_document(statement, number) if isinstance(statement, dict) else None
            elif policy:
                yield None


def flat(value: Any) -> list[Any]:
    """Return the leaves of nested lists."""
    return [leaf for item in value for leaf in flat(item)] if isinstance(value, list) else [value]


def _of_blocks(statement: Conf, number: int) -> Statement:
    principals = blocks(statement, "principals")
    conditions: dict[str, list[str]] = {}
    for condition in blocks(statement, "condition"):
        for key in _texts(condition.get("variable")):
            conditions.setdefault(key.lower(), []).extend(_texts(condition.get("values")))
    return Statement(
        name=_name(statement.get("sid"), number),
        allows="Deny" not in flat(statement.get("effect")),
        has_principals=bool(principals),
        services=[
            name for one in principals if "Service" in flat(one.get("type")) for name in _texts(one.get("identifiers"))
        ],
        actions=_texts(statement.get("actions")),
        resources=_texts(statement.get("resources")),
        excluded=_texts(statement.get("not_resources")),
        conditions=conditions,
    )


def _of_document(statement: dict[str, Any], number: int) -> Statement:
    principal, conditions = statement.get("Principal"), statement.get("Condition")
    compared: dict[str, list[str]] = {}
    for keys in conditions.values() if isinstance(conditions, dict) else ():
        for key, values in keys.items() if isinstance(keys, dict) else ():
            compared.setdefault(key.lower(), []).extend(_texts(values))
    return Statement(
        name=_name(statement.get("Sid"), number),
        allows=statement.get("Effect") == "Allow",
        has_principals=principal is not None,
        services=_texts(principal.get("Service")) if isinstance(principal, dict) else [],
        actions=_texts(statement.get("Action")),
        resources=_texts(statement.get("Resource")),
        excluded=_texts(statement.get("NotResource")),
        conditions=compared,
    )


def _name(sid: Any, number: int) -> str:
    known = [text for text in _texts(sid) if not unresolved(text)]
    return f"Statement {known[0] if known else number}"


def _texts(value: Any) -> list[str]:
    return [str(leaf) for leaf in flat(value) if leaf is not None]
