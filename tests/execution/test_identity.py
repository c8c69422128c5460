"""A record is about one version of one document: what happens to the object and to S3 meanwhile mixes none up."""

import pytest

from harness.ledger import versions
from tests.execution.driver import AGENTS, GOOD, until

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
    """Return the input of a document that an agent's throttling deferred; the agent is well from then on."""
    workflow.script(agent, *[THROTTLED] * 7, good(agent))
    run_input = workflow.new_input()
    assert workflow.run(run_input).outcome == "DEFERRED"
    return run_input


def ended(workflow, run_input, minutes=60):
    """Let time go by until a document has its end, and a while longer, and return its records."""
    name = run_input["document_id"]
    for _ in range(minutes):
        workflow.pass_time(60)
        until(lambda: all(record["status"] != "RUNNING" for record in versions(workflow.stack, "BANK", name)))
    return versions(workflow.stack, "BANK", name)


@pytest.mark.parametrize("how", [OVERWRITTEN, DELETED])
def test_a_deferred_document_whose_object_is_gone_ends_with_one_exception(patient, how):
    run_input = deferred_at(patient, "pdf-adapter")
    replace(patient, run_input, how)
    (record,) = ended(patient, run_input)

    assert (record["status"], record["error"]) == ("FAILED", ERRORS[how])
    (raised,) = patient.calls("exception-management")
    assert raised["payload"]["document_version"] == record["version"]
    assert len(patient.calls("pdf-adapter")) == 7
    assert patient.dead_letters() == []


@pytest.mark.parametrize("how", [OVERWRITTEN, DELETED])
def test_a_deferred_document_whose_pages_were_read_goes_on_without_its_object(patient, how):
    run_input = deferred_at(patient, "trade-matching")
    replace(patient, run_input, how)
    (record,) = ended(patient, run_input)

    assert (record["status"], record["outcome"]) == ("COMPLETED", "MATCHED")
    assert [len(patient.calls(agent)) for agent in AGENTS] == [1, 1, 8, 0]


def test_an_exception_that_waits_to_be_reported_is_not_replaced_by_another(patient):
    patient.script("pdf-adapter", {"reply": {"success": False, "error": "unreadable", "error_type": "UNREADABLE"}})
    run_input = deferred_at(patient, "exception-management")
    replace(patient, run_input, DELETED)
    (record,) = ended(patient, run_input)

    assert (record["status"], record["error"]) == ("FAILED", "AgentRejected")
    errors = [call["payload"]["error_message"].partition(":")[0] for call in patient.calls("exception-management")]
    assert set(errors) == {"AgentRejected"}


def test_a_deferred_document_waits_on_while_s3_does_not_answer(patient):
    run_input = deferred_at(patient, "pdf-adapter")
    patient.fault("s3:HeadObject:*")
    ended(patient, run_input, minutes=3)
    patient.aws.admin("DELETE", "/_faults")
    (record,) = ended(patient, run_input)

    assert (record["status"], record["outcome"]) == ("COMPLETED", "MATCHED")
    assert patient.calls("exception-management") == []


def test_a_claim_alone_makes_no_record(patient):
    run_input = patient.new_input()
    replace(patient, run_input, DELETED)
    version = "0" * 32
    made_up = patient.run({**run_input, "resume": True, "document_version": version, "claim": "made-up"})
    assert made_up.outcome == "DUPLICATE"
    assert versions(patient.stack, "BANK", run_input["document_id"]) == []


def test_what_cannot_be_counted_stops_no_sweep(patient):
    run_input = deferred_at(patient, "pdf-adapter")
    patient.fault("dynamodb:Query:{ledger_table_name}/index/due")
    (record,) = ended(patient, run_input)
    assert record["outcome"] == "MATCHED"
