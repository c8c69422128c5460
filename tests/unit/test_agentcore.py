"""AgentCore's data plane and the scripts of its agents, through boto3 and HTTP as users reach them."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from harness.embedded import launch
from harness.embedded.agentcore import AGENTS, runtime_arn
from tests.waiting import until

ARN = runtime_arn("pdf-adapter")
SESSION = "session-" + "0" * 32
SPEED = 1000  # a delay of 60 virtual seconds takes 0.06 real ones


@pytest.fixture(scope="module")
def embedded():
    with launch(speed=SPEED) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def agentcore(embedded):
    return embedded.client("bedrock-agentcore")


@pytest.fixture(autouse=True)
def clean(embedded):
    yield
    embedded.admin("PUT", "/_clock", {"speed": SPEED})
    for agent in AGENTS:
        embedded.admin("DELETE", f"/_agents/{agent}")


def script(embedded, *behaviours):
    embedded.admin("PUT", "/_agents/pdf-adapter", list(behaviours))


def calls(embedded):
    return embedded.admin("GET", "/_agents/pdf-adapter")


def invoke(agentcore, payload=b"{}", **parameters):
    parameters = {"agentRuntimeArn": ARN, "runtimeSessionId": SESSION, **parameters}
    return agentcore.invoke_agent_runtime(payload=payload, **parameters)["response"].read()


def test_a_script_answers_call_by_call_and_its_last_behaviour_for_ever(embedded, agentcore):
    script(embedded, {"reply": {"n": 1}}, {"raw": "not JSON: é"}, {"rpc_error": -32053})
    assert invoke(agentcore) == b'{"n": 1}'
    assert invoke(agentcore).decode() == "not JSON: é"
    for request_id in (7, 8):
        response = invoke(agentcore, b'{"jsonrpc": "2.0", "id": %d}' % request_id).decode()
        assert response == (
            f'{{"jsonrpc": "2.0", "id": {request_id}, "error": {{"code": -32053, "message": "Rate limit exceeded"}}}}'
        )


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("AccessDeniedException", 403),
        ("InternalServerException", 500),
        ("ResourceNotFoundException", 404),
        ("RetryableConflictException", 409),
        ("RuntimeClientError", 424),
        ("ServiceQuotaExceededException", 402),
        ("ThrottlingException", 429),
        ("ValidationException", 400),
    ],
)
def test_boto3_raises_a_scripted_error_as_the_modelled_exception(embedded, agentcore, error, status):
    script(embedded, {"error": error})
    with pytest.raises(getattr(agentcore.exceptions, error)) as raised:
        invoke(agentcore)
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert raised.value.response["ResponseMetadata"]["RequestId"]
    assert calls(embedded)[0]["response"] == {"kind": "error", "error": error}


def test_a_script_may_be_meant_for_some_payloads_only(embedded, agentcore):
    script(embedded, {"reply": {"any": True}})
    only = {"match": {"document_id": "a"}, "behaviours": [{"reply": {"a": True}}]}
    embedded.admin("PUT", "/_agents/pdf-adapter", only)
    assert invoke(agentcore, b'{"document_id": "a"}') == b'{"a": true}'
    assert invoke(agentcore, b'{"document_id": "b"}') == b'{"any": true}'
    assert invoke(agentcore, b"[]") == b'{"any": true}'


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ([], "at least one behaviour"),
        ("x", "at least one behaviour"),
        ({"match": {}}, "behaviours"),
        ([{}], "Behaviour 1 must have exactly one of"),
        ([{"reply": {}}, {"reply": {}, "raw": ""}], "Behaviour 2 must have exactly one of"),
        ([{"reply": {}, "delay": 1}], "may have delay_seconds"),
        ([{"reply": []}], "reply must be an object"),
        ([{"raw": {}}], "raw must be a text"),
        ([{"error": "Throttling"}], "error must be one of AccessDeniedException"),
        ([{"rpc_error": "-32053"}], "rpc_error must be"),
        ([{"agent": False}], "agent must be true"),
        ([{"reply": {}, "delay_seconds": -1}], "delay_seconds must be"),
        ([{"reply": {}, "delay_seconds": "1"}], "delay_seconds must be"),
    ],
)
def test_a_bad_script_is_refused_with_a_sentence(embedded, bad, sentence):
    with pytest.raises(ValueError, match=sentence):
        embedded.admin("PUT", "/_agents/pdf-adapter", bad)


def test_an_agent_that_does_not_exist_is_named(embedded):
    with pytest.raises(ValueError, match=r"No agent is named trade-booking: choose among pdf-adapter"):
        embedded.admin("GET", "/_agents/trade-booking")


def test_an_agent_of_any_name_exists_as_long_as_it_is_scripted(embedded, agentcore):
    arn = runtime_arn("triage-of-claims")
    for agent, number in (("triage-of-claims", 1), ("triage", 2)):
        embedded.admin("PUT", f"/_agents/{agent}", [{"reply": {"n": number}}])
    assert invoke(agentcore, agentRuntimeArn=arn) == b'{"n": 1}'  # the longest name that the runtime's begins with
    assert len(embedded.admin("GET", "/_agents/triage-of-claims")) == 1
    for agent in ("triage-of-claims", "triage"):
        embedded.admin("DELETE", f"/_agents/{agent}")
    with pytest.raises(agentcore.exceptions.ResourceNotFoundException):
        invoke(agentcore, agentRuntimeArn=arn)


def test_an_agent_without_a_script_for_a_payload_breaks_unless_it_has_a_reference_agent(embedded, agentcore):
    embedded.admin("PUT", "/_agents/triage", {"match": {"claim": "1"}, "behaviours": [{"reply": {}}]})
    try:
        with pytest.raises(agentcore.exceptions.RuntimeClientError):
            invoke(agentcore, b'{"claim": "2"}', agentRuntimeArn=runtime_arn("triage"))
    finally:
        embedded.admin("DELETE", "/_agents/triage")


def test_an_agent_cannot_have_any_name(embedded):
    with pytest.raises(ValueError, match=r"Name an agent with up to 48 lower-case letters"):
        embedded.admin("PUT", "/_agents/Triage", [{"reply": {}}])


def test_a_call_is_listed_with_all_that_the_agent_received(embedded, agentcore):
    script(embedded, {"reply": {}})
    before = embedded.admin("GET", "/_clock")["now"]
    invoke(agentcore, b'{"document_id": "a"}', traceParent="00-1-2-01", baggage="correlation_id=c", qualifier="prod")
    (call,) = calls(embedded)
    assert (
        call["headers"].items()
        >= {
            "traceparent": "00-1-2-01",
            "baggage": "correlation_id=c",
            "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": SESSION,
        }.items()
    )
    assert before <= call["time"] <= call["ended"] <= embedded.admin("GET", "/_clock")["now"]
    del call["headers"], call["time"], call["ended"]
    assert call == {
        "payload": {"document_id": "a"},
        "request": None,
        "session_id": SESSION,
        "runtime_arn": ARN,
        "qualifier": "prod",
        "stopped": False,
        "session_ended": None,
        "begins_work": True,
        "response": {"kind": "reply"},
        "callbacks": [],
    }


def test_a_runtime_needs_no_session_id_and_a_payload_may_be_bytes(embedded, agentcore):
    script(embedded, {"reply": {}})
    response = agentcore.invoke_agent_runtime(agentRuntimeArn=ARN, payload=b"\xff\x00")
    assert len(response["runtimeSessionId"]) >= 33
    assert response["contentType"] == "application/json"


@pytest.mark.parametrize(
    ("parameters", "wrong"),
    [
        ({"runtimeSessionId": "s" * 257}, "'runtimeSessionId' failed to satisfy constraint: .* less than or equal"),
        ({"baggage": "b" * 8193}, "'baggage' failed to satisfy constraint"),
        ({"traceParent": "t" * 129}, "'traceParent' failed to satisfy constraint"),
        ({"accountId": "12"}, r"'accountId' failed to satisfy constraint: .*\[0-9\]\{12\}"),
        ({"agentRuntimeArn": "arn:aws:bedrock:us-east-1:123456789012:agent/x"}, "is not the ARN of an agent runtime"),
        ({"agentRuntimeArn": ARN + "0"}, "is not the ARN of an agent runtime"),
    ],
)
def test_what_aws_refuses_is_refused_and_reaches_no_agent(embedded, agentcore, parameters, wrong):
    with pytest.raises(agentcore.exceptions.ValidationException, match=wrong):
        invoke(agentcore, **parameters)
    assert calls(embedded) == []


def test_several_wrong_members_are_all_named(agentcore):
    with pytest.raises(agentcore.exceptions.ValidationException, match=r"2 validation errors.*baggage.*accountId"):
        invoke(agentcore, baggage="b" * 8193, accountId="x")


@pytest.mark.parametrize(
    "arn",
    [
        ARN.replace("pdf_adapter", "somebody_else"),
        ARN.replace("123456789012", "111122223333"),
        ARN.replace("us-east-1", "eu-west-1"),
    ],
)
def test_a_runtime_that_does_not_exist_is_not_found(agentcore, arn):
    with pytest.raises(agentcore.exceptions.ResourceNotFoundException):
        invoke(agentcore, agentRuntimeArn=arn)


@pytest.mark.parametrize(
    "how",
    [
        {"agentRuntimeArn": runtime_arn("pdf-adapter", "green")},
        {"agentRuntimeArn": ARN.replace("pdf_adapter", "pdf_adapter_v2")},
        {"agentRuntimeArn": ARN.rpartition("/")[2], "accountId": "123456789012"},
    ],
)
def test_every_runtime_of_an_agent_is_served_by_it(embedded, agentcore, how):
    script(embedded, {"reply": {"ok": True}})
    assert invoke(agentcore, **how) == b'{"ok": true}'


def test_a_delay_is_virtual_and_its_call_is_seen_before_it_ends(embedded, agentcore):
    embedded.admin("PUT", "/_clock", {"speed": 1})
    script(embedded, {"reply": {}, "delay_seconds": 3600})
    with ThreadPoolExecutor() as pool:
        response = pool.submit(invoke, agentcore)
        assert until(lambda: calls(embedded))[0]["response"] is None
        embedded.admin("PUT", "/_clock", {"speed": 100_000})
        assert response.result(timeout=600) == b"{}"


def test_a_session_takes_one_call_at_a_time(embedded, agentcore):
    embedded.admin("PUT", "/_clock", {"speed": 1})
    script(embedded, {"reply": {}, "delay_seconds": 3600}, {"reply": {"other": True}})
    with ThreadPoolExecutor() as pool:
        first = pool.submit(invoke, agentcore)
        until(lambda: calls(embedded))
        with pytest.raises(agentcore.exceptions.RetryableConflictException):
            invoke(agentcore)
        assert invoke(agentcore, runtimeSessionId=SESSION + "-2") == b'{"other": true}'
        agentcore.stop_runtime_session(agentRuntimeArn=ARN, runtimeSessionId=SESSION)
        assert isinstance(first.exception(timeout=600), agentcore.exceptions.RuntimeClientError)
    first, second = calls(embedded)
    assert (first["stopped"], first["response"]) == (True, {"kind": "error", "error": "RuntimeClientError"})
    assert (second["stopped"], second["response"]) == (False, {"kind": "reply"})


def test_a_session_is_stopped_once_and_a_new_one_may_have_its_id(embedded, agentcore):
    script(embedded, {"reply": {}})
    stop = {"agentRuntimeArn": ARN, "runtimeSessionId": SESSION + "-once"}
    invoke(agentcore, runtimeSessionId=stop["runtimeSessionId"])
    with pytest.raises(agentcore.exceptions.ResourceNotFoundException):
        agentcore.stop_runtime_session(**stop, qualifier="prod")
    assert agentcore.stop_runtime_session(**stop)["statusCode"] == 200
    with pytest.raises(agentcore.exceptions.ResourceNotFoundException, match="already terminated"):
        agentcore.stop_runtime_session(**stop)
    invoke(agentcore, runtimeSessionId=stop["runtimeSessionId"])
    assert [call["stopped"] for call in calls(embedded)] == [True, False]


def test_a_session_that_idles_for_15_minutes_is_gone(embedded, agentcore):
    script(embedded, {"reply": {}})
    invoke(agentcore, runtimeSessionId=SESSION + "-idle")
    embedded.admin("PUT", "/_clock", {"speed": 1_000_000})
    gone = embedded.admin("GET", "/_clock")["now"] + 901
    until(lambda: embedded.admin("GET", "/_clock")["now"] > gone)
    with pytest.raises(agentcore.exceptions.ResourceNotFoundException):
        agentcore.stop_runtime_session(agentRuntimeArn=ARN, runtimeSessionId=SESSION + "-idle")


def test_the_reference_agent_answers_where_nothing_is_scripted(embedded, agentcore):
    script(embedded, {"error": "ThrottlingException"}, {"agent": True})
    with pytest.raises(ClientError):
        invoke(agentcore)
    invoke(agentcore, b'{"document_id": "a"}')
    embedded.admin("DELETE", "/_agents/pdf-adapter")
    assert calls(embedded) == []
    assert b"success" in invoke(agentcore, b'{"document_id": "a"}')
    assert calls(embedded)[0]["response"] == {"kind": "agent"}


def test_a_runtime_speaks_the_protocol_that_it_is_called_in(embedded, agentcore):
    only = {"match": {"document_id": "a"}, "behaviours": [{"reply": {"success": "é"}}, {"raw": "raw"}, {"agent": True}]}
    script(embedded, {"rpc_error": -32501})
    embedded.admin("PUT", "/_agents/pdf-adapter", only)
    request = message({"document_id": "a"})

    response = json.loads(invoke(agentcore, request))
    assert response["id"] == "k"
    assert replied(response) == {"success": "é"}
    assert invoke(agentcore, request) == b"raw"
    assert replied(json.loads(invoke(agentcore, request)))["error_type"] == "INVALID_INPUT"
    assert json.loads(invoke(agentcore, message({"document_id": "b"})))["error"]["code"] == -32501
    assert calls(embedded)[0]["payload"] == {"document_id": "a"}
    assert calls(embedded)[0]["request"] == json.loads(request)


@pytest.mark.parametrize("params", [None, {}, {"message": {}}, {"message": {"parts": [{"kind": "data", "data": {}}]}}])
def test_a_request_that_the_agents_sdk_refuses_is_answered_in_json_rpc(embedded, agentcore, params):
    request = {"jsonrpc": "2.0", "id": "k", "method": "message/send", "params": params}
    assert json.loads(invoke(agentcore, json.dumps(request).encode()))["error"]["code"] < 0
    assert calls(embedded)[0]["payload"] == ""


def message(payload):
    content = {"role": "user", "messageId": "m", "parts": [{"kind": "text", "text": json.dumps(payload)}]}
    request = {"jsonrpc": "2.0", "id": "k", "method": "message/send", "params": {"message": content}}
    return json.dumps(request).encode()


def replied(response):
    (artifact,) = response["result"]["artifacts"]
    (part,) = artifact["parts"]
    return json.loads(part["text"])


def test_an_agent_that_breaks_is_a_runtime_client_error_that_names_the_status_only(agentcore):
    with pytest.raises(agentcore.exceptions.RuntimeClientError, match=r"Received error \(400\) from runtime"):
        invoke(agentcore, b"no JSON, which the agents' SDK refuses")
