"""Agents that work in the background, report later or reply in forms of their own, as their scripts say."""

import json

import pytest
from botocore.exceptions import BotoCoreError

from harness.embedded import launch
from harness.embedded.agentcore import runtime_arn
from tests.waiting import until

ARN = runtime_arn("pdf-adapter")
IN_PROGRESS = {"success": True, "status": "IN_PROGRESS"}


@pytest.fixture(scope="module")
def embedded():
    with launch() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def agentcore(embedded):
    return embedded.client("bedrock-agentcore")


@pytest.fixture(autouse=True)
def clean(embedded):
    yield
    embedded.admin("DELETE", "/_agents/pdf-adapter")


@pytest.fixture
def ask(agentcore, request):
    """Call the agent with a payload in a session."""

    def ask(payload, session=0):
        arguments = {"agentRuntimeArn": ARN, "runtimeSessionId": name(request, session)}
        return json.loads(agentcore.invoke_agent_runtime(**arguments, payload=json.dumps(payload))["response"].read())

    return ask


@pytest.fixture
def stop(agentcore, request):
    def stop(session=0):
        agentcore.stop_runtime_session(agentRuntimeArn=ARN, runtimeSessionId=name(request, session))

    return stop


def name(request, session):
    return f"{request.node.name[:200]}-{session}".ljust(33, "0")


def script(embedded, *behaviours):
    embedded.admin("PUT", "/_agents/pdf-adapter", list(behaviours))


def calls(embedded):
    return embedded.admin("GET", "/_agents/pdf-adapter")


def work(embedded):
    return embedded.admin("GET", "/_agents/pdf-adapter/work")


def skip(embedded, seconds):
    embedded.admin("PUT", "/_clock", {"skip_seconds": seconds})


def message(payload):
    parts = [{"kind": "text", "text": json.dumps(payload)}]
    params = {"message": {"role": "user", "messageId": "m", "parts": parts}}
    return {"jsonrpc": "2.0", "id": "send", "method": "message/send", "params": params}


def get(task):
    return {"jsonrpc": "2.0", "id": "get", "method": "tasks/get", "params": {"id": task}}


def test_work_in_progress_is_asked_for_in_its_session_and_begun_once(embedded, ask):
    script(embedded, {"reply": {"n": 1}, "in_progress": {"calls": 2, "retry_after_seconds": 7}})
    replies = [ask({"idempotency_key": "k"}) for _ in range(4)]
    assert replies == [IN_PROGRESS | {"retry_after_seconds": 7}] * 2 + [{"n": 1}] * 2
    assert [call["begins_work"] for call in calls(embedded)] == [True, False, False, False]
    assert [call["response"]["kind"] for call in calls(embedded)] == ["in_progress"] * 2 + ["reply"] * 2
    assert work(embedded) == {"begun": 1, "by_idempotency_key": {"k": 1}}


def test_work_takes_virtual_seconds_whoever_asks_how_often(embedded, ask):
    script(embedded, {"reply": {"n": 1}, "in_progress": {"seconds": 200}})
    assert ask({}) == IN_PROGRESS
    skip(embedded, 150)
    assert [ask({}), ask({})] == [IN_PROGRESS] * 2
    skip(embedded, 60)
    assert ask({}) == {"n": 1}


def test_a_busy_agent_does_not_idle(embedded, ask):
    script(embedded, {"reply": {"n": 1}, "in_progress": {"seconds": 7200}})
    assert ask({}) == IN_PROGRESS
    skip(embedded, 7300)
    assert ask({}) == {"n": 1}
    skip(embedded, 901)
    assert ask({}) == IN_PROGRESS  # a new session


def test_another_key_in_the_same_session_is_other_work(embedded, ask):
    script(embedded, {"reply": {"n": 1}, "in_progress": {"calls": 1}}, {"reply": {"n": 2}})
    assert ask({"idempotency_key": "a"}) == IN_PROGRESS
    assert ask({"idempotency_key": "b"}) == {"n": 2}
    assert ask({"idempotency_key": "a"}) == {"n": 1}
    assert work(embedded) == {"begun": 2, "by_idempotency_key": {"a": 1, "b": 1}}


