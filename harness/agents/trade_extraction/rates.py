"""Reads rates, spreads and exchange rates: every sign and every word of the text has to be accounted for."""

import re
from dataclasses import dataclass
from decimal import Decimal

from harness.agents.trade_extraction.numbers import FIGURES, IN_WORDS, in_words, number, plain, without_fractions
from harness.agents.trade_extraction.writing import (
    BASIS_POINTS,
    PERCENT,
    WORDS,
    Style,
    currencies_in,
    fold,
    require_qualifiers,
    unmarked,
)

_MINUS = "\\-\u2212\u2012\u2013\u2014\ufe63\uff0d"
_RATE = re.compile(
    rf"(?P<open>\(\s*)?(?P<sign>[+\uff0b{_MINUS}]|\b(?:plus|minus|less|negative|positive)\b)?\s*(?P<inner>\(\s*)?"
    rf"(?P<number>{FIGURES})\s*(?P<close>\)\s*)?(?:(?P<percent>{PERCENT})|{BASIS_POINTS})\.?(?P<end>\s*\))?",
    re.IGNORECASE,
)
_DAY_COUNT = re.compile(r"\b(?:30e?|act\w*|a)\s?/\s?(?:36\d|act\w*)\w*", re.IGNORECASE)
_NEGATIVE = {*WORDS["signs"]["negative"]}
_POSITIVE = {*WORDS["signs"]["positive"]}
_DESCRIBES = {"negative", "positive"}  # words that may repeat a sign: -0.25% (negative)
_NO_SPREAD = {"", *WORDS["no_spread"]}
_ONE = re.compile(r"(?<![\d.,])1(?:[.,]0+)?\s*(?=[A-Z]{3}\b)|(?<=[A-Z]{3})\s*1(?:[.,]0+)?(?![\d.,])")


@dataclass(frozen=True)
class _Rate:
    """A rate as it is written in a text."""

    value: Decimal  # without sign
    sign: str  # "+", "-" or ""
    aside: bool  # it is in parentheses


def read_rate(text: str, style: Style) -> str:
    """Return the one rate of a text as a fraction: 3.75% and 375 basis points are 0.0375. Raises ValueError."""
    return _signed(text, style, "rate")


def read_spread(text: str, style: Style) -> str:
    """Return a spread over an index; none is 0. Raises ValueError."""
    if fold(text) in _NO_SPREAD or text.strip() in _NO_SPREAD:
        return "0"
    return _signed(text, style, "spread")


def spread_with_index(text: str, style: Style) -> str | None:
    """Return the spread written with an index, SOFR + 25 basis points; None if there is none. Raises ValueError."""
    found = list(_RATE.finditer(unmarked(text)))
    if not found:
        return None
    if not any(match["sign"] for match in found) and not {*fold(text).split()} & (_NEGATIVE | _POSITIVE):
        raise ValueError(f"'{text}' does not say whether its rate is added to the index")
    return read_spread(text, style)


def without_rates(text: str) -> str:
    """Return a text without its rates and their signs."""
    words = "|".join(map(re.escape, sorted(_NEGATIVE | _POSITIVE, key=len, reverse=True)))
    return re.sub(rf"\b(?:{words})\b", " ", _RATE.sub(" ", unmarked(text)), flags=re.IGNORECASE)


def rates_in(text: str) -> list[str]:
    """List the rates that a text holds, without their signs, as fractions."""
    found = []
    for match in _RATE.finditer(without_fractions(unmarked(text))):
        try:
            value = number(match["number"], decimal_comma=None, money=False)
        except ValueError:
            value = Decimal("NaN")
        found.append(str(value) if value.is_nan() else plain(value / (100 if match["percent"] else 10_000)))
    return found


