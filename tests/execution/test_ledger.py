"""The document ledger: nothing is done twice, what failed may come again, a match closes both records of a trade."""

import pytest

from harness.contract import STEPS
from harness.ledger import versions
from harness.paths import SAMPLES
from tests.execution.conftest import variables
from tests.execution.driver import AGENTS, BREAK, GOOD, LEASE_SECONDS

DENIED = {"error": "AccessDeniedException"}
PENDING = {"reply": GOOD["trade-matching"] | {"match_classification": "PENDING", "confidence_score": 0}}


def counts(workflow):
    return [len(workflow.calls(agent)) for agent in STEPS]


def keys(workflow, agent="pdf-adapter"):
    return [call["payload"]["idempotency_key"] for call in workflow.calls(agent)]


def test_a_second_start_while_the_first_runs_calls_no_agent(workflow):
    document = workflow.new_input()
    workflow.script("trade-matching", {"reply": GOOD["trade-matching"], "delay_seconds": 20})
    with workflow.under_way(document, "trade-matching") as first:
        second = workflow.run(document)

    assert (second.status, second.outcome) == ("SUCCEEDED", "DUPLICATE")
    assert second.result["duplicate_of"] == {
        "execution": first.result().arn,
        "status": "RUNNING",
        "outcome": None,
        "exception_id": None,
        "due_at": None,
    }
    assert first.result().outcome == "MATCHED"
    assert counts(workflow) == [1, 1, 1]


@pytest.mark.parametrize(
    ("classification", "duplicate"),
    [("MATCHED", {"outcome": "MATCHED"}), ("BREAK", {"outcome": "EXCEPTION_RAISED", "exception_id": "E-1"})],
)
def test_a_second_start_after_the_end_returns_the_first_outcome(workflow, classification, duplicate):
    document = workflow.new_input()
    workflow.script("trade-matching", {"reply": GOOD["trade-matching"] | {"match_classification": classification}})
    first, second = workflow.run(document), workflow.run(document)

    assert second.outcome == "DUPLICATE"
    expected = {"execution": first.arn, "status": "COMPLETED", "exception_id": None, "due_at": None} | duplicate
    assert second.result["duplicate_of"] == expected
    assert (second.result["trade_id"], second.result["match_classification"]) == ("T-1", classification)
    assert counts(workflow) == [1, 1, 1]
    assert len(workflow.calls("exception-management")) == (classification == "BREAK")


def test_of_many_starts_at_once_one_gets_the_document(workflow):
    document = workflow.new_input()
    executions = workflow.together([document] * 10)

    assert sorted(run.outcome for run in executions) == ["DUPLICATE"] * 9 + ["MATCHED"]
    assert counts(workflow) == [1, 1, 1]


@pytest.mark.parametrize(
    ("scripts", "status"),
    [
        ({"trade-extraction": DENIED}, "FAILED"),
        ({"trade-matching": PENDING}, "PENDING"),
        ({"trade-extraction": DENIED, "exception-management": DENIED}, "DEAD_LETTERED"),
    ],
    ids=["failed", "pending", "dead-lettered"],
)
def test_what_is_not_done_may_come_again_under_the_same_keys(workflow, scripts, status):
    document = workflow.new_input()
    for agent, behaviour in scripts.items():
        workflow.script(agent, behaviour, {"reply": GOOD[agent]})
    workflow.run(document)
    assert workflow.record("BANK", document["document_id"])["status"] == status

    assert workflow.run(document).outcome == "MATCHED"
    record = workflow.record("BANK", document["document_id"])
    assert (record["status"], record["outcome"]) == ("COMPLETED", "MATCHED")
    assert "error" not in record
    assert len(keys(workflow)) == 2
    assert len(set(keys(workflow))) == 1


