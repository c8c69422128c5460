"""Amazon Bedrock AgentCore: the data plane of its runtimes, with quotas, sessions and agents that follow scripts."""

from harness.embedded.agentcore.agents import AGENTS, runtime_arn
from harness.embedded.agentcore.operations import install

__all__ = ["AGENTS", "install", "runtime_arn"]
