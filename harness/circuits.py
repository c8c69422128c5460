"""The agents' circuits, as the table has them: an item for each agent that has failed, also after it recovered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from harness.errors import HarnessError
from harness.ledger import bring_forward, deferred
from harness.stack import Stack

DOCUMENT = "document_"  # begins the name of the attribute of a document that failed


@dataclass(frozen=True)
class Circuit:
    """One agent's circuit: CLOSED, OPEN until `probed_from`, or HALF_OPEN since then."""

    agent: str
    state: str
    failures: int = 0  # documents that failed since the last success, over all runs
    last_error: str = ""
    failed_at: datetime | None = None
    probed_from: datetime | None = None


def circuits(stack: Stack) -> list[Circuit]:
    """Return the circuit of each agent."""
    table, now = stack.outputs["circuit_table_name"], stack.now()
    items = stack.client("dynamodb").scan(TableName=table, ConsistentRead=True)["Items"]
    by_agent = {item["agent"]["S"]: item for item in items}
    settings = stack.outputs["circuit_breakers"]
    return [_circuit(agent, by_agent.get(agent), setting, now) for agent, setting in settings.items()]


def reset(stack: Stack, agent: str) -> None:
    """Close an agent's circuit and forget its failures; what waits for the agent is due now.

    Raises HarnessError for an agent that there is not.
    """
    if agent not in stack.outputs["circuit_breakers"]:
        known = ", ".join(stack.outputs["circuit_breakers"])
        raise HarnessError(f"There is no agent {agent}: choose among {known}.")
    table = stack.outputs["circuit_table_name"]
    stack.client("dynamodb").delete_item(TableName=table, Key={"agent": {"S": agent}})
    for record in deferred(stack):
        if record["waiting_for"] == agent:
            bring_forward(stack, record)


def _circuit(agent: str, item: dict[str, Any] | None, setting: dict[str, Any], now: datetime) -> Circuit:
    failures = sum(name.startswith(DOCUMENT) for name in item or ())
    if not item or not failures:
        return Circuit(agent, "CLOSED")
    failed_at = datetime.fromisoformat(item["failed_at"]["S"])
    error = item.get("last_error", {}).get("S", "")
    if failures < setting["failure_threshold"]:
        return Circuit(agent, "CLOSED", failures, error, failed_at)
    probed_from = failed_at + timedelta(seconds=setting["open_seconds"])
    return Circuit(agent, "OPEN" if now < probed_from else "HALF_OPEN", failures, error, failed_at, probed_from)
