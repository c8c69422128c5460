"""Confirmations made at random: other words, other layouts, other ways to write, and what should be read in them."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

Row = tuple[str, str]
NAMES = [
    "Alderbrook Bank plc", "Cassini Capital Markets AG", "Dunmore Pension Trustees Ltd", "Halcyon Reinsurance SE",
    "Kestrel Trading Company LLC", "Marlowe & Finch Investment Management LP", "Notional Capital LLC",
    "Osprey Treasury Services, Inc.", "Quillfeather Savings Bank", "Rate & Date Holdings Limited",
]  # fmt: skip


@dataclass
class Section:
    """Rows under a heading."""

    title: str
    rows: list[Row]


@dataclass
class Confirmation:
    """A trade as one side would confirm it, and what is to be read in it."""

    title: str
    sections: list[Section]
    expected: dict
    loose: bool = True  # its rows may stand in any order

    @property
    def rows(self) -> list[Row]:
        return [row for section in self.sections for row in section.rows]


@dataclass
class Writing:
    """How a document writes dates, numbers and rates."""

    random: Random
    day_first: bool = field(init=False)
    comma: bool = field(init=False)

    def __post_init__(self) -> None:
        self.comma = self.random.random() < 0.25
        self._date = self.random.choice(_DATES)
        self._money = self.random.choice(_MONEY)
        self._rate = self.random.choice(_RATES)

    def date(self, day: date) -> str:
        return self._date(day)

    def money(self, currency: str, amount: Decimal) -> str:
        return self._money(currency, self.number(amount, 2))

    def number(self, value: Decimal, places: int) -> str:
        text = f"{value:,.{places}f}"
        return text.translate(str.maketrans(",.", ".,")) if self.comma else text

    def percent(self, rate: Decimal) -> str:
        return self._rate(self.number(rate * 100, self.random.choice((4, 5))))

    def points(self, spread: Decimal) -> str:
        points = f"{abs(spread) * 10000:.0f}"
        sign = "minus " if spread < 0 else self.random.choice(("plus ", "+"))
        return f"{sign}{points} {self.random.choice(('basis points', 'bps', 'bp'))}"


_DATES: list[Callable[[date], str]] = [
    lambda d: d.isoformat(),
    lambda d: d.strftime("%d-%b-%Y"),
    lambda d: f"{d.day} {d:%B %Y}",
    lambda d: f"{d:%B} {d.day}, {d.year}",
    lambda d: f"{d:%A}, {d.day} {d:%B %Y}",
    lambda d: f"{d:%d%b%Y}".upper(),
]
_MONEY: list[Callable[[str, str], str]] = [
    lambda c, n: f"{c} {n}",
    lambda c, n: f"{n} {c}",
    lambda c, n: f"{c}{n}",
]
_RATES: list[Callable[[str], str]] = [lambda n: f"{n}%", lambda n: f"{n} % p.a.", lambda n: f"{n} per cent. per annum"]

_WORDS = {
    "reference": ["Trade Reference", "Our Reference", "Deal ID", "Trade ID", "Contract No.", "Transaction Reference Number"],
    "other_reference": ["Your Reference", "Counterparty Reference", "Your Ref."],
    "trade_date": ["Trade Date", "Transaction Date", "Date of Transaction", "Dealing Date", "Deal Date", "Execution Date"],
    "effective_date": ["Effective Date", "Start Date", "Commencement Date", "Effective Date of Swap", "Starting Date"],
    "termination_date": ["Termination Date", "Maturity Date", "End Date", "Scheduled Termination Date", "Final Maturity Date"],
    "settlement_date": ["Settlement Date", "Value Date", "Delivery Date", "Forward Settlement Date", "Maturity Date"],
    "notional": ["Notional Amount", "Notional", "Notional Principal", "Principal Amount", "Nominal Amount", "Notional Principal Amount"],
    "fixed_rate": ["Fixed Rate", "Fixed Interest Rate", "Swap Rate", "Fixed Coupon", "Fixed Rate (per annum)"],
    "floating_index": ["Floating Rate Option", "Floating Rate Index", "Floating Index", "Reference Rate", "Benchmark Rate"],
    "spread": ["Spread", "Floating Rate Spread", "Margin", "Spread over Index"],
    "fixed_day_count": ["Fixed Rate Day Count Fraction", "Fixed Leg Day Count", "Day Count (Fixed)", "Fixed Day Count Basis"],
    "floating_day_count": ["Floating Rate Day Count Fraction", "Floating Leg Day Count", "Day Count (Floating Leg)"],
    "fixed_frequency": ["Fixed Rate Payment Frequency", "Fixed Rate Payer Payment Dates", "Fixed Leg Frequency"],
    "floating_frequency": ["Floating Rate Payment Frequency", "Floating Rate Payer Payment Dates", "Floating Leg Payment Frequency"],
    "fixed_payer": ["Fixed Rate Payer", "Payer of Fixed Rate", "Fixed Payer", "Fixed Rate paid by"],
    "floating_payer": ["Floating Rate Payer", "Payer of the Floating Rate", "Floating Payer"],
    "calculation_agent": ["Calculation Agent"],
    "governing_law": ["Governing Law", "Law"],
}  # fmt: skip
_INDICES = {
    "USD": [("SOFR", None, "USD-SOFR-COMPOUND"), ("SOFR", None, "SOFR (compounded in arrears)"), ("TERM_SOFR", "3M", "3-Month Term SOFR")],
    "EUR": [("EURIBOR", "6M", "6M EURIBOR"), ("EURIBOR", None, "EUR-EURIBOR-Reuters"), ("ESTR", None, "€STR")],
    "GBP": [("SONIA", None, "GBP-SONIA-COMPOUND"), ("SONIA", None, "SONIA")],
}  # fmt: skip
_DAY_COUNTS = [("30/360", "30/360 (Bond Basis)"), ("30/360", "30/360"), ("ACT/360", "Actual/360"), ("ACT/360", "ACT/360"),
               ("ACT/365F", "Actual/365 (Fixed)"), ("ACT/365F", "ACT/365F"), ("30E/360", "30E/360")]  # fmt: skip
_FREQUENCIES = [("6M", "Semi-annually"), ("6M", "Semi-annual"), ("3M", "Quarterly"), ("3M", "Every 3 months"), ("1Y", "Annually"),
                ("6M", "19 March and 19 September in each year, subject to adjustment")]  # fmt: skip
_LAWS = [
    ("England and Wales", "English law"),
    ("New York", "Laws of the State of New York"),
    ("England and Wales", "England and Wales"),
]


def lei(random: Random) -> str:
    """Make up an LEI with sound check digits."""
    stem = "".join(random.choice("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(18))
    digits = int("".join(str(int(sign, 36)) for sign in stem + "00"))
    return f"{stem}{98 - digits % 97:02d}"


def some_day(random: Random, after: date = date(2023, 1, 1), span: int = 700) -> date:
    return after + timedelta(days=random.randrange(1, span))


class Maker:
    """Makes one confirmation after another."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - not a secret
        self.writing = Writing(self.random)

    def _row(self, name: str, value: str) -> Row:
        return self.random.choice(_WORDS[name]), value

    def _parties(self) -> tuple[list[str], list[str]]:
        names = self.random.sample(NAMES, 2)
        return names, [lei(self.random), lei(self.random)]

    def swap(self, *, general: bool = False) -> Confirmation:
        """Make a swap; with `general` labels only the heading tells whose day count it is."""
        random, writing = self.random, self.writing
        names, leis = self._parties()
        currency = random.choice(list(_INDICES))
        amount = Decimal(random.randrange(1, 2000)) * random.choice((25_000, 100_000, 1_000_000))
        trade, fixed = some_day(random), Decimal(random.randrange(1, 90000)) / 1_000_000
        start = some_day(random, trade, 10)
        end = some_day(random, start, 4000)
        spread = Decimal(random.choice((0, 15, 25, -10))) / 10_000
        index, tenor, index_text = random.choice(_INDICES[currency])
        counts, times = random.choices(_DAY_COUNTS, k=2), random.choices(_FREQUENCIES, k=2)
        law, reference, other = random.choice(_LAWS), f"SW-{random.randrange(10**6)}", f"X/{random.randrange(10**6)}"
        payer = random.randrange(2)
        party_words = random.choice((("Party A", "Party B"), ("Bank", "Counterparty"), ("Party A", "Party B")))
        by_role = random.random() < 0.5
        payers = [party_words[p] if by_role else names[p] for p in (payer, 1 - payer)]
        spread_row = (
            [self._row("spread", writing.points(spread))]
            if spread
            else [self._row("spread", "None")][: random.randrange(2)]
        )
        sections = [
            Section("Parties", [
                (party_words[0], names[0]), (f"{party_words[0]} LEI", leis[0]),
                (party_words[1], names[1]), (f"LEI of {party_words[1]}", leis[1]),
            ]),
            Section("General Terms", [
                self._row("reference", reference), self._row("other_reference", other),
                self._row("trade_date", writing.date(trade)), self._row("effective_date", writing.date(start)),
                self._row("termination_date", writing.date(end)), self._row("notional", writing.money(currency, amount)),
            ]),
            Section("Fixed Amounts", [
                self._row("fixed_payer", payers[0]), self._row("fixed_rate", writing.percent(fixed)),
                self._row("fixed_day_count", counts[0][1]), self._row("fixed_frequency", times[0][1]),
            ]),
            Section("Floating Amounts", [
                self._row("floating_payer", payers[1]), self._row("floating_index", index_text), *spread_row,
                self._row("floating_day_count", counts[1][1]), self._row("floating_frequency", times[1][1]),
            ]),
            Section("Other Provisions", [
                self._row("governing_law", law[1]), ("Business Days", "London and New York"),
                ("Booking Entity", "Derivatives Operations"),
            ]),
        ]  # fmt: skip
        if general:
            sections[0] = Section("", [])
            legs = [("Fixed Leg", payers[0], ("Rate", writing.percent(fixed)), 0), ("Floating Leg", payers[1], ("Index", index_text), 1)]
            sections[2:4] = [
                Section(title, [("Payer", who), rate, ("Day Count", counts[at][1]), ("Payment Frequency", times[at][1])])
                for title, who, rate, at in legs
            ]
            sections[3].rows += [("Spread", row[1]) for row in spread_row]
            sections[:1] = [
                Section(word, [("Name", name), ("LEI", code)]) for word, name, code in zip(party_words, names, leis, strict=True)
            ]
        terms = {
            "trade_date": trade.isoformat(), "effective_date": start.isoformat(), "termination_date": end.isoformat(),
            "fixed_rate": plain(fixed), "floating_index": index, "index_tenor": tenor,
            "fixed_day_count": counts[0][0], "floating_day_count": counts[1][0],
            "fixed_frequency": times[0][0], "floating_frequency": times[1][0], "governing_law": law[0],
            "spread": plain(spread) if spread_row else None,
        }  # fmt: skip
        expected = {
            "product_type": "INTEREST_RATE_SWAP", "trade_id": reference, "other_reference": other,
            "parties": [{"name": n.rstrip("."), "lei": code} for n, code in zip(names, leis, strict=True)],
            "amounts": {currency: plain(amount)}, "payers": {"fixed": payer},
            "terms": {name: value for name, value in terms.items() if value},
        }  # fmt: skip
        title = random.choice(
            ("Confirmation of Interest Rate Swap", "INTEREST RATE SWAP TRANSACTION", "Rate Swap Confirmation")
        )
        return Confirmation(title, sections, expected)


    def general_swap(self) -> Confirmation:
        return self.swap(general=True)

    def forward(self) -> Confirmation:
        """Make an exchange of two currencies."""
        random, writing = self.random, self.writing
        names, leis = self._parties()
        base, counter = random.sample(["EUR", "USD", "GBP", "JPY", "CHF", "NOK"], 2)
        amount = Decimal(random.randrange(1, 900)) * random.choice((10_000, 250_000, 1_000_000))
        rate = Decimal(random.randrange(5000, 1500000)) / 10_000
        other_amount = round(amount * rate, 2)
        trade = some_day(random)
        value = some_day(random, trade, 400)
        reference, other = f"FX{random.randrange(10**7)}", f"C-{random.randrange(10**6)}"
        buyer = random.randrange(2)
        who = ("Party A", "Party B")
        money = [writing.money(base, amount), writing.money(counter, other_amount)]
        amounts = random.choice((
            [(f"{who[buyer]} Buys", money[0]), (f"{who[buyer]} Sells", money[1])],
            [(f"Amount and Currency payable by {who[1 - buyer]}", money[0]), (f"Amount and Currency payable by {who[buyer]}", money[1])],
            [("Buyer", names[buyer]), ("Seller", names[1 - buyer]), ("Amount Bought", money[0]), ("Amount Sold", money[1])],
            [("Buyer", who[buyer]), ("Currency Pair", f"{base}/{counter}"), ("Notional Amount", money[0]), ("Counter Amount", money[1])],
            [("Buy Currency", base), ("Buy Amount", writing.number(amount, 2)), ("Sell Currency", counter),
             ("Sell Amount", writing.number(other_amount, 2)), ("Buyer", names[buyer])],
            [(f"{base} Amount", writing.number(amount, 2)), (f"{counter} Amount", writing.number(other_amount, 2)),
             (f"Buyer of {base}", names[buyer]), (f"Seller of {base}", names[1 - buyer])],
        ))
        sections = [
            Section("Parties", [(who[0], names[0]), (f"{who[0]} LEI", leis[0]), (who[1], names[1]), (f"{who[1]} LEI", leis[1])]),
            Section("Terms", [
                self._row("reference", reference), self._row("other_reference", other), self._row("trade_date", writing.date(trade)),
                self._row("settlement_date", writing.date(value)), *amounts,
                (random.choice(("Forward Rate", "Exchange Rate", f"{base}/{counter} Rate")), writing.number(rate, 4)),
            ]),
            Section("Miscellaneous", [self._row("governing_law", "English law"), ("Settlement Method", "Gross")]),
        ]
        expected = {
            "product_type": "FX_FORWARD", "trade_id": reference, "other_reference": other,
            "parties": [{"name": n.rstrip("."), "lei": code} for n, code in zip(names, leis, strict=True)],
            "amounts": {base: plain(amount), counter: plain(other_amount)}, "payers": {base: 1 - buyer, counter: buyer},
            "terms": {"trade_date": trade.isoformat(), "settlement_date": value.isoformat(), "exchange_rate": plain(rate)},
        }
        title = random.choice(("FX Forward Confirmation", "Foreign Exchange Forward Transaction", "CONFIRMATION: FX OUTRIGHT FORWARD"))
        return Confirmation(title, sections, expected)

    def credit(self) -> Confirmation:
        """Make a credit default swap."""
        random, writing = self.random, self.writing
        names, leis = self._parties()
        entity = random.choice(("Tarn Valley Energy plc", "Republic of Vesperia", "Date Palm Resorts SA", "Ironbridge Motors Corp."))
        currency, amount = random.choice(("USD", "EUR")), Decimal(random.randrange(1, 90)) * 1_000_000
        trade, rate = some_day(random), Decimal(random.randrange(1, 600)) / 10_000
        start = some_day(random, trade, 10)
        end = some_day(random, start, 3000)
        reference, buyer = f"CDS-{random.randrange(10**6)}", random.randrange(2)
        roles = random.choice((("Protection Buyer", "Protection Seller"), ("Buyer", "Seller"), ("Fixed Rate Payer", "Floating Rate Payer")))
        count = random.choice(_DAY_COUNTS)
        sections = [
            Section("Parties", [
                ("Party A", names[0]), ("Party B", names[1]),
                (roles[0], ("Party A", "Party B")[buyer]), (roles[1], ("Party A", "Party B")[1 - buyer]),
            ]),
            Section("General Terms", [
                self._row("reference", reference), self._row("trade_date", writing.date(trade)),
                self._row("effective_date", writing.date(start)), self._row("termination_date", writing.date(end)),
                (random.choice(("Reference Entity", "Reference Name")), entity),
                (random.choice(("Floating Rate Payer Calculation Amount", "Notional Amount")), writing.money(currency, amount)),
                (random.choice(("Fixed Rate", "Premium", "Running Spread", "Spread")), random.choice((writing.percent(rate), f"{rate * 10000:.0f} bps"))),
                ("Fixed Rate Day Count Fraction", count[1]), ("Calculation Agent", "Party A"),
            ]),
            Section("Other Terms", [("Restructuring", "Mod Mod R"), ("Seniority", "Senior Unsecured"), self._row("governing_law", "New York law")]),
        ]
        expected = {
            "product_type": "CREDIT_DEFAULT_SWAP", "trade_id": reference, "other_reference": None,
            "parties": [{"name": n.rstrip("."), "lei": None} for n in names],
            "amounts": {currency: plain(amount)}, "payers": {"premium": buyer},
            "terms": {
                "trade_date": trade.isoformat(), "effective_date": start.isoformat(), "termination_date": end.isoformat(),
                "fixed_rate": plain(rate), "reference_entity": entity.rstrip("."), "day_count": count[0], "seniority": "Senior Unsecured",
            },
        }
        return Confirmation(random.choice(("Credit Default Swap Confirmation", "CDS CONFIRMATION", "Credit Derivative Transaction")), sections, expected)


