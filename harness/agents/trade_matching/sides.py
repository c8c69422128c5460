"""The sides of trades that have arrived: how one finds the other, and which belong together."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from botocore.exceptions import ClientError

from harness.agents.aws import Aws, Table
from harness.agents.trade_extraction.names import name_of
from harness.agents.trade_matching.compare import RULES, Trade, currencies, same_parties

_OTHER = {"BANK": "COUNTERPARTY", "COUNTERPARTY": "BANK"}


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
    """Two tables: under each thing by which a trade may be found, the documents that have it; and who is paired."""

    def __init__(self, aws: Aws, trades: Table) -> None:
        self._aws = aws
        self._trades = trades
        self._table = Table(aws, "sides", "key", "document_id")
        self._pairs = Table(aws, "pairs", "side")

    def read(self, source_type: str, document_id: str) -> Side | None:
        """Read a side as it was extracted."""
        item = self._trades.get(source_type, document_id)
        return Side(source_type, document_id, json.loads(item["trade"])) if item else None

    def publish(self, side: Side) -> None:
        """Let the other side find this one."""
        references = (f"quoted#{side.source_type}#{reference}" for reference in side.trade["references"])
        keys = {*self._free(side), *references}
        self._table.write(puts=({"key": key, "document_id": side.document_id} for key in keys))

    def candidates(self, side: Side) -> list[Side]:
        """Find the documents that may be the other side: the one that this is paired with, or all that are free."""
        other = _OTHER[side.source_type]
        if pair := self._pairs.get(side.key):
            partner = self.read(other, pair["other"])
            return [partner] if partner else []
        found = self._read_all(other, (f"free#{other}#{key}" for key in _keys(side.trade)))
        alike = (one for one in found if linked(side.trade, one.trade) or _alike(side.trade, one.trade))
        return [one for one in alike if self._pairs.get(one.key) is None]

    def quoted(self, side: Side) -> list[Side]:
        """Find some documents with which this one has a reference in common, whomever they are paired with."""
        other = _OTHER[side.source_type]
        return self._read_all(other, (f"quoted#{other}#{reference}" for reference in side.trade["references"]), limit=5)

    def pair(self, side: Side, document_id: str) -> bool:
        """Note that a side and a document of the other belong together; False if one of them has another by now."""
        members = [(side.source_type, side.document_id), (_OTHER[side.source_type], document_id)]
        puts = [
            {
                "Put": {
                    "TableName": self._pairs.name,
                    "Item": {"side": f"{source_type}#{own}", "other": other},
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
        for source_type, own in members:
            self._withdraw(self.read(source_type, own))
        return True

    def _read_all(self, source_type: str, keys: Iterable[str], limit: int | None = None) -> list[Side]:
        ids = {item["document_id"] for key in keys for item in self._table.query(key, limit)}
        return [side for document_id in sorted(ids) if (side := self.read(source_type, document_id))]

    def _withdraw(self, side: Side | None) -> None:
        """Let nobody look at a side again that is paired."""
        if side:
            self._table.write(deletes=((key, side.document_id) for key in self._free(side)))

    def _free(self, side: Side) -> set[str]:
        return {f"free#{side.source_type}#{key}" for key in _keys(side.trade)}


def linked(one: Trade, other: Trade) -> bool:
    """Return whether two trades quote a reference in common."""
    return bool(set(one["references"]) & set(other["references"]))


def _alike(one: Trade, other: Trade) -> bool:
    """Return whether two trades without a common reference are one, with at most one slip in what identifies them."""
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