def test_a_claim_whose_lease_is_over_may_be_taken_and_not_before(express):
    document = express.new_input()
    express.fault("dynamodb:Query:{ledger_table_name}")  # the sweep of dead runs cannot find it first
    express.script("trade-matching", {"reply": GOOD["trade-matching"] | {"match_classification": "PENDING"}})
    express.script("pdf-adapter", {"reply": GOOD["pdf-adapter"], "delay_seconds": 1000}, {"reply": GOOD["pdf-adapter"]})
    with express.under_way(document, "pdf-adapter"):
        express.kill("*")
    assert express.run(document).outcome == "DUPLICATE"

    express.pass_time(LEASE_SECONDS + 1)  # the lease counts whole seconds
    assert express.record("BANK", document["document_id"])["status"] == "RUNNING"
    assert express.run(document).outcome == "PENDING"


def test_a_run_that_lost_its_claim_leaves_the_record_to_the_other_one(express):
    document = express.new_input()
    express.script("trade-matching", {"reply": GOOD["trade-matching"], "delay_seconds": 10})
    with express.under_way(document, "trade-matching") as run:
        record = express.record("BANK", document["document_id"])
        express.stack.client("dynamodb").update_item(
            TableName=express.stack.outputs["ledger_table_name"],
            Key={name: {"S": record[name]} for name in ("document", "version")},
            UpdateExpression="SET claim = :other",
            ExpressionAttributeValues={":other": {"S": "another run's"}},
        )

    assert run.result().error == "ClaimLost"
    record = express.record("BANK", document["document_id"])
    assert (record["status"], record["claim"]) == ("RUNNING", "another run's")


def test_other_content_is_another_document(workflow):
    document = workflow.new_input()
    workflow.run(document)
    first = workflow.record("BANK", document["document_id"])["version"]
    workflow.document(name=document["document_id"], content=b"%PDF-2")
    execution = workflow.run(document)

    assert execution.outcome == "MATCHED"
    assert execution.result["document_version"] != first
    assert len(set(keys(workflow))) == 2


def test_a_version_is_the_same_however_it_is_written(versioned):
    """S3 returns an ETag in quotes, and both an ETag and a version id where the bucket keeps versions."""
    document = versioned.new_input()
    bucket, _, key = document["document_path"].removeprefix("s3://").partition("/")
    head = versioned.stack.client("s3").head_object(Bucket=bucket, Key=key)
    first = versioned.run(document)
    spellings = [head["ETag"], head["ETag"].strip('"'), head["VersionId"]]
    executions = [versioned.run(document | {"document_version": version}) for version in spellings]

    assert [run.outcome for run in executions] == ["DUPLICATE"] * 3
    assert {run.result["document_version"] for run in [first, *executions]} == {head["VersionId"]}


def test_a_letter_whose_object_was_overwritten_is_not_run_with_the_new_content(express):
    document = express.new_input()
    express.script("trade-extraction", DENIED)
    express.script("exception-management", DENIED, {"reply": GOOD["exception-management"]})
    express.run(document)
    (dead_letter,) = express.dead_letters()
    express.script("trade-extraction", {"reply": GOOD["trade-extraction"]})
    express.document(name=document["document_id"], content=b"%PDF-2")
    execution = express.run(dead_letter["input"])

    assert (execution.status, execution.error) == ("FAILED", "DocumentChanged")
    assert counts(express) == [1, 1, 0]
    assert express.run(document).outcome == "MATCHED"


@pytest.mark.parametrize("version", ["1", "null", "0" * 36])
def test_a_version_that_s3_does_not_know_is_not_believed(express, version):
    document = express.new_input()
    execution = express.run(document | {"document_version": version})
    if version == "null":  # what S3 says of an object without a version: the object is its own version
        assert execution.outcome == "MATCHED"
        assert express.run(document).outcome == "DUPLICATE"
    else:
        assert execution.error == "DocumentNotFound"
        assert express.run(document).outcome == "MATCHED"


