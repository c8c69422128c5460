"""docs/benchmarks.md: `make bench` writes what is between marks, and the plots; the rest is written by hand."""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.benchmark.cost import Cost
from harness.benchmark.figures import spread
from harness.benchmark.growth import Grown
from harness.benchmark.outages import Result
from harness.benchmark.overhead import REASONS
from harness.benchmark.overhead import Path as Taken
from harness.benchmark.plans import Measured, Timed
from harness.benchmark.simulation import Burst
from harness.docs.markdown import between, table
from harness.docs.plots import Bar, chart
from harness.paths import DOCS

DOCUMENT = DOCS / "benchmarks.md"
CPUS = Path("/proc/cpuinfo")
LIMIT = 1024 * 1024  # bytes of a definition: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html

Section = tuple[str, Mapping[str, str]]  # the text, and plots by the name of their file


def marks(section: str) -> tuple[str, str]:
    """Return the lines around what is measured for a section."""
    return f"<!-- {section}: made by `make bench` -->\n\n", f"\n\n<!-- end of {section} -->"


def write(section: str, measured: Section) -> None:
    """Put what was measured into its section of the document, and its plots beside it."""
    text, plots = measured
    document = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(between(document, *marks(section), text), encoding="utf-8")
    for name, plot in plots.items():
        (DOCS / name).write_text(plot, encoding="utf-8")


def plans(measured: Measured) -> Section:
    """Return the times of plans as a table, and with what they were measured."""
    rows = [
        _plan("`examples/complete`", measured.complete),
        _plan("`harness/benchmark/bare`", measured.bare),
        ("**ratio of the medians**", "", f"**{measured.ratio:.2f}**"),
    ]
    versions = ", ".join(f"{what} {version}" for what, version in measured.versions.items())
    text = (
        f"{table(('plan of', 'resources', 'took'), rows)}\n\n"
        f"{len(measured.bare.seconds)} plans of each, {_today()}, on {machine()},\nwith {versions}."
    )
    return text, {}


def bursts(measured: Iterable[Burst]) -> Section:
    """Return the outcomes of bursts as a table."""
    kinds = sorted(_repeated(measured, lambda burst: (burst.documents, burst.workflow, burst.simulated)).items())
    rows = [
        (
            f"{documents:,}",
            workflow,
            "simulation" if simulated else "embedded AWS",
            spread([burst.right for burst in of_kind]),
            spread([documents - burst.right for burst in of_kind]),
            spread([burst.calls for burst in of_kind]),
            spread([burst.throttled_share for burst in of_kind], form=".0%"),
            spread([burst.seconds for burst in of_kind], " s"),
            spread([burst.ratio for burst in of_kind], form=".2f")
            if all(burst.right == documents for burst in of_kind)
            else "",
        )
        for (documents, workflow, simulated), of_kind in kinds
    ]
    columns = ("documents", "workflow", "by", "right", "failed", "calls", "throttled", "done after")
    columns += ("of the quota's time",)
    by_size: dict[int, dict[str, Burst]] = {}
    for (documents, workflow, _), of_kind in kinds:  # the embedded AWS before the simulation
        by_size.setdefault(documents, {}).setdefault(workflow, min(of_kind, key=lambda burst: burst.right))
    groups = [
        (
            f"{size:,} documents",
            [_share(name, burst.right, size, f"in {burst.seconds:,.0f} s") for name, burst in of_size.items()],
        )
        for size, of_size in by_size.items()
    ]
    plot = chart(
        "A burst against 25 new sessions a second", "documents processed correctly: share (bar) and number", groups
    )
    return _measured(table(columns, rows)), {"benchmark-bursts.svg": plot}


def outages(measured: Iterable[Result]) -> Section:
    """Return the outcomes of outages as a table."""
    columns = ("outage", "workflow", "healthy documents", "right", "lost", "exceptions for nothing", "dead letters")
    columns += (
        "calls of the sick agent",
        "throttled, of all calls",
        "last one done after recovery",
        "longest document",
    )
    rows: list[tuple[str, ...]] = []
    by_outage: dict[str, list[Bar]] = {}
    for outage, found in _repeated(measured, lambda result: result.outage.name).items():
        for workflow, results in _repeated(found, lambda result: result.workflow).items():
            rows.append(_outage_row(results))
            worst = min(results, key=lambda result: result.right)
            by_outage.setdefault(outage, []).append(
                _share(workflow, worst.right, worst.healthy, f"{worst.lost} lost, {worst.calls} calls")
            )
    plot = chart(
        "An outage of an agent", "healthy documents processed correctly: share (bar) and number", by_outage.items()
    )
    return _measured(table(columns, rows)), {"benchmark-outages.svg": plot}


