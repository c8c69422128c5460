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
    document: str  # its id, a #, and its version
    trade: Trade

    @property
    def document_id(self) -> str:
        """Return the document's id."""
        return self.document.rpartition("#")[0]

    @property
    def document_version(self) -> str:
        """Return the document's version, empty where the workflow gave none."""
        return self.document.rpartition("#")[2]

    @property
    def key(self) -> str:
        """Return what the document is called among all, whatever its version: a pair outlives a correction."""
        return f"{self.source_type}#{self.document_id}"


class Sides:
    """Two tables: under each thing by which a trade may be found, the documents that have it; and who is paired."""

    def __init__(self, aws: Aws, trades: Table) -> None:
        self._aws = aws
        self._trades = trades
        self._table = Table(aws, "sides", "key", "document")
        self._pairs = Table(aws, "pairs", "side")

    def read(self, source_type: str, document: str) -> Side | None:
        """Return a side as it was extracted, None if it was not."""
        item = self._trades.get(source_type, document)
        return Side(source_type, document, json.loads(item["trade"])) if item else None

    def publish(self, side: Side) -> None:
        """Make this document visible to the counterparty's."""
        references = (f"quoted#{side.source_type}#{reference}" for reference in side.trade["references"])
        keys = {*self._free(side), *references}
        self._table.write(puts=({"key": key, "document": side.document} for key in keys))

    def candidates(self, side: Side) -> list[Side]:
        """Find the documents that may be the counterparty's: the one that this is paired with, or all that are free."""
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

    def pair(self, side: Side, counterparty: Side) -> bool:
        """Note that two sides belong together; False if one of them has another document by now."""
        puts = [
            {
                "Put": {
                    "TableName": self._pairs.name,
                    "Item": {"side": one.key, "other_id": other.document_id, "other": other.document},
                    "ConditionExpression": "attribute_not_exists(other_id) OR other_id = :other_id",
                    "ExpressionAttributeValues": {":other_id": other.document_id},
                }
            }
            for one, other in ((side, counterparty), (counterparty, side))
        ]
        try:
            self._aws.dynamodb.transact_write_items(TransactItems=puts)
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            return False
        for one in (side, counterparty):
            self._table.write(deletes=((key, one.document) for key in self._free(one)))
        return True

    def _read_all(self, source_type: str, keys: Iterable[str], limit: int | None = None) -> list[Side]:
        documents = {item["document"] for key in keys for item in self._table.query(key, limit)}
        return [side for document in sorted(documents) if (side := self.read(source_type, document))]

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
