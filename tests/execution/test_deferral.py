"""Deferral: what is not a document's fault lets it wait in the ledger, and it goes on by itself where it stopped."""

import hashlib
import itertools
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from harness import circuits, fault_matrix
from harness.contract import STEPS
from harness.ledger import UNFINISHED, records
from tests.execution.cases import sweep
from tests.execution.conftest import PLACES
from tests.execution.driver import AGENTS, GOOD
from tests.execution.test_fault_matrix import provoke
from tests.waiting import until

OPEN_SECONDS, SLOTS = 120, 3  # of a circuit
LATE = "2090-01-31T06:00:00.000Z"
THROTTLED = {"error": "ThrottlingException"}
BROKEN = {"error": "InternalServerException"}


def good(agent, **fields):
    return {"reply": GOOD[agent] | fields}


def calls(workflow):
    return [len(workflow.calls(agent)) for agent in AGENTS]


def settle(workflow, hours=12):
    """Pass time until no document waits or is under way, and return the records."""
    end = workflow.stack.now() + timedelta(hours=hours)
    while (now := workflow.stack.now()) < end:
        found = list(records(workflow.stack))
        if not any(record["status"] in UNFINISHED for record in found):
            return found
        due = min((record["due_at"] for record in found if record["status"] == "DEFERRED"), default="")
        workflow.aws.work_off(max(30, (datetime.fromisoformat(due) - now).total_seconds() if due else 0))
    raise AssertionError(f"after {hours} h documents still wait")


def record_of(workflow, run_input):
    return workflow.record("BANK", run_input["document_id"])


@pytest.mark.parametrize("agent", STEPS)
def test_a_throttled_document_waits_and_goes_on_at_the_step_where_it_stopped(patient, agent):
    patient.script(agent, *[THROTTLED] * 7, good(agent))
    run_input = patient.new_input()
    execution = patient.run(run_input)
    deferral = execution.result["deferral"]
    assert (execution.status, execution.outcome) == ("SUCCEEDED", "DEFERRED")
    assert (deferral["waiting_for"], deferral["times"]) == (agent, 1)
    assert deferral["error"] == "BedrockAgentCore.ThrottlingException"
    settle(patient)
    record = record_of(patient, run_input)
    assert (record["status"], record["outcome"], record["deferrals"]) == ("COMPLETED", "MATCHED", "1")
    assert calls(patient) == [8 if name == agent else int(name in STEPS) for name in AGENTS]
    assert patient.dead_letters() == []


def test_where_aws_throttles_one_document_the_others_give_way_and_come_back(admitting):
    admitting.script("pdf-adapter", THROTTLED)
    first, *others = [admitting.new_input() for _ in range(8)]
    with admitting.aws.at_speed(1e-6):  # what happens is within a moment
        admitting.start(first)
        until(lambda: "throttled_at" in admitting.circuit("pdf-adapter"))
        for one in others:
            admitting.start(one)
        until(
            lambda: (
                all(record_of(admitting, one).get("status") == "DEFERRED" for one in others)
                or len(admitting.calls("pdf-adapter")) > 1
            )
        )
        assert len(admitting.calls("pdf-adapter")) == 1
    admitting.script("pdf-adapter", good("pdf-adapter"))
    settle(admitting)
    assert Counter(record_of(admitting, one)["outcome"] for one in (first, *others)) == {"MATCHED": 8}
    assert calls(admitting)[1:] == [8, 8, 0]


def test_a_second_start_of_a_deferred_document_is_a_duplicate_that_says_when_it_goes_on(patient):
    patient.open_circuit("trade-matching", 50)
    run_input = patient.new_input()
    patient.run(run_input)
    again = patient.run(run_input)
    record = record_of(patient, run_input)
    assert (again.outcome, again.result["duplicate_of"]["status"]) == ("DUPLICATE", "DEFERRED")
    assert again.result["duplicate_of"]["due_at"] == record["due_at"]


def test_a_caller_may_have_a_deferred_document_now_but_not_by_a_claim_that_is_gone(patient):
    patient.open_circuit("trade-matching", 50)
    run_input = patient.new_input()
    patient.run(run_input)
    patient.close_circuit("trade-matching")
    claim = record_of(patient, run_input)["claim"]
    assert patient.run({**run_input, "resume": True, "claim": "another"}).outcome == "DUPLICATE"
    assert patient.run({**run_input, "resume": True, "claim": claim}).outcome == "MATCHED"
    assert patient.run({**run_input, "resume": True, "claim": claim}).outcome == "DUPLICATE"
    assert calls(patient)[:3] == [1, 1, 1]


