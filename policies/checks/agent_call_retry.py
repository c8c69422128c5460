"""Agents are throttled together; retries without jitter come back together."""

from __future__ import annotations

from agentcore_policies.check import unresolved
from agentcore_policies.machine import AgentCall, AgentCallCheck


class AgentCallRetry(AgentCallCheck):
    """Every agent call is retried, by itself or by a block around it, and every retry of it has full jitter."""

    def problem(self, call: AgentCall) -> str | None:
        """Say which of the two is missing."""
        rules = call.rules("Retry")
        if rules is None:
            return None
        jitters = [rule.get("JitterStrategy") for rule in rules if rule.get("MaxAttempts") != 0]
        if not jitters:
            return f"{call.name} is not retried."
        if any(jitter != "FULL" and not unresolved(jitter) for jitter in jitters):
            return f"{call.name} is retried without full jitter."
        return None


AgentCallRetry(
    "CKV_AGENTCORE_3",
    'Retry every agent call with JitterStrategy "FULL", on the call or on a block around it',
    "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html",
)
