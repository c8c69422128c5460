"""A record is about one version of one document: what happens to the object and to S3 meanwhile mixes none up."""

from datetime import timedelta

import pytest

from harness.ledger import versions
from tests.execution.cases import put, sweep, without_schedule
from tests.execution.driver import AGENTS, GOOD
from tests.waiting import until

THROTTLED = {"error": "ThrottlingException"}
OVERWRITTEN, DELETED = "overwritten", "deleted"
ERRORS = {OVERWRITTEN: "DocumentChanged", DELETED: "DocumentNotFound"}


def good(agent, **fields):
    return {"reply": GOOD[agent] | fields}


def bucket_and_key(workflow, run_input):
    bucket = workflow.stack.outputs["documents_bucket"]
    return {"Bucket": bucket, "Key": run_input["document_path"].removeprefix(f"s3://{bucket}/")}


def replace(workflow, run_input, how):
    """Overwrite or delete the object of a document."""
    s3, place = workflow.stack.client("s3"), bucket_and_key(workflow, run_input)
    if how == OVERWRITTEN:
        s3.put_object(**place, Body=b"%PDF-2")
    else:
        s3.delete_object(**place)


def deferred_at(workflow, agent):
    """Return the input of a document that an agent's throttling deferred; the agent is healthy from then on."""
    workflow.script(agent, *[THROTTLED] * 7, good(agent))
    run_input = workflow.new_input()
    assert workflow.run(run_input).outcome == "DEFERRED"
    return run_input


def records_at_end(workflow, run_input, minutes=60):
    """Pass time until a document has its end, and an hour more, and return its records."""

    def records():
        return versions(workflow.stack, "BANK", run_input["document_id"])

    def pass_minute():
        # The embedded AWS itself looks at schedules in real time, of which these minutes take little.
        sweep(workflow)
        workflow.aws.work_off(60)  # and skips nothing: a run under way would be late
        until(lambda: all(record["status"] != "RUNNING" for record in records()))

    for _ in range(minutes):
        pass_minute()
        if all(record["status"] != "DEFERRED" for record in records()):
            workflow.aws.work_off(3600)
            pass_minute()
            break
    return records()


@pytest.mark.parametrize("how", [OVERWRITTEN, DELETED])
def test_a_deferred_document_whose_object_is_gone_ends_with_one_exception(patient, how):
    with without_schedule(patient):  # whose sweep could resume the document before
        run_input = deferred_at(patient, "pdf-adapter")
        request = len(patient.calls("pdf-adapter"))
        replace(patient, run_input, how)
    (record,) = records_at_end(patient, run_input)

    assert (record["status"], record.get("error")) == ("FAILED", ERRORS[how]), record
    (raised,) = patient.calls("exception-management")
    assert raised["payload"]["document_version"] == record["version"]
    assert len(patient.calls("pdf-adapter")) == request
    assert patient.dead_letters() == []


@pytest.mark.parametrize("how", [OVERWRITTEN, DELETED])
def test_a_deferred_document_whose_pages_were_read_goes_on_without_its_object(patient, how):
    with without_schedule(patient):
        run_input = deferred_at(patient, "trade-matching")
        replace(patient, run_input, how)
    (record,) = records_at_end(patient, run_input)

    assert (record["status"], record["outcome"]) == ("COMPLETED", "MATCHED")
    assert [len(patient.calls(agent)) for agent in AGENTS] == [1, 1, 8, 0]


def test_an_exception_that_waits_to_be_reported_is_not_replaced_by_another(patient):
    patient.script("pdf-adapter", {"reply": {"success": False, "error": "unreadable", "error_type": "UNREADABLE"}})
    with without_schedule(patient):
        run_input = deferred_at(patient, "exception-management")
        replace(patient, run_input, DELETED)
    (record,) = records_at_end(patient, run_input)

    assert (record["status"], record["error"]) == ("FAILED", "AgentRejected")
    errors = [call["payload"]["error_message"].partition(":")[0] for call in patient.calls("exception-management")]
    assert set(errors) == {"AgentRejected"}


