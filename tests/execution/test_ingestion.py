"""Uploads start runs: which do, under which name and version, and the outcome of those that cannot."""

import json
import unicodedata
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from harness.ledger import records
from harness.redrive import dead_letters, redrive
from tests.execution.driver import AGENTS, GOOD
from tests.waiting import until

START = "stepfunctions:StartExecution:stateMachine:{state_machine_name}"
ODD = (
    "with blanks  and +plus+",
    "'single' and \"double\"",
    "100%25 %2F %",
    "a#b?c&d=e",
    "back\\slash $dollar {brace} [bracket] *",
    unicodedata.normalize("NFC", "Übermaß Ré"),
    unicodedata.normalize("NFD", "Übermaß Ré"),
    "日本語 🧾",
    ".hidden.pdf",
    "x" * (1024 - len("BANK/") - len(".pdf")),
)


@pytest.fixture
def uploading(patient):
    """Each type of workflow in turn: what is uploaded starts runs, and what is not its fault waits."""
    patient.script_all()
    yield patient
    patient.aws.admin("PUT", "/_events", {"copies": 1, "delay_seconds": 0, "reorder_seconds": 0})


def done(workflow, count):
    """Wait until so many documents have an outcome, and return the records by id."""

    def found():
        finished = [record for record in records(workflow.stack) if record.get("outcome") not in (None, "DEFERRED")]
        return finished if len(finished) >= count else None

    return {record["document_id"]: record for record in until(found)}


def calls(workflow):
    return [call["payload"] for agent in AGENTS for call in workflow.calls(agent)]


def test_every_pdf_of_a_side_starts_a_run_under_its_own_name_and_nothing_else_does(uploading):
    expected = {f"{name}.pdf": name for name in ODD} | {"lower.Pdf": "lower", "upper.PDF": "upper"}
    for key in expected:
        uploading.upload(f"BANK/{key}")
    for key in ("BANK/result.json", "BANK/folder.pdf/", "BANK/pdf", "BANK/a.pdf.txt"):
        uploading.upload(key)
    found = done(uploading, len(expected))
    uploading.delivered()

    assert set(found) == set(expected.values())
    paths = {f"s3://{uploading.stack.outputs['uploads_bucket']}/BANK/{key}" for key in expected}
    assert {record["document_path"] for record in found.values()} == paths
    assert {record["outcome"] for record in found.values()} == {"MATCHED"}
    assert {payload["document_path"] for payload in calls(uploading)} == paths
    assert uploading.dead_letters() == []


def test_copies_and_uploads_in_parts_start_runs_too(uploading):
    bucket, s3 = uploading.stack.outputs["uploads_bucket"], uploading.stack.client("s3")
    s3.copy_object(Bucket=bucket, Key="BANK/copied.pdf", CopySource=uploading.document().removeprefix("s3://"))
    upload = {"Bucket": bucket, "Key": "BANK/in parts.pdf"}
    begun = s3.create_multipart_upload(**upload)["UploadId"]
    etag = s3.upload_part(**upload, UploadId=begun, PartNumber=1, Body=b"%PDF-")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    s3.complete_multipart_upload(**upload, UploadId=begun, MultipartUpload=parts)
    assert set(done(uploading, 2)) == {"copied", "in parts"}


def test_a_pdf_in_no_folder_of_a_side_is_a_dead_letter_that_says_so(uploading):
    for key in ("lost.pdf", "bank/small letters.pdf", "BANK/COUNTERPARTY/both.pdf"):
        uploading.upload(key)
    found = []

    def all_there():
        found.extend(uploading.dead_letters())
        return len(found) == 3

    until(all_there)
    assert {dead_letter["error"] for dead_letter in found} == {"InvalidInput"}
    for dead_letter in found:
        assert "source_type must be BANK or COUNTERPARTY, given or as exactly one folder" in dead_letter["message"]
    assert calls(uploading) == []


def test_the_version_that_was_uploaded_is_the_version_that_is_read(uploading):
    uploading.aws.admin("PUT", "/_events", {"delay_seconds": 5})
    versions = {uploading.upload("BANK/again.pdf", content) for content in (b"%PDF-1", b"%PDF-2")}
    until(lambda: len([record for record in records(uploading.stack) if record.get("outcome")]) == 2)
    assert {record["version"] for record in records(uploading.stack)} == versions
    assert {payload["document_version"] for payload in calls(uploading)} == versions


@pytest.mark.parametrize("outcome", ["MATCHED", "PENDING", "FAILED"])
def test_an_event_that_comes_twice_late_and_out_of_order_processes_a_document_once(uploading, outcome):
    if outcome == "FAILED":
        uploading.script("trade-matching", {"error": "AccessDeniedException"})
    else:
        uploading.script("trade-matching", {"reply": GOOD["trade-matching"] | {"match_classification": outcome}})
    uploading.aws.admin("PUT", "/_events", {"copies": 3, "reorder_seconds": 90})
    names = {f"twice-{number}" for number in range(4)}
    for name in names:
        uploading.upload(f"BANK/{name}.pdf")
    uploading.delivered()
    found = done(uploading, len(names))
    until(lambda: not running(uploading))

    assert {record["outcome"] for record in found.values()} == {outcome}
    for agent in AGENTS[:3]:
        assert sorted(call["payload"]["document_id"] for call in uploading.calls(agent)) == sorted(names)


