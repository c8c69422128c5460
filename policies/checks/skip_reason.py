"""A check that is skipped without a reason cannot be distinguished from one that was in the way."""

from __future__ import annotations

from agentcore_policies import source
from agentcore_policies.check import EVERY_BLOCK, Check, Conf


class SkipReason(Check):
    """Every inline skip says why."""

    def problems(self, conf: Conf) -> list[str] | None:
        """Name the skips that do not."""
        block = source.block(self.graph, conf)
        if not block:
            return None
        return [
            f"Line {number} of {text.path.name} skips {', '.join(checks)} without a reason."
            for text in (block, *source.loose_blocks(self.graph, conf))
            for number, checks, reason in source.skips(text)
            if not reason
        ]


SkipReason(
    "CKV_AGENTCORE_10",
    "Say why each skipped check is skipped: checkov:skip=ID: reason",
    "https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html",
    **EVERY_BLOCK,
)
