"""Runs that the platform ended without a word, and outcomes that could not be recorded: the schedule finds them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from tests.execution.cases import dead_run, put, sweep, without_schedule
from tests.execution.driver import GOOD, LEASE_SECONDS
from tests.waiting import until

MINUTES = 3  # after which a dead run must be found
DENIED = {"error": "AccessDeniedException"}


def die(workflow, document):
    """Kill a run while the first agent works; the agent is healthy again afterwards."""
    workflow.script(
        "pdf-adapter", {"reply": GOOD["pdf-adapter"], "delay_seconds": 10_000}, {"reply": GOOD["pdf-adapter"]}
    )
    with workflow.under_way(document, "pdf-adapter") as run:
        workflow.kill("*")
    return run.result().arn


def swept(workflow, document, status="DEAD_LETTERED"):
    """Wait until the schedule's sweep marked a document; return its record."""

    def record():
        return workflow.record("BANK", document["document_id"])

    with workflow.aws.at_speed(60):  # the schedule has its time, while nothing runs
        return until(lambda: record() if record()["status"] == status else None)


def minutes_between(earlier, later):
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds() / 60


def test_a_dead_run_is_dead_lettered_within_minutes_and_can_be_run_again(express):
    document = express.new_input(correlation_id="c-1")
    arn = die(express, document)
    claimed = express.record("BANK", document["document_id"])
    express.pass_time(LEASE_SECONDS)
    record = swept(express, document)

    assert (record["outcome"], record["error"]) == ("FAILED", "RunDied")
    assert "due_at" not in record
    assert 0 < minutes_between(claimed["due_at"], record["finished_at"]) < MINUTES
    dead_letter, *again = express.dead_letters()  # sweeps may overlap where an hour takes seconds
    assert (dead_letter["error"], dead_letter["execution"]) == ("RunDied", arn)
    assert {other["execution"] for other in again} <= {arn}
    assert dead_letter["input"] == document | {
        "source_type": "BANK",
        "document_version": record["version"],
        "claim": record["claim"],
    }
    assert express.run(dead_letter["input"]).outcome == "MATCHED"


def test_a_run_whose_lease_is_not_over_is_left_alone(express):
    document = express.new_input()
    die(express, document)
    express.pass_time(LEASE_SECONDS - 60)
    deliveries = express.aws.admin("POST", "/_schedules/run")

    assert all(delivery["error"] is None for delivery in deliveries)
    assert express.record("BANK", document["document_id"])["status"] == "RUNNING"
    assert express.dead_letters() == []


def test_a_sweep_that_cannot_send_leaves_the_record_for_the_next_one(express):
    document = express.new_input()
    express.fault("sqs:SendMessage:*", times=3)  # the first sweep's attempts
    arn = die(express, document)
    express.pass_time(LEASE_SECONDS)

    swept(express, document)
    assert {dead_letter["execution"] for dead_letter in express.dead_letters()} == {arn}


def test_a_sweep_that_cannot_mark_repeats_its_dead_letter_every_five_minutes_at_most(express):
    document = express.new_input()
    arn = die(express, document)
    with without_schedule(express):
        express.pass_time(LEASE_SECONDS)
        sweep_without_marking(express)
        for _ in range(6):
            express.pass_time(60)
            sweep(express)
    dead_letters = express.dead_letters()

    assert express.record("BANK", document["document_id"])["status"] == "DEAD_LETTERED"
    assert {dead_letter["execution"] for dead_letter in dead_letters} == {arn}
    first, second = sorted(dead_letter["failed_at"] for dead_letter in dead_letters)  # twice rather than never
    assert minutes_between(first, second) >= 5


def sweep_without_marking(workflow):
    """Sweep while the ledger refuses updates once the dead letter is about to be sent."""
    with ThreadPoolExecutor(1) as pool:
        with workflow.aws.at_speed(1e-6):
            workflow.fault("sqs:SendMessage:*")
            swept = pool.submit(sweep, workflow)
            until(lambda: any(fault["fired"] for fault in workflow.aws.admin("GET", "/_faults").values()))
            workflow.fault("dynamodb:UpdateItem:{ledger_table_name}")
            workflow.fault("sqs:SendMessage:*", times=1)  # the attempts after the next one succeed
            workflow.pass_time(10)
        swept.result()
    workflow.aws.admin("DELETE", "/_faults")


def test_a_hundred_dead_runs_of_the_longest_names_are_swept_past_one_that_cannot_be(express):
    names = [f"{number:03}" + "確" * 197 for number in range(101)]
    items = [dead_run(express, name) for name in names]
    del items[0]["claim"]  # the first that a sweep finds
    for item in items:
        put(express, item)

    def statuses():
        sweep(express)
        return [express.record("BANK", name)["status"] for name in names]

    expected = ["RUNNING", *("DEAD_LETTERED" for _ in names[1:])]
    until(lambda: statuses() == expected)
    dead_letters = {
        dead_letter["input"]["document_id"]: dead_letter["input"]["document_path"]
        for dead_letter in express.dead_letters()
    }
    assert dead_letters == {item["document_id"]["S"]: item["document_path"]["S"] for item in items[1:]}


def test_a_run_that_was_given_up_and_ends_well_leaves_no_sign_of_its_death(express):
    document = express.new_input()
    express.script("trade-matching", {"reply": GOOD["trade-matching"], "delay_seconds": 20})
    with express.under_way(document, "trade-matching") as run:
        record = express.record("BANK", document["document_id"])
        put(express, {key: {"S": record[key]} for key in dead_run(express, "000")} | {"due_at": {"S": "2020"}})
        sweep(express)
        assert express.record("BANK", document["document_id"])["error"] == "RunDied"

    assert run.result().outcome == "MATCHED"
    record = express.record("BANK", document["document_id"])
    assert record["status"] == "COMPLETED"
    assert "error" not in record


def test_what_neither_exceptions_nor_dead_letters_took_is_found_by_the_sweep(express):
    document = express.new_input()
    express.script("trade-extraction", DENIED)
    express.script("exception-management", DENIED)
    express.fault("sqs:SendMessage:*")
    execution = express.run(document)
    assert (execution.error, execution.result["dead_lettered"]) == ("BedrockAgentCore.AccessDeniedException", False)
    express.aws.admin("DELETE", "/_faults")
    express.pass_time(LEASE_SECONDS)

    swept(express, document)
    assert {dead_letter["execution"] for dead_letter in express.dead_letters()} == {execution.arn}


@pytest.mark.parametrize("times", [2, None], ids=["in time", "never"])
def test_an_outcome_that_cannot_be_written_is_retried_and_then_dead_lettered(express, times):
    document = express.new_input()
    express.script("trade-matching", {"reply": GOOD["trade-matching"], "delay_seconds": 10})
    with express.under_way(document, "trade-matching") as run:
        express.fault("dynamodb:UpdateItem:{ledger_table_name}", times=times)
    execution, dead_letters = run.result(), express.dead_letters()

    if times:
        assert (execution.outcome, dead_letters) == ("MATCHED", [])
    else:
        assert (execution.error, [dead_letter["execution"] for dead_letter in dead_letters]) == (
            "LedgerUnavailable",
            [execution.arn],
        )