def test_documents_that_are_not_there_share_neither_a_record_nor_an_exception(express):
    paths = [express.document(name=f"{year}/missing").replace("missing", "gone") for year in (2024, 2025)]
    executions = [express.run({"document_path": path}) for path in (*paths, paths[0])]
    assert {run.error for run in executions} == {"DocumentNotFound"}
    assert express.record("BANK", "gone") == {}
    keys = [call["payload"]["idempotency_key"] for call in express.calls("exception-management")]
    assert keys[0] == keys[2] != keys[1]


LOST = {"call": "dynamodb:UpdateItem:{ledger_table_name}", "times": 1, "after": True}


def test_a_claim_whose_answer_was_lost_is_this_runs_own(express):
    express.fault(**LOST)
    assert express.process().outcome == "MATCHED"


@pytest.mark.parametrize(
    ("agent", "behaviour", "status"),
    [
        ("trade-matching", {"reply": GOOD["trade-matching"]}, "COMPLETED"),
        ("trade-matching", PENDING, "PENDING"),
        ("trade-extraction", DENIED, "FAILED"),
    ],
    ids=["completed", "pending", "failed"],
)
def test_a_claim_that_is_written_after_the_end_of_its_run_changes_nothing(express, agent, behaviour, status):
    express.script(agent, behaviour)
    late = {"error": None, "delay_seconds": 30, "times": 1}
    table = express.stack.outputs["ledger_table_name"]
    express.aws.admin("PUT", "/_faults", {f"dynamodb:UpdateItem:{table}": late})
    document = express.new_input()
    with express.aws.at_speed(1e-6):  # nothing else moves the time
        arn = express.start(document)
        express.aws.admin("PUT", "/_clock", {"work_off_seconds": 60})

    record = express.record("BANK", document["document_id"])
    assert (record["execution"], record["status"]) == (arn, status)


def test_an_outcome_whose_answer_was_lost_is_recorded_once_more(express):
    document = express.new_input()
    express.script("trade-matching", {"reply": GOOD["trade-matching"], "delay_seconds": 10})
    with express.under_way(document, "trade-matching") as run:
        express.fault(**LOST)

    assert run.result().outcome == "MATCHED"
    assert express.record("BANK", document["document_id"])["status"] == "COMPLETED"


def test_a_document_is_processed_again_on_purpose_but_never_while_it_runs(workflow):
    document = workflow.new_input()
    workflow.run(document)
    workflow.script("trade-matching", {"reply": GOOD["trade-matching"], "delay_seconds": 20})
    with workflow.under_way(document | {"reprocess": True}, "trade-matching") as again:
        assert workflow.run(document | {"reprocess": True}).outcome == "DUPLICATE"

    assert again.result().outcome == "MATCHED"
    assert len(set(keys(workflow))) == 2  # for the agents it is another piece of work
    assert workflow.run(document).outcome == "DUPLICATE"


def test_a_reprocessing_that_was_dead_lettered_comes_again_under_its_own_keys(express):
    document = express.new_input()
    express.run(document)
    express.script("trade-extraction", DENIED, {"reply": GOOD["trade-extraction"]})
    express.script("exception-management", DENIED)
    express.run(document | {"reprocess": True})
    (dead_letter,) = express.dead_letters()
    assert express.run(dead_letter["input"]).outcome == "MATCHED"

    first, second, third = keys(express)
    assert first != second == third


def test_what_is_kept_of_a_document_holds_ids_and_codes_only(express):
    document = express.new_input()
    express.script("trade-matching", {"reply": BREAK | {"reason_codes": ["DATE_MISMATCH"]}})
    express.run(document | {"correlation_id": "c-1"})

    record = express.record("BANK", document["document_id"])
    assert record.keys() == {
        "document", "version", "source_type", "document_id", "document_path", "correlation_id", "generation",
        "status", "claim", "claimed_at", "execution", "outcome", "finished_at", "expires_at",
        "trade_id", "match_classification", "confidence_score", "reason_codes", "exception_id",
    }  # fmt: skip
    assert record["reason_codes"] == ["DATE_MISMATCH"]


def pair(workflow):
    """Return the inputs of the two documents of a trade."""
    return [workflow.new_input(side) for side in ("BANK", "COUNTERPARTY")]


