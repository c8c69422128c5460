"""Runs a JSONata state machine, state by state.

The language: https://states-language.net/spec.html and
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

import itertools
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from harness.embedded.clock import CLOCK
from harness.embedded.stepfunctions import errors
from harness.embedded.stepfunctions.activities import is_activity, perform
from harness.embedded.stepfunctions.callbacks import Callback
from harness.embedded.stepfunctions.distributed import perform as perform_distributed
from harness.embedded.stepfunctions.errors import Aborted, Ended, StateError
from harness.embedded.stepfunctions.fibers import Fiber, Turn
from harness.embedded.stepfunctions.journal import data, dumps
from harness.embedded.stepfunctions.names import parts
from harness.embedded.stepfunctions.retry import Retriers
from harness.embedded.stepfunctions.scope import Scope
from harness.embedded.stepfunctions.visit import MAX_SECONDS, Branch, Call, Outcome, Place, Visit, timestamp

# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
_MAX_ITERATIONS = 40  # of an inline Map at once
_STATES_IN_A_ROW = 25  # before other runs have their turn
# Kinds of states that end with an event of their own when a sibling failed.
_ABORTED = frozenset({"Map", "Parallel", "Task", "Wait"})
# https://states-language.net/spec.html#timestamps
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")

Part = Callable[[], Awaitable[Any]]


async def run(part: Mapping[str, Any], value: Any, branch: Branch) -> Any:
    """Run a machine, a branch or an item processor from its start, with an input, and return its output.

    Raises StateError when a state failed and nothing caught it, Ended when the execution was stopped or timed out.
    """
    name: str | None = part["StartAt"]
    goes_on = branch.place is not None
    if branch.place:
        name, value, branch.variables = branch.place.name, branch.place.input, dict(branch.place.variables)
    for count in itertools.count(1):
        branch.scope.check()
        branch.place = Place(name, value, dict(branch.variables))
        value, name = await _run_state(name, part["States"][name], value, branch, goes_on)
        goes_on = False
        if name is None:
            return value
        if count % _STATES_IN_A_ROW == 0:
            await Turn()
    raise AssertionError


async def _run_state(
    name: str, state: Mapping[str, Any], value: Any, branch: Branch, goes_on: bool
) -> tuple[Any, str | None]:
    kind = state["Type"]
    if not goes_on:  # a redriven state was entered before
        branch.write(f"{kind}StateEntered", name=name, **data("input", value))
    visit = Visit(name, state, value, branch, event=branch.previous, entered=timestamp())
    try:
        output, assigned, following = await leave(visit)
    except Aborted:
        if kind in _ABORTED:
            branch.write(f"{kind}StateAborted")
        raise
    branch.variables.update(assigned)
    variables = {key: dumps(item) for key, item in assigned.items()} or None
    branch.write(
        f"{kind}StateExited",
        name=name,
        **data("output", output),
        assignedVariables=variables,
        assignedVariablesDetails=variables and {"truncated": False},
    )
    return output, following


async def leave(visit: Visit) -> Outcome:
    """Do what the state of a visit does, and return its output, the variables that it assigns and the next state.

    Raises StateError and Ended as `run` does.
    """
    return await _KINDS[visit.state["Type"]](visit)


async def _pass(visit: Visit) -> Outcome:
    return visit.finish(visit.input)


async def _fail(visit: Visit) -> Outcome:
    fields = {name: visit.evaluate(name, "") for name in ("Error", "Cause")}
    for name, value in fields.items():
        if not isinstance(value, str):
            raise visit.query_error(name, f"The field '{name}' must be a string.")
    raise StateError(fields["Error"], fields["Cause"])


async def _wait(visit: Visit) -> Outcome:
    seconds = visit.seconds("Seconds", least=0)
    if seconds is None:
        moment = visit.evaluate("Timestamp")
        if not isinstance(moment, str) or not _TIMESTAMP.fullmatch(moment):
            raise visit.query_error("Timestamp", f"{moment!r} is not a timestamp such as 2030-01-31T12:00:00Z.")
        try:
            seconds = max(datetime.fromisoformat(moment).timestamp() - CLOCK.now(), 0)
        except (ValueError, OverflowError) as error:
            raise visit.query_error("Timestamp", f"{moment!r} is not a timestamp.") from error
        if seconds > MAX_SECONDS:
            raise StateError(errors.RUNTIME, f"The state '{visit.name}' would wait for more than {MAX_SECONDS} s.")
    await visit.sleep(seconds, kind="wait")
    return visit.finish(visit.input)


async def _choice(visit: Visit) -> Outcome:
    return visit.language.choose(visit)


def _trying(attempt: Callable[[Visit], Awaitable[Any]]) -> Callable[[Visit], Awaitable[Outcome]]:
    """Make a kind of state that tries until it works, a Catch takes the error, or the error leaves the state."""

    async def trying(visit: Visit) -> Outcome:
        retriers = Retriers(visit.state.get("Retry", ()))
        worked = False
        while True:
            try:
                result = await attempt(visit)
                worked = True
                return visit.finish(result)
            except StateError as error:
                delay = retriers.delay(error.name)
                if delay is None:
                    _fail_for_good(visit, error, worked)
                    return _catch(visit, error)
                visit.retries += 1
                await visit.sleep(delay, kind="retry", attempt=visit.retries, error=error.name)

    return trying


def _fail_for_good(visit: Visit, error: StateError, worked: bool) -> None:
    """Write the event of a state that fails after its last attempt."""
    kind = visit.state["Type"]
    if kind in {"Map", "Parallel"} and not worked:
        visit.branch.write(f"{kind}StateFailed")
    elif kind == "Task" and error.name == errors.TIMEOUT and visit.branch.item:
        visit.branch.write("TaskStateAborted")


def _catch(visit: Visit, error: StateError) -> Outcome:
    for index, catcher in enumerate(visit.state.get("Catch", ())):
        if errors.matches(error.name, catcher["ErrorEquals"]):
            return visit.language.catch(visit, index, error)
    raise error


async def _task(visit: Visit) -> Any:
    resource = visit.state["Resource"]
    if is_activity(resource):
        return await perform(visit)
    callback = Callback() if resource.endswith(".waitForTaskToken") else None
    visit.task_token = callback.token if callback else None
    arguments = visit.limited(visit.evaluate("Arguments", visit.input))
    timeout, heartbeat = visit.seconds("TimeoutSeconds", least=1), visit.seconds("HeartbeatSeconds", least=1)
    names = dict(zip(("resourceType", "resource"), parts(resource), strict=True))
    branch = visit.branch
    call = branch.run.prepare(resource, arguments)
    region = branch.run.context["StateMachine"]["Id"].split(":")[3]
    limits = {"timeoutInSeconds": timeout, "heartbeatInSeconds": heartbeat}
    branch.write("TaskScheduled", **names, region=region, parameters=dumps(arguments), **limits)
    branch.write("TaskStarted", **names)
    end = CLOCK.now() + (timeout or MAX_SECONDS)
    try:
        result = visit.limited(await _make(visit, call, timeout or MAX_SECONDS))
        if callback or call.follow:
            branch.write("TaskSubmitted", **names, **data("output", result))
            following = (
                callback.outcome(branch.scope, end, heartbeat) if callback else call.follow(result, branch.scope, end)
            )
            result = visit.limited(await following)
    except StateError as error:
        event = "TaskTimedOut" if error.name in errors.TIMEOUTS else "TaskFailed"
        branch.write(event, **names, error=error.name, cause=error.cause or None)
        raise
    finally:
        if callback:
            callback.close()
    branch.write("TaskSucceeded", **names, **data("output", result))
    return result


async def _make(visit: Visit, call: Call, seconds: float) -> Any:
    """Make a call, in a thread of its own if it may block: one that takes too long is left behind."""
    if call.is_prompt:
        return call.make()
    begun: list[float] = []
    results: list[Any] = []
    failures: list[BaseException] = []

    def work() -> None:
        begun.append(CLOCK.now())
        try:
            results.append(call.make())
        except BaseException as error:
            failures.append(error)

    over, left = CLOCK.start(work), seconds
    while not await visit.branch.scope.wait(left, over):
        # Its time begins with the call: a busy machine may keep the thread waiting.
        left = begun[0] + seconds - CLOCK.now() if begun else seconds
        if left <= 0:
            raise StateError(errors.TIMEOUT)
    if failures:
        raise failures[0]
    return results[0]


async def _parallel(visit: Visit) -> list[Any]:
    value = visit.limited(visit.evaluate("Arguments", visit.input))
    visit.branch.write("ParallelStateStarted")
    scope = Scope(visit.branch.scope)
    branches = [partial(run, part, value, visit.branch.child(scope)) for part in visit.state["Branches"]]
    return await _fan_out(visit, scope, branches, len(branches))


async def _map(visit: Visit) -> Any:
    items = visit.evaluate("Items", visit.input)
    is_distributed = visit.state["ItemProcessor"].get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED"
    if not isinstance(items, list) and not (is_distributed and "ItemReader" in visit.state):
        raise visit.query_error("Items", "The items of a Map must be an array.")
    width = visit.evaluate("MaxConcurrency", 0)
    if isinstance(width, bool) or not isinstance(width, int) or width < 0:
        raise visit.query_error("MaxConcurrency", "The field 'MaxConcurrency' must be a whole number from 0.")
    if is_distributed:
        result = await perform_distributed(visit, items, width)
        visit.branch.write("MapStateSucceeded")
        return result
    visit.branch.write("MapStateStarted", length=len(items))
    scope = Scope(visit.branch.scope)
    iterations = [
        partial(_iterate, visit, visit.branch.child(scope, {"Index": index, "Value": item}))
        for index, item in enumerate(items)
    ]
    return await _fan_out(visit, scope, iterations, min(width or _MAX_ITERATIONS, _MAX_ITERATIONS))


async def _iterate(visit: Visit, branch: Branch) -> Any:
    names = {"name": visit.name, "index": branch.item["Index"]}
    branch.write("MapIterationStarted", **names)
    try:
        value = visit.limited(replace(visit, branch=branch).evaluate("ItemSelector", branch.item["Value"]))
        output = await run(visit.state["ItemProcessor"], value, branch)
    except (StateError, Ended) as error:
        branch.write("MapIterationFailed" if isinstance(error, StateError) else "MapIterationAborted", **names)
        raise
    branch.write("MapIterationSucceeded", **names)
    return output


async def _fan_out(visit: Visit, scope: Scope, parts: list[Part], width: int) -> list[Any]:
    """Run the parts, at most `width` at once; the first that fails ends its siblings."""
    kind = visit.state["Type"]
    try:
        results = [await part() for part in parts] if len(parts) <= 1 else await _together(parts, scope, width)
        visit.limited(results)
    finally:
        scope.close()
    visit.branch.write(f"{kind}StateSucceeded")
    return results


async def _together(parts: list[Part], scope: Scope, width: int) -> list[Any]:
    """Run the parts in fibers; raises what the first failing one raised, after all have ended."""
    results: list[Any] = [None] * len(parts)
    failures: list[Exception] = []
    todo = enumerate(parts)  # shared by the fibers: each takes the next part

    async def work() -> None:
        for index, part in todo:
            if failures:
                return
            try:
                results[index] = await part()
            except Exception as error:
                await Turn()  # all that start together have begun by then
                failures.append(error)
                scope.end(Aborted())

    for fiber in [Fiber(work()) for _ in range(min(width, len(parts)))]:
        await fiber.over
    if failures:
        raise failures[0]
    return results


_KINDS: Mapping[str, Callable[[Visit], Awaitable[Outcome]]] = {
    "Choice": _choice,
    "Fail": _fail,
    "Map": _trying(_map),
    "Parallel": _trying(_parallel),
    "Pass": _pass,
    "Succeed": _pass,  # both hand on their input or their Output
    "Task": _trying(_task),
    "Wait": _wait,
}
