"""Reads numbers, in figures and in words, and finds out how a document writes them."""

import re
from decimal import Decimal

FIGURES = r"\d(?:[\d.,'\u2019 \u00a0\u202f]*\d)?"
GROUPED = re.compile(r"[1-9]\d{0,2}(?:([.,' ])\d{3})(?:\1\d{3})*")
FRACTION = re.compile(
    r"(?:(?P<whole>\d+)(?:\s+|-|\s+and\s+))?(?P<over>\d{1,2})\s*/\s*(?P<under>2|4|8|16|32|64)(?![\d/])"
)
_VULGAR = {"¼": "1/4", "½": "1/2", "¾": "3/4", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8"}

_UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
SMALL = {word: value for value, word in enumerate(_UNITS)}
_SMALL = SMALL | {word: 10 * (at + 2) for at, word in enumerate(_TENS)} | {"fourty": 40}
_LARGE = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_ANY_WORD = "|".join([*_SMALL, "hundred", *_LARGE])
IN_WORDS = re.compile(rf"\b(?:{_ANY_WORD})\b(?:[\s,\-]+(?:and\s+)?(?:{_ANY_WORD}|point)\b)*", re.IGNORECASE)


def plain(number: Decimal) -> str:
    """Return a number without exponent and without needless zeros."""
    return format(number.normalize() + 0, "f")


def in_words(text: str) -> Decimal:
    """Return the number that words such as `thirty-five million` say. Raises ValueError."""
    words = [word for word in re.split(r"[\s,\-]+", text.lower()) if word and word != "and"]
    whole, _, fraction = " ".join(words).partition(" point ")
    total, part = 0, 0
    for word in whole.split():
        if word in _SMALL:
            part += _SMALL[word]
        elif word == "hundred":
            part = max(part, 1) * 100
        else:
            total, part = total + max(part, 1) * _LARGE[word], 0
    decimals = fraction.split()
    if any(SMALL.get(word, 10) > 9 for word in decimals):
        raise ValueError(f"'{text}' is not a number in words")
    return Decimal(f"{total + part}.{''.join(str(SMALL[word]) for word in decimals) or 0}")


def without_fractions(text: str) -> str:
    """Return a text with its common fractions as decimals: 4 1/8 is 4.125."""
    for sign, fraction in _VULGAR.items():
        text = re.sub(rf"\s*{sign}", f" {fraction}", text)
    return FRACTION.sub(
        lambda match: plain(int(match["whole"] or 0) + Decimal(match["over"]) / Decimal(match["under"])), text
    )


def number(text: str, *, decimal_comma: bool | None, money: bool) -> Decimal:
    """Return the number that figures write. Raises ValueError.

    `money` has at most two decimals, so that three digits behind a mark are a group of thousands.
    """
    figures = re.sub(r"(?<=[.,'])\s+|\s+(?=[.,'])", "", re.sub(r"[\u00a0\u202f]", " ", text).replace("\u2019", "'"))
    marks = re.findall(r"[.,]", figures)
    one_group = len(marks) == 1 and GROUPED.fullmatch(figures)
    has_decimals = len(set(marks)) == 2 or (len(marks) == 1 and not one_group)
    if has_decimals or (one_group and _decimals(figures, decimal_comma, money)):
        whole, fraction = re.split(r"[.,](?=[^.,]*$)", figures)
    else:
        whole, fraction = figures, "0"
    broken = not fraction.isdigit() or (money and len(fraction) == 3)
    if broken or (re.search(r"[., ']", whole) and not GROUPED.fullmatch(whole)):
        raise ValueError(f"'{text}' is not a number")
    return Decimal(re.sub(r"[., ']", "", whole) + "." + fraction)


def _decimals(figures: str, decimal_comma: bool | None, money: bool) -> bool:
    """Return whether 1,234 or 1.234 has decimals. Raises ValueError if nothing shows it."""
    comma = "," in figures
    by_style = None if decimal_comma is None else decimal_comma == comma
    if by_style is None and comma == money:
        return not money  # 50,000 is an amount of thousands, 1.234 a rate with decimals
    if by_style is None or (by_style and money):
        raise ValueError(f"'{figures}' may have thousands or decimals behind its mark")
    return by_style


def uses_decimal_comma(text: str, percent: str) -> bool | None:
    """Return whether a text writes decimals with a comma; None if it does not show it."""
    shown = set()
    for match in re.finditer(rf"(?<![\d.,/-])\d[\d.,]*\d(?![\d/-])(?P<percent>\s*(?:{percent}))?", text):
        figures = match[0].removesuffix(match["percent"] or "").strip()
        marks = re.findall(r"[.,]", figures)
        if set(marks) == {".", ","}:
            shown.add(marks[-1] == ",")
        elif len(marks) > 1 and GROUPED.fullmatch(figures):
            shown.add(marks[0] == ".")
        elif len(marks) == 1 and match["percent"] and not GROUPED.fullmatch(figures):
            shown.add(marks[0] == ",")
    return shown.pop() if len(shown) == 1 else None
