"""Who the two parties of a confirmation are, and who it means by `we`, `Party A` or `the Bank`."""

import contextlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from harness.agents.trade_extraction.names import clean, ends_with_form, is_form, name_of
from harness.agents.trade_extraction.values import LEI, lei_is_sound
from harness.agents.trade_extraction.vocabulary import ROLE_OF, heading, meanings
from harness.agents.trade_extraction.wording import parted
from harness.agents.trade_extraction.writing import CODES, WORDS, fold, names_of, writings

# Roles that name both parties of a trade, the plainest first.
_PAIRS = (
    ("party_a", "party_b"),
    ("bank", "client"),
    ("bank", "counterparty"),
    ("sender", "counterparty"),
    ("sender", "recipient"),
    ("client", "counterparty"),
    ("fixed_payer", "floating_payer"),
    ("buyer", "seller"),
)
_OPPOSITES = (
    ("bank", "client"),
    ("party_a", "party_b"),
    ("sender", "recipient"),
    ("sender", "counterparty"),
    ("fixed_payer", "floating_payer"),
    ("buyer", "seller"),
)
_FOR_ANOTHER = re.compile(WORDS["acting_for_another"], re.IGNORECASE)
_INDICES = writings(WORDS["indices"])
_A_VALUE = re.compile(
    rf"\b(?:{CODES})\s*\d|\d\s*%|\b\d+\s*(?:bps?|basis)\b|\b\d{{1,4}}([-/. ])\w{{2,9}}\1\d{{1,4}}\b"
    r"|^\d+[.)]?\s|\b\d+(?:st|nd|rd|th)\b"
)
_ROLES_OF_WORDS = "|".join(sorted((re.escape(word) for word in ROLE_OF if " " in word), key=len, reverse=True))
_LABEL = re.compile(rf"^\s*(?:the )?(?:{_ROLES_OF_WORDS})\s+(?=\S)", re.IGNORECASE)
_DEFINITION = re.compile(r"\((?:hereinafter\s+|the\s+)*(?P<words>[\"\u201c][^)]{1,60})\)")
_FORM = "|".join(re.escape(way) for ways in WORDS["legal_forms"].values() for way in ways)
_SPOKEN_TO = re.compile(r"\b(?P<who>we|you), (?P<name>[^\"\u201c]+)$", re.IGNORECASE)
_BEFORE_NAME = re.compile(
    r"\b(?:between|from|to|by|with|among|is|are|being|behalf of|name of)\b|\b(?:we|you),"
    rf"|(?:^|[,)]|\b(?:{_FORM})\.?)\s*\band\b"
    r"|[:;()]|\.\s",
    re.IGNORECASE,
)


@dataclass
class Party:
    """A party of a trade."""

    name: str
    lei: str | None = None


@dataclass
class Parties:
    """Both parties, and by which roles the document calls them."""

    both: list[Party] = field(default_factory=list)
    roles: dict[str, int] = field(default_factory=dict)
    aliases: list[tuple[str, str]] = field(default_factory=list)  # roles that one party has: buyer, fixed payer

    def assign(self, role: str, index: int) -> None:
        """Note that a party has a role, and the other one its opposite. Raises ValueError if the other one has it."""
        if self.roles.setdefault(role, index) != index:
            raise ValueError(f"both parties are stated as the {role}")
        for pair in _OPPOSITES:
            if role in pair:
                self.roles.setdefault(pair[1 - pair.index(role)], 1 - index)

    def follow(self) -> None:
        """Work out the roles that follow from others."""
        roles = self.roles
        banks = [index for index, party in enumerate(self.both) if "bank" in fold(party.name).split()]
        if len(banks) == 1 and "client" not in roles:
            roles.setdefault("bank", banks[0])
        for _ in range(2):  # what follows from what followed
            for one, other in self.aliases:
                for known, derived in ((one, other), (other, one)):
                    if known in roles:
                        roles.setdefault(derived, roles[known])
            for one, other in _OPPOSITES:
                for known, derived in ((one, other), (other, one)):
                    if known in roles:
                        roles.setdefault(derived, 1 - roles[known])

    def identify(self, index: int, lei: str) -> None:
        """Note a party's LEI. Raises ValueError if another is known."""
        party = self.both[index]
        if party.lei not in (None, lei):
            raise ValueError(f"{party.name} is stated to have the LEIs {party.lei} and {lei}")
        party.lei = lei

    def in_words(self, text: str) -> str:
        """Put the words that the vocabulary has for the two parties in the place of their names."""
        for party, word in zip(self.both, ("partyone", "partytwo"), strict=True):
            name = r"\s+".join(map(re.escape, party.name.split()))
            text = re.sub(rf"(?<!\w){name}(?:\.(?!\s+[A-Z]|$)|(?!\w))", word, text, flags=re.IGNORECASE)
        return text

    def who(self, text: str) -> int:
        """Find the party that a text means, by its role or its name. Raises ValueError."""
        roles = {meaning.subject for meaning in meanings(text) if meaning.field == "name"} & self.roles.keys()
        if roles:
            return self.roles[roles.pop()]
        words = name_of(clean(text)).words
        for fits in (
            lambda own: own == words,
            lambda own: f" {own} " in f" {fold(text)} ",
            lambda own: bool(words) and own.startswith(f"{words} "),
        ):
            found = {index for index, party in enumerate(self.both) if fits(name_of(party.name).words)}
            if len(found) == 1:
                return found.pop()
        for inside in re.findall(r"\(([^)]*)\)", text):
            return self.who(inside)
        raise ValueError(f"'{text}' is not one of the two parties")


