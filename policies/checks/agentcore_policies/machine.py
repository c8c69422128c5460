"""The agent calls of a state machine, and the base of the checks on them."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agentcore_policies.check import Check, Conf

# https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
AGENT_CALL = ":states:::aws-sdk:bedrockagentcore:invokeAgentRuntime"

State = dict[str, Any]


@dataclass(frozen=True)
class AgentCall:
    """A Task state that calls an agent, and the Parallel and Map states around it."""

    name: str
    state: State
    around: tuple[State, ...]

    def rules(self, field: str) -> list[State] | None:
        """Give the entries of `Retry` or `Catch` that an error of the call meets; None if one is not known."""
        fields = [state.get(field) or [] for state in (self.state, *self.around)]
        return None if any(isinstance(rules, str) for rules in fields) else [rule for rules in fields for rule in rules]


class AgentCallCheck(Check):
    """One rule about every agent call."""

    def __init__(self, check_id: str, title: str, page: str) -> None:
        super().__init__(check_id, title, page, resource=("aws_sfn_state_machine",))

    def problems(self, conf: Conf) -> list[str] | None:
        """Give a sentence per call that breaks the rule; None where the definition is not known."""
        calls = agent_calls(conf)
        return None if calls is None else [problem for call in calls if (problem := self.problem(call))]

    @abstractmethod
    def problem(self, call: AgentCall) -> str | None:
        """Say what is wrong with the call."""


def agent_calls(conf: Conf) -> list[AgentCall] | None:
    """Give the agent calls of an aws_sfn_state_machine; None where its definition is not known."""
    definition = (conf.get("definition") or [None])[0]
    if isinstance(definition, str):
        try:
            definition = json.loads(definition)
        except ValueError:  # an expression that checkov cannot evaluate, such as templatefile(…)
            return None
    return list(_walk(definition, ())) if isinstance(definition, dict) else None


def _walk(scope: Any, around: tuple[State, ...]) -> Iterator[AgentCall]:
    states = scope.get("States") if isinstance(scope, dict) else None
    for name, state in states.items() if isinstance(states, dict) else ():
        if not isinstance(state, dict):
            continue
        if str(state.get("Resource")).endswith(AGENT_CALL):
            yield AgentCall(name, state, around)
        for inner in (*state.get("Branches", ()), state.get("ItemProcessor"), state.get("Iterator")):
            yield from _walk(inner, (state, *around))
