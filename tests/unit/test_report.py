"""What a run is shown as, from kept events: of a small workflow with one block, run by the embedded Step Functions."""

import io
import itertools
import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from harness.report import run as report_run
from harness.report.definition import links
from harness.report.layout import MAIN, SIDE, arrange
from harness.report.outline import outline
from harness.report.page import page
from harness.report.path import path_through
from harness.report.picture import draw
from harness.report.run import execute
from harness.report.show import show
from harness.report.sketch import sketch
from harness.report.table import Row, rows
from harness.report.visits import from_history, from_logs, visits_of
from harness.stack import Stack
from tests.unit.shown_runs import DEFINITION, KEPT, STATES, THROTTLED, a_run, arn, messages, story, visits

SVG = "{http://www.w3.org/2000/svg}"


def test_a_block_that_worked_at_its_third_attempt():
    found = visits("retried")
    assert story(found) == [
        ("Receive", "succeeded", 1, 1, None),
        ("Locate", "succeeded", 1, 1, None),
        ("Agent", "retried", 3, 1, None),
        ("Agent.Call", "caught", 1, 1, "Agent"),
        ("Agent.Judge", "succeeded", 1, 1, "Agent"),
        ("Agent.Failed", "failed", 1, 1, "Agent"),
        ("Agent.Call", "succeeded", 1, 2, "Agent"),
        ("Agent.Judge", "succeeded", 1, 2, "Agent"),
        ("Agent.Failed", "failed", 1, 2, "Agent"),
        ("Agent.Call", "succeeded", 1, 3, "Agent"),
        ("Agent.Judge", "succeeded", 1, 3, "Agent"),
        ("Agent.Done", "succeeded", 1, 3, "Agent"),
        ("Decide", "succeeded", 1, 1, None),
        ("Success", "succeeded", 1, 1, None),
    ]
    assert [(failure.attempt, failure.error) for failure in found[2].failures] == [(1, THROTTLED), (2, "InvalidReply")]


def test_attempts_are_distinguished_where_no_event_says_that_one_failed():
    assert story(visits("retried", lambda event: event["type"] == "ParallelStateFailed")) == story(visits("retried"))


def test_events_that_never_arrived_leave_the_others_readable():
    found = visits("retried", lambda event: event["id"] in ("2", "5"))
    assert [visit.name for visit in found if visit.block is None] == ["Locate", "Agent", "Decide", "Success"]


def test_standard_is_shown_as_express_is():
    history = json.loads((KEPT / "failed.history.json").read_text())
    events = [{**event, "timestamp": datetime.fromtimestamp(event["timestamp"], UTC)} for event in history]
    assert story(visits_of(from_history(events), STATES)) == story(visits("failed"))


def test_a_caught_error_names_itself_and_leads_through_its_link():
    found = visits("not-found")
    assert (found[1].status, found[1].failures[0].error) == ("caught", "S3.NoSuchKeyException")
    path = path_through(DEFINITION, found)
    assert {(link.source, link.target, link.catch) for link in path.links} == {
        ("Receive", "Locate", False),
        ("Locate", "Raise", True),
        ("Raise", "Failed", False),
    }
    assert path.status("Agent") == "untaken"


def test_without_execution_data_the_last_known_error_stands_in():
    blind = [json.loads(message) for message in messages("failed")]
    for event in blind:
        event["details"].pop("assignedVariables", None)
    found = visits_of(from_logs(map(json.dumps, blind), arn("failed")), STATES)
    assert [failure.error for failure in found[2].failures] == [THROTTLED] * 3


def test_only_the_lines_of_the_run_are_read_in_order():
    mixed = [*reversed(messages("retried")), *messages("failed")]
    assert story(visits_of(from_logs(mixed, arn("retried")), STATES)) == story(visits("retried"))


def test_the_table_lists_each_failed_attempt():
    lines = rows(a_run())
    assert [row.state for row in lines] == [
        "Receive", "Locate", "Agent", "attempt 1", "attempt 2", "Decide", "Success",
    ]  # fmt: skip
    assert lines[2] == Row("Agent", "3", "40.7 s", "retried", "succeeded after a retry: InvalidReply")
    assert lines[3] == Row("attempt 1", "", "12.5 s", "failed", THROTTLED, inner=True)


def test_the_main_path_stands_in_the_left_column():
    layout = arrange(DEFINITION)
    assert [name for name in layout.rows if layout.columns[name] == MAIN] == [
        "Receive", "Locate", "Agent", "Decide", "Success",
    ]  # fmt: skip
    assert layout.columns["Raise"] == layout.columns["Failed"] == SIDE


NAMES = "ABCDEFGH"