def say(workflow, side, *behaviours):
    """Set what trade-matching replies for one side."""
    script = {"match": {"source_type": side}, "behaviours": list(behaviours)}
    workflow.aws.admin("PUT", "/_agents/trade-matching", script)


def matched_with(document, **more):
    return {"reply": GOOD["trade-matching"] | {"matched_document_id": document["document_id"]}} | more


def test_a_match_closes_the_side_that_waited(workflow):
    bank, counterparty = pair(workflow)
    say(workflow, "BANK", PENDING)
    say(workflow, "COUNTERPARTY", matched_with(bank))
    assert workflow.run(bank).outcome == "PENDING"
    workflow.run(counterparty)

    record = workflow.record("BANK", bank["document_id"])
    assert (record["status"], record["outcome"]) == ("COMPLETED", "MATCHED")
    duplicate = workflow.run(bank)
    assert (duplicate.outcome, duplicate.result["duplicate_of"]["outcome"]) == ("DUPLICATE", "MATCHED")
    assert len(workflow.calls("trade-matching")) == 2


def test_a_match_closes_the_side_that_is_about_to_wait(workflow):
    bank, counterparty = pair(workflow)
    say(workflow, "BANK", PENDING | {"delay_seconds": 40})
    say(workflow, "COUNTERPARTY", matched_with(bank))
    with workflow.under_way(bank, "trade-matching") as waiting:
        workflow.run(counterparty)

    assert waiting.result().outcome == "MATCHED"
    record = workflow.record("BANK", bank["document_id"])
    assert (record["status"], record["outcome"]) == ("COMPLETED", "MATCHED")


def test_a_record_that_cannot_be_read_is_no_lost_claim(express):
    bank, counterparty = pair(express)
    say(express, "BANK", PENDING | {"delay_seconds": 40})
    say(express, "COUNTERPARTY", matched_with(bank))
    with express.under_way(bank, "trade-matching") as waiting:
        express.run(counterparty)
        express.fault("dynamodb:GetItem:{ledger_table_name}")

    assert waiting.result().error == "LedgerUnavailable"
    (dead_letter,) = express.dead_letters()
    assert dead_letter["error"] == "LedgerUnavailable"
    express.aws.admin("DELETE", "/_faults")
    express.pass_time(LEASE_SECONDS)
    say(express, "BANK", PENDING)
    assert express.run(dead_letter["input"]).outcome == "MATCHED"


def test_a_mark_on_the_other_side_whose_answer_was_lost_is_made_once_more(express):
    bank, counterparty = pair(express)
    say(express, "BANK", PENDING)
    say(express, "COUNTERPARTY", matched_with(bank, delay_seconds=20))
    express.run(bank)
    with express.under_way(counterparty, "trade-matching") as run:
        express.fault(**LOST)

    assert run.result().outcome == "MATCHED"
    assert express.record("BANK", bank["document_id"])["outcome"] == "MATCHED"


def test_what_the_other_side_closed_stays_closed_when_the_run_dies(express):
    bank, counterparty = pair(express)
    say(express, "BANK", PENDING | {"delay_seconds": 1000}, PENDING)
    say(express, "COUNTERPARTY", matched_with(bank))
    with express.under_way(bank, "trade-matching"):
        express.run(counterparty)
        express.kill("*")
    express.pass_time(LEASE_SECONDS)

    assert express.run(bank).outcome == "MATCHED"


def test_a_newer_version_that_is_still_read_is_not_taken_for_the_one_that_matched(express):
    bank, counterparty = pair(express)
    say(express, "BANK", PENDING)
    say(express, "COUNTERPARTY", matched_with(bank))
    express.run(bank)
    express.document(name=bank["document_id"], content=b"%PDF-2")
    express.script("pdf-adapter", {"reply": GOOD["pdf-adapter"], "delay_seconds": 60}, {"reply": GOOD["pdf-adapter"]})
    with express.under_way(bank, "pdf-adapter") as newer:
        express.run(counterparty)

    assert newer.result().outcome == "PENDING"
    records = versions(express.stack, "BANK", bank["document_id"])
    assert sorted(record["outcome"] for record in records) == ["MATCHED", "PENDING"]


