"""Reads values as people write them: dates, amounts, rates, day counts and so on.

A reader takes the text and what its document and label tell about writing, and gives a canonical text (ISO dates,
plain decimals, the keys of values.toml). It raises ValueError with the reason where the text does not say one thing.
"""

import calendar
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

WORDS = tomllib.loads(Path(__file__).with_name("values.toml").read_text(encoding="utf-8"))

_MONTHS = [calendar.month_name[number].lower() for number in range(1, 13)]
_MONTH = "|".join("sept?(?:ember)?" if name == "september" else f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS)
_SEPARATOR = r"[\s\-./,]*"
_DATES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<![\d./-])(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?!\d|[./-]\d)",
        rf"(?<!\d)(?P<year>\d{{4}})[-\s](?P<name>{_MONTH})[-\s](?P<day>\d{{1,2}})(?!\d)",
        rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+day\s+of|\s+of)?{_SEPARATOR}(?P<name>{_MONTH})(?![a-z]){_SEPARATOR}"
        r"(?P<year>\d{4}|\d{2})(?!\d)",
        rf"\b(?P<name>{_MONTH})\b\.?\s*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s*(?P<year>\d{{4}})(?!\d)",
        r"(?<![\d./-])(?P<first>\d{1,2})(?P<mark>[-/.])(?P<second>\d{1,2})(?P=mark)(?P<year>\d{4}|\d{2})(?!\d|[./-]\d)",
        r"^(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})$",
    )
]
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tue|wed|thu|fri|sat|sun"
_BEFORE_DATE = re.compile(
    rf"(?:(?:on|the|of|as|from|and|including|inclusive|to|until|but|excluding|{_WEEKDAY})\b|[\s,.(:\-])*", re.IGNORECASE
)
_SHIFTED = re.compile(r"\s*(?:[+]|(?:plus|minus|less|after|before)\b|-\s*\d)", re.IGNORECASE)
_ORDERS = {
    True: r"\bdd?\s*[/.\- ]\s*mm?\s*[/.\- ]\s*yy(?:yy)?\b|\bday[/\- ,]+month[/\- ,]+(?:and )?year\b",
    False: r"\bmm?\s*[/.\- ]\s*dd?\s*[/.\- ]\s*yy(?:yy)?\b|\bmonth[/\- ,]+day[/\- ,]+(?:and )?year\b",
}

_SCALED = re.compile(
    r"\b(?:amounts|figures|numbers|values|notionals)\b[^.;:\d]{0,40}\bin\s+(?:[a-z$\u20ac\u00a3]{1,10}\s+)?(?:thousand|million|billion|'?000)s?\b",
    re.IGNORECASE,
)