@given(st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=3), min_size=1))
def test_any_workflow_is_laid_out_whole_without_lanes_that_overlap(ways):
    targets = {name: [target for target in onward if target in ways] for name, onward in ways.items()}
    states = {
        name: {"Type": "Choice", "Choices": [{"Next": target} for target in onward]} if onward else {"Type": "Succeed"}
        for name, onward in targets.items()
    }
    part = {"StartAt": next(iter(states)), "States": states}
    layout = arrange(part)
    assert sorted(layout.rows) == sorted(states)
    assert layout.rows[0] == part["StartAt"] or part["StartAt"] in itertools.chain(*targets.values())

    place = {name: row for row, name in enumerate(layout.rows)}
    spans = {}
    for link in set(layout.links) - layout.straight:
        low, high = sorted((place[link.source], place[link.target]))
        old = spans.get(link.target, (low, high))
        spans[link.target] = min(low, old[0]), max(high, old[1])
    lanes = layout.lanes(place)
    for one, other in itertools.combinations(spans, 2):
        if lanes[one] == lanes[other]:
            assert spans[one][1] < spans[other][0] or spans[other][1] < spans[one][0]
    for link in layout.straight:
        between = layout.rows[place[link.source] + 1 : place[link.target]]
        assert layout.columns[link.source] not in {layout.columns[name] for name in between}
    ET.fromstring(draw(part, "any"))  # noqa: S314 - our own drawing


def test_the_picture_says_what_it_shows_and_what_was_taken():
    drawing = ET.fromstring(draw(DEFINITION, "A run", visits("retried")))  # noqa: S314 - our own drawing
    assert drawing.find(f"{SVG}title").text == "A run"
    assert "Agent (succeeded after a retry)" in drawing.find(f"{SVG}desc").text
    status = {group.find(f"{SVG}title").text.split(" ")[0]: group.get("class") for group in drawing.iter(f"{SVG}g")}
    assert status["Agent"] == "retried"
    assert status["Raise"] == "untaken"
    taken = [path for path in drawing.iter(f"{SVG}path") if "taken" in path.get("class")]
    assert len(taken) == 4
    text = "\n".join(element.text or "" for element in drawing.iter(f"{SVG}text"))
    assert f"attempt 1: {THROTTLED}" in text
    assert "Call \u203a Judge \u203a Done" in text


def test_the_picture_of_a_workflow_alone_marks_nothing():
    drawing = draw(DEFINITION, "The workflow")
    assert "untaken" not in drawing.partition("</style>")[2]
    assert "taken" not in drawing.partition("</style>")[2]


HOSTILE = "</title><script>alert('x')</script>\x00\x1b[31m&\""


def test_hostile_words_are_shown_and_not_obeyed():
    text = json.dumps(DEFINITION).replace('"Receive"', json.dumps(HOSTILE))
    run = a_run(
        definition=json.loads(text), result={"outcome": HOSTILE, "document_id": HOSTILE, "reason_codes": [HOSTILE]}
    )
    run.visits[0].name = HOSTILE
    html = page(run)
    assert "<script" not in html
    assert "\x00" not in html
    assert "\x1b" not in html
    assert "&lt;script&gt;" in html
    start, end = html.index("<svg"), html.index("</svg>") + len("</svg>")
    ET.fromstring(html[start:end])  # noqa: S314 - our own drawing


def test_a_page_loads_nothing():
    html = page(a_run())
    assert "src=" not in html
    assert "href=" not in html
    assert "url(" not in html
    assert "@import" not in html


DRAWN = """\
✓ Receive
! Locate ─────╮
╭─────────╮   │
│ · Agent │ ──┤
╰─────────╯   │
· Decide ─────┤
│             ╰─▸ ✓ Raise
· Success         │
                  ✗ Failed
"""


def test_the_terminal_shows_the_way_and_what_was_left_out():
    drawn = sketch(DEFINITION, visits("not-found"))
    assert drawn.plain == DRAWN
    assert [span.style for span in drawn.spans if drawn.plain[span.start] == "▸"] == ["yellow"]


def test_a_run_is_shown_in_the_terminal():
    terminal = io.StringIO()
    show(a_run(), Console(file=terminal, width=100))
    assert "✓ MATCHED  execution succeeded" in terminal.getvalue()
    assert "attempt 2" in terminal.getvalue()


OUTLINED = """\
✓ Receive
! Agent \u00d73 ──╮
· Success    │
             ╰─▸ ✗ Failed
"""


def test_an_outline_has_the_first_state_the_blocks_and_the_ends():
    assert sketch(*outline(DEFINITION, visits("failed"))).plain == OUTLINED


