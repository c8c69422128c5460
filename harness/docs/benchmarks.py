"""docs/benchmarks.md: `make bench` writes the part between the marks; the rest is written by hand."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from harness.benchmark import Measured, Timed
from harness.docs.markdown import table
from harness.paths import DOCS

DOCUMENT = DOCS / "benchmarks.md"
BEGIN, END = "<!-- plans: made by `make bench` -->\n\n", "\n\n<!-- end of plans -->"
CPUS = Path("/proc/cpuinfo")


def write(measured: Measured) -> None:
    """Put what was measured into the document."""
    before, rest = DOCUMENT.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    DOCUMENT.write_text("".join([before, BEGIN, plans(measured), END, after]), encoding="utf-8")


def plans(measured: Measured) -> str:
    """Give what was measured as a table, and with what."""
    rows = [
        _row("`examples/complete`", measured.complete),
        _row("`harness/benchmark/bare`", measured.bare),
        ("**ratio of the medians**", "", f"**{measured.ratio:.2f}**", ""),
    ]
    versions = ", ".join(f"{what} {version}" for what, version in measured.versions.items())
    return (
        f"{table(('plan of', 'resources', 'median', 'fastest and slowest'), rows)}\n\n"
        f"{len(measured.bare.seconds)} plans of each, {datetime.now(UTC):%Y-%m-%d}, on {machine()},\nwith {versions}."
    )


def machine() -> str:
    """Say on what machine this runs, and how busy it is."""
    told = CPUS.read_text(encoding="utf-8").splitlines() if CPUS.exists() else []
    models = [line.partition(":")[2].strip() for line in told if line.startswith("model name")]
    cpu = models[0] if models else platform.machine()
    return f"{os.cpu_count()} cores of {cpu} at a load of {os.getloadavg()[0]:.0f}, {platform.system()}"


def _row(what: str, timed: Timed) -> tuple[str, ...]:
    spread = f"{min(timed.seconds):.1f} to {max(timed.seconds):.1f} s"
    return what, str(timed.resources), f"{timed.median:.1f} s", spread