_NUMBER = r"\d(?:[\d.,'\u2019 \u00a0\u202f]*\d)?"
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:([.,' ])\d{3})(?:\1\d{3})*")
_PERCENT = r"%|per\s?cent\b|percent\b|pct\b"
_BASIS_POINTS = r"basis\s+points?\b|bps?\b|b\.p\.s?\.?"
_RATE = re.compile(
    rf"(?P<sign>[+\-\u2212\u2013]|\bplus\b|\bminus\b|\bless\b)?\s*(?P<number>{_NUMBER})\s*"
    rf"(?:(?P<percent>{_PERCENT})|{_BASIS_POINTS})",
    re.IGNORECASE,
)
_NO_SPREAD = {"", "none", "nil", "zero", "flat", "n/a", "na", "not applicable", "no spread", "-", "0", "0 00"}
_CUT_OFF = re.compile(r"(?:[,&]|\band|\bin|(?:\band|,)\s+\d{1,2})\s*$", re.IGNORECASE)
_NUMBER_WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_PER_YEAR = {1: "1Y", 2: "6M", 4: "3M", 12: "1M"}
_SPAN = re.compile(
    rf"\b(?P<number>\d{{1,2}}|{'|'.join(_NUMBER_WORDS)})\s*"
    r"(?P<unit>d|w|m|y|days?|weeks?|months?|mths?|mos?|years?|yrs?)\b",
    re.IGNORECASE,
)
LEI = re.compile(r"(?<![A-Z0-9])[A-Z0-9]{18}[0-9]{2}(?![A-Z0-9])")  # ISO 17442
_REFERENCE = re.compile(r"[A-Z0-9][A-Z0-9/_.\-:#]*", re.IGNORECASE)


Writings = Sequence[tuple[str, str]]  # (way to write a value, the value)


@dataclass(frozen=True)
class Style:
    """How a document, as a whole, writes: True or False where it says or shows so, None where it does not."""

    day_first: bool | None = None  # 03/04/2024 is 3 April
    decimal_comma: bool | None = None  # 3,75 is three and three quarters
    scaled: bool = False  # it says that its amounts are in thousands or millions


@dataclass(frozen=True)
class Money:
    """An amount with its currency, either of which the text may leave out."""

    currency: str | None
    amount: str | None


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Reduce a text to what tells it from others: its letters, digits and signs, in small letters."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("&", " and ")
    return " ".join(re.sub(r"[\s\-\u2013\u2014_.,;:()\[\]\"\u201c\u201d'\u2019*]+", " ", plain).split())


def style_of(text: str) -> Style:
    """Find out how a document writes, from all of its text."""
    return Style(_day_first(text), _decimal_comma(text), bool(_SCALED.search(text)))


def read_date(text: str, style: Style) -> str:
    """Read the one date of a text, as 2024-09-17."""
    found = [match for pattern in _DATES for match in pattern.finditer(text)]
    if not found:
        raise ValueError(f"'{text}' is not a date")
    if not _BEFORE_DATE.fullmatch(text, 0, min(match.start() for match in found)):
        raise ValueError(f"'{text}' is not a plain date")
    if any(_SHIFTED.match(text, match.end()) for match in found):
        raise ValueError(f"'{text}' is a date that has to be worked out")
    dates = {_date(match.groupdict(), style, text) for match in found}
    if len(dates) > 1:
        raise ValueError(f"'{text}' holds more than one date")
    return dates.pop()


def read_money(text: str, style: Style) -> Money:
    """Read one amount, or one currency, or both: USD 50,000,000.00, 50 million euros, 10.000.000,00 EUR."""
    currencies = _currencies(text)[0]
    rest = _currencies(re.sub(r"\([^)]*\)", " ", text) if re.sub(r"\([^)]*\)|\s", "", text) else text)[1]
    if len(currencies) > 1:
        raise ValueError(f"'{text}' holds more than one currency")
    currency = currencies.pop() if currencies else None
    numbers = re.findall(_NUMBER, rest)
    if not numbers:
        if currency is None:
            raise ValueError(f"'{text}' is not an amount")
        return Money(currency, None)
    if len(numbers) > 1:
        raise ValueError(f"'{text}' holds more than one number")
    before, after = (fold(part) for part in rest.split(numbers[0], 1))
    multiplier, *remark = after.split(maxsplit=1) if after else [""]
    factor = next((int(value) for value, words in WORDS["multipliers"].items() if multiplier in words), None)
    leftover = f"{before} {' '.join(remark) if factor else after}".split()
    if not set(leftover) <= {"only", "exactly", "amount", "of", "the", "in", "an", "/", "dollars", "$", "¥"}:
        raise ValueError(f"'{text}' is not a plain amount")
    if style.scaled and factor is None:
        raise ValueError(f"'{text}' may be in thousands or millions, as the document says of its amounts")
    amount = _number(numbers[0], style, money=factor is None)  # 1.125 million has decimals
    if rest.rstrip().endswith(","):
        raise ValueError(f"'{text}' is cut off")
    if "-" in rest.split(numbers[0], 1)[0] or amount == 0:
        raise ValueError(f"'{text}' is not a positive amount")
    return Money(currency, plain(amount * (factor or 1)))


def read_currency(text: str, _style: Style) -> str:
    """Read one currency, as its ISO 4217 code."""
    currencies = _currencies(text)[0]
    if len(currencies) != 1:
        raise ValueError(f"'{text}' is not one currency")
    return currencies.pop()


def read_currency_pair(text: str, _style: Style) -> tuple[str, str]:
    """Read two currencies, in the order in which they stand: EUR/USD."""
    codes = re.findall("|".join(WORDS["currencies"]["codes"]), text)
    if len(codes) != 2 or codes[0] == codes[1]:
        raise ValueError(f"'{text}' is not a pair of currencies")
    return codes[0], codes[1]


def read_rate(text: str, style: Style) -> str:
    """Read one rate, as a fraction: 3.75% and 375 basis points are 0.0375."""
    found = list(_RATE.finditer(text))
    if len(found) != 1:
        raise ValueError(f"'{text}' is not one rate with its unit")
    match = found[0]
    around = re.sub(r"\([^)]*\)", " ", text[match.end() :])
    before = set(fold(text[: match.start()]).split())
    if re.search(r"\d", re.sub(r"\b(?:30e?|act\w*|a)/3\d\d\w*", "", around, flags=re.IGNORECASE)):
        raise ValueError(f"'{text}' says more than one rate")
    if not before <= {"fixed", "rate", "at", "a", "of", "the", "is", "coupon", "spread", "margin", "+", "plus"}:
        raise ValueError(f"'{text}' is not a plain rate")
    value = _number(match["number"], style, money=False) / (100 if match["percent"] else 10_000)
    negative = (match["sign"] or "").lower() in {"-", "\u2212", "\u2013", "minus", "less"}
    return plain(-value if negative else value)


def read_spread(text: str, style: Style) -> str:
    """Read a spread over an index; none is 0."""
    return "0" if fold(text) in _NO_SPREAD or text.strip() in _NO_SPREAD else read_rate(text, style)


def spread_in(text: str, style: Style) -> str | None:
    """Find the spread that is said with an index: SOFR + 25 basis points."""
    found = [match for match in _RATE.finditer(text) if match["sign"]]
    return read_rate(found[0][0], style) if len(found) == 1 else None


def read_exchange_rate(text: str, style: Style) -> str:
    """Read an exchange rate: 1.1050, EUR/USD 1.1050, 1 EUR = 1.1050 USD."""
    text_without_unit = re.sub(r"\([^)]*\)|(?<![\d.,])1(?:[.,]0+)?\s*(?=[A-Z]{3}\b)", " ", text)
    rest = _currencies(text_without_unit)[1]
    numbers = re.findall(_NUMBER, rest)
    if len(numbers) != 1 or re.search(_PERCENT, rest, re.IGNORECASE):
        raise ValueError(f"'{text}' is not one exchange rate")
    return plain(_number(numbers[0], style, money=False))


def read_index(text: str, _style: Style) -> str:
    """Read a floating rate's index; `tenor_in` and `spread_in` find what else may stand with it."""
    return one_of(re.sub(r"\([^)]*\)", " ", text), _WRITINGS["indices"])


def tenor_in(text: str) -> str | None:
    """Find the tenor that is said with an index: EURIBOR 6M. Days are a lookback, not a tenor."""
    tenor = _span(text)
    return None if tenor and tenor.endswith("D") else tenor


def read_tenor(text: str, _style: Style) -> str:
    """Read a span of time, as 6M."""
    if span := _span(text):
        return span
    raise ValueError(f"'{text}' is not a span of time")


def read_frequency(text: str, _style: Style) -> str:
    """Read how often is paid, as 3M: from its name, or from the months of a year that are listed."""
    if _CUT_OFF.search(text):
        raise ValueError(f"'{text}' is cut off")
    for pattern in _DATES[:4]:
        text = pattern.sub(_without_year, text)
    months = {match[0][:3].lower() for match in re.finditer(rf"\b(?:{_MONTH})\b", text, re.IGNORECASE)}
    if not names_of(text, _WRITINGS["frequencies"]) and len(months) in _PER_YEAR:
        return _PER_YEAR[len(months)]
    return one_of(text, _WRITINGS["frequencies"])


def _without_year(date_found: re.Match[str]) -> str:
    """Take out a date, but leave 19 June, 19 September: two days of a year."""
    return " " if len(date_found["year"]) == 4 else date_found[0]


def read_lei(text: str, _style: Style) -> str:
    """Read a legal entity identifier; its check digits are looked at by `lei_is_sound`."""
    found = set(LEI.findall(text.upper()) or LEI.findall(text.upper().replace(" ", "")))
    if len(found) != 1:
        raise ValueError(f"'{text}' is not one LEI")
    return found.pop()


def lei_is_sound(lei: str) -> bool:
    """Check an LEI's two check digits, by ISO 7064 MOD 97-10."""
    return int("".join(str(int(sign, 36)) for sign in lei)) % 97 == 1


def read_reference(text: str, _style: Style) -> str:
    """Read a reference: one word that holds a digit."""
    words = [word.rstrip(".:") for word in text.split() if _REFERENCE.fullmatch(word)]
    words = [word for word in words if re.search(r"\d", word)]
    if len(words) != 1:
        raise ValueError(f"'{text}' is not one reference")
    return words[0]


def read_isin(text: str, _style: Style) -> str:
    """Read an international securities identification number (ISO 6166)."""
    found = set(re.findall(r"\b[A-Z]{2}[A-Z0-9]{9}[0-9]\b", text))
    if len(found) != 1:
        raise ValueError(f"'{text}' is not one ISIN")
    return found.pop()


def writings(table: Mapping[str, Iterable[str]]) -> Writings:
    """Turn a table of the ways to write each value around, the longest way first."""
    ways = ((fold(way), value) for value, ways in table.items() for way in ways)
    return sorted(ways, key=lambda pair: -len(pair[0]))


def one_of(text: str, table: Writings) -> str:
    """Find the one value that a text names. Raises ValueError."""
    found = names_of(text, table)
    if len(found) != 1:
        raise ValueError(f"'{text}' is not one known value")
    return found.pop()


def names_of(text: str, table: Writings) -> set[str]:
    """Find the values that a text names; longer ways of writing win over those that they hold."""
    found, rest = set(), f" {fold(text)} "
    for way, value in table:
        if f" {way} " in rest:
            found.add(value)
            rest = rest.replace(f" {way} ", " | ")
    return found


def _from(table: str) -> Callable[[str, Style], str]:
    return lambda text, _style: one_of(text, _WRITINGS[table])


_TABLES = ("day_counts", "frequencies", "indices", "governing_laws", "seniorities")
_WRITINGS = {name: writings(WORDS[name]) for name in _TABLES}
READERS: dict[str, Callable[[str, Style], str | Money]] = {
    "date": read_date,
    "money": read_money,
    "currency": read_currency,
    "currency_pair": read_currency_pair,
    "rate": read_rate,
    "spread": read_spread,
    "exchange_rate": read_exchange_rate,
    "index": read_index,
    "tenor": read_tenor,
    "frequency": read_frequency,
    "day_count": _from("day_counts"),
    "governing_law": _from("governing_laws"),
    "seniority": _from("seniorities"),
    "lei": read_lei,
    "reference": read_reference,
    "isin": read_isin,
}


def plain(number: Decimal) -> str:
    """Write a number without exponent and without needless zeros."""
    return format(number.normalize() + 0, "f")


def _date(parts: dict[str, str], style: Style, text: str) -> str:
    year = int(parts["year"])
    if "name" in parts:
        month, day = [name[:3] for name in _MONTHS].index(parts["name"][:3].lower()) + 1, int(parts["day"])
    elif "first" in parts:
        day, month = _day_and_month(int(parts["first"]), int(parts["second"]), len(parts["year"]) == 4, style, text)
    else:
        month, day = int(parts["month"]), int(parts["day"])
    try:
        return date(year if year > 99 else 2000 + year, month, day).isoformat()
    except ValueError:
        raise ValueError(f"'{text}' is not a day of the calendar") from None


def _day_and_month(first: int, second: int, full_year: bool, style: Style, text: str) -> tuple[int, int]:
    day_first = style.day_first
    if full_year and max(first, second) > 12:
        day_first = first > 12
    elif full_year and first == second:
        day_first = True
    if day_first is None:
        raise ValueError(f"'{text}' may be day or month first, and the document does not tell")
    return (first, second) if day_first else (second, first)


def _day_first(text: str) -> bool | None:
    said = {order for order, pattern in _ORDERS.items() if re.search(pattern, text, re.IGNORECASE)}
    if not said:
        for match in _DATES[4].finditer(text):
            first, second = int(match["first"]), int(match["second"])
            if len(match["year"]) == 4 and first != second and max(first, second) > 12:
                said.add(first > 12)
    return said.pop() if len(said) == 1 else None


def _decimal_comma(text: str) -> bool | None:
    shown = set()
    for match in re.finditer(rf"(?<![\d.,/-])\d[\d.,]*\d(?![\d/-])(?P<percent>\s*(?:{_PERCENT}))?", text):
        number = match[0].removesuffix(match["percent"] or "").strip()
        marks = re.findall(r"[.,]", number)
        if {".", ","} == set(marks):
            shown.add(marks[-1] == ",")
        elif len(marks) > 1 and _GROUPED.fullmatch(number):
            shown.add(marks[0] == ".")
        elif len(marks) == 1 and match["percent"] and not _GROUPED.fullmatch(number):
            shown.add(marks[0] == ",")
    return shown.pop() if len(shown) == 1 else None


def _number(text: str, style: Style, *, money: bool) -> Decimal:
    """Read a number; `money` has at most two decimals, so that three digits behind a mark are a group of thousands."""
    number = re.sub(r"(?<=[.,'])\s+|\s+(?=[.,'])", "", re.sub(r"[\u00a0\u202f]", " ", text).replace("\u2019", "'"))
    marks = re.findall(r"[.,]", number)
    one_group = len(marks) == 1 and _GROUPED.fullmatch(number)
    if len(set(marks)) == 2 or (len(marks) == 1 and not one_group) or (one_group and _decimals(number, style, money)):
        whole, fraction = re.split(r"[.,](?=[^.,]*$)", number)
    else:
        whole, fraction = number, "0"
    broken = not fraction.isdigit() or (money and len(fraction) == 3)
    if broken or (re.search(r"[., ']", whole) and not _GROUPED.fullmatch(whole)):
        raise ValueError(f"'{text}' is not a number")
    return Decimal(re.sub(r"[., ']", "", whole) + "." + fraction)


def _decimals(number: str, style: Style, money: bool) -> bool:
    """Tell whether 1,234 or 1.234 has decimals. Raises ValueError if nothing tells."""
    comma = "," in number
    by_style = None if style.decimal_comma is None else style.decimal_comma == comma
    if by_style is None and comma == money:
        return not money  # 50,000 is an amount of thousands, 1.234 a rate with decimals
    if by_style is None or (by_style and money):
        raise ValueError(f"'{number}' may have thousands or decimals behind its mark")
    return by_style


def _currencies(text: str) -> tuple[set[str], str]:
    """Find the currencies that a text names, and what it says besides."""
    found = set()

    def take(match: re.Match[str]) -> str:
        found.add(_CURRENCY_NAMES.get(match[0].lower(), match[0]))
        return " "

    for pattern in _CURRENCIES:
        text = pattern.sub(take, text)
    return found, text


_CURRENCY_NAMES = {name: code for code, names in WORDS["currencies"]["names"].items() for name in names}
_ANY_NAME = "|".join(re.escape(name) for name in sorted(_CURRENCY_NAMES, key=len, reverse=True))
_CURRENCIES = [
    re.compile(rf"(?<![^\W\d_])(?:{_ANY_NAME})(?![^\W\d_])", re.IGNORECASE),
    re.compile(rf"(?<![^\W\d_])(?:{'|'.join(WORDS['currencies']['codes'])})(?![^\W\d_])"),
]


def _span(text: str) -> str | None:
    spans = set()
    for match in _SPAN.finditer(text.replace("-", " ")):
        number = match["number"].lower()
        count = _NUMBER_WORDS.index(number) + 1 if number in _NUMBER_WORDS else int(number)
        unit = match["unit"][0].upper()
        spans.add("1Y" if (count, unit) == (12, "M") else f"{count}{unit}")
    return spans.pop() if len(spans) == 1 else None
