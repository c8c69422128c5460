"""docs/operations.md is written by hand: every alarm must have a section in it, and every such section an alarm."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.paths import DOCS
from harness.render import defaults

DOCUMENT = DOCS / "operations.md"
HEADING = re.compile(r"^### `([\w-]+)`$", re.MULTILINE)
ALARMS = ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm")
OF_EACH = re.compile(
    r"^(circuit-open|step-failing|runtime-(?:throttled|errors|slow)|table-throttled)-.*"
)  # one section for all agents, or tables


def problems() -> Iterator[str]:
    """Yield a sentence for each alarm without a section, and for each section without an alarm."""
    documented = set(HEADING.findall(DOCUMENT.read_text(encoding="utf-8")))
    for alarm in sorted(alarms() - documented):
        yield f"docs/operations.md has no section ### `{alarm}`: say what it means, where to look and what to do."
    for section in sorted(documented - alarms()):
        yield f"docs/operations.md has a section ### `{section}`, but there is no such alarm."


def alarms() -> set[str]:
    """Return the names of the alarms without the prefix that distinguishes instances."""
    names = [resource["change"]["after"]["alarm_name"] for resource in defaults() if resource["type"] in ALARMS]
    prefix = next(name for name in names if name.endswith("-down")).removesuffix("down")
    return {OF_EACH.sub(r"\1", name.removeprefix(prefix)) for name in names}
