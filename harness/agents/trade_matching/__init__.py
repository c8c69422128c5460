"""trade-matching: finds the counterparty's trade and scores how well both agree.

A side is made visible before its counterparty is looked for, with consistent reads: of two sides that arrive
together at least the later one finds the other.
"""

from typing import Any

from harness.agents.aws import Aws
from harness.agents.replies import SOURCE_TYPE, TEXT, RefusalError, check, document_of, no_tokens, payload_schema
from harness.agents.trade_extraction import trades
from harness.agents.trade_matching.compare import Comparison, IncomparableError, Trade, compare
from harness.agents.trade_matching.sides import Side, Sides, linked

_PAYLOAD = payload_schema({"trade_id": {"type": ["string", "null"]}}, document_id=TEXT, source_type=SOURCE_TYPE)
_PAIRING = {"MATCHED", "PROBABLE_MATCH"}


def handle(payload: dict[str, Any], aws: Aws) -> dict[str, Any]:
    """Match one side. Raises RefusalError with TRADE_NOT_FOUND or INVALID_INPUT."""
    check(payload, _PAYLOAD)
    sides = Sides(aws, trades(aws))
    own = sides.read(payload["source_type"], document_of(payload))
    if own is None:
        raise RefusalError(
            "TRADE_NOT_FOUND",
            f"No trade was extracted from {payload['source_type']} document {payload['document_id']}.",
        )
    sides.publish(own)
    while candidates := sides.candidates(own):  # begins anew only where another document took the best candidate
        counterparty = _best(own, candidates)
        reply = _compared(own, counterparty)
        if reply["match_classification"] not in _PAIRING or sides.pair(own, counterparty):
            return reply
    if quoted := sides.quoted(own):  # all are paired with others: this one is a copy, or contradicts what it quotes
        reply = _compared(own, _best(own, quoted))
        if reply["match_classification"] not in _PAIRING:
            return reply
    return _reply("PENDING", 0, [], None, "The counterparty's document has not arrived.")


def _best(own: Side, candidates: list[Side]) -> Side:
    """Return the best of the candidates; a common reference counts more than all else."""
    return max(candidates, key=lambda side: (linked(own.trade, side.trade), _score(own.trade, side.trade)))


def _compared(own: Side, other: Side) -> dict[str, Any]:
    try:
        comparison = compare(own.trade, other.trade)
    except IncomparableError as reason:
        return _reply("DATA_ERROR", 0, ["DATA_ERROR"], other, f"The trades cannot be compared: {reason}.")
    return _reply(comparison.classification, comparison.score, comparison.reason_codes, other, _reasoning(comparison))


def _score(one: Trade, other: Trade) -> int:
    try:
        return compare(one, other).score
    except IncomparableError:
        return -1


def _reasoning(comparison: Comparison) -> str:
    names = ", ".join(difference.name for difference in comparison.differences)
    return f"The sides differ in {names}." if names else "The sides agree."


def _reply(
    classification: str, score: int, reason_codes: list[str], other: Side | None, agent_response: str
) -> dict[str, Any]:
    return {
        "success": True,
        "match_classification": classification,
        "confidence_score": score,
        "reason_codes": reason_codes,
        **({"matched_document_id": other.document_id} if other else {}),
        **({"matched_document_version": other.document_version} if other and other.document_version else {}),
        "agent_response": agent_response,
        "token_usage": no_tokens(),
    }
