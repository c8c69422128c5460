"""docs/benchmarks.md: `make bench` writes what is between marks; the rest is written by hand."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from harness.benchmark.outages import Endured
from harness.benchmark.plans import Measured, Timed
from harness.benchmark.simulation import Burst
from harness.docs.markdown import table
from harness.paths import DOCS

DOCUMENT = DOCS / "benchmarks.md"
CPUS = Path("/proc/cpuinfo")
BURSTS, OUTAGES, PLANS = "bursts", "outages", "plans"  # the sections


def marks(section: str) -> tuple[str, str]:
    """Return the lines around what is measured for a section."""
    return f"<!-- {section}: made by `make bench` -->\n\n", f"\n\n<!-- end of {section} -->"


def write(section: str, text: str) -> None:
    """Put what was measured into its section of the document."""
    begin, end = marks(section)
    before, rest = DOCUMENT.read_text(encoding="utf-8").split(begin)
    _, after = rest.split(end)
    DOCUMENT.write_text("".join([before, begin, text, end, after]), encoding="utf-8")


def plans(measured: Measured) -> str:
    """Return the times of plans as a table, and with what they were measured."""
    rows = [
        _plan("`examples/complete`", measured.complete),
        _plan("`harness/benchmark/bare`", measured.bare),
        ("**ratio of the medians**", "", f"**{measured.ratio:.2f}**", ""),
    ]
    versions = ", ".join(f"{what} {version}" for what, version in measured.versions.items())
    return (
        f"{table(('plan of', 'resources', 'median', 'fastest and slowest'), rows)}\n\n"
        f"{len(measured.bare.seconds)} plans of each, {_today()}, on {machine()},\nwith {versions}."
    )


def bursts(measured: Iterable[Burst]) -> str:
    """Return what came of bursts as a table."""
    rows = [
        (
            f"{burst.documents:,}",
            burst.workflow,
            "simulation" if burst.simulated else "embedded AWS",
            f"{burst.right:,}",
            f"{burst.documents - burst.right:,}",
            f"{burst.calls:,}",
            f"{burst.throttled_share:.0%}",
            f"{burst.seconds:,.0f} s",
            f"{burst.ratio:.2f}" if burst.right == burst.documents else "",
        )
        for burst in sorted(measured, key=lambda burst: (burst.documents, burst.workflow, burst.simulated))
    ]
    columns = (
        "documents",
        "workflow",
        "by",
        "right",
        "failed",
        "calls",
        "throttled",
        "done after",
        "of the quota's time",
    )
    return f"{table(columns, rows)}\n\nMeasured {_today()}, on {machine()}."


def outages(measured: Iterable[Endured]) -> str:
    """Return what came of outages as a table."""
    columns = ("outage", "workflow", "healthy documents", "right", "lost", "exceptions for nothing", "dead letters")
    columns += ("calls of the sick agent", "last one done after healing", "longest document")
    return f"{table(columns, map(_endured, measured))}\n\nMeasured {_today()}, on {machine()}."


def machine() -> str:
    """Describe the machine that this runs on, and how busy it is."""
    described = CPUS.read_text(encoding="utf-8").splitlines() if CPUS.exists() else []
    models = [line.partition(":")[2].strip() for line in described if line.startswith("model name")]
    cpu = models[0] if models else platform.machine()
    return f"{os.cpu_count()} cores of {cpu} at a load of {os.getloadavg()[0]:.0f}, {platform.system()}"


def _plan(what: str, timed: Timed) -> tuple[str, ...]:
    spread = f"{min(timed.seconds):.1f} to {max(timed.seconds):.1f} s"
    return what, str(timed.resources), f"{timed.median:.1f} s", spread


def _endured(endured: Endured) -> tuple[str, ...]:
    counts = (endured.healthy, endured.right, endured.lost, endured.exceptions, endured.dead_letters, endured.calls)
    seconds = (endured.seconds if endured.outage.lasts else None), endured.longest
    return (
        endured.outage.name,
        endured.workflow,
        *map(str, counts),
        *("" if second is None else f"{second:.0f} s" for second in seconds),
    )


def _today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"
