"""Arbitrary JSON as input and as replies: no run ends unhandled, and no document is lost."""

import contextlib
import json

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from harness.contract import AGENTS
from harness.ledger import versions
from tests.execution.driver import GOOD

KIB = 1024
FIELDS = ("document_path", "source_type", "document_id", "document_version", "correlation_id", "reprocess")
FUZZ = settings(deadline=None, suppress_health_check=list(HealthCheck))
HERE = "s3://…"  # replaced by the address of a new document

HOSTILE = (
    *("", "\"'\\\\", "\\u0000", "\0", "\ud800", "\uffff", "\u2028", "😀"),
    *("{% $states.context %}", "{%", "$eval('1')", "States.Runtime", "__proto__", "s3://bucket/../BANK/%2e%2e/a.pdf"),
)
TEXT = st.text(max_size=40) | st.text(st.characters(codec=None), max_size=8) | st.sampled_from(HOSTILE)
NUMBER = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([10**400, -0.0, 1e-320])
KEY = TEXT | st.sampled_from(["constructor", "toString", "$", "success", "states"])
JSON = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEY, inner, max_size=4),
    max_leaves=8,
)
HUGE = st.integers(230 * KIB, 250 * KIB).map(lambda size: "x" * size)
TOKENS = (
    "NaN",
    "-Infinity",
    "1e999",
    '{"success": NaN}',
    '{"success":true,"success":false}',
    " ",
    "[" * 900 + "]" * 900,
)


def near(good, *more):
    """Return an object like a good one, with some fields replaced by anything, or one by a huge text."""
    fields = (*good, *more, "another")
    odd = st.fixed_dictionaries({}, optional=dict.fromkeys(fields, JSON))
    huge = st.dictionaries(st.sampled_from(fields), HUGE, min_size=1, max_size=1)
    return st.one_of(odd, odd, odd, huge).map(lambda changed: good | changed)


def replies(agent):
    """Return texts that an agent may reply."""
    objects = near(GOOD[agent], "trade_id", "reason_codes", "matched_document_id", "error_type")
    texts = st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(TOKENS)
    return st.just(json.dumps(GOOD[agent])) | st.one_of(objects, JSON).map(json.dumps) | texts


def a2a_responses(agent):
    """Return texts that an agent may return in A2A: a response with anything in place of one of its parts."""
    part = replies(agent).map(lambda text: {"kind": "text", "text": text}) | near({"kind": "data"}, "data", "text")
    content = JSON | st.lists(part, min_size=1, max_size=2)
    artifacts = JSON | st.fixed_dictionaries({"parts": content}).map(lambda artifact: [artifact])
    state = JSON | st.fixed_dictionaries({"state": JSON | st.sampled_from(["completed", "failed"])})
    result = JSON | st.fixed_dictionaries({}, optional={"artifacts": artifacts, "parts": content, "status": state})
    error = JSON | st.fixed_dictionaries({"code": NUMBER | st.sampled_from([-32501, -32052, -32053, -32054, -32055])})
    response = st.fixed_dictionaries({}, optional={"result": result, "error": error}) | JSON
    good = {"result": {"artifacts": [{"parts": [{"kind": "text", "text": json.dumps(GOOD[agent])}]}]}}
    return st.one_of(st.just(good), response, response).map(json.dumps) | replies(agent)


@settings(FUZZ, max_examples=40)
@given(st.one_of(JSON, near({}, *FIELDS), near({"document_path": HERE}, *FIELDS)))
@example({"document_path": HERE, "document_id": "\ud800"})
@example({"document_path": "s3://bucket/\uffff.pdf", "source_type": "BANK"})
@example([1.7976931348623151e308])
@example(None)
def test_no_input_ends_unhandled_or_lost(express, run_input):
    if isinstance(run_input, dict) and run_input.get("document_path") == HERE:
        run_input = run_input | {"document_path": express.document()}
    with contextlib.suppress(express.stack.client("stepfunctions").exceptions.InvalidExecutionInput):
        assert_accounted_for(express, express.run(run_input))  # numbers that no double holds start no run


@settings(FUZZ, max_examples=25)
@given(st.fixed_dictionaries({agent: replies(agent) for agent in AGENTS}))
def test_no_reply_ends_unhandled_or_loses_the_document(express, texts):
    express.script_all(**{agent.replace("-", "_"): [{"raw": text}] for agent, text in texts.items()})
    assert_accounted_for(express, express.process())


@settings(FUZZ, max_examples=25)
@given(st.fixed_dictionaries({agent: a2a_responses(agent) for agent in AGENTS}))
def test_no_a2a_answer_ends_unhandled_or_loses_the_document(a2a, texts):
    a2a.script_all(**{agent.replace("-", "_"): [{"raw": text}] for agent, text in texts.items()})
    assert_accounted_for(a2a, a2a.process())


def assert_accounted_for(workflow, execution):
    """The run reports its outcome, and the ledger, the exceptions or the dead letters have the document."""
    assert execution.outcome is not None, execution
    dead_letters = [dead_letter for dead_letter in workflow.dead_letters() if dead_letter["execution"] == execution.arn]
    if execution.status == "SUCCEEDED":
        record = workflow.record(execution.result["source_type"], execution.result["document_id"])
        assert record["status"] in ("COMPLETED", "PENDING")
    else:
        assert not execution.error.startswith("States.")
        assert execution.result["exception_id"] or dead_letters
        assert bool(dead_letters) == execution.result["dead_lettered"]
        source_type, document_id = execution.result["source_type"], execution.result["document_id"]
        known = versions(workflow.stack, source_type, document_id) if source_type and document_id else []
        statuses = {record["status"] for record in known if record["execution"] == execution.arn}
        assert statuses <= {"DEAD_LETTERED" if dead_letters else "FAILED"}
