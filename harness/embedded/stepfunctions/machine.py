"""Runs a state machine, state by state, whatever the query language of each.

The language: https://states-language.net/spec.html
"""

import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from harness.embedded.clock import CLOCK
from harness.embedded.stepfunctions import errors, functions
from harness.embedded.stepfunctions.activities import is_activity, perform
from harness.embedded.stepfunctions.callbacks import Callback
from harness.embedded.stepfunctions.choices import moment
from harness.embedded.stepfunctions.distributed import perform as perform_distributed
from harness.embedded.stepfunctions.errors import StateError
from harness.embedded.stepfunctions.fanout import fan_out
from harness.embedded.stepfunctions.fibers import Turn
from harness.embedded.stepfunctions.journal import data, dumps
from harness.embedded.stepfunctions.names import parts
from harness.embedded.stepfunctions.retry import Retriers
from harness.embedded.stepfunctions.scope import Scope
from harness.embedded.stepfunctions.visit import MAX_SECONDS, Branch, Call, Outcome, Place, Visit, processor, timestamp

# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
_MAX_ITERATIONS = 40  # of an inline Map at once
_STATES_IN_A_ROW = 25  # before other runs have their turn
_FANNED_OUT = frozenset({"Map", "Parallel"})
_FAILED_TASKS = frozenset(
    f"{kind}{end}" for kind in ("Activity", "LambdaFunction", "Task") for end in ("Failed", "TimedOut")
)


