"""AgentCore's quotas, sessions and cut connections, as callers of its data plane meet them."""

import contextlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import BotoCoreError

from harness.embedded import launch
from harness.embedded.agentcore import AGENTS, runtime_arn
from tests.roles import make_role
from tests.waiting import until

ACCOUNT, REGION = "123456789012", "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/quotas"
SPEED = 0.001  # a busy machine takes no second of the clock's
ARNS = {agent: runtime_arn(agent) for agent in AGENTS}


@pytest.fixture(scope="module")
def embedded():
    with launch(speed=SPEED, quotas={"new_sessions": 2, "requests": 50}, cut_seconds=60) as endpoint:
        make_role(endpoint, "quotas", "states")
        yield endpoint


@pytest.fixture(scope="module")
def agentcore(embedded):
    return embedded.client("bedrock-agentcore")


@pytest.fixture(autouse=True)
def clean(embedded, request):
    if request.node.name != "test_quotas_and_the_cut_are_set_at_the_start":
        embedded.admin("DELETE", "/_quotas")
        embedded.admin("PUT", "/_cut", {"cut_seconds": None})
    yield
    for agent in AGENTS:
        embedded.admin("DELETE", f"/_agents/{agent}")


def session(*parts):
    return "-".join(("session", *map(str, parts))).ljust(33, "0")


def call(agentcore, name, agent="pdf-adapter"):
    arguments = {"agentRuntimeArn": ARNS[agent], "runtimeSessionId": session(name)}
    return agentcore.invoke_agent_runtime(**arguments, payload=b"{}")["response"].read()


def stop(agentcore, name, agent="pdf-adapter"):
    agentcore.stop_runtime_session(agentRuntimeArn=ARNS[agent], runtimeSessionId=session(name))


def quick(embedded, **options):
    for agent in AGENTS:
        embedded.admin("PUT", f"/_agents/{agent}", [{"reply": {}, **options}])


@contextlib.contextmanager
def skipping_waits(embedded):
    embedded.admin("PUT", "/_clock", {"speed": SPEED, "leaps": True})
    yield
    embedded.admin("PUT", "/_clock", {"speed": SPEED})


def counters(embedded, name):
    return embedded.admin("GET", "/_quotas")[name]


def test_quotas_and_the_cut_are_set_at_the_start(embedded):
    limits = {name: quota["limit"] for name, quota in embedded.admin("GET", "/_quotas").items()}
    assert limits == {"new_sessions": 2, "requests": 50, "active_sessions": None}
    assert embedded.admin("GET", "/_cut") == {"cut_seconds": 60}


@pytest.mark.parametrize("option", [["--quota", "sessions=1"], ["--quota", "requests"], ["--cut-seconds", "0"]])
def test_a_wrong_option_ends_with_a_sentence(option):
    process = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "harness.embedded", *option], capture_output=True, text=True, check=False
    )
    assert process.returncode == 2
    assert "Traceback" not in process.stderr


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("/_quotas", [], "Quotas are an object"),
        ("/_quotas", {"sessions": 1}, "of new_sessions, active_sessions, requests"),
        ("/_quotas", {"requests": 0}, "at least 1"),
        ("/_quotas", {"requests": True}, "at least 1"),
        ("/_cut", {}, "Set after how long"),
        ("/_cut", {"cut_seconds": 0}, "greater than 0"),
    ],
)
def test_a_wrong_quota_is_refused_with_a_sentence(embedded, path, body, sentence):
    with pytest.raises(ValueError, match=sentence):
        embedded.admin("PUT", path, body)


def test_new_sessions_are_limited_by_the_second_over_all_runtimes_and_live_ones_are_free(embedded, agentcore):
    quick(embedded)
    embedded.admin("PUT", "/_quotas", {"new_sessions": 2})
    call(agentcore, "rate-1", "pdf-adapter")
    call(agentcore, "rate-2", "trade-matching")
    with pytest.raises(agentcore.exceptions.ThrottlingException):
        call(agentcore, "rate-3", "trade-extraction")
    call(agentcore, "rate-1", "pdf-adapter")  # lives: opens none
    assert counters(embedded, "new_sessions") == {"limit": 2, "calls": 3, "throttled": 1}
    embedded.admin("PUT", "/_clock", {"skip_seconds": 1})
    call(agentcore, "rate-3", "trade-extraction")
    assert len(embedded.admin("GET", "/_agents/trade-extraction")) == 1  # the refused call reached nobody


def test_a_burst_gets_as_many_new_sessions_as_the_quota_holds(embedded, agentcore):
    quick(embedded)
    embedded.admin("PUT", "/_quotas", {"new_sessions": 10})

    def opens(number):
        try:
            return call(agentcore, f"burst-{number:02}-") == b"{}"
        except agentcore.exceptions.ThrottlingException:
            return False

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(opens, range(40))) == 10
    assert counters(embedded, "new_sessions") == {"limit": 10, "calls": 40, "throttled": 30}


def test_an_a2a_caller_is_refused_in_json_rpc_with_status_200(embedded, agentcore):
    quick(embedded, delay_seconds=1000)
    request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "message/send", "params": {}}).encode()

    def send(name):
        arguments = {"agentRuntimeArn": ARNS["pdf-adapter"], "runtimeSessionId": session(name)}
        return json.loads(agentcore.invoke_agent_runtime(**arguments, payload=request)["response"].read())

    embedded.admin("PUT", "/_quotas", {"new_sessions": 1})
    with ThreadPoolExecutor() as pool:
        first = pool.submit(send, "rpc-1")
        until(lambda: embedded.admin("GET", "/_agents/pdf-adapter"))
        assert send("rpc-1")["error"] == {"code": -32054, "message": "Resource conflict"}
        assert send("rpc-2")["error"] == {"code": -32053, "message": "Rate limit exceeded"}
        embedded.admin("PUT", "/_clock", {"skip_seconds": 1001})
        assert "result" in first.result(timeout=600)


