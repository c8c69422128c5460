"""The table of checks in docs/policies.md; the rest of that document is written by hand.

The checks are read from their source: loading them takes checkov, which lives in an environment of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from harness.docs.markdown import table
from harness.paths import DOCS, ROOT

BEGIN, END = "<!-- checks: made by `make docs` -->\n\n", "\n\n<!-- end of checks -->"


@dataclass(frozen=True)
class Check:
    """What a check says of itself, and what it can judge."""

    number: int
    id: str
    title: str
    page: str
    read_from: str


def render() -> str:
    """Give the document with its table made anew."""
    before, rest = (DOCS / "policies.md").read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    rows = ((f"[{check.id}]({check.page})", check.title, check.read_from) for check in checks())
    return "".join([before, BEGIN, table(("check", "what to do", "read from"), rows), END, after])


def checks() -> list[Check]:
    """Give the checks by number."""
    return sorted(_registered(), key=lambda check: check.number)


def _registered() -> Iterator[Check]:
    for file in (ROOT / "policies" / "checks").glob("*.py"):
        for statement in ast.parse(file.read_text(encoding="utf-8")).body:
            match statement:
                case ast.Expr(ast.Call(_, [ast.Constant(name), ast.Constant(title), ast.Constant(page)], kinds)):
                    text = any(kind.arg is None for kind in kinds)  # **EVERY_BLOCK, **POLICIES: what a plan lacks
                    yield Check(int(name.rpartition("_")[2]), name, title, page, "source" if text else "source, plan")
