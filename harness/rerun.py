"""Documents that failed, and starting their runs again at a pace."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from harness.contract import AGENTS
from harness.errors import HarnessError
from harness.ledger import failed
from harness.stack import Stack

Record = Mapping[str, Any]

# The step that failed, by the agent whose step it was.
_STEPS = {agent: described["event_type"] for agent, described in AGENTS.items()}


def choose(
    stack: Stack,
    error: str | None = None,
    agent: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Record]:
    """Return the records of failed documents, the earliest first: of one error, of one agent's step, of a time.

    Dead-lettered documents are not among them: `redrive` runs these.
    """
    found = [
        record
        for record in failed(stack)
        if error in (None, record.get("error"))
        and (agent is None or record.get("event_type") == _STEPS[agent])
        and (since is None or since <= finished(record))
        and (until is None or finished(record) < until)
    ]
    return sorted(found, key=finished)


def start(
    stack: Stack, chosen: Sequence[Record], per_second: float, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Record]:
    """Start a run for each document, so many a second, and yield each record as its run begins.

    A document that another run has had since is not processed: its run is a DUPLICATE. Raises HarnessError where AWS
    refuses a start.
    """
    client = stack.client("stepfunctions")
    for number, record in enumerate(chosen):
        if number:
            sleep(1 / per_second)
        try:
            client.start_execution(stateMachineArn=stack.state_machine_arn, input=json.dumps(_input(record)))
        except (ClientError, BotoCoreError) as refusal:
            raise HarnessError(
                f"AWS refused to start a run of {record['document']}, after {number} of {len(chosen)}: {refusal}. "
                "The same command runs those again that still are failed."
            ) from refusal
        yield record


def _input(record: Record) -> dict[str, Any]:
    names = ("document_path", "source_type", "document_id", "correlation_id", "claim")
    return {name: record[name] for name in names} | {"document_version": record["version"]}


def finished(record: Record) -> datetime:
    """Return when a document failed."""
    return datetime.fromisoformat(record["finished_at"])
