"""Reads an exchange of two currencies: the two amounts, and who pays which."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.agents.trade_extraction.parties import Parties
from harness.agents.trade_extraction.reading import Reading, Readings
from harness.agents.trade_extraction.values import read_money
from harness.agents.trade_extraction.writing import Style, fold

_AMOUNTS = ("notional", "counter_amount", "bought", "sold")
_CURRENCY_OF = {"notional": "currency", "counter_amount": "counter_currency"}
_STATEMENT = re.compile(r"(?P<who>.*?)\s*\b(?P<verb>pays?|sells?|buys?|receives?|purchases?)\b(?P<what>[^/;]*)", re.I)


@dataclass(frozen=True)
class _Flow:
    """An amount that a document speaks of."""

    field: str
    subject: str | None  # role of the party that buys or sells it
    currency: str | None
    amount: str | None


class Exchange:
    """The two amounts of an exchange, as a document says them."""

    def __init__(self, readings: Readings, parties: Parties) -> None:
        self._readings = readings
        self._parties = parties
        self._flows = self._with_currencies(list(self._amounts_stated()))

    def amounts(self) -> dict[str, str]:
        """Return the amount in each currency; one is enough where there is a rate. Raises ValueError."""
        if unclear := next((self._readings.unclear[name] for name in _AMOUNTS if name in self._readings.unclear), None):
            raise ValueError(unclear)
        amounts: dict[str, str] = {}
        for flow in self._flows:
            if flow.amount and not flow.currency:
                raise ValueError(f"it does not say the currency of {flow.amount}")
            if flow.amount and amounts.setdefault(str(flow.currency), flow.amount) != flow.amount:
                raise ValueError(
                    f"the amount in {flow.currency} is stated as {amounts[flow.currency]} and {flow.amount}"
                )
        needed = 1 if self._readings.of("exchange_rate") else 2
        if len(self._currencies()) != 2 or not needed <= len(amounts) <= 2:
            unread = [self._readings.unread[name] for name in _AMOUNTS if name in self._readings.unread]
            found = ", ".join(f"{currency} {amount}" for currency, amount in amounts.items()) or "none"
            raise ValueError("; ".join([f"it needs two amounts, and these were found: {found}", *unread[:1]]))
        return amounts

    def payers(self) -> dict[str, int]:
        """Return the party that pays each currency. Raises ValueError."""
        one, other = sorted(self._currencies())
        payers: dict[str, set[int]] = {one: set(), other: set()}
        for currency, party in self._payments():
            payers[currency].add(party)
            payers[other if currency == one else one].add(1 - party)
        if len(payers[one]) != 1:
            raise ValueError("both parties are stated as it" if payers[one] else "the document does not say who")
        return {currency: party.pop() for currency, party in payers.items()}

    def _currencies(self) -> set[str]:
        pair = {code for reading in self._readings.of("currency_pair") for code in reading.value}
        return pair | {flow.currency for flow in self._flows if flow.currency}

    def _amounts_stated(self) -> Iterator[_Flow]:
        """Yield the amounts that are stated; where currency and amount have labels of their own, put together."""
        parts: dict[tuple[str, str | None], tuple[set[str], set[str]]] = {}
        for reading in self._readings.of(*_AMOUNTS):
            meaning, money = reading.meaning, reading.value
            currency = money.currency or meaning.currency
            if currency and money.amount:
                yield _Flow(meaning.field, meaning.subject, currency, money.amount)
                continue
            currencies, amounts = parts.setdefault((meaning.field, meaning.subject), (set(), set()))
            currencies |= {currency} - {None}
            amounts |= {money.amount} - {None}
        for (field, subject), (currencies, amounts) in parts.items():
            if not currencies and field in _CURRENCY_OF:
                currencies = {reading.value for reading in self._readings.of(_CURRENCY_OF[field])}
            if len(currencies) < 2 and len(amounts) < 2:
                yield _Flow(field, subject, next(iter(currencies), None), next(iter(amounts), None))

    def _with_currencies(self, flows: list[_Flow]) -> list[_Flow]:
        """Where one amount has no currency and all others have one of the pair's, give it the pair's other."""
        known = {flow.currency for flow in flows if flow.currency}
        codes = {code for reading in self._readings.of("currency_pair") for code in reading.value}
        codes |= {reading.value for reading in self._readings.of("currency", "counter_currency")}
        unknown = codes - known
        if len(codes) != 2 or len(unknown) != 1:
            return flows
        (other,) = unknown
        return [_Flow(f.field, f.subject, f.currency or other, f.amount) for f in flows]

    def _payments(self) -> Iterator[tuple[str, int]]:
        """Yield the statements of who pays which currency."""
        roles = self._parties.roles
        for flow in self._flows:
            subject = flow.subject or "buyer"  # who buys one currency sells the other
            if flow.currency and flow.field in ("bought", "sold") and subject in roles:
                yield flow.currency, roles[subject] if flow.field == "sold" else 1 - roles[subject]
        if not any(flow.field in ("bought", "sold") for flow in self._flows):
            base = {flow.currency for flow in self._flows if flow.field == "notional" and flow.currency}
            if len(base) == 1 and "buyer" in roles:
                yield base.pop(), 1 - roles["buyer"]
        for reading in self._readings.of("name"):
            currency = reading.meaning.currency or self._reference_currency(reading)
            if currency in self._currencies():
                party = self._parties.who(reading.value)
                yield currency, party if reading.meaning.subject == "payer" else 1 - party
        for reading in self._readings.of("direction"):
            yield from self._stated(reading.value, reading.meaning.subject)

    def _reference_currency(self, reading: Reading) -> str | None:
        """Return the currency of which a non-deliverable forward says who buys it."""
        codes = {reading.value for reading in self._readings.of("reference_currency")}
        named = "reference currency" in fold(reading.candidate.label.text)
        return codes.pop() if named and len(codes) == 1 and reading.meaning.subject in ("payer", "receiver") else None

    def _stated(self, text: str, subject: str | None) -> Iterator[tuple[str, int]]:
        """Read a statement: the Bank buys EUR / sells USD."""
        who: int | None = self._parties.roles.get(subject or "")
        for match in _STATEMENT.finditer(text):
            if words := match["who"].strip(" /;,").removesuffix("and").strip():
                who = self._parties.who(words)
            try:
                currency = read_money(match["what"].strip(), Style()).currency
            except ValueError:
                continue
            if currency in self._currencies() and who is not None:
                buys = match["verb"].lower().startswith(("buy", "receive", "purchase"))
                yield currency, 1 - who if buys else who
