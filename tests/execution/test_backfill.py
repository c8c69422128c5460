"""The objects of a bucket are processed: each document once, however often a backfill is started and stopped."""

import argparse
import json
from collections import Counter
from urllib.parse import quote

import pytest

from harness import target
from harness.backfill import summary
from harness.commands import backfill as command
from harness.contract import STEPS
from harness.ledger import records
from tests.execution.cases import sweep
from tests.execution.driver import GOOD, LEASE_SECONDS
from tests.waiting import until

RESULTS = "backfill/"


@pytest.fixture
def stocked(patient):
    """Each type of workflow in turn, with an empty bucket."""
    return emptied(patient)


@pytest.fixture
def express_stocked(admitting):
    return emptied(admitting)


def emptied(workflow):
    workflow.script_all()
    bucket = {"Bucket": workflow.stack.outputs["documents_bucket"]}
    for found in workflow.stack.client("s3").list_objects_v2(**bucket).get("Contents", ()):
        workflow.stack.client("s3").delete_object(**bucket, Key=found["Key"])
    return workflow


def put(workflow, *keys, content=b"%PDF-"):
    for key in keys:
        bucket = workflow.stack.outputs["documents_bucket"]
        workflow.stack.client("s3").put_object(Bucket=bucket, Key=key, Body=content)


def processed(workflow, agent="pdf-adapter"):
    """Return how often an agent was called for each document, by its id."""
    return Counter(call["payload"]["document_id"] for call in workflow.calls(agent))


def outcomes(workflow):
    """Return the outcomes of the ledger, counted; a document whose run died has failed."""
    died = {"DEAD_LETTERED": "FAILED", "RUNNING": "RUNNING"}
    return Counter(record.get("outcome") or died[record["status"]] for record in records(workflow.stack))


def summed_up(workflow, **run_input):
    return summary(workflow.stack, workflow.backfill(**run_input)["executionArn"])


def test_each_pdf_under_the_prefix_is_processed_once(stocked):
    put(stocked, "in/BANK/1.pdf", "in/COUNTERPARTY/2.PDF", "in/BANK/3 + %25.pdf")
    put(stocked, "in/BANK/1.json", "BANK/elsewhere.pdf")
    for already in (0, 3):
        found = summed_up(stocked, prefix="in/")
        assert found.outcomes == {"MATCHED": 3, "SKIPPED": 1}
        assert found.already == already
    assert outcomes(stocked) == {"MATCHED": 3}
    for agent in STEPS:
        assert processed(stocked, agent) == dict.fromkeys(("1", "2", "3 + %25"), 1)


def test_a_rehearsal_only_counts(stocked):
    put(stocked, *(f"BANK/{number}.pdf" for number in range(4)), "COUNTERPARTY/5.pdf", "lost.pdf", "BANK/1.json")
    found = summed_up(stocked, prefix="", rehearsal=True)
    assert found.counts == {"objects": 7, "documents": 6, "bytes": 30, "BANK": 4, "COUNTERPARTY": 1}
    assert list(records(stocked.stack)) == []


def test_a_bucket_with_a_key_of_its_own_serves_the_roles_that_its_key_lets_use_it(express_stocked):
    stack, bucket = express_stocked.stack, express_stocked.stack.outputs["documents_bucket"]
    s3, kms = stack.client("s3"), stack.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]

    def let(**actions):
        roles = {"Effect": "Allow", "Resource": "*"}
        statements = [
            {**roles, "Principal": {"AWS": stack.outputs[role]}, "Action": action} for role, action in actions.items()
        ]
        policy = {"Version": "2012-10-17", "Statement": statements}
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))

    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    try:
        put(express_stocked, "BANK/1.pdf")
        let(role_arn="kms:Decrypt")
        assert express_stocked.backfill(prefix="")["error"] == "States.ResultWriterFailed"
        let(role_arn="kms:Decrypt", backfill_role_arn=["kms:Decrypt", "kms:GenerateDataKey"])
        assert summed_up(express_stocked, prefix="BANK/").outcomes == {"MATCHED": 1}
    finally:
        s3.delete_bucket_encryption(Bucket=bucket)


