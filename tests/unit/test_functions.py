"""Lambda functions: what is registered for one runs as a Task, by the SDK and by its ARN, and fails as on AWS."""

import http.server
import json
import socket
import threading

import pytest

from harness.embedded.functions.registry import Functions, Unreachable
from harness.embedded.stand_ins import POOL
from tests.roles import make_role
from tests.unit.states import definition, refused
from tests.waiting import until

ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
HANDLERS = """
import boto3
from beside import TAX

class OutOfStock(Exception):
    pass

def same(event, context):
    return event

def price(event, context):
    return {"price": event["net"] * TAX, "by": context.function_name, "arn": context.invoked_function_arn}

def fail(event, context):
    raise OutOfStock("none left")

def unwritable(event, context):
    return object()

def parameter(event, context):
    return boto3.client("ssm").get_parameter(Name="/rate")["Parameter"]["Value"]
"""


@pytest.fixture(scope="module")
def aws(aws, tmp_path_factory):
    """The embedded AWS, with functions registered from a file that imports another one beside it."""
    directory = tmp_path_factory.mktemp("handlers")
    (directory / "beside.py").write_text("TAX = 2\n")
    (directory / "handlers.py").write_text(HANDLERS)
    for name in ("same", "price", "fail", "unwritable", "parameter"):
        aws.endpoint.admin("PUT", f"/_functions/{name}", {"python": f"{directory / 'handlers.py'}:{name}"})
    aws.endpoint.client("ssm").put_parameter(Name="/rate", Value="3", Type="String")
    return aws


def run(aws, resource, arguments, **fields):
    """Run a Task as the one state of a STANDARD execution; return it and the types of its events."""
    task = {"Type": "Task", "Resource": resource, "Arguments": arguments, "End": True, **fields}
    arn = aws.sfn.start_execution(stateMachineArn=aws.machine(definition(Work=task), "STANDARD"))["executionArn"]
    finished = aws.finished(arn)
    events = aws.sfn.get_execution_history(executionArn=arn)["events"]
    return finished, [event["type"] for event in events][2:-1]


def calls(aws):
    return aws.endpoint.admin("GET", "/_functions/same")


def invoke(aws, arguments, **fields):
    return run(aws, "arn:aws:states:::lambda:invoke", arguments, **fields)


def test_result_of_an_invocation(aws):
    finished, events = invoke(aws, {"FunctionName": "price", "Payload": {"net": 4}})
    output = json.loads(finished["output"])
    assert output["Payload"] == {"price": 8, "by": "price", "arn": f"{ARN}price"}
    assert (output["StatusCode"], output["ExecutedVersion"]) == (200, "$LATEST")
    assert output["SdkHttpMetadata"]["HttpStatusCode"] == 200
    assert output["SdkResponseMetadata"]["RequestId"]
    assert events == ["TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited"]


@pytest.mark.parametrize("name", ["same", "same:live", f"{ARN}same", f"{ARN}same:live", "123456789012:function:same"])
def test_names_of_a_function(aws, name):
    finished, _ = invoke(aws, {"FunctionName": name}, Output="{% $states.result.Payload %}")
    assert finished["output"] == "{}"


@pytest.mark.parametrize("payload", ["text", 1, [1, {"a": "é"}], False])
def test_payload_is_any_json(aws, payload):
    finished, _ = invoke(aws, {"FunctionName": "same", "Payload": payload}, Output="{% $states.result.Payload %}")
    assert json.loads(finished["output"]) == payload


def test_function_as_the_resource_returns_its_response_alone(aws):
    finished, events = run(aws, f"{ARN}same", {"a": 1})
    assert finished["output"] == '{"a":1}'
    expected = ["LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionSucceeded", "TaskStateExited"]
    assert events == expected


def test_function_of_a_state_in_jsonpath(aws):
    work = {
        "Type": "Task",
        "Resource": f"{ARN}price",
        "Parameters": {"net.$": "$.cost"},
        "ResultPath": "$.quote",
        "End": True,
    }
    machine = aws.machine(json.dumps({"StartAt": "Work", "States": {"Work": work}}), "STANDARD")
    started = aws.sfn.start_execution(stateMachineArn=machine, input='{"cost": 5}')
    output = json.loads(aws.finished(started["executionArn"])["output"])
    assert (output["cost"], output["quote"]["price"]) == (5, 10)


# (function, error, part of the cause)
FAILURES = [
    ("fail", "OutOfStock", '"errorMessage":"none left","errorType":"OutOfStock"'),
    ("unwritable", "Runtime.MarshalError", "Unable to marshal response"),
    ("none", "Lambda.ResourceNotFoundException", f"Function not found: {ARN}none: register its stand-in"),
]


@pytest.mark.parametrize(("name", "error", "cause"), FAILURES)
def test_failures(aws, name, error, cause):
    for finished, events in (invoke(aws, {"FunctionName": name}), run(aws, f"{ARN}{name}", {})):
        assert (finished["status"], finished["error"]) == ("FAILED", error)
        assert cause in finished["cause"]
        assert events[-1] in {"TaskFailed", "LambdaFunctionFailed"}


def test_function_calls_the_embedded_aws(aws):
    finished, _ = run(aws, f"{ARN}parameter", {})
    assert finished["output"] == '"3"'