class Aws:
    """Answers as AWS does; the run's log events arrive a few at a time."""

    def __init__(self, name, machine):
        self.name, self.machine, self.reads, self.described, self.started = name, machine, 0, [], []

    def client(self, _):
        return self

    def describe_state_machine(self, **arguments):
        self.described.append(arguments["stateMachineArn"])
        return {"definition": json.dumps(DEFINITION), "stateMachineArn": "arn", **self.machine}

    def start_sync_execution(self, **arguments):
        self.started.append(arguments["stateMachineArn"])
        moment = datetime.fromtimestamp(0, UTC)
        cause = {"outcome": "FAILED", "workflow_steps": {"agent": {"error": "Dead"}}}
        return {
            "executionArn": arn(self.name),
            "status": "FAILED",
            "startDate": moment,
            "stopDate": moment,
            "error": "Refused",
            "cause": json.dumps(cause),
        }

    def get_paginator(self, _):
        return self

    def paginate(self, **arguments):
        assert arguments["logGroupName"] == "/aws/vendedlogs/states/small"
        self.reads += 1
        return [{"events": [{"message": message} for message in messages(self.name)[: self.reads * 20]]}]


LOGGED = {
    "destinations": [
        {"cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:logs:r:1:log-group:/aws/vendedlogs/states/small:*"}}
    ]
}


@pytest.fixture
def real(monkeypatch):
    """Make a stack whose AWS is a stand-in."""
    monkeypatch.setattr(report_run, "POLL_SECONDS", 0)

    def stack(aws, **outputs):
        monkeypatch.setattr(Stack, "client", lambda _, service: aws.client(service))
        return Stack(None, "us-east-1", {"state_machine_arn": "arn", **outputs})

    return stack


def test_log_events_are_waited_for_until_the_run_has_ended_in_them(real):
    aws = Aws("failed", {"type": "EXPRESS", "loggingConfiguration": {"level": "ALL", **LOGGED}})
    run = execute(real(aws), {})
    assert aws.reads == 3
    assert (run.outcome, run.succeeded, run.gap) == ("FAILED", False, "")
    assert story(run.visits) == story(visits("failed"))
    assert run.visits[2].failures[-1].error == "Dead"  # as the workflow's own result calls it


def test_a_run_is_started_by_the_alias_which_is_never_described(real):
    aws = Aws("failed", {"type": "EXPRESS", "loggingConfiguration": {"level": "OFF"}})
    execute(real(aws, state_machine_alias_arn="arn:live", state_machine_alias_version_arn="arn:3"), {})
    assert (aws.started, aws.described) == (["arn:live"], ["arn", "arn:3"])


def test_a_log_level_without_states_is_said(real):
    aws = Aws("failed", {"type": "EXPRESS", "loggingConfiguration": {"level": "ERROR", **LOGGED}})
    run = execute(real(aws), {})
    assert run.visits == []
    assert run.gap == "The log level of the state machine is ERROR: only ALL has its states."
    assert run.gap in page(run)


def test_events_that_do_not_arrive_in_time_are_said_to_be_missing(real, monkeypatch):
    monkeypatch.setattr(report_run, "LOG_SECONDS", 0)
    aws = Aws("failed", {"type": "EXPRESS", "loggingConfiguration": {"level": "ALL", **LOGGED}})
    run = execute(real(aws), {})
    assert [visit.name for visit in run.visits][:2] == ["Receive", "Locate"]
    assert run.gap.startswith("The log group /aws/vendedlogs/states/small did not have the run's end")


def test_links_are_listed_once_and_in_the_definitions_order():
    assert [(link.source, link.target, link.catch) for link in links(DEFINITION)] == [
        ("Receive", "Locate", False),
        ("Locate", "Agent", False),
        ("Locate", "Raise", True),
        ("Agent", "Decide", False),
        ("Agent", "Raise", True),
        ("Decide", "Raise", False),
        ("Decide", "Success", False),
        ("Raise", "Failed", False),
    ]


def test_a_deferral_is_shown_as_what_it_is():
    deferral = {
        "waiting_for": "trade-matching",
        "error": "CircuitOpen",
        "since": "2026-03-01T00:00:00.000Z",
        "times": 2,
        "due_at": "2026-03-01T00:01:00.000Z",
    }
    run = a_run(result={"outcome": "DEFERRED", "deferral": deferral})
    waits = (
        "trade-matching (CircuitOpen), deferred 2 times since 2026-03-01T00:00:00.000Z, "
        "goes on from 2026-03-01T00:01:00.000Z"
    )
    assert run.facts["Waits for"] == waits
    assert '<h1 class="deferred">' in page(run)
    assert waits in page(run)
    assert a_run(result={"outcome": "MATCHED", "deferral": None}).status == "succeeded"
