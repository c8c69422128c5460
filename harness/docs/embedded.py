"""docs/embedded-aws.md: what the embedded AWS is, how it is started, its own routes, and what it adds to moto."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from harness.asl import services
from harness.docs.markdown import table

_HERE = """\
These optimized integrations are here, each with `.waitForTaskToken` where AWS has that, and `states:startExecution`
with `.sync` and `.sync:2`:"""
_JSON = "They accept and return JSON. What is refused has the status 400 and a sentence in `error`."


def render() -> str:
    """Return the document: the introduction, which is written by hand, then what is in the code."""
    introduction = Path(__file__).with_name("embedded.introduction.md").read_text(encoding="utf-8").rstrip()
    return "\n".join([introduction, "", *_integrations(), *_routes(), *_additions()]) + "\n"


def _integrations() -> Iterator[str]:
    from harness.embedded.stepfunctions.tasks import OPTIMIZED  # brings in moto, which takes its time

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
