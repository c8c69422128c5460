"""What came of a story that was played."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.adversary.story import Content
from harness.contract import SIDES


@dataclass(frozen=True)
class Version:
    """One version of an object, and what it holds."""

    id: str
    content: Content


@dataclass(frozen=True)
class Start:
    """One start: of which document, as which input, which may be the event of an upload."""

    document: int | None
    correlation_id: str
    arn: str
    run_input: Mapping[str, Any]

    @property
    def path(self) -> str:
        """Return where the document is."""
        if event := self.run_input.get("detail"):
            return f"s3://{event['bucket']['name']}/{event['object']['key']}"
        return self.run_input["document_path"]

    @property
    def name(self) -> str:
        """Return the document's id."""
        return self.run_input.get("document_id") or self.path.rpartition("/")[2].removesuffix(".pdf")


@dataclass
class Played:
    """The result of a story, for the model to judge."""

    tag: str
    versions: dict[int, list[Version]] = field(default_factory=lambda: defaultdict(list))
    starts: list[Start] = field(default_factory=list)
    killed: set[str] = field(default_factory=set)  # ids of documents whose run was killed
    dead_letters: list[Mapping[str, Any]] = field(default_factory=list)  # all that were seen
    remaining: list[Mapping[str, Any]] = field(default_factory=list)  # in the queue at the end
    records: list[Mapping[str, Any]] = field(default_factory=list)
    seen: list[Mapping[str, Any]] = field(default_factory=list)  # the records at each moment that was looked at
    calls: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    matches: dict[str, dict[str, Any]] = field(default_factory=dict)  # what trade-matching replies about each trade
    circuits: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    slots: list[tuple[str, str, float]] = field(default_factory=list)  # agent and session of leases, and when seen
    probe: str = ""  # the document that is sent after all faults have ended
    ended_at: float = 0  # when all was over, in milliseconds

    def name(self, document: int) -> str:
        """Return a document's id: two of six have the same file name."""
        return f"{self.tag}-{document // 6 * 6 + 4 if document % 6 == 5 else document}"

    def side(self, document: int) -> str:
        """Return a document's source type; the first is the bank's side of what the second confirms."""
        return SIDES[document % 6 % 2 if document % 6 < 4 else 0]

    def key(self, document: int) -> str:
        """Return where a document's object is."""
        return f"{2020 + document % 6}/{self.side(document)}/{self.name(document)}.pdf"
