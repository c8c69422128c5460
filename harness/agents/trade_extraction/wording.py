"""Where in a text a label ends and its value begins."""

import re
from collections.abc import Iterator

from harness.agents.trade_extraction.vocabulary import Meaning, meanings

_MARK = r":|\.{3,}|\u2026+|_{3,}|=|\|"
SEPARATOR = re.compile(rf"\s*(?:{_MARK}|\s[-\u2013]\s)\s*")  # a dash may also be part of a label
_LONGEST = 10  # words of a label


def whole(text: str) -> tuple[Meaning, ...]:
    """Look up a text that is a label and nothing else, but for a mark at its end."""
    label = bare(text)
    return () if re.search(_MARK, label) else meanings(label)


def bare(text: str) -> str:
    """Take the mark from the end of a label."""
    return text.rstrip(" :.\u2026_")


def parted(text: str) -> Iterator[tuple[str, str]]:
    """Part a text at each separator, into what may be a label and what follows it."""
    for separator in SEPARATOR.finditer(text):
        yield text[: separator.start()], text[separator.end() :].strip()


def beginnings(text: str) -> Iterator[tuple[str, str]]:
    """Part a text without a separator behind each of its first words, the longest beginning first."""
    words = text.split()
    for count in range(min(len(words) - 1, _LONGEST), 0, -1):
        yield " ".join(words[:count]), " ".join(words[count:])


def is_label(*lines: str) -> bool:
    """Return whether lines are, together, one label, alone or with what follows it in the last line."""
    text = " ".join(lines)
    return bool(whole(text)) or (_is_parted(text) and not _is_parted(" ".join(lines[:-1])))


def begins_with_label(text: str) -> bool:
    """Return whether a line is a label, or begins with one."""
    return is_label(text) or any(meanings(head) for head, rest in beginnings(text) if " " in head or rest[0].isdigit())


def _is_parted(text: str) -> bool:
    return any(meanings(head) for head, _ in parted(text))
