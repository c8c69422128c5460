"""The account of a soak test: where every document is, and what is wrong about it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.contract import EXCEPTIONS, STEPS
from harness.ledger import records
from harness.redrive import dead_letters, redrive
from harness.soak.plan import Document
from harness.soak.run import WEATHERED, Bench, Started

Record = Mapping[str, Any]
KILLED, DIED = "ended by the platform", "RunDied"  # what the account calls it, and what the sweep of dead runs does
NO_END = (None, "DUPLICATE", "FAILED", "PENDING")  # outcomes with which no document is finished


@dataclass
class Account:
    """The outcomes of the documents; `violations` are sentences, none when all is well."""

    documents: int
    runs: Counter[str]  # by outcome, or by error
    places: Counter[str]  # documents, by who accounts for them
    exceptions: int
    dead_letters: int
    violations: list[str]


@dataclass(frozen=True)
class _Evidence:
    """What the ledger, the agents and the queue know, by document."""

    records: Mapping[str, Record]
    runs: Mapping[str, list[Started]]
    exceptions: Mapping[str, set[str]]  # idempotency keys of those that were raised
    dead_letters: Mapping[str, list[tuple[str, str]]]  # the run that each is of, and its error
    acts: Mapping[tuple[str, str], list[tuple[str, str]]]  # by agent and key: document and run that it worked for
    keys: Mapping[tuple[str, ...], set[str]]  # by agent and document, and by what is reported of it
    called: Mapping[tuple[str, str], float]  # by agent and document: when it was called last
    callers: set[str]  # the runs that called any agent


def take(bench: Bench, planned: Sequence[Document], started: Sequence[Started]) -> Account:
    """Take the account when all runs are over."""
    evidence = _gather(bench, started)
    violations = [
        *_lost(planned, evidence),
        *_without_outcome(started),
        *_disagreements(planned, evidence),
        *_unplanned(planned, evidence),
        *_left_waiting(planned, evidence),
        *_repetitions(evidence),
        *_reported_twice(evidence),
    ]
    return Account(
        documents=len(planned),
        runs=Counter(map(_end, started)),
        places=Counter(_place(document, evidence) or "lost" for document in planned),
        exceptions=sum(map(len, evidence.exceptions.values())),
        dead_letters=sum(map(len, evidence.dead_letters.values())),
        violations=violations,
    )


def after_redrive(bench: Bench, planned: Sequence[Document]) -> Iterator[str]:
    """Run the dead letters again, with healthy agents, and yield a sentence for what is wrong afterwards."""
    for _ in range(2):  # a second dead letter of a document, run beside the first, finds it under way
        with bench.at_speed(), dead_letters(bench.stack) as found:
            for _ in redrive(bench.stack, found, bench.at_once):
                pass
    with dead_letters(bench.stack) as found:
        for dead_letter in found:
            yield f"There is a dead letter of {dead_letter.document} although it was run again: {dead_letter.error}."
    by_key = {record["document"]: record for record in records(bench.stack)}
    for document in planned:
        status = by_key.get(document.key, {}).get("status")
        if status in ("RUNNING", "DEAD_LETTERED"):
            yield f"{document.id} is {status} after its dead letter was run again."


def _gather(bench: Bench, started: Sequence[Started]) -> _Evidence:
    runs, exceptions, dead_lettered, acts, keys = (defaultdict(kind) for kind in (list, set, list, list, set))
    called, callers = {}, set()
    for one in started:
        runs[one.start.document.id].append(one)
    documents = {one.start.correlation_id: one.start.document.id for one in started}
    for agent in (*STEPS, EXCEPTIONS):
        for call in bench.calls(agent):
            payload = call["payload"]
            key, run = payload["idempotency_key"], payload["correlation_id"]
            reported = payload.get("event_type", ""), payload.get("error_message", "").partition(":")[0]
            keys[agent, documents[run], *reported].add(key)
            called[agent, documents[run]] = call["time"]
            callers.add(run)
            if not call["response"] or call["response"]["kind"] != "reply":  # it could not do its work
                continue
            acts[agent, key].append((documents[run], run))
            if agent == EXCEPTIONS:
                exceptions[documents[run]].add(key)
    with dead_letters(bench.stack) as found:
        for one in found:
            dead_lettered[one.document].append((one.content["input"]["correlation_id"], one.error))
    by_key = {record["document"]: record for record in records(bench.stack)}
    return _Evidence(by_key, runs, exceptions, dead_lettered, acts, keys, called, callers)


def _end(one: Started) -> str:
    return KILLED if one.execution is None else one.execution.error or str(one.execution.outcome)


def _place(document: Document, evidence: _Evidence) -> str | None:
    """Return who accounts for a document; None: nobody."""
    record = evidence.records.get(document.key, {"status": "no record"})
    raised, dead_lettered = evidence.exceptions.get(document.id), evidence.dead_letters.get(document.id)
    match record["status"], record.get("outcome"):
        case ("COMPLETED", "EXCEPTION_RAISED") | ("FAILED", _) if raised:
            return "exception raised"
        case ("COMPLETED", outcome) if outcome != "EXCEPTION_RAISED":
            return "completed"
        case ("PENDING", _):
            return "waits for its counterparty"
        case ("DEAD_LETTERED" | "no record", _) if dead_lettered:
            return "dead-lettered"
        case ("no record", _) if raised:
            return "exception raised"
    return None


def _lost(planned: Sequence[Document], evidence: _Evidence) -> Iterator[str]:
    for document in planned:
        if not _place(document, evidence):
            record = evidence.records.get(document.key, {})
            state = f"{record.get('status', 'nothing')}, outcome {record.get('outcome', 'none')}"
            raised, sent = (len(found.get(document.id, ())) for found in (evidence.exceptions, evidence.dead_letters))
            ends = ", ".join(map(_end, evidence.runs[document.id]))
            yield f"{document.id} is lost ({ends}): the ledger says {state}; {raised} exceptions, {sent} dead letters."


def _without_outcome(started: Sequence[Started]) -> Iterator[str]:
    for one in started:
        if one.execution and one.execution.outcome is None:
            how = f"{one.execution.status} with {one.execution.error}"
            yield f"A run of {one.start.document.id} ended {how} without an outcome."


def _disagreements(planned: Sequence[Document], evidence: _Evidence) -> Iterator[str]:
    """Compare the runs with the ledger: one run at most finishes a document, and the ledger has its outcome."""
    for document in planned:
        outcomes = [one.execution.outcome for one in evidence.runs[document.id] if one.execution]
        ends = [outcome for outcome in outcomes if outcome not in NO_END]
        record = evidence.records.get(document.key, {})
        if len(ends) > 1:
            yield f"{document.id} was brought to an end {len(ends)} times: {', '.join(ends)}."
        elif ends and record.get("outcome") != ends[0]:
            yield f"A run of {document.id} ended with {ends[0]}, but the ledger says {record.get('outcome')}."


def _unplanned(planned: Sequence[Document], evidence: _Evidence) -> Iterator[str]:
    """Find unexpected ends: a document ends as planned, or fails with what can have struck it."""
    for document in planned:
        ends, errors = {document.outcome}, document.errors | WEATHERED
        if document.other_side:
            ends.add(document.other_side.outcome)
        if document.fails and len(document.starts) == 1:
            ends.clear()
        results = [
            ("A run", one.execution.outcome, one.execution.error) for one in evidence.runs[document.id] if one.execution
        ]
        record = evidence.records.get(document.key)
        if record:
            results.append(("The ledger", record.get("outcome"), record.get("error")))
            errors |= {DIED} if record["status"] == "DEAD_LETTERED" else set()
        for who, outcome, error in results:
            if outcome == "FAILED" and error not in errors:
                yield f"{who} says that {document.id} failed with {error}, which nothing can have caused."
            elif outcome not in {*ends, *NO_END} or (outcome == "PENDING" and outcome not in ends):
                yield f"{who} says {outcome} of {document.id}, where {'/'.join(ends) or 'FAILED'} was expected."


def _left_waiting(planned: Sequence[Document], evidence: _Evidence) -> Iterator[str]:
    """Find documents that still wait although their counterparty was matched after them."""
    for document in planned:
        other = document.other_side
        if not other or evidence.records.get(document.key, {}).get("status") != "PENDING":
            continue
        called_at, matched_at = (evidence.called.get((STEPS[-1], side.id), 0) for side in (document, other))
        if evidence.records.get(other.key, {}).get("outcome") == other.outcome and called_at < matched_at:
            yield f"{document.id} still waits for {other.id}, which matched it."


def _repetitions(evidence: _Evidence) -> Iterator[str]:
    """Find work done twice: an agent acts once per key, and once more for each run that had not ended the document."""
    for document, runs in evidence.runs.items():
        for one in runs:
            if one.execution and one.execution.error == "ClaimLost":
                yield f"Two runs had {document} at once."
            if one.execution and one.execution.outcome == "DUPLICATE" and one.start.correlation_id in evidence.callers:
                yield f"A run of {document} ended with DUPLICATE, but called an agent."
    for (agent, key), acts in evidence.acts.items():
        documents, runs = ({act[place] for act in acts} for place in (0, 1))
        if len(documents) > 1:
            yield f"{agent} received one idempotency key for {', '.join(sorted(documents))}: {key}."
            continue
        (document,) = documents
        outcomes = [one.execution.outcome if one.execution else KILLED for one in evidence.runs[document]]
        unfinished = sum(outcome in (KILLED, "FAILED", "PENDING") for outcome in outcomes)
        if len(runs) > 1 + unfinished or len(acts) > len(runs):
            yield f"{agent} acted {len(acts)} times for {document} under one idempotency key."
    for (agent, document, *_), keys in evidence.keys.items():
        if len(keys) > 1:
            yield f"{agent} received {len(keys)} idempotency keys for {document}."


def _reported_twice(evidence: _Evidence) -> Iterator[str]:
    """Find runs that sent a dead letter although they had ended their document or raised its exception.

    One whose outcome could not be recorded does: the sweep of dead runs finds its claim.
    """
    raised = {run for (agent, _), acts in evidence.acts.items() if agent == EXCEPTIONS for _, run in acts}
    for document, sent in evidence.dead_letters.items():
        outcomes = {one.start.correlation_id: one.execution.outcome for one in evidence.runs[document] if one.execution}
        unrecorded = {run for run, error in sent if error == DIED}
        for run, error in sent:
            if outcomes.get(run) not in (None, "FAILED"):
                yield f"A run of {document} ended with {outcomes[run]}, but there is a dead letter of it: {error}."
            elif run in raised - unrecorded:
                yield f"A run of {document} raised an exception, but there is a dead letter of it: {error}."
