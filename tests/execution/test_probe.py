"""The probe, asked on the embedded AWS, which does all that the module assumes."""

import asyncio
import contextlib
import io
import json

import httpx
import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from harness import __main__ as command_line
from harness import target
from harness.commands import probe
from harness.embedded.agentcore import runtime_arn
from harness.errors import HarnessError
from harness.inventory import inventory
from harness.probe import asks, calls, harmless
from harness.probe.bench import bench
from harness.probe.probes import OF_THE_AGENT, PROBES, WITH_AGENTS, Probe
from tests.execution.conftest import PROTOCOLS


def shown(*findings):
    console = Console(file=io.StringIO(), highlight=False, markup=False, soft_wrap=True)
    return probe.show(list(findings), console), console.file.getvalue()


def test_every_answer_agrees_and_nothing_is_left_behind(workflow):
    before, calls = inventory(workflow.stack), len(workflow.calls("pdf-adapter"))
    with bench(workflow.stack) as workbench:
        findings = [probe.ask(each, workbench) for each in PROBES]
    code, text = shown(*findings)
    assert [finding.probe.question for finding in findings if finding.verdict != probe.AGREES] == [], text
    assert code == 0
    assert inventory(workflow.stack) == before
    assert workflow.dead_letters() == []
    assert len(workflow.calls("pdf-adapter")) == calls


def test_the_role_is_asked_for_every_call_but_those_of_agents(express):
    with bench(express.stack) as workbench:
        answer = harmless.denied(workbench)
        actions = {call.split()[0] for call, _ in harmless._calls(workbench)}
    assert answer["denied"] == []
    assert actions == {
        "bedrockagentcore:stopRuntimeSession",
        "cloudwatch:putMetricData",
        "dynamodb:getItem",
        "dynamodb:putItem",
        "dynamodb:query",
        "dynamodb:updateItem",
        "s3:headObject",
        "sqs:sendMessage",
        "ssm:getParameters",
        "xray:putTraceSegments",
    }


def test_an_agent_is_called_only_when_asked_for_and_in_its_protocol(workflow):
    workflow.script("pdf-adapter", {"reply": {"success": True}})
    with bench(workflow.stack, "s3://documents/BANK/one.pdf") as workbench:
        (finding,) = [probe.ask(each, workbench) for each in WITH_AGENTS]
    assert finding.verdict == probe.AGREES
    (call,) = workflow.calls("pdf-adapter")
    assert call["payload"]["document_path"] == "s3://documents/BANK/one.pdf"
    assert (call["request"] is not None) == (PROTOCOLS[workbench.type] == "A2A")
    assert call["stopped"]


@contextlib.contextmanager
def denied(stack, *actions):
    """Deny the stack's role some actions while the block runs."""
    role = {"RoleName": stack.outputs["role_arn"].rpartition("/")[2], "PolicyName": "denied"}
    statement = {"Effect": "Deny", "Action": actions, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    stack.client("iam").put_role_policy(**role, PolicyDocument=policy)
    try:
        yield
    finally:
        stack.client("iam").delete_role_policy(**role)


def test_what_the_role_may_not_do_is_named(express):
    actions = "sqs:SendMessage", "ssm:GetParameters", "s3:ListBucket", "cloudwatch:PutMetricData"
    with denied(express.stack, *actions), bench(express.stack) as workbench:
        (finding,) = [probe.ask(each, workbench) for each in PROBES if each.ask is harmless.denied]
    code, text = shown(finding)
    names = [call.split(": ")[0] for call in finding.answer["denied"]]
    assert sorted(names) == ["cloudwatch:putMetricData", "s3:headObject", "sqs:sendMessage", "ssm:getParameters"]
    assert code == 1
    assert 'assumed: {"denied": []}\n    found:   {"denied": ["' in text


def test_nothing_is_asked_with_a_role_that_never_gets_its_rights(express, monkeypatch):
    monkeypatch.setattr("harness.probe.bench.SETTLE_SECONDS", 0)
    before = inventory(express.stack)
    with (
        denied(express.stack, "dynamodb:GetItem"),
        pytest.raises(HarnessError, match=r"cannot read the circuits' table after 0 s \(DynamoDb\.DynamoDbException\)"),
        bench(express.stack),
    ):
        pytest.fail("It yields a bench.")
    assert inventory(express.stack) == before


def test_an_answer_of_another_kind_is_shown_beside_the_assumption(express):
    question = Probe("How often?", "The number of attempts.", {"retries": 7}, asks.retries_of_a_block)
    with bench(express.stack) as workbench:
        code, text = shown(probe.ask(question, workbench))
    assert code == 1
    assert text == (
        "✗ How often?\n"
        "    what depends on it: The number of attempts.\n"
        '    assumed: {"retries": 7}\n'
        '    found:   {"retries": 2}\n'
        "1 different.\n"
    )


def test_a_run_that_fails_is_an_answer_too(express):
    question = Probe(
        "Does it work?", "All.", {"value": 1}, lambda bench: bench.ask({"No": {"Type": "Fail", "Error": "No"}})
    )
    with bench(express.stack) as workbench:
        _, text = shown(probe.ask(question, workbench))
    assert 'found:   {"status": "FAILED", "error": "No"}' in text


def test_a_question_that_aws_refuses_does_not_keep_the_others_from_being_asked():
    def refused(_):
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "CreateStateMachine")

    finding = probe.ask(Probe("May I?", "Nothing.", {}, refused), None)
    code, text = shown(finding)
    assert (finding.verdict, code) == (probe.UNANSWERED, 1)
    assert "not you" in text


