"""How each question is asked: with a state machine made for it, whose output is the answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from harness.probe.bench import Bench
from harness.probe.values import VALUES
from harness.report.definition import all_states

SESSION = "probe-00000000-0000-0000-0000-000000000000"
REPORTED = {"Reported": {"Type": "Succeed"}}  # where catchers lead to
ERROR = "{% { 'error': $states.errorOutput.Error } %}"
CALL = "bedrockagentcore:invokeAgentRuntime"

Ask = Callable[[Bench], Any]


def timeout_of_a_retry(bench: Bench) -> Any:
    """Call for 10 s with a timeout that is too short at the first attempt only."""
    return _nested(
        bench,
        {"Type": "Wait", "Seconds": 10},
        TimeoutSeconds="{% $states.context.State.RetryCount = 0 ? 5 : 60 %}",
        Retry=[_retry("States.Timeout")],
        Output={"evaluated": "for each attempt"},
        Catch=[_catch("States.ALL", {"evaluated": "once"})],
    )


def large_reply(bench: Bench) -> Any:
    """Get a reply that is too large only once it is text inside the result, where every quote is escaped again."""
    return _nested(
        bench,
        {"Type": "Pass", "Output": "{% { 'quotes': $pad('', 120000, '\"') } %}"},
        Output={"caught_by": "nothing"},
        Catch=[
            _catch("States.DataLimitExceeded", {"caught_by": "its own name"}),
            _catch("States.ALL", {"caught_by": "States.ALL"}),
        ],
    )


def error_of_a_branch(bench: Bench) -> Any:
    """Catch outside of a Parallel what a branch failed with."""
    output = "{% { 'caught_by': 'NAME', 'error': $states.errorOutput.Error, 'cause': $states.errorOutput.Cause } %}"
    return bench.ask(
        _block(Catch=[_catch(name, output.replace("NAME", name)) for name in ("ProbeError", "States.ALL")]) | REPORTED
    )


def retries_of_a_block(bench: Bench) -> Any:
    """Ask a Parallel that was retried twice how often it was."""
    output = "{% { 'retries': $states.context.State.RetryCount } %}"
    return bench.ask(_block(Retry=[_retry("ProbeError", 2)], Catch=[_catch("States.ALL", output)]) | REPORTED)


def retries_in_arguments(bench: Bench) -> Any:
    """Ask a branch that was retried twice what its Parallel's Arguments held of that."""
    count = {"attempt": "{% $states.context.State.RetryCount %}"}
    caught = _catch("States.ALL", "{% { 'attempt': $states.errorOutput.Cause } %}")
    cause = "{% $string($states.input.attempt) %}"
    return bench.ask(_block(cause, Arguments=count, Retry=[_retry("ProbeError", 2)], Catch=[caught]) | REPORTED)


def failing(field: str, value: Any) -> Ask:
    """Ask whether a Task whose `field` cannot be evaluated catches that itself."""

    def ask(bench: Bench) -> Any:
        arguments = {"TableName": bench.stack.outputs["circuit_table_name"], "Key": {"agent": {"S": "probe"}}}
        catch = [_catch("States.QueryEvaluationError", {"caught": True})]
        return bench.ask({"Read": bench.task("dynamodb:getItem", arguments, Catch=catch, **{field: value})} | REPORTED)

    return ask


def error_of_call(runtime: Callable[[Bench], str], session: str = SESSION) -> Ask:
    """Ask for the error of calling a runtime that cannot answer."""
    return lambda bench: _error_of(bench, CALL, _session(runtime(bench), session) | {"Payload": "{}"})


def error_of_condition(bench: Bench) -> Any:
    """Ask for the error of a condition that does not hold."""
    return _error_of(bench, "dynamodb:updateItem", _never(bench))


def error_of_transaction(bench: Bench) -> Any:
    """Ask for the error of a transaction with a condition that does not hold."""
    return _error_of(bench, "dynamodb:transactWriteItems", {"TransactItems": [{"Update": _never(bench)}]})


def missing_object(version: str = "") -> Ask:
    """Look for an object, or a version, that does not exist; the workflow's own expression judges the error."""

    def ask(bench: Bench) -> Any:
        judged = bench.definition["States"]["LocateDocument"]["Catch"][0]["Assign"]["failure"]
        catch = {"Assign": {"failure": judged, "error": "{% $states.errorOutput.Error %}"}}
        arguments = {"Bucket": bench.role.bucket, "Key": "probe/none.pdf"} | ({"VersionId": version} if version else {})
        document = {"requested_version": version}
        return bench.ask(
            {
                "Prepare": {"Type": "Pass", "Assign": {"document": document}, "Next": "Locate"},
                "Locate": bench.task("s3:headObject", arguments, Catch=[_catch("States.ALL", {}) | catch]),
                "Reported": {"Type": "Succeed", "Output": "{% { 'read_as': $failure.error, 'error': $error } %}"},
            }
        )

    return ask