def test_what_an_agent_fails_at_for_good_is_one_exception_after_a_few_tries(patient):
    patient.script("trade-extraction", {"raw": "no JSON"})
    run_input = patient.new_input()
    assert patient.run(run_input).outcome == "DEFERRED"
    settle(patient)
    record = record_of(patient, run_input)
    assert (record["status"], record["error"], record["deferrals"]) == ("FAILED", "InvalidReply", "3")
    raised = [call["payload"] for call in patient.calls("exception-management")]
    assert len(raised) == 1
    assert raised[0]["error_message"].startswith("InvalidReply: ")
    assert f"deferred 3 times since {record['deferred_since']}" in raised[0]["error_message"]


def test_a_document_that_can_never_go_through_is_one_exception_when_patience_is_over(patient):
    patient.script("pdf-adapter", THROTTLED)
    run_input = patient.new_input()
    patient.run(run_input)
    settle(patient, hours=5)
    record = record_of(patient, run_input)
    assert (record["status"], record["error"]) == ("FAILED", "BedrockAgentCore.ThrottlingException")
    assert len(patient.calls("exception-management")) == 1
    assert patient.dead_letters() == []


def taken_out(workflow, agent):
    """Take an agent out until further notice, and return the input of a document that waits for it."""
    workflow.open_circuit(agent, 50, begun_at=LATE, failed_at=LATE)
    run_input = workflow.new_input()
    assert workflow.run(run_input).outcome == "DEFERRED"
    return run_input


def test_a_document_waits_for_an_agent_that_was_taken_out_as_long_as_its_patience_lasts(patient):
    run_input = taken_out(patient, "trade-matching")
    settle(patient, hours=5)
    record = record_of(patient, run_input)
    assert (record["status"], record["error"]) == ("FAILED", "CircuitOpen")
    assert len(patient.calls("exception-management")) == 1
    assert patient.calls("trade-matching") == []


def test_a_document_goes_on_when_the_circuit_of_an_agent_that_was_taken_out_is_reset(patient):
    run_input, other = taken_out(patient, "trade-matching"), taken_out(patient, "trade-extraction")
    circuits.reset(patient.stack, "trade-matching")
    sweep(patient)
    patient.aws.work_off(60)
    assert record_of(patient, run_input)["outcome"] == "MATCHED"
    assert record_of(patient, other)["status"] == "DEFERRED"


@pytest.mark.parametrize(("classification", "outcome"), [("BREAK", "EXCEPTION_RAISED"), ("MATCHED", "MATCHED")])
def test_a_throttled_exception_management_gets_its_exception_later(patient, classification, outcome):
    patient.script("trade-matching", good("trade-matching", match_classification=classification))
    patient.script("exception-management", *[THROTTLED] * 7, good("exception-management"))
    run_input = patient.new_input()
    patient.run(run_input)
    settle(patient)
    record = record_of(patient, run_input)
    assert (record["status"], record["outcome"]) == ("COMPLETED", outcome)
    assert calls(patient)[:3] == [1, 1, 1]
    assert patient.dead_letters() == []


def test_what_the_counterparty_closed_stays_closed_when_a_deferred_document_goes_on(patient):
    run_input = patient.new_input()
    patient.script("trade-matching", good("trade-matching", matched_document_id=run_input["document_id"]))
    pending = good("trade-matching", match_classification="PENDING")
    patient.script_for("trade-matching", {"document_id": run_input["document_id"]}, pending)
    patient.open_circuit("trade-matching", 50)
    assert patient.run(run_input).outcome == "DEFERRED"
    patient.close_circuit("trade-matching")
    assert patient.process("COUNTERPARTY").outcome == "MATCHED"
    settle(patient)
    record = record_of(patient, run_input)
    assert (record["status"], record["outcome"]) == ("COMPLETED", "MATCHED")