def test_whatever_happens_it_leaves_nothing_behind(express):
    before = inventory(express.stack)

    def interrupted():
        with bench(express.stack) as workbench:
            workbench.machine({"Wait": {"Type": "Wait", "Seconds": 1, "End": True}})
            assert inventory(express.stack) != before
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert inventory(express.stack) == before


def test_the_command_asks_shows_and_says_by_its_exit_code(express, monkeypatch, capsys):
    monkeypatch.setattr(target, "chosen", lambda *_: express.stack)
    monkeypatch.setattr(probe, "PROBES", PROBES[-1:])
    assert command_line.main(["probe"]) == 0
    verdict = "\n".join(calls.verdict([]))
    assert capsys.readouterr().out == (
        f'✓ {PROBES[-1].question}\n    as assumed: {{"calls": 15, "denied": []}}\n1 as assumed.\n\n{verdict}\n'
    )


# What the probe's agent replies; the embedded AWS plays it on one of its runtimes.
MICROVM = {"success": True, "received": "dict", "microvm": "one"}
SLEPT = {"reply": MICROVM | {"busy": False}}
STREAM = 'data: {"message": "reading"}\n\ndata: {"success": true}\n\n'
PLAYED = [
    ({"seconds": calls.LONGER}, SLEPT | {"delay_seconds": calls.LONGER}),
    ({"seconds": calls.LONGEST}, SLEPT | {"delay_seconds": calls.LONGEST}),
    ({"probe": "background"}, {"reply": MICROVM | {"busy": True}}),
    ({"probe": "string"}, {"raw": json.dumps(json.dumps(MICROVM))}),
    ({"probe": "stream"}, {"raw": STREAM, "content_type": "text/event-stream"}),
    ({"probe": "object"}, SLEPT),
]


@pytest.fixture
def long_calls(express):
    """What the command prints and returns when it asks the probe's agent, where calls are cut after some seconds."""

    def ask(cut_seconds, monkeypatch, capsys):
        express.script("pdf-adapter", {"reply": MICROVM | {"busy": True}})
        for match, behaviour in PLAYED:
            express.aws.admin("PUT", "/_agents/pdf-adapter", {"match": match, "behaviours": [behaviour]})
        express.aws.admin("PUT", "/_cut", {"cut_seconds": cut_seconds})
        monkeypatch.setattr(target, "chosen", lambda *_: express.stack)
        monkeypatch.setattr(probe, "PROBES", ())
        code = command_line.main(["probe", "--agent", runtime_arn("pdf-adapter", "green")])
        return code, capsys.readouterr().out

    yield ask
    express.aws.admin("PUT", "/_cut", {"cut_seconds": None})


def test_where_no_call_is_cut_it_says_to_apply_as_it_is(long_calls, express, monkeypatch, capsys):
    before = inventory(express.stack)
    code, text = long_calls(None, monkeypatch, capsys)
    assert code == 0, text
    assert text.count("✓") == len(OF_THE_AGENT)
    assert "Apply as it is: a call of 130 s was answered" in text
    assert text.endswith("    call_seconds = 130\n")
    assert inventory(express.stack) == before
    assert all(call["stopped"] for call in express.calls("pdf-adapter"))


def test_where_calls_are_cut_it_shows_the_cut_and_the_setting(long_calls, monkeypatch, capsys):
    code, text = long_calls(60, monkeypatch, capsys)
    assert code == 1
    assert text.count("✗") == 2
    assert "A call is cut after 60 s, with BedrockAgentCore.SdkClientException." in text
    assert text.endswith("    call_seconds = 50\n")


def test_only_the_longest_call_may_be_cut(long_calls, monkeypatch, capsys):
    _, text = long_calls(120, monkeypatch, capsys)
    assert text.endswith("    call_seconds = 110\n")


def test_an_agent_that_cannot_be_called_gives_no_verdict():
    refused = {"answered": False, "milliseconds": 900, "error": "BedrockAgentCore.AccessDeniedException", "seconds": 70}
    assert calls.verdict([refused]) == [
        "No verdict: the probe's agent could not be called (BedrockAgentCore.AccessDeniedException)."
    ]


def test_without_the_agent_it_says_what_is_right_either_way():
    assert calls.verdict([{"seconds": 70}, {"seconds": 130}])[-1] == "    call_seconds = 50"


def test_what_is_no_runtime_is_refused():
    with pytest.raises(HarnessError, match="is not the ARN of an AgentCore runtime"):
        calls.checked("arn:aws:lambda:us-east-1:123456789012:function:probe")


def test_the_printed_agent_answers_the_questions(capsys):
    assert command_line.main(["probe", "--print-agent"]) == 0
    scope = {"__name__": "printed"}
    exec(capsys.readouterr().out, scope)  # noqa: S102 - what is to be pasted

    async def ask(*payloads):
        transport = httpx.ASGITransport(scope["app"])
        async with httpx.AsyncClient(transport=transport, base_url="http://agent") as client:
            return [(await client.post("/invocations", json=payload)).text for payload in payloads]

    object_, text, stream, string, slept, begun, again = asyncio.run(
        ask(
            {"probe": "object"},
            {"probe": "string"},
            {"probe": "stream"},
            "quoted again",
            {"probe": "sleep", "seconds": 0.01},
            {"probe": "background", "seconds": 30},
            {"probe": "echo"},
        )
    )
    reply = json.loads(object_)
    assert (reply["success"], reply["received"], reply["busy"]) == (True, "dict", False)
    assert json.loads(json.loads(text)) == reply == json.loads(slept)
    assert json.loads(stream.split("data: ")[-1]) == reply
    assert json.loads(string)["received"] == "str"
    assert json.loads(begun)["microvm"] == reply["microvm"]
    assert json.loads(again)["busy"]