def test_role_must_allow_the_invocation(aws):
    poor = make_role(aws.endpoint, "poor", "states", allow=())
    task = {"Type": "Task", "QueryLanguage": "JSONata", "Resource": f"{ARN}same:live", "End": True}
    tested = aws.sfn.test_state(definition=json.dumps(task), roleArn=poor)
    assert tested["error"] == "Lambda.AWSLambdaException"
    assert f"lambda:InvokeFunction on resource: {ARN}same:live" in tested["cause"]


def test_fault_strikes_a_function(aws):
    aws.endpoint.admin("PUT", "/_faults", {"lambda:Invoke:same": {"error": "TooManyRequestsException", "times": 1}})
    finished, _ = invoke(
        aws, {"FunctionName": "same"}, Catch=[{"ErrorEquals": ["Lambda.TooManyRequestsException"], "Next": "Work"}]
    )
    assert finished["status"] == "SUCCEEDED"


def test_task_waits_for_its_token(aws):
    payload = {"token": "{% $states.context.Task.Token %}"}
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Arguments": {"FunctionName": "same", "Payload": payload},
        "End": True,
    }
    before = len(calls(aws))
    arn = aws.sfn.start_execution(stateMachineArn=aws.machine(definition(Work=task), "STANDARD"))["executionArn"]
    until(lambda: len(calls(aws)) > before)
    aws.sfn.send_task_success(taskToken=calls(aws)[-1]["payload"]["token"], output='{"approved":true}')
    assert aws.finished(arn)["output"] == '{"approved":true}'


def test_sdk_invokes_a_function(aws):
    client = aws.endpoint.client("lambda")
    assert json.load(client.invoke(FunctionName="same", Payload=b'{"a": 1}')["Payload"]) == {"a": 1}
    failed = client.invoke(FunctionName="fail")
    assert failed["FunctionError"] == "Unhandled"
    assert json.load(failed["Payload"])["errorType"] == "OutOfStock"
    assert client.invoke(FunctionName="same", InvocationType="DryRun")["StatusCode"] == 204
    assert client.invoke(FunctionName="same", InvocationType="Event", Payload=b"7")["StatusCode"] == 202
    until(lambda: calls(aws)[-1]["payload"] == 7)
    assert refused(client.invoke, FunctionName="same", Payload=b"{")[0] == "InvalidRequestContentException"


class Handler(http.server.BaseHTTPRequestHandler):
    """Doubles a number; refuses what is none."""

    def do_POST(self):
        value = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["number"]
        good = isinstance(value, int)
        body = value * 2 if good else {"errorType": "NoNumber", "errorMessage": "a number is needed"}
        self.send_response(200 if good else 422)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_):
        pass


def test_http_address_stands_for_a_function(aws):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    aws.endpoint.admin("PUT", "/_functions/double", {"url": f"http://127.0.0.1:{server.server_port}/"})
    assert run(aws, f"{ARN}double", {"number": 21})[0]["output"] == "42"
    assert run(aws, f"{ARN}double", {"number": "a"})[0]["error"] == "NoNumber"
    server.shutdown()
    server.server_close()
    finished, _ = run(aws, f"{ARN}double", {"number": 1})
    assert finished["error"] == "Lambda.ServiceException"
    assert "Nothing responds at http://127.0.0.1" in finished["cause"]


def test_http_address_that_never_responds_is_given_up(monkeypatch):
    monkeypatch.setitem(POOL.connection_pool_kw, "timeout", 0.1)
    functions = Functions()
    with socket.create_server(("127.0.0.1", 0)) as hanging:  # it accepts the connection, and that is all
        functions.put("hung", {"url": f"http://127.0.0.1:{hanging.getsockname()[1]}/"})
        with pytest.raises(Unreachable, match=r"Nothing responds at http://127\.0\.0\.1.*timed out"):
            functions.named("hung").invoke({}, "a-request")


@pytest.mark.parametrize(
    ("name", "source", "sentence"),
    [
        ("f", {}, "Name the stand-in of the function f"),
        ("f", {"url": "ftp://host"}, "Name the stand-in of the function f"),
        ("f", {"python": "json:none"}, "json has no function named none"),
        ("f", {"python": "no_such_module:f"}, "no_such_module cannot be imported: ModuleNotFoundError"),
        ("f", {"python": "handlers.py:f"}, "Name the file of a function from the root on"),
        ("f:live", {"python": "json:dumps"}, "Register a function by its name alone"),
    ],
)
def test_what_cannot_stand_for_a_function(aws, name, source, sentence):
    with pytest.raises(ValueError, match=sentence):
        aws.endpoint.admin("PUT", f"/_functions/{name}", source)


def test_functions_are_listed_and_forgotten(aws):
    aws.endpoint.admin("PUT", "/_functions/brief", {"python": "json:dumps"})
    assert aws.endpoint.admin("GET", "/_functions")["brief"] == {"python": "json:dumps"}
    aws.endpoint.admin("DELETE", "/_functions/brief")
    with pytest.raises(ValueError, match="No function is registered as brief"):
        aws.endpoint.admin("GET", "/_functions/brief")


def test_integration_that_is_not_here_is_named(aws):
    finished, _ = run(aws, "arn:aws:states:::ecs:runTask", {"TaskDefinition": "t"})
    assert finished["error"] == "States.Runtime"
    assert (
        "does not have 'arn:aws:states:::ecs:runTask'. It has functions by their ARN, activities" in finished["cause"]
    )
