"""The documents under docs/ that are made from the code, or must agree with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from harness.docs import (
    agents,
    embedded,
    errors,
    fault_matrix,
    links,
    linter,
    module,
    operations,
    pictures,
    policies,
    probe,
    worth,
)
from harness.paths import DOCS

GENERATED: Mapping[str, Callable[[], str]] = {
    "agent-call.svg": pictures.agent_call,
    "agents.md": agents.render,
    "embedded-aws.md": embedded.render,
    "errors.md": errors.render,
    "fault-matrix.md": fault_matrix.render,
    "linter.md": linter.render,
    "module.md": module.render,
    "policies.md": policies.render,
    "probe.md": probe.render,
    "state-machine.svg": pictures.workflow,
}


def write() -> list[str]:
    """Write every generated document and return the names of those that changed. Raises HarnessError."""
    changed = []
    for name, render in GENERATED.items():
        if (text := render()) != _kept(name):
            (DOCS / name).write_text(text, encoding="utf-8")
            changed.append(name)
    if list(worth.problems()):
        worth.write()
        changed.append("../README.md")
    return changed


def problems() -> Iterator[str]:
    """Yield a sentence for whatever in docs/ does not agree with the code."""
    for name, render in GENERATED.items():
        if render() != _kept(name):
            yield f"docs/{name} is not what the code says: run `make docs`."
    yield from agents.problems()
    yield from errors.problems()
    yield from links.problems()
    yield from operations.problems()
    yield from worth.problems()


def _kept(name: str) -> str | None:
    file = DOCS / name
    return file.read_text(encoding="utf-8") if file.exists() else None