def test_a_side_whose_repetition_failed_is_closed_too(express):
    bank, counterparty = pair(express)
    say(express, "BANK", PENDING, DENIED, PENDING)
    say(express, "COUNTERPARTY", matched_with(bank))
    express.run(bank)
    assert express.run(bank).status == "FAILED"
    express.run(counterparty)

    assert express.run(bank).outcome == "MATCHED"


def test_the_side_that_waits_is_closed_although_the_match_was_run_again(express):
    bank, counterparty = pair(express)
    say(express, "BANK", PENDING)
    say(express, "COUNTERPARTY", matched_with(bank))
    express.run(bank)
    express.fault("dynamodb:Query:{ledger_table_name}")
    assert express.run(counterparty).error == "LedgerUnavailable"
    express.aws.admin("DELETE", "/_faults")

    assert express.run(counterparty).outcome == "MATCHED"
    assert express.record("BANK", bank["document_id"])["status"] == "COMPLETED"


def test_of_sides_that_arrive_together_none_stays_pending(express):
    pairs = [pair(express) for _ in range(12)]
    for number, (bank, counterparty) in enumerate(pairs):
        bank["correlation_id"], counterparty["correlation_id"] = f"bank-{number}", f"counterparty-{number}"
        for document, behaviour in (
            (bank, PENDING | {"delay_seconds": 6}),
            (counterparty, matched_with(bank, delay_seconds=6)),
        ):
            script = {"match": {"correlation_id": document["correlation_id"]}, "behaviours": [behaviour]}
            express.aws.admin("PUT", "/_agents/trade-matching", script)
    with express.aws.at_speed(1):  # the first runs wait for their agents until the last have begun
        executions = express.together([document for both in pairs for document in both])

    assert {run.outcome for run in executions} <= {"MATCHED", "PENDING"}
    records = [express.record("BANK", bank["document_id"]) for bank, _ in pairs]
    assert {(record["status"], record["outcome"]) for record in records} == {("COMPLETED", "MATCHED")}


@pytest.mark.parametrize("attempt", range(2))
def test_of_real_sides_that_arrive_together_both_are_closed(express, attempt):
    """The reference agents, without a script."""
    for agent in AGENTS:
        express.aws.admin("DELETE", f"/_agents/{agent}")
    client, documents = express.stack.client("dynamodb"), []
    for table in client.list_tables()["TableNames"]:
        if table.startswith("reference-agents-"):
            client.delete_table(TableName=table)
    for trade in ("irs", "fx", "cds"):
        for side in ("BANK", "COUNTERPARTY"):
            sample = (SAMPLES / side / f"{trade}-matching-{side.lower()}.pdf").read_bytes()
            documents.append({"document_path": express.document(side, f"{trade}-{attempt}", sample)})
    executions = express.together(documents)

    assert {run.outcome for run in executions} <= {"MATCHED", "PENDING"}
    records = [express.record(run.result["source_type"], run.result["document_id"]) for run in executions]
    assert {(record["status"], record["outcome"]) for record in records} == {("COMPLETED", "MATCHED")}


def test_tables_can_be_restored_to_any_second_and_are_protected_by_default(workspaces):
    workspace = workspaces["EXPRESS"]
    workspace.set(**variables("EXPRESS"), deletion_protection=None)
    workspace.plan()
    workspace.set(**variables("EXPRESS"))
    tables = [
        change["change"]["after"]
        for change in workspace.show(plan=True)["resource_changes"]
        if change["type"] == "aws_dynamodb_table"
    ]
    assert len(tables) == 2
    assert all(table["deletion_protection_enabled"] for table in tables)
    assert all(table["point_in_time_recovery"][0]["enabled"] for table in tables)