def test_an_inventory_names_keys_as_in_a_url(stocked):
    put(stocked, "BANK/a b+c Ü.pdf", "BANK/old.pdf")
    bucket = stocked.stack.outputs["documents_bucket"]
    rows = [
        ("BANK/a b+c Ü.pdf", "true", "false"),
        ("BANK/old.pdf", "false", "false"),
        ("BANK/gone.pdf", "true", "true"),
    ]
    lines = "".join(f'"{bucket}","{quote(key)}","{latest}","{gone}"\n' for key, latest, gone in rows)
    schema = {"fileSchema": "Bucket, Key, IsLatest, IsDeleteMarker", "files": [{"key": "inventory/data.csv"}]}
    put(stocked, "inventory/data.csv", content=lines.encode())
    put(stocked, "inventory/manifest.json", content=json.dumps(schema).encode())
    found = summed_up(stocked, inventory=f"s3://{bucket}/inventory/manifest.json")
    assert found.outcomes == {"MATCHED": 1, "SKIPPED": 2}
    assert processed(stocked) == {"a b+c Ü": 1}


def test_a_document_that_waits_holds_its_place_in_the_backfill_and_is_summed_up_as_it_ends(stocked):
    put(stocked, "BANK/1.pdf", "BANK/2.pdf")
    throttled = [{"error": "ThrottlingException"}] * 30
    stocked.script("trade-extraction", *throttled, {"reply": GOOD["trade-extraction"]})
    found = summed_up(stocked, prefix="BANK/")
    assert found.outcomes == {"MATCHED": 2}
    assert outcomes(stocked) == {"MATCHED": 2}
    assert processed(stocked, "pdf-adapter") == {"1": 1, "2": 1}


def test_what_fails_and_what_waits_is_in_the_summary_as_in_the_ledger(stocked):
    put(stocked, *(f"BANK/{number}.pdf" for number in range(12)))
    for name, reply in (("1", {"match_classification": "PENDING"}), ("2", {"match_classification": "BREAK"})):
        behaviours = [{"reply": GOOD["trade-matching"] | reply}]
        stocked.aws.admin("PUT", "/_agents/trade-matching", {"match": {"document_id": name}, "behaviours": behaviours})
    broken = {"match": {"document_id": "3"}, "behaviours": [{"error": "AccessDeniedException"}]}
    stocked.aws.admin("PUT", "/_agents/trade-matching", broken)
    put(stocked, "lost.pdf")
    for already in (0, 12):
        found = summed_up(stocked, prefix="")
        assert found.status == "SUCCEEDED"
        lost = Counter({"FAILED": 1})  # in no folder of a side, so in no ledger
        assert found.outcomes - Counter(SKIPPED=found.outcomes["SKIPPED"]) == outcomes(stocked) + lost
        assert found.exceptions == 2
        assert found.already == already
    assert found.errors == {"InvalidInput": 1}
    assert set(processed(stocked, "trade-matching").values()) == {1}
    assert stocked.dead_letters() == []


def test_too_many_failures_end_a_backfill(stocked):
    put(stocked, *(f"BANK/{number}.pdf" for number in range(10)))
    stocked.script("pdf-adapter", {"error": "AccessDeniedException"})
    execution = stocked.backfill(prefix="BANK/")
    assert (execution["status"], execution["error"]) == ("FAILED", "States.ExceedToleratedFailureThreshold")
    found = summary(stocked.stack, execution["executionArn"])
    assert (found.status, found.counts.total()) == ("FAILED", 10)
    assert found.counts["failed"] > 0


