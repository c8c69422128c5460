"""Agents that take longer than one call may last: they reply that they are at work, and are polled."""

import itertools
import json

import pytest

from harness.ledger import UNFINISHED
from harness.paths import SAMPLES
from harness.samples import expectations
from tests.execution.cases import sweep, without_schedule
from tests.execution.driver import AGENTS, BREAK, GOOD
from tests.execution.telemetry import NAMESPACE, metric, sums
from tests.waiting import until

# As measured by owners of such agents.
SECONDS = {"pdf-adapter": 67, "trade-extraction": 32, "trade-matching": 335, "exception-management": 15}
FITTING = SECONDS | {"trade-matching": 80}  # in Express
REPLIES = GOOD | {"trade-matching": BREAK}
AGENT, REPLY = "trade-matching", {"reply": GOOD["trade-matching"]}


@pytest.fixture(params=[None, 60], ids=["not cut", "cut after 60 s"])
def cut(request, aws):
    aws.admin("PUT", "/_cut", {"cut_seconds": request.param})
    yield
    aws.admin("PUT", "/_cut", {"cut_seconds": None})


@pytest.fixture
def cut_after_60(aws):
    aws.admin("PUT", "/_cut", {"cut_seconds": 60})
    yield
    aws.admin("PUT", "/_cut", {"cut_seconds": None})


@pytest.fixture(params=["express", "standard", "patient_standard"])
def any_workflow(request):
    """Express with HTTP, Standard with A2A, and Standard with HTTP."""
    return request.getfixturevalue(request.param)


def seconds_of(workflow):
    return FITTING if "express" in workflow.stack.outputs["state_machine_name"] else SECONDS


def begun(workflow, agent):
    """Return how often an agent began its work, for each document."""
    return [*workflow.aws.admin("GET", f"/_agents/{agent}/work")["by_idempotency_key"].values()]


def sessions(workflow, agent):
    return {call["session_id"] for call in workflow.calls(agent)}


def overlap(workflow, agent):
    """Return whether two sessions of an agent ever were at work at the same time."""
    of_sessions = {call["session_id"]: call for call in reversed(workflow.calls(agent))}  # the first call of each
    spans = sorted((call["time"], call["session_ended"]) for call in of_sessions.values())
    return any(begun < execution for (_, execution), (begun, _) in itertools.pairwise(spans))


@pytest.mark.usefixtures("cut")
def test_agents_of_any_duration_begin_once_and_their_replies_are_awaited(any_workflow):
    for agent, seconds in seconds_of(any_workflow).items():
        any_workflow.script(agent, {"reply": REPLIES[agent], "in_progress": {"seconds": seconds}})
    execution = any_workflow.process()
    assert (execution.status, execution.outcome) == ("SUCCEEDED", "EXCEPTION_RAISED")
    for agent, seconds in seconds_of(any_workflow).items():
        calls = any_workflow.calls(agent)
        assert begun(any_workflow, agent) == [1]
        assert len(sessions(any_workflow, agent)) == 1
        assert [call["stopped"] for call in calls] == [True] * len(calls)
        step = execution.result["workflow_steps"][agent]
        assert step["attempts"] == 1
        assert seconds <= step["last_call"]["milliseconds"] / 1000 < seconds * 1.25 + 12
        assert any_workflow.circuit(agent) == {}


def test_a_quick_agent_is_called_once(any_workflow):
    assert any_workflow.process().outcome == "MATCHED"
    assert [len(any_workflow.calls(agent)) for agent in AGENTS] == [1, 1, 1, 0]


def test_it_is_asked_again_with_what_it_was_sent_first(express):
    express.script(AGENT, REPLY | {"in_progress": {"calls": 2}})
    express.process()
    first, *others = express.calls(AGENT)
    assert len(others) == 2
    assert [call["payload"] for call in others] == [first["payload"]] * 2


