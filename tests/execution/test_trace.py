"""The trace of a run, written by the workflow and read back through X-Ray."""

import re

import pytest

from tests.execution.driver import AGENTS, BREAK, GOOD
from tests.execution.telemetry import NAMESPACE, metric, segment, sums, traces


def test_a_run_is_one_segment_with_a_subsegment_for_each_agent_that_was_called(workflow):
    workflow.script("trade-matching", {"error": "ThrottlingException"}, {"reply": BREAK})
    run = workflow.process(correlation_id="desk:7/4711")
    document = segment(workflow, run)

    assert document["name"] == workflow.stack.outputs["state_machine_name"]
    assert document["annotations"] == {
        "execution": run.arn,
        "correlation_id": "desk:7/4711",
        "document_id": run.result["document_id"],
        "outcome": "EXCEPTION_RAISED",
    }
    assert not document["fault"]
    parts = {part["name"]: part for part in document["subsegments"]}
    assert set(parts) == set(AGENTS)
    for agent, part in parts.items():
        (*_, call) = workflow.calls(agent)
        assert part["annotations"] == {
            "agent": agent,
            "runtime_arn": call["runtime_arn"],
            "correlation_id": "desk:7/4711",
            "document_id": run.result["document_id"],
            "status": "SUCCEEDED",
        }
        assert not part["fault"]
        measured = part["metadata"]["call"]
        assert measured["attempts"] == (2 if agent == "trade-matching" else 1)
        assert measured["payload_characters"] > 100
        assert measured["reply_characters"] > 20
        assert 0 <= measured["response_milliseconds"] <= (part["end_time"] - part["start_time"]) * 1000 + 1
        assert document["start_time"] <= part["start_time"] <= part["end_time"] <= document["end_time"]


def test_every_call_was_handed_the_trace_and_the_subsegment_that_stands_for_it(workflow):
    run = workflow.process(correlation_id="a/b=c")
    document = segment(workflow, run)
    for part in document["subsegments"]:
        (call,) = workflow.calls(part["name"])
        root = document["trace_id"]
        assert call["headers"]["X-Amzn-Trace-Id"] == f"Root={root};Parent={part['id']};Sampled=1"
        assert call["headers"]["traceparent"] == f"00-{root[2:].replace('-', '')}-{part['id']}-01"
        assert call["headers"]["baggage"] == "correlation_id=a%2Fb%3Dc"
    assert len({part["id"] for part in document["subsegments"]} | {document["id"]}) == 4


@pytest.mark.parametrize(
    ("behaviour", "error", "response"),
    [
        ({"error": "AccessDeniedException"}, "BedrockAgentCore.AccessDeniedException", True),
        ({"reply": {"success": False}}, "AgentRejected", True),
        ({"raw": "no JSON"}, "InvalidReply", True),
        ({"reply": GOOD["trade-extraction"], "delay_seconds": 60}, "AgentTimeout", True),
        (None, "CircuitOpen", False),
    ],
    ids=lambda value: str(value)[:40],
)
def test_the_subsegment_of_a_failed_call_says_so(express, behaviour, error, response):
    if behaviour:
        express.script("trade-extraction", behaviour)
    else:
        express.open_circuit("trade-extraction")
    run = express.process()
    document = segment(express, run)

    assert document["fault"]
    assert document["annotations"]["error"] == error
    parts = {part["name"]: part for part in document["subsegments"]}
    assert {name: part["fault"] for name, part in parts.items()} == {
        "pdf-adapter": False,
        "trade-extraction": True,
        "exception-management": False,
    }
    assert parts["trade-extraction"]["annotations"]["status"] == "FAILED"
    assert parts["trade-extraction"]["annotations"]["error"] == error
    assert ("response_milliseconds" in parts["trade-extraction"]["metadata"]["call"]) == response


def test_a_run_without_an_agent_call_is_a_segment_alone(express):
    run = express.run({"document_path": "s3://bucket/BANK/line\nbreak.pdf"})
    document = segment(express, run)
    assert document["annotations"]["error"] == "InvalidInput"
    assert document["subsegments"] == []


def test_the_group_shows_the_runs_of_this_workflow_only(workflow):
    group = workflow.stack.client("xray").get_group(GroupName=workflow.stack.outputs["state_machine_name"])["Group"]
    run = workflow.process()
    shown = traces(workflow, run, group["FilterExpression"])
    assert run.arn in {document["annotations"]["execution"] for (document,) in shown}
    assert {document["name"] for (document,) in shown} == {workflow.stack.outputs["state_machine_name"]}


def test_the_sampling_rule_is_about_this_workflow_and_takes_every_run(workflow):
    rules = workflow.stack.client("xray").get_sampling_rules()["SamplingRuleRecords"]
    (rule,) = (
        record["SamplingRule"]
        for record in rules
        if record["SamplingRule"]["ResourceARN"] == workflow.stack.outputs["state_machine_arn"]
    )
    assert rule["FixedRate"] == 1
    assert re.fullmatch(r".{1,32}", rule["RuleName"])


def test_a_trace_that_cannot_be_written_harms_no_run(express):
    express.fault("xray:PutTraceSegments:*", "ThrottledException")
    run = express.process()
    assert run.outcome == "MATCHED"
    assert traces(express, run, f'annotation.execution = "{run.arn}"') == []


def test_metrics_that_cannot_be_put_harm_no_run(express):
    runs = metric(
        NAMESPACE, "Runs", {"StateMachine": express.stack.outputs["state_machine_name"], "Outcome": "MATCHED"}
    )
    express.process()
    before = sums(express)[runs]
    express.fault("cloudwatch:PutMetricData:*", "InternalServiceFault")
    run = express.process()
    assert run.outcome == "MATCHED"
    assert sums(express)[runs] == before
    assert segment(express, run)["annotations"]["outcome"] == "MATCHED"
