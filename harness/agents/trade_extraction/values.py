"""Reads values as people write them: dates, amounts, indices, day counts and so on.

A reader gets a text and how its document writes, and returns a canonical text (ISO dates, plain decimals, the keys of
values.toml). A value is read whole or not at all: a reader raises ValueError with the reason where the text does not
say one thing, or says anything besides that could change it.
"""

import calendar
import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from harness.agents.trade_extraction.numbers import FIGURES, IN_WORDS, in_words, number, plain, uses_decimal_comma
from harness.agents.trade_extraction.rates import (
    read_exchange_rate,
    read_rate,
    read_spread,
    spread_with_index,
    without_rates,
)
from harness.agents.trade_extraction.writing import (
    CODES,
    FACTORS,
    PERCENT,
    WORDS,
    Style,
    currencies_in,
    fold,
    names_and_rest,
    names_of,
    one_of,
    require_qualifiers,
    unmarked,
    writings,
)

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
_TIME = re.compile(
    r"(?:\bT|(?<=\d)T|\b)\d{1,2}[:.]\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z\b|[ap]\.?m\b\.?|[+]\d\d:?\d\d|h\b)?",
    re.IGNORECASE,
)
_STAMPED = re.compile(
    r"\b(?:print(?:ed)?|generated|created|downloaded|run|sent|received|page|time ?stamp)\b", re.IGNORECASE
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
_DEFINED = re.compile(
    r"\(\s*(?:(?:each|the|an?|collectively),?\s+)*[\"\u201c][^()]*[\"\u201d]\s*\)"
)  # (the "Notional Amount")
_CUT_OFF = re.compile(r"(?:[,&]|\band|\bin|(?:\band|,)\s+\d{1,2})\s*$", re.IGNORECASE)
_IRREGULAR = re.compile(
    r"\b(?:except|other than|thereafter|then|until|initially|stub|schedule|annex|appendix|see|if|unless|"
    r"as (?:set|advised|agreed)|to be|tbd|tba|excluding)\b",
    re.IGNORECASE,
)
_UP_TO = re.compile(
    r"\b(?:(?:to|until),? (?:and|but) (?:including|excluding)|(?:from|and) (?:and )?(?:including|excluding)|until "
    r"the)\b"
)
_NUMBER_WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_PER_YEAR = {1: "1Y", 2: "6M", 4: "3M", 12: "1M"}
_SPAN = re.compile(
    rf"\b(?P<number>\d{{1,2}}|{'|'.join(_NUMBER_WORDS)})\s*"
    r"(?P<unit>d|w|m|y|days?|weeks?|months?|mths?|mos?|years?|yrs?)\b",
    re.IGNORECASE,
)
LEI = re.compile(r"(?<![A-Z0-9])[A-Z0-9]{18}[0-9]{2}(?![A-Z0-9])")  # ISO 17442
_REFERENCE = re.compile(r"[A-Z0-9][A-Z0-9/_.\-:#]*", re.IGNORECASE)
_AMOUNT = re.compile(
    rf"(?P<number>{FIGURES})(?:[\s;]*(?P<factor>{'|'.join(sorted(FACTORS, key=len, reverse=True))})\b\.?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Money:
    """An amount with its currency, either of which the text may leave out."""

    currency: str | None
    amount: str | None


def style_of(text: str, values: Iterable[str] | None = None) -> Style:
    """Return how a document writes, from its text and from the values at its labels (all of its lines by default).

    What only a print stamp or a reference shows is no sign of how the dates of the trade are written.
    """
    lines = [line for line in (text.splitlines() if values is None else values) if not _STAMPED.search(line)]
    shown = "\n".join(lines)
    return Style(_day_first(text, shown), uses_decimal_comma(shown, PERCENT), bool(_SCALED.search(text)))


def read_date(text: str, style: Style) -> str:
    """Return the one date of a text, as 2024-09-17. Raises ValueError."""
    whole = _DEFINED.sub(" ", unmarked(text))
    found = [match for pattern in _DATES for match in pattern.finditer(whole)]
    if not found:
        raise ValueError(f"'{text}' is not a date")
    if any(_SHIFTED.match(whole, match.end()) for match in found):
        raise ValueError(f"'{text}' is a date that has to be worked out")
    dates = {_date(match.groupdict(), style, text) for match in found}
    if len(dates) > 1:
        raise ValueError(f"'{text}' holds more than one date")
    rest = whole
    for match in found:
        rest = rest.replace(match[0], " ")
    require_qualifiers(_TIME.sub(" ", rest), "date", text)
    return dates.pop()


def dates_in(text: str, style: Style) -> Iterator[str]:
    """Yield the dates of a text, as 2024-09-17; those that may be day or month first are left out."""
    for pattern in _DATES:
        for match in pattern.finditer(unmarked(text)):
            with contextlib.suppress(ValueError):
                yield _date(match.groupdict(), style, text)


def read_money(text: str, style: Style) -> Money:
    """Return one amount, or one currency, or both: USD 50,000,000.00, 50 million euros, 10.000.000,00 EUR.

    An amount in words or in parentheses has to be the same amount. Raises ValueError.
    """
    currencies, rest = currencies_in(_DEFINED.sub(" ", unmarked(text)))
    if len(currencies) > 1:
        raise ValueError(f"'{text}' holds more than one currency")
    currency = currencies.pop() if currencies else None
    found = list(_AMOUNT.finditer(rest))
    if not found:
        if currency is None:
            raise ValueError(f"'{text}' is not an amount")
        require_qualifiers(rest, "money", text)
        return Money(currency, None)
    if style.scaled and not any(match["factor"] for match in found):
        raise ValueError(f"'{text}' may be in thousands or millions, as the document says of its amounts")
    if rest.rstrip().endswith(","):
        raise ValueError(f"'{text}' is cut off")
    amounts = {_amount(match, style) for match in found} | {in_words(match[0]) for match in _words(rest)}
    if len(amounts) > 1:
        raise ValueError(f"'{text}' holds more than one number")
    before, after = rest[: found[0].start()], rest[found[0].end() :]
    in_brackets = before.rstrip().endswith("(") and re.match(r"\s*\)", after) and not list(_words(before))
    if in_brackets or re.search(r"[-\u2212\u2013][\s;]*$", before) or re.match(r"\s*-(?!\w)", after) or amounts == {0}:
        raise ValueError(f"'{text}' is not a positive amount")
    require_qualifiers(IN_WORDS.sub(" ", _AMOUNT.sub(" ", rest)), "money", text)
    return Money(currency, plain(amounts.pop()))


def _words(text: str) -> Iterable[re.Match[str]]:
    return IN_WORDS.finditer(_AMOUNT.sub(" ", text))


def _amount(match: re.Match[str], style: Style) -> Decimal:
    factor = FACTORS[match["factor"].lower()] if match["factor"] else None
    value = number(
        match["number"], decimal_comma=style.decimal_comma, money=factor is None
    )  # 1.125 million has decimals
    return value * (factor or 1)


def read_currency(text: str, _style: Style) -> str:
    """Return one currency, as its ISO 4217 code. Raises ValueError."""
    currencies, rest = currencies_in(unmarked(text))
    if len(currencies) != 1:
        raise ValueError(f"'{text}' is not one currency")
    require_qualifiers(rest, "money", text)
    return currencies.pop()


def read_currency_pair(text: str, _style: Style) -> tuple[str, str]:
    """Return two currencies, in the order of the text: EUR/USD. Raises ValueError."""
    codes = re.findall(CODES, text)
    if len(codes) != 2 or codes[0] == codes[1]:
        raise ValueError(f"'{text}' is not a pair of currencies")
    return codes[0], codes[1]


def read_index(text: str, style: Style) -> str:
    """Return a floating rate's index; `tenor_in` and `spread_with_index` find what else may be written with it."""
    spread_with_index(text, style)
    found, rest = names_and_rest(without_rates(text), _WRITINGS["indices"])
    if len(found) != 1:
        raise ValueError(f"'{text}' is not one known value")
    _, rest = currencies_in(
        re.sub(r"\b[a-z]{3}\b", lambda match: match[0].upper(), _SPAN.sub(" ", rest.replace("-", " ")))
    )
    require_qualifiers(rest, "index", text)
    return found.pop()


def tenor_in(text: str) -> str | None:
    """Return the tenor that is written with an index: EURIBOR 6M. Days are a lookback, not a tenor."""
    tenor = _span(text)
    return None if tenor and tenor.endswith("D") else tenor


def read_tenor(text: str, _style: Style) -> str:
    """Return a span of time, as 6M; nothing where a text says that there is none. Raises ValueError."""
    if fold(text) in WORDS["no_tenor"] or text.strip() in WORDS["no_tenor"]:
        return ""
    if not (span := _span(text)):
        raise ValueError(f"'{text}' is not a span of time")
    require_qualifiers(_SPAN.sub(" ", text.replace("-", " ")), "tenor", text)
    return span


def read_frequency(text: str, _style: Style) -> str:
    """Return how often is paid, as 3M: from its name or from the months that are listed. Raises ValueError."""
    if _CUT_OFF.search(text):
        raise ValueError(f"'{text}' is cut off")
    if match := _IRREGULAR.search(_UP_TO.sub(" ", text)):
        raise ValueError(f"'{text}' may not be regular: '{match[0]}'")
    for pattern in _DATES[:4]:
        text = pattern.sub(_without_year, text)
    months = {match[0][:3].lower() for match in re.finditer(rf"\b(?:{_MONTH})\b", text, re.IGNORECASE)}
    if not names_of(text, _WRITINGS["frequencies"]) and len(months) in _PER_YEAR:
        return _PER_YEAR[len(months)]
    named = names_of(text, _WRITINGS["frequencies"])
    if len(named) > 1:  # quarterly, and on the Termination Date
        named.discard("TERM")
    if len(named) != 1:
        raise ValueError(f"'{text}' is not one known value")
    return named.pop()


def _without_year(date_found: re.Match[str]) -> str:
    """Take out a date, but leave 19 June, 19 September: two days of a year."""
    return " " if len(date_found["year"]) == 4 else date_found[0]


def read_lei(text: str, _style: Style) -> str:
    """Return a legal entity identifier; `lei_is_sound` looks at its check digits. Raises ValueError."""
    found = set(LEI.findall(text.upper()) or LEI.findall(text.upper().replace(" ", "")))
    if len(found) != 1:
        raise ValueError(f"'{text}' is not one LEI")
    return found.pop()


def lei_is_sound(lei: str) -> bool:
    """Return whether an LEI's two check digits are right, by ISO 7064 MOD 97-10."""
    return int("".join(str(int(sign, 36)) for sign in lei)) % 97 == 1


def read_reference(text: str, _style: Style) -> str:
    """Return a reference: one word that holds a digit. Raises ValueError."""
    words = [word.rstrip(".:") for word in unmarked(text).split() if _REFERENCE.fullmatch(word)]
    words = [word for word in words if re.search(r"\d", word)]
    if len(words) != 1:
        raise ValueError(f"'{text}' is not one reference")
    return words[0]


def read_isin(text: str, _style: Style) -> str:
    """Return an international securities identification number (ISO 6166). Raises ValueError."""
    found = set(re.findall(r"\b[A-Z]{2}[A-Z0-9]{9}[0-9]\b", text))
    if len(found) != 1:
        raise ValueError(f"'{text}' is not one ISIN")
    return found.pop()


def _from(table: str) -> Callable[[str, Style], str]:
    return lambda text, _style: one_of(text, _WRITINGS[table])


def _qualified(kind: str, table: str) -> Callable[[str, Style], str]:
    """Make the reader of a value of a table, with nothing but its kind's qualifiers beside it."""

    def read(text: str, _style: Style) -> str:
        found, rest = names_and_rest(unmarked(text), _WRITINGS[table])
        if len(found) != 1:
            raise ValueError(f"'{text}' is not one known value")
        require_qualifiers(rest, kind, text)
        return found.pop()

    return read


_TABLES = ("day_counts", "frequencies", "indices", "governing_laws", "seniorities")
_WRITINGS = {name: writings(WORDS[name]) for name in _TABLES}
READERS: dict[str, Callable[[str, Style], str | Money | tuple[str, str]]] = {
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
    "day_count": _qualified("day_count", "day_counts"),
    "governing_law": _from("governing_laws"),
    "seniority": _qualified("seniority", "seniorities"),
    "lei": read_lei,
    "reference": read_reference,
    "isin": read_isin,
}


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
        raise ValueError(f"'{text}' may be day or month first, and the document does not say which")
    return (first, second) if day_first else (second, first)


def _day_first(text: str, shown: str) -> bool | None:
    orders = {order for order, pattern in _ORDERS.items() if re.search(pattern, text, re.IGNORECASE)}
    if not orders:
        for match in _DATES[4].finditer(shown):
            first, second = int(match["first"]), int(match["second"])
            if len(match["year"]) == 4 and first != second and max(first, second) > 12:
                orders.add(first > 12)
    return orders.pop() if len(orders) == 1 else None


def _span(text: str) -> str | None:
    spans = set()
    for match in _SPAN.finditer(text.replace("-", " ")):
        number = match["number"].lower()
        count = _NUMBER_WORDS.index(number) + 1 if number in _NUMBER_WORDS else int(number)
        unit = match["unit"][0].upper()
        spans.add("1Y" if (count, unit) == (12, "M") else f"{count}{unit}")
    return spans.pop() if len(spans) == 1 else None