async def run(part: Mapping[str, Any], value: Any, branch: Branch) -> Any:
    """Run a state machine, a branch or an item processor from its start, with an input, and return its output.

    Raises StateError when a state failed and nothing caught it, ExecutionEnded when it was stopped or timed out.
    """
    name: str | None = part["StartAt"]
    goes_on = branch.place is not None
    if branch.place:
        name, value, branch.variables = branch.place.name, branch.place.input, branch.place.variables
    for count in itertools.count(1):
        branch.scope.enter()
        state = part["States"][name]
        if not goes_on:
            branch.place = Place(name, state["Type"], value, branch.variables)
        value, name = await _run_state(name, state, value, branch, goes_on)
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
    output, assigned, following = await leave(visit)
    if assigned:
        branch.variables = {**branch.variables, **assigned}
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

    Raises StateError and ExecutionEnded as `run` does.
    """
    return await _KINDS[visit.state["Type"]](visit)


async def _pass(visit: Visit) -> Outcome:
    return visit.finish(visit.input)


async def _fail(visit: Visit) -> Outcome:
    fields = {name: visit.evaluate(name, "") for name in ("Error", "Cause")}
    for name, value in fields.items():
        if not isinstance(value, str):
            raise visit.invalid(name, value, f"The field '{name}' must be a string.")
    raise StateError(fields["Error"], fields["Cause"])


async def _wait(visit: Visit) -> Outcome:
    seconds = visit.seconds("Seconds", least=0)
    if seconds is None:
        timestamp_ = visit.evaluate("Timestamp")
        until = moment(timestamp_)
        if until is None:
            reason = f"{dumps(timestamp_)} is not a timestamp such as 2030-01-31T12:00:00Z."
            raise visit.invalid("Timestamp", timestamp_, reason)
        seconds = max(until.timestamp() - CLOCK.now(), 0)
        if seconds > MAX_SECONDS:
            raise StateError(errors.RUNTIME, f"The state '{visit.name}' would wait for more than {MAX_SECONDS} s.")
    await visit.sleep(seconds, kind="wait")
    return visit.finish(visit.input)


async def _choice(visit: Visit) -> Outcome:
    return visit.language.choose(visit)


def _trying(attempt: Callable[[Visit], Awaitable[Any]]) -> Callable[[Visit], Awaitable[Outcome]]:
    """Make a kind of state that tries until it works, a Catch catches the error, or the error leaves the state."""

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
                    return _give_up(visit, error, worked)
                visit.retries += 1
                if visit.branch.place:
                    visit.branch.place.forget()
                await visit.sleep(delay, kind="retry", attempt=visit.retries, error=error.name)

    return trying


def _give_up(visit: Visit, error: StateError, worked: bool) -> Outcome:
    """Leave a state after its last attempt through a Catch. Raises the error if none does, or that of the Catch."""
    kind, branch = visit.state["Type"], visit.branch
    before = branch.previous
    event = f"{kind}StateFailed" if kind in _FANNED_OUT and not worked and error.name != errors.RUNTIME else None
    if event:
        branch.write(event)
    for index, catcher in enumerate(visit.state.get("Catch", ())):
        if errors.matches(error.name, catcher["ErrorEquals"]):
            failed, branch.previous = branch.previous, before
            try:
                outcome = visit.language.catch(visit, index, error)
            except StateError:
                if event:
                    branch.write(event)
                raise
            branch.previous = failed
            return outcome
    if branch.is_inner and branch.run.journal.type_of(before) in _FAILED_TASKS:
        branch.write_aside("TaskStateAborted")
    raise error


async def _task(visit: Visit) -> Any:
    resource = visit.state["Resource"]
    if is_activity(resource):
        return await perform(visit)
    if functions.is_arn(resource):
        return await functions.perform(visit, _make)
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
        result = visit.limited(await _make(visit, call, timeout or MAX_SECONDS), names["resourceType"])
        if callback or call.follow:
            branch.write("TaskSubmitted", **names, **data("output", result))
            following = (
                callback.outcome(branch.scope, end, heartbeat) if callback else call.follow(result, branch.scope, end)
            )
            result = visit.limited(await following, names["resourceType"])
    except StateError as error:
        event = "TaskTimedOut" if error.name in errors.TIMEOUTS else "TaskFailed"
        branch.write(event, **names, error=error.name or None, cause=error.cause or None)
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

    over, remaining = CLOCK.start(work), seconds
    while not await visit.branch.scope.wait(remaining, over):
        # Its time begins with the call: a busy machine may keep the thread waiting.
        remaining = begun[0] + seconds - CLOCK.now() if begun else seconds
        if remaining <= 0:
            raise StateError(errors.TIMEOUT)
    if failures:
        raise failures[0]
    return results[0]


async def _parallel(visit: Visit) -> list[Any]:
    value = visit.limited(visit.evaluate("Arguments", visit.input))
    visit.branch.write("ParallelStateStarted")
    scope = Scope(visit.branch.scope)
    children = [visit.branch.child(scope) for _ in visit.state["Branches"]]
    parts = {id(child): part for child, part in zip(children, visit.state["Branches"], strict=True)}
    return await fan_out(visit, children, lambda child: run(parts[id(child)], value, child), len(children))


async def _map(visit: Visit) -> Any:
    items = visit.evaluate("Items", visit.input)
    is_distributed = processor(visit.state).get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED"
    if not isinstance(items, list) and not (is_distributed and "ItemReader" in visit.state):
        raise visit.invalid("Items", items, "The items of a Map must be an array.")
    width = visit.whole_number("MaxConcurrency", least=0) or 0
    if is_distributed:
        return await perform_distributed(visit, items, width)
    visit.branch.write("MapStateStarted", length=len(items))
    scope = Scope(visit.branch.scope)
    children = [visit.branch.child(scope, {"Index": index, "Value": item}) for index, item in enumerate(items)]
    return await fan_out(visit, children, partial(_iterate, visit), min(width or _MAX_ITERATIONS, _MAX_ITERATIONS))


async def _iterate(visit: Visit, branch: Branch) -> Any:
    value = visit.limited(replace(visit, branch=branch).evaluate("ItemSelector", branch.item["Value"]))
    names = {"name": visit.name, "index": branch.item["Index"]}
    if not branch.place:  # else it was begun before a redrive
        branch.write("MapIterationStarted", **names)
    output = await run(processor(visit.state), value, branch)
    branch.write_aside("MapIterationSucceeded", **names)
    return output


_KINDS: Mapping[str, Callable[[Visit], Awaitable[Outcome]]] = {
    "Choice": _choice,
    "Fail": _fail,
    "Map": _trying(_map),
    "Parallel": _trying(_parallel),
    "Pass": _pass,
    "Succeed": _pass,  # both pass on their input or their Output
    "Task": _trying(_task),
    "Wait": _wait,
}
