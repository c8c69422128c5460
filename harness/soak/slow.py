"""The samples, sent through reference agents that are as slow as their owners measured them, in each way that there is.

Each agent works in the background, served by AWS's own SDKs. Whether calls are cut must make no difference.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from harness.benchmark.trial import applied
from harness.contract import AGENTS
from harness.embedded import Endpoint
from harness.ledger import forget
from harness.paths import SAMPLES
from harness.runs import run
from harness.samples import Expected, expectations
from harness.stack import Stack

# How long the agents work.
_SECONDS: Mapping[str, float] = dict(zip(AGENTS, (67, 32, 335, 15), strict=True))
_FITTING = {**_SECONDS, "trade-matching": 80}  # for a single run of Express


def _standard(**settings: Any) -> Mapping[str, Any]:
    agents = {agent: {"call_seconds": 50, "timeout_seconds": 400, **settings} for agent in AGENTS}
    return {"workflow_type": "STANDARD", "agents": agents}


WAYS: Mapping[str, Mapping[str, Any]] = {
    "EXPRESS over HTTP": {},
    "STANDARD over HTTP": _standard(),
    "STANDARD over A2A": _standard(protocol="A2A"),
    "STANDARD with callbacks": _standard(completion="callback", heartbeat_seconds=20),
}
CUTS = (None, 60)


def soak(way: str) -> Iterator[str]:
    """Send all samples through agents that are slow in one of `WAYS`, twice, and yield what is wrong, as sentences."""
    settings = WAYS[way]
    seconds = _SECONDS if settings else _FITTING
    with applied(**settings) as (aws, stack):
        aws.admin("PUT", "/_clock", {"speed": 1, "leaps": True})
        for cut in CUTS:
            _forget(stack)
            aws.admin("PUT", "/_cut", {"cut_seconds": cut})
            for agent in AGENTS:
                aws.admin("DELETE", f"/_agents/{agent}")
                aws.admin("PUT", f"/_agents/{agent}", [{"agent": True, "background_seconds": seconds[agent]}])
            where = f"{way}, calls {f'cut at {cut} s' if cut else 'not cut'}"
            yield from (f"{where}: {sentence}" for sample in expectations() for sentence in _sent(stack, sample))
            yield from (f"{where}: {sentence}" for agent in AGENTS for sentence in _begun(aws, agent))


def _sent(stack: Stack, sample: Expected) -> Iterator[str]:
    path = stack.upload(SAMPLES / sample.document, sample.source_type)
    return sample.differences(run(stack, {"document_path": path, "source_type": sample.source_type}))


def _begun(aws: Endpoint, agent: str) -> Iterator[str]:
    """Yield where an agent began its work for a document again, or was at work for it in two sessions at once."""
    for key, times in aws.admin("GET", f"/_agents/{agent}/work")["by_idempotency_key"].items():
        if times != 1:
            yield f"{agent} began its work for {key} {times} times."
    first = {call["session_id"]: call for call in reversed(aws.admin("GET", f"/_agents/{agent}"))}
    spans = sorted((call["time"], call["session_ended"] or float("inf")) for call in first.values())
    if any(begun < ended for (_, ended), (begun, _) in itertools.pairwise(spans)):
        yield f"{agent} was at work in two sessions at once, while one document was processed after the other."


def _forget(stack: Stack) -> None:
    """Delete all records, and what the reference agents keep."""
    forget(stack)
    client = stack.client("dynamodb")
    for table in client.list_tables()["TableNames"]:
        if table.startswith("reference-agents"):
            client.delete_table(TableName=table)
