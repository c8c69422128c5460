"""Confirmations made at random, in other words and other writing than any sample's, and what is to be read in them."""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
Row = tuple[str, str]  # label, value


@dataclass(frozen=True)
class Section:
    """Rows under a heading."""

    title: str
    rows: list[Row]


@dataclass(frozen=True)
class Confirmation:
    """What one side confirms, and what is to be read in it."""

    title: str
    sections: list[Section]
    expected: dict[str, Any]

    @property
    def rows(self) -> list[Row]:
        return [row for section in self.sections for row in section.rows]

    def shuffled(self, random: Random) -> "Confirmation":
        """Put the rows of each section in another order."""
        return replace(
            self, sections=[Section(part.title, random.sample(part.rows, len(part.rows))) for part in self.sections]
        )

    def without(self, label: str) -> "Confirmation":
        """Leave a row out."""
        rows = ([row for row in part.rows if row[0] != label] for part in self.sections)
        return replace(
            self, sections=[Section(part.title, some) for part, some in zip(self.sections, rows, strict=True)]
        )


_DATES: list[Callable[[date], str]] = [
    lambda day: day.isoformat(),
    lambda day: day.strftime("%d-%b-%Y"),
    lambda day: f"{day.day} {day:%B %Y}",
    lambda day: f"{day:%B} {day.day}, {day.year}",
    lambda day: f"{day:%A}, {day.day} {day:%B %Y}",
    lambda day: f"{day:%d%b%Y}".upper(),
]
_MONEY: list[Callable[[str, str], str]] = [
    lambda currency, number: f"{currency} {number}",
    lambda currency, number: f"{number} {currency}",
    lambda currency, number: f"{currency}{number}",
]
_RATES: list[Callable[[str], str]] = [
    lambda number: f"{number}%",
    lambda number: f"{number} % p.a.",
    lambda number: f"{number} per cent. per annum",
]


