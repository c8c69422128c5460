"""Compares two trades term by term; what disagreement costs is in terms.toml."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from harness.agents.trade_extraction.names import name_of

RULES = tomllib.loads(Path(__file__).with_name("terms.toml").read_text(encoding="utf-8"), parse_float=Decimal)
Trade = Mapping[str, Any]


class IncomparableError(Exception):
    """Two trades that cannot be compared, and why."""


@dataclass(frozen=True)
class Difference:
    """A thing on which two trades disagree."""

    name: str
    keeps: Decimal
    reason: str | None


@dataclass(frozen=True)
class Comparison:
    """How well two trades agree."""

    score: int  # 0 to 100
    differences: tuple[Difference, ...]

    @property
    def classification(self) -> str:
        """Class of the score."""
        return next(name for name, lowest in RULES["classifications"].items() if self.score >= lowest)

    @property
    def reason_codes(self) -> list[str]:
        """Reasons of the differences, each once."""
        return list(dict.fromkeys(difference.reason for difference in self.differences if difference.reason))


def compare(one: Trade, other: Trade) -> Comparison:
    """Compare two trades. Raises IncomparableError."""
    for trade in (one, other):
        _check_order(trade)
    differences = tuple(_differences(one, other))
    silent = sum(
        (one["terms"].get(name) is None) != (other["terms"].get(name) is None)
        for name, rule in RULES["terms"].items()
        if "silence" not in rule
    )
    confidence = Decimal(100) * RULES["silent_side_keeps"] ** silent
    for difference in differences:
        confidence *= difference.keeps
    return Comparison(int(confidence), differences)


def same_parties(one: Trade, other: Trade) -> tuple[int, int] | None:
    """Find the index that each party of one trade has in the other; None if they are not the same two parties."""
    for order in ((0, 1), (1, 0)):
        if all(_same_party(one["parties"][index], other["parties"][order[index]]) for index in (0, 1)):
            return order
    return None


def _differences(one: Trade, other: Trade) -> Iterator[Difference]:
    if one["product_type"] != other["product_type"]:
        yield _of_trade("product_type")
    order = same_parties(one, other)
    if order is None:
        yield _of_trade("parties")
    else:
        if any(_other_lei(one["parties"][index], other["parties"][order[index]]) for index in (0, 1)):
            yield _of_trade("lei")
        if any(order[one["payers"][leg]] != other["payers"][leg] for leg in one["payers"].keys() & other["payers"]):
            yield _of_trade("payer")
    yield from _of_amounts(one, other)
    if _other_implied_rate(one, other) or _other_implied_rate(other, one):
        yield Difference("exchange_rate", RULES["terms"]["exchange_rate"]["keeps"], "RATE_MISMATCH")
    if _misquotes(one, other) or _misquotes(other, one):
        yield _of_trade("reference")
    for name, rule in RULES["terms"].items():
        a, b = (trade["terms"].get(name, rule.get("silence")) for trade in (one, other))
        if a is not None and b is not None and (keeps := _cost(a, b, rule)) is not None:
            yield Difference(name, keeps, rule.get("reason"))


def _of_trade(name: str) -> Difference:
    return Difference(name, RULES["trade"][name]["keeps"], RULES["trade"][name]["reason"])


def _of_amounts(one: Trade, other: Trade) -> Iterator[Difference]:
    if currencies(one) != currencies(other):
        yield _of_trade("currency")
        if sorted(one["amounts"].values()) != sorted(other["amounts"].values()):
            yield _of_trade("notional")
        return
    both = one["amounts"].keys() & other["amounts"].keys()
    if not both:
        raise IncomparableError("no currency has an amount in both trades")
    if any(Decimal(one["amounts"][currency]) != Decimal(other["amounts"][currency]) for currency in both):
        yield _of_trade("notional")


def currencies(trade: Trade) -> set[str]:
    """Return the currencies of a trade; an exchange may state the amount of one and the rate only."""
    return set(trade["amounts"]) | {key for key in trade["payers"] if key.isupper()}


def _cost(one: str, other: str, rule: Mapping[str, Any]) -> Decimal | None:
    """Return what a disagreement keeps of the score; None if there is none."""
    distance = _DISTANCES[rule["kind"]](one, other)
    if not distance:
        return None
    return rule["near_keeps"] if distance <= rule.get("near", 0) else rule["keeps"]


def _days(one: str, other: str) -> int:
    return abs((date.fromisoformat(one) - date.fromisoformat(other)).days)


def _number(one: str, other: str) -> Decimal:
    return abs(Decimal(one) - Decimal(other))


def _exchange_rate(one: str, other: str) -> bool:
    """Rates may be quoted either way round; the inverse is rounded."""
    a, b = Decimal(one), Decimal(other)
    return a != b and abs(a * b - 1) > Decimal("0.0005")


_DISTANCES: dict[str, Callable[[str, str], Any]] = {
    "date": _days,
    "number": _number,
    "exchange_rate": _exchange_rate,
    "text": lambda one, other: one != other,
    "name": lambda one, other: not name_of(one).same_as(name_of(other)),
}


def _other_implied_rate(one: Trade, other: Trade) -> bool:
    """Return whether the rate that only one trade states is not that of the other's two amounts."""
    rate = one["terms"].get("exchange_rate")
    if rate is None or other["terms"].get("exchange_rate") is not None or len(other["amounts"]) != 2:
        return False
    first, second = map(Decimal, other["amounts"].values())
    return _exchange_rate(rate, str(first / second)) and _exchange_rate(rate, str(second / first))


def _same_party(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    by_lei = one["lei"] is not None and one["lei"] == other["lei"]
    return by_lei or name_of(one["name"]).same_as(name_of(other["name"]))


def _other_lei(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return None not in (one["lei"], other["lei"]) and one["lei"] != other["lei"]


def _misquotes(one: Trade, other: Trade) -> bool:
    """Return whether a trade quotes a counterparty's reference that the counterparty's trade does not have."""
    return one["other_reference"] is not None and one["other_reference"] not in other["references"]


def _check_order(trade: Trade) -> None:
    start, end = (trade["terms"].get(name) for name in ("effective_date", "termination_date"))
    if start and end and end <= start:
        raise IncomparableError(f"trade {trade['trade_id']} ends on {end}, before it begins on {start}")
