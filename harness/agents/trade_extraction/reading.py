"""What a document says: the values of its labels, each read and put under its field."""

import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from harness.agents.trade_extraction.cells import Cell
from harness.agents.trade_extraction.headings import Headings
from harness.agents.trade_extraction.labels import OF_PARTIES, Candidate, Label, Layout
from harness.agents.trade_extraction.names import ends_with_form
from harness.agents.trade_extraction.parties import name_in
from harness.agents.trade_extraction.prose import statements
from harness.agents.trade_extraction.rates import spread_with_index
from harness.agents.trade_extraction.values import READERS, tenor_in
from harness.agents.trade_extraction.vocabulary import ANY_WORDS, Meaning, heading
from harness.agents.trade_extraction.writing import WORDS, Style, fold

_LEGS = {
    "fixed": {"fixed_rate", "fixed_day_count", "fixed_frequency"},
    "floating": {"floating_index", "index_tenor", "floating_day_count", "floating_frequency"},
}
_AFTER_HEADING = re.compile(r"(\s*[-\u2013\u2014:(,]\s*(?=\S))")
_LEG_NUMBER = re.compile(r"^leg (?:\d|[ivab]+)\s*", re.IGNORECASE)
_OTHER_LEG = {"fixed_payer": "floating_payer", "floating_payer": "fixed_payer"}
_PAYS = (  # who, and whether they pay or receive
    (re.compile(r"(?P<who>.+?)\s+(?:pays?|to pay|paying|payer|will pay|shall pay)", re.IGNORECASE), True),
    (re.compile(r"(?:paid|payable|due|payer|payor)(?:\s+by)?\s*:?\s*(?P<who>.+)", re.IGNORECASE), True),
    (re.compile(r"(?P<who>.+?)\s+(?:receives?|to receive|receiving|receiver)", re.IGNORECASE), False),
)
_OF_A_LEG = {"day_count", "frequency"}
_WITH_NONE = {"spread", "tenor", *ANY_WORDS}  # kinds for which none is a value
_AND = re.compile(r"\s+and\s+|\s*[;/]\s*|,\s+and\s+")
_NOT_SINGLE = re.compile(WORDS["not_single_names"], re.IGNORECASE)
_ELSEWHERE = re.compile(r"\b(?:schedule|annex|appendix|below|above|attached|table|agreed|advised)\b", re.IGNORECASE)
_PURE_UNIT = re.compile(
    r"\s*(?:in\s+)?(?:%|per\s?cent|bps?|basis points|[A-Z]{3})?\s*(?:p\.?\s?a\.?|per annum)?\s*", re.IGNORECASE
)
_GOES_ON = re.compile(r"[a-z(+\d&\-\u2013]")  # how a line begins that goes on with the one above it


@dataclass(frozen=True)
class Reading:
    """A value that the document says."""

    meaning: Meaning
    value: Any
    candidate: Candidate
    lines: int = 1  # of the candidate that its value has

    @property
    def cells(self) -> list[Cell]:
        """The cells of its value."""
        lines, cells = self.candidate.sure, [self.candidate.cell]
        used = len(self.candidate.lines) if self.candidate.relation == "right" else self.lines
        for cell in self.candidate.cells[1:]:
            if lines < used:
                cells.append(cell)
            lines += len(cell.lines)
        return cells

    @property
    def typed(self) -> bool:
        """Return whether the value itself confirms that it is one: not any words would be read."""
        return self.meaning.kind not in ANY_WORDS


@dataclass
class Readings:
    """All that a document says."""

    found: list[Reading]
    unread: dict[str, str] = field(default_factory=dict)  # field -> why the value at its label could not be read
    unclear: dict[str, str] = field(default_factory=dict)  # those of `unread` that count whatever is read elsewhere
    accounted: frozenset[Cell] = frozenset()  # the cells of labels and of the values at them, read or not

    def of(self, *fields: str) -> list[Reading]:
        """Return the readings of some fields."""
        return [reading for reading in self.found if reading.meaning.field in fields]

    def one(self, *fields: str) -> Any:
        """Return the one value of a field, or of fields that mean the same. Raises ValueError with the reason."""
        if unclear := next((self.unclear[name] for name in fields if name in self.unclear), None):
            raise ValueError(unclear)
        values = list(dict.fromkeys(reading.value for reading in self.of(*fields)))
        if len(values) > 1:
            raise ValueError(f"it is stated as {' and '.join(map(str, values))}")
        if not values:
            reasons = (self.unread[name] for name in fields if name in self.unread)
            raise ValueError(next(reasons, "the document has no such label"))
        return values[0]


