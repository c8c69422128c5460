"""An account id in the code ties it to one account."""

from __future__ import annotations

import re

from agentcore_policies.check import EVERY_BLOCK
from agentcore_policies.literal import LiteralCheck

PLACEHOLDERS = {"111122223333", "123456789012"}  # AWS's own, for documentation
UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
ACCOUNT_ID = re.compile(r"(?<![\w.])\d{12}(?!\w)")


class LiteralAccountId(LiteralCheck):
    """The code holds no account id."""

    kind = "what looks like an account id"

    def literals(self, line: str) -> list[str]:
        """Find the account ids in a line."""
        return sorted(set(ACCOUNT_ID.findall(UUID.sub("", line))) - PLACEHOLDERS)


LiteralAccountId(
    "CKV_AGENTCORE_1",
    "Take account ids from a variable or from data.aws_caller_identity instead of writing them down",
    "https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html",
    **EVERY_BLOCK,
)
