"""What `make demo` expects of the samples."""

import io
from datetime import UTC, datetime

from rich.console import Console

from harness.commands.demo import most_telling, picture, show_line
from harness.paths import SAMPLES
from harness.report.run import Run
from harness.runs import Execution
from harness.samples import Expected, expectations
from tests.unit.shown_runs import a_run

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
SAMPLE = Expected("BANK/a.pdf", "A swap", "SUCCEEDED", {"outcome": "MATCHED", "reason_codes": []})


def run_with(status, **result):
    return Run(
        Execution("arn:aws:states:us-east-1:111122223333:express:small:run:1", status, None, result, MOMENT, MOMENT),
        {},
        [],
    )


def test_every_sample_is_expected_to_come_out_somehow_once():
    files = [str(path.relative_to(SAMPLES)) for path in SAMPLES.glob("*/*.pdf")]
    assert sorted(sample.document for sample in expectations()) == sorted(files)


def test_what_the_demo_promises_is_among_what_is_expected():
    outcomes = {(sample.status, sample.result["outcome"]) for sample in expectations()}
    assert outcomes >= {
        ("SUCCEEDED", "PENDING"), ("SUCCEEDED", "MATCHED"), ("SUCCEEDED", "EXCEPTION_RAISED"), ("FAILED", "FAILED"),
    }  # fmt: skip


def test_a_run_that_came_out_otherwise_is_reported_field_by_field():
    def differences(status, **result):
        return list(SAMPLE.differences(run_with(status, **result).execution))

    assert differences("SUCCEEDED", outcome="MATCHED", reason_codes=[], trade_id="T-1") == []
    assert differences("FAILED", outcome="FAILED", reason_codes=[]) == [
        "BANK/a.pdf: status is 'FAILED', expected 'SUCCEEDED'.",
        "BANK/a.pdf: outcome is 'FAILED', expected 'MATCHED'.",
    ]
    assert differences("SUCCEEDED", outcome="MATCHED") == ["BANK/a.pdf: reason_codes is None, expected []."]


def printed(*runs):
    """Return what the demo prints of runs on a terminal of 80 columns."""
    terminal = io.StringIO()
    console = Console(file=terminal, width=80)
    for sample, run in runs:
        show_line(sample, run, console)
    picture(*most_telling(runs), console)
    return terminal.getvalue()


def test_the_demo_is_one_line_a_run_and_the_picture_of_the_one_in_which_most_went_wrong():
    good = SAMPLE, a_run("retried", result={"outcome": "MATCHED", "reason_codes": [], "confidence_score": 99})
    message = "AgentRejected: agent responded success: false, error_type MISSING_FIELD (a_field_with_a_long_name)"
    bad = (
        Expected("BANK/b.pdf", "A swap without an end", "FAILED", {"outcome": "FAILED"}),
        a_run("failed", status="FAILED", result={"outcome": "FAILED", "error_message": message}),
    )
    lines = printed(good, bad).splitlines()
    assert [line.split() for line in lines[:2]] == [
        ["✓", "a", "MATCHED", "0", "ms", "score", "99"],
        ["✓", "b", "FAILED", "0", "ms", "MISSING_FIELD", "(a_f…"],
    ]
    assert all(len(line) <= 80 for line in lines[:2])
    assert lines[3] == "b: A swap without an end"
    assert lines[4] == message
    assert lines[5] == "✓ Receive"


def test_a_run_that_is_not_as_expected_is_marked():
    unexpected = SAMPLE, a_run("retried", result={"outcome": "PENDING"})
    assert printed(unexpected).startswith("✗ a ")


def test_the_demo_fits_one_screen():
    runs = [(sample, a_run("retried", result={"outcome": "MATCHED"})) for sample in expectations()]
    assert len(printed(*runs).splitlines()) <= 24