def herd(measured: Iterable[Burst]) -> Section:
    """Return what asking again costs, by how one waits."""
    found = list(measured)
    rows = [(one.workflow, f"{one.calls:,}", f"{one.throttled_share:.0%}", f"{one.seconds:,.0f} s") for one in found]
    least = min(one.calls for one in found)
    bars = [
        Bar(one.workflow, one.calls, f"{one.calls:,} in {one.seconds:,.0f} s", "good" if one.calls == least else "warn")
        for one in found
    ]
    plot = chart("The herd: 1,000 clients, 25 new sessions a second", "calls until each has a session", [("", bars)])
    return table(("clients ask again", "calls", "throttled", "all served after"), rows), {"benchmark-herd.svg": plot}


def overhead(measured: Iterable[Taken], definition: str) -> Section:
    """Return what each path makes beside its agents' calls, and why."""
    found = list(measured)
    columns = ("path", "agents' calls", "AWS calls", "states", "log events", "KB of logs")
    rows = [
        (one.name, *map(str, (one.agent_calls, one.service_calls, one.states, one.events, round(one.log_bytes / 1000))))
        for one in found
    ]
    most: Counter[str] = Counter()
    for one in found:
        most |= one.calls
    first = found[0]
    reasons = [(state, str(first.calls[state]), reason) for state, reason in REASONS.items() if most[state]]
    size = len(definition.encode())
    return (
        _measured(
            f"{table(columns, rows)}\n\n{table(('state', f'in {first.name}', 'why it calls'), reasons)}\n\n"
            f"The definition has {size / 1000:,.0f} KB, {size / LIMIT:.0%} of what AWS allows."
        ),
        {},
    )


def costs(
    measured: Iterable[Cost], mistakes: Iterable[tuple[str, float]], as_of: str, assumed: Mapping[str, float]
) -> Section:
    """Return what 1,000 documents cost."""
    found = list(measured)
    parts = list(dict.fromkeys(part for cost in found for part in cost.parts))
    rows = [(cost.way, *(_dollars(cost.parts.get(part)) for part in parts), _dollars(cost.total)) for cost in found]
    wrong = [(what, _dollars(dollars)) for what, dollars in mistakes]
    assumptions = ", ".join(f"{name} {value:g}" for name, value in assumed.items())
    text = (
        f"{table(('1,000 documents', *parts, 'all'), rows)}\n\n{table(('mistake', '1,000 times'), wrong)}\n\n"
        f"US dollars, with prices of {as_of}, us-east-1. Assumed: {assumptions}."
    )
    return text, {}


def growth(measured: Iterable[Grown], paces: Iterable[tuple[int, Burst]]) -> Section:
    """Return how the module grows."""
    columns = ("instances", "resources", "plan", "apply", "second plan", "destroy")
    rows = [
        (str(one.instances), f"{one.resources:,}", *(f"{second:.0f} s" for second in _seconds(one))) for one in measured
    ]
    speed = [(f"{places:,}", f"{burst.documents / burst.seconds * 60:.0f}") for places, burst in paces]
    return _measured(f"{table(columns, rows)}\n\n{table(('places', 'documents a minute'), speed)}"), {}


def facts(rows: Sequence[tuple[str, str]]) -> Section:
    """Return facts as a table."""
    return _measured(table(("what", "how many"), rows)), {}


def machine() -> str:
    """Describe the machine that this runs on, and how busy it is."""
    described = CPUS.read_text(encoding="utf-8").splitlines() if CPUS.exists() else []
    models = [line.partition(":")[2].strip() for line in described if line.startswith("model name")]
    cpu = models[0] if models else platform.machine()
    return f"{os.cpu_count()} cores of {cpu} at a load of {os.getloadavg()[0]:.0f}, {platform.system()}"


def _measured(text: str) -> str:
    return f"{text}\n\nMeasured {_today()}, on {machine()}."


def _plan(what: str, timed: Timed) -> tuple[str, ...]:
    return what, str(timed.resources), spread(timed.seconds, " s", ".1f")


def _repeated(measured: Iterable[Any], kind: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    """Put together what was measured of the same kind."""
    kinds: dict[Any, list[Any]] = {}
    for one in measured:
        kinds.setdefault(kind(one), []).append(one)
    return kinds


def _outage_row(results: Sequence[Result]) -> tuple[str, ...]:
    first = results[0]
    counts = ("healthy", "right", "lost", "exceptions", "dead_letters", "calls")
    return (
        first.outage.name,
        first.workflow,
        *(spread([getattr(one, count) for one in results]) for count in counts),
        f"{spread([one.throttled for one in results])} of {spread([one.all_calls for one in results])}",
        "" if first.seconds is None or not first.outage.lasts else spread([one.seconds for one in results], " s"),
        "" if first.longest is None else spread([one.longest for one in results], " s"),
    )


def _share(name: str, right: int, of: int, more: str) -> Bar:
    tone = "good" if right == of else "warn" if right > of / 2 else "bad"
    return Bar(name, right / of, f"{right:,}, {more}", tone)


def _seconds(grown: Grown) -> tuple[float, ...]:
    return grown.plan, grown.apply, grown.second_plan, grown.destroy


def _dollars(amount: float | None) -> str:
    return "" if amount is None else f"{amount:.2f}" if amount >= 0.1 else f"{amount:.3f}"


def _today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"
