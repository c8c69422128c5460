"""exception-management: severity, queue and time to act, one exception per idempotency key."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from harness.agents.aws import Table
from tests.agents.desk import desk

# event_type, reason codes, match score -> severity, queue
CASES = {
    "wrong notional": ("MATCHING_EXCEPTION", ["NOTIONAL_MISMATCH"], 0.4, "CRITICAL", "trade-breaks"),
    "and currency": ("MATCHING_EXCEPTION", ["DATE_MISMATCH", "CURRENCY_MISMATCH"], 0.2, "CRITICAL", "trade-breaks"),
    "wrong counterparty": ("MATCHING_EXCEPTION", ["COUNTERPARTY_MISMATCH"], 0.4, "HIGH", "trade-breaks"),
    "a rate that is a slip": ("MATCHING_EXCEPTION", ["RATE_MISMATCH"], 0.65, "MEDIUM", "trade-review"),
    "dates far apart": ("MATCHING_EXCEPTION", ["DATE_MISMATCH"], 0.45, "HIGH", "trade-breaks"),
    "dates near": ("MATCHING_EXCEPTION", ["DATE_MISMATCH"], 0.65, "MEDIUM", "trade-review"),
    "incomparable": ("MATCHING_EXCEPTION", ["DATA_ERROR"], 0, "HIGH", "data-quality"),
    "no reason given": ("MATCHING_EXCEPTION", [], None, "MEDIUM", "trade-review"),
    "unreadable PDF": ("PDF_PROCESSING_ERROR", ["PROCESSING_ERROR"], None, "MEDIUM", "document-repair"),
    "missing field": ("EXTRACTION_FAILED", ["PROCESSING_ERROR"], None, "MEDIUM", "document-repair"),
    "matcher down": ("MATCHING_FAILED", ["PROCESSING_ERROR"], None, "HIGH", "platform-support"),
    "workflow": ("WORKFLOW_ERROR", ["PROCESSING_ERROR"], None, "HIGH", "platform-support"),
}  # fmt: skip
HOURS = {"CRITICAL": 2, "HIGH": 4, "MEDIUM": 8, "LOW": 24}
RAISED = {
    "event_type": "MATCHING_EXCEPTION",
    "trade_id": "T-1",
    "match_score": 0.4,
    "reason_codes": ["NOTIONAL_MISMATCH"],
    "error_message": "BREAK",
    "correlation_id": "c-1",
}


@pytest.fixture(scope="module")
def agents():
    with desk() as agents:
        yield agents


@pytest.mark.parametrize("case", CASES)
def test_severity_queue_and_time_to_act(agents, case):
    event_type, reason_codes, score, severity, queue = CASES[case]
    raised = {**RAISED, "event_type": event_type, "reason_codes": reason_codes, "match_score": score}
    reply = agents.call("exception-management", **raised)
    assert (reply["success"], reply["severity"], reply["queue"]) == (True, severity, queue)
    item = Table(agents.aws, "exceptions", "exception_id").get(reply["exception_id"])
    time_to_act = datetime.fromisoformat(item["due_at"]) - datetime.fromisoformat(item["raised_at"])
    assert time_to_act == timedelta(hours=HOURS[severity])
    assert (item["status"], item["trade_id"], item["error_message"]) == ("OPEN", "T-1", "BREAK")


def test_what_is_not_known_yet_may_be_null(agents):
    reply = agents.call(
        "exception-management", **{**RAISED, "trade_id": None, "match_score": None, "error_message": None}
    )
    assert reply["success"]


def recorded(agents):
    return agents.aws.dynamodb.scan(TableName="reference-agents-exceptions", Select="COUNT")["Count"]


WRONG = {
    "event_type": "SOMETHING_ELSE",
    "match_score": 1.01,
    "reason_codes": "NOTIONAL_MISMATCH",
    "trade_id": 7,
    "error_message": {"a": 1},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_field_is_named_and_nothing_is_recorded(agents, name):
    before = recorded(agents)
    reply = agents.call("exception-management", **{**RAISED, name: WRONG[name]})
    assert (reply["success"], reply["error_type"]) == (False, "INVALID_INPUT")
    assert name in reply["error"]
    assert recorded(agents) == before


def test_one_exception_per_key_however_many_calls_at_once(agents):
    before = recorded(agents)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: agents.call("exception-management", **RAISED, idempotency_key="k"), range(8)))
    assert all(reply == replies[0] for reply in replies)
    assert recorded(agents) == before + 1
    assert agents.call("exception-management", **RAISED, idempotency_key="l") != replies[0]


def test_without_a_key_each_call_raises_its_own(agents):
    ids = {agents.call("exception-management", **RAISED)["exception_id"] for _ in range(2)}
    assert len(ids) == 2
