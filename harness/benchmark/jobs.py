"""What `make bench` measures, in jobs that can run side by side, and how it becomes sections of docs/benchmarks.md.

What happens in virtual time results in the same figures on a busy machine, so such jobs run side by side, and with them
the growth, in which Terraform mostly waits. What else is timed runs alone, before them.
"""

from __future__ import annotations

import functools
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

from harness.benchmark import bursts, cost, engine, growth, herd, ingestion, outages, overhead, plans
from harness.benchmark.simulation import Burst, of_module
from harness.benchmark.trial import applied
from harness.contract import AGENTS
from harness.docs import benchmarks
from harness.docs.benchmarks import Section
from harness.render import render

_AT_ONCE = 4


@dataclass(frozen=True)
class Options:
    """How much is measured."""

    rounds: int = 3  # in which all that differs from time to time is measured
    largest: int = max(bursts.SIZES)  # the largest burst that is not only simulated


def _outages(options: Options) -> list[outages.Result]:
    with applied() as (aws, stack):
        found = [outages.workflow(aws, stack, outage) for _ in range(options.rounds) for outage in outages.OUTAGES]
    return [*map(outages.loop, outages.OUTAGES), *found]


def _bursts(places: int | None, options: Options) -> list[Burst]:
    with applied(max_concurrent_documents=places) as (aws, stack):
        return list(bursts.measure(aws, stack, places, options.largest, options.rounds))


def _paths(_: Options) -> tuple[list[overhead.Path], list[Burst], str]:
    with applied() as (aws, stack):
        definition = stack.outputs["state_machine_definition"]
        return list(overhead.measure(aws, stack)), list(herd.measure(of_module(definition, None))), definition


def _uploads(_: Options) -> list[ingestion.Row]:
    breaker = {"circuit_breaker": {"failure_threshold": ingestion.FAILURE_THRESHOLD}}
    with applied(uploads=True, agents=dict.fromkeys(AGENTS, breaker)) as (aws, stack):
        return list(ingestion.uploads(aws, stack))


def _backfill(_: Options) -> list[ingestion.Row]:
    with applied(backfill=ingestion.AT_ONCE) as (aws, stack):
        return list(ingestion.backfilled(aws, stack))


def _callbacks(_: Options) -> overhead.Path:
    calling_back = {agent: {"completion": "callback"} for agent in AGENTS}
    with applied(workflow_type="STANDARD", agents=calling_back) as (aws, stack):
        return next(overhead.measure(aws, stack, [overhead.CALLED_BACK]))


def _engine(options: Options) -> list[engine.Row]:
    with applied() as (aws, stack):
        return list(engine.measure(aws, stack, options.rounds))


def _growth(_: Options) -> tuple[list[growth.Grown], list[tuple[int, Burst]]]:
    found = list(growth.measure())
    rendered = render({"places": {"max_concurrent_documents": bursts.PLACES}})["places"]["workflow"]
    return found, list(growth.pace(of_module(rendered.definition, bursts.PLACES)))


TIMED: Mapping[str, Callable[[Options], Any]] = {
    "plans": lambda options: plans.measure(options.rounds),
    "engine": _engine,
}
TOGETHER: Mapping[str, Callable[[Options], Any]] = {  # the longest first
    "growth": _growth,
    "bursts with places": functools.partial(_bursts, bursts.PLACES),
    "bursts": functools.partial(_bursts, None),
    "backfill": _backfill,
    "uploads": _uploads,
    "outages": _outages,
    "paths": _paths,
    "callbacks": _callbacks,
}


@dataclass(frozen=True)
class Part:
    """A section, the jobs whose results it needs, and how it is made of them."""

    jobs: tuple[str, ...]
    section: Callable[..., Section]


def _costs(found: tuple[list[overhead.Path], list[Burst], str], called_back: overhead.Path) -> Section:
    as_of, _, assumed = cost.prices()
    return benchmarks.costs(cost.model(found[0][0], called_back), cost.mistakes(), as_of, assumed)


PARTS: Mapping[str, Part] = {
    "outages": Part(("outages",), benchmarks.outages),
    "bursts": Part(
        ("bursts", "bursts with places"), lambda *found: benchmarks.bursts([*bursts.others(), *found[0], *found[1]])
    ),
    "herd": Part(("paths",), lambda found: benchmarks.herd(found[1])),
    "overhead": Part(("paths",), lambda found: benchmarks.overhead(found[0], found[2])),
    "costs": Part(("paths", "callbacks"), _costs),
    "uploads": Part(("uploads",), benchmarks.facts),
    "backfill": Part(("backfill",), benchmarks.facts),
    "embedded": Part(("engine",), benchmarks.facts),
    "growth": Part(("growth",), lambda found: benchmarks.growth(*found)),
    "plans": Part(("plans",), benchmarks.plans),
}


def measure(parts: Iterable[str], options: Options) -> Iterator[tuple[str, Section]]:
    """Yield each of these parts as soon as its jobs are done."""
    requested = [part for part in PARTS if part in set(parts)]
    needed = {job for part in requested for job in PARTS[part].jobs}
    found = {job: act(options) for job, act in TIMED.items() if job in needed}
    spawn = multiprocessing.get_context("spawn")  # threads of the parent do not come along
    with ProcessPoolExecutor(_AT_ONCE, mp_context=spawn) as pool:
        running = {job: pool.submit(_run, job, options) for job in TOGETHER if job in needed}
        for part in requested:
            for job in PARTS[part].jobs:
                if job not in found:
                    found[job] = running[job].result()
            yield part, PARTS[part].section(*(found[job] for job in PARTS[part].jobs))


def _run(job: str, options: Options) -> Any:
    return TOGETHER[job](options)