def test_a_deferred_document_waits_on_while_s3_does_not_answer(patient):
    with without_schedule(patient):
        run_input = deferred_at(patient, "pdf-adapter")
        patient.fault("s3:HeadObject:*")
    records_at_end(patient, run_input, minutes=3)
    patient.aws.admin("DELETE", "/_faults")
    (record,) = records_at_end(patient, run_input)

    assert (record["status"], record["outcome"]) == ("COMPLETED", "MATCHED"), record
    assert patient.calls("exception-management") == []


def test_a_claim_alone_makes_no_record(patient):
    run_input = patient.new_input()
    replace(patient, run_input, DELETED)
    version = "0" * 32
    made_up = patient.run({**run_input, "resume": True, "document_version": version, "claim": "made-up"})
    assert made_up.outcome == "DUPLICATE"
    assert versions(patient.stack, "BANK", run_input["document_id"]) == []


def test_what_cannot_be_counted_stops_no_sweep(patient):
    with without_schedule(patient):
        run_input = deferred_at(patient, "pdf-adapter")
        patient.fault("dynamodb:Query:{ledger_table_name}/index/due")
    (record,) = records_at_end(patient, run_input)
    assert record["outcome"] == "MATCHED"


def reads(workflow, path, version, trade):
    """Make the agents find this trade in this version of the document, and in no other."""
    place = {"canonical_output_location": f"s3://canonical/{trade}.json"}
    for agent, match, reply in (
        ("pdf-adapter", {"document_path": path, "document_version": version}, place),
        ("trade-extraction", place, {"trade_id": trade}),
    ):
        script = {"match": match, "behaviours": [good(agent, **reply)]}
        workflow.aws.admin("PUT", f"/_agents/{agent}", script)


def upload(workflow, run_input, trade):
    """Put a version of a document and return its id."""
    response = workflow.stack.client("s3").put_object(**bucket_and_key(workflow, run_input), Body=trade.encode())
    version = response.get("VersionId", "null")
    return response["ETag"].strip('"') if version == "null" else version


def trades(workflow, run_input):
    found = versions(workflow.stack, "BANK", run_input["document_id"])
    return {record["version"]: record.get("trade_id") for record in found}


def test_a_version_that_is_delayed_keeps_its_own_trade_while_the_next_one_passes_it(versioned):
    run_input = versioned.new_input()
    path = run_input["document_path"]
    first = upload(versioned, run_input, "trade-1")
    reads(versioned, path, first, "trade-1")
    slow = {"match": {"canonical_output_location": "s3://canonical/trade-1.json"}}
    behaviour = {"reply": GOOD["trade-extraction"] | {"trade_id": "trade-1"}, "delay_seconds": 20}
    versioned.aws.admin("PUT", "/_agents/trade-extraction", slow | {"behaviours": [behaviour]})
    with versioned.under_way(run_input, "trade-extraction") as delayed:
        second = upload(versioned, run_input, "trade-2")
        reads(versioned, path, second, "trade-2")
        versioned.run(run_input)
    assert delayed.result().outcome == "MATCHED"
    assert trades(versioned, run_input) == {first: "trade-1", second: "trade-2"}


def test_an_object_that_is_overwritten_under_way_is_not_read_as_the_version_that_was_claimed(express):
    run_input = express.new_input()
    path = run_input["document_path"]
    first = upload(express, run_input, "trade-1")
    refusal = {"reply": {"success": False, "error": "overwritten", "error_type": "DOCUMENT_CHANGED"}}
    script = {
        "match": {"document_path": path, "document_version": first},
        "behaviours": [refusal | {"delay_seconds": 9}],
    }
    express.aws.admin("PUT", "/_agents/pdf-adapter", script)
    with express.under_way(run_input, "pdf-adapter") as run:
        second = upload(express, run_input, "trade-2")
        reads(express, path, second, "trade-2")
    assert run.result().error == "AgentRejected"
    assert express.run(run_input).outcome == "MATCHED"
    assert trades(express, run_input) == {first: None, second: "trade-2"}


