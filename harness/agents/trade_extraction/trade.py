"""Puts a trade together from what a confirmation says. What it does not say is missing; nothing is guessed."""

import contextlib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from harness.agents.trade_extraction.cells import Cell, cells_of, text_of
from harness.agents.trade_extraction.documents import require_new_trade
from harness.agents.trade_extraction.exchange import Exchange
from harness.agents.trade_extraction.labels import Layout
from harness.agents.trade_extraction.names import clean, name_of
from harness.agents.trade_extraction.naming import columns_of_parties, with_roles
from harness.agents.trade_extraction.parties import Parties, lei_in, parties_of, remarks_on, role_of, roles_said_with
from harness.agents.trade_extraction.reading import Readings, read
from harness.agents.trade_extraction.remainder import require_nothing_else
from harness.agents.trade_extraction.values import Money, style_of
from harness.agents.trade_extraction.vocabulary import KINDS, role_in
from harness.agents.trade_extraction.writing import WORDS, Style, fold, names_of, writings

PRODUCTS = tomllib.loads(Path(__file__).with_name("products.toml").read_text(encoding="utf-8"))
_NAMES = writings({name: product["names"] for name, product in PRODUCTS.items()})
_REFERENCE = re.compile(r"\b(?=\S*\d)\w+(?:[-/_.]\w+)+")  # MB-CDS-0917 names no product
_SIDES = {"bank", "client", "counterparty", "party_a", "party_b", "sender", "recipient"}
_OF_NAMES = ("name", "sender", "recipient")
_TITLE_LINES = (3, 6, 12, 24)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ORDER = (  # dates of which the second is after the first, and whether it may be the same day
    ("effective_date", "termination_date", False),
    ("trade_date", "termination_date", False),
    ("trade_date", "settlement_date", True),
    ("fixing_date", "settlement_date", True),
)
_WITH_FIGURES = re.compile(r"\S*\d\S*")
_STATEMENT = re.compile(r"(?P<who>.*?)\s*(?P<what>\b(?:pay|receiv)\w*\b.*)", re.IGNORECASE)
_ECONOMIC = {"money", "rate", "spread", "exchange_rate", "index"}  # kinds of values that a trade's terms have
_OF_ANY = {"currency", "counter_currency"}
_OF_SHAPE = {"swap": {"notional"}, "exchange": {"notional", "counter_amount", "bought", "sold"}}
_ROUNDING = Decimal("0.005")
_T = TypeVar("_T")