def name_in(lines: Sequence[str], full: Sequence[bool]) -> str:
    """Read a name from a value's lines, which may be its rest or an address. Raises ValueError."""
    name = clean(lines[0])
    for line, was_full, above in zip(lines[1:], full, lines, strict=False):
        rest = clean(line)
        broken = was_full or re.search(r"(?:\band|&|\bof|[,\-])$", above.strip())
        complete = ends_with_form(name) and not is_form(rest)
        if not rest or complete or not (broken or ends_with_form(f"{name} {rest}")) or re.search(r"\d", rest):
            break
        name = f"{name}, {rest}" if above.rstrip().endswith(",") else f"{name} {rest}"
    if _FOR_ANOTHER.search(" ".join(lines)):
        raise ValueError(f"'{' '.join(lines)}' acts for another")
    if (
        not re.search(r"(?<![\w/\-])[^\W\d_][\w&.\-]*[^\W\d_](?!\S*\d)", name)
        or name == name.lower()
        or _A_VALUE.search(name)
        or LEI.search(name)
        or _is_term(name)
    ):
        raise ValueError(f"'{' '.join(lines)}' is not a name")
    return name


def _is_term(name: str) -> bool:
    """Return whether words that could be a name are a term of the trade: Fixed Rate, GBP-SONIA."""
    if ends_with_form(name):
        return False
    found, title = meanings(name), heading(name)
    if any(meaning.field == "name" for meaning in found):
        return False
    return bool(found) or bool(title and title.section != "party") or bool(names_of(name, _INDICES))


def parties_of(named: Iterable[tuple[str, str]], text: str) -> Parties:
    """Find both parties from (role, name) pairs and from definitions in the text. Raises ValueError."""
    names: dict[str, str] = {}
    aliases: list[tuple[str, str]] = []
    for role, name in [*named, *_defined(text)]:
        other = role_of(name)
        if other:
            aliases.append((role, other))
        elif role in names and not _same(names[role], name):
            raise ValueError(f"'{names[role]}' and '{name}' are both stated as one party")
        else:
            names[role] = max(name, names.get(role, ""), key=len)
    parties = Parties(_both(names), {"first": 0, "second": 1})
    for role, name in names.items():
        with contextlib.suppress(ValueError):
            parties.roles[role] = parties.who(name)
    parties.aliases = aliases
    parties.follow()
    return parties


def roles_said_with(unit: str, lines: Sequence[str]) -> list[str]:
    """Find the roles that are written in parentheses after a name or its label: Party A (Fixed Rate Payer)."""
    descriptions = [unit, *re.findall(r"\(([^)]*)\)", lines[0])]
    return [
        role
        for words in descriptions
        for word in re.split(r"[,/]| and ", words)
        if (role := role_of(word.strip('"\u201c\u201d')))
    ]


def lei_in(text: str) -> str | None:
    """Find the LEI in a text."""
    found = LEI.search(text.upper())
    return found[0] if found else None


def remarks_on(parties: Parties) -> list[str]:
    """Return a remark for each LEI whose check digits are wrong."""
    wrong = [party for party in parties.both if party.lei and not lei_is_sound(party.lei)]
    return [f"The LEI of {party.name} has wrong check digits." for party in wrong]


def role_of(text: str) -> str | None:
    """Return the role that a text names and nothing else."""
    return ROLE_OF.get(fold(text).removeprefix("the "))


def _defined(text: str) -> list[tuple[str, str]]:
    """Find names to which a sentence gives a role: between Meridian Bank AG ("Party A") and others."""
    found = []
    for match in _DEFINITION.finditer(text):
        before = _of_the_sentence(
            text[max(0, text.rfind("\n", 0, max(0, match.start() - 120))) : match.start()].rstrip()
        )
        *_, own = (
            _BEFORE_NAME.split(" ".join(before.split()))
            if _BEFORE_NAME.search(before)
            else [before.rpartition("\n")[2]]
        )
        name = clean(_LABEL.sub("", own))
        if (spoken := _SPOKEN_TO.search(" ".join(before.split()))) and name_of(clean(spoken["name"])) == name_of(name):
            found.append(("sender" if spoken["who"].lower() == "we" else "recipient", name))
        for word in re.findall(r"[\"\u201c](?:the\s+)?([^\"\u201d]+)[\"\u201d]", match["words"]):
            if (role := role_of(word)) and re.search(r"[^\W\d_]{2}", name):
                found.append((role, name))
    return found


def _of_the_sentence(text: str) -> str:
    """Leave out the lines before a sentence, which are rows of label and value."""
    *above, last = text.split("\n")
    rows = [at for at, line in enumerate(above) if _is_row(line)]
    return "\n".join([*above[rows[-1] + 1 if rows else 0 :], last])


def _is_row(line: str) -> bool:
    found = [meaning for head, _ in parted(line) for meaning in meanings(head)]
    return bool(found) and all(meaning.kind != "party" for meaning in found)


def _same(one: str, other: str) -> bool:
    """Return whether one name is the other, or its beginning."""
    names = name_of(one), name_of(other)
    return names[0].same_as(names[1]) or any(b.words.startswith(f"{a.words} ") for a, b in (names, names[::-1]))


def _both(names: dict[str, str]) -> list[Party]:
    for pair in _PAIRS:
        if all(role in names for role in pair) and not name_of(names[pair[0]]).same_as(name_of(names[pair[1]])):
            return [Party(names[role]) for role in pair]
    distinct: list[str] = []
    for name in names.values():
        if not any(name_of(name).same_as(name_of(other)) for other in distinct):
            distinct.append(name)
    if len(distinct) != 2:
        named = ", ".join(f"'{name}'" for name in distinct) or "nobody"
        raise ValueError(f"the document names {named}")
    return [Party(name) for name in distinct]
