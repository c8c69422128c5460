"""The model: what must hold of documents, whatever happens to them."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from harness.adversary.played import Played, Version
from harness.adversary.story import CIRCUITS, LATE, Operation
from harness.contract import EXCEPTIONS, STEPS

LEASE = 360  # seconds of a place
WRITING = 40  # seconds in which a call that ended has released its slot, if AWS responds late
ENDS = ("COMPLETED", "FAILED", "PENDING", "DEAD_LETTERED")


def violations(story: list[Operation], played: Played) -> list[str]:
    """Return a sentence for each thing that does not hold; none: the story was played as it must be."""
    return [sentence for rule in RULES for sentence in rule(story, played)]


def _every_record_ends(_: list[Operation], played: Played) -> Iterator[str]:
    for record in played.records:
        if record["status"] not in ENDS:
            yield f"{_subject(record)} never ends: it is {record['status']}."


def _what_ended_stays_ended(_: list[Operation], played: Played) -> Iterator[str]:
    ended = set()
    for record in played.seen:
        claim = _subject(record), record["claim"]
        if record["status"] != "RUNNING":
            ended.add(claim)
        elif claim in ended:
            yield f"{_subject(record)} is RUNNING again by a run that had ended it."
            return


def _each_has_its_own_trade(_: list[Operation], played: Played) -> Iterator[str]:
    known = _known(played)
    for record in played.records:
        version = known.get((record["document"], record["version"]))
        if version is None:
            yield f"{_subject(record)} is about a version that never was."
        elif "trade_id" in record and record["trade_id"] != f"{played.tag}-{version.content.number}":
            yield f"{_subject(record)} has another version's trade."
        elif record.get("match_classification", version.content.classification) != version.content.classification:
            yield f"{_subject(record)} has another version's classification."


def _only_what_matched_is_matched(_: list[Operation], played: Played) -> Iterator[str]:
    known = _known(played)
    for record in played.records:
        version = known.get((record["document"], record["version"]))
        if version is None or record.get("outcome") != "MATCHED" or version.content.classification == "MATCHED":
            continue
        named = [
            reply.get("matched_document_version")
            for call in played.calls[STEPS[2]]
            if (reply := _match(played, call)).get("matched_document_id") == record["document_id"]
        ]
        if not any(one in (None, record["version"]) for one in named):
            yield f"{_subject(record)} is MATCHED, but no agent matched this version."


def _nothing_is_done_twice(_: list[Operation], played: Played) -> Iterator[str]:
    """Hold that two runs never work on one version at once, nor more often than it was requested."""
    requested = Counter(
        (start.path, start.run_input.get("requested_at", place))
        for place, start in enumerate(start for start in played.starts if start.run_input.get("reprocess"))
    )
    generations, works = defaultdict(set), defaultdict(list)
    for agent in STEPS:
        for call in played.calls[agent]:
            payload = call["payload"]
            subject = payload["document_path"], payload.get("document_version", payload["idempotency_key"])
            if agent == STEPS[0]:
                generations[subject].add(payload["idempotency_key"])
            if payload["document_id"] not in played.killed and not _is_late(call):
                works[subject].append((call["time"], call["ended"] or call["time"]))
    for (path, version), keys in generations.items():
        more = len({at for requested_path, at in requested if requested_path == path})
        refused = sum(_kind(call) == "raw" for agent in STEPS[1:] for call in _of(played, agent, path))
        others = any(start.path == path and not start.run_input.get("reprocess") for start in played.starts)
        if len(keys) > others + more + refused:
            yield f"{path} ({version}) was processed {len(keys)} times, and {more} times that was requested again."
    for (path, version), spans in works.items():
        ordered = sorted(spans)
        if any(later[0] < earlier[1] - 0.001 for earlier, later in itertools.pairwise(ordered)):
            yield f"{path} ({version}) was worked on by two runs at once."


def _a_match_is_made_once(story: list[Operation], played: Played) -> Iterator[str]:
    """Hold that nothing calls trade-matching again under the same key once it matched, where nothing was lost."""
    if any(operation.kind in ("fault", "kill") for operation in story):
        return
    matched_keys = Counter(
        call["payload"]["idempotency_key"]
        for call in played.calls[STEPS[2]]
        if _match(played, call).get("match_classification") == "MATCHED"
    )
    for call in played.calls[STEPS[2]]:
        if matched_keys.pop(call["payload"]["idempotency_key"], 0) > 1:
            yield f"{call['payload']['document_path']} was matched more than once in one generation."


def _every_failure_is_reported(_: list[Operation], played: Played) -> Iterator[str]:
    raised = defaultdict(set)
    for call in played.calls[EXCEPTIONS]:
        payload = call["payload"]
        key = f"{payload['source_type']}#{payload['document_id']}", payload.get("document_version")
        raised[key].add(payload["idempotency_key"])
    remaining = {f"{one['input'].get('source_type')}#{one['input'].get('document_id')}" for one in played.remaining}
    starts = Counter(start.name for start in played.starts)
    for record in played.records:
        reported = raised[(record["document"], record["version"])]
        if (record["status"] == "FAILED" or record.get("outcome") == "EXCEPTION_RAISED") and not reported:
            yield f"{_subject(record)} failed, and no exception was raised for it."
        if record["status"] == "DEAD_LETTERED" and record["document"] not in remaining:
            yield f"{_subject(record)} is dead-lettered, and no dead letter is left."
        if starts[record["document_id"]] == 1 and record["document_id"] not in played.killed and len(reported) > 1:
            yield f"{_subject(record)} was started once and raised {len(reported)} exceptions."


def _every_start_is_accounted_for(_: list[Operation], played: Played) -> Iterator[str]:
    raised = {call["payload"]["correlation_id"] for call in played.calls[EXCEPTIONS]}
    sent = {one["input"].get("correlation_id") for one in played.dead_letters}
    recorded = {record["document_id"] for record in played.records}
    for start in played.starts:
        name = start.name
        if not (start.correlation_id in raised | sent or name in recorded or name in played.killed):
            yield f"Start {start.correlation_id} of {name} left neither a record nor an exception nor a dead letter."


def _places_and_circuits_return(story: list[Operation], played: Played) -> Iterator[str]:
    places = played.circuits.get("admission", {}).get("places", {})
    if kept := [place for place in places.values() if not (_has_late_places(story) and _expires(place, played))]:
        yield f"{len(kept)} places are not released."
    if not any(CIRCUITS in operation.settings.get("call", "") for operation in story):
        ended = {
            call["session_id"]: call["ended"]
            for agent in played.calls
            for call in played.calls[agent]
            if call["ended"] and not _is_late(call) and call["payload"]["document_id"] not in played.killed
        }
        held = {agent for agent, session, seen in played.slots if ended.get(session, seen) < seen - WRITING}
        if held:
            yield f"Half-open slots of {', '.join(sorted(held))} are kept after their calls."
    probe = [record for record in played.records if record["document_id"] == played.probe]
    if [(one["status"], one.get("deferrals", "0")) for one in probe] != [("COMPLETED", "0")]:
        yield f"A document that is sent without faults is not processed: {probe}."


def _has_late_places(story: list[Operation]) -> bool:
    """Return whether a place may have been written when its run had ended: it is released when somebody needs it."""
    return any(CIRCUITS in one.settings.get("call", "") and "delay_seconds" in one.settings for one in story)


def _expires(place: Mapping[str, str], played: Played) -> bool:
    return float(place["N"]) <= played.ended_at + LEASE * 1000


RULES = (
    _every_record_ends,
    _what_ended_stays_ended,
    _each_has_its_own_trade,
    _only_what_matched_is_matched,
    _nothing_is_done_twice,
    _a_match_is_made_once,
    _every_failure_is_reported,
    _every_start_is_accounted_for,
    _places_and_circuits_return,
)


def _known(played: Played) -> dict[tuple[str, str], Version]:
    return {
        (f"{played.side(document)}#{played.name(document)}", version.id): version
        for document, versions in played.versions.items()
        for version in versions
    }


def _of(played: Played, agent: str, path: str) -> list[dict[str, Any]]:
    return [call for call in played.calls[agent] if call["payload"]["document_path"] == path]


def _match(played: Played, call: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what trade-matching replied to a call; empty where it failed."""
    is_reply = _kind(call) == "reply" and not _is_late(call)
    return played.matches.get(call["payload"]["trade_id"], {}) if is_reply else {}


def _kind(call: Mapping[str, Any]) -> str:
    """Return the kind of a response; empty where there is none yet."""
    return (call["response"] or {}).get("kind", "")


def _is_late(call: Mapping[str, Any]) -> bool:
    return call["ended"] is None or call["ended"] - call["time"] >= LATE / 20


def _subject(record: Mapping[str, Any]) -> str:
    return f"{record['document']} ({record['version']})"
