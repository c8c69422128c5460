"""Who may list a part of a bucket only, and yet read all of it, reads what he knows the name of."""

from __future__ import annotations

from collections.abc import Iterator

from agentcore_policies import source, statements
from agentcore_policies.check import Check, Conf
from agentcore_policies.statements import Statement


class ObjectPrefix(Check):
    """A policy that lists but a prefix of a bucket reads objects under a prefix of it too."""

    def problems(self, conf: Conf) -> list[str] | None:
        """Return a sentence per statement that reads all; None where no prefix is known."""
        found = [one for one in statements.read(conf, source.block(self.graph, conf), "policy") if one and one.allows]
        listed = {_bare(bucket) for one in found for bucket in _listed_in_part(one)}
        if not listed:
            return None
        return [
            f"{one.name} reads every object of a bucket of which the policy lists a part."
            for one in found
            if any(action.lower().startswith("s3:getobject") for action in one.actions)
            and any(_bare(resource) in {f"{bucket}/*" for bucket in listed} for resource in one.resources)
        ]


def _listed_in_part(statement: Statement) -> Iterator[str]:
    prefixes = statement.conditions.get("s3:prefix", [])
    if "s3:listbucket" in map(str.lower, statement.actions) and all(prefix.strip("*") for prefix in prefixes):
        yield from statement.resources if prefixes else ()


def _bare(resource: str) -> str:
    """Return an ARN without the marks of an expression, which only a part of a text has."""
    return resource.replace("${", "").replace("}", "")


ObjectPrefix(
    "CKV_AGENTCORE_15",
    "Read objects under the prefix that is listed, not in the whole bucket",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_s3_rw-bucket.html",
    **statements.IDENTITIES,
)