def test_two_keys_of_one_file_name_keep_apart_while_s3_does_not_answer(express):
    inputs = [{"document_path": express.document(name=f"{year}/confirmation-of-both")} for year in (2024, 2025)]
    express.fault("s3:HeadObject:*")
    assert [express.run(one).error for one in inputs] == ["DocumentUnreadable"] * 2
    raised = [call["payload"] for call in express.calls("exception-management")]
    assert {one["document_path"] for one in raised} == {one["document_path"] for one in inputs}
    assert len({one["idempotency_key"] for one in raised}) == 2
    assert versions(express.stack, "BANK", "confirmation-of-both") == []


def test_two_keys_of_one_file_name_are_two_versions_of_one_document(express):
    for year in (2024, 2025):
        path = express.document(name=f"{year}/confirmation-of-two", content=f"%PDF-{year}".encode())
        assert express.run({"document_path": path}).outcome == "MATCHED"
    found = versions(express.stack, "BANK", "confirmation-of-two")
    assert sorted(record["document_path"].split("/")[-2] for record in found) == ["2024", "2025"]


def test_a_bucket_that_keeps_versions_no_more_names_them_by_their_content(versioned):
    run_input = versioned.new_input()
    kept = upload(versioned, run_input, "trade-1")
    versioned.run(run_input)
    assert versioned.run(run_input | {"document_version": "null"}).error == "DocumentChanged"
    versioned.stack.client("s3").put_bucket_versioning(
        Bucket=versioned.stack.outputs["documents_bucket"], VersioningConfiguration={"Status": "Suspended"}
    )
    digests = [upload(versioned, run_input, f"trade-{number}") for number in (2, 3)]
    assert versioned.run(run_input | {"document_version": "null"}).outcome == "MATCHED"
    assert versioned.run(run_input | {"document_version": digests[0]}).error == "DocumentChanged"
    assert set(trades(versioned, run_input)) == {kept, digests[1]}


def test_behind_a_delete_marker_are_the_versions_that_were(versioned):
    run_input = versioned.new_input()
    version = upload(versioned, run_input, "trade-1")
    marker = versioned.stack.client("s3").delete_object(**bucket_and_key(versioned, run_input))["VersionId"]
    assert [versioned.run(run_input | asked).error for asked in ({}, {"document_version": marker})] == [
        "DocumentNotFound"
    ] * 2
    assert versioned.run(run_input | {"document_version": version}).outcome == "MATCHED"


@pytest.mark.parametrize("classification", ["MATCHED", "PENDING"])
def test_twenty_requests_to_process_again_at_once_process_once_more(express, classification):
    express.script("trade-matching", good("trade-matching", match_classification=classification))
    run_input = express.new_input()
    express.run(run_input)
    request = run_input | {"reprocess": True, "requested_at": express.now()}
    outcomes = [records_at_end.outcome for records_at_end in express.together([request] * 20)]
    assert sorted(outcomes) == ["DUPLICATE"] * 19 + [classification]
    express.pass_time(60)
    assert express.run(request).outcome == "DUPLICATE"
    assert len({call["payload"]["idempotency_key"] for call in express.calls("pdf-adapter")}) == 2


def test_a_request_of_a_clock_that_is_ahead_processes_once_more_however_often_it_comes(express):
    run_input = express.new_input()
    express.run(run_input)
    now = express.stack.now()
    ahead, far_ahead = (
        run_input | {"reprocess": True, "requested_at": f"{(now + timedelta(minutes=minutes)).isoformat()[:23]}Z"}
        for minutes in (4, 10)
    )
    outcomes = [express.run(ahead).outcome for _ in range(3)]
    assert outcomes == ["MATCHED", "DUPLICATE", "DUPLICATE"]
    assert express.run(far_ahead).error == "InvalidInput"
    assert len({call["payload"]["idempotency_key"] for call in express.calls("pdf-adapter")}) == 2