def test_an_a2a_task_is_asked_for_by_its_id(a2a):
    a2a.script(AGENT, REPLY | {"in_progress": {"calls": 2, "state": "submitted"}})
    assert a2a.process().outcome == "MATCHED"
    requests = [call["request"] for call in a2a.calls(AGENT)]
    assert [request["method"] for request in requests] == ["message/send", "tasks/get", "tasks/get"]
    assert len({request["params"]["id"] for request in requests[1:]}) == 1


@pytest.mark.parametrize(("wish", "least", "most"), [(20, 20, 31), (0, 1, 3), (100_000, 80, 86), ("soon", 1, 11)])
def test_an_agent_says_when_it_is_to_be_asked_again_within_bounds(express, wish, least, most):
    at_work = {"success": True, "status": "IN_PROGRESS", "retry_after_seconds": wish}
    express.script("pdf-adapter", {"reply": at_work}, {"reply": GOOD["pdf-adapter"]})
    assert express.process().outcome == "MATCHED"
    first, second = (call["time"] for call in express.calls("pdf-adapter"))
    assert least <= second - first <= most


def test_what_never_ends_is_a_timeout_and_its_session_is_stopped(any_workflow):
    any_workflow.script("pdf-adapter", {"reply": GOOD["pdf-adapter"], "in_progress": {"seconds": 10_000}})
    with without_schedule(any_workflow):  # whose sweep could resume what was deferred before it is looked at
        execution = any_workflow.process()
        assert begun(any_workflow, "pdf-adapter") == [1]
        assert any_workflow.calls("pdf-adapter")[-1]["stopped"]
        assert any_workflow.failures("pdf-adapter") == 1
    if execution.outcome == "DEFERRED":
        assert execution.result["deferral"]["error"] == "AgentTimeout"
    else:
        assert execution.error == "AgentTimeout"
        assert "85 s" in execution.result["error_message"]


@pytest.mark.usefixtures("cut_after_60")
def test_a_call_that_is_cut_is_one_start_and_its_message_names_the_way_out(express, standard):
    for workflow in (express, standard):
        workflow.script_all(trade_matching=[REPLY | {"delay_seconds": 335}])
        execution = workflow.process()
        assert (execution.status, execution.error) == ("FAILED", "AgentTimeout")
        assert "IN_PROGRESS" in execution.result["error_message"]
        assert "call_seconds" in execution.result["error_message"]
        (call,) = workflow.calls(AGENT)
        assert call["stopped"]
        assert workflow.failures(AGENT) == 1


@pytest.mark.usefixtures("cut_after_60")
def test_a_document_whose_agent_knows_long_calls_only_has_one_session_at_work(patient_standard):
    patient_standard.script(AGENT, REPLY | {"delay_seconds": 335})
    run_input = patient_standard.new_input()
    patient_standard.run(run_input)
    document = run_input["document_id"]
    while patient_standard.record("BANK", document)["status"] in UNFINISHED:
        patient_standard.run(run_input | {"resume": True})
    record = patient_standard.record("BANK", document)
    assert (record["status"], record["error"]) == ("FAILED", "AgentTimeout")
    assert begun(patient_standard, AGENT) == [1 + 3]  # the first run, and one for each deferral
    assert len(sessions(patient_standard, AGENT)) == 4
    assert not overlap(patient_standard, AGENT)


def test_a_connection_that_fails_at_once_is_tried_again(express):
    express.script(AGENT, {"error": "SdkClientException", "delay_seconds": 3}, REPLY)
    assert express.process().outcome == "MATCHED"
    assert len(sessions(express, AGENT)) == 2


def test_an_a2a_agent_is_to_wait_with_its_response_only_where_one_call_may_be_as_long_as_its_work(a2a):
    a2a.process()
    blocking = [a2a.calls(agent)[0]["request"]["params"]["configuration"]["blocking"] for agent in AGENTS[:3]]
    assert blocking == [False, True, False]  # call_seconds of pdf-adapter and trade-matching is under timeout_seconds


