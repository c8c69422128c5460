"""Names of legal entities: one name, whichever way it is written."""

import re
from dataclasses import dataclass

from harness.agents.trade_extraction.writing import WORDS, fold

_FORMS = {fold(way): form for form, ways in WORDS["legal_forms"].items() for way in ways}
_ENDS_WITH_DOT = re.compile(r"(?:\b\w\.\w+|\b(?:inc|corp|co|ltd))$", re.IGNORECASE)  # N.A., Inc.
_LONGEST_FORM = max(len(way.split()) for way in _FORMS)


@dataclass(frozen=True)
class Name:
    """A name's own words, and its legal form where there is one."""

    words: str
    form: str

    def same_as(self, other: "Name") -> bool:
        """Return whether both are one name; one of them may leave out the legal form."""
        return self.words == other.words and (self.form == other.form or not (self.form and other.form))


def name_of(text: str) -> Name:
    """Take a name apart. A branch is the same legal entity as its company."""
    words = fold(re.sub(r"\.", "", re.sub(r"\([^)]*\)", " ", text))).removeprefix("the ").split()
    if words and words[-1] == "branch":
        end = max((at for at in range(len(words)) if words[at] in _FORMS), default=None)
        words = words[: end + 1] if end else words
    forms: list[str] = []
    while taken := _form_at_end(words):
        forms.insert(0, _FORMS[" ".join(words[-taken:])])
        words = words[:-taken]
    return Name(" ".join(words), " ".join(forms))


def ends_with_form(text: str) -> bool:
    """Return whether a name ends with a legal form, and so is complete."""
    return bool(name_of(text).form)


def is_form(text: str) -> bool:
    """Return whether a text is a legal form and nothing else."""
    return name_of(f"x {text}").words == "x"


def clean(text: str) -> str:
    """Cut what follows a name: remarks in parentheses, an address, the office that acts."""
    name = re.sub(r"\([^)]*\)?|[\"\u201c\u201d]", " ", text)
    name = re.split(r"\b(?:acting|incorporated|organi[sz]ed|whose|having)\b|\blei\b", name, flags=re.IGNORECASE)[0]
    head, *others = name.split(",")
    for part in others:
        if not is_form(part):
            break
        head = f"{head},{part}"
    name = " ".join(head.split()).strip(" ;,:-/").lstrip(".")
    bare = name.rstrip(".")
    return f"{bare}." if name != bare and _ENDS_WITH_DOT.search(bare) else bare


def _form_at_end(words: list[str]) -> int:
    """Count the words of the legal form at the end; a name has at least one word besides."""
    for count in range(min(_LONGEST_FORM, len(words) - 1), 0, -1):
        if " ".join(words[-count:]) in _FORMS:
            return count
    return 0
