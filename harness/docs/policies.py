"""The tables in docs/policies.md, of the checks and of the module's own skips; the rest is written by hand.

The checks are read from their source: loading them needs checkov, which lives in an environment of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from harness.docs.markdown import between, table
from harness.paths import DOCS, ROOT
from harness.policy.skips import skips


@dataclass(frozen=True)
class Check:
    """What a check says of itself, and what it can judge."""

    number: int
    id: str
    title: str
    page: str
    read_from: str


def render() -> str:
    """Return the document with its tables made anew."""
    text = (DOCS / "policies.md").read_text(encoding="utf-8")
    rows = ((f"[{check.id}]({check.page})", check.title, check.read_from) for check in checks())
    text = _replaced(text, "checks", table(("check", "what to do", "read from"), rows))
    skipped = ((skip.check, f"`{skip.block}`", skip.reason) for skip in skips())
    return _replaced(text, "skips", table(("check", "resource", "why the module skips it"), skipped))


def _replaced(text: str, name: str, content: str) -> str:
    begin, end = f"<!-- {name}: made by `make docs` -->\n\n", f"\n\n<!-- end of {name} -->"
    return between(text, begin, end, content)


def checks() -> list[Check]:
    """Return the checks by number."""
    return sorted(_registered(), key=lambda check: check.number)


def _registered() -> Iterator[Check]:
    for file in (ROOT / "policies" / "checks").glob("*.py"):
        for statement in ast.parse(file.read_text(encoding="utf-8")).body:
            match statement:
                case ast.Expr(ast.Call(_, [ast.Constant(name), ast.Constant(title), ast.Constant(page)], kinds)):
                    text = any(kind.arg is None for kind in kinds)  # **EVERY_BLOCK, **POLICIES: what a plan lacks
                    yield Check(int(name.rpartition("_")[2]), name, title, page, "source" if text else "source, plan")