def test_a_stopped_session_counts_as_new_when_its_id_comes_again(embedded, agentcore):
    quick(embedded)
    embedded.admin("PUT", "/_quotas", {"new_sessions": 1})
    call(agentcore, "again")
    stop(agentcore, "again")
    with pytest.raises(agentcore.exceptions.ThrottlingException):
        call(agentcore, "again")


def test_active_sessions_are_limited_until_they_are_stopped_or_idle_too_long(embedded, agentcore):
    quick(embedded)
    embedded.admin("PUT", "/_clock", {"skip_seconds": 1000})  # what other tests left
    embedded.admin("PUT", "/_quotas", {"active_sessions": 2})
    call(agentcore, "active-1")
    call(agentcore, "active-2")
    with pytest.raises(agentcore.exceptions.ServiceQuotaExceededException):
        call(agentcore, "active-3")
    call(agentcore, "active-2")
    assert embedded.admin("GET", "/_sessions")["active"] == 2
    stop(agentcore, "active-1")
    assert embedded.admin("GET", "/_sessions")["active"] == 1
    assert embedded.admin("GET", "/_sessions")["peak"] >= 2
    call(agentcore, "active-3")
    with pytest.raises(agentcore.exceptions.ServiceQuotaExceededException):
        call(agentcore, "active-4")
    embedded.admin("PUT", "/_clock", {"skip_seconds": 901})
    call(agentcore, "active-4")


def test_requests_are_limited_by_the_second_stops_included(embedded, agentcore):
    quick(embedded)
    embedded.admin("PUT", "/_quotas", {"requests": 2})
    call(agentcore, "requests")
    stop(agentcore, "requests")
    with pytest.raises(agentcore.exceptions.ThrottlingException):
        stop(agentcore, "requests")
    assert counters(embedded, "requests") == {"limit": 2, "calls": 3, "throttled": 1}


def test_a_session_ends_after_eight_hours_whatever_it_does(embedded, agentcore):
    quick(embedded)
    call(agentcore, "old")
    for _ in range(36):  # never idle
        embedded.admin("PUT", "/_clock", {"skip_seconds": 800})
        call(agentcore, "old")
    assert [each["stopped"] for each in embedded.admin("GET", "/_agents/pdf-adapter")] == [True] * 36 + [False]


def called_by_step_functions(embedded, name):
    """Call an agent in a run for which waits are skipped; return the run and how many virtual seconds it lasted."""
    arguments = {"AgentRuntimeArn": ARNS["pdf-adapter"], "RuntimeSessionId": session(name), "Payload": "{}"}
    resource = "arn:aws:states:::aws-sdk:bedrockagentcore:invokeAgentRuntime"
    state = {"Type": "Task", "Resource": resource, "Arguments": arguments, "End": True}
    definition = json.dumps({"QueryLanguage": "JSONata", "StartAt": "Call", "States": {"Call": state}})
    client = embedded.client("stepfunctions")
    machine = client.create_state_machine(name=name, definition=definition, roleArn=ROLE, type="EXPRESS")
    with skipping_waits(embedded):
        execution = client.start_sync_execution(stateMachineArn=machine["stateMachineArn"])
    return execution, (execution["stopDate"] - execution["startDate"]).total_seconds()


def test_a_cold_start_lengthens_the_call_that_opens_a_session(embedded):
    quick(embedded, cold_start_seconds=30, delay_seconds=5)
    for least in (35, 5):
        execution, seconds = called_by_step_functions(embedded, "cold")
        assert execution["status"] == "SUCCEEDED", execution.get("cause")
        assert least <= seconds < least + 1


def test_a_call_that_lasts_too_long_is_cut_and_its_agent_works_on(embedded, agentcore):
    quick(embedded, delay_seconds=68)
    embedded.admin("PUT", "/_cut", {"cut_seconds": 60})
    with ThreadPoolExecutor() as pool:
        response = pool.submit(call, agentcore, "cut")
        until(lambda: embedded.admin("GET", "/_agents/pdf-adapter"))
        embedded.admin("PUT", "/_clock", {"skip_seconds": 61})
        assert isinstance(response.exception(timeout=600), BotoCoreError)
    with pytest.raises(agentcore.exceptions.RetryableConflictException):
        call(agentcore, "cut")  # it is still busy
    (cut,) = embedded.admin("GET", "/_agents/pdf-adapter")
    assert (cut["response"], cut["stopped"]) == (None, False)
    embedded.admin("PUT", "/_clock", {"skip_seconds": 8})
    until(lambda: embedded.admin("GET", "/_agents/pdf-adapter")[0]["response"] == {"kind": "reply"})
    quick(embedded)
    assert call(agentcore, "cut") == b"{}"


def test_a_cut_call_is_an_sdk_client_exception_in_step_functions(embedded):
    quick(embedded, delay_seconds=68)
    embedded.admin("PUT", "/_cut", {"cut_seconds": 60})
    execution, seconds = called_by_step_functions(embedded, "called-and-cut")
    assert (execution["status"], execution["error"]) == ("FAILED", "BedrockAgentCore.SdkClientException")
    assert 60 <= seconds < 61
