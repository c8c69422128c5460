"""The sides of trades that have arrived: how one finds the other, and which belong together."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from botocore.exceptions import ClientError

from harness.agents.aws import Aws, Table
from harness.agents.trade_extraction.names import name_of
from harness.agents.trade_matching.compare import RULES, Trade, currencies, same_parties

_OTHER = {"BANK": "COUNTERPARTY", "COUNTERPARTY": "BANK"}
_PAIR = "paired-with"


@dataclass(frozen=True)
class Side:
    """A document's trade."""

    source_type: str
    document_id: str
    trade: Trade

    @property
    def key(self) -> str:
        """What the document is called among all."""
        return f"{self.source_type}#{self.document_id}"


class Sides:
    """The table of sides: under each thing by which a trade may be found, the documents that have it."""

    def __init__(self, aws: Aws, trades: Table) -> None:
        self._aws = aws
        self._trades = trades
        self._table = Table(aws, "sides", "key", "document_id")

    def read(self, source_type: str, document_id: str) -> Side | None:
        """Read a side as it was extracted."""
        item = self._trades.get(source_type, document_id)
        return Side(source_type, document_id, json.loads(item["trade"])) if item else None

    def publish(self, side: Side) -> None:
        """Let the other side find this one."""
        for key in _keys(side.trade):
            self._table.put({"key": f"{side.source_type}#{key}", "document_id": side.document_id})

    def candidates(self, side: Side) -> list[Side]:
        """Find the documents that may be the other side: the one that this is paired with, or all that are free."""
        other = _OTHER[side.source_type]
        if pair := self._table.get(side.key, _PAIR):
            partner = self.read(other, pair["other"])
            return [partner] if partner else []
        return [found for found in self._found(side) if self._is_free(found)]

    def quoted(self, side: Side) -> list[Side]:
        """Find the documents with which this one has a reference in common, whomever they are paired with."""
        return [found for found in self._found(side) if linked(side.trade, found.trade)]

    def pair(self, side: Side, document_id: str) -> bool:
        """Note that a side and a document of the other belong together; False if one of them has another by now."""
        members = [(side.source_type, side.document_id), (_OTHER[side.source_type], document_id)]
        puts = [
            {
                "Put": {
                    "TableName": self._table.name,
                    "Item": {"key": f"{source_type}#{own}", "document_id": _PAIR, "other": other},
                    "ConditionExpression": "attribute_not_exists(#other) OR #other = :other",
                    "ExpressionAttributeNames": {"#other": "other"},
                    "ExpressionAttributeValues": {":other": other},
                }
            }
            for (source_type, own), (_, other) in (members, members[::-1])
        ]
        try:
            self._aws.dynamodb.transact_write_items(TransactItems=puts)
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            return False
        return True

    def _found(self, side: Side) -> list[Side]:
        other = _OTHER[side.source_type]
        ids = {item["document_id"] for key in _keys(side.trade) for item in self._table.query(f"{other}#{key}")}
        sides = [found for document_id in sorted(ids) if (found := self.read(other, document_id))]
        return [found for found in sides if linked(side.trade, found.trade) or _alike(side.trade, found.trade)]

    def _is_free(self, side: Side) -> bool:
        return self._table.get(side.key, _PAIR) is None


def linked(one: Trade, other: Trade) -> bool:
    """Tell whether two trades quote a reference in common."""
    return bool(set(one["references"]) & set(other["references"]))


def _alike(one: Trade, other: Trade) -> bool:
    """Tell whether two trades without a common reference are one, with at most one slip in what tells trades apart."""
    if one["product_type"] != other["product_type"] or same_parties(one, other) is None:
        return False
    contradictions = sum(a["other_reference"] is not None for a in (one, other))
    return contradictions < 2 and _slips(one, other) <= 1 - contradictions


def _slips(one: Trade, other: Trade) -> int:
    terms = [(one["terms"].get(name), other["terms"].get(name)) for name in RULES["identity"]["terms"]]
    amounts = one["amounts"].keys() & other["amounts"].keys()
    same_amounts = currencies(one) == currencies(other) and all(
        one["amounts"][c] == other["amounts"][c] for c in amounts
    )
    return sum(a != b for a, b in terms if a and b) + (not same_amounts)


def _keys(trade: Trade) -> Iterator[str]:
    """Name the things by which a trade may be found; of two alike trades at least one is the same."""
    for reference in trade["references"]:
        yield f"reference#{reference}"
    ends = "/".join(str(trade["terms"].get(name)) for name in RULES["identity"]["ends"])
    amounts = "/".join(f"{currency} {amount}" for currency, amount in sorted(trade["amounts"].items()))
    leis = [party["lei"] for party in trade["parties"]]
    names = [name_of(party["name"]).words for party in trade["parties"]]
    for parties in (leis, names):
        if all(parties):
            who = "/".join(sorted(parties))
            yield f"{trade['product_type']}#{who}#{trade['terms'].get('trade_date')}"
            yield f"{trade['product_type']}#{who}#{ends}#{amounts}"
