"""Agents that speak A2A: what they are sent, which responses are accepted, and the outcome of each error."""

import json

import pytest

from harness.contract import AGENTS as CONTRACTS
from harness.fault_matrix import ERRORS, PATIENT_ATTEMPTS
from harness.paths import ROOT
from tests.execution.conftest import BREAKERS, RETRIES
from tests.execution.driver import AGENTS, BREAK, GOOD

# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-a2a-protocol-contract.html
ERRORS_BY_CODE = {
    -32501: "BedrockAgentCore.ResourceNotFoundException",
    -32052: "BedrockAgentCore.ValidationException",
    -32053: "BedrockAgentCore.ThrottlingException",
    -32054: "BedrockAgentCore.RetryableConflictException",
    -32055: "BedrockAgentCore.RuntimeClientErrorException",
    -32603: "BedrockAgentCore.RuntimeClientErrorException",  # JSON-RPC's own: the agent broke
    7: "BedrockAgentCore.RuntimeClientErrorException",
}
CODES = [(agent, code) for agent in AGENTS for code in (ERRORS_BY_CODE if agent == "trade-matching" else [-32053])]

GOOD_REPLY = json.dumps(GOOD["trade-matching"])
REFUSAL = json.dumps({"success": False, "error_type": "UNREADABLE"})


def text(*texts):
    return [{"kind": "text", "text": one} for one in texts]


def task(parts, **fields):
    return {"kind": "task", "id": "t", "contextId": "c", "artifacts": [{"artifactId": "a", "parts": parts}], **fields}


def in_state(state):
    return {"status": {"state": state}}


# Results that hold a good reply.
RESPONSES = {
    "as AWS shows it": {"artifacts": [{"artifactId": "a", "name": "agent_response", "parts": text(GOOD_REPLY)}]},
    "a task that is completed": task(text(GOOD_REPLY), **in_state("completed")),
    "a text in pieces": task(text(*GOOD_REPLY), **in_state("completed")),
    "artifacts in pieces": {"artifacts": [{"parts": text(GOOD_REPLY[:9])}, {"parts": text(GOOD_REPLY[9:])}]},
    "a message": {"kind": "message", "role": "agent", "messageId": "m", "parts": text(GOOD_REPLY)},
    "data": task([{"kind": "data", "data": GOOD["trade-matching"]}]),
    "data with a text for people": task([*text("They match."), {"kind": "data", "data": GOOD["trade-matching"]}]),
    "the message of a status": {
        "kind": "task",
        "status": {"state": "completed", "message": {"role": "agent", "messageId": "m", "parts": text(GOOD_REPLY)}},
    },
    "the same in an artifact and in the message of a status": task(
        text(GOOD_REPLY), status={"state": "completed", "message": {"parts": text(GOOD_REPLY)}}
    ),
    "a log beside the reply": {
        "artifacts": [{"name": "log", "parts": text("{reading} the PDF")}, {"name": "reply", "parts": text(GOOD_REPLY)}]
    },
    "data beside the reply": task(
        [{"kind": "data", "data": {"pages": 2}}, {"kind": "data", "data": GOOD["trade-matching"]}]
    ),
    "a text that holds a string": task(text(json.dumps(GOOD_REPLY))),
    "a text in an envelope": task(text(json.dumps({"result": GOOD["trade-matching"]}))),
    "a task with what was said before": task(text(GOOD_REPLY), history=[{"kind": "message", "parts": text("?")}]),
}

# What is no JSON-RPC response with a reply in it, however near it comes.
MALFORMED = {
    "no JSON": "<html>",
    "nothing": "",
    "an error without a code": {"error": {"message": "no"}},
    "an error whose code is a text": {"error": {"code": "-32053"}},
    "an error that is a text": {"error": "no"},
    "neither": {},
    "a result of null": {"result": None},
    "a result that is a text": {"result": GOOD_REPLY},
    "no artifacts": {"result": {"kind": "task", **in_state("completed")}},
    "artifacts of null": {"result": {"artifacts": None}},
    "artifacts that are numbers": {"result": {"artifacts": [1, 2]}},
    "no parts": {"result": task([])},
    "parts that are texts": {"result": task([GOOD_REPLY])},
    "a text of null": {"result": task([{"kind": "text", "text": None}])},
    "a text that is an object": {"result": task([{"kind": "text", "text": GOOD["trade-matching"]}])},
    "a text that is no JSON": {"result": task(text("They match."))},
    "data of null": {"result": task([{"kind": "data", "data": None}])},
    "a file": {"result": task([{"kind": "file", "file": {"bytes": "e30="}}])},
    **{
        f"a good reply of a task that is {state}": {"result": task(text(GOOD_REPLY), **in_state(state))}
        for state in ("failed", "input-required", "rejected", "canceled", "")
    },
    "a reply against the contract": {"result": task(text(json.dumps({"success": True})))},
}

