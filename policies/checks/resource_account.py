"""The ARN of a bucket has no account: a role that reads and writes by it does so whoever owns the name by then."""

from __future__ import annotations

import re
from typing import Any

from agentcore_policies import source, statements
from agentcore_policies.check import Check, Conf, judged
from agentcore_policies.statements import Statement

KEYS = ("aws:resourceaccount", "aws:resourceorg", "s3:resourceaccount")
BUCKET = re.compile(r"arn:[^:]+:s3:::([^/*]+)")
FROM_OUTSIDE = re.compile(r"\bvar\.|:s3:::")


class ResourceAccount(Check):
    """Each statement that allows something on a bucket from elsewhere says whose it is."""

    def problems(self, conf: Conf) -> list[str] | None:
        """Return a sentence per statement that does not; None where no bucket is known to be from elsewhere."""
        found = statements.read(conf, source.block(self.graph, conf), "policy", "inline_policy")
        about_buckets = [one for one in found if one is None or _reaches_a_bucket(one)]
        made = _made(self.graph)
        return judged(one and _judge(one, made) for one in about_buckets) if about_buckets else None


def _reaches_a_bucket(statement: Statement) -> bool:
    is_of_an_identity = statement.allows and not statement.has_principals
    return is_of_an_identity and any(action.lower().startswith("s3:") for action in statement.actions)


def _judge(statement: Statement, made: set[str]) -> str | None:
    if statement.has(*KEYS):
        return ""
    verdicts = [_comes_from_elsewhere(resource, made) for resource in statement.resources] or [None]
    if True in verdicts:
        return f"{statement.name} does not say whose bucket it is about."
    return None if None in verdicts else ""


def _comes_from_elsewhere(resource: str, made: set[str]) -> bool | None:
    """Return whether the code has but the name of a bucket; None where that is not known."""
    if "aws_s3_bucket." in resource:
        return False
    if named := BUCKET.match(resource):
        return named[1] not in made
    return True if FROM_OUTSIDE.search(resource) else None


def _made(graph: Any) -> set[str]:
    """Return the names of the buckets that the code makes."""
    buckets = (node for _, node in graph.nodes() if node.get("resource_type") == "aws_s3_bucket")
    return {str(name) for node in buckets for name in statements.flat(node.get("bucket")) if name}


ResourceAccount(
    "CKV_AGENTCORE_14",
    "Say whose a bucket is that a role reaches by its name: aws:ResourceAccount",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceaccount",
    **statements.IDENTITIES,
)
