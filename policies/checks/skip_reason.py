"""A check that is skipped without a reason cannot be told from one that was in the way."""

from __future__ import annotations

from agentcore_policies import source
from agentcore_policies.check import EVERY_BLOCK, Check, Conf
from checkov.common.comment.enum import COMMENT_REGEX


class SkipReason(Check):
    """Every inline skip says why."""

    def problems(self, conf: Conf) -> list[str] | None:
        """Name the skips that do not."""
        lines = source.lines(self.graph, conf)
        problems = [
            f"Line {number} skips {skip[2]} without a reason."
            for number, line in lines.items()
            if (skip := COMMENT_REGEX.search(line)) and not (skip[3] or "").strip(": ")
        ]
        return problems if lines else None


SkipReason(
    "CKV_AGENTCORE_10",
    "Say why each skipped check is skipped: checkov:skip=ID: reason",
    "https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html",
    **EVERY_BLOCK,
)
