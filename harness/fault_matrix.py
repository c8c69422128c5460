"""The fault matrix: what can go wrong, and what must come of it by the contract with the agents.

The faults and the contract's errors are data, in fault_matrix.toml. Here are the rules that follow from the contract; a
test provokes every case on an applied stack, docs/fault-matrix.md shows them.
"""

from __future__ import annotations

import itertools
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.contract import AGENTS, EXCEPTIONS, STEPS
from harness.paths import ROOT

_ERRORS = json.loads((ROOT / "statemachine" / "errors.json").read_text(encoding="utf-8"))
_DEFERRED = frozenset(_ERRORS["patience"] + _ERRORS["deferred"] + _ERRORS["agent_failures"])
_DATA = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
ERRORS: Mapping[str, Mapping[str, bool]] = _DATA["errors"]
ATTEMPTS = 4  # the module's default: the first one and three retries
PATIENT_ATTEMPTS = 5  # the same where AWS asks for patience
THRESHOLD = 5  # the module's default: so many failures open a circuit
_IN = {"HTTP": "", "A2A": ", in A2A", "callback": ", where the reply is sent back"}


@dataclass(frozen=True)
class Expected:
    """What must come of a run."""

    calls: tuple[int, ...]  # seen by each of the agents, in their order
    reported: tuple[str, str] | None  # event type and error that exception-management received
    status: str  # of the execution
    error: str | None  # of the execution
    outcome: str
    record: str | None  # status in the ledger; None: there is no record
    dead_letters: int
    failures: int  # counted by the agent's circuit when all is over


@dataclass(frozen=True)
class Case:
    """One fault at one agent (None: outside of their calls), for one attempt or for good."""

    fault: Mapping[str, Any]
    agent: str | None
    permanent: bool
    expected: Expected
    protocol: str = "HTTP"  # or A2A, or callback: in HTTP, and the reply is sent back

    @property
    def name(self) -> str:
        """Return the fault's name, and in which protocol if it is not HTTP."""
        return self.fault["name"] + _IN[self.protocol]

    @property
    def deferred(self) -> bool:
        """Whether the document first waits, where there is patience; it must have a claim to wait in the ledger."""
        claimed = self.expected.record in ("FAILED", "DEAD_LETTERED")
        return claimed and self.expected.error in _DEFERRED

    def __str__(self) -> str:
        """Name the case."""
        return f"{self.agent or 'run'}: {self.name}, {'for good' if self.permanent else 'once'}"


def cases() -> Iterator[Case]:
    """Yield every case."""
    for fault in _DATA["faults"]:
        places = fault.get("protocols", ["HTTP"]), fault.get("agents", AGENTS), (False, True)
        for protocol, agent, permanent in itertools.product(*places):
            yield Case(fault, agent, permanent, _at_agent(fault, agent, permanent), protocol)
    for fault in _DATA["run_faults"]:
        for permanent in (False, True):
            yield Case(fault, None, permanent, _around_agents(fault, permanent))


def _at_agent(fault: Mapping[str, Any], agent: str, permanent: bool) -> Expected:
    if fault.get("unrecorded") and permanent:  # the sweep finds the record when its claim runs out
        lost = {"status": "FAILED", "error": "LedgerUnavailable", "outcome": "FAILED"}
        return replace(_well(agent), **lost, record="RUNNING", dead_letters=1)
    attempt = fault.get("seen", 1)
    if "error" not in fault or agent not in fault.get("felt_by", AGENTS):
        return replace(_well(agent), calls=_calls(agent, attempt))
    rule = ERRORS[fault["error"]]
    seen = attempt if rule.get("reaches", True) else 0
    retried = rule["retried"] and not fault.get("lasting")
    if retried and not permanent:
        return replace(_well(agent), calls=_calls(agent, 1 + seen))
    tries = _attempts(fault["error"]) if retried else 1
    failures = 1 if rule["counts"] else THRESHOLD if fault.get("circuit") else 0
    failed = {"status": "FAILED", "error": fault["error"], "outcome": "FAILED", "failures": failures}
    calls = _calls(agent, tries * seen, ends=True)
    if agent == EXCEPTIONS:
        reported = _well(agent).reported if seen else None
        return Expected(calls, reported, **failed, record="DEAD_LETTERED", dead_letters=1)
    return Expected(calls, (AGENTS[agent]["event_type"], fault["error"]), **failed, record="FAILED", dead_letters=0)


def _attempts(error: str) -> int:
    if error in _ERRORS["lost"]:
        return 2
    return PATIENT_ATTEMPTS if error in _ERRORS["patience"] else ATTEMPTS


def _around_agents(fault: Mapping[str, Any], permanent: bool) -> Expected:
    if fault["retried"] and not permanent:
        return _well(None)
    lasting = fault["lasting"]
    return Expected(
        calls=tuple(lasting["calls"]),
        reported=(lasting["reported"], lasting["error"]) if "reported" in lasting else None,
        status="FAILED",
        error=lasting["error"],
        outcome="FAILED",
        record=lasting["record"] or None,
        dead_letters=lasting["dead_letters"],
        failures=0,
    )


def _well(agent: str | None) -> Expected:
    """Return what is expected where nothing is affected; exception-management is called only where it is meant."""
    raised = agent == EXCEPTIONS
    reported = (AGENTS[EXCEPTIONS]["event_type"], "BREAK") if raised else None
    outcome = "EXCEPTION_RAISED" if raised else "MATCHED"
    return Expected(_calls(agent, 1), reported, "SUCCEEDED", None, outcome, "COMPLETED", 0, 0)


def _calls(agent: str | None, seen: int, ends: bool = False) -> tuple[int, ...]:
    """Count `seen` calls of the agent and one of each other step.

    A step that `ends` the run leaves none for the later ones, and one for exception-management.
    """
    calls = dict.fromkeys(STEPS, 1) | {EXCEPTIONS: 0}
    if agent in STEPS and ends:
        calls |= dict.fromkeys(STEPS[STEPS.index(agent) :], 0) | {EXCEPTIONS: 1}
    if agent:
        calls[agent] = seen
    return tuple(calls.values())
