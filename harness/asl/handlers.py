"""Retriers and catchers: order, names, waits, and failures that nobody handles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.asl.machine import Machine, Scope, State, Transition, as_list, as_text, has_placeholder
from harness.asl.names import names
from harness.asl.rules import Finding

# What an HTTP Task raises: https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
_HTTP_STATUS = re.compile(r"States\.Http\.StatusCode\.\d{3}")

_NOT_A_TASK_FAILURE = ("States.ALL", "States.Timeout", "States.DataLimitExceeded", "States.Runtime")


def check(machine: Machine) -> Iterator[Finding]:
    """Yield findings about Retry and Catch, and about their absence."""
    for state in machine.states:
        for kind in ("Retry", "Catch"):
            yield from _order(state, kind)
        for kind, path, handler in state.handlers:
            for number, name in enumerate(as_list(handler.get("ErrorEquals"))):
                if isinstance(name, str) and name.startswith("States.") and not _is_known(name):
                    where = f"{path}/ErrorEquals[{number}]"
                    yield Finding(where, "UNKNOWN_STATES_ERROR", f"Step Functions has no error '{name}'.")
            if kind == "Retry":
                yield from _waits(path, handler)
        if state.type == "Task" and not _is_handled(state):
            message = "Nothing retries or catches what this Task may raise, so any error ends the execution."
            yield Finding(state.path, "UNHANDLED_ERRORS", message)
        error = as_text(state.body.get("Error")) if state.type == "Fail" else None
        if error is not None and error.startswith("States."):
            message = f"'{error}' is a name of Step Functions' own; a Fail state raises a name of yours."
            yield Finding(f"{state.path}/Error", "RESERVED_ERROR_NAME", message)
    yield from _failures_as_successes(machine.root)


def _is_known(name: str) -> bool:
    return name in names("errors") or _HTTP_STATUS.fullmatch(name) is not None


def _order(state: State, kind: str) -> Iterator[Finding]:
    handlers = [(path, handler) for its_kind, path, handler in state.handlers if its_kind == kind]
    taken: dict[str, str] = {}
    for number, (path, handler) in enumerate(handlers):
        listed = [name for name in as_list(handler.get("ErrorEquals")) if isinstance(name, str)]
        where = f"{path}/ErrorEquals"
        if "States.ALL" in listed and len(listed) > 1:
            yield Finding(where, "ALL_NOT_ALONE", "States.ALL matches every error and must be alone.")
        if "States.ALL" in listed and number < len(handlers) - 1:
            yield Finding(where, "ALL_NOT_LAST", f"States.ALL must be in the last entry of {kind}.")
        for name in listed:
            by = taken.get(name) or (taken.get("States.TaskFailed") if name not in _NOT_A_TASK_FAILURE else None)
            if by is not None and "States.ALL" not in listed:
                message = f"'{name}' never reaches this entry: {by} matches it first."
                yield Finding(where, "SHADOWED_HANDLER", message)
        for name in listed:
            taken.setdefault(name, f"{kind}[{number}]")


def _waits(path: str, retrier: dict) -> Iterator[Finding]:
    if not retrier:  # its shape is reported, or it is filled in later
        return
    attempts, rate = retrier.get("MaxAttempts", 3), retrier.get("BackoffRate", 2.0)
    if not isinstance(attempts, int | float) or attempts < 1:
        return
    if retrier.get("JitterStrategy") != "FULL":
        message = "Without JitterStrategy FULL all executions that fail together retry together."
        yield Finding(path, "NO_JITTER", message)
    if attempts > 1 and isinstance(rate, int | float) and rate > 1 and "MaxDelaySeconds" not in retrier:
        message = f"Without MaxDelaySeconds the wait grows by {rate:g} at each of {attempts:g} attempts."
        yield Finding(path, "NO_MAX_DELAY", message)


def _is_handled(state: State | None) -> bool:
    while state is not None:
        if any(as_list(state.body.get(kind)) or has_placeholder(state.body.get(kind)) for kind in ("Retry", "Catch")):
            return True
        state = state.scope.owner
    return False


def _failures_as_successes(scope: Scope) -> Iterator[Finding]:
    """Yield catchers of every error that lead to the end without Fail and without continuing the work."""
    for state in scope.states.values() if not scope.is_partial else ():
        for transition in state.transitions:
            if (
                transition.kind == "catch"
                and _takes_all(transition)
                and _only_succeeds(scope, state, transition.target)
            ):
                message = (
                    f"An error caught here ends as a success: behind '{transition.target}' there is no Fail state."
                )
                yield Finding(transition.path, "FAILURE_ENDS_AS_SUCCESS", message)


def _takes_all(transition: Transition) -> bool:
    return any(name in ("States.ALL", "States.TaskFailed") for name in as_list(transition.holder.get("ErrorEquals")))


def _only_succeeds(scope: Scope, state: State, target: str) -> bool:
    if target not in scope.states:
        return False
    after = scope.reachable(scope.states[target])
    if any(scope.states[name].type == "Fail" for name in after):
        return False
    without_it = frozenset({target})
    usual = [scope.states.get(transition.target) for transition in state.transitions if transition.kind != "catch"]
    if usual and not any(scope.states[name].is_terminal for name in scope.reachable(*usual, without=without_it)):
        return False  # every run passes there
    # Where the path joins what other runs do, and that is work, the run continues.
    otherwise = scope.reachable(scope.start, without=without_it)
    return not any(scope.states[name].type not in ("Succeed", "Pass") for name in after & otherwise)
