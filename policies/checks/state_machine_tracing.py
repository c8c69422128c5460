"""A trace shows which agent a slow run waited for."""

from agentcore_policies.check import Check, Conf
from checkov.terraform.parser_functions import handle_dynamic_values


class StateMachineTracing(Check):
    """A state machine is traced."""

    def problems(self, conf: Conf) -> list[str]:
        """Say that tracing is off, which is also what it is when left out."""
        handle_dynamic_values(conf)
        tracing = (conf.get("tracing_configuration") or [{}])[0]
        return ["Its tracing is off."] if tracing.get("enabled", [False]) == [False] else []


StateMachineTracing(
    "CKV_AGENTCORE_7",
    "Give every state machine a tracing_configuration that is enabled",
    "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html",
    resource=("aws_sfn_state_machine",),
)
