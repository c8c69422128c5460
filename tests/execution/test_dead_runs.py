"""Runs that the platform ended without a word, and outcomes that could not be told: the schedule finds them."""

import contextlib
import hashlib
import uuid
from datetime import datetime
from itertools import count, pairwise

import pytest

from tests.execution.cases import sweep
from tests.execution.driver import GOOD, until

LEASE_SECONDS = 360
MINUTES = 3  # after which a dead run must be found
ITEM_BYTES = 400 * 1024  # DynamoDB's limit
FILLING = "filling"
DENIED = {"error": "AccessDeniedException"}


def die(workflow, document):
    """Let a run die while the first agent works; the agent is well again afterwards."""
    workflow.script(
        "pdf-adapter", {"reply": GOOD["pdf-adapter"], "delay_seconds": 10_000}, {"reply": GOOD["pdf-adapter"]}
    )
    with workflow.under_way(document, "pdf-adapter") as run:
        workflow.kill("*")
    return run.result().arn


def swept(workflow, document, status="DEAD_LETTERED"):
    """Wait until the schedule's sweep marked a document; gives its record."""

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
    letter, *again = express.dead_letters()  # sweeps may overlap where an hour takes seconds
    assert (letter["error"], letter["execution"]) == ("RunDied", arn)
    assert {other["execution"] for other in again} <= {arn}
    assert letter["input"] == document | {
        "source_type": "BANK",
        "document_version": record["version"],
        "claim": record["claim"],
    }
    assert express.run(letter["input"]).outcome == "MATCHED"


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
    assert {letter["execution"] for letter in express.dead_letters()} == {arn}


def test_a_sweep_that_cannot_mark_repeats_its_dead_letter_every_five_minutes_at_most(express):
    document = express.new_input()
    arn = die(express, document)
    fill(express, ledger_item(express, document))
    express.pass_time(LEASE_SECONDS)
    for _ in range(MINUTES * 4):
        sweep(express)
        express.pass_time(60)
    letters = express.dead_letters()

    assert express.record("BANK", document["document_id"])["status"] == "RUNNING"
    assert {letter["execution"] for letter in letters} == {arn}
    sent = sorted(letter["failed_at"] for letter in letters)
    assert len(sent) > 1  # twice rather than never
    assert all(minutes_between(*pair) >= 5 for pair in pairwise(sent))

    item = ledger_item(express, document)
    put(express, {name: value for name, value in item.items() if name != FILLING})
    assert swept(express, document)["error"] == "RunDied"


def test_a_hundred_dead_runs_of_the_longest_names_are_swept_past_what_cannot_be(express):
    names = [f"{number:03}" + "確" * 197 for number in range(102)]
    items = [dead_run(express, name) for name in names]
    unreadable, unmarkable, *others = items  # the first that a sweep finds
    del unreadable["claim"]
    for item in (unreadable, *others):
        put(express, item)
    fill(express, unmarkable)

    def statuses():
        sweep(express)
        return [express.record("BANK", name)["status"] for name in names]

    expected = ["RUNNING", "RUNNING", *("DEAD_LETTERED" for _ in others)]
    until(lambda: statuses() == expected)
    letters = express.dead_letters()
    assert {letter["input"]["document_id"] for letter in letters} == set(names[1:])
    assert {letter["input"]["document_path"] for letter in letters[1:]} <= {
        item["document_path"]["S"] for item in (unmarkable, *others)
    }


def dead_run(workflow, name):
    """Return the record of a run whose lease expired, of a document with the longest key."""
    key = "BANK/" + ("約" * 330) + name[:3] + "/x"
    values = {
        "document": f"BANK#{name}",
        "version": hashlib.md5(name.encode(), usedforsecurity=False).hexdigest(),
        "status": "RUNNING",
        "due_at": f"2020-01-01T00:00:00.{name[:3]}Z",
        "claim": str(uuid.UUID(int=int(name[:3]))),
        "execution": f"{workflow.stack.state_machine_arn.replace(':stateMachine:', ':express:')}:{name[:3]}",
        "document_path": f"s3://{workflow.stack.outputs['documents_bucket']}/{key}",
        "source_type": "BANK",
        "document_id": name,
        "correlation_id": name,
    }
    return {attribute: {"S": value} for attribute, value in values.items()}


def ledger_item(workflow, document):
    """Return a document's record as DynamoDB has it."""
    client, table = workflow.stack.client("dynamodb"), workflow.stack.outputs["ledger_table_name"]
    version = workflow.record("BANK", document["document_id"])["version"]
    key = {"document": {"S": f"BANK#{document['document_id']}"}, "version": {"S": version}}
    return client.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]


def put(workflow, item):
    workflow.stack.client("dynamodb").put_item(TableName=workflow.stack.outputs["ledger_table_name"], Item=item)


def fill(workflow, item):
    """Put a record that is as large as an item can be: no attribute can be added to it, so it cannot be marked.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
    """
    client, sizes = workflow.stack.client("dynamodb"), count(ITEM_BYTES, -20)
    while FILLING not in item:
        with contextlib.suppress(client.exceptions.ClientError):
            filled = item | {FILLING: {"S": "x" * next(sizes)}}
            put(workflow, filled)
            item = filled


def test_what_neither_exceptions_nor_dead_letters_took_is_found_by_the_sweep(express):
    document = express.new_input()
    express.script("trade-extraction", DENIED)
    express.script("exception-management", DENIED)
    express.fault("sqs:SendMessage:*")
    ended = express.run(document)
    assert (ended.error, ended.result["dead_lettered"]) == ("BedrockAgentCore.AccessDeniedException", False)
    express.aws.admin("DELETE", "/_faults")
    express.pass_time(LEASE_SECONDS)

    swept(express, document)
    assert {letter["execution"] for letter in express.dead_letters()} == {ended.arn}


@pytest.mark.parametrize("times", [2, None], ids=["in time", "never"])
def test_an_outcome_that_cannot_be_written_is_retried_and_then_dead_lettered(express, times):
    document = express.new_input()
    express.script("trade-matching", {"reply": GOOD["trade-matching"], "delay_seconds": 10})
    with express.under_way(document, "trade-matching") as run:
        express.fault("dynamodb:UpdateItem:{ledger_table_name}", times=times)
    ended, letters = run.result(), express.dead_letters()

    if times:
        assert (ended.outcome, letters) == ("MATCHED", [])
    else:
        assert (ended.error, [letter["execution"] for letter in letters]) == ("LedgerUnavailable", [ended.arn])
