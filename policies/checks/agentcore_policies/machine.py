"""The calls of a state machine, of agents above all, and the base of the checks on them."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agentcore_policies import document, source
from agentcore_policies.check import Check, Conf, judged, unresolved

# A runtime through the SDK integration, a harness through either, whoever gives the result, in whatever account.
# https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
# https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html
AGENT_CALL = re.compile(
    r".*:states:::(?:aws-sdk:bedrockagentcore:invoke(?:AgentRuntime|Harness)|bedrockagentcore:invokeHarness)"
    r"(?:\.waitForTaskToken)?"
)

State = dict[str, Any]


@dataclass(frozen=True)
class Rule:
    """An entry of `Retry` or `Catch`."""

    errors: frozenset[str]
    fields: State


@dataclass(frozen=True)
class Call:
    """A Task state that calls something, and the Parallel and Map states around it."""

    name: str
    state: State
    around: tuple[State, ...]

    def rules(self, field: str) -> list[Rule] | None:
        """Return the entries of `Retry` or `Catch` that an error of the call may meet; None if one is not known."""
        rules = []
        for state in (self.state, *self.around):
            for fields in _list(state.get(field) or []):
                errors = _list(fields.get("ErrorEquals")) if isinstance(fields, dict) else [None]
                if not all(isinstance(error, str) and not unresolved(error) for error in errors):
                    return None
                rules.append(Rule(frozenset(errors), fields))
        return rules


class CallCheck(Check):
    """One rule about every call of `called`, a pattern of resources."""

    called: re.Pattern[str] = AGENT_CALL

    def __init__(self, check_id: str, title: str, page: str) -> None:
        super().__init__(check_id, title, page, resource=("aws_sfn_state_machine",))

    def problems(self, conf: Conf) -> list[str] | None:
        """Return a sentence per call that breaks the rule; None where a part of the definition is not known."""
        calls = _walk(document.read(conf, "definition", source.block(self.graph, conf)), ())
        return judged(call and self._judge(call) for call in calls)

    def _judge(self, call: Call) -> str | None:
        return self.problem(call) if self.called.fullmatch(str(call.state.get("Resource"))) else ""

    @abstractmethod
    def problem(self, call: Call) -> str | None:
        """Return what is wrong with the call: "" for nothing, None where it is not known."""


def _walk(scope: Any, around: tuple[State, ...]) -> Iterator[Call | None]:
    """Return the calls of a definition or of a part of it; None for what is not known."""
    states = scope.get("States", {}) if isinstance(scope, dict) else None
    if not isinstance(states, dict):
        yield None
        return
    for name, state in states.items():
        if not isinstance(state, dict):
            yield None
            continue
        if state.get("Type") == "Task":
            yield Call(name, state, around)
        inside = [state[field] for field in ("ItemProcessor", "Iterator") if field in state]
        for inner in (*_list(state.get("Branches", [])), *inside):
            yield from _walk(inner, (state, *around))


def _list(value: Any) -> list[Any]:
    """Return a list; one of None for what is still an expression."""
    return value if isinstance(value, list) else [None]
