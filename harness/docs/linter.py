"""docs/linter.md: how the state machine linter is used, and its rules."""

from __future__ import annotations

from collections.abc import Iterator

from harness.asl import RULES, Rule
from harness.docs.markdown import introduction, table


def render() -> str:
    """Return the document: the introduction, then a section for each rule."""
    rows = ((f"[{rule.code}](#{rule.code.lower()})", _kind(rule), rule.title) for rule in RULES.values())
    summary = table(("rule", "severity", "what it asks for"), rows)
    sections = (line for rule in RULES.values() for line in _section(rule))
    return "\n".join([introduction(__file__), "", summary, *sections]) + "\n"


def _kind(rule: Rule) -> str:
    return rule.severity.lower() + (f", profile `{rule.profile}`" if rule.profile else "")


def _section(rule: Rule) -> Iterator[str]:
    yield from ("", f"### {rule.code}", "")
    aws = f" AWS reports it as `{rule.aws_code}`." if rule.aws_code else ""
    yield f"{rule.title} ({_kind(rule)}).{aws} [Documentation]({rule.page})"