def plain(value: Decimal) -> str:
    return format(value.normalize() + 0, "f")


# Layouts: each draws a confirmation its own way.


class Page:
    """A canvas that begins a new page where the old one is full."""

    def __init__(self, random: Random, size: tuple[float, float] = A4) -> None:
        self._buffer = io.BytesIO()
        self.canvas = Canvas(self._buffer, pagesize=size, invariant=1)
        self.height = size[1]
        self.size = random.choice((8, 9, 10, 11))
        self.step = self.size * random.choice((1.25, 1.5, 1.8))
        self.font = random.choice(("Helvetica", "Times-Roman", "Courier"))
        self.bold = {"Helvetica": "Helvetica-Bold", "Times-Roman": "Times-Bold", "Courier": "Courier-Bold"}[self.font]
        self.running = random.random() < 0.5
        self.number = 0
        self._begin()

    def _begin(self) -> None:
        self.number += 1
        self.y = self.height - 60
        if self.running:
            self.canvas.setFont(self.font, 7)
            self.canvas.drawString(
                50, self.height - 25, "Private and confidential - Trade Date and Notional Amount are as agreed"
            )
            self.canvas.drawString(
                50, 30, f"Rate & Date Holdings Limited - Registered in England - Page {self.number} of 9"
            )

    def write(self, x: float, text: str, *, bold: bool = False, down: bool = False) -> None:
        self.canvas.setFont(self.bold if bold else self.font, self.size)
        self.canvas.drawString(x, self.y, text)
        if down:
            self.down()

    def down(self, lines: float = 1) -> None:
        self.y -= lines * self.step

    def room_for(self, lines: int) -> None:
        if self.y - lines * self.step < 60:
            self.canvas.showPage()
            self._begin()

    def done(self) -> bytes:
        self.canvas.save()
        return self._buffer.getvalue()


