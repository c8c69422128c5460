"""Agents are throttled together; retries without jitter come back together."""

from __future__ import annotations

import re

from agentcore_policies.check import unresolved
from agentcore_policies.machine import Call, CallCheck

OF_AN_AGENT = re.compile(r"States\.(?:ALL|TaskFailed)|BedrockAgentCore\..+")


class AgentCallRetry(CallCheck):
    """Every agent call is retried, by itself or by a block around it, and every retry of it has full jitter."""

    def problem(self, call: Call) -> str | None:
        """Return a sentence that names what is missing: the retries or their jitter."""
        rules = call.rules("Retry")
        if rules is None:
            return None
        rules = [rule for rule in rules if rule.fields.get("MaxAttempts") != 0]
        if not any(OF_AN_AGENT.fullmatch(error) for rule in rules for error in rule.errors):
            return f"{call.name} is not retried."
        others = {rule.fields.get("JitterStrategy") for rule in rules} - {"FULL"}
        if not others:
            return ""
        return None if all(unresolved(jitter) for jitter in others) else f"{call.name} is retried without full jitter."


AgentCallRetry(
    "CKV_AGENTCORE_3",
    'Retry every agent call with JitterStrategy "FULL", on the call or on a block around it',
    "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html",
)
