"""An error that nothing catches ends the run and loses what it was working on."""

from __future__ import annotations

from agentcore_policies.machine import AgentCall, AgentCallCheck


class AgentCallCatch(AgentCallCheck):
    """Every agent call has a Catch, of its own or of a block around it."""

    def problem(self, call: AgentCall) -> str | None:
        """Say that there is none."""
        return f"Nothing catches the errors of {call.name}." if call.rules("Catch") == [] else None


AgentCallCatch(
    "CKV_AGENTCORE_4",
    "Catch the errors of every agent call, on the call or on a block around it",
    "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html",
)