def test_reprocessing_a_deferred_document_begins_anew(patient):
    patient.open_circuit("trade-matching", 50)
    run_input = patient.new_input()
    patient.run(run_input)
    patient.close_circuit("trade-matching")
    assert patient.run({**run_input, "reprocess": True}).outcome == "MATCHED"
    keys = {call["payload"]["idempotency_key"] for call in patient.calls("pdf-adapter")}
    assert (calls(patient)[:3], len(keys)) == ([2, 2, 1], 2)


def test_a_finished_step_whose_result_is_gone_is_called_again(patient):
    patient.script("trade-extraction", *[THROTTLED] * 7)
    run_input = patient.new_input()
    patient.run(run_input)
    gone = {"reply": {"success": False, "error": "gone", "error_type": "CANONICAL_NOT_FOUND"}}
    patient.script("trade-extraction", gone, good("trade-extraction"))
    settle(patient)
    assert record_of(patient, run_input)["outcome"] == "MATCHED"
    keys = {call["payload"]["idempotency_key"] for call in patient.calls("pdf-adapter")}
    assert (len(patient.calls("pdf-adapter")), len(keys)) == (2, 2)


def test_a_dead_agent_is_left_alone_and_all_documents_come_right_after_it_healed(admitting):
    admitting.script("trade-matching", BROKEN)
    inputs = [admitting.new_input() for _ in range(40)]
    for number in range(0, len(inputs), 4):
        admitting.together(inputs[number : number + 4])
        admitting.pass_time(2)
    assert len(admitting.calls("trade-matching")) <= 15
    admitting.script("trade-matching", good("trade-matching"))
    settle(admitting)
    assert Counter(record_of(admitting, one)["outcome"] for one in inputs) == {"MATCHED": 40}
    assert admitting.calls("exception-management") == []


def test_two_documents_that_break_an_agent_stop_no_other(patient):
    breaking = [patient.new_input() for _ in range(2)]
    for one in breaking:
        patient.script_for("pdf-adapter", {"document_id": one["document_id"]}, BROKEN)
    patient.together(breaking)
    assert {patient.process().outcome for _ in range(5)} == {"MATCHED"}


def test_no_more_documents_are_at_work_than_there_are_places(admitting):
    for agent in STEPS:
        admitting.script(agent, good(agent) | {"delay_seconds": 20})
    inputs = [admitting.new_input() for _ in range(2 * PLACES)]
    with ThreadPoolExecutor(2 * PLACES) as pool:
        executions = list(pool.map(admitting.run, inputs))
    assert Counter(one.outcome for one in executions)["DEFERRED"] > 0
    settle(admitting)
    assert Counter(record_of(admitting, one)["outcome"] for one in inputs) == {"MATCHED": 2 * PLACES}
    assert most_at_once(admitting) <= PLACES
    assert places(admitting) == {}


def test_a_run_that_ends_gives_its_place_back(admitting):
    assert admitting.process().outcome == "MATCHED"
    assert places(admitting) == {}


def test_the_place_of_a_run_that_died_is_given_back(admitting):
    admitting.script("pdf-adapter", good("pdf-adapter") | {"delay_seconds": 1000})
    run_input = admitting.new_input()
    with admitting.under_way(run_input, "pdf-adapter"):
        assert len(places(admitting)) == 1
        admitting.kill("*")
    admitting.pass_time(400)
    until(lambda: record_of(admitting, run_input)["status"] == "DEAD_LETTERED")
    assert places(admitting) == {}
    assert [dead_letter["error"] for dead_letter in admitting.dead_letters()] == ["RunDied"]


def test_a_place_that_was_taken_when_its_run_had_ended_is_given_back(admitting):
    admitting.fault("dynamodb:UpdateItem:{circuit_table_name}", None, delay_seconds=400)
    assert admitting.process(wait=False).error == "NoPlace"
    admitting.aws.admin("DELETE", "/_faults")
    admitting.pass_time(400)
    until(lambda: places(admitting))
    admitting.script("pdf-adapter", *[THROTTLED] * 7, good("pdf-adapter"))
    waiting = admitting.new_input()
    assert admitting.run(waiting).outcome == "DEFERRED"
    settle(admitting)
    assert record_of(admitting, waiting)["outcome"] == "MATCHED"
    assert places(admitting) == {}


