"""Without a log nobody can say what a run did; Express keeps no other history."""

from __future__ import annotations

from agentcore_policies.check import Check, Conf, blocks


class StateMachineLogging(Check):
    """A state machine logs at some level."""

    def problems(self, conf: Conf) -> list[str]:
        """Return that the level is OFF, which is also what it is when left out."""
        levels = [logging.get("level") for logging in blocks(conf, "logging_configuration")]
        return ["Its log level is OFF."] if levels in ([], [None], [["OFF"]]) else []


StateMachineLogging(
    "CKV_AGENTCORE_6",
    "Give every state machine a logging_configuration with a level other than OFF",
    "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html",
    resource=("aws_sfn_state_machine",),
)
