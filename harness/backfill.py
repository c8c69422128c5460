"""Backfills: started, followed and summed up through AWS's own APIs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.errors import HarnessError
from harness.stack import Stack

RUNNING = "RUNNING"
ENDS = ("succeeded", "failed", "timedOut", "aborted", "pending")  # the ends of objects in a backfill


@dataclass(frozen=True)
class Progress:
    """How far a backfill is, in objects; `total` is 0 until they are listed."""

    total: int
    succeeded: int
    failed: int
    running: int

    @property
    def done(self) -> int:
        """How many objects are done with."""
        return self.succeeded + self.failed


@dataclass
class Summary:
    """The outcomes of the objects of a finished backfill, or, after a rehearsal, how many there are.

    `outcomes` counts documents as the ledger has them, those that were done before (`already`) included. A
    backfill that did not get to its end wrote no results: its `counts` are of objects, as the Map run has them.
    """

    status: str
    error: str = ""
    outcomes: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)  # of documents that failed in this backfill
    counts: Counter[str] = field(default_factory=Counter)  # of a rehearsal, or of a backfill that failed
    already: int = 0
    exceptions: int = 0
    results: str = ""  # where AWS wrote a line for each object

    def add(self, result: Mapping[str, Any]) -> None:
        """Count one line of the results."""
        if "outcome" not in result:
            self.counts.update(result)
            return
        self.outcomes[result["outcome"]] += 1
        self.already += bool(result.get("already"))
        self.exceptions += bool(result.get("exception_id"))
        if result.get("error"):
            self.errors[result["error"]] += 1


def start(stack: Stack, run_input: Mapping[str, Any]) -> tuple[str, bool]:
    """Return the ARN of the execution that does this backfill, and whether it is new: one that is running is kept.

    Raises HarnessError where the stack has no backfill, or is busy with another one.
    """
    machine = _machine(stack)
    client = stack.client("stepfunctions")
    if arn := running(stack):
        if json.loads(client.describe_execution(executionArn=arn)["input"]) != run_input:
            raise HarnessError(f"Another backfill is running, {arn}: wait for its end, or stop it.")
        return arn, False
    return client.start_execution(stateMachineArn=machine, input=json.dumps(run_input))["executionArn"], True


def running(stack: Stack) -> str | None:
    """Return the ARN of the backfill that is running, if any is. Raises HarnessError where the stack has none."""
    listed = stack.client("stepfunctions").list_executions(stateMachineArn=_machine(stack), statusFilter=RUNNING)
    return next((execution["executionArn"] for execution in listed["executions"]), None)


def stop(stack: Stack, arn: str) -> None:
    """Stop a backfill. The runs that it started go on."""
    stack.client("stepfunctions").stop_execution(executionArn=arn, cause="Stopped by make backfill.")


def progress(stack: Stack, arn: str) -> Progress | None:
    """Return how far a backfill is; None when it has ended."""
    client = stack.client("stepfunctions")
    if client.describe_execution(executionArn=arn)["status"] != RUNNING:
        return None
    for counts in _map_runs(stack, arn):
        failed = sum(counts[name] for name in ("failed", "timedOut", "aborted"))
        return Progress(counts["total"], counts["succeeded"], failed, counts["running"])
    return Progress(0, 0, 0, 0)


def summary(stack: Stack, arn: str) -> Summary:
    """Return the results of a backfill that has ended, from the results that it wrote to S3."""
    execution = stack.client("stepfunctions").describe_execution(executionArn=arn)
    found = Summary(execution["status"], ": ".join(filter(None, map(execution.get, ("error", "cause")))))
    if execution["status"] == "SUCCEEDED":
        where = json.loads(execution["output"])["ResultWriterDetails"]
        found.results = f"s3://{where['Bucket']}/{where['Key']}"
        for result in _results(stack, where["Bucket"], where["Key"]):
            found.add(result)
    else:
        for counts in _map_runs(stack, arn):
            found.counts.update({name: counts[name] for name in ENDS if counts[name]})
    return found


def _map_runs(stack: Stack, arn: str) -> Iterator[Mapping[str, int]]:
    """Yield how many objects each Map run of an execution brought how far."""
    client = stack.client("stepfunctions")
    for run in client.list_map_runs(executionArn=arn)["mapRuns"]:
        yield client.describe_map_run(mapRunArn=run["mapRunArn"])["itemCounts"]


def _machine(stack: Stack) -> str:
    if machine := stack.outputs.get("backfill_state_machine_arn"):
        return machine
    raise HarnessError("The stack has no backfill: set `backfill = {}` in the call of the module and apply.")


def _results(stack: Stack, bucket: str, manifest: str) -> Iterator[Mapping[str, Any]]:
    """Yield the result of each child: its output, or the cause of its failure, which has the same form.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
    """
    s3 = stack.client("s3")
    files = json.load(s3.get_object(Bucket=bucket, Key=manifest)["Body"])["ResultFiles"]
    for status, listed in files.items():
        for file in listed:
            for line in s3.get_object(Bucket=bucket, Key=file["Key"])["Body"].iter_lines():
                yield json.loads(line) if status == "SUCCEEDED" else _failed(json.loads(line))


def _failed(child: Mapping[str, Any]) -> Mapping[str, Any]:
    cause = child.get("Cause", "")
    if cause.startswith('{"key":'):
        return json.loads(cause)
    (item,) = json.loads(child["Input"])["Items"]
    return {"key": item["key"], "outcome": "UNKNOWN", "error": child.get("Error", child["Status"])}