def running(workflow):
    """Return whether any run of the workflow is in progress."""
    return any(record["status"] == "RUNNING" for record in records(workflow.stack))


@pytest.mark.parametrize(
    ("code", "reason"), [("AccessDeniedException", "NO_PERMISSIONS"), ("ThrottlingException", "THROTTLING")]
)
def test_what_cannot_be_delivered_is_dead_lettered_and_can_be_run_again(uploading, code, reason):
    name = f"undelivered-{uuid.uuid4()}"
    uploading.fault(START, code)
    uploading.upload(f"BANK/{name}.pdf")
    if code == "ThrottlingException":  # for 24 hours
        for _ in range(25):
            uploading.pass_time(3600)
    uploading.delivered()
    with dead_letters(uploading.stack) as found:
        assert [(dead_letter.document, dead_letter.error) for dead_letter in found] == [(f"BANK/{name}.pdf", reason)]
    assert uploading.record("BANK", name) == {}

    uploading.aws.admin("DELETE", "/_faults")
    with dead_letters(uploading.stack) as found:
        assert [one.gone for one in redrive(uploading.stack, found, 1)] == [True]
    assert uploading.record("BANK", name)["outcome"] == "MATCHED"
    assert uploading.dead_letters() == []


def test_a_redriven_upload_that_the_ledger_has_by_now_is_done_with(uploading):
    uploading.fault(START, "AccessDeniedException", times=1)
    uploading.script("trade-matching", {"error": "AccessDeniedException"})
    uploading.upload("BANK/meanwhile.pdf")
    uploading.delivered()
    bucket = uploading.stack.outputs["uploads_bucket"]
    assert uploading.run({"document_path": f"s3://{bucket}/BANK/meanwhile.pdf"}).outcome == "FAILED"
    with dead_letters(uploading.stack) as found:
        ((gone, what),) = [(one.gone, one.what) for one in redrive(uploading.stack, found, 1)]
    assert (gone, what) == (True, "another run has the document: FAILED")


def test_without_rights_an_upload_is_a_dead_letter(uploading):
    name = f"{uploading.stack.outputs['state_machine_name']}-ingestion-{uploading.stack.region}"
    client = uploading.stack.client("iam")
    kept = client.get_role_policy(RoleName=name, PolicyName="ingestion")["PolicyDocument"]
    client.delete_role_policy(RoleName=name, PolicyName="ingestion")
    try:
        uploading.upload("BANK/no-rights.pdf")
        uploading.delivered()
    finally:
        client.put_role_policy(RoleName=name, PolicyName="ingestion", PolicyDocument=json.dumps(kept))
    with dead_letters(uploading.stack) as found:
        assert [dead_letter.error for dead_letter in found] == ["NO_PERMISSIONS"]


BURST, NEW_SESSIONS, FAILING = 40, 25, 0.05


def test_a_burst_under_the_quota_with_failing_calls_and_a_dead_agent_is_worked_off_without_an_exception(admitting):
    workflow = admitting
    workflow.script_all()
    workflow.aws.admin("PUT", "/_quotas", {"new_sessions": NEW_SESSIONS})
    try:
        names = burst(workflow, BURST)
    finally:
        workflow.aws.admin("DELETE", "/_quotas")
    for agent in AGENTS[:3]:
        worked = Counter(
            call["payload"]["document_id"] for call in workflow.calls(agent) if call["response"]["kind"] == "reply"
        )
        assert worked == dict.fromkeys(names, 1), agent
    assert workflow.calls("exception-management") == []
    assert workflow.dead_letters() == []


def burst(workflow, count):
    """Upload so many documents at once, let one agent be dead for two minutes, and wait for every outcome."""
    random = Random(count)  # noqa: S311 - the same each time, guards nothing
    broken = {"error": "RuntimeClientError"}

    def some_fail(agent):
        return [broken if random.random() < FAILING else {"reply": GOOD[agent]} for _ in range(3 * count)]

    for agent in ("pdf-adapter", "trade-matching"):
        workflow.script(agent, *some_fail(agent), {"reply": GOOD[agent]})
    workflow.script("trade-extraction", broken)
    names = {f"burst-{number}" for number in range(count)}
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(workflow.upload, (f"BANK/{name}.pdf" for name in names)))
    until(lambda: workflow.failures("trade-extraction") >= 5)
    workflow.pass_time(120)
    workflow.script("trade-extraction", *some_fail("trade-extraction"), {"reply": GOOD["trade-extraction"]})
    found = done(workflow, count)
    assert set(found) == names
    assert {record["outcome"] for record in found.values()} == {"MATCHED"}
    return names