def test_work_that_an_http_agent_lost_is_begun_anew_once(express):
    lost = {"calls": 9, "lost_after_calls": 1, "names_task": True}
    express.script(AGENT, REPLY | {"in_progress": lost}, REPLY | {"in_progress": lost}, REPLY)
    assert express.process().outcome == "MATCHED"
    first, second, third = express.calls(AGENT)
    assert first["session_id"] == second["session_id"] != third["session_id"]
    assert second["stopped"]
    assert begun(express, AGENT) == [3]  # the second time by itself, which the workflow ended


def test_work_that_an_http_agent_loses_each_time_ends_as_lost(express):
    lost = {"calls": 9, "lost_after_calls": 1, "names_task": True}
    express.script(AGENT, REPLY | {"in_progress": lost})
    assert express.process().error == "WorkLost"
    assert len(sessions(express, AGENT)) == 2
    assert express.failures(AGENT) == 1


def test_a_task_whose_id_cannot_be_asked_for_is_an_invalid_reply(a2a):
    task = {"kind": "task", "id": "two words", "contextId": "c", "status": {"state": "working"}}
    a2a.script(AGENT, {"raw": json.dumps({"jsonrpc": "2.0", "id": "k", "result": task})})
    assert a2a.process().error == "InvalidReply"


def test_a_refusal_of_the_work_is_a_refusal(any_workflow):
    refusal = {"success": False, "error_type": "UNREADABLE"}
    any_workflow.script("pdf-adapter", {"reply": refusal, "in_progress": {"calls": 2}})
    execution = any_workflow.process()
    assert execution.error == "AgentRejected"
    assert begun(any_workflow, "pdf-adapter") == [1]


# An Express run that has no time left while the third agent is at work.
SLOW_START = {
    "pdf_adapter": [
        {"error": "InternalServerException", "delay_seconds": 75},
        {"reply": GOOD["pdf-adapter"], "delay_seconds": 75},
    ],
    "trade_extraction": [{"reply": GOOD["trade-extraction"], "delay_seconds": 40}],
}


@pytest.fixture
def unswept(admitting):
    """The workflow with places, whose documents no sweep resumes meanwhile."""
    with without_schedule(admitting):
        yield admitting


def sessions_started(workflow):
    """Return how many sessions the workflow's runs began in all."""
    dimensions = {"StateMachine": workflow.stack.outputs["state_machine_name"]}
    return sums(workflow).get(metric(NAMESPACE, "SessionsStarted", dimensions), 0)


def test_a_deferred_run_leaves_its_work_to_the_next_one(unswept):
    unswept.script_all(**SLOW_START, trade_matching=[REPLY | {"in_progress": {"seconds": 90}}])
    run_input, sessions_before = unswept.new_input(), sessions_started(unswept)
    execution = unswept.run(run_input)
    assert (execution.outcome, execution.result["deferral"]["error"]) == ("DEFERRED", "DeadlineExceeded")
    assert not unswept.calls(AGENT)[-1]["stopped"]
    unswept.run(run_input | {"resume": True})
    record = unswept.record("BANK", run_input["document_id"])
    assert (record["status"], record["outcome"]) == ("COMPLETED", "MATCHED")
    assert begun(unswept, AGENT) == [1]
    assert len(sessions(unswept, AGENT)) == 1
    assert unswept.calls(AGENT)[-1]["stopped"]
    assert "progress" not in record
    assert sessions_started(unswept) - sessions_before == 2 + 1 + 1  # none by the run that went on


def test_the_session_that_a_run_left_at_work_ends_when_the_next_run_dies(unswept):
    unswept.script_all(**SLOW_START, trade_matching=[REPLY | {"in_progress": {"seconds": 5000}}, REPLY])
    run_input = unswept.new_input()
    assert unswept.run(run_input).outcome == "DEFERRED"
    with unswept.aws.at_speed(1):  # else time could leap to the session's own end
        with unswept.under_way(run_input | {"resume": True}, AGENT):
            unswept.kill("*")
        assert unswept.calls(AGENT)[-1]["session_ended"] is None
        unswept.pass_time(400)  # the lease of the dead run
        sweep(unswept)
        until(lambda: unswept.record("BANK", run_input["document_id"])["status"] == "DEAD_LETTERED")
        assert unswept.calls(AGENT)[-1]["stopped"]
    letter, *_ = unswept.dead_letters()
    assert unswept.run(letter["input"]).outcome == "MATCHED"
    assert begun(unswept, AGENT) == [2]
    assert not overlap(unswept, AGENT)


