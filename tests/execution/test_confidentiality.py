"""With execution data off, nothing of a trade gets from a reply into logs, metrics, traces, causes or dead letters."""

import json

import pytest

from tests.execution.driver import AGENTS, GOOD
from tests.execution.telemetry import log_lines, seen, traces

TRADE = {
    "product_type": "Amortising Quanto Swaption",
    "notional": 48151623.42,
    "currency": "Wakandan dollar",
    "party": "Zyxwvut Holdings AG",
    "lei": "529900ZYXWVUTSRQPO42",
    "fixed_rate": "3.14159265%",
    "maturity_date": "2087-11-19",
    "floating_index": "KIBOR-6M-Zyx",
    "governing_law": "law of Brobdingnag",
    "desk": "ZYXWVUT_HOLDINGS_DESK",
}
TEXT = "; ".join(f"{field}: {value}" for field, value in TRADE.items())
AWKWARD = {
    "beside what was asked for": {"success": True, "agent_response": TEXT, "trade": TRADE},
    "in the error": {"success": False, "error": TEXT, "error_type": "PARSE"},
    "in the type of the error": {"success": False, "error": "no", "error_type": TRADE["party"]},
    "in the missing fields": {
        "success": False,
        "error_type": "MISSING_FIELD",
        "missing_fields": [*TRADE.values(), TRADE],
    },
    "in place of success": {"success": TEXT},
    "in place of success, as an object": {"success": TRADE},
    "as an address": {"canonical_output_location": TEXT},
    "as a classification": {"match_classification": TRADE["party"]},
    "as a classification, like one": {"match_classification": TRADE["desk"]},
    "as a score": {"confidence_score": TRADE["notional"]},
    "as a score, in words": {"confidence_score": TEXT},
    "as reason codes": {"reason_codes": [TRADE["party"], TRADE["fixed_rate"]]},
    "as one reason code": {"reason_codes": TEXT},
    "as the counterparty's document": {"matched_document_id": TRADE["party"]},
    "as a list of trade ids": {"trade_id": [TRADE["lei"]]},
    "as an exception id with more in it": {"exception_id": {"id": "E-1", "trade": TRADE}},
}
RAW = {
    "text": TEXT,
    "a string": json.dumps(TEXT),
    "a list": json.dumps([TRADE]),
    "broken JSON": json.dumps({"trade": TRADE})[:-1],
    "broken JSON that begins with it": TRADE["lei"] + json.dumps(TRADE),
    "too large": TEXT * 3000,
}
RETURNED_BY = {  # where only one agent returns a field
    "canonical_output_location": "pdf-adapter",
    "trade_id": "trade-extraction",
    "match_classification": "trade-matching",
    "confidence_score": "trade-matching",
    "reason_codes": "trade-matching",
    "matched_document_id": "trade-matching",
    "exception_id": "exception-management",
}
CASES = [
    *(
        pytest.param(agent, {"reply": GOOD[agent] | fields}, id=f"{agent} {where}")
        for agent in AGENTS
        for where, fields in AWKWARD.items()
        if all(RETURNED_BY.get(field, agent) == agent for field in fields)
    ),
    *(pytest.param(agent, {"raw": text}, id=f"{agent} {where}") for agent in AGENTS for where, text in RAW.items()),
]


@pytest.fixture(scope="module")
def runs():
    return []


@pytest.mark.parametrize(("agent", "behaviour"), CASES)
def test_no_cause_or_output_holds_a_field_of_a_trade(express, runs, agent, behaviour):
    if agent == "exception-management":
        express.script("pdf-adapter", {"reply": {"success": False}})
    express.script(agent, behaviour)
    run = express.process()
    runs.append(run)
    assert found_in([json.dumps(run.result), json.dumps(express.dead_letters()), run.error or ""]) == set()
    assert express.calls(agent)


def test_no_log_line_metric_or_trace_holds_one(express, runs):
    assert runs
    name = express.stack.outputs["state_machine_name"]
    lines = log_lines(express, express.stack.outputs["log_group_name"], f"/aws/vendedlogs/states/{name}-sweep")
    assert len(lines) > 50 * len(runs)
    assert found_in(lines) == set()
    assert found_in(map(str, seen(express))) == set()
    documents = [document for run in runs for trace in traces(express, run, f'service("{name}")') for document in trace]
    assert len(documents) >= len(runs)
    assert found_in(map(json.dumps, documents)) == set()


def test_no_record_in_the_ledger_holds_one(express, runs):
    assert runs
    pages = express.stack.client("dynamodb").get_paginator("scan")
    items = [
        json.dumps(item)
        for page in pages.paginate(TableName=express.stack.outputs["ledger_table_name"])
        for item in page["Items"]
    ]
    assert len(items) >= len(runs)
    assert found_in(items) == set()


def found_in(texts):
    values = {str(value) for value in TRADE.values()}
    return {value for text in texts for value in values if value in text}
