"""A trace shows which agent a slow run waited for."""

from __future__ import annotations

from agentcore_policies.check import Check, Conf, blocks


class StateMachineTracing(Check):
    """A state machine is traced."""

    def problems(self, conf: Conf) -> list[str]:
        """Return that tracing is off, which is also what it is when left out."""
        enabled = [tracing.get("enabled") for tracing in blocks(conf, "tracing_configuration")]
        return ["Its tracing is off."] if enabled in ([], [None], [[False]]) else []


StateMachineTracing(
    "CKV_AGENTCORE_7",
    "Give every state machine a tracing_configuration that is enabled",
    "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html",
    resource=("aws_sfn_state_machine",),
)