def test_a_reprocessing_whose_outcome_came_late_is_not_processed_once_more(express):
    express.script("trade-matching", good("trade-matching", match_classification="PENDING") | {"delay_seconds": 1})
    run_input = express.new_input(reprocess=True)
    late = {f"dynamodb:UpdateItem:{express.stack.outputs['ledger_table_name']}": {"error": None, "delay_seconds": 6}}
    with express.aws.at_speed(1e-6):
        express.start(run_input)
        express.aws.admin("PUT", "/_clock", {"work_off_seconds": 0.5})
        express.aws.admin("PUT", "/_faults", late)
        express.aws.admin("PUT", "/_clock", {"work_off_seconds": 60})
    express.aws.admin("DELETE", "/_faults")
    (dead_letter,) = express.dead_letters()
    assert dead_letter["error"] == "LedgerUnavailable"
    assert dead_letter["input"]["claim"] == express.record("BANK", run_input["document_id"])["claim"]

    assert [express.run(dead_letter["input"]).outcome for _ in range(2)] == ["PENDING", "DUPLICATE"]
    assert len({call["payload"]["idempotency_key"] for call in express.calls("pdf-adapter")}) == 1


def test_a_dead_letter_of_a_reprocessing_that_comes_again_and_again_is_processed_once(express):
    run_input = express.new_input()
    express.run(run_input)
    express.fault("dynamodb:UpdateItem:{ledger_table_name}")
    assert express.run(run_input | {"reprocess": True}).result["dead_lettered"]
    express.aws.admin("DELETE", "/_faults")
    (dead_letter,) = express.dead_letters()
    assert dead_letter["input"]["reprocess"] is True
    outcomes = [express.run(dead_letter["input"]).outcome for _ in range(4)]
    assert outcomes == ["MATCHED", *["DUPLICATE"] * 3]


def test_a_match_made_again_with_an_older_version_leaves_the_newer_one_alone(express):
    bank, counterparty = express.new_input(), express.new_input("COUNTERPARTY")
    pending = {"match": {"source_type": "BANK"}, "behaviours": [good("trade-matching", match_classification="PENDING")]}
    matched = good("trade-matching", matched_document_id=bank["document_id"])
    express.aws.admin("PUT", "/_agents/trade-matching", pending)
    express.aws.admin(
        "PUT", "/_agents/trade-matching", {"match": {"source_type": "COUNTERPARTY"}, "behaviours": [matched]}
    )
    express.run(bank)
    express.run(counterparty)
    replace(express, bank, OVERWRITTEN)
    express.script("pdf-adapter", good("pdf-adapter") | {"delay_seconds": 40}, good("pdf-adapter"))
    with express.under_way(bank, "pdf-adapter") as newer:
        assert express.run(counterparty | {"reprocess": True}).outcome == "MATCHED"
    assert newer.result().outcome == "PENDING"
    statuses = [record["status"] for record in versions(express.stack, "BANK", bank["document_id"])]
    assert sorted(statuses) == ["COMPLETED", "PENDING"]


def test_the_version_that_an_agent_names_is_closed_among_many(express):
    bank, counterparty = express.new_input(), express.new_input("COUNTERPARTY")
    named = "z"
    for version in (*(f"v{number:03}" for number in range(100)), named):
        values = {
            "document": f"BANK#{bank['document_id']}",
            "version": version,
            "status": "PENDING",
            "claimed_at": "2026",
        }
        put(express, {name: {"S": value} for name, value in values.items()})
    matched = {"matched_document_id": bank["document_id"], "matched_document_version": named}
    express.script("trade-matching", good("trade-matching", **matched))
    assert express.run(counterparty).outcome == "MATCHED"
    found = versions(express.stack, "BANK", bank["document_id"])
    assert [one["version"] for one in found if one["status"] == "COMPLETED"] == [named]


@pytest.mark.parametrize("name", ["ü ber & co+1", "確認 (1)", "a'b(c)"])
def test_an_event_of_an_older_version_under_an_odd_key_is_about_that_version(versioned, name):
    run_input = {"document_path": versioned.document(name=f"2025/{name}"), "document_id": name}
    older = upload(versioned, run_input, "trade-1")
    newer = upload(versioned, run_input, "trade-2")
    place = bucket_and_key(versioned, run_input)
    event = {
        "source": "aws.s3",
        "id": "e-1",
        "detail": {"bucket": {"name": place["Bucket"]}, "object": {"key": place["Key"], "version-id": older}},
    }
    records_at_end = versioned.run(event)
    assert (records_at_end.outcome, records_at_end.result["document_version"]) == ("MATCHED", older)
    assert versioned.run(run_input).result["document_version"] == newer
    assert versioned.run(event).outcome == "DUPLICATE"
