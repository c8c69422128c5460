"""What 1,000 documents cost, as a model: what a run makes, as measured, times AWS's prices, which are inputs."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

from harness.benchmark.overhead import Path
from harness.benchmark.trial import ONE_RUN, SECONDS
from harness.contract import STEPS

PRICES = File(__file__).with_name("prices.toml")
DOCUMENTS = 1000
_HOUR = 3600
_GB = 1e9
_POLL_STATES = 3  # for each question: wait, call, weigh
# Capacity units of each call: one for an item of up to 1 KB, one for its entry in an index.
_WRITES: Mapping[str, int] = {
    "ClaimDocument": 2,
    "RecordOutcome": 2,
    "TakePlace": 1,
    "CountFailure": 1,
    "NoteThrottle": 1,
}
_READS: Mapping[str, int] = {"ReadCircuit": 1, "FindOtherSide": 1, "ReadFirstRun": 1}


@dataclass(frozen=True)
class Cost:
    """Dollars for 1,000 documents, by what is paid for."""

    way: str
    parts: Mapping[str, float]

    @property
    def total(self) -> float:
        """All of it."""
        return sum(self.parts.values())


def prices() -> tuple[str, Mapping[str, float], Mapping[str, float]]:
    """Return the date of the prices, the prices in dollars, and what is assumed beside them."""
    read: dict[str, Any] = tomllib.loads(PRICES.read_text(encoding="utf-8"))
    return read["as_of"], {name: price["dollars"] for name, price in read["prices"].items()}, read["assumed"]


def model(match: Path, called_back: Path) -> Iterator[Cost]:
    """Yield what 1,000 documents cost that take the path of a match, in each way of running them.

    `called_back` is that path where each agent sends its reply back with a task token.
    """
    _, price, assumed = prices()
    agents = {"agents": DOCUMENTS * sum(_session(SECONDS[agent], price, assumed) for agent in STEPS)}
    express = price["step_functions_express_run"] + price["step_functions_express_gb_second"] * (
        assumed["run_gb"] * match.seconds
    )
    questions = ONE_RUN / assumed["progress_seconds"]
    transition = price["step_functions_transition"]
    polling = (match.states + questions * _POLL_STATES) * transition
    for way, workflow, path in (
        ("EXPRESS", express, match),
        ("STANDARD", match.states * transition, match),
        ("STANDARD, agents call back", called_back.states * transition, called_back),
        (f"STANDARD, agents in progress, polled each {assumed['progress_seconds']} s", polling, match),
    ):
        yield Cost(way, agents | {"workflow": DOCUMENTS * workflow} | _services(path, price))
    process = (
        assumed["process_vcpu"] * price["fargate_vcpu_hour"] + assumed["process_gb"] * price["fargate_gb_hour"]
    ) / _HOUR
    yield Cost("a process that waits, one document at a time", agents | {"process": DOCUMENTS * ONE_RUN * process})


def mistakes() -> Iterator[tuple[str, float]]:
    """Yield what goes wrong, and the dollars that it costs for 1,000 documents."""
    _, price, assumed = prices()
    longest = max(SECONDS[agent] for agent in STEPS)
    yield f"an agent of {longest} s is called once more", DOCUMENTS * _session(longest, price, assumed)
    idle = assumed["session_gb"] * assumed["idle_seconds"] / _HOUR * price["agentcore_gb_hour"]
    yield f"{len(STEPS)} sessions idle until AgentCore ends them", DOCUMENTS * len(STEPS) * idle


def _session(seconds: float, price: Mapping[str, float], assumed: Mapping[str, float]) -> float:
    vcpu = assumed["session_vcpu"] * price["agentcore_vcpu_hour"]
    return seconds / _HOUR * (vcpu + assumed["session_gb"] * price["agentcore_gb_hour"])


def _services(path: Path, price: Mapping[str, float]) -> dict[str, float]:
    writes = sum(path.calls[state] * units for state, units in _WRITES.items())
    reads = sum(path.calls[state] * units for state, units in _READS.items())
    return {
        "DynamoDB": DOCUMENTS * (writes * price["dynamodb_write_unit"] + reads * price["dynamodb_read_unit"]),
        "logs": DOCUMENTS * path.log_bytes / _GB * price["logs_gb"],
        "metrics, trace, S3": DOCUMENTS
        * (
            path.calls["PutMetrics"] * price["cloudwatch_put_metric_data"]
            + path.calls["WriteTrace"] * price["xray_trace"]
            + path.calls["LocateDocument"] * price["s3_head"]
        ),
    }
