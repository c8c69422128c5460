"""Finds what sentences say: the Notional Amount is USD 50,000,000; Party B shall pay a Fixed Rate of 3.75%.

A sentence that says it for a case only, or of another time, says nothing about the trade.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.agents.trade_extraction.names import ends_with_form
from harness.agents.trade_extraction.parties import name_in
from harness.agents.trade_extraction.vocabulary import ANY_WORDS, Meaning, meanings

_LONGEST = 8  # words of a label
_REACH = 400  # letters before a verb in which its label is looked for: a text without full stops is one sentence
_END = re.compile(r"(?<![\d.][.])(?<!\b[A-Z][.])[.;](?=\s+(?:\(?[\w]{1,3}[.)]\s+)?[A-Z(\"\u201c]|\s*$)")
_IS = re.compile(r"\s+(?P<verb>is|shall\s+be|will\s+be|of)\s+(?=\S)")
_BEFORE_LABEL = re.compile(r"(?:^|[.;:,)]|\b(?:the|a|an|and|at|on|with|its))$", re.IGNORECASE)
_UNCERTAIN = re.compile(
    r"\b(?:if|unless|until|where|when|would|may|might|could|not|neither|except|provided|previous|previously|former|"
    r"early|original|amended|each|any|either|otherwise|or|another|example|supersedes?|replaces?|collateral|"
    r"credit support|default|fees?|maximum|minimum|independent|threshold|limited to|transaction \d+)\b",
    re.IGNORECASE,
)
_BEGINNING = re.compile(
    r"(?:\W|\b(?:\w{1,3}[.)]|\d+(?:\.\d+)+|the|an?|and|that|we|it|is|hereby|confirm|agreed|as follows|following|"
    r"parties|terms)\b)*",
    re.IGNORECASE,
)
_JOINT = re.compile(r"[\s,]+(?:and|the|and the|with a|with the|plus a|at a|at the|on the)*\s*$")
_REST = re.compile(r"(?:,(?!\s?\d)|\s(?:and|payable|between|for|on|from|to|by|with|plus|in)\b).*", re.DOTALL)
_ACTS = re.compile(
    r"\s+(?:(?:shall|will|agrees?\sto|agreed\sto|undertakes?\sto|hereby|have|has)\s+)?"
    r"(?P<verb>pays?|receives?|sells?|sold|buys?|bought|purchases?|delivers?)\s+"
    r"(?:(?:to|from)\s+(?:the\s+)?\w+(?:\s+[AB]\b)?,?\s+)?",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"(?:the (?:sum|amount) of\s+)?(?P<amount>[^;]{2,40}?)\s*"
    r"(?=[.,;](?!\d)|\s(?:and|to|from|on|in|for|by|against|at)\b|\n|$)"
)
_LEG = re.compile(r"(?:(?:a|an|the)\s+)?(?P<leg>fixed|floating)\b", re.IGNORECASE)
_LAW = re.compile(r"\bgoverned by\b(?P<law>[^.;]*)", re.IGNORECASE)
_OF_AN_EXCHANGE = (
    (
        re.compile(
            r"\bat (?:the|an?) (?:\w+[- ])?(?:exchange |forward )?rate of "
            r"(?P<value>\S.*?)(?=[,;.](?:\s|$)|\sfor\s|\sand\s|$)",
            re.I | re.S,
        ),
        Meaning("exchange_rate", "exchange_rate"),
    ),
    (
        re.compile(
            r"\bfor\s(?:value|settlement|delivery)\s(?:on\s)?(?P<value>\d.*?\d{4})(?!\d)", re.IGNORECASE | re.DOTALL
        ),
        Meaning("settlement_date", "date"),
    ),
)
_SELLS = ("sell", "sold", "pay", "deliver")


@dataclass(frozen=True)
class Statement:
    """What a sentence says: a meaning, and the ways in which its value may end, the longest first."""

    meaning: Meaning
    texts: tuple[str, ...]


def statements(text: str) -> list[Statement]:
    """Find what the sentences of a text say."""
    return [
        found for sentence in _END.split(re.sub(r"[^\S\n]*\n\s*", "\n", text)) for found in _statements_in(sentence)
    ]


def _statements_in(sentence: str) -> Iterator[Statement]:
    found = [
        (match, label)
        for match in _IS.finditer(sentence)
        if (label := _label_before(sentence, match.start()))
        and _is_term(sentence[label[0] : match.start()], match["verb"])
    ]
    uncertain = _UNCERTAIN.search(sentence)
    readable = False  # whether nothing is between the value before and this label
    for at, (match, (start, means)) in enumerate(found):
        end = found[at + 1][1][0] if at + 1 < len(found) else len(sentence)
        begins = match["verb"] == "of" or _BEGINNING.fullmatch(sentence[:start]) or (at and readable)
        clause = _JOINT.sub("", sentence[match.end() : end]).rstrip()
        readable = bool(begins) and not _REST.search(clause)
        if not clause or not begins or uncertain:
            continue
        for meaning in means:
            if meaning.kind not in ANY_WORDS:
                yield Statement(meaning, tuple(dict.fromkeys((clause, _REST.sub("", clause)))))
            elif match["verb"] != "of" and (
                meaning.kind == "agent" or (meaning.kind in ("party", "entity") and _is_party(clause))
            ):
                yield Statement(meaning, (clause,))
    yield from _acts(sentence)
    if not uncertain:
        for pattern, meaning in _OF_AN_EXCHANGE:
            for match in pattern.finditer(sentence):
                yield Statement(meaning, (match["value"],))
    for match in _LAW.finditer(sentence):
        yield Statement(Meaning("governing_law", "governing_law"), (match["law"],))


def _is_term(label: str, verb: str) -> bool:
    """Return whether words are a term of the trade and not of the language: a Fixed Rate of, but not an amount of."""
    words = re.sub(r"^(?:the|an?)\s+", "", label, flags=re.IGNORECASE).split()
    defined = all(word[0].isupper() or word in ("of", "and", "the") for word in words)
    return (defined and (len(words) > 1 or words[0] == "Spread" or verb != "of")) or (len(words) > 1 and verb != "of")


def _acts(sentence: str) -> Iterator[Statement]:
    """Find who pays a leg, and who buys and sells which amount."""
    who, uncertain = None, _UNCERTAIN.search(sentence)
    for match in _ACTS.finditer(sentence):
        if uncertain and uncertain.start() < match.end("verb"):
            return
        before = sentence[max(0, match.start() - _REACH) : match.start()]
        if not re.search(r"\sand$", before[-6:]):  # sells this and buys that
            label = _label_before(sentence, match.start(), named=True)
            who = label[1][0].subject if label else None
        if who is None:
            continue
        verb = "pays" if match["verb"].lower().startswith(_SELLS) else "receives"
        if leg := _LEG.match(sentence, match.end()):
            yield Statement(Meaning(verb, "direction", who), (leg["leg"],))
        elif amount := _AMOUNT.match(sentence, match.end()):
            yield Statement(Meaning("sold" if verb == "pays" else "bought", "money", who), (amount["amount"],))


def _label_before(sentence: str, end: int, *, named: bool = False) -> tuple[int, tuple[Meaning, ...]] | None:
    """Find the label, or the party, that ends at a place in a sentence: where it begins, and what it means."""
    away = max(0, end - _REACH)
    near = f"\u2026{sentence[away:end]}" if away else sentence[:end]
    words = list(re.finditer(r"\S+", near))[-_LONGEST:]
    for first in words:
        label, before = near[first.start() :], near[: first.start()].rstrip(" ")
        found = tuple(m for m in meanings(label) if not named or (m.field == "name" and m.subject))
        begins = _BEFORE_LABEL.search(before.rstrip()) or label.startswith(("the ", "The "))
        if found and ":" not in label and (begins or (named and before.endswith("\n"))):
            return first.start() + max(0, away - 1), found
    return None


def _is_party(text: str) -> bool:
    if any(meaning.field == "name" and meaning.subject for meaning in meanings(text)):
        return True
    try:
        return ends_with_form(name_in([text], []))
    except ValueError:
        return False
