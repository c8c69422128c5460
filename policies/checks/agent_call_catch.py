"""An error that nothing catches ends the run and loses what it was working on."""

from __future__ import annotations

from agentcore_policies.machine import Call, CallCheck

ANY_ERROR = {"States.ALL", "States.TaskFailed"}


class AgentCallCatch(CallCheck):
    """Every agent call has a Catch for any error, of its own or of a block around it."""

    def problem(self, call: Call) -> str | None:
        """Return a sentence where no Catch around the call is for any error."""
        rules = call.rules("Catch")
        if rules is None:
            return None
        return "" if any(rule.errors & ANY_ERROR for rule in rules) else f"Nothing catches the errors of {call.name}."


AgentCallCatch(
    "CKV_AGENTCORE_4",
    "Catch the errors of every agent call, States.ALL or States.TaskFailed, on the call or on a block around it",
    "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html",
)