def read(layout: Layout, style: Style, text: str) -> Readings:
    """Read all values of a document; the text is that of its sentences."""
    candidates = layout.candidates()
    plain = [reading for candidate in candidates if (reading := _reading(candidate, candidate.meaning, style))]
    headings = Headings(layout, [reading.candidate for reading in _shortest(plain)])
    found: list[Reading] = []
    failed: list[tuple[Candidate, Meaning, str]] = []
    silent: set[Cell] = set()  # labels whose value is that there is no such term
    for candidate in sorted(candidates, key=lambda candidate: not candidate.label.marked):
        meaning = headings.meaning_of(candidate)
        if meaning is None:
            continue
        if meaning.kind not in _WITH_NONE and _says_none(candidate):
            silent.add(candidate.label.cells[0])
            continue
        try:
            found.append(_read(candidate, meaning, style))
            found += _with_index(candidate, meaning, style)
        except ValueError as reason:
            failed.append((candidate, meaning, str(reason)))
    unread, unclear = _failures([one for one in failed if one[0].label.cells[0] not in silent], found)
    stated = [*_in_sentences(text, layout.cells, style), *_in_headings(layout.cells)]
    chosen = _marked_first([*_one_direction(_shortest(found)), *stated])
    read_cells = (cell for r in found for cell in (*r.candidate.label.cells, *r.cells) if r.candidate.label.marked)
    other_cells = (cell for some, _, _ in failed if some.label.marked for cell in (*some.label.cells, some.cell))
    cells = {*read_cells, *other_cells}
    return Readings(_with_legs(chosen, layout.labels), unread, unclear, frozenset(cells))


def _says_none(candidate: Candidate) -> bool:
    """Return whether a row says that there is no such term."""
    text = " ".join(candidate.lines[: candidate.sure])
    return fold(text) in WORDS["no_spread"][:7] or text.strip() in WORDS["no_spread"]


