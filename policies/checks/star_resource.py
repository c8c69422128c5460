"""A `*` that AWS forces looks like one that nobody thought about, unless it says why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from agentcore_policies import source
from agentcore_policies.check import Check, Conf, blocks

RESOURCES = re.compile(r'\b(?:resources|Resource"?)\s*[=:]\s*(?:"\*"|\[[^\]]*\])')
STAR = re.compile(r'"\*"')
DENY = re.compile(r'effect"?\s*[=:]\s*"Deny"', re.IGNORECASE)
REASON = re.compile(r"(?:#|//)\s*\*\s+because\s+\w")


class StarResource(Check):
    """Each statement that allows something on `*` has `# * because …` in it or on the line above."""

    def problems(self, conf: Conf) -> list[str] | None:
        """Name the lines without a reason."""
        lines = source.lines(self.graph, conf)
        if not lines:
            return _of_plan(conf)
        stars = list(_stars(lines))
        if not stars and _allows_all(conf):
            return ["A * comes to its resources from elsewhere in the code, where no reason can stand beside it."]
        return [f"Line {star} does not say why it needs the *." for star, reason in stars if not reason]


def _stars(lines: dict[int, str]) -> Iterator[tuple[int, bool]]:
    """Give the line of each "*" among the resources that a statement allows, and whether a reason is given."""
    text = "\n".join("" if _is_comment(line) else line for line in lines.values())

    def number(place: int) -> int:
        return min(lines) + text.count("\n", 0, place)

    for resources in RESOURCES.finditer(text):
        start, end = _statement(text, resources.start())
        if DENY.search(text, start, end):
            continue
        first, last = number(start), number(end)
        above = [lines[first - 1]] if _is_comment(lines.get(first - 1, "")) else []
        reason = any(REASON.search(line) for line in [*above, *(lines[line] for line in range(first, last + 1))])
        for star in STAR.finditer(resources[0]):
            yield number(resources.start() + star.start()), reason


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith(("#", "//"))


def _statement(text: str, place: int) -> tuple[int, int]:
    """Give where the innermost { … } around a place starts and ends."""
    depth, start, end = 1, place, place
    while depth and start:
        start -= 1
        depth += {"}": 1, "{": -1}.get(text[start], 0)
    depth = 1
    while depth and end < len(text):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        end += 1
    return start, end


def _allows_all(conf: Conf) -> bool:
    """Tell whether a statement, as far as checkov could evaluate it, allows something on every resource."""
    policy = (conf.get("policy") or [None])[0]
    statements = blocks(conf, "statement") + (_flat(policy.get("Statement")) if isinstance(policy, dict) else [])
    return any(
        "Deny" not in _flat(statement.get("effect", statement.get("Effect")))
        and "*" in _flat(statement.get("resources", statement.get("Resource")))
        for statement in statements
    )


def _flat(value: Any) -> list[Any]:
    return [leaf for item in value for leaf in _flat(item)] if isinstance(value, list) else [value]


def _of_plan(conf: Conf) -> list[str] | None:
    """Judge a policy of which only the plan is at hand, where no comment can be."""
    if "policy" not in conf or any(
        "data.aws_iam_policy_document." in name for names in conf.get("references_", ()) for name in names
    ):
        return None  # the document's source is where the reasons are
    return ["A statement allows *."] if _allows_all(conf) else []


StarResource(
    "CKV_AGENTCORE_8",
    "Name the resources of every statement, or say `# * because …` in it or on the line above",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    data=("aws_iam_policy_document",),
    resource=("aws_iam_policy", "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy"),
)
