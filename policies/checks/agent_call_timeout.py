"""A Task without a timeout waits for its agent as long as the run may last."""

from __future__ import annotations

from agentcore_policies.machine import Call, CallCheck


class AgentCallTimeout(CallCheck):
    """Every agent call has a timeout of its own."""

    def problem(self, call: Call) -> str:
        """Return a sentence where the call has no timeout."""
        return "" if {"TimeoutSeconds", "TimeoutSecondsPath"} & set(call.state) else f"{call.name} has no timeout."


AgentCallTimeout(
    "CKV_AGENTCORE_5",
    "Give every agent call a TimeoutSeconds",
    "https://docs.aws.amazon.com/step-functions/latest/dg/sfn-stuck-execution.html",
)