def _failures(
    failed: Sequence[tuple[Candidate, Meaning, str]], found: Sequence[Reading]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return why fields could not be read: at labels of which nothing is read, and where that cannot be overlooked."""
    read = {cell for reading in found for cell in reading.candidate.label.cells[:1]}
    beside_read = {r.candidate.label.cells[0] for r in found if r.candidate.relation != "below"}
    unread: dict[str, str] = {}
    unclear: dict[str, str] = {}
    for candidate, meaning, reason in failed:
        text, label = " ".join(candidate.lines[: candidate.sure]), candidate.label
        if label.cells[0] in (beside_read if candidate.row else read):
            continue
        if label.marked or re.search(r"\d", text):
            unread.setdefault(meaning.field, reason)
        beside = candidate.relation in ("inline", "right") or candidate.row
        says = re.search(r"\d", text) or _ELSEWHERE.search(text) or len(label.text.split()) > 1
        if label.marked and beside and says and meaning.kind not in (*ANY_WORDS, "isin"):
            unclear.setdefault(meaning.field, reason)
    return unread, unclear


def _in_sentences(text: str, cells: Sequence[Cell], style: Style) -> Iterator[Reading]:
    """Read what the document says in sentences."""
    for statement in statements(text):
        for words in statement.texts:
            label = Label(tuple(cells[:1]), "", (statement.meaning,), words, marked=False)
            candidate = Candidate(statement.meaning, label, cells[0], (words,), 1, (cells[0],), (), "inline")
            if reading := _reading(candidate, statement.meaning, style):
                yield reading
                yield from _with_index(candidate, statement.meaning, style)
                break


def _in_headings(cells: Sequence[Cell]) -> Iterator[Reading]:
    """Read who pays where the heading of a leg says it: FIXED RATE LEG - PARTY A PAYS."""
    for cell in cells:
        title, separator, words = (*_AFTER_HEADING.split(cell.text, maxsplit=1), "", "")[:3]
        leg = heading(_LEG_NUMBER.sub("", title))
        if not separator or leg is None or leg.section not in _LEGS:
            continue
        for pattern, who_pays in _PAYS:
            if found := pattern.fullmatch(words.strip(" ():.")):
                meaning = Meaning("leg_payer", "direction", leg.subject if who_pays else _OTHER_LEG[leg.subject or ""])
                label = Label((cell,), title, (meaning,), words)
                yield Reading(
                    meaning, found["who"], Candidate(meaning, label, cell, (words,), 1, (cell,), (), "inline")
                )
                break


def _reading(candidate: Candidate, meaning: Meaning, style: Style) -> Reading | None:
    try:
        return _read(candidate, meaning, style)
    except ValueError:
        return None


def _read(candidate: Candidate, meaning: Meaning, style: Style) -> Reading:
    """Read a candidate's value. Raises ValueError."""
    if meaning.kind in ("party", "entity"):
        name = name_in(candidate.lines, candidate.full)
        several = all(map(ends_with_form, _AND.split(name))) and _AND.search(name)
        if meaning.kind == "entity" and (several or _NOT_SINGLE.search(" ".join(candidate.lines))):
            raise ValueError(f"'{name}' is not a single name")
        return Reading(meaning, name, candidate)
    if meaning.kind in ANY_WORDS:
        return Reading(meaning, " ".join(candidate.lines[: candidate.sure]), candidate)
    problem = None
    for text, lines in _texts(candidate, meaning.unit):
        try:
            return Reading(meaning, READERS[meaning.kind](text, style), candidate, lines)
        except ValueError as reason:
            problem = problem or reason
    raise problem or ValueError("its label has no value")


def _with_index(candidate: Candidate, meaning: Meaning, style: Style) -> Iterator[Reading]:
    """Read what may be written with an index, its tenor and spread, and the rate or index that describes a leg."""
    text = " ".join(candidate.lines)
    if meaning.field in ("pays", "receives"):
        for name, kind in (("fixed_rate", "rate"), ("floating_index", "index")):
            with contextlib.suppress(ValueError):
                stated = Meaning(name, kind)
                yield _read(candidate, stated, style)
                yield from _with_index(candidate, stated, style)
    if meaning.kind == "index":
        if tenor := tenor_in(text):
            yield Reading(Meaning("index_tenor", "tenor"), tenor, candidate)
        if spread := spread_with_index(text, style):
            yield Reading(Meaning("spread", "spread"), spread, candidate)


def _texts(candidate: Candidate, unit: str) -> Iterator[tuple[str, int]]:
    """Return the ways to join a value from its lines, the shortest first, with their number.

    All lines beside a label are its value's; under a line that is the value's, those that go on with it.
    """
    lines = candidate.lines
    least = len(lines) if candidate.relation == "right" else candidate.sure
    while least < len(lines) and (_GOES_ON.match(lines[least]) or lines[least - 1].rstrip().endswith((",", "-", "("))):
        least += 1
    for count in range(least, len(lines) + 1):
        for text in dict.fromkeys((" ".join(lines[:count]), "".join(lines[:count]))):
            if unit:
                yield f"{text} {unit}", count
            if _PURE_UNIT.fullmatch(unit):
                yield text, count


def _shortest(found: Sequence[Reading]) -> list[Reading]:
    """Where a label's first line has read the value alone, the lines under it are no part of the label."""
    alone = {
        (reading.candidate.label.cells[0], reading.candidate.cell)
        for reading in found
        if len(reading.candidate.label.cells) == 1 and reading.candidate.label.marked
    }
    return [
        reading
        for reading in found
        if len(reading.candidate.label.cells) == 1
        or (reading.candidate.label.cells[0], reading.candidate.cell) not in alone
    ]


def _one_direction(found: Sequence[Reading]) -> list[Reading]:
    """Of values read both beside and below a label, keep those on the side where labels near it have theirs."""
    sides: dict[int, set[str]] = {}
    for reading in found:
        sides.setdefault(id(reading.candidate.label), set()).add(reading.candidate.relation)
    votes = [
        (reading.candidate.label.area, reading.candidate.relation)
        for reading in found
        if reading.typed and len(sides[id(reading.candidate.label)]) == 1 and reading.candidate.relation != "inline"
    ]
    chosen = [r for r in found if r.candidate.relation in ("inline", _side(r, sides[id(r.candidate.label)], votes))]
    roles = {r.candidate.cell for r in chosen if r.meaning.kind in OF_PARTIES and r.candidate.relation != "inline"}
    return [r for r in chosen if r.candidate.label.cells[0] not in roles]  # `Party A`, as a value, is no label


def _side(reading: Reading, sides: set[str], votes: Sequence[tuple[Cell, str]]) -> str | None:
    """Return on which side of its label a value must be to be the label's."""
    label = reading.candidate.label.area
    on_page = [vote for vote in votes if vote[0].page == label.page]
    near = [vote for vote in on_page if (vote[0].box is None) == (label.box is None)] or on_page
    vote = min(near, key=lambda vote: abs(vote[0].top - label.top), default=(None, "right"))[1]
    if len(sides) > 1:
        return vote
    (side,) = sides
    any_words_beside = side == "right" and not reading.typed
    return None if any_words_beside and vote == "below" else side


def _marked_first(found: Sequence[Reading]) -> list[Reading]:
    """Leave out what was read behind words that only may be a label, where a label says it too."""
    marked = {reading.meaning.field for reading in found if reading.candidate.label.marked}
    return [reading for reading in found if reading.candidate.label.marked or reading.meaning.field not in marked]


def _with_legs(found: Sequence[Reading], labels: Iterable[Label]) -> list[Reading]:
    """Assign what is stated once for each leg to the leg that it follows."""
    stated: dict[str, set[int]] = {}
    for reading in found:
        stated.setdefault(reading.meaning.field, set()).add(id(reading.candidate.label))
    order = list(labels)
    placed = []
    for reading in found:
        name = reading.meaning.field
        in_order = name in _OF_A_LEG and len(stated[name]) > 1 and reading.candidate.label in order
        leg = _leg_before(reading.candidate.label, order) if in_order else None
        if leg:
            reading = replace(reading, meaning=replace(reading.meaning, field=f"{leg}_{name}"))
        placed.append(reading)
    return placed


def _leg_before(label: Label, labels: Sequence[Label]) -> str | None:
    """Find the leg of which the labels before this one spoke last, in its column if any did."""
    before = labels[: next(at for at, other in enumerate(labels) if other is label)]
    in_column = [other for other in before if abs(other.area.x0 - label.area.x0) <= 3]
    for other in [*reversed(in_column), *reversed(before)]:
        for meaning in other.meanings:
            for leg, fields in _LEGS.items():
                if meaning.field in fields or meaning.subject == f"{leg}_payer":
                    return leg
    return None
