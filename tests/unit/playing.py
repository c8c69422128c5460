"""State machines in the interpreter itself, without an embedded AWS around it: an hour passes in 3.6 s."""

import threading
from dataclasses import dataclass, field
from typing import Any

import pytest

from harness.embedded.clock import CLOCK
from harness.embedded.stepfunctions.errors import ExecutionEnded, StateError
from harness.embedded.stepfunctions.fibers import Fiber
from harness.embedded.stepfunctions.journal import Journal
from harness.embedded.stepfunctions.machine import run
from harness.embedded.stepfunctions.scope import Scope
from harness.embedded.stepfunctions.visit import Branch, Call, Run
from harness.embedded.waits import WAITS

CONTEXT = {
    "Execution": {"Id": "arn:aws:states:us-east-1:123456789012:express:m:e:1", "Name": "e", "Input": {"a": 1}},
    "StateMachine": {"Id": "arn:aws:states:us-east-1:123456789012:stateMachine:m", "Name": "m"},
}
LIMIT = 262_144
END = {"End": True}
TASK = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ssm:getParameters", "Arguments": {}}


@dataclass
class Outcome:
    output: Any = None
    error: str | None = None
    cause: str | None = None
    status: str = "SUCCEEDED"
    journal: Journal = field(default_factory=Journal)

    @property
    def types(self):
        return [event.type for event in self.journal.events]


@pytest.fixture(autouse=True)
def fast():
    WAITS.clear()
    CLOCK.run(1000)
    yield
    CLOCK.run(1)


def play(states, value=None, call=lambda arguments: arguments, start=None, seconds=100_000):
    """Run the states from the first one on; `call` does the Tasks."""
    outcome = Outcome()
    scope = Scope(deadline=CLOCK.now() + seconds)
    branch = Branch(Run(CONTEXT, lambda _, arguments: Call(lambda: call(arguments)), outcome.journal), scope)

    async def whole():
        try:
            outcome.output = await run({"StartAt": start or next(iter(states)), "States": states}, value, branch)
        except StateError as error:
            outcome.status, outcome.error, outcome.cause = "FAILED", error.name, error.cause
        except ExecutionEnded as end:
            outcome.status, outcome.error = end.status, end.error

    assert Fiber(whole()).over.wait(600)
    return outcome


def machine(**states):
    """Name the states; each goes on to the next one unless it says where, the last one ends."""
    names = list(states)
    for name, following in zip(names, [*names[1:], None], strict=True):
        if states[name]["Type"] not in {"Choice", "Fail", "Succeed"} and not states[name].keys() & {"Next", "End"}:
            states[name] = {**states[name], **({"Next": following} if following else END)}
    return states


def parallel(*branches, **more):
    return {
        "Type": "Parallel",
        "Branches": [{"StartAt": next(iter(states)), "States": states} for states in branches],
        **more,
    }


def hang(_):
    threading.Event().wait()


def failing(*names, result="done"):
    """Answer the first calls with these errors."""
    pending = list(names)

    def call(_):
        if pending:
            raise StateError(pending.pop(0), "because")
        return result

    return call


def caught(*names):
    return [{"ErrorEquals": list(names), "Output": "{% $states.errorOutput %}", "Assign": {"e": 1}, "Next": "Caught"}]