# What would be the same in every attempt, and how the message names it.
LASTING = {
    "a list of answers": (
        json.dumps([{"jsonrpc": "2.0", "id": "k", "result": task(text(GOOD_REPLY))}]),
        "a JSON array",
    ),
    "the reply alone": (GOOD_REPLY, "no JSON-RPC response, as of a runtime that speaks HTTP"),
    "null": ("null", "null"),
    "a text that is a list": ({"result": task(text(f"[{GOOD_REPLY}]"))}, "a JSON array"),
    "two replies": (
        {"result": task([{"kind": "data", "data": one} for one in (GOOD["trade-matching"], BREAK)])},
        "ambiguous: several parts hold one",
    ),
    "a response of A2A 1.0": (
        {"result": {"task": {"id": "t", "status": {"state": "TASK_STATE_COMPLETED"}}}},
        "a response of A2A 1.0, where 0.3 was asked for",
    ),
}


def raw(response):
    return {"raw": response if isinstance(response, str) else json.dumps({"jsonrpc": "2.0", "id": "k", **response})}


CONTRACT_OF_MATCHING = ("trade_id", "document_id", "document_path", "document_version", "source_type")
PATIENCE = ("ThrottlingException", "RetryableConflictException", "ServiceQuotaExceededException")


def attempts(agent, error="InvalidReply"):
    return PATIENT_ATTEMPTS if error.rpartition(".")[2] in PATIENCE else 1 + RETRIES["STANDARD"][agent]["max_attempts"]


def reach(a2a, agent):
    if agent == "exception-management":
        a2a.script("trade-matching", {"reply": BREAK})


def test_the_errors_are_those_that_the_state_machine_knows():
    known = json.loads((ROOT / "statemachine" / "errors.json").read_text())["rpc"]
    assert known.items() <= {str(code): error for code, error in ERRORS_BY_CODE.items()}.items()


def test_an_agent_is_sent_its_payload_as_a_message_that_is_the_same_in_every_attempt(a2a):
    a2a.script("trade-matching", {"rpc_error": -32053}, {"reply": GOOD["trade-matching"]})
    assert a2a.process().outcome == "MATCHED"
    first, second = a2a.calls("trade-matching")
    payload, key = first["payload"], first["payload"]["idempotency_key"]
    assert payload.keys() == {"idempotency_key", "correlation_id", *CONTRACT_OF_MATCHING}
    request = dict(first["request"])
    (part,) = request["params"]["message"].pop("parts")
    assert json.loads(part.pop("text")) == payload
    assert part == {"kind": "text"}
    assert request == {
        "jsonrpc": "2.0",
        "id": key,
        "method": "message/send",
        "params": {
            "message": {"kind": "message", "role": "user", "messageId": key},
            "configuration": {"blocking": False},  # its call_seconds is under its timeout_seconds
        },
    }
    assert second["request"] == first["request"] | {"params": second["request"]["params"]}
    assert second["payload"] == payload
    assert second["session_id"] != first["session_id"]
    assert first["headers"]["Content-Type"] == first["headers"]["Accept"] == "application/json"


@pytest.mark.parametrize("response", RESPONSES.values(), ids=RESPONSES)
def test_a_reply_is_found_in_every_answer_that_a2a_allows(a2a, response):
    a2a.script("trade-matching", raw({"result": response}))
    assert a2a.process().outcome == "MATCHED"
    assert len(a2a.calls("trade-matching")) == 1


@pytest.mark.parametrize("response", MALFORMED.values(), ids=MALFORMED)
def test_what_holds_no_reply_is_an_invalid_reply(a2a, response):
    a2a.script("trade-matching", raw(response))
    assert_failed(a2a, "trade-matching", "InvalidReply")


@pytest.mark.parametrize(("response", "name"), LASTING.values(), ids=LASTING)
def test_what_would_be_the_same_in_every_attempt_is_asked_for_once(a2a, response, name):
    a2a.script("trade-matching", raw(response))
    assert assert_failed(a2a, "trade-matching", "InvalidReply", calls=1) == (
        f"InvalidReply: the reply of trade-matching is {name}"
    )