@pytest.mark.parametrize(
    ("run_input", "cause"),
    [
        ({}, "the input needs a prefix, which may be empty, or an inventory"),
        ({"prefxi": ""}, "the input has bucket, prefix, inventory and rehearsal, and nothing else"),
        ({"prefix": "", "bucket": "others"}, "bucket must be one of document_bucket_arns"),
        ({"inventory": "s3://bucket/inventory"}, "inventory must be s3://bucket/…/manifest.json"),
        ({"prefix": "", "rehearsal": "yes"}, "rehearsal must be true or false"),
    ],
)
def test_a_wrong_input_is_refused_with_its_reason(stocked, run_input, cause):
    execution = stocked.backfill(**run_input)
    assert (execution["error"], execution["cause"]) == ("InvalidInput", cause)


COUNT = 60


def test_a_backfill_that_is_killed_twice_processes_each_document_once(express_stocked):
    """Once by the platform, which ends runs in progress too, and once by StopExecution."""
    put(express_stocked, *(f"BANK/{number}.pdf" for number in range(COUNT)))
    express_stocked.script("trade-matching", {"reply": GOOD["trade-matching"], "delay_seconds": 2})
    client, machine = (
        express_stocked.stack.client("stepfunctions"),
        express_stocked.stack.outputs["backfill_state_machine_arn"],
    )
    for part in (1, 2):
        with express_stocked.aws.at_speed(1):
            arn = client.start_execution(stateMachineArn=machine, input='{"prefix": "BANK/"}')["executionArn"]
            until(lambda: outcomes(express_stocked)["MATCHED"] >= part * COUNT // 4)  # noqa: B023 - called at once
            client.stop_execution(executionArn=arn)
        if part == 1:
            express_stocked.kill("*")
            express_stocked.pass_time(LEASE_SECONDS)
            sweep(express_stocked)  # the places of runs that were killed are free again
    found = summed_up(express_stocked, prefix="BANK/")
    assert found.outcomes == outcomes(express_stocked)
    assert sum(found.outcomes.values()) == COUNT
    assert found.outcomes["FAILED"] == len(express_stocked.dead_letters())  # of runs that were killed
    assert set(processed(express_stocked, "trade-matching").values()) == {1}
    assert processed(express_stocked, "exception-management") == {}


def test_the_runs_of_a_backfill_that_is_stopped_go_on(stocked):
    put(stocked, "BANK/1.pdf", "BANK/2.pdf")
    stocked.script("trade-matching", {"reply": GOOD["trade-matching"], "delay_seconds": 20})
    client, machine = stocked.stack.client("stepfunctions"), stocked.stack.outputs["backfill_state_machine_arn"]
    with stocked.aws.at_speed(1):
        arn = client.start_execution(stateMachineArn=machine, input='{"prefix": "BANK/"}')["executionArn"]
        until(lambda: len(stocked.calls("trade-matching")) == 2)
        client.stop_execution(executionArn=arn)
    until(lambda: outcomes(stocked)["MATCHED"] == 2)
    assert summary(stocked.stack, arn).counts == {"aborted": 2}
    assert stocked.dead_letters() == []


def test_the_command_starts_follows_and_sums_up(stocked, monkeypatch, capsys):
    monkeypatch.setattr(target.background, "running", lambda: stocked.stack)
    put(stocked, "BANK/1.pdf", "BANK/2.pdf", "BANK/3.txt")

    def run_command(*arguments):
        parser = argparse.ArgumentParser()
        command.add_parser(parser.add_subparsers())
        args = parser.parse_args(["backfill", *arguments])
        return args.run(args), capsys.readouterr().out

    code, text = run_command("--prefix=BANK/", "--rehearsal")
    assert code == 0
    assert "documents" in text
    code, text = run_command("--prefix=BANK/")
    assert code == 0
    assert "MATCHED" in text
    summary = "0 exceptions were raised, 0 documents wait for their counterparty, 0 had been done before."
    assert summary in " ".join(text.split())  # wherever the terminal's width breaks the line
    assert run_command("--stop") == (0, "No backfill is running.\n")