def _lines(separator: str, *, bold: bool = False) -> Callable[[Confirmation, Random], bytes]:
    def draw(confirmation: Confirmation, random: Random) -> bytes:
        page = Page(random)
        page.write(50, confirmation.title, bold=True)
        page.down(2)
        for section in confirmation.sections:
            page.room_for(3)
            page.write(50, section.title, bold=True, down=True)
            for label, value in section.rows:
                page.room_for(1)
                page.write(50, f"{label}{separator}{value}", bold=bold, down=True)
            page.down()
        return page.done()

    return draw


def dot_leaders(confirmation: Confirmation, random: Random) -> bytes:
    page = Page(random)
    page.write(50, confirmation.title, bold=True)
    page.down(2)
    for label, value in confirmation.rows:
        page.room_for(1)
        page.write(50, f"{label} {'.' * (45 - len(label))} {value}", down=True)
    return page.done()


def two_columns(confirmation: Confirmation, random: Random) -> bytes:
    page = Page(random)
    page.write(50, confirmation.title, bold=True)
    page.down(2)
    page.size = min(page.size, 9)
    colon, at = random.choice(("", ":")), random.choice((280, 300))
    headed, bold = random.random() < 0.5, random.random() < 0.5
    for section in confirmation.sections:
        page.room_for(3)
        if headed:
            page.write(50, section.title, bold=True, down=True)
        for label, value in section.rows:
            page.room_for(1)
            page.write(50, label + colon, bold=bold)
            page.write(at, value, down=True)
    return page.done()


