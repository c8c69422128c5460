"""Runs a JSONata state machine.

The language: https://states-language.net/spec.html and
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

import threading
from collections import ChainMap
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from harness.embedded.clock import CLOCK
from harness.embedded.stepfunctions import errors, jsonata
from harness.embedded.stepfunctions.errors import Ended, StateError
from harness.embedded.stepfunctions.journal import Journal, data, dumps
from harness.embedded.stepfunctions.retry import Retriers
from harness.embedded.stepfunctions.scope import Scope
from harness.embedded.waits import WAITS, Wait

# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
MAX_DATA = 262_144  # bytes of UTF-8
_MAX_ITERATIONS = 40  # of an inline Map at once
_TASK_SECONDS = 99_999_999  # a Task without TimeoutSeconds

Part = Mapping[str, Any]  # what has StartAt and States: a machine, a branch, an item processor
Call = Callable[[str, Any], Any]  # (resource, arguments) -> result; raises StateError
Outcome = tuple[Any, Mapping[str, Any], str | None]  # output, assigned variables, next state


@dataclass
class Branch:
    """One thread of control: its variables, its place in the history, and what can end it."""

    scope: Scope
    variables: ChainMap[str, Any] = field(default_factory=ChainMap)
    previous: int = 0  # id of its last event
    item: Mapping[str, Any] | None = None  # `$states.context.Map.Item` inside a Map

    def child(self, scope: Scope, item: Mapping[str, Any] | None = None) -> "Branch":
        """Open a branch inside: it reads these variables, and its own assignments stay its own."""
        return replace(self, scope=scope, variables=self.variables.new_child(), item=item or self.item)


@dataclass
class Visit:
    """One stay in a state: what its expressions may see."""

    name: str
    state: Mapping[str, Any]
    input: Any
    branch: Branch
    entered: str
    event: int
    retries: int = 0


class Machine:
    """Runs one execution of a definition.

    `context` is `Execution` and `StateMachine` of `$states.context`; `call` makes the call of a Task.
    """

    def __init__(self, definition: Part, context: Mapping[str, Any], call: Call, journal: Journal) -> None:
        self._definition = definition
        self._context = context
        self._call = call
        self._journal = journal

    def run(self, value: Any, branch: Branch) -> Any:
        """Run from the start with the input `value` and return the output.

        Raises StateError when a state failed and nothing caught it, Ended when the execution was stopped or timed out.
        """
        return self._states(self._definition, value, branch)

    def _states(self, part: Part, value: Any, branch: Branch) -> Any:
        name: str | None = part["StartAt"]
        while name is not None:
            branch.scope.check()
            value, name = self._state(name, part["States"][name], value, branch)
        return value

    def _state(self, name: str, state: Mapping[str, Any], value: Any, branch: Branch) -> tuple[Any, str | None]:
        """Run one state; returns its output and the next state's name, None at the end."""
        kind = state["Type"]
        self._write(branch, f"{kind}StateEntered", name=name, **data("input", value))
        visit = Visit(name, state, value, branch, timestamp(CLOCK.now()), branch.previous)
        output, assigned, following = self._KINDS[kind](self, visit)
        branch.variables.update(assigned)
        variables = {key: dumps(item) for key, item in assigned.items()} or None
        self._write(branch, f"{kind}StateExited", name=name, **data("output", output), assignedVariables=variables)
        return output, following

    # The kinds of states. Each returns (output, assigned variables, next).

    def _pass(self, visit: Visit) -> Outcome:
        return self._finish(visit, visit.state, visit.input)

    def _succeed(self, visit: Visit) -> Outcome:
        return self._finish(visit, visit.state, visit.input)

    def _fail(self, visit: Visit) -> Outcome:
        error = self._evaluate(visit, "Error", visit.state.get("Error", ""))
        cause = self._evaluate(visit, "Cause", visit.state.get("Cause", ""))
        for field_, value in (("Error", error), ("Cause", cause)):
            if not isinstance(value, str):
                raise self._query_error(visit, field_, f"The field '{field_}' must be a string.")
        raise StateError(error, cause)

    def _wait(self, visit: Visit) -> Outcome:
        if "Timestamp" in visit.state:
            moment = self._evaluate(visit, "Timestamp", visit.state["Timestamp"])
            try:
                seconds = datetime.fromisoformat(moment).timestamp() - CLOCK.now()
            except (TypeError, ValueError) as error:
                raise self._query_error(visit, "Timestamp", f"{moment!r} is not a timestamp.") from error
        else:
            seconds = self._seconds(visit, "Seconds", visit.state["Seconds"], least=0)
        self._sleep(visit, max(seconds, 0), kind="wait")
        return self._finish(visit, visit.state, visit.input)

    def _choice(self, visit: Visit) -> Outcome:
        for index, rule in enumerate(visit.state["Choices"]):
            field_ = f"Choices[{index}]/Condition"
            chosen = self._evaluate(visit, field_, rule["Condition"])
            if not isinstance(chosen, bool):
                raise self._query_error(visit, field_, f"The condition '{rule['Condition']}' is not a boolean.")
            if chosen:
                return self._finish(visit, rule, visit.input)
        if "Default" not in visit.state:
            raise StateError(errors.NO_CHOICE, f"No choice of the state '{visit.name}' matched and it has no Default.")
        output, assigned, _ = self._finish(visit, visit.state, visit.input)
        return output, assigned, visit.state["Default"]

    def _task(self, visit: Visit) -> Outcome:
        return self._attempts(visit, self._attempt_task)

    def _attempt_task(self, visit: Visit) -> Any:
        resource = visit.state["Resource"]
        arguments = self._limited(visit, self._evaluate(visit, "Arguments", visit.state.get("Arguments", visit.input)))
        timeout = visit.state.get("TimeoutSeconds")
        seconds = _TASK_SECONDS if timeout is None else self._seconds(visit, "TimeoutSeconds", timeout, least=1)
        service, _, action = resource.partition(":states:::")[2].rpartition(":")
        names = {"resourceType": service, "resource": action}
        self._write(
            visit.branch,
            "TaskScheduled",
            **names,
            region=resource.split(":")[3] or self._context["StateMachine"]["Id"].split(":")[3],
            parameters=dumps(arguments),
            timeoutInSeconds=None if timeout is None else int(seconds),
        )
        self._write(visit.branch, "TaskStarted", **names)
        try:
            result = self._limited(visit, self._call_in_time(visit, resource, arguments, seconds))
        except StateError as error:
            event = "TaskTimedOut" if error.name == errors.TIMEOUT else "TaskFailed"
            self._write(visit.branch, event, **names, error=error.name, cause=error.cause or None)
            raise
        self._write(visit.branch, "TaskSucceeded", **names, **data("output", result))
        return result

    def _call_in_time(self, visit: Visit, resource: str, arguments: Any, seconds: float) -> Any:
        """Make the call in a thread of its own: a call that takes too long is left behind."""
        answer = _Answer(lambda: self._call(resource, arguments))
        threading.Thread(target=answer.find, daemon=True).start()
        visit.branch.scope.wait(seconds, answer.found)
        return answer.get()

    def _parallel(self, visit: Visit) -> Outcome:
        return self._attempts(visit, self._attempt_parallel)

    def _attempt_parallel(self, visit: Visit) -> Any:
        value = self._limited(visit, self._evaluate(visit, "Arguments", visit.state.get("Arguments", visit.input)))
        self._write(visit.branch, "ParallelStateStarted")
        scope = Scope(visit.branch.scope)
        branches = [
            lambda part=part: self._states(part, value, visit.branch.child(scope)) for part in visit.state["Branches"]
        ]
        return self._fan_out(visit, scope, branches, len(branches))

    def _map(self, visit: Visit) -> Outcome:
        return self._attempts(visit, self._attempt_map)

    def _attempt_map(self, visit: Visit) -> Any:
        items = self._evaluate(visit, "Items", visit.state.get("Items", visit.input))
        if not isinstance(items, list):
            raise self._query_error(visit, "Items", "The items of a Map must be an array.")
        limit = self._evaluate(visit, "MaxConcurrency", visit.state.get("MaxConcurrency", 0)) or _MAX_ITERATIONS
        self._write(visit.branch, "MapStateStarted", length=len(items))
        scope = Scope(visit.branch.scope)
        iterations = [
            lambda index=index, item=item: self._iterate(visit, visit.branch.child(scope, _item(index, item)), index)
            for index, item in enumerate(items)
        ]
        return self._fan_out(visit, scope, iterations, min(limit, _MAX_ITERATIONS))

    def _iterate(self, visit: Visit, branch: Branch, index: int) -> Any:
        names = {"name": visit.name, "index": index}
        self._write(branch, "MapIterationStarted", **names)
        try:
            inner = replace(visit, branch=branch)
            selector = visit.state.get("ItemSelector", branch.item["Value"])
            value = self._limited(visit, self._evaluate(inner, "ItemSelector", selector))
            output = self._states(visit.state["ItemProcessor"], value, branch)
        except StateError:
            self._write(branch, "MapIterationFailed", **names)
            raise
        except Ended:
            self._write(branch, "MapIterationAborted", **names)
            raise
        self._write(branch, "MapIterationSucceeded", **names)
        return output

    def _fan_out(self, visit: Visit, scope: Scope, parts: list[Callable[[], Any]], width: int) -> list[Any]:
        """Run the parts, at most `width` at once; the first that fails ends its siblings."""
        kind = visit.state["Type"]
        try:
            results = [part() for part in parts] if len(parts) <= 1 else _together(parts, scope, width)
            self._limited(visit, results)
        except StateError:
            self._write(visit.branch, f"{kind}StateFailed")
            raise
        self._write(visit.branch, f"{kind}StateSucceeded")
        return results

    _KINDS: Mapping[str, Callable[["Machine", Visit], Outcome]] = {
        "Pass": _pass,
        "Task": _task,
        "Choice": _choice,
        "Wait": _wait,
        "Succeed": _succeed,
        "Fail": _fail,
        "Parallel": _parallel,
        "Map": _map,
    }

    # What the kinds share.

    def _attempts(self, visit: Visit, attempt: Callable[[Visit], Any]) -> Outcome:
        """Try until it works, a Catch takes the error, or it leaves the state."""
        retriers = Retriers(visit.state.get("Retry", ()))
        while True:
            try:
                result = attempt(visit)
                return self._finish(visit, visit.state, result, result=result)
            except StateError as error:
                delay = retriers.delay(error.name)
                if delay is None:
                    return self._catch(visit, error)
                visit.retries += 1
                self._sleep(visit, delay, kind="retry", attempt=visit.retries, error=error.name)

    def _catch(self, visit: Visit, error: StateError) -> Outcome:
        for index, catcher in enumerate(visit.state.get("Catch", ())):
            if errors.matches(error.name, catcher["ErrorEquals"]):
                return self._finish(visit, catcher, error.output, f"Catch[{index}]/", errorOutput=error.output)
        raise error

    def _finish(self, visit: Visit, holder: Mapping[str, Any], output: Any, prefix: str = "", **seen: Any) -> Outcome:
        """Evaluate `Output` and `Assign` of a state, a choice or a catcher, both with the old variables."""
        if "Output" in holder:
            output = self._evaluate(visit, f"{prefix}Output", holder["Output"], **seen)
        assigned = self._evaluate(visit, f"{prefix}Assign", holder.get("Assign", {}), **seen)
        self._limited(visit, assigned)
        return self._limited(visit, output), assigned, holder.get("Next")

    def _evaluate(self, visit: Visit, field_: str, template: Any, **seen: Any) -> Any:
        bindings = {**visit.branch.variables, "states": self._visible(visit, seen)}
        try:
            return jsonata.evaluate(template, bindings, field_)
        except jsonata.EvaluationError as error:
            raise self._query_error(visit, field_, str(error)) from error

    def _visible(self, visit: Visit, seen: Mapping[str, Any]) -> dict[str, Any]:
        state = {"Name": visit.name, "EnteredTime": visit.entered, "RetryCount": visit.retries}
        context = {**self._context, "State": state}
        if visit.branch.item:
            context["Map"] = {"Item": visit.branch.item}
        return {"input": visit.input, "context": context, **seen}

    def _query_error(self, visit: Visit, field_: str, reason: str) -> StateError:
        cause = (
            f"An error occurred while executing the state '{visit.name}' "
            f"(entered at the event id #{visit.event}). {reason}"
        )
        error = StateError(errors.QUERY, cause)
        details = {"error": error.name, "cause": error.cause, "location": field_, "state": visit.name}
        self._write(visit.branch, "EvaluationFailed", **details)
        return error

    def _seconds(self, visit: Visit, field_: str, template: Any, least: int) -> float:
        seconds = self._evaluate(visit, field_, template)
        if isinstance(seconds, bool) or not isinstance(seconds, int) or not least <= seconds <= _TASK_SECONDS:
            reason = f"The field '{field_}' must be a whole number from {least} to {_TASK_SECONDS}, not {seconds!r}."
            raise self._query_error(visit, field_, reason)
        return seconds

    def _limited(self, visit: Visit, value: Any) -> Any:
        """Return the value. Raises StateError when it is larger than Step Functions carries."""
        if len(dumps(value).encode()) > MAX_DATA:
            raise StateError(
                errors.DATA_LIMIT,
                f"The state/task '{visit.name}' returned a result with a size exceeding "
                "the maximum number of bytes service limit.",
            )
        return value

    def _sleep(self, visit: Visit, seconds: float, **told: Any) -> None:
        execution_arn = self._context["Execution"]["Id"]
        WAITS.append(Wait(execution_arn=execution_arn, state=visit.name, seconds=seconds, **told))
        visit.branch.scope.wait(seconds)

    def _write(self, branch: Branch, type_: str, **details: Any) -> None:
        branch.previous = self._journal.write(type_, branch.previous, **details)


class _Answer:
    """What a call made in another thread gave: a result or an error."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self._call = call
        self._result: Any = None
        self._error: BaseException | None = StateError(errors.TIMEOUT)
        self.found = threading.Event()

    def find(self) -> None:
        try:
            self._result, self._error = self._call(), None
        except BaseException as error:  # carried over to the thread that waits
            self._error = error
        self.found.set()

    def get(self) -> Any:
        if self._error:
            raise self._error
        return self._result


def _together(parts: list[Callable[[], Any]], scope: Scope, width: int) -> list[Any]:
    """Run the parts at once; raises what the first failing one raised, after all have ended."""
    failures: list[Exception] = []

    def run(part: Callable[[], Any]) -> Any:
        try:
            return part()
        except Exception as error:
            failures.append(error)
            scope.end(Ended("ABORTED"))
            return None

    with ThreadPoolExecutor(width) as pool:
        results = list(pool.map(run, parts))
    if failures:
        raise failures[0]
    return results


def _item(index: int, value: Any) -> dict[str, Any]:
    return {"Index": index, "Value": value}


def timestamp(seconds: float) -> str:
    """Write virtual seconds as `$states.context` writes a time."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
