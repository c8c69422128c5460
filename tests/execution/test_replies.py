"""Replies as agents return them: AWS's SDK makes each of a line of agent code, the applied state machine judges it."""

import asyncio
import decimal
import json
import math

import httpx
import pytest
from bedrock_agentcore import BedrockAgentCoreApp

from harness.docs.agents import REPLIES
from harness.embedded.stepfunctions.jsonata import EvaluationError, evaluate
from harness.report.definition import all_states

REPLY = {"success": True, "canonical_output_location": "s3://documents/extracted/BANK/x.json"}
GOOD = json.dumps(REPLY)
KEPT = {"canonical_output_location": REPLY["canonical_output_location"]}

# Bodies of other servers than that of AWS's SDK for Python.
ACCEPTED = {
    "a byte-order mark": f"\ufeff{GOOD}",
    "surrounding blanks": f"\r\n {GOOD}\n\n",
    "a string with a byte-order mark": f"\ufeff{json.dumps(GOOD)}",
    "lines of an event": f"data: {json.dumps(REPLY, indent=1)}\n\n".replace("\n ", "\ndata:  ").replace(
        "\n}", "\ndata: }"
    ),
    "CR LF": f"event: reply\r\nid: 1\r\ndata: {GOOD}\r\n\r\n",
    "CR alone": f"retry: 9\rdata:{GOOD}\r\r",
    "comments and a farewell": f": hello\n\ndata: {GOOD}\n\n: bye\n\ndata: [DONE]\n\n",
    "no blank line at the end": f"data: {GOOD}",
    "an event that breaks off": f'data: {GOOD}\n\ndata: {{"mess',
    "an error before the reply": f'data: {{"error": "again"}}\n\ndata: {GOOD}\n\n',
    "a byte-order mark before events": f"\ufeffdata: {GOOD}\n\n",
    "other keys": json.dumps(REPLY | {"result": None, "error": None, "message": "All is well: NaN, it seems."}),
    "several texts": json.dumps({"role": "assistant", "content": [{"text": "Let me see."}, {"text": GOOD}]}),
    "infinity": f'{GOOD[:-1]}, "scores": [-Infinity, NaN]}}',
}

REFUSED = {
    "": "empty",
    " \n": "empty",
    "None": "null",
    "-1.5e3": "a number or a boolean",
    "data: [DONE]\n\n": "an event stream without a complete event",
    'data: {"succ': "an event stream without a complete event",
    '{"success": true, "canonical': "JSON that breaks off",
    "<html>": "HTML or XML",
    json.dumps({"jsonrpc": "2.0", "id": 1, "result": {}}): "a JSON-RPC response, which needs protocol = A2A",
    "data: Let\n\ndata: me\n\ndata: see\n\n": "a text that is not JSON",
    'data: "Let"\n\ndata: " me"\n\n': "a text that is not JSON",
    json.dumps(json.dumps([REPLY])): "a JSON array",
}


@pytest.fixture
def verdict(express):
    """What pdf-adapter's call makes of a response."""
    client = express.stack.client("stepfunctions")
    described = client.describe_state_machine(stateMachineArn=express.stack.definition_arn)
    expression = dict(all_states(json.loads(described["definition"])))["PDFAdapter.Call"]["Assign"]["verdict"]
    return lambda body: evaluate(expression, {"states": {"result": {"Response": body}}}, "Assign/verdict")


def body_of(code):
    """Return the body that AWS's SDK makes of a line of agent code."""
    scope = {"json": json, "math": math, "decimal": decimal, "reply": REPLY}
    exec(f"def entrypoint(payload):\n    {code}", scope)  # noqa: S102 - a line of the documents
    app = BedrockAgentCoreApp()
    app.entrypoint(scope["entrypoint"])

    async def call():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://agent") as client:
            return (await client.post("/invocations", json={})).text

    return asyncio.run(call())


@pytest.mark.parametrize("reply", REPLIES["accepted"], ids=lambda reply: reply["code"])
def test_what_the_documents_accept_is_accepted(verdict, reply):
    assert verdict(body_of(reply["code"])) == {"error": "", "message": "", "sick": False, "reply": KEPT}


@pytest.mark.parametrize("reply", REPLIES["refused"], ids=lambda reply: reply["code"])
def test_what_the_documents_refuse_is_refused_by_its_name(verdict, reply):
    judged = verdict(body_of(reply["code"]))
    assert (judged["error"], judged["message"]) == ("InvalidReply", f"the reply of pdf-adapter is {reply['shape']}")
    assert judged["sick"]
    assert judged["lasting"] != reply["repeated"]


@pytest.mark.parametrize("body", ACCEPTED.values(), ids=ACCEPTED)
def test_bodies_of_other_servers_are_accepted(verdict, body):
    assert verdict(body)["reply"] == KEPT


@pytest.mark.parametrize(("body", "shape"), REFUSED.items())
def test_bodies_of_other_servers_are_refused_by_name(verdict, body, shape):
    assert verdict(body)["message"] == f"the reply of pdf-adapter is {shape}"


def test_a_refusal_is_one_in_every_shape(verdict):
    refusal = {"success": False, "error": "It is torn.", "error_type": "UNREADABLE"}
    for body in (refusal, json.dumps(refusal), {"result": refusal}):
        assert verdict(json.dumps(body))["message"] == "pdf-adapter returned success: false, error_type UNREADABLE"
    assert verdict(f"data: {json.dumps(refusal)}\n\n")["error"] == "AgentRejected"


def test_the_largest_responses_are_read_in_time(verdict):
    filler = json.dumps({"text": 'a "quoted" text'}) + "\n\n"
    events = f"data: {filler}" * (250_000 // len(filler))
    assert verdict(f"{events}data: {GOOD}\n\n")["reply"] == KEPT
    assert verdict(json.dumps(json.dumps(REPLY | {"agent_response": '"' * 60_000})))["reply"] == KEPT


def test_json_with_a_mistake_inside_is_not_json(verdict):
    with pytest.raises(EvaluationError):  # which the state catches: InvalidReply, "is not JSON"
        verdict('{"success": tru}')


def test_a_stream_is_judged_in_a_run_and_a_lasting_fault_is_asked_for_once(express):
    express.script("pdf-adapter", {"raw": f"data: {GOOD}\n\n", "content_type": "text/event-stream"})
    assert express.process().outcome == "MATCHED"
    express.script("pdf-adapter", {"raw": f"[{GOOD}]"})
    run = express.process()
    assert (run.error, len(express.calls("pdf-adapter")), express.failures("pdf-adapter")) == ("InvalidReply", 2, 1)
