"""One visit to a state that is tested: with a mock in place of its work, or with the work itself.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.embedded.stepfunctions import errors, items
from harness.embedded.stepfunctions.distributed import THRESHOLD
from harness.embedded.stepfunctions.errors import ExecutionEnded, StateError
from harness.embedded.stepfunctions.journal import dumps
from harness.embedded.stepfunctions.machine import leave
from harness.embedded.stepfunctions.mocks import Mock
from harness.embedded.stepfunctions.retry import MAX_ATTEMPTS, backoff
from harness.embedded.stepfunctions.visit import Outcome, Visit


class Contradiction(Exception):  # noqa: N818 - of a request, not a mistake of ours
    """The configuration does not fit to the input; the text says why."""


@dataclass
class Tested(Visit):
    """A visit that keeps the stages of its data flow, and whose context may be made up."""

    own_context: Mapping[str, Any] | None = None  # the whole context object, None for one as in an execution
    stages: dict[str, Any] = field(default_factory=dict)

    def runtime_error(self, reason: str) -> StateError:
        """Make an error that nothing catches; there is no event to name in its cause."""
        return StateError(errors.RUNTIME, reason)

    def note(self, stage: str, value: Any) -> Any:
        """Record what a stage results in."""
        self.stages[stage] = value
        return value

    def context(self) -> dict[str, Any]:
        """Return the context object."""
        return super().context() if self.own_context is None else dict(self.own_context)


async def run(visit: Tested, mock: Mock | None, failures: int) -> dict[str, Any]:
    """Visit the state once and return status, output, next state and error; what Retry would do is reported, not done.

    `failures` is how many iterations of a mocked Map failed. What contradicts itself is returned as `contradiction`.
    """
    if visit.state["Type"] == "Fail" and visit.state["QueryLanguage"] == "JSONPath":
        visit.note("afterInputPath", visit.input)  # it has no InputPath, and AWS was seen to return this all the same
    bare = replace(visit, state={name: value for name, value in visit.state.items() if name not in {"Retry", "Catch"}})
    try:
        outcome = await leave(bare) if mock is None else await _mocked(visit, mock, failures)
        return _report(visit, "SUCCEEDED", outcome)
    except Contradiction as contradiction:
        return {"contradiction": str(contradiction)}
    except ExecutionEnded as error:
        return {"status": "FAILED", "error": error.error, "cause": error.cause}
    except StateError as error:
        return _failed(visit, error)


def _failed(visit: Tested, error: StateError) -> dict[str, Any]:
    """Report what the state's Retry and Catch make of an error."""
    failure = {"error": error.name or None, "cause": error.cause or None}
    handled = visit.stages.setdefault("errorDetails", {})
    for index, retrier in enumerate(visit.state.get("Retry", ())):
        if errors.matches(error.name, retrier["ErrorEquals"]):
            handled["retryIndex"] = index
            if visit.retries < retrier.get("MaxAttempts", MAX_ATTEMPTS):
                handled["retryBackoffIntervalSeconds"] = int(backoff(retrier, visit.retries))
                return {"status": "RETRIABLE", **failure}
            break
    for index, catcher in enumerate(visit.state.get("Catch", ())):
        if errors.matches(error.name, catcher["ErrorEquals"]):
            handled["catchIndex"] = index
            try:
                return _report(visit, "CAUGHT_ERROR", visit.language.catch(visit, index, error)) | failure
            except StateError as broken:  # in the catcher itself
                failure = {"error": broken.name, "cause": broken.cause}
            break
    return {"status": "FAILED", **failure}


def _report(visit: Tested, status: str, outcome: Outcome) -> dict[str, Any]:
    output, assigned, following = outcome
    visit.branch.variables = {**visit.branch.variables, **assigned}
    return {"status": status, "output": dumps(output), "nextState": following}


async def _mocked(visit: Tested, mock: Mock, failures: int) -> Outcome:
    """Do what the state does before and after its work. Raises StateError, the mocked one among others."""
    if visit.state["Type"] == "Map":
        _map(visit, mock, failures)
    else:
        visit.limited(visit.evaluate("Arguments", visit.input))
    if mock.error:
        raise mock.error
    return visit.finish(visit.limited(mock.result))


def _map(visit: Tested, mock: Mock, failures: int) -> None:
    """Prepare the items of a mocked Map. Raises StateError where more iterations failed than it tolerates."""
    values = visit.evaluate("Items", visit.input)
    if "ItemReader" in visit.state:
        values = None if visit.reader_data is None else items.read(visit)
    elif not isinstance(values, list):
        raise visit.invalid("Items", values, "The items of a Map must be an array.")
    visit.note("maxConcurrency", visit.evaluate("MaxConcurrency", 0))
    count, percentage = visit.evaluate("ToleratedFailureCount"), visit.evaluate("ToleratedFailurePercentage")
    if count is not None:
        visit.note("toleratedFailureCount", count)
    if percentage is not None:
        visit.note("toleratedFailurePercentage", float(percentage))
    if values is not None:
        _select(visit, values)
    if values is not None and failures > len(values):
        raise Contradiction("The mapIterationFailureCount exceeds the number of items in the input.")
    is_over = (count is not None and failures > count) or (
        percentage is not None and failures * 100 > percentage * len(values or ())
    )
    if is_over and mock.error is None:
        raise StateError(THRESHOLD, "The specified tolerated failure threshold was exceeded")


def _select(visit: Tested, values: list[Any]) -> None:
    """Note the inputs of the iterations, where a field of the Map makes them."""
    selected = values
    if {"ItemSelector", "Parameters"} & visit.state.keys():  # the latter is JSONPath's older name of it
        iterations = (
            replace(visit, branch=visit.branch.child(visit.branch.scope, {"Index": index, "Value": value}))
            for index, value in enumerate(values)
        )
        selected = [iteration.evaluate("ItemSelector", iteration.branch.item["Value"]) for iteration in iterations]
        visit.note("afterItemSelector", selected)
    if "ItemBatcher" in visit.state:
        visit.note("afterItemBatcher", [batch for batch, _ in items.batches(visit, selected)])
