"""What a run is shown as comes from where it comes on AWS: log events for Express, the history for Standard."""

from harness.report.page import page
from harness.report.run import execute
from tests.execution.driver import GOOD

THROTTLED = "BedrockAgentCore.ThrottlingException"


def test_a_run_is_read_back_with_its_retries_and_what_was_caught(workflow):
    workflow.script("trade-extraction", {"error": "ThrottlingException"}, {"reply": GOOD["trade-extraction"]})
    workflow.script("trade-matching", {"reply": {"success": False, "error": "no", "error_type": "TRADE_NOT_FOUND"}})
    shown = execute(workflow.stack, workflow.new_input())
    assert (shown.execution.status, shown.gap) == ("FAILED", "")
    blocks = [visit for visit in shown.visits if visit.type == "Parallel"]
    assert [(visit.name, visit.status, [failure.error for failure in visit.failures]) for visit in blocks] == [
        ("PDFAdapter", "succeeded", []),
        ("TradeExtraction", "retried", [THROTTLED]),
        ("TradeMatching", "caught", ["AgentRejected"]),
        ("ExceptionManagement", "succeeded", []),
    ]
    assert [visit.name for visit in shown.visits if visit.block is None][-1] == "Failed"
    assert f"attempt 1: {THROTTLED}" in page(shown)