def test_a_place_that_a_run_has_by_now_is_not_given_back(admitting):
    admitting.open_circuit("trade-matching", 50)
    admitting.process()  # deferred, so that the sweep looks at the places
    run_input = admitting.new_input()
    admitting.script("pdf-adapter", good("pdf-adapter") | {"delay_seconds": 1000})
    with admitting.aws.at_speed(1e-6):
        admitting.fault("dynamodb:UpdateItem:{circuit_table_name}", None, times=1, delay_seconds=30)
        put_place(admitting, run_input, "1600000000000")
        admitting.pass_time(60)
        until(lambda: any(fault["fired"] for fault in admitting.aws.admin("GET", "/_faults").values()))
        admitting.start(run_input)
        until(lambda: len(admitting.calls("pdf-adapter")) == 2)
        admitting.pass_time(30)
        admitting.aws.admin("PUT", "/_clock", {"work_off_seconds": 1})
        assert len(places(admitting)) == 1
    admitting.kill("*")


def put_place(workflow, run_input, until_):
    """Let a document have had a place until then."""
    bucket, _, key = run_input["document_path"].removeprefix("s3://").partition("/")
    version = workflow.stack.client("s3").head_object(Bucket=bucket, Key=key)["ETag"].strip('"')
    identity = f"BANK#{run_input['document_id']}#{version}"
    workflow.stack.client("dynamodb").update_item(
        TableName=workflow.stack.outputs["circuit_table_name"],
        Key={"agent": {"S": "admission"}},
        UpdateExpression="SET places.#document = :until",
        ExpressionAttributeNames={"#document": hashlib.sha256(identity.encode()).hexdigest()[:16]},
        ExpressionAttributeValues={":until": {"N": until_}},
    )


def test_documents_of_the_longest_names_are_resumed_past_those_that_cannot_be(admitting):
    admitting.open_circuit("trade-matching")
    admitting.pass_time(OPEN_SECONDS)
    # One for each half-open slot, and more than fit into a state at once.
    items = [waiting(admitting, number) for number in range(SLOTS + 40)]
    for item in items[:SLOTS]:
        del item["claim"]
    for item in items:
        admitting.stack.client("dynamodb").put_item(TableName=admitting.stack.outputs["ledger_table_name"], Item=item)
    until(lambda: Counter(record["due_at"] < "2021" for record in records(admitting.stack)) == {True: SLOTS, False: 40})


def waiting(workflow, number):
    """Return the record of a document with the longest names that waits for an agent, oldest first."""
    name = f"{number:03}" + '"' * 1012  # each is two characters in JSON
    values = {
        "document": f"BANK#{name}",
        "version": "v" * 1024,
        "status": "DEFERRED",
        "claim": str(uuid.uuid4()),
        "due_at": f"2020-01-01T00:00:00.{number:03}Z",
        "waiting_for": "trade-matching",
        "deferred_since": workflow.now(),
        "document_path": f"s3://{workflow.stack.outputs['documents_bucket']}/BANK/{name}.pdf",
        "source_type": "BANK",
        "document_id": name,
        "correlation_id": "é" * 64,  # which its run refuses: that it is started suffices here
    }
    return {attribute: {"S": value} for attribute, value in values.items()}


LASTING = [case for case in fault_matrix.cases() if case.permanent and case.agent in (None, "trade-matching")]


NO_PLACES = "circuit table cannot be reached"  # the places lie there too, and nobody is admitted without one


@pytest.mark.parametrize("case", LASTING, ids=str)
def test_a_fault_defers_the_document_first_where_the_fault_matrix_says_so(admitting, case):
    assert (provoke(admitting, case).outcome == "DEFERRED") == (case.deferred or case.fault["name"] == NO_PLACES)


def places(workflow):
    item = workflow.stack.client("dynamodb").get_item(
        TableName=workflow.stack.outputs["circuit_table_name"], Key={"agent": {"S": "admission"}}, ConsistentRead=True
    )["Item"]
    return item["places"]["M"]


def most_at_once(workflow):
    """Return how many documents had a call in progress at once."""
    all_calls = [call for agent in STEPS for call in workflow.calls(agent)]
    changes = sorted([(call["time"], 1) for call in all_calls] + [(call["ended"], -1) for call in all_calls])
    return max(itertools.accumulate(change for _, change in changes))
