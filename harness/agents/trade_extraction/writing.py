"""How documents write: words reduced to what distinguishes them, currencies, and what may be written with a value."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

WORDS = tomllib.loads(Path(__file__).with_name("values.toml").read_text(encoding="utf-8"))
FACTORS = {word: int(value) for value, words in WORDS["multipliers"].items() for word in words}
CODES = "|".join(WORDS["currencies"]["codes"])
PERCENT = r"%|per\s?cent\b|percent\b|pct\b"
BASIS_POINTS = r"basis\s+points?\b|bps?\b|b\.p\.s?\.?"
MARKS = "*\u2020\u2021\u00a7\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"  # of footnotes
_FOOTNOTE = re.compile(f"[{re.escape(MARKS)}]+")
_PLAIN = {
    **dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f"), " "),
    **dict.fromkeys(map(ord, "\u2010\u2011\ufe63\uff0d"), "-"),
    **dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"), None),
}

Writings = Sequence[tuple[str, str]]  # (way to write a value, the value)


@dataclass(frozen=True)
class Style:
    """How a document, as a whole, writes: True or False where it says or shows so, None where it does not."""

    day_first: bool | None = None  # 03/04/2024 is 3 April
    decimal_comma: bool | None = None  # 3,75 is three and three quarters
    scaled: bool = False  # it says that its amounts are in thousands or millions


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Return a text's letters, digits and signs, in small letters: what distinguishes it from others."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("&", " and ")
    return " ".join(re.sub(r"[\s\-\u2013\u2014_.,;:()\[\]\"\u201c\u201d'\u2019*]+", " ", plain).split())


def plain_signs(text: str) -> str:
    """Return a text with the usual spaces and hyphens in the place of those that only look like them."""
    return text.translate(_PLAIN)


def unmarked(text: str) -> str:
    """Return a text without the marks of footnotes; what the notes say is judged where they are written."""
    return _FOOTNOTE.sub("", plain_signs(text))


def require_qualifiers(rest: str, kind: str, text: str) -> None:
    """Raise ValueError if what is left of a text is more than words that do not change a value of this kind."""
    more = [
        word for word in fold(rest.replace("/", " ")).split() if word not in _QUALIFIERS[kind] and word not in _SIGNS
    ]
    if more:
        raise ValueError(f"'{text}' says more than a value: '{' '.join(more)}'")


def currencies_in(text: str) -> tuple[set[str], str]:
    """Return the currencies that a text names, and what it says besides."""
    found = set()

    def take(match: re.Match[str]) -> str:
        found.add(_CURRENCY_NAMES.get(match[0].lower(), match[0]))
        return " ; "

    for pattern in _CURRENCIES:
        text = pattern.sub(take, text)
    return found, text


def writings(table: Mapping[str, Iterable[str]]) -> Writings:
    """Return the ways to write each value of a table, the longest first."""
    ways = ((fold(way), value) for value, ways in table.items() for way in ways)
    return sorted(ways, key=lambda pair: -len(pair[0]))


def one_of(text: str, table: Writings) -> str:
    """Return the one value that a text names. Raises ValueError."""
    found, _ = names_and_rest(text, table)
    if len(found) != 1:
        raise ValueError(f"'{text}' is not one known value")
    return found.pop()


def names_of(text: str, table: Writings) -> set[str]:
    """Return the values that a text names; longer ways of writing win over those that they hold."""
    return names_and_rest(text, table)[0]


def names_and_rest(text: str, table: Writings) -> tuple[set[str], str]:
    """Return the values that a text names, and what it says besides."""
    found, rest = set(), f" {fold(text)} "
    for way, value in table:
        if f" {way} " in rest:
            found.add(value)
            rest = rest.replace(f" {way} ", " | ")
    return found, rest.replace("|", " ")


_SIGNS = {";", "=", "|", "$", "\u00a5", "<", ">"}
_CURRENCY_NAMES = {name: code for code, names in WORDS["currencies"]["names"].items() for name in names}
_ANY_NAME = "|".join(re.escape(name) for name in sorted(_CURRENCY_NAMES, key=len, reverse=True))
_CURRENCIES = [
    re.compile(rf"(?<![^\W\d_])(?:{_ANY_NAME})(?![^\W\d_])", re.IGNORECASE),
    re.compile(rf"(?<![^\W\d_])(?:{CODES})(?![^\W\d_])"),
]
_QUALIFIERS = {
    kind: {word for some in words for word in fold(some).split()} for kind, words in WORDS["qualifiers"].items()
}
_QUALIFIERS["spread"] |= _QUALIFIERS["rate"] | _QUALIFIERS["index"]
_QUALIFIERS["spread"] |= {word for ways in WORDS["indices"].values() for way in ways for word in fold(way).split()}
_QUALIFIERS["spread"] |= {code.lower() for code in WORDS["currencies"]["codes"]}
