"""An agent whose reply is sent back with a task token: in time, too late, again, forged, too large, or never."""

import json

import pytest
from botocore.exceptions import ClientError

from harness import fault_matrix
from harness.report.page import page
from harness.report.run import execute
from tests.execution.cases import without_schedule
from tests.execution.driver import BREAK, GOOD
from tests.execution.telemetry import log_lines, traces
from tests.execution.test_fault_matrix import provoke
from tests.waiting import until

AGENT = "exception-management"
REPLY = GOOD[AGENT]
ACKNOWLEDGED = {"reply": {"success": True, "status": "IN_PROGRESS"}}


@pytest.fixture
def raising(patient_standard):
    """A workflow that raises an exception for each document, at an agent that sends its reply back."""
    patient_standard.script("trade-matching", {"reply": BREAK})
    with without_schedule(patient_standard):  # whose sweep could resume what was deferred before it is looked at
        yield patient_standard


def back(seconds, **sent):
    return {"after_seconds": seconds, **sent}


def calls_back(workflow, *callbacks, **others):
    workflow.script(AGENT, ACKNOWLEDGED | {"callbacks": list(callbacks)} | others)


def sent(workflow):
    """Return what the agent sent, once all is sent: each operation with the error that it got."""
    (call,) = workflow.calls(AGENT)
    return [(callback["operation"].removeprefix("SendTask"), callback["error"]) for callback in call["callbacks"]]


def token(workflow):
    (call,) = workflow.calls(AGENT)
    return call["payload"]["task_token"]


CASES = [case for case in fault_matrix.cases() if case.protocol == "callback"]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_comes_of_a_fault(patient_standard, case, record_property):
    seen = provoke(patient_standard, case)
    record_property("outcome", (str(case), seen.outcome))
    assert seen == case.expected


def failed(execution):
    """Return the error for which the document waits."""
    assert execution.outcome == "DEFERRED"
    return execution.result["deferral"]["error"]


def test_a_reply_is_sent_back_when_the_work_is_done(raising):
    calls_back(raising, back(18, success=REPLY))
    execution = raising.process()
    assert (execution.outcome, execution.result["exception_id"]) == ("EXCEPTION_RAISED", REPLY["exception_id"])
    (call,) = raising.calls(AGENT)
    assert call["stopped"]
    assert 18 <= execution.result["workflow_steps"][AGENT]["last_call"]["milliseconds"] / 1000 < 20


def test_heartbeats_let_it_take_longer_than_one_may_be_missing(raising):
    calls_back(raising, back(15, heartbeat=True), back(29, success=REPLY))
    assert raising.process().outcome == "EXCEPTION_RAISED"


def test_the_reference_agent_sends_heartbeats_while_it_works(raising):
    raising.script(AGENT, {"agent": True, "background_seconds": 25})  # heartbeat_seconds are 20
    execution = raising.process()
    assert (execution.outcome, execution.result["workflow_steps"][AGENT]["attempts"]) == ("EXCEPTION_RAISED", 1)


@pytest.mark.parametrize("callbacks", [[], [back(10, heartbeat=True)]], ids=["without a word", "after a heartbeat"])
def test_an_agent_that_dies_is_a_timeout_and_its_session_is_stopped(raising, callbacks):
    calls_back(raising, *callbacks, back(60, heartbeat=True, detached=True))  # too late, lets the time pass
    assert failed(raising.process()) == "AgentTimeout"
    (call,) = raising.calls(AGENT)
    seconds = 10 + 20 if callbacks else 20  # timeout_seconds are 30, heartbeat_seconds 20
    assert seconds - 1 <= call["session_ended"] - call["time"] < seconds + 2
    assert raising.failures(AGENT) == 1


def test_a_late_or_repeated_callback_changes_nothing(raising):
    other = REPLY | {"exception_id": "E-2"}
    calls_back(
        raising, back(5, success=REPLY), back(6, success=other, detached=True), back(90, failure={}, detached=True)
    )
    execution = raising.process()
    assert execution.result["exception_id"] == REPLY["exception_id"]
    until(lambda: len(sent(raising)) == 3)
    assert sent(raising) == [("Success", None), ("Success", "TaskTimedOut"), ("Failure", "TaskTimedOut")]
    record = raising.record("BANK", execution.result["document_id"])
    assert (record["status"], record["exception_id"]) == ("COMPLETED", REPLY["exception_id"])


def test_a_forged_or_oversized_callback_is_refused_and_the_real_one_counts(raising):
    client, refused = raising.stack.client("stepfunctions"), []
    calls_back(raising, back(15, success=REPLY))
    with raising.under_way(raising.new_input(), AGENT) as run:
        for task_token, output in [("A" * 64, "{}"), (token(raising), json.dumps("x" * 262_144))]:
            with pytest.raises(ClientError) as error:
                client.send_task_success(taskToken=task_token, output=output)
            refused.append(error.value.response["Error"]["Code"])
    assert refused == ["InvalidToken", "ValidationException"]
    assert run.result().outcome == "EXCEPTION_RAISED"


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ({"success": True}, "missing or wrong: exception_id (missing)"),
        ({"success": True, "status": "IN_PROGRESS"}, "missing or wrong: exception_id (missing)"),
        ({"jsonrpc": "2.0", "result": {}}, "a JSON-RPC response, where the reply alone is sent back"),
    ],
)
def test_what_is_sent_back_is_judged_as_a_response_is(raising, reply, message):
    calls_back(raising, back(1, success=reply))
    execution = raising.process(wait=False)
    assert execution.error == "InvalidReply"
    assert message in json.dumps(raising.dead_letters())


def test_a_refusal_that_is_sent_back_is_a_refusal(raising):
    calls_back(raising, back(1, success={"success": False, "error_type": "NO_DESK"}))
    assert raising.process().error == "AgentRejected"
    assert raising.circuit(AGENT) == {}


def test_a_failure_is_the_agents_and_its_words_go_no_further(raising):
    calls_back(raising, back(1, failure={"error": "ModelFailed", "cause": "ACME TRADING LLP"}))
    execution = raising.process(wait=False)
    (dead_letter,) = raising.dead_letters()
    assert execution.error == "BedrockAgentCore.RuntimeClientErrorException"
    assert "sent SendTaskFailure, error ModelFailed" in json.dumps(dead_letter)
    assert "ACME" not in json.dumps([dead_letter, execution.result])


def test_the_token_is_kept_nowhere_but_in_the_history_of_the_execution(raising):
    calls_back(raising, back(1, success=REPLY))
    shown = execute(raising.stack, raising.new_input())
    run = shown.execution
    assert run.outcome == "EXCEPTION_RAISED"
    events = [line for line in log_lines(raising, raising.stack.outputs["log_group_name"]) if run.arn in line]
    segments = traces(raising, run, f'annotation.execution = "{run.arn}"')
    record = raising.record("BANK", run.result["document_id"])
    assert events
    assert segments
    kept = json.dumps([events, segments, run.result, record], default=str) + page(shown)
    assert token(raising) not in kept
