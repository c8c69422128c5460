"""The base of the checks on what the code should not hold."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable

from agentcore_policies import source
from agentcore_policies.check import Check, Conf


class LiteralCheck(Check):
    """No block, and no document that it reads, holds a literal of some kind."""

    kind: str  # what a literal is, with its article

    def problems(self, conf: Conf) -> list[str] | None:
        """Return the place of each literal."""
        block = source.block(self.graph, conf)
        if not block:
            return None
        loose = [text for text in source.loose_blocks(self.graph, conf) if not self._skipped(text)]
        return [
            f"Line {number} of {text.path.name} holds {self.kind}: {literal}"
            for code in (block, *loose)
            for text in (code, *source.documents(code))
            for number, line in text.code().items()
            for literal in self.literals(line)
        ]

    def _skipped(self, text: source.Text) -> bool:
        """Return whether a block has a skip of its own, which checkov ignores."""
        return any(self.id in checks for _, checks, _ in source.skips(text))

    @abstractmethod
    def literals(self, line: str) -> Iterable[str]:
        """Find the literals in a line."""
