"""Deferred documents: what each waits for, and letting one go on before it is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from harness.errors import HarnessError
from harness.ledger import deferred
from harness.runs import Execution, run
from harness.stack import Stack


@dataclass(frozen=True)
class Waiting:
    """One deferred document."""

    record: Mapping[str, Any]  # of the ledger

    @property
    def document(self) -> str:
        """The document's key in the ledger: SOURCE#id."""
        return self.record["document"]

    @property
    def waiting_for(self) -> str:
        """The agent that it waits for; `admission`: a place, or AWS."""
        return self.record["waiting_for"]

    @property
    def since(self) -> datetime:
        """When it was deferred first."""
        return datetime.fromisoformat(self.record["deferred_since"])

    @property
    def due_at(self) -> datetime:
        """From when on it is resumed."""
        return datetime.fromisoformat(self.record["due_at"])


def backlog(stack: Stack) -> list[Waiting]:
    """Return every deferred document, the one that has waited longest first."""
    return sorted(map(Waiting, deferred(stack)), key=lambda one: one.since)


def find(waiting: list[Waiting], document: str) -> Waiting:
    """Return the deferred document of this key or id. Raises HarnessError where none or several have it."""
    found = [one for one in waiting if document in (one.document, one.record["document_id"], one.record["version"])]
    if not found:
        raise HarnessError(f"{document} does not wait.")
    if len(found) > 1:
        named = ", ".join(f"{one.document} ({one.record['version']})" for one in found)
        raise HarnessError(f"Several documents are named {document}: {named}. Name one by its version.")
    return found[0]


def resume(stack: Stack, waiting: Waiting, last: bool = False) -> Execution:
    """Resume a deferred document now, and wait for the end of its run; `last`: it is not deferred again.

    A run that another one has overtaken since is a DUPLICATE.
    """
    names = ("document_path", "source_type", "document_id", "correlation_id", "claim")
    run_input = {name: waiting.record[name] for name in names}
    decided = {"document_version": waiting.record["version"], "resume": True, "wait": not last}
    return run(stack, run_input | decided)