def test_a_stopped_session_takes_its_work_along(embedded, ask, stop):
    script(embedded, {"reply": {"n": 1}, "in_progress": {"seconds": 10}})
    ask({"idempotency_key": "k"})
    skip(embedded, 11)
    stop()
    assert ask({"idempotency_key": "k"}) == IN_PROGRESS
    assert work(embedded)["by_idempotency_key"] == {"k": 2}


def test_lost_work_begins_anew_with_the_next_behaviour(embedded, ask):
    lost = {"reply": {"n": 1}, "in_progress": {"calls": 9, "lost_after_calls": 2}}
    script(embedded, lost, {"reply": {"n": 2}, "in_progress": {"calls": 1}})
    assert [ask({}) for _ in range(4)] == [IN_PROGRESS] * 3 + [{"n": 2}]
    assert work(embedded)["begun"] == 2


def test_calls_that_ask_for_work_may_fail_and_the_work_goes_on(embedded, ask, agentcore):
    errors = ["ThrottlingException", None, "SdkClientException"]
    script(embedded, {"reply": {"n": 1}, "in_progress": {"calls": 2, "poll_errors": errors}})
    assert ask({}) == IN_PROGRESS
    with pytest.raises(agentcore.exceptions.ThrottlingException):
        ask({})
    assert ask({}) == IN_PROGRESS
    with pytest.raises(BotoCoreError):
        ask({})
    assert ask({}) == {"n": 1}
    assert work(embedded)["begun"] == 1
    assert calls(embedded)[3]["response"] == {"kind": "error", "error": "SdkClientException"}


def test_the_reference_agent_replies_when_the_work_is_done(embedded, ask):
    script(embedded, {"agent": True, "in_progress": {"calls": 1}})
    assert ask({}) == IN_PROGRESS
    assert ask({})["error_type"] == "INVALID_INPUT"


def test_a_call_that_aws_refuses_begins_no_work(embedded, ask, agentcore):
    script(embedded, {"error": "ThrottlingException"}, {"error": "RuntimeClientError"})
    for error in (agentcore.exceptions.ThrottlingException, agentcore.exceptions.RuntimeClientError):
        with pytest.raises(error):
            ask({})
    assert [call["begins_work"] for call in calls(embedded)] == [False, True]


@pytest.mark.parametrize("state", ["submitted", "working"])
@pytest.mark.parametrize("kind", [{"reply": {"n": 1}}, {"agent": True}])
def test_a_task_of_a2a_is_asked_for_with_tasks_get(embedded, ask, state, kind):
    script(embedded, {**kind, "in_progress": {"calls": 2, "state": state}})
    sent = ask(message({}))
    task = sent["result"]
    assert (sent["id"], task["kind"], task["status"]["state"]) == ("send", "task", state)
    working, completed = ask(get(task["id"])), ask(get(task["id"]))
    assert (working["id"], working["result"]["status"]["state"]) == ("get", state)
    assert completed["id"] == "get"
    assert completed["result"].items() >= {"id": task["id"], "kind": "task"}.items()
    assert completed["result"]["status"]["state"] == "completed"
    reply = json.loads(completed["result"]["artifacts"][0]["parts"][0]["text"])
    assert reply == {"n": 1} or reply["error_type"] == "INVALID_INPUT"
    assert work(embedded)["begun"] == 1


def test_a_task_is_known_in_its_session_only_and_not_when_it_is_lost(embedded, ask, stop):
    rule = {"seconds": 1000, "lost_after_calls": 3}
    script(embedded, {"reply": {}, "in_progress": rule})
    task = ask(message({}))["result"]["id"]
    assert ask(get(task), session=1)["error"] == {"code": -32001, "message": "Task not found"}
    assert ask(get(task))["result"]["status"]["state"] == "working"
    assert ask(get(task))["result"]["status"]["state"] == "working"
    assert ask(get(task))["error"]["code"] == -32001
    other = ask(message({}))["result"]["id"]
    stop()
    assert ask(get(other))["error"]["code"] == -32001
    assert work(embedded)["begun"] == 2


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('data: {"message": "reading"}\n\ndata: {"success": true}\n\n', "text/event-stream"),
        ('"{\\"success\\": true}"', "application/json"),
        ("\ufeff  {}\n", "application/json; charset=utf-8"),
        ('{"score": NaN}', "application/json"),
        ('[{"success": true}]', "application/json"),
        ('```json\n{"success": true}\n```', "text/plain"),
    ],
)
def test_a_raw_body_arrives_as_it_is_with_its_media_type(embedded, agentcore, body, content_type):
    script(embedded, {"raw": body, "content_type": content_type})
    response = agentcore.invoke_agent_runtime(agentRuntimeArn=ARN, payload=b"{}")
    assert (response["response"].read().decode(), response["contentType"]) == (body, content_type)