def _signed(text: str, style: Style, kind: str) -> str:
    whole = _DAY_COUNT.sub(" ", without_fractions(unmarked(text)))
    matches = list(_RATE.finditer(whole))
    if not matches:
        raise ValueError(f"'{text}' is not a rate with its unit")
    found = [_rate(match, style) for match in matches]
    stated = [rate for rate in found if not rate.aside]
    if stated and len(stated) < len(found):  # 25 basis points (0.25%)
        found = stated + [_Rate(rate.value, rate.sign, aside=False) for rate in found if rate.aside]
        aside_signs = {_meaning(rate.sign) for rate in found if rate.sign}
        values = {rate.value for rate in found}
        if (
            len(values) > 1
            or len(aside_signs) > 1
            or (any(r.sign == "-" for r in found) and not all(r.sign for r in found))
        ):
            raise ValueError(f"'{text}' says more than one rate")
    elif len(found) > 1:
        if len({(rate.value, _meaning(rate.sign)) for rate in found}) > 1:
            raise ValueError(f"'{text}' says more than one rate")
    elif found[0].aside and not found[0].sign:
        found = [_Rate(found[0].value, "()", aside=True)]  # as accountants write what is negative
    rest = _RATE.sub(" ; ", whole)
    _require_clear_dash(text, matches[0], whole, rest, kind)
    rest = _without_same_number_in_words(rest, found[0].value, text)
    if found[0].value >= 1:  # 2,415 % with a comma for thousands is more likely one with a decimal comma
        raise ValueError(f"'{text}' is a {kind} of 100 % or more")
    return plain(found[0].value * _direction(text, rest, found[0].sign, kind))


def _rate(match: re.Match[str], style: Style) -> _Rate:
    value = number(match["number"], decimal_comma=style.decimal_comma, money=False)
    around = bool(match["open"] and (match["close"] or match["end"])) or bool(match["inner"])
    if match["inner"] and match["sign"]:
        raise ValueError(f"'{match[0]}' has two signs")
    sign = (match["sign"] or "").lower()
    return _Rate(value / (100 if match["percent"] else 10_000), sign and _meaning(sign), around)


def _meaning(sign: str) -> str:
    return "+" if sign in ("", "+", "\uff0b", "plus", "positive") else "-"


def _direction(text: str, rest: str, sign: str, kind: str) -> int:
    """Return 1 or -1, by the sign and the words around a rate. Raises ValueError if they contradict each other."""
    words = fold(rest.replace(";", " ")).split()
    negative, positive = ({word for word in words if word in some} for some in (_NEGATIVE, _POSITIVE))
    contradicts = (negative and positive) or (negative and sign == "+") or (positive and sign in ("-", "()"))
    twice = len([word for word in words if word in negative]) > 1 or (negative - _DESCRIBES and sign in ("-", "()"))
    if contradicts or twice or (kind == "rate" and {"below", "under", "above", "over"} & {*words}):
        raise ValueError(f"'{text}' has more than one sign")
    require_qualifiers(" ".join(word for word in words if word not in negative | positive), kind, text)
    return -1 if negative or sign in ("-", "()") else 1


def _require_clear_dash(text: str, match: re.Match[str], whole: str, rest: str, kind: str) -> None:
    """Raise ValueError if a dash may be a sign or part two words: Fixed - 3.75%, or 3.75%-."""
    before = whole[: match.start()].strip()
    is_dash = bool(match["sign"]) and re.fullmatch(f"[{_MINUS}]", match["sign"]) is not None
    if (is_dash and before and kind != "spread") or re.search(rf";\s*[{_MINUS}]\s*(?:$|\()|^\s*[{_MINUS}]", rest):
        raise ValueError(f"'{text}' has a dash that may be a sign")


def _without_same_number_in_words(rest: str, value: Decimal, text: str) -> str:
    for match in list(IN_WORDS.finditer(rest)):
        if in_words(match[0]) not in (value * 100, value * 10_000):
            raise ValueError(f"'{text}' says another number in words")
    return IN_WORDS.sub(" ", rest)


def read_exchange_rate(text: str, style: Style) -> str:
    """Return an exchange rate: 1.1050, EUR/USD 1.1050, 1 EUR = 1.1050 USD. Raises ValueError."""
    whole = unmarked(text)
    if re.search(PERCENT, whole, re.IGNORECASE):
        raise ValueError(f"'{text}' is not an exchange rate")
    without_unit = _ONE.sub(" ", whole)
    _, rest = currencies_in(without_unit if re.search(r"\d", without_unit) else whole)
    figures = re.findall(FIGURES, rest)
    values = {number(one, decimal_comma=style.decimal_comma, money=False) for one in figures}
    if len(values) != 1 or re.search(rf"(?:^|[\s(])[{_MINUS}+]\s*\d", rest):
        raise ValueError(f"'{text}' is not one exchange rate")
    require_qualifiers(re.sub(FIGURES, " ", rest), "exchange_rate", text)
    return plain(values.pop())
