"""The probe, asked on the embedded AWS, which does all that the module assumes."""

import io
import json

import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from harness import __main__ as command_line
from harness import target
from harness.commands import probe
from harness.inventory import inventory
from harness.probe import asks, harmless
from harness.probe.bench import bench
from harness.probe.probes import PROBES, WITH_AGENTS, Probe
from tests.execution.conftest import PROTOCOLS


def shown(*findings):
    console = Console(file=io.StringIO(), highlight=False, markup=False, soft_wrap=True)
    return probe.show(list(findings), console), console.file.getvalue()


def test_every_answer_agrees_and_nothing_is_left_behind(workflow):
    before, calls = inventory(workflow.stack), len(workflow.calls("pdf-adapter"))
    with bench(workflow.stack) as made:
        findings = [probe.ask(each, made) for each in PROBES]
    code, text = shown(*findings)
    assert [finding.probe.question for finding in findings if finding.verdict != probe.AGREES] == [], text
    assert code == 0
    assert inventory(workflow.stack) == before
    assert workflow.dead_letters() == []
    assert len(workflow.calls("pdf-adapter")) == calls


def test_the_role_is_asked_for_every_call_but_those_of_agents(express):
    with bench(express.stack) as made:
        answer = harmless.denied(made)
        actions = {call.split()[0] for call, _ in harmless._calls(made)}
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
    with bench(workflow.stack, "s3://documents/BANK/one.pdf") as made:
        (finding,) = [probe.ask(each, made) for each in WITH_AGENTS]
    assert finding.verdict == probe.AGREES
    (call,) = workflow.calls("pdf-adapter")
    assert call["payload"]["document_path"] == "s3://documents/BANK/one.pdf"
    assert (call["request"] is not None) == (PROTOCOLS[made.type] == "A2A")
    assert call["stopped"]


@pytest.fixture
def denied(express):
    """What the stack's role is denied while the test runs."""
    actions = ["sqs:SendMessage", "ssm:GetParameters", "s3:ListBucket", "cloudwatch:PutMetricData"]
    role = {"RoleName": express.stack.outputs["role_arn"].rpartition("/")[2], "PolicyName": "denied"}
    statement = {"Effect": "Deny", "Action": actions, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    express.stack.client("iam").put_role_policy(**role, PolicyDocument=policy)
    yield ["cloudwatch:putMetricData", "s3:headObject", "sqs:sendMessage", "ssm:getParameters"]
    express.stack.client("iam").delete_role_policy(**role)


def test_what_the_role_may_not_do_is_named(express, denied):
    with bench(express.stack) as made:
        (finding,) = [probe.ask(each, made) for each in PROBES if each.ask is harmless.denied]
    code, text = shown(finding)
    assert sorted(call.split(": ")[0] for call in finding.answer["denied"]) == denied
    assert code == 1
    assert 'assumed: {"denied": []}\n    found:   {"denied": ["' in text


def test_an_answer_of_another_kind_is_shown_beside_the_assumption(express):
    asked = Probe("How often?", "The number of attempts.", {"retries": 7}, asks.retries_of_a_block)
    with bench(express.stack) as made:
        code, text = shown(probe.ask(asked, made))
    assert code == 1
    assert text == (
        "✗ How often?\n"
        "    what hangs on it: The number of attempts.\n"
        '    assumed: {"retries": 7}\n'
        '    found:   {"retries": 2}\n'
        "1 different.\n"
    )


def test_a_run_that_fails_is_an_answer_too(express):
    asked = Probe("Does it work?", "All.", {"value": 1}, lambda made: made.ask({"No": {"Type": "Fail", "Error": "No"}}))
    with bench(express.stack) as made:
        _, text = shown(probe.ask(asked, made))
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
        with bench(express.stack) as made:
            made.machine({"Wait": {"Type": "Wait", "Seconds": 1, "End": True}})
            assert inventory(express.stack) != before
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert inventory(express.stack) == before


def test_the_command_asks_shows_and_says_by_its_exit_code(express, monkeypatch, capsys):
    monkeypatch.setattr(target, "chosen", lambda *_: express.stack)
    monkeypatch.setattr(probe, "PROBES", PROBES[-1:])
    assert command_line.main(["probe"]) == 0
    assert capsys.readouterr().out == (
        f'✓ {PROBES[-1].question}\n    as assumed: {{"calls": 15, "denied": []}}\n1 as assumed.\n'
    )
