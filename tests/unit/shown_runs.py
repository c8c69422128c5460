"""Runs to show: kept events of a small workflow with one block, and how the runs ended."""

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path

from harness.report.definition import all_states
from harness.report.run import Run
from harness.report.visits import from_logs, visits_of
from harness.runs import Execution

KEPT = Path(__file__).parent / "runs"
DEFINITION = json.loads((KEPT / "definition.asl.json").read_text())
STATES = dict(all_states(DEFINITION))
THROTTLED = "BedrockAgentCore.ThrottlingException"


def messages(name):
    return (KEPT / f"{name}.jsonl").read_text().splitlines()


def arn(name):
    return json.loads(messages(name)[0])["execution_arn"]


def visits(name, lost=lambda event: event is None):
    kept = [message for message in messages(name) if not lost(json.loads(message))]
    return visits_of(from_logs(kept, arn(name)), STATES)


def story(visits):
    """Return what of visits can be compared."""
    return [
        (visit.name, visit.status, visit.attempts, visit.block_attempt, visit.block and visit.block.name)
        for visit in visits
    ]


MOMENT = datetime(2026, 3, 1, tzinfo=UTC)


def a_run(name="retried", definition=DEFINITION, **changes):
    """Return a run that ended as a test says."""
    execution = Execution(arn(name), "SUCCEEDED", None, {"outcome": "MATCHED"}, MOMENT, MOMENT)
    return Run(dataclasses.replace(execution, **changes), definition, visits(name))
