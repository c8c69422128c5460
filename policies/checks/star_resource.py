"""A `*` that AWS forces looks like one that nobody thought about, unless it says why."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentcore_policies import source, statements
from agentcore_policies.check import Check, Conf, unresolved
from agentcore_policies.statements import Statement

RESOURCES = re.compile(r'\b(not_resources|NotResource|resources|Resource)"?\s*[=:]\s*')
STAR = re.compile(r'"\*"')
# What has a name that can be written in full; what is below one (versions, indexes, executions, objects) may be many.
_PLACE = r'(?:\$\{[^{}]*\}|[^":$])*'
_NAME = r'(?:\$\{[^{}]*\}|[^":/*$])*'
NAMED = re.compile(
    rf"""
    "arn:{_PLACE}:(?:
        bedrock-agentcore:{_PLACE}:{_PLACE}:runtime/{_NAME}
        | dynamodb:{_PLACE}:{_PLACE}:table/{_NAME}
        | events:{_PLACE}:{_PLACE}:event-bus/{_NAME}
        | iam::{_PLACE}:role/(?:{_NAME}/)*{_NAME}
        | kms:{_PLACE}:{_PLACE}:key/{_NAME}
        | lambda:{_PLACE}:{_PLACE}:function:{_NAME}
        | (?:sns|sqs):{_PLACE}:{_PLACE}:{_NAME}
        | states:{_PLACE}:{_PLACE}:(?:activity|stateMachine):{_NAME}
    )\*
    """,
    re.VERBOSE,
)
ACTIONS = re.compile(r'\b(?:actions|Action)"?\s*[=:]\s*')
ACTION = re.compile(r'"[a-z0-9-]+:([^"]+)"')
READS = re.compile(r"(?:BatchGet|Describe|Get|Head|List|PartiQLSelect|Query|Scan)\w*\*?")
DENY = re.compile(r'effect"?\s*[=:]\s*"Deny"', re.IGNORECASE)
REASON = re.compile(r"(?:#|//|/\*)\s*\*\s+because\s+\w")


class StarResource(Check):
    """Each statement that allows something on `*`, or more than to read on names with a `*`, says why in a comment."""

    def problems(self, conf: Conf) -> list[str] | None:
        """Name the lines without a reason."""
        block = source.block(self.graph, conf)
        if not block:
            return None
        stars = list(_stars(block))
        if not stars and any(map(_allows_all, filter(None, statements.read(conf, block, "policy", "inline_policy")))):
            return [
                "A * is added to its resources from elsewhere in the code, where no reason can be written beside it."
            ]
        return [f"Line {star} does not say why it needs the *." for star, reason in stars if not reason]


def _stars(block: source.Text) -> Iterator[tuple[int, bool]]:
    """Return the line of each * among the resources that a statement allows, and whether it has a reason.

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
        if _changes(text, start, end):
            places += [name.start() for name in NAMED.finditer(value)]
        if resources[1].casefold().startswith("not"):
            # An expression may be empty: only a list of literals certainly excludes something.
            places = [0] if value.startswith(("[", '"')) and value[1:].strip(" ]\n\t") else []
        yield from ((number(resources.end() + place), reason) for place in places)


def _changes(text: str, start: int, end: int) -> bool:
    """Return whether a statement certainly allows more than to read."""
    values = (text[found.end() : _end(text, found.end())] for found in ACTIONS.finditer(text, start, end))
    return any(not READS.fullmatch(action) for value in values for action in ACTION.findall(value))


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


def _allows_all(statement: Statement) -> bool:
    return statement.allows and (
        "*" in statement.resources or any(not unresolved(resource) for resource in statement.excluded)
    )


StarResource(
    "CKV_AGENTCORE_8",
    "Name the resources of every statement, in full if it changes or calls them, or say `# * because …` in or above it",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    **statements.IDENTITIES,
)
