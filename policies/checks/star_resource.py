"""A `*` that AWS forces looks like one that nobody thought about, unless it says why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from agentcore_policies import document, source
from agentcore_policies.check import Check, Conf, blocks, unresolved

# What a plan shows has no comments: the reasons are in the source.
POLICIES = {
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
RESOURCES = re.compile(r'\b(not_resources|NotResource|resources|Resource)"?\s*[=:]\s*')
STAR = re.compile(r'"\*"')
DENY = re.compile(r'effect"?\s*[=:]\s*"Deny"', re.IGNORECASE)
REASON = re.compile(r"(?:#|//|/\*)\s*\*\s+because\s+\w")


class StarResource(Check):
    """Each statement that allows something on `*` has `# * because …` in it or in the comment above."""

    def problems(self, conf: Conf) -> list[str] | None:
        """Name the lines without a reason."""
        block = source.block(self.graph, conf)
        if not block:
            return None
        stars = list(_stars(block))
        if not stars and any(_allows_all(statement) for statement in _statements(conf, block)):
            return [
                "A * is added to its resources from elsewhere in the code, where no reason can be written beside it."
            ]
        return [f"Line {star} does not say why it needs the *." for star, reason in stars if not reason]


def _statements(conf: Conf, block: source.Text) -> Iterator[Conf]:
    """Return the statements as far as checkov could evaluate them."""
    yield from blocks(conf, "statement")
    for holder in (conf, *blocks(conf, "inline_policy")):
        for name in ("policy", "inline_policy"):
            policy = document.read(holder, name, block)
            found = _flat(policy.get("Statement")) if isinstance(policy, dict) else []
            yield from (statement for statement in found if isinstance(statement, dict))


def _stars(block: source.Text) -> Iterator[tuple[int, bool]]:
    """Return the line of each "*" among the resources that a statement allows, and whether it has a reason.

    A list of what is not among the resources is as much as a "*".
    """
    code = block.code()
    text = "\n".join(code.values())

    def number(place: int) -> int:
        return min(code) + text.count("\n", 0, place)

    for resources in RESOURCES.finditer(text):
        start, end = _braces(text, resources.start())
        if DENY.search(text, start, end):
            continue
        first, last = number(start), number(end)
        while _is_comment(block, code, first - 1):
            first -= 1
        reason = bool(REASON.search("\n".join(block.lines[line] for line in range(first, last + 1))))
        value = text[resources.end() : _end(text, resources.end())]
        places = [star.start() for star in STAR.finditer(value)]
        if resources[1].casefold().startswith("not"):
            # An expression may be empty: only a list of literals certainly excludes something.
            places = [0] if value.startswith(("[", '"')) and value[1:].strip(" ]\n\t") else []
        yield from ((number(resources.end() + place), reason) for place in places)


def _is_comment(block: source.Text, code: dict[int, str], line: int) -> bool:
    return line in code and not code[line].strip() and bool(block.lines[line].strip())


def _braces(text: str, place: int) -> tuple[int, int]:
    """Return where the innermost { … } around a place starts and ends."""
    depth, start, end = 1, place, place
    while depth and start:
        start -= 1
        depth += {"}": 1, "{": -1}.get(text[start], 0)
    depth = 1
    while depth and end < len(text):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        end += 1
    return start, end


def _end(text: str, place: int) -> int:
    """Return where the value that starts at a place ends."""
    depth = 0
    for end in range(place, len(text)):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(text[end], 0)
        if depth < 0 or (depth == 0 and text[end] in ",\n"):
            return end
    return len(text)


def _allows_all(statement: Conf) -> bool:
    if "Deny" in _flat(statement.get("effect", statement.get("Effect"))):
        return False
    excluded = _flat(statement.get("not_resources", statement.get("NotResource")))
    if any(isinstance(resource, str) and not unresolved(resource) for resource in excluded):
        return True
    return "*" in _flat(statement.get("resources", statement.get("Resource")))


def _flat(value: Any) -> list[Any]:
    return [leaf for item in value for leaf in _flat(item)] if isinstance(value, list) else [value]


StarResource(
    "CKV_AGENTCORE_8",
    "Name the resources of every statement, or say `# * because …` in it or in the comment above",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    **POLICIES,
)
