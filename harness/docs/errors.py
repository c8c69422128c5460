"""docs/errors.md: every error with which a step or a run can fail, and the check that none is forgotten.

What a person reads is in errors.toml. Whether an error is retried, and whether it counts for the agent's circuit, comes
from the fault matrix, whose every row is tried by a test; what defers a document, from statemachine/errors.json.
"""

from __future__ import annotations

import itertools
import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonata.parser import Parser

from harness.docs.markdown import introduction, table
from harness.fault_matrix import ERRORS
from harness.paths import ROOT
from harness.render import definitions
from harness.report.definition import all_states

CATALOGUE: Mapping[str, Mapping[str, str]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
AGENT_ERRORS = "BedrockAgentCore."  # AWS's own, of the calls of agents, are reported under their names
# An attempt that is not repeated leaves its block as the first, and the Catch reads its error from the Cause. With the
# second no attempt ends: its agent is at work.
INTERNAL = {"GivenUp", "InProgress"}
CLASSES: Mapping[str, Any] = json.loads((ROOT / "statemachine" / "errors.json").read_text(encoding="utf-8"))

A2A = """\
## JSON-RPC errors

An agent that speaks A2A returns an error as JSON-RPC, with HTTP status 200. It becomes the error of AWS that means the
same, and so is retried, deferred and counted alike. The message holds the code, where it is in JSON-RPC's own range."""
OTHER_CODE = ("any other", "BedrockAgentCore.RuntimeClientErrorException")
COLUMNS = ("error", "cause", "retried", "deferred", "counts", "what else the workflow does", "what to do")


def render() -> str:
    """Return the document."""
    codes = table(("code", "error"), ((code, f"`{error}`") for code, error in [*CLASSES["rpc"].items(), OTHER_CODE]))
    return f"{introduction(__file__)}\n\n{table(COLUMNS, map(_row, CATALOGUE))}\n\n{A2A}\n\n{codes}\n"


def problems() -> Iterator[str]:
    """Yield a sentence for each error that the state machines raise and nobody explains, and the reverse.

    What is deferred counts as raised, since NoPlace is raised with `max_concurrent_documents` only, and so do work that
    is lost, which A2A alone reports, and AWS's refusals, which only lists name.
    """
    named = {*CLASSES["deferred"], *CLASSES["no_session"], *CLASSES["lost"]}
    raised = named.union(*(errors_of(definition) for definition in definitions().values())) - INTERNAL
    for name in sorted(raised - CATALOGUE.keys()):
        yield f"harness/docs/errors.toml does not explain {name}, which a state machine raises."
    for name in sorted(CATALOGUE.keys() - raised):
        yield f"harness/docs/errors.toml explains {name}, which no state machine raises."


def errors_of(definition: Mapping[str, Any]) -> set[str]:
    """Return the names of the errors that a definition raises: its own, and AWS's of the agents' calls."""
    found: set[str] = set()
    for _, state in all_states(definition):
        found.update(_named_errors(state))
        found.update(_values(state["Error"]) if "Error" in state else ())
        handled = itertools.chain.from_iterable(
            rule["ErrorEquals"] for rules in ("Retry", "Catch") for rule in state.get(rules, ())
        )
        found.update(name for name in handled if name.startswith(AGENT_ERRORS))
    return found


def _row(name: str) -> tuple[str, ...]:
    details, rule = CATALOGUE[name], ERRORS.get(name)
    retried, counts = ("yes" if rule[word] else "no" for word in ("retried", "counts")) if rule else ("no", "no")
    return f"`{name}`", details["cause"], retried, _deferred(name), counts, details["does"], details["remedy"]


def _deferred(name: str) -> str:
    """Return how long a document waits for what stopped it with this error."""
    if name in (*CLASSES["patience"], *CLASSES["deferred"]):
        return "until patience is over"
    return "a few times" if name in CLASSES["agent_failures"] else "no"


def _named_errors(value: Any) -> Iterator[str]:
    """Yield what fields named `error` can be, in a state's plain values and in its expressions."""
    match value:
        case dict():
            for key, inner in value.items():
                yield from _values(inner) if key == "error" and isinstance(inner, str) else _named_errors(inner)
        case list():
            for inner in value:
                yield from _named_errors(inner)
        case str() if value.startswith("{%"):
            yield from _Expression(value).errors


def _values(value: str) -> set[str]:
    """Return the texts that a value can be: itself, or the results of its expression."""
    if value.startswith("{%"):
        expression = _Expression(value)
        return expression.results(expression.tree)
    return {value} - {""}


class _Expression:
    """The errors that a JSONata expression names: in fields of objects that it makes."""

    def __init__(self, text: str) -> None:
        self.tree = Parser().parse(text[2:-2], lambda pattern, _: pattern)
        self.errors: set[str] = set()
        self._bound: dict[str, Any] = {}
        self._walk(self.tree)

    def results(self, node: Any) -> set[str]:
        """Return the texts that a node can result in, as far as they are written in the expression."""
        match node.type if hasattr(node, "type") else None:
            case "string":
                return {node.value} - {""}
            case "condition":
                return self.results(node.then) | self.results(node._else)
            case "block":
                return self.results(node.expressions[-1])
            case "variable" if node.value in self._bound:
                return self.results(self._bound[node.value])
        return set()

    def _walk(self, node: Any) -> None:
        if isinstance(node, list | tuple):
            for part in node:
                self._walk(part)
        if not hasattr(node, "type"):
            return
        if node.type == "bind":
            self._bound[node.lhs.value] = node.rhs
        for key, value in node.lhs_object or ():
            if key.type == "string" and key.value == "error":
                self.errors |= self.results(value)
        for part in ("lhs", "rhs", "expression", "expressions", "lhs_object", "steps", "arguments", "procedure", "body",
                     "condition", "then", "_else", "stages", "predicate", "expr"):  # fmt: skip
            self._walk(getattr(node, part, None))
