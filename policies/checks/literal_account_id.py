"""An account id in the code ties it to one account."""

import re

from agentcore_policies import source
from agentcore_policies.check import EVERY_BLOCK, Check, Conf

PLACEHOLDERS = {"111122223333", "123456789012"}  # AWS's own, for documentation
UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
ACCOUNT_ID = re.compile(r"(?<![\w.])\d{12}(?!\w)")


class LiteralAccountId(Check):
    """No block, and no variable or local that it reads, holds an account id."""

    def problems(self, conf: Conf) -> list[str] | None:
        """Name the account ids."""
        text = source.text_with_values(self.graph, conf)
        found = set(ACCOUNT_ID.findall(UUID.sub("", text))) - PLACEHOLDERS
        return [f"{account} looks like an account id." for account in sorted(found)] if text else None


LiteralAccountId(
    "CKV_AGENTCORE_1",
    "Take account ids from a variable or from data.aws_caller_identity instead of writing them down",
    "https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html",
    **EVERY_BLOCK,
)
