"""A runtime's ARN in the code ties it to one deployment of an agent."""

from __future__ import annotations

import re

from agentcore_policies.check import EVERY_BLOCK
from agentcore_policies.literal import LiteralCheck

# In documentation the account is one of AWS's placeholders.
RUNTIME_ARN = re.compile(
    r":bedrock-agentcore:[^:]*:(?!111122223333:|123456789012:)[^:]*:(?:runtime|harness)/\w+-[a-zA-Z0-9]{10}\b"
)


class LiteralRuntimeArn(LiteralCheck):
    """The code holds no ARN of an AgentCore runtime."""

    kind = "one deployment of an agent"

    def literals(self, line: str) -> list[str]:
        """Find the runtimes in a line."""
        return [f"…{arn}" for arn in RUNTIME_ARN.findall(line)]


LiteralRuntimeArn(
    "CKV_AGENTCORE_2",
    "Take the ARNs of AgentCore runtimes from a variable or from Parameter Store instead of writing them down",
    "https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_CreateAgentRuntime.html",
    **EVERY_BLOCK,
)
