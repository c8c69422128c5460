"""What happens to a workflow in the course of time, as data: each case is one thing that an operator may meet.

A case that is named like an alarm is what the alarm is for.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from botocore.exceptions import ClientError

from harness.benchmark.trial import switch_schedule
from harness.embedded.agentcore import runtime_arn
from tests.execution.driver import AGENTS, GOOD, Workflow
from tests.waiting import until

CLASSIFICATIONS = ("MATCHED", "PROBABLE_MATCH", "PENDING", "REVIEW_REQUIRED", "BREAK", "DATA_ERROR")
DAYS = 24 * 60 * 60
SESSIONS = 5  # active at once


def classified(classification: str, workflow: Workflow) -> None:
    workflow.script("trade-matching", {"reply": GOOD["trade-matching"] | {"match_classification": classification}})
    workflow.process()


def duplicate(workflow: Workflow) -> None:
    document = workflow.new_input()
    workflow.run(document)
    workflow.run(document)


def other_side_matched(workflow: Workflow) -> None:
    classified("PENDING", workflow)
    waiting = workflow.new_input("COUNTERPARTY")
    workflow.run(waiting)
    matched = GOOD["trade-matching"] | {"matched_document_id": waiting["document_id"]}
    workflow.script("trade-matching", {"reply": matched})
    workflow.process()


def document_missing(workflow: Workflow) -> None:
    workflow.run({"document_path": workflow.document().replace("document-", "missing-")})


def input_wrong(workflow: Workflow) -> None:
    workflow.run({})


def input_wrong_for_long(workflow: Workflow) -> None:
    input_wrong(workflow)
    workflow.pass_time(15 * 60)
    input_wrong(workflow)


def start_refused(workflow: Workflow) -> None:
    workflow.fault("stepfunctions:StartExecution:stateMachine:{state_machine_name}", "ThrottlingException")
    with contextlib.suppress(ClientError):
        workflow.start(workflow.new_input())


def upload_delivered(workflow: Workflow) -> None:
    workflow.upload("BANK/delivered.pdf")
    until(lambda: workflow.record("BANK", "delivered").get("outcome"))


def upload_undelivered(workflow: Workflow) -> None:
    workflow.fault("stepfunctions:StartExecution:stateMachine:{state_machine_name}", "AccessDeniedException")
    workflow.upload("BANK/undelivered.pdf")
    workflow.delivered()


def upload_tried_again(workflow: Workflow) -> None:
    workflow.fault("stepfunctions:StartExecution:stateMachine:{state_machine_name}", "ThrottlingException", times=1)
    workflow.upload("BANK/again.pdf")
    workflow.delivered()


def upload_not_even_dead_lettered(workflow: Workflow) -> None:
    client, queue = workflow.stack.client("sqs"), {"QueueUrl": workflow.stack.outputs["dead_letter_queue_url"]}
    kept = client.get_queue_attributes(**queue, AttributeNames=["Policy"])["Attributes"]
    client.set_queue_attributes(**queue, Attributes={"Policy": ""})
    try:
        upload_undelivered(workflow)
    finally:
        client.set_queue_attributes(**queue, Attributes=kept)


def upload_missing(workflow: Workflow) -> None:
    workflow.run({"document_path": f"s3://{workflow.stack.outputs['uploads_bucket']}/BANK/missing.pdf"})


def backfilled(workflow: Workflow) -> None:
    workflow.document(name="old/1")
    assert workflow.backfill(prefix="BANK/old/")["status"] == "SUCCEEDED"
    uploads = workflow.stack.outputs["uploads_bucket"]
    assert workflow.backfill(prefix="BANK/", bucket=uploads, rehearsal=True)["status"] == "SUCCEEDED"
    s3, bucket = workflow.stack.client("s3"), workflow.stack.outputs["documents_bucket"]
    manifest = {"fileSchema": "Bucket, Key", "files": [{"key": "inventory/1.csv"}]}
    s3.put_object(Bucket=bucket, Key="inventory/manifest.json", Body=json.dumps(manifest).encode())
    s3.put_object(Bucket=bucket, Key="inventory/1.csv", Body=f'"{bucket}","BANK/old/1.pdf"\n'.encode())
    assert workflow.backfill(inventory=f"s3://{bucket}/inventory/manifest.json")["status"] == "SUCCEEDED"


def runs_held_back(workflow: Workflow) -> None:
    workflow.fault("states:StateTransition:stateMachine:{state_machine_name}", "Throttled")
    workflow.process()


def agent_slow(workflow: Workflow) -> None:
    workflow.script("pdf-adapter", {"reply": GOOD["pdf-adapter"], "delay_seconds": 35})
    workflow.process()


def agent_retried(workflow: Workflow) -> None:
    throttled = {"error": "ThrottlingException"}
    workflow.script("pdf-adapter", throttled, throttled, {"reply": GOOD["pdf-adapter"]})
    workflow.process()


def agent_failing(agent: str, workflow: Workflow) -> None:
    _reach(agent, workflow)
    workflow.script(agent, {"error": "AccessDeniedException"})
    workflow.process()


def runtime_throttled(agent: str, workflow: Workflow) -> None:
    _reach(agent, workflow)
    workflow.script(agent, *[{"error": "ThrottlingException"}] * 2, {"reply": GOOD[agent]})
    workflow.process()


def runtime_failing(agent: str, workflow: Workflow) -> None:
    _reach(agent, workflow)
    workflow.script(agent, {"error": "InternalServerException"}, {"reply": GOOD[agent]})
    workflow.process()


def runtime_slow(agent: str, workflow: Workflow) -> None:
    _reach(agent, workflow)
    workflow.script(agent, {"reply": GOOD[agent], "delay_seconds": 25})
    workflow.process()


def many_sessions(workflow: Workflow) -> None:
    workflow.script("pdf-adapter", {"reply": GOOD["pdf-adapter"], "delay_seconds": 30})
    workflow.together([workflow.new_input() for _ in range(SESSIONS)])


def circuit_refusing(agent: str, workflow: Workflow) -> None:
    _reach(agent, workflow)
    workflow.open_circuit(agent)
    workflow.process()


def circuits_opening_and_recovering(workflow: Workflow) -> None:
    for agent in AGENTS:
        workflow.script_all()
        workflow.open_circuit(agent, failures=4)
        agent_failing(agent, workflow)
        workflow.pass_time(61)
        workflow.script(agent, {"reply": GOOD[agent]})
        workflow.process()


def circuits_unreachable(workflow: Workflow) -> None:
    workflow.fault("dynamodb:GetItem:{circuit_table_name}")
    classified("BREAK", workflow)


def table_throttled(call: str, workflow: Workflow) -> None:
    workflow.fault(call, "ProvisionedThroughputExceededException", times=1)
    workflow.process()


def document_overdue(workflow: Workflow) -> None:
    classified("PENDING", workflow)
    workflow.pass_time(4 * DAYS)
    sweep(workflow)


def document_deferred(workflow: Workflow) -> None:
    workflow.script("trade-matching", {"error": "ThrottlingException"})
    with without_schedule(workflow):  # whose sweep could resume the document before it is looked at
        workflow.process()
        workflow.pass_time(2000)
        sweep(workflow)


def run_killed(workflow: Workflow) -> None:
    workflow.script("pdf-adapter", {"reply": GOOD["pdf-adapter"], "delay_seconds": 1000})
    with workflow.under_way(workflow.new_input(), "pdf-adapter"):
        workflow.kill("*")
    workflow.pass_time(400)
    sweep(workflow)


def work_left(workflow: Workflow) -> None:
    """Let runs die that were to go on with what an earlier run had left an agent at work with."""
    for number, agent in enumerate(AGENTS):
        work = {"agent": agent, "runtime": runtime_arn(agent), "session": f"{agent}-{uuid.uuid4()}"}
        put(workflow, dead_run(workflow, f"{number:03}", progress=json.dumps({"work": work})))
    sweep(workflow)


def dead_run(workflow: Workflow, name: str, **others: str) -> dict[str, dict[str, str]]:
    """Return the record of a run whose lease expired, of a document with the longest key.

    `name` begins with three digits.
    """
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
        **others,
    }
    return {attribute: {"S": value} for attribute, value in values.items()}


def put(workflow: Workflow, item: Mapping[str, Mapping[str, str]]) -> None:
    """Put a record into the ledger."""
    workflow.stack.client("dynamodb").put_item(TableName=workflow.stack.outputs["ledger_table_name"], Item=item)


def sweep_failing(workflow: Workflow) -> None:
    workflow.fault("dynamodb:Query:index/due")
    workflow.pass_time(700)


def sweep_throttled(workflow: Workflow) -> None:
    workflow.fault("dynamodb:Query:index/due", "ThrottlingException", times=1)
    sweep(workflow)


def _reach(agent: str, workflow: Workflow) -> None:
    """Make a run call the agent: exception-management is only called for a step that failed."""
    if agent == "exception-management":
        workflow.script("pdf-adapter", {"reply": {"success": False}})


def sweep(workflow: Workflow) -> None:
    """Run the sweep of dead runs once."""
    client, machine = workflow.stack.client("stepfunctions"), f"{workflow.stack.outputs['state_machine_arn']}-sweep"
    assert client.start_sync_execution(stateMachineArn=machine, input="{}")["status"] == "SUCCEEDED"


@contextlib.contextmanager
def without_schedule(workflow: Workflow) -> Iterator[None]:
    """Disable the schedule of the sweep while the block runs."""
    switch_schedule(workflow.stack, "DISABLED")
    try:
        yield
    finally:
        switch_schedule(workflow.stack, "ENABLED")


CASES: dict[str, Callable[[Workflow], None]] = {
    **{classification: partial(classified, classification) for classification in CLASSIFICATIONS},
    "duplicate": duplicate,
    "counterparty matched": other_side_matched,
    "document missing": document_missing,
    "circuits opening and recovering": circuits_opening_and_recovering,
    "circuits unreachable": circuits_unreachable,
    "executions-failing": input_wrong,
    "outage": input_wrong_for_long,
    "executions-throttled": start_refused,
    "executions-slow": agent_slow,
    "sessions-near-quota": agent_retried,
    **{f"step-failing-{agent}": partial(agent_failing, agent) for agent in AGENTS},
    **{f"circuit-open-{agent}": partial(circuit_refusing, agent) for agent in AGENTS},
    **{f"runtime-throttled-{agent}": partial(runtime_throttled, agent) for agent in AGENTS},
    **{f"runtime-errors-{agent}": partial(runtime_failing, agent) for agent in AGENTS},
    **{f"runtime-slow-{agent}": partial(runtime_slow, agent) for agent in AGENTS},
    "active-sessions": many_sessions,
    "dead-letters": input_wrong,
    "dead-letters-old": input_wrong,
    "another version": lambda workflow: workflow.process(document_version="0" * 36),
    "documents-deferred": document_deferred,
    "documents-overdue": document_overdue,
    "dead-runs": run_killed,
    "dead runs that left work": work_left,
    "sweep-silent": sweep_failing,
    "table-throttled-circuits": partial(table_throttled, "dynamodb:GetItem:{circuit_table_name}"),
    "index throttled": sweep_throttled,
    "backfill": backfilled,
    "upload delivered": upload_delivered,
    "upload tried again": upload_tried_again,
    "upload lost": upload_not_even_dead_lettered,
    "upload missing": upload_missing,
    "uploads-undelivered": upload_undelivered,
    "table-throttled-ledger": partial(table_throttled, "dynamodb:UpdateItem:{ledger_table_name}"),
}
