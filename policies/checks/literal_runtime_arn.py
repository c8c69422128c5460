"""A runtime's ARN in the code ties it to one deployment of an agent."""

import re

from agentcore_policies import source
from agentcore_policies.check import EVERY_BLOCK, Check, Conf

# In documentation the account is one of AWS's placeholders.
RUNTIME_ARN = re.compile(r":bedrock-agentcore:[^:]*:(?!111122223333:|123456789012:)[^:]*:runtime/\w+-[a-zA-Z0-9]{10}\b")


class LiteralRuntimeArn(Check):
    """No block, and no variable or local that it reads, holds the ARN of an AgentCore runtime."""

    def problems(self, conf: Conf) -> list[str] | None:
        """Name the runtimes."""
        text = source.text_with_values(self.graph, conf)
        found = set(RUNTIME_ARN.findall(text))
        return [f"…{arn} is one deployment of an agent." for arn in sorted(found)] if text else None


LiteralRuntimeArn(
    "CKV_AGENTCORE_2",
    "Take the ARNs of AgentCore runtimes from a variable or from Parameter Store instead of writing them down",
    "https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_CreateAgentRuntime.html",
    **EVERY_BLOCK,
)
