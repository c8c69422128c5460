"""Retries: rendered as the variables say, and waited for within full jitter's bounds."""

import json

import pytest

from tests.execution.conftest import RETRIES, kind_of
from tests.execution.driver import AGENTS

DEFAULTS = {
    "patience": {"max_attempts": 4, "interval_seconds": 15, "backoff_rate": 2, "max_delay_seconds": 40},
    "lost": {"max_attempts": 1, "interval_seconds": 1, "backoff_rate": 1, "max_delay_seconds": 2},
    "retry": {"max_attempts": 3, "interval_seconds": 1, "backoff_rate": 2, "max_delay_seconds": 30},
}
RETRIED = {
    "patience": {
        "BedrockAgentCore.ThrottlingException",
        "BedrockAgentCore.RetryableConflictException",
        "BedrockAgentCore.ServiceQuotaExceededException",
    },
    "lost": {"WorkLost"},
    "retry": {
        "InvalidReply",
        "BedrockAgentCore.BedrockAgentCoreException",
        "BedrockAgentCore.InternalServerException",
        "BedrockAgentCore.RuntimeClientErrorException",
        "BedrockAgentCore.SdkClientException",
    },
}
ERRORS = {"patience": "ThrottlingException", "retry": "InternalServerException"}
STATES = {
    "pdf-adapter": "PDFAdapter",
    "trade-extraction": "TradeExtraction",
    "trade-matching": "TradeMatching",
    "exception-management": "ExceptionManagement",
}


def settings(workflow, agent, kind):
    """Return how an agent's calls are repeated in this stack, by the kind of error."""
    return DEFAULTS[kind] | (RETRIES[kind_of(workflow)][agent] if kind == "retry" else {})


@pytest.mark.parametrize("agent", AGENTS)
def test_retriers_are_what_the_variables_say(workflow, agent):
    state = json.loads(workflow.stack.outputs["state_machine_definition"])["States"][STATES[agent]]
    assert len(state["Retry"]) == len(RETRIED)
    for retrier, (kind, errors) in zip(state["Retry"], RETRIED.items(), strict=True):
        expected = settings(workflow, agent, kind)
        assert set(retrier.pop("ErrorEquals")) == errors
        assert retrier == {
            "MaxAttempts": expected["max_attempts"],
            "IntervalSeconds": expected["interval_seconds"],
            "BackoffRate": expected["backoff_rate"],
            "MaxDelaySeconds": expected["max_delay_seconds"],
            "JitterStrategy": "FULL",
        }


@pytest.mark.parametrize("kind", ERRORS)
@pytest.mark.parametrize("agent", AGENTS)
def test_delays_stay_within_full_jitter(workflow, agent, kind):
    runs = {failing(workflow, agent, ERRORS[kind]).arn for _ in range(3)}

    expected, waits = settings(workflow, agent, kind), workflow.aws.admin("GET", "/_waits")
    waits = [wait for wait in waits if wait["execution_arn"] in runs and wait["state"] == STATES[agent]]
    assert len(waits) == len(runs) * expected["max_attempts"]
    for wait in waits:
        longest = expected["interval_seconds"] * expected["backoff_rate"] ** (wait["attempt"] - 1)
        assert 0 <= wait["seconds"] <= min(expected["max_delay_seconds"], longest)
    assert len({wait["seconds"] for wait in waits}) == len(waits)  # drawn, not computed


def failing(workflow, agent, error):
    """Process a document while an agent always fails, but no other document has."""
    workflow.script_all()
    if agent == "exception-management":
        workflow.script("pdf-adapter", {"error": "AccessDeniedException"})
    workflow.script(agent, {"error": error})
    return workflow.process()


def test_a_failure_is_not_retried_while_another_document_fails_too(workflow):
    workflow.script("pdf-adapter", {"error": "InternalServerException"})
    workflow.open_circuit("pdf-adapter", failures=1)
    assert workflow.process().error == "BedrockAgentCore.InternalServerException"
    assert len(workflow.calls("pdf-adapter")) == 1