def label_above(confirmation: Confirmation, random: Random) -> bytes:
    page = Page(random)
    page.write(50, confirmation.title, bold=True)
    page.down(2)
    gap = random.choice((0, 0.5))
    for label, value in confirmation.rows:
        page.room_for(3)
        page.write(50, label, bold=True, down=True)
        page.write(50, value, down=True)
        page.down(gap)
    return page.done()


def four_columns(confirmation: Confirmation, random: Random) -> bytes:
    page = Page(random, landscape(A4))
    page.size, page.step = 8, 14
    page.font, page.bold = "Helvetica", "Helvetica-Bold"
    page.write(50, confirmation.title, bold=True)
    page.down(2)
    colon, rows = random.choice(("", ":")), confirmation.rows
    for at in range(0, len(rows), 2):
        for x, (label, value) in zip((30, 420), rows[at : at + 2], strict=False):
            page.write(x, label + colon)
            page.write(x + 170, _short(value))
        page.down()
    return page.done()


def grid_above(confirmation: Confirmation, random: Random) -> bytes:
    page = Page(random)
    page.size, page.step = 8, 13
    page.font, page.bold = "Helvetica", "Helvetica-Bold"
    page.write(30, confirmation.title, bold=True)
    page.down(2)
    rows = confirmation.rows
    for at in range(0, len(rows), 3):
        page.room_for(3)
        for x, (label, _) in zip((30, 215, 400), rows[at : at + 3], strict=False):
            page.write(x, label, bold=True)
        page.down()
        for x, (_, value) in zip((30, 215, 400), rows[at : at + 3], strict=False):
            page.write(x, _short(value))
        page.down(random.choice((1, 1.6)))
    return page.done()


