"""A definition where it was found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.asl.document import Document, Place, of_value
from harness.asl.machine import WorkflowType
from harness.asl.rules import Finding


@dataclass(frozen=True)
class Definition:
    """A definition, the file that holds it, and the state machine's type where that is written beside it.

    `is_referenced` says that another file names this one: a template by DefinitionUri, Terraform by templatefile.
    """

    file: Path
    document: Document
    workflow_type: WorkflowType | None = None
    is_referenced: bool = False


@dataclass(frozen=True)
class Note:
    """What a reader should know although no rule is broken: a definition that cannot be judged there."""

    file: Path
    place: Place
    message: str


@dataclass
class Parsed:
    """A parsed file: its value, where each part of it is, and what was wrong with its text.

    `blocks` holds, for each text in YAML's literal style `|`, the line of its first line and how far it is indented.
    """

    value: Any
    locate: Callable[[str], Place]
    blocks: dict[str, tuple[int, int]] = field(default_factory=dict)
    problems: list[Finding] = field(default_factory=list)

    def document(self) -> Document:
        """Return the whole as a definition."""
        document = of_value(self.value)
        document.problems, document.locate = self.problems, self.locate
        return document


class UnreadableError(Exception):
    """A file, or the part of it that should be a definition, cannot be read; the message is a sentence."""


def moved(document: Document, line: int, column: int, indentation: int | None = None) -> Document:
    """Return the document with the places of a text that begins elsewhere in a file.

    The text begins at `line` and `column`. With an `indentation` each further line begins behind so many columns that
    are no part of the text; without one all further lines are as they are.
    """
    inner = document.locate

    def locate(path: str) -> Place:
        place = inner(path)
        first = column if place.line == 1 else 1 + (indentation or 0)
        return Place(line + place.line - 1, first + place.column - 1)

    document.locate = locate
    return document


def at(document: Document, place: Callable[[], Place]) -> Document:
    """Return the document with one place for all of it."""
    document.locate = lambda _path: place()
    return document


def type_of(value: object) -> WorkflowType | None:
    """Return a written workflow type; None where it is left out or known later."""
    return value if value in ("STANDARD", "EXPRESS") else None
