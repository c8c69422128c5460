"""The calls of the stack's own state machine, changed so that they do nothing, but show whether its role allows them.

DynamoDB is asked under a condition that is never true, SQS with a type of attribute that there is not, X-Ray with a
document that is none, AgentCore for the end of a session that there is not. No agent is called.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.paths import ROOT
from harness.probe.bench import Bench
from harness.report.definition import all_states

Arguments = Mapping[str, Any]

PROBE = {"S": "probe"}
NEVER = {"ConditionExpression": "attribute_exists(probe)"}
NO_SESSION = "probe-00000000-0000-0000-0000-000000000000"  # AgentCore asks for 33 characters or more
DENIED = (
    "$contains($states.errorOutput.Error, /AccessDenied|Kms/)"
    " or $contains($states.errorOutput.Cause, /not authorized|Status Code: 403/)"
)


def denied(bench: Bench) -> Any:
    """Make every kind of call once; return how many there were, and those that the role may not make."""
    return bench.ask(
        {
            "MakeCalls": {
                "Type": "Parallel",
                "Branches": [_branch(bench, name, call) for name, call in dict(_calls(bench)).items()],
                "Output": "{% { 'calls': $count($states.result), 'denied': [$states.result.denied] } %}",
                "End": True,
            }
        }
    )


def _branch(bench: Bench, name: str, call: tuple[str, Arguments]) -> dict[str, Any]:
    action, arguments = call
    output = f"{{% {DENIED} ? {{ 'denied': '{name}: ' & $states.errorOutput.Error }} : {{}} %}}"
    catch = [{"ErrorEquals": ["States.ALL"], "Output": output, "Next": f"after {name}"}]
    return {
        "StartAt": name,
        "States": {
            name: bench.task(action, arguments, TimeoutSeconds=20, Output={}, Catch=catch),
            f"after {name}": {"Type": "Succeed"},
        },
    }


def _calls(bench: Bench) -> Iterator[tuple[str, tuple[str, Arguments]]]:
    """Yield each call that the stack's state machine makes: its name, its action, and arguments that do nothing.

    An outcome's record is one expression, which does not name its table; a claim makes the same call of the same table.
    """
    for state_name, state in all_states(bench.definition):
        action = state.get("Resource", "").partition(":::aws-sdk:")[2]
        agent = _AGENTS.get(state_name.partition(".")[0])
        if action == "bedrockagentcore:stopRuntimeSession" and agent:
            yield f"{action} {agent}", (action, _no_session(bench, agent, state["Arguments"]))
        elif action in _HARMLESS and not (action == "dynamodb:updateItem" and isinstance(state["Arguments"], str)):
            resource, arguments = _HARMLESS[action](bench, state["Arguments"])
            yield f"{action} {resource}".strip(), (action, arguments)


def _key(bench: Bench, table: str) -> Arguments:
    names = ("agent",) if table == bench.stack.outputs["circuit_table_name"] else ("document", "version")
    return dict.fromkeys(names, PROBE)


def _get(bench: Bench, arguments: Arguments) -> tuple[str, Arguments]:
    table = arguments["TableName"]
    return table, {"TableName": table, "Key": _key(bench, table)}


def _put(bench: Bench, arguments: Arguments) -> tuple[str, Arguments]:
    table = arguments["TableName"]
    return table, {"TableName": table, "Item": _key(bench, table), **NEVER}


def _update(bench: Bench, arguments: Arguments) -> tuple[str, Arguments]:
    table, harmless = _get(bench, arguments)
    change = {"UpdateExpression": "SET probe = :probe", "ExpressionAttributeValues": {":probe": PROBE}}
    return table, harmless | change | NEVER


def _query(_bench: Bench, arguments: Arguments) -> tuple[str, Arguments]:
    table = arguments["TableName"]
    query = {"KeyConditionExpression": "document = :probe", "ExpressionAttributeValues": {":probe": PROBE}}
    return table, {"TableName": table, **query}


def _as_it_is(_bench: Bench, arguments: Arguments) -> tuple[str, Arguments]:
    return "", arguments


def _no_object(bench: Bench, _arguments: Arguments) -> tuple[str, Arguments]:
    return "", {"Bucket": bench.role.bucket, "Key": "probe/none.pdf"}


def _no_message(_bench: Bench, arguments: Arguments) -> tuple[str, Arguments]:
    attributes = {"probe": {"DataType": "None", "StringValue": "probe"}}
    return "", {"QueueUrl": arguments["QueueUrl"], "MessageBody": "probe", "MessageAttributes": attributes}


def _no_metric(_bench: Bench, arguments: Arguments) -> tuple[str, Arguments]:
    return "", {"Namespace": arguments["Namespace"], "MetricData": [{"MetricName": "Probe", "Value": 0}]}


def _no_trace(_bench: Bench, _arguments: Arguments) -> tuple[str, Arguments]:
    return "", {"TraceSegmentDocuments": ["{}"]}


def _no_session(bench: Bench, agent: str, arguments: Arguments) -> Arguments:
    return {**arguments, "AgentRuntimeArn": bench.runtime_arn(agent), "RuntimeSessionId": NO_SESSION}


# The agent of each block of states, whose names begin with the block's.
_AGENTS = {
    contract["state"]: agent
    for agent, contract in json.loads((ROOT / "statemachine" / "agents.json").read_text()).items()
}


_HARMLESS: Mapping[str, Callable[[Bench, Arguments], tuple[str, Arguments]]] = {
    "cloudwatch:putMetricData": _no_metric,
    "dynamodb:getItem": _get,
    "dynamodb:putItem": _put,
    "dynamodb:query": _query,
    "dynamodb:updateItem": _update,
    "s3:headObject": _no_object,
    "sqs:sendMessage": _no_message,
    "ssm:getParameters": _as_it_is,
    "xray:putTraceSegments": _no_trace,
}
