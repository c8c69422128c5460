"""Time and sessions: no run meets the end at 300 s, which nothing can catch, while there was another way."""

from harness.contract import AGENTS
from tests.execution.driver import BREAK, GOOD

EXPRESS_SECONDS = 300
SLOW = (
    *("bedrock-agentcore:StopRuntimeSession", "cloudwatch:PutMetricData", "dynamodb:GetItem", "dynamodb:UpdateItem"),
    *("s3:HeadObject", "sqs:SendMessage", "ssm:GetParameters", "xray:PutTraceSegments"),
)
BROKEN = {"error": "InternalServerException"}


def seconds(workflow, execution):
    events = workflow.events(execution.arn)
    return events[-1].at - events[0].at


def nearly_late(agent):
    return AGENTS[agent]["timeout_seconds"] - 5


def test_four_agents_that_take_all_their_time_fit_one_run(express):
    for agent in AGENTS:
        reply = {"reply": BREAK if agent == "trade-matching" else GOOD[agent]}
        express.script(agent, reply | {"delay_seconds": nearly_late(agent)})
    execution = express.process()

    assert execution.outcome == "EXCEPTION_RAISED"
    assert seconds(express, execution) < EXPRESS_SECONDS


def test_retries_use_only_time_that_is_left(express):
    express.script("pdf-adapter", BROKEN | {"delay_seconds": nearly_late("pdf-adapter")})
    express.script("exception-management", {"reply": GOOD["exception-management"], "delay_seconds": 20})
    execution = express.process()

    assert (execution.status, execution.error) == ("FAILED", "DeadlineExceeded")
    assert len(express.calls("exception-management")) == 1
    assert execution.result["exception_id"] == GOOD["exception-management"]["exception_id"]
    assert seconds(express, execution) < EXPRESS_SECONDS


def test_a_call_gets_no_more_than_the_time_that_is_left_and_is_not_blamed_for_it(express):
    late = {"reply": GOOD["pdf-adapter"], "delay_seconds": nearly_late("pdf-adapter")}
    express.script("pdf-adapter", BROKEN | {"delay_seconds": nearly_late("pdf-adapter")}, late)
    express.script("trade-extraction", {"reply": GOOD["trade-extraction"], "delay_seconds": 40})
    express.script("trade-matching", {"reply": GOOD["trade-matching"], "delay_seconds": nearly_late("trade-matching")})
    execution = express.process()

    assert execution.error == "DeadlineExceeded"
    assert express.circuit("trade-matching") == {}
    (call,) = express.calls("exception-management")
    assert call["payload"]["event_type"] == "MATCHING_FAILED"
    assert seconds(express, execution) < EXPRESS_SECONDS


def test_a_run_whose_calls_of_aws_are_slow_ends_by_itself_although_two_agents_time_out(express):
    for agent in ("pdf-adapter", "trade-extraction"):
        express.script(agent, {"reply": GOOD[agent], "delay_seconds": nearly_late(agent)})
    for agent in ("trade-matching", "exception-management"):
        express.script(agent, {"reply": GOOD[agent], "delay_seconds": 1000})
    for call in SLOW:
        express.fault(f"{call}:*", None, delay_seconds=3)
    execution = express.process()

    assert (execution.error, execution.result["dead_lettered"]) == ("AgentTimeout", True)
    assert seconds(express, execution) < EXPRESS_SECONDS


def test_every_session_is_stopped_after_its_reply(express):
    express.script("trade-matching", {"reply": BREAK})
    express.process()
    assert [call["stopped"] for agent in AGENTS for call in express.calls(agent)] == [True] * 4


def test_the_session_of_a_call_that_took_too_long_is_stopped_since_the_agent_would_run_on(express):
    express.script("exception-management", {"reply": GOOD["exception-management"], "delay_seconds": 1000})
    express.script("trade-matching", {"reply": BREAK})
    assert express.process().error == "AgentTimeout"
    (call,) = express.calls("exception-management")
    assert call["stopped"]
