"""docs/embedded-aws.md: what the embedded AWS is, how it is started, its own routes, and what it adds to moto."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator

from harness.asl import services
from harness.docs.markdown import introduction, table
from harness.paths import ROOT

_HERE = """\
These optimized integrations are here, each with `.waitForTaskToken` where AWS has that, and `states:startExecution`
with `.sync` and `.sync:2`:"""
_JSON = "They accept and return JSON. What is refused has the status 400 and a sentence in `error`."
_KINDS = {  # the folders of tests/machines
    "choice": "Choice: comparisons, rules, paths that lead nowhere",
    "data": "what a state reads and passes on: InputPath to OutputPath, Output, the context object",
    "errors": "errors: Retry, Catch, Fail, the limits of size and time",
    "functions": "intrinsic functions, and those that Step Functions adds to JSONata",
    "map": "Map, inline and distributed",
    "parallel": "Parallel: order, failures, retries, what is aborted",
    "paths": "JSONPath by itself: slices, filters, scans, functions",
    "tasks": "Task: arguments, results, timeouts, events",
    "variables": "variables and mixed query languages",
    "wait": "Wait: seconds, timestamps",
}
_AGREEMENT = """\
`tests/machines` holds {count} scenarios as data, and a test runs them all: each is a definition with its input, and the
status, output and error to expect, {causes} with the words of the cause and {events} with the types or the order of the
events. They are derived from AWS's documents, and from facts that a public project recorded on the real service; they
are no recordings themselves.

How far that is agreement was measured once, for an earlier version: of 460 recorded scenarios that could be compared it
agreed in 261, 57 %. The kinds in which it differed were fixed since, with tests. The comparison was not repeated, so
that there is no figure for this version; where AWS's documents are silent, [the probe](probe.md) asks an account."""


def render() -> str:
    """Return the document: the introduction, then what is in the code."""
    return "\n".join([introduction(__file__), "", *_agreement(), *_integrations(), *_routes(), *_additions()]) + "\n"


def _agreement() -> Iterator[str]:
    counts: Counter[tuple[str, str]] = Counter()
    checked: Counter[str] = Counter()
    for file in sorted(ROOT.glob("tests/machines/*/*.json")):
        scenario = json.loads(file.read_text(encoding="utf-8"))
        counts[file.parent.name, scenario["definition"].get("QueryLanguage", "JSONPath")] += 1
        checked["causes"] += "cause" in scenario
        checked["events"] += not scenario.keys().isdisjoint({"events", "events_include", "previous_events"})
    rows = [(kind, str(counts[name, "JSONPath"]), str(counts[name, "JSONata"])) for name, kind in _KINDS.items()]
    text = _AGREEMENT.format(count=counts.total(), **checked)
    yield from ("## How far it agrees", "", text, "", table(("kind", "in JSONPath", "in JSONata"), rows), "")


def _integrations() -> Iterator[str]:
    from harness.embedded.stepfunctions.optimized import OPTIMIZED  # brings in moto, which takes its time

    optimized = services.table()["optimized"]
    rows = [
        (service, ", ".join(f"`{service}:{action}`" for action in optimized[service]["actions"]))
        for service in sorted(OPTIMIZED)
    ]
    missing = ", ".join(f"`{service}`" for service in sorted(optimized.keys() - OPTIMIZED.keys()))
    yield from ("## Integrations", "", _HERE, "", table(("service", "resources"), rows))
    yield from ("", f"Those of these services are not: {missing}.", "")


def _routes() -> Iterator[str]:
    from harness.embedded.admin import ROUTES

    rows = (
        (f"`{route.method} {route.path}`", route.purpose, _code(route.accepts), _code(route.returns))
        for route in ROUTES
    )
    yield from ("## Its own routes", "", _JSON, "", table(("route", "what it does", "accepts", "returns"), rows), "")
    yield from ("### Behaviours of an agent", "", _behaviours(), "")


def _behaviours() -> str:
    from harness.embedded.agentcore import scripts

    return (scripts.__doc__ or "").partition("\n\n")[2].strip()


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _additions() -> Iterator[str]:
    from harness.embedded.additions import ADDITIONS

    rows = ((f"`{name}`", _first_line(add.__module__)) for name, add in ADDITIONS.items())
    yield from ("## What it adds to moto", "", "Each is left out by `--without`, to see what it is for.", "")
    yield table(("addition", "what it is"), rows)


def _first_line(module: str) -> str:
    line = (sys.modules[module].__doc__ or "").splitlines()[0].removeprefix("Addition: ")
    return line[:1].upper() + line[1:]
