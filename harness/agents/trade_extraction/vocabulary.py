"""The words of confirmations: what a label means, and what a heading says about the labels under it."""

import itertools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from harness.agents.trade_extraction.writing import CODES, fold, one_of, writings

_DATA = tomllib.loads(Path(__file__).with_name("vocabulary.toml").read_text(encoding="utf-8"))
ANY_WORDS = {"party", "text", "agent", "direction", "role", "entity"}  # kinds of values that any words could be
_LONGEST_LABEL = 10  # words
_CODE = re.compile(rf"\b(?:{CODES})\b")
# What a label may say besides: of this swap, over three-month EURIBOR.
_ENDING = re.compile(
    r" (?:of|for|under) (?:this |each )?(?:swap|trade|transaction|contract|deal|confirmation)(?: transaction)?$"
    r"| (?:over|above)(?: (?!(?:minus|less|plus|negative|of)(?:\s|$))\S+){1,2}$"
)
_UNIT_AT_END = re.compile(r"(?:\s+in)?\s*(?:%(?:\s*p\.?\s?a\.?)?|\bp\.\s?a\.|\bbps?)$", re.IGNORECASE)
_ENUMERATION = re.compile(
    r"^\s*(?:\(?(?:\d{1,2}(?:\.\d{1,2})*|[a-zA-Z]|[ivx]{1,4})[.)]|\d{1,2}(?:\.\d{1,2})+|[•·▪*\-\u2013])\s+"
)


@dataclass(frozen=True)
class Meaning:
    """What a label says about its value."""

    field: str
    kind: str
    subject: str | None = None  # role of the party that the value is about
    currency: str | None = None
    unit: str = ""  # what the label says in parentheses: (USD), (%), (in millions)


@dataclass(frozen=True)
class Heading:
    """What a heading says about the labels under it."""

    section: str
    subject: str | None = None
    means: Mapping[str, str] = field(default_factory=dict)


def _expand(pattern: str) -> Iterator[str]:
    """Write out the alternatives of a pattern."""
    parts = [part.split("|") for part in re.split(r"[()]", pattern)]
    return (" ".join("".join(choice).split()) for choice in itertools.product(*parts))


def _key(text: str) -> str:
    """Reduce a label to the words under which it is known."""
    words = (word for word in fold(text.replace("/", " ").replace("#", " # ")).split() if word != "the")
    return " ".join(_DATA["abbreviations"].get(word, word) for word in words)


def _written_out(patterns: list[str]) -> list[str]:
    return [_key(text) for pattern in patterns for text in _expand(pattern)]


ROLES: dict[str, list[str]] = {role: _written_out(words) for role, words in _DATA["parties"].items()}
ROLE_OF = {word: role for role, words in ROLES.items() for word in words}
_ROLE_WRITINGS = writings(ROLES)
KINDS: dict[str, str] = {name: entry["kind"] for name, entry in _DATA["field"].items()}
_FIELDS: dict[str, dict[str, None]] = {}  # label -> fields, in order
for _name, _entry in _DATA["field"].items():
    for _label in _written_out(_entry["labels"]):
        _FIELDS.setdefault(_label, {})[_name] = None
_SECTIONS = {label: name for name, entry in _DATA["section"].items() for label in _written_out(entry["labels"])}
_ROLE_WORD = re.compile(rf"(?<!\S)(?:{'|'.join(map(re.escape, sorted(ROLE_OF, key=len, reverse=True)))})(?!\S)")
_TO_THE_OTHER = re.compile(rf" (?:to|from) (?:{'|'.join(map(re.escape, ROLE_OF))})$")  # we sell to you


@lru_cache(maxsize=4096)
def meanings(text: str) -> tuple[Meaning, ...]:
    """Look up what a label means; nothing if it is not a label."""
    for label, unit in _ways(text):
        for key, subject, currency in _keys(label):
            if fields := _FIELDS.get(key):
                return tuple(Meaning(name, KINDS[name], subject, currency, unit) for name in fields)
    parts = [meanings(part) for part in text.split("/")] if "/" in text else [()]
    return tuple(itertools.chain(*parts)) if all(parts) else ()


@lru_cache(maxsize=4096)
def heading(text: str) -> Heading | None:
    """Look up what a heading says about the labels under it; None if it is not a heading."""
    for label, _unit in _ways(text):
        for key, subject, _currency in _keys(label):
            if name := _SECTIONS.get(key):
                entry = _DATA["section"][name]
                return Heading(name, entry.get("subject", subject), entry.get("means", {}))
    return None


def role_in(text: str) -> str:
    """Find the one role that a text gives to a party. Raises ValueError."""
    return one_of(text, _ROLE_WRITINGS)


def _ways(text: str) -> Iterator[tuple[str, str]]:
    """Ways to read a label: with what it says in parentheses as words, and with that as the value's unit."""
    label = re.sub(r"['\u2019]s\b", "", _ENUMERATION.sub("", text))
    if len(label.split()) <= _LONGEST_LABEL:
        yield label, ""
        if match := _UNIT_AT_END.search(label):
            yield label[: match.start()], match[0]
        if "(" in label:
            yield re.sub(r"\([^)]*\)?", " ", label), " ".join(re.findall(r"\(([^)]*)\)?", label))


def _keys(label: str) -> Iterator[tuple[str, str | None, str | None]]:
    """Keys under which a label may be known, with the party and the currency that it speaks of."""
    codes = _CODE.findall(label)
    for text in dict.fromkeys((label, _CODE.sub(" {currency} ", label))):
        key = _key(text)
        currency = codes[0] if codes and text != label else None
        yield key, None, currency
        yield _ENDING.sub("", key), None, currency
        for match in _ROLE_WORD.finditer(key):
            general = " ".join(f"{key[: match.start()]}{{party}}{key[match.end() :]}".split())
            yield general, ROLE_OF[match[0]], currency
            yield _TO_THE_OTHER.sub("", general), ROLE_OF[match[0]], currency