@pytest.mark.parametrize("code", [-32601, -32009])
def test_a_server_that_does_not_know_the_method_is_distinguished(a2a, code):
    a2a.script("trade-matching", {"rpc_error": code})
    message = assert_failed(a2a, "trade-matching", "InvalidReply", calls=1)
    assert f"does not know message/send of A2A 0.3 ({code}): its server speaks A2A 1.0 alone" in message


def test_what_an_error_says_beside_its_code_is_not_reported(a2a):
    a2a.script("trade-matching", raw({"error": {"code": -32055, "message": "Zyxwvut Holdings", "data": "Zyxwvut"}}))
    message = assert_failed(a2a, "trade-matching", ERRORS_BY_CODE[-32055])
    assert message == f"{ERRORS_BY_CODE[-32055]}: trade-matching returned a JSON-RPC error -32055"


@pytest.mark.parametrize("state", ["completed", "failed", "rejected"])
def test_a_refusal_is_one_whatever_the_task_is_called(a2a, state):
    a2a.script("trade-matching", raw({"result": task(text(REFUSAL), **in_state(state))}))
    assert_failed(a2a, "trade-matching", "AgentRejected")


@pytest.mark.parametrize(("agent", "code"), CODES)
def test_a_json_rpc_error_for_good_is_what_the_same_error_of_aws_is(a2a, agent, code):
    reach(a2a, agent)
    a2a.script(agent, {"rpc_error": code})
    message = assert_failed(a2a, agent, ERRORS_BY_CODE[code])
    assert (str(code) in message) == (code != 7)  # any number may be a code, so only JSON-RPC's range is reported


@pytest.mark.parametrize(("agent", "code"), CODES)
def test_a_json_rpc_error_once_passes_on_a_retry_or_is_final(a2a, agent, code):
    reach(a2a, agent)
    a2a.script(agent, {"rpc_error": code}, {"reply": GOOD[agent]})
    status = a2a.process().status
    recovered = ERRORS[ERRORS_BY_CODE[code]]["retried"] and attempts(agent, ERRORS_BY_CODE[code]) > 1
    assert status == ("SUCCEEDED" if recovered else "FAILED")
    assert len(a2a.calls(agent)) == 1 + recovered


def test_runtime_errors_open_the_circuit_and_throttling_does_not(a2a):
    threshold = BREAKERS["STANDARD"]["trade-matching"]["failure_threshold"]
    for code, opens in ((-32053, False), (-32055, True)):
        a2a.script("trade-matching", {"rpc_error": code})
        errors = [a2a.process().error for _ in range(threshold + 1)]
        assert ("CircuitOpen" in errors) == opens
        assert (a2a.failures("trade-matching") >= threshold) == opens


def test_a_document_goes_through_the_reference_agents(a2a):
    for agent in AGENTS:
        a2a.aws.admin("DELETE", f"/_agents/{agent}")
    for side, outcome in (("BANK", "PENDING"), ("COUNTERPARTY", "MATCHED")):
        content = (ROOT / "samples" / side / f"irs-matching-{side.lower()}.pdf").read_bytes()
        assert a2a.run({"document_path": a2a.document(side, content=content)}).outcome == outcome
    for agent in AGENTS[:3]:
        assert [(call["request"]["method"], call["response"]) for call in a2a.calls(agent)] == [
            ("message/send", {"kind": "agent"})
        ] * 2


def assert_failed(a2a, agent, error, calls=None):
    """A run failed with the error: called, counted and reported as the contract says. Returns the message."""
    run, rule = a2a.process(), ERRORS[error]
    calls = calls or (attempts(agent, error) if rule["retried"] else 1)
    assert (run.status, run.error) == ("FAILED", error)
    assert len(a2a.calls(agent)) == calls
    assert a2a.failures(agent) == int(rule["counts"])
    reported = a2a.calls("exception-management")
    if agent == "exception-management":
        assert reported[0]["payload"]["event_type"] == "MATCHING_EXCEPTION"
        assert [dead_letter["execution"] for dead_letter in a2a.dead_letters()] == [run.arn]
        return run.result["error_message"]
    (call,) = reported
    assert call["payload"]["event_type"] == CONTRACTS[agent]["event_type"]
    assert call["payload"]["error_message"].startswith(f"{error}: ")
    return call["payload"]["error_message"]