def values(bench: Bench) -> Any:
    """Evaluate all expressions in one state."""
    output = {expression: f"{{% {expression} %}}" for expression in VALUES}
    return bench.ask({"Values": {"Type": "Pass", "Output": output, "End": True}})


def log_events(bench: Bench) -> Any:
    """Read a run's events with the reader that `make process` has."""
    states = _block(Retry=[_retry("ProbeError")], Catch=[_catch("States.ALL", {})]) | REPORTED
    visits = bench.traced(bench.machine(states)).visits
    return {"visits": [f"{visit.name} {visit.status}, attempts: {visit.attempts}" for visit in visits]}


def reply(bench: Bench) -> Any:
    """Call pdf-adapter as a run does, in its protocol, and end its session."""
    sent = dict(all_states(bench.definition))["PDFAdapter.Call"]["Arguments"]["Payload"]
    session = _session(bench.runtime_arn("pdf-adapter"))
    payload = {
        "document_path": bench.document,
        "source_type": "BANK",
        "document_id": "probe",
        "document_version": None,
        "correlation_id": "probe",
        "idempotency_key": "probe",
    }
    output = {
        "response": "{% $type($states.result.Response) %}",
        "parsed": "{% $type($parse($states.result.Response)) %}",
        "milliseconds": "{% $millis() - $toMillis($states.context.State.EnteredTime) %}",
    }
    return bench.ask(
        {
            "Prepare": {"Type": "Pass", "Assign": {"payload": json.dumps(payload), "task": ""}, "Next": "Call"},
            "Call": bench.task(
                CALL,
                session | {"ContentType": "application/json", "Payload": sent},
                TimeoutSeconds=280,
                Output=output,
                Catch=[{"ErrorEquals": ["States.ALL"], "Output": ERROR, "Next": "Stop"}],
                Next="Stop",
            ),
            "Stop": bench.task(
                "bedrockagentcore:stopRuntimeSession",
                session,
                Output="{% $states.input %}",
                Catch=[_catch("States.ALL", "{% $states.input %}")],
            ),
        }
        | REPORTED
    )


def _nested(bench: Bench, state: Mapping[str, Any], **fields: Any) -> Any:
    """Ask with a Task that starts another state machine, of one state, and waits for its end."""
    inner = bench.machine({"Inner": {**state, "End": True}})
    return bench.ask({"Call": bench.task("sfn:startSyncExecution", {"StateMachineArn": inner}, **fields)} | REPORTED)


def _block(cause: str = '{"message":"why"}', **fields: Any) -> dict[str, Any]:
    """Return a Parallel around one branch that fails."""
    fail = {"Fail": {"Type": "Fail", "Error": "ProbeError", "Cause": cause}}
    branches = [{"StartAt": "Fail", "States": fail}]
    return {"Block": {"Type": "Parallel", "Branches": branches, "End": True, **fields}}


def _retry(error: str, attempts: int = 1) -> dict[str, Any]:
    return {"ErrorEquals": [error], "IntervalSeconds": 1, "MaxAttempts": attempts, "BackoffRate": 1}


def _catch(error: str, output: Any) -> dict[str, Any]:
    return {"ErrorEquals": [error], "Output": output, "Next": "Reported"}


def _never(bench: Bench) -> dict[str, Any]:
    """Return the arguments of an update whose condition never holds."""
    return {
        "TableName": bench.stack.outputs["circuit_table_name"],
        "Key": {"agent": {"S": "probe"}},
        "UpdateExpression": "SET probe = :probe",
        "ConditionExpression": "attribute_exists(probe)",
        "ExpressionAttributeValues": {":probe": {"S": "probe"}},
    }


def _session(runtime_arn: str, session: str = SESSION) -> dict[str, Any]:
    return {"AgentRuntimeArn": runtime_arn, "RuntimeSessionId": session}


def _error_of(bench: Bench, action: str, arguments: Mapping[str, Any]) -> Any:
    return bench.ask({"Call": bench.task(action, arguments, Output={}, Catch=[_catch("States.ALL", ERROR)])} | REPORTED)
