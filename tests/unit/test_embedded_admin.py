"""The embedded AWS's own routes, and how its process begins and ends."""

import json
import signal
import socket
import subprocess
import sys

import boto3
import pytest
import urllib3
from botocore.exceptions import ClientError

from harness.child import Child
from harness.embedded import Endpoint, launch
from harness.embedded.agentcore import runtime_arn
from harness.embedded.faults import Faults
from tests.waiting import until


@pytest.fixture(scope="module")
def embedded():
    with launch() as endpoint:
        yield endpoint


def test_the_clock_is_read_and_set(embedded):
    assert embedded.admin("PUT", "/_clock", {"speed": 50})["speed"] == 50
    first = embedded.admin("GET", "/_clock")
    assert first["speed"] == 50
    assert embedded.admin("PUT", "/_clock", {"speed": 1})["now"] >= first["now"]
    assert embedded.admin("PUT", "/_clock", {"skip_seconds": 4000})["now"] >= first["now"] + 4000
    assert embedded.admin("PUT", "/_clock", {"speed": 2, "leaps": True})["leaps"] is True
    assert embedded.admin("PUT", "/_clock", {"speed": 1})["leaps"] is False


@pytest.mark.parametrize(
    ("method", "path", "body", "sentence"),
    [
        ("PUT", "/_clock", {"speed": 0}, "positive numbers"),
        ("PUT", "/_clock", {"skip_seconds": -1}, "positive numbers"),
        ("PUT", "/_clock", {"speed": 1e308}, "at most"),
        ("PUT", "/_clock", {"skip_seconds": 1e300}, "at most"),
        ("PUT", "/_clock", {"speed": "fast"}, "Set the clock with an object"),
        ("PUT", "/_clock", {"now": 1}, "Set the clock with an object"),
        ("POST", "/_kill", {}, "Say which run"),
        ("POST", "/_kill", {"execution_arn": "arn:none"}, "No running .*'arn:none'"),
        ("PUT", "/_faults", [], "Faults are an object"),
        ("PUT", "/_faults", {"dynamodb": {"error": "E"}}, "is no key of a fault"),
        ("PUT", "/_faults", {"dynamodb:GetItem:*": "E"}, "must be an object"),
        ("PUT", "/_faults", {"dynamodb:GetItem:*": {"error": "E", "time": 1}}, "must be an object"),
        ("PUT", "/_faults", {"dynamodb:GetItem:*": {"error": "E", "times": 0}}, "at least 1"),
        ("PUT", "/_faults", {"dynamodb:GetItem:*": {"error": "E", "after": 1}}, "must be an object"),
        ("PUT", "/_faults", {"dynamodb:GetItem:*": {"error": None}}, "must be an object"),
        ("PUT", "/_faults", {"dynamodb:GetItem:*": {"error": "E", "delay_seconds": -1}}, "must be an object"),
        ("GET", "/_nothing", None, "not found"),
    ],
)
def test_a_mistake_is_answered_with_a_sentence(embedded, method, path, body, sentence):
    with pytest.raises(ValueError, match=sentence):
        embedded.admin(method, path, body)


def test_a_body_that_is_nested_too_deeply_is_refused(embedded):
    response = urllib3.request("PUT", embedded.url + "/_faults", body="[" * 100_000)
    assert response.status == 400
    assert "error" in response.json()


def send(embedded, path, **headers):
    body = '{"execution_arn": "*"}'
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return urllib3.request("POST", embedded.url + path, body=body, headers=named)


@pytest.mark.parametrize("path", ["/_kill", "/documents/key"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example", "Content_Type": "text/plain"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
    ],
)
def test_a_web_page_of_another_origin_reaches_nothing(embedded, path, headers):
    response = send(embedded, path, **headers)
    assert response.status == 403
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]:80", "bucket.s3.localhost:4566"])
def test_whoever_runs_here_reaches_it_under_each_of_its_names(embedded, host):
    assert send(embedded, "/_kill", Host=host).status == 200


def test_what_the_embedded_aws_lacks_is_an_error_of_the_service_that_no_sdk_retries(embedded):
    lacks = [
        ("cloudwatch", "describe_alarm_history", {}, "InvalidAction"),
        ("sns", "get_data_protection_policy", {"ResourceArn": "a" * 20}, "InvalidAction"),
        ("sqs", "list_message_move_tasks", {"SourceArn": "a"}, "UnknownOperationException"),
        ("xray", "get_insight", {"InsightId": "i"}, "UnknownOperationException"),
        ("bedrock-agentcore", "get_workload_access_token", {"workloadName": "abc"}, "UnknownOperationException"),
    ]
    for service, operation, arguments, code in lacks:
        with pytest.raises(ClientError, match="The embedded AWS does not implement the operation") as refused:
            getattr(embedded.client(service), operation)(**arguments)
        assert refused.value.response["Error"]["Code"] == code
        assert 400 <= refused.value.response["ResponseMetadata"]["HTTPStatusCode"] < 500


