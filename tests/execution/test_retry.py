"""Retries: rendered as the variables say, and waited for within full jitter's bounds."""

import json

import pytest

from tests.execution.conftest import RETRIES, kind_of
from tests.execution.driver import AGENTS

DEFAULTS = {"max_attempts": 3, "interval_seconds": 1, "backoff_rate": 2, "max_delay_seconds": 30}
RETRIED = {
    "InvalidReply",
    "BedrockAgentCore.ThrottlingException",
    "BedrockAgentCore.RetryableConflictException",
    "BedrockAgentCore.ServiceQuotaExceededException",
    "BedrockAgentCore.InternalServerException",
    "BedrockAgentCore.RuntimeClientErrorException",
    "BedrockAgentCore.SdkClientException",
}
STATES = {
    "pdf-adapter": "PDFAdapter",
    "trade-extraction": "TradeExtraction",
    "trade-matching": "TradeMatching",
    "exception-management": "ExceptionManagement",
}


def settings(workflow, agent):
    """Give the variables of an agent's retry in this stack."""
    return DEFAULTS | RETRIES[kind_of(workflow)][agent]


@pytest.mark.parametrize("agent", AGENTS)
def test_retriers_are_what_the_variables_say(workflow, agent):
    state = json.loads(workflow.stack.outputs["state_machine_definition"])["States"][STATES[agent]]
    (retrier,) = state["Retry"]
    said = settings(workflow, agent)

    assert set(retrier.pop("ErrorEquals")) == RETRIED
    assert retrier == {
        "MaxAttempts": said["max_attempts"],
        "IntervalSeconds": said["interval_seconds"],
        "BackoffRate": said["backoff_rate"],
        "MaxDelaySeconds": said["max_delay_seconds"],
        "JitterStrategy": "FULL",
    }


@pytest.mark.parametrize("agent", AGENTS)
def test_delays_stay_within_full_jitter(workflow, agent):
    if agent == "exception-management":
        workflow.script("pdf-adapter", {"error": "AccessDeniedException"})
    workflow.script(agent, {"error": "ThrottlingException"})
    runs = {workflow.process().arn for _ in range(3)}

    said, waits = settings(workflow, agent), workflow.aws.admin("GET", "/_waits")
    waits = [wait for wait in waits if wait["execution_arn"] in runs and wait["state"] == STATES[agent]]
    assert len(waits) == len(runs) * said["max_attempts"]
    for wait in waits:
        longest = said["interval_seconds"] * said["backoff_rate"] ** (wait["attempt"] - 1)
        assert 0 <= wait["seconds"] <= min(said["max_delay_seconds"], longest)
    assert len({wait["seconds"] for wait in waits}) == len(waits)  # drawn, not computed
