"""Without a log nobody can say what a run did; Express keeps no other history."""

from agentcore_policies.check import Check, Conf
from checkov.terraform.parser_functions import handle_dynamic_values


class StateMachineLogging(Check):
    """A state machine logs at some level."""

    def problems(self, conf: Conf) -> list[str]:
        """Say that the level is OFF, which is also what it is when left out."""
        handle_dynamic_values(conf)
        logging = (conf.get("logging_configuration") or [{}])[0]
        return ["Its log level is OFF."] if logging.get("level", ["OFF"]) == ["OFF"] else []


StateMachineLogging(
    "CKV_AGENTCORE_6",
    "Give every state machine a logging_configuration with a level other than OFF",
    "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html",
    resource=("aws_sfn_state_machine",),
)
