"""`python -m harness.benchmark.burst`: what a run of the workflow costs the embedded AWS, alone and in a burst."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from harness import fault_matrix
from harness.embedded import launch
from harness.local import example
from harness.runs import run
from harness.stack import Stack

_PATIENCE = 600  # seconds
_AT_ONCE = 50  # requests of the client


@dataclass(frozen=True)
class Figures:
    """Seconds, real and of the embedded AWS's CPU."""

    start_up: float  # until the embedded AWS accepts requests
    cpu_alone: float  # CPU of one run, runs one after another
    cpu_burst: float  # CPU of one run, all at once
    burst: float  # from the first start to the end of the last run
    succeeded: int


def measure(alone: int, burst: int) -> Figures:
    """Run the happy path through three scripted agents, `alone` times in turn and `burst` times at once.

    Linux only: the CPU time of another process is read from /proc.
    """
    begun = time.monotonic()
    with launch(leaps=True) as aws:
        aws.admin("GET", "/_alive")
        start_up = time.monotonic() - begun
        with example(aws.url) as workspace:
            workspace.apply()
            stack = Stack.embedded(aws.url, workspace.output())
            for agent, data in fault_matrix.AGENTS.items():
                aws.admin("PUT", f"/_agents/{agent}", [{"reply": data["good"]}])
            documents = _documents(stack, 1 + alone + burst)
            run(stack, next(documents))
            cpu = _cpu(aws.process)
            for _ in range(alone):
                run(stack, next(documents))
            cpu_alone = (_cpu(aws.process) - cpu) / max(alone, 1)
            cpu, begun, before = _cpu(aws.process), time.monotonic(), _finished(stack)
            client = stack.client("stepfunctions")
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                starts = [
                    pool.submit(
                        client.start_execution, stateMachineArn=stack.state_machine_arn, input=json.dumps(document)
                    )
                    for document in documents
                ]
                for start in starts:
                    start.result()
            while sum(counts := [now - then for now, then in zip(_finished(stack), before, strict=True)]) < burst:
                if time.monotonic() - begun > _PATIENCE:
                    raise TimeoutError(f"{sum(counts)} of {burst} runs ended in {_PATIENCE} s.")
                time.sleep(0.5)
            return Figures(
                start_up, cpu_alone, (_cpu(aws.process) - cpu) / max(burst, 1), time.monotonic() - begun, counts[0]
            )


def _documents(stack: Stack, count: int) -> Iterator[dict[str, str]]:
    bucket = stack.outputs["documents_bucket"]
    for number in range(count):
        stack.client("s3").put_object(Bucket=bucket, Key=f"BANK/{number}.pdf", Body=b"%PDF-")
    return ({"document_path": f"s3://{bucket}/BANK/{number}.pdf"} for number in range(count))


def _finished(stack: Stack) -> list[int]:
    """Return how many runs succeeded, and how many did not, by the service's own metrics."""
    now = stack.now()
    return [
        int(sum(point["Sum"] for point in _points(stack, metric, now)))
        for metric in ("ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted")
    ]


def _points(stack: Stack, metric: str, now: datetime) -> list[dict[str, float]]:
    return stack.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/States",
        MetricName=metric,
        Dimensions=[{"Name": "StateMachineArn", "Value": stack.outputs["state_machine_arn"]}],
        StartTime=now - timedelta(hours=2),
        EndTime=now + timedelta(hours=1),
        Period=86400,
        Statistics=["Sum"],
    )["Datapoints"]


def _cpu(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m harness.benchmark.burst", description=__doc__)
    parser.add_argument("--alone", type=int, default=50, help="runs in turn (default: 50)")
    parser.add_argument("--burst", type=int, default=1000, help="runs at once (default: 1000)")
    arguments = parser.parse_args()
    figures = measure(arguments.alone, arguments.burst)
    print(f"start-up {figures.start_up:.2f} s")
    print(f"CPU per run {figures.cpu_alone * 1000:.1f} ms alone, {figures.cpu_burst * 1000:.1f} ms in the burst")
    print(f"{arguments.burst} runs at once: {figures.burst:.1f} s, {figures.succeeded} succeeded")


if __name__ == "__main__":
    main()