def test_roles_are_the_same_in_every_region(embedded):
    trust = json.dumps({"Statement": []})
    embedded.client("iam").create_role(RoleName="global", AssumeRolePolicyDocument=trust)
    keys = {"aws_access_key_id": "embedded", "aws_secret_access_key": "embedded"}
    elsewhere = boto3.client("iam", "eu-west-1", endpoint_url=embedded.url, **keys)
    with pytest.raises(elsewhere.exceptions.EntityAlreadyExistsException):
        elsewhere.create_role(RoleName="global", AssumeRolePolicyDocument=trust)


def test_what_is_under_way_can_be_read(embedded):
    under_way = embedded.admin("GET", "/_unfinished")
    assert under_way["executions"] == {}
    assert under_way["clock"]["works_off"] is None
    assert any("unfinished.py" in frame for thread in under_way["threads"] for frame in thread["stack"])


def test_what_is_recorded_can_be_read_and_forgotten(embedded):
    for path in ("/_waits", "/_iam"):
        assert embedded.admin("GET", path) == []
        embedded.admin("DELETE", path)
    assert embedded.admin("GET", "/_alive") == {"alive": True}
    assert embedded.admin("POST", "/_kill", {"execution_arn": "*"}) is None


def test_faults_can_be_put_listed_and_cleared(embedded):
    embedded.admin("PUT", "/_faults", {"dynamodb:UpdateItem:ledger": {"error": "InternalServerError", "times": 2}})
    (listed,) = embedded.admin("GET", "/_faults").values()
    assert listed == {"error": "InternalServerError", "times": 2, "after": False, "delay_seconds": 0, "fired": 0}
    embedded.admin("DELETE", "/_faults")
    assert embedded.admin("GET", "/_faults") == {}


def test_a_fault_strikes_its_call_as_often_as_it_was_asked_to():
    faults, ledger = Faults(), ["arn:aws:dynamodb:us-east-1:123456789012:table/ledger"]
    faults.put({"dynamodb:UpdateItem:table/ledger": {"error": "Throttled", "times": 2}})
    faults.put({"sqs:SendMessage:*": {"error": "Down"}})
    assert faults.strike("dynamodb", "GetItem", ledger) is None
    assert faults.strike("dynamodb", "UpdateItem", ["arn:other"]) is None
    struck = [faults.strike("dynamodb", "UpdateItem", ledger) for _ in range(3)]
    assert [fault and fault.error for fault in struck] == ["Throttled", "Throttled", None]
    assert [faults.strike("sqs", "SendMessage", ["any"]).error for _ in range(3)] == ["Down"] * 3
    assert [fault["fired"] for fault in faults.listed().values()] == [2, 3]


def test_an_unknown_addition_cannot_be_left_out():
    with pytest.raises(RuntimeError, match=r"harness\.embedded ended before it was ready"), launch(without=["nothing"]):
        pass


def test_the_process_and_its_children_end_with_the_block():
    with Child("harness.embedded", "--end-with-stdin") as process:
        call_an_agent(process.ready()["endpoint"])
        group = process._process.pid
        assert len(members(group)) == 2
    until(lambda: not members(group))


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_however_the_parent_ends(ending):
    program = "from harness.embedded import launch\nwith launch() as e: print(e.url, flush=True); input()"
    parent = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    call_an_agent(parent.stdout.readline().decode().strip())
    child = int(subprocess.check_output(["pgrep", "-P", str(parent.pid)]))  # noqa: S603, S607
    parent.send_signal(ending)
    parent.wait(timeout=600)
    until(lambda: not members(child))
    parent.stdin.close()
    parent.stdout.close()


def test_ctrl_c_ends_the_embedded_aws_in_the_foreground():
    process = subprocess.Popen([sys.executable, "-m", "harness.embedded"], stdout=subprocess.PIPE)
    assert json.loads(process.stdout.readline())["endpoint"].startswith("http://127.0.0.1:")
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=600) == 0
    process.stdout.close()


def call_an_agent(url):
    """Call a reference agent: the first call starts their process."""
    Endpoint(url).client("bedrock-agentcore").invoke_agent_runtime(
        agentRuntimeArn=runtime_arn("trade-extraction"), payload=b"{}"
    )


def members(group):
    """The processes, other than zombies, in the session that `group` leads, or that are children of it."""
    listed = subprocess.check_output(["ps", "-eo", "pid,ppid,sid,stat"], text=True).splitlines()[1:]  # noqa: S607
    rows = [line.split() for line in listed]
    return [row for row in rows if str(group) in row[:3] and not row[3].startswith("Z")]


def raw(embedded, *parts):
    """Send the parts of a request one after the other; return what is received after each."""
    address = ("127.0.0.1", int(embedded.url.rpartition(":")[2]))
    received = []
    with socket.create_connection(address, timeout=5) as connection:
        for part in parts:
            connection.sendall(part)
            received.append(connection.recv(1 << 16))
    return received


def test_an_answer_is_one_packet_since_the_sdk_for_go_may_hang_up_between_two(embedded):
    for _ in range(100):
        (response,) = raw(embedded, b"GET /_alive HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert response.endswith(b'\r\n\r\n{"alive": true}')


def test_a_body_that_waits_to_be_asked_for_is_asked_for_at_once(embedded):
    head = b"PUT /_clock HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 12\r\n\r\n"
    interim, response = raw(embedded, head, b'{"speed": 1}')
    assert interim.startswith(b"HTTP/1.1 100 Continue")
    assert b"200 OK" in response