def test_processing_a_document_again_ends_the_work_of_its_earlier_run(unswept):
    unswept.script_all(**SLOW_START, trade_matching=[REPLY | {"in_progress": {"seconds": 90}}, REPLY])
    run_input = unswept.new_input()
    assert unswept.run(run_input).outcome == "DEFERRED"
    unswept.script("pdf-adapter", {"reply": GOOD["pdf-adapter"]})
    assert unswept.run(run_input | {"reprocess": True}).outcome == "MATCHED"
    earlier, *_, again = unswept.calls(AGENT)
    assert earlier["session_id"] != again["session_id"]
    assert earlier["session_ended"] < again["time"]
    assert begun(unswept, AGENT) == [1, 1]


def test_work_of_a_document_that_is_not_deferred_is_ended(express):
    express.script_all(**SLOW_START, trade_matching=[REPLY | {"in_progress": {"seconds": 90}}])
    assert express.process().error == "DeadlineExceeded"
    assert begun(express, AGENT) == [1]
    assert express.calls(AGENT)[-1]["stopped"]
    assert express.circuit(AGENT) == {}


def test_work_goes_on_behind_an_open_circuit(admitting):
    admitting.script_all(**SLOW_START, trade_matching=[REPLY | {"in_progress": {"seconds": 90}}])
    run_input = admitting.new_input()
    assert admitting.run(run_input).outcome == "DEFERRED"
    admitting.open_circuit(AGENT)
    assert admitting.run(run_input | {"resume": True}).outcome in ("MATCHED", "DUPLICATE")
    until(lambda: admitting.record("BANK", run_input["document_id"])["status"] == "COMPLETED")
    assert begun(admitting, AGENT) == [1]


# A pair and a document that an agent refuses, of the thirteen samples: each takes about a second.
SOME_SAMPLES = ("fx-matching", "irs-without-maturity")


def forget_trades(workflow):
    """Delete what the reference agents keep, so that each counterparty is new to them."""
    client = workflow.stack.client("dynamodb")
    for table in client.list_tables()["TableNames"]:
        if table.startswith("reference-agents"):
            client.delete_table(TableName=table)


@pytest.mark.usefixtures("cut_after_60")
def test_slow_agents_on_aws_own_sdks_do_for_the_samples_what_quick_ones_do(any_workflow):
    forget_trades(any_workflow)
    any_workflow.forget_documents()
    for agent, seconds in seconds_of(any_workflow).items():
        any_workflow.script(agent, {"agent": True, "background_seconds": seconds})
    for sample in expectations():
        if sample.name.startswith(SOME_SAMPLES):
            path = any_workflow.stack.upload(SAMPLES / sample.document, sample.source_type)
            execution = any_workflow.run({"document_path": path, "source_type": sample.source_type})
            result = {"status": execution.status, **execution.result}
            assert result == result | {"status": sample.status} | sample.result
    for agent in AGENTS:
        assert set(begun(any_workflow, agent)) == {1}


def test_calls_that_may_be_too_long_are_named_in_the_advice(express, standard):
    (sentence,) = express.stack.outputs["advice"]
    assert sentence.startswith("One call of pdf-adapter, trade-matching may last over 60 s")
    assert standard.stack.outputs["advice"] == []  # call_seconds says that it is meant


@pytest.mark.parametrize(("cold_start", "outcome"), [(10, "MATCHED"), (30, "FAILED")])
def test_the_start_of_a_microvm_is_part_of_the_agents_time(express, cold_start, outcome):
    express.script("pdf-adapter", {"reply": GOOD["pdf-adapter"], "delay_seconds": 67, "cold_start_seconds": cold_start})
    execution = express.process()
    assert (execution.outcome, execution.error) == (outcome, "AgentTimeout" if outcome == "FAILED" else None)
    assert begun(express, "pdf-adapter") == [1]