CALLBACK = {"reply": {"success": True}}


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({"reply": {}, "content_type": "text/plain"}, "content_type goes with raw"),
        ({"raw": "", "content_type": 1}, "content_type must be a media type"),
        ({"reply": {}, "in_progress": 3}, "in_progress must be an object"),
        ({"reply": {}, "in_progress": {}}, "exactly one of calls and seconds"),
        ({"reply": {}, "in_progress": {"calls": 0}}, "in_progress: calls must be a whole number"),
        ({"reply": {}, "in_progress": {"calls": 1, "state": "done"}}, "state must be submitted or working"),
        ({"reply": {}, "in_progress": {"calls": 1, "poll_errors": ["Busy"]}}, "poll_errors must be a list of null"),
        ({"reply": {}, "in_progress": {"calls": 1, "retry": 1}}, "has no member retry"),
        (CALLBACK | {"callbacks": {}}, "callbacks must be a list"),
        (CALLBACK | {"callbacks": [{"success": True}]}, "callback 1 must have after_seconds"),
        (CALLBACK | {"callbacks": [{"after_seconds": 1}]}, "callback 1 must have exactly one of success"),
        (CALLBACK | {"callbacks": [{"after_seconds": 1, "failure": {"code": 1}}]}, "failure must be an object"),
    ],
)
def test_a_bad_script_is_refused_with_a_sentence(embedded, bad, sentence):
    with pytest.raises(ValueError, match=sentence):
        script(embedded, bad)


def test_callbacks_are_sent_at_their_time_with_the_token_of_the_payload(embedded, ask):
    callbacks = [
        {"after_seconds": 60, "heartbeat": True},
        {"after_seconds": 100, "success": {"n": 1}},
        {"after_seconds": 100, "success": {"n": 1}},
        {"after_seconds": 10_000, "failure": {"error": "Late"}},
    ]
    script(embedded, CALLBACK | {"callbacks": callbacks})
    assert ask({"task_token": "AAAA"}) == {"success": True}
    (call,) = calls(embedded)
    assert call["callbacks"] == []
    sent = []
    for seconds, count in ((70, 1), (40, 3), (10_000, 4)):
        skip(embedded, seconds)
        sent = until(lambda count=count: len(found := calls(embedded)[0]["callbacks"]) == count and found)
    operations = ["SendTaskHeartbeat", "SendTaskSuccess", "SendTaskSuccess", "SendTaskFailure"]
    assert [callback["operation"] for callback in sent] == operations
    assert all(late["time"] >= call["time"] + due["after_seconds"] for late, due in zip(sent, callbacks, strict=True))


def test_a_clock_that_skips_waits_skips_to_a_callback(embedded, ask):
    script(embedded, CALLBACK | {"callbacks": [{"after_seconds": 20_000, "success": {}}]})
    embedded.admin("PUT", "/_clock", {"speed": 1, "leaps": True})
    try:
        ask({"task_token": "AAAA"})
        (sent,) = until(lambda: calls(embedded)[0]["callbacks"])
    finally:
        embedded.admin("PUT", "/_clock", {"speed": 1})
    assert sent["time"] >= calls(embedded)[0]["time"] + 20_000


def test_a_stopped_session_sends_no_more_callbacks_but_detached_ones(embedded, ask, stop):
    callbacks = [
        {"after_seconds": 60, "success": {}},
        {"after_seconds": 120, "failure": {}, "detached": True},
    ]
    script(embedded, CALLBACK | {"callbacks": callbacks})
    ask({"task_token": "AAAA"})
    stop()
    skip(embedded, 200)
    (sent,) = until(lambda: calls(embedded)[0]["callbacks"])
    assert sent["operation"] == "SendTaskFailure"