class Writing:
    """How a document writes dates, numbers and rates."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._comma = random.random() < 0.25
        self.date = random.choice(_DATES)
        self._money, self._rate = random.choice(_MONEY), random.choice(_RATES)

    def number(self, value: Decimal, places: int = 2) -> str:
        text = f"{value:,.{places}f}"
        return text.translate(str.maketrans(",.", ".,")) if self._comma else text

    def money(self, currency: str, amount: Decimal) -> str:
        return self._money(currency, self.number(amount))

    def percent(self, rate: Decimal) -> str:
        return self._rate(self.number(rate * 100, self._random.choice((4, 5))))

    def points(self, spread: Decimal) -> str:
        sign = "minus " if spread < 0 else self._random.choice(("plus ", "+"))
        return f"{sign}{abs(spread) * 10000:.0f} {self._random.choice(('basis points', 'bps', 'bp'))}"


class Maker:
    """Makes a confirmation from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - not a secret
        self.writing = Writing(self.random)
        self.names = self.random.sample(WORDS["names"], 2)
        self.leis = [_lei(self.random), _lei(self.random)]
        self.trade_date = self._day(date(2023, 1, 1), 700)

    def make(self, kind: str) -> Confirmation:
        return getattr(self, kind)()

    def swap(self) -> Confirmation:
        """Make a swap whose labels say of which leg they speak."""
        terms = self._swap_terms()
        legs = [
            Section(
                f"{leg.capitalize()} Amounts",
                [
                    self._row(f"{leg}_payer", terms["payers"][at]),
                    self._row(terms["rates"][at][0], terms["rates"][at][1]),
                    self._row(f"{leg}_day_count", terms["day_counts"][at][1]),
                    self._row(f"{leg}_frequency", terms["frequencies"][at][1]),
                ],
            )
            for at, leg in enumerate(("fixed", "floating"))
        ]
        legs[1].rows.extend(self._row("spread", text) for text in terms["spread_text"])
        who = terms["who"]
        parties = Section(
            "Parties",
            [
                (who[0], self.names[0]),
                (f"{who[0]} LEI", self.leis[0]),
                (who[1], self.names[1]),
                (f"LEI of {who[1]}", self.leis[1]),
            ],
        )
        return self._swap_of([parties], legs, terms)

    def general_swap(self) -> Confirmation:
        """Make a swap in which only the headings say whose name and which leg's day count it is."""
        terms = self._swap_terms()
        legs = [
            Section(
                f"{leg} Leg",
                [
                    ("Payer", terms["payers"][at]),
                    (label, terms["rates"][at][1]),
                    ("Day Count", terms["day_counts"][at][1]),
                    ("Payment Frequency", terms["frequencies"][at][1]),
                ],
            )
            for at, (leg, label) in enumerate((("Fixed", "Rate"), ("Floating", "Index")))
        ]
        legs[1].rows.extend(("Spread", text) for text in terms["spread_text"])
        named = zip(terms["who"], self.names, self.leis, strict=True)
        parties = [Section(who, [("Name", name), ("LEI", code)]) for who, name, code in named]
        return self._swap_of(parties, legs, terms)

    def forward(self) -> Confirmation:
        """Make an exchange of two currencies."""
        base, counter = self.random.sample(["EUR", "USD", "GBP", "JPY", "CHF", "NOK"], 2)
        amount = Decimal(self.random.randrange(1, 900)) * self.random.choice((10_000, 250_000, 1_000_000))
        rate = Decimal(self.random.randrange(5000, 1500000)) / 10_000
        other = round(amount * rate, 2)
        value_date, buyer = self._day(self.trade_date, 400), self.random.randrange(2)
        texts = [self.writing.money(base, amount), self.writing.money(counter, other)]
        numbers = [self.writing.number(amount), self.writing.number(other)]
        rate_label = self.random.choice(("Forward Rate", "Exchange Rate", f"{base}/{counter} Rate"))
        rows = [
            *self._references(),
            self._row("trade_date", self.writing.date(self.trade_date)),
            self._row("settlement_date", self.writing.date(value_date)),
            *self.random.choice(self._exchanges(base, counter, texts, numbers, buyer)),
            (rate_label, self.writing.number(rate, 4)),
        ]
        expected = {
            "product_type": "FX_FORWARD",
            "amounts": {base: plain(amount), counter: plain(other)},
            "payers": {base: 1 - buyer, counter: buyer},
            "terms": {
                "trade_date": self.trade_date.isoformat(),
                "settlement_date": value_date.isoformat(),
                "exchange_rate": plain(rate),
            },
        }
        sections = [self._parties(), Section("Terms", rows), Section("Miscellaneous", [("Settlement Method", "Gross")])]
        return self._confirmation("forward", sections, expected)

    def credit(self) -> Confirmation:
        """Make a credit default swap."""
        random, writing = self.random, self.writing
        entity = random.choice(WORDS["entities"])
        currency, amount = random.choice(("USD", "EUR")), Decimal(random.randrange(1, 90)) * 1_000_000
        rate, count = Decimal(random.randrange(1, 600)) / 10_000, random.choice(WORDS["values"]["day_count"])
        start = self._day(self.trade_date, 10)
        end = self._day(start, 3000)
        buyer, who = random.randrange(2), ("Party A", "Party B")
        roles = random.choice(WORDS["protection"])
        rows = [
            *self._references(),
            self._row("trade_date", writing.date(self.trade_date)),
            self._row("effective_date", writing.date(start)),
            self._row("termination_date", writing.date(end)),
            self._row("reference_entity", entity),
            self._row("protected_amount", writing.money(currency, amount)),
            self._row("premium", random.choice((writing.percent(rate), f"{rate * 10000:.0f} bps"))),
            ("Fixed Rate Day Count Fraction", count[1]),
            ("Calculation Agent", "Party A"),
        ]
        parties = self._parties()
        parties.rows.extend([(roles[0], who[buyer]), (roles[1], who[1 - buyer])])
        other = Section("Other Terms", [("Restructuring", "Mod Mod R"), ("Seniority", "Senior Unsecured")])
        expected = {
            "product_type": "CREDIT_DEFAULT_SWAP",
            "amounts": {currency: plain(amount)},
            "payers": {"premium": buyer},
            "terms": {
                "trade_date": self.trade_date.isoformat(),
                "effective_date": start.isoformat(),
                "termination_date": end.isoformat(),
                "fixed_rate": plain(rate),
                "reference_entity": entity,
                "day_count": count[0],
                "seniority": "Senior Unsecured",
            },
        }
        return self._confirmation("credit", [parties, Section("General Terms", rows), other], expected)

    def _swap_terms(self) -> dict[str, Any]:
        random = self.random
        who = random.choice((("Party A", "Party B"), ("Bank", "Counterparty")))
        payer, by_role = random.randrange(2), random.random() < 0.5
        currency = random.choice(list(WORDS["indices"]))
        fixed = Decimal(random.randrange(1, 90000)) / 1_000_000
        spread = Decimal(random.choice((0, 15, 25, -10))) / 10_000
        index = random.choice(WORDS["indices"][currency])
        return {
            "who": who,
            "payer": payer,
            "payers": [who[at] if by_role else self.names[at] for at in (payer, 1 - payer)],
            "currency": currency,
            "amount": Decimal(random.randrange(1, 2000)) * random.choice((25_000, 100_000, 1_000_000)),
            "fixed": fixed,
            "index": index,
            "rates": [("fixed_rate", self.writing.percent(fixed)), ("floating_index", index[2])],
            "spread": spread,
            "spread_text": [self.writing.points(spread)] if spread else random.choice((["None"], [])),
            "day_counts": random.choices(WORDS["values"]["day_count"], k=2),
            "frequencies": random.choices(WORDS["values"]["frequency"], k=2),
            "law": random.choice(WORDS["values"]["governing_law"]),
        }

    def _swap_of(self, parties: list[Section], legs: list[Section], terms: dict[str, Any]) -> Confirmation:
        start = self._day(self.trade_date, 10)
        end = self._day(start, 4000)
        general = [
            *self._references(),
            self._row("trade_date", self.writing.date(self.trade_date)),
            self._row("effective_date", self.writing.date(start)),
            self._row("termination_date", self.writing.date(end)),
            self._row("notional", self.writing.money(terms["currency"], terms["amount"])),
        ]
        other = [
            self._row("governing_law", terms["law"][1]),
            ("Business Days", "London and New York"),
            ("Booking Entity", "Derivatives Operations"),
        ]
        read = {
            "trade_date": self.trade_date.isoformat(),
            "effective_date": start.isoformat(),
            "termination_date": end.isoformat(),
            "fixed_rate": plain(terms["fixed"]),
            "floating_index": terms["index"][0],
            "index_tenor": terms["index"][1],
            "spread": plain(terms["spread"]) if terms["spread_text"] else "",
            "governing_law": terms["law"][0],
            **{f"{leg}_{name}": terms[plural][at][0]
               for at, leg in enumerate(("fixed", "floating"))
               for name, plural in (("day_count", "day_counts"), ("frequency", "frequencies"))},
        }  # fmt: skip
        expected = {
            "product_type": "INTEREST_RATE_SWAP",
            "amounts": {terms["currency"]: plain(terms["amount"])},
            "payers": {"fixed": terms["payer"]},
            "terms": {name: value for name, value in read.items() if value},
        }
        sections = [*parties, Section("General Terms", general), *legs, Section("Other Provisions", other)]
        return self._confirmation("swap", sections, expected)

    def _confirmation(self, kind: str, sections: list[Section], expected: dict[str, Any]) -> Confirmation:
        labels = {label for section in sections for label, _ in section.rows}
        with_lei = any("LEI" in label for label in labels)
        parties = [
            {"name": name, "lei": code if with_lei else None} for name, code in zip(self.names, self.leis, strict=True)
        ]
        ids = {"trade_id": self._reference, "other_reference": self._other_reference}
        title = self.random.choice(WORDS["titles"][kind])
        return Confirmation(title, sections, {**expected, **ids, "parties": parties})

    def _references(self) -> Sequence[Row]:
        self._reference = f"HB-{self.random.randrange(10**6)}"
        self._other_reference = f"Q/{self.random.randrange(10**6)}"
        return self._row("reference", self._reference), self._row("other_reference", self._other_reference)

    def _parties(self) -> Section:
        who = ("Party A", "Party B")
        return Section("Parties", list(zip(who, self.names, strict=True)))

    def _exchanges(self, base: str, counter: str, texts: list[str], numbers: list[str], buyer: int) -> list[list[Row]]:
        """Return the ways to say who buys what."""
        who, names = ("Party A", "Party B"), self.names
        payable = "Amount and Currency payable by"
        roles = [("Buyer", names[buyer]), ("Seller", names[1 - buyer])]
        pair = ("Currency Pair", f"{base}/{counter}")
        return [
            [(f"{who[buyer]} Buys", texts[0]), (f"{who[buyer]} Sells", texts[1])],
            [(f"{payable} {who[1 - buyer]}", texts[0]), (f"{payable} {who[buyer]}", texts[1])],
            [*roles, ("Amount Bought", texts[0]), ("Amount Sold", texts[1])],
            [("Buyer", who[buyer]), pair, ("Notional Amount", texts[0]), ("Counter Amount", texts[1])],
            [*roles[:1], ("Buy Currency", base), ("Buy Amount", numbers[0]),
             ("Sell Currency", counter), ("Sell Amount", numbers[1])],
            [(f"{base} Amount", numbers[0]), (f"{counter} Amount", numbers[1]), (f"Buyer of {base}", names[buyer])],
        ]  # fmt: skip

    def _row(self, name: str, value: str) -> Row:
        return self.random.choice(WORDS["labels"][name]), value

    def _day(self, after: date, days: int) -> date:
        return after + timedelta(days=self.random.randrange(1, days))


def plain(value: Decimal) -> str:
    """Write a number without exponent and needless zeros."""
    return format(value.normalize() + 0, "f")


def _lei(random: Random) -> str:
    stem = "".join(random.choice("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(18))
    return f"{stem}{98 - int(''.join(str(int(sign, 36)) for sign in stem + '00')) % 97:02d}"