def table(*, ruled: bool, wrapped: bool) -> Callable[[Confirmation, Random], bytes]:
    def draw(confirmation: Confirmation, random: Random) -> bytes:
        buffer = io.BytesIO()
        size = random.choice((8, 9, 10))
        style = ParagraphStyle("cell", fontName="Helvetica", fontSize=size, leading=size * 1.2)
        label_style = ParagraphStyle("label", style, fontName=random.choice(("Helvetica", "Helvetica-Bold")))
        title = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=14, leading=18)
        commands = [("VALIGN", (0, 0), (-1, -1), random.choice(("TOP", "MIDDLE", "BOTTOM")))]
        if ruled:
            commands.append(("GRID", (0, 0), (-1, -1), 0.5, "black"))
        widths = (95, 130) if wrapped else (210, 300)
        story = [Paragraph(_escaped(confirmation.title), title), Spacer(1, 12)]
        for section in confirmation.sections:
            story += [Paragraph(_escaped(section.title), title), Spacer(1, 6)]
            cells = [[Paragraph(_escaped(l), label_style), Paragraph(_escaped(v), style)] for l, v in section.rows]  # noqa: E741
            story += [Table(cells, colWidths=widths, style=commands, hAlign="LEFT"), Spacer(1, 8)]
        SimpleDocTemplate(buffer, pagesize=A4, invariant=1).build(story)
        return buffer.getvalue()

    return draw


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _short(value: str) -> str:
    """Keep a value within its column."""
    return value.replace(", subject to adjustment", "")


LAYOUTS: dict[str, Callable[[Confirmation, Random], bytes]] = {
    "colon": _lines(": "),
    "no separator": _lines(" "),
    "spaced colon": _lines(" : ", bold=True),
    "dot leaders": dot_leaders,
    "two columns": two_columns,
    "label above": label_above,
    "four columns": four_columns,
    "grid above": grid_above,
    "ruled table": table(ruled=True, wrapped=False),
    "ruled table, wrapped": table(ruled=True, wrapped=True),
    "plain table": table(ruled=False, wrapped=False),
    "plain table, wrapped": table(ruled=False, wrapped=True),
}


def drawn(confirmation: Confirmation, layout: str, random: Random) -> bytes:
    """Draw a confirmation as PDF."""
    return LAYOUTS[layout](confirmation, random)


def shuffled(sections: Sequence[Section], random: Random) -> list[Section]:
    """Put the rows of each section in another order."""
    return [Section(s.title, random.sample(s.rows, len(s.rows))) for s in sections]