class MissingFieldsError(Exception):
    """What a confirmation does not say, or does not say clearly: field -> reason."""

    def __init__(self, missing: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {reason}" for name, reason in missing.items()))
        self.missing = dict(missing)


def trade_in(pages: Sequence[Mapping[str, Any]], source_type: str) -> dict[str, Any]:
    """Read the trade that the pages of a canonical document confirm.

    Returns {"trade_id", "product_type", "other_reference", "references": [text], "parties": [{"name", "lei"}],
    "amounts": {currency: amount}, "payers": {leg or currency: index of the party that pays it},
    "terms": {field: canonical text}, "remarks": [text]}. Raises MissingFieldsError.
    """
    text = "\n".join(page["text"] for page in pages)
    cells = cells_of(pages)
    layout = Layout(cells)
    try:
        require_new_trade(layout, [stamp for page in pages for stamp in page.get("stamps", ())])
    except ValueError as reason:
        raise MissingFieldsError({"document_type": str(reason)}) from None
    style = style_of(text, [line for candidate in layout.candidates() for line in candidate.lines])
    readings = read(layout, style, text_of(cells))
    try:
        product_type = _product_type(readings, text)
    except ValueError as reason:
        raise MissingFieldsError({"product_type": str(reason)}) from None
    try:
        parties = _parties(readings, cells, text)
    except ValueError as reason:
        missing = {"parties": str(reason)}
        return _Assembly(product_type, readings, Parties(), source_type, missing, layout, style).trade()
    if (spoken := parties.in_words(text_of(cells))) != text_of(cells):
        layout = Layout(with_roles(cells, parties))
        readings = read(layout, style, spoken)
    return _Assembly(product_type, readings, parties, source_type, {}, layout, style).trade()


def _product_type(readings: Readings, text: str) -> str:
    """Find the product: where a label says it, else in the title, else anywhere. Raises ValueError."""
    labelled = [reading.value for reading in readings.of("product")]
    lines = text.splitlines()
    for part in [*labelled, *("\n".join(lines[:count]) for count in _TITLE_LINES), text]:
        named = names_of(_REFERENCE.sub(" ", part), _NAMES)
        if len(named) > 1:
            raise ValueError(f"the document speaks of {' and '.join(sorted(named))}")
        if named:
            if "shape" not in PRODUCTS[product := named.pop()]:
                raise ValueError(f"{product} is not a product that this agent reads")
            return product
    raise ValueError("the document names no product that this agent knows")


def _parties(readings: Readings, cells: Sequence[Cell], text: str) -> Parties:
    """Find the two parties. Raises ValueError."""
    if another := next(
        (readings.unread[name] for name in _OF_NAMES if "acts for" in readings.unread.get(name, "")), None
    ):
        raise ValueError(another)
    named = [
        (r.meaning.subject, r.value)
        for r in readings.of("name")
        if r.meaning.subject not in (None, "payer", "receiver")
    ]
    named += [(r.meaning.field, r.value) for r in readings.of("sender", "recipient")]
    named += [
        (role, r.value) for r in readings.of("name") for role in roles_said_with(r.meaning.unit, r.candidate.lines)
    ]
    entities = [r.value for r in readings.of("name") if fold(r.candidate.label.text) in ("entity", "legal entity")]
    if len(set(entities)) == 1 and _SIDES & {role for role, _ in named} == {"counterparty"}:
        named.append(("sender", entities[0]))
    try:
        parties = parties_of(named, text)
    except ValueError:
        columns = [] if any(role_of(name) is None for _, name in named) else columns_of_parties(cells)
        if not columns:
            raise
        parties = parties_of([*columns, *named], text)
    if "sender" not in parties.roles and (writer := _letterhead(cells, parties)) is not None:
        parties.assign("sender", writer)
    return parties


def _letterhead(cells: Sequence[Cell], parties: Parties) -> int | None:
    """Find the party whose name is alone above all else: the document's writer."""
    for cell in cells[:3]:
        for index, party in enumerate(parties.both):
            if name_of(clean(cell.lines[0])).same_as(name_of(party.name)):
                return index
    return None


class _Assembly:
    """One trade while it is put together."""

    def __init__(
        self,
        product_type: str,
        readings: Readings,
        parties: Parties,
        source_type: str,
        missing: Mapping[str, str],
        layout: Layout,
        style: Style,
    ) -> None:
        self._layout, self._style = layout, style
        self._product_type = product_type
        self._product = PRODUCTS[product_type]
        self._readings = _renamed(readings, self._product.get("means", {}))
        self._parties = parties
        self._source_type = source_type
        self._missing: dict[str, str] = dict(missing)
        self._remarks: list[str] = []

    def trade(self) -> dict[str, Any]:
        """Put the trade together. Raises MissingFieldsError."""
        parties = self._parties
        if not self._missing:
            self._attempt("parties", self._details_of_parties)
        references = self._references(parties)
        terms = self._terms()
        for name in ("calculation_agent", "initial_payment_payer"):
            with contextlib.suppress(KeyError, ValueError):
                terms[name] = parties.both[parties.who(terms[name])].name
        if "initial_payment" in terms and "initial_payment_payer" not in terms:
            self._missing.setdefault("initial_payment_payer", "the document does not say who")
        self._missing |= _out_of_order(terms)
        self._attempt("other_terms", self._no_other_terms)
        if self._product["shape"] == "exchange":
            exchange = Exchange(self._readings, parties)
            amounts = self._attempt("amounts", exchange.amounts) or {}
            payers = {} if self._missing else self._attempt("buyer", exchange.payers)
        else:
            amounts = self._notional()
            payers = self._leg_payer(parties)
        if not self._missing:
            self._attempt("exchange_rate", lambda: _require_consistent(amounts, terms))
            self._attempt("other_terms", lambda: self._nothing_else(amounts, terms))
        if self._missing:
            raise MissingFieldsError(self._missing)
        return {
            "product_type": self._product_type,
            **references,
            "parties": [{"name": party.name, "lei": party.lei} for party in parties.both],
            "amounts": amounts,
            "payers": payers,
            "terms": terms,
            "remarks": [*self._remarks, *remarks_on(parties)],
        }

    def _attempt(self, name: str, get: Callable[[], _T]) -> _T | None:
        """Get a part of the trade, or note why it is missing."""
        try:
            return get()
        except ValueError as reason:
            self._missing[name] = str(reason)
            return None

    def _details_of_parties(self) -> None:
        """Note the parties' LEIs and who pays which leg. Raises ValueError."""
        readings, parties = self._readings, self._parties
        for reading in readings.of("lei"):
            if reading.meaning.subject in parties.roles:
                parties.identify(parties.roles[reading.meaning.subject], reading.value)
        for reading in readings.of("name", "sender", "recipient"):
            if reading.meaning.subject in ("first", "second"):
                continue  # the head of a column, with what is below it
            if lei := lei_in(" ".join(reading.candidate.lines[: reading.candidate.sure])):
                parties.identify(parties.who(reading.value), lei)
        for role, index in _directions(readings, parties):
            parties.assign(role, index)
        parties.follow()

    def _terms(self) -> dict[str, str]:
        terms = {
            name: self._attempt(name, lambda name=name: self._readings.one(name)) for name in self._product["required"]
        }
        for name in self._product.get("if_said", ()):
            if self._readings.of(name) or name in self._readings.unread:
                terms[name] = self._attempt(name, lambda name=name: self._readings.one(name))
        if terms.get("index_tenor") == "":
            del terms["index_tenor"]
            if terms.get("floating_index") not in (*WORDS["overnight"], None):
                self._missing["index_tenor"] = f"it is stated as none, and {terms['floating_index']} needs one"
        for name in self._product["optional"]:
            if self._readings.of(name) or name in self._readings.unread:
                try:
                    terms[name] = self._readings.one(name)
                except ValueError as reason:
                    self._remarks.append(f"Left out {name}: {reason}.")
        return {name: _written(value) for name, value in terms.items()}

    def _notional(self) -> dict[str, str]:
        money = self._readings.of("notional")
        amounts = {reading.value.amount for reading in money} - {None}
        currencies = {reading.value.currency or reading.meaning.currency for reading in money} - {None}
        currencies |= {reading.value for reading in self._readings.of("currency")}
        amount = self._attempt("notional", lambda: self._only(amounts, "notional"))
        currency = self._attempt("currency", lambda: self._only(currencies, "currency"))
        if others := {reading.value for reading in self._readings.of("settlement_currency")} - {currency}:
            self._missing["settlement_currency"] = f"it is {' and '.join(map(str, others))}, the notional's {currency}"
        return {str(currency): str(amount)}

    def _only(self, values: set[str], name: str) -> str:
        if len(values) > 1:
            raise ValueError(f"it is stated as {' and '.join(sorted(values))}")
        if not values and self._readings.of(name):
            raise ValueError("its label has no value")
        return values.pop() if values else self._readings.one(name)

    def _leg_payer(self, parties: Parties) -> dict[str, int]:
        rule = self._product["payer"]
        stated = {parties.roles[role] for role in rule["roles"] if role in parties.roles}
        stated |= {1 - parties.roles[role] for role in rule["others"] if role in parties.roles}
        if len(stated) != 1 and "parties" not in self._missing:
            self._missing[rule["roles"][0]] = (
                "both parties are stated as it" if stated else "the document does not say who"
            )
        return {rule["leg"]: stated.pop()} if stated else {}

    def _no_other_terms(self) -> None:
        """Raise ValueError if the document states a term that this product does not have."""
        own = {*_OF_ANY, *_OF_SHAPE[self._product["shape"]], *self._product["required"], *self._product["if_said"]}
        read = {cell for r in self._readings.found if r.meaning.field in own for cell in r.candidate.label.cells}
        for reading in self._readings.found:
            name, label = reading.meaning.field, reading.candidate.label
            if reading.meaning.kind in _ECONOMIC and name not in own and not read.intersection(label.cells):
                raise ValueError(f"it says '{label.text}: {' '.join(reading.candidate.lines)}', which no field holds")
        for name, reason in self._readings.unclear.items():
            if KINDS.get(name) in _ECONOMIC and name not in own:
                raise ValueError(f"{name}: {reason}")

    def _nothing_else(self, amounts: Mapping[str, str], terms: Mapping[str, str]) -> None:
        values = [*amounts.values(), *terms.values(), *(value.split()[-1] for value in terms.values() if value)]
        require_nothing_else(self._layout, self._readings.accounted, values, self._style)

    def _references(self, parties: Parties) -> dict[str, Any]:
        own, others, either = [], [], []
        for reading in self._readings.of("trade_reference"):
            side = _side(reading.meaning.subject, parties, self._source_type)
            {True: own, False: others, None: either}[side].append(reading.value)
        other = [reading.value for reading in self._readings.of("other_reference")] + others
        confirmation = [reading.value for reading in self._readings.of("confirmation_reference")]
        uti = [reading.value for reading in self._readings.of("uti")]
        labels: dict[str, set[str]] = {}
        for reading in self._readings.of("trade_reference"):
            labels.setdefault(fold(reading.candidate.label.text), set()).add(reading.value)
        if several := next((values for values in labels.values() if len(values) > 1), None):
            self._missing["trade_reference"] = f"it is stated as {' and '.join(sorted(several))}"
        of_trade = [*own, *either, *confirmation, *others]
        if not of_trade:
            self._missing["trade_reference"] = self._readings.unread.get(
                "trade_reference", "the document has no such label"
            )
        trade_id = of_trade[0] if of_trade else None
        return {
            "trade_id": trade_id,
            "other_reference": next((value for value in other if value != trade_id), None),
            "references": sorted({*of_trade, *other, *uti}),
        }


def _written(value: object) -> str:
    return f"{value.currency} {value.amount}" if isinstance(value, Money) else str(value)


def _require_consistent(amounts: Mapping[str, str], terms: Mapping[str, str]) -> None:
    """Raise ValueError if an exchange's two amounts are not those of its rate."""
    if "exchange_rate" in terms and len(amounts) == 2:
        one, other = map(Decimal, amounts.values())
        rate = Decimal(terms["exchange_rate"])
        if not any(abs(quotient / rate - 1) < _ROUNDING for quotient in (one / other, other / one)):
            raise ValueError(f"{terms['exchange_rate']} is not the rate of {' and '.join(amounts.values())}")


def _out_of_order(terms: Mapping[str, str]) -> dict[str, str]:
    """Return the dates that are too early for what is before them, each with the reason."""
    return {
        later: f"{terms[later]} is not after the {earlier.replace('_', ' ')}, {terms[earlier]}"
        for earlier, later, same_day in _ORDER
        if _DATE.fullmatch(terms.get(earlier, "")) and _DATE.fullmatch(terms.get(later, ""))
        if terms[later] < terms[earlier] or (terms[later] == terms[earlier] and not same_day)
    }


def _directions(readings: Readings, parties: Parties) -> Iterator[tuple[str, int]]:
    """Read statements of who pays which leg: (role, index of the party). Raises ValueError."""
    for reading in readings.of("leg_payer"):
        yield str(reading.meaning.subject), parties.who(reading.value)
    for reading in readings.of("direction", "pays", "receives", "role"):
        name, subject = reading.meaning.field, reading.meaning.subject
        words = _WITH_FIGURES.sub("", reading.value)
        stated = _STATEMENT.fullmatch(words) if name == "direction" else None
        with contextlib.suppress(ValueError):
            if stated and stated["who"]:
                yield role_in(stated["what"]), parties.who(stated["who"])
            elif subject in parties.roles:
                yield role_in(f"{name} {words}" if name in ("pays", "receives") else words), parties.roles[subject]


def _side(subject: str | None, parties: Parties, source_type: str) -> bool | None:
    """Return whether a reference is its own side's (True) or the other's (False); None if that is not stated."""
    own, other = ("bank", "client") if source_type == "BANK" else ("client", "bank")
    if subject in ("sender", own):
        return True
    if subject in ("recipient", "counterparty", other):
        return False
    for role in (own, "sender"):
        if subject in parties.roles and role in parties.roles:
            return parties.roles[subject] == parties.roles[role]
    return None


def _renamed(readings: Readings, means: Mapping[str, str]) -> Readings:
    """Return readings with the names that their fields have in this product."""
    found = [
        replace(
            reading, meaning=replace(reading.meaning, field=means.get(reading.meaning.field, reading.meaning.field))
        )
        for reading in readings.found
    ]
    unread, unclear = (
        {means.get(name, name): reason for name, reason in some.items()} for some in (readings.unread, readings.unclear)
    )
    return Readings(found, unread, unclear, readings.accounted)
