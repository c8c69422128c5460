"""What `make demo` expects of the samples."""

from datetime import UTC, datetime

from harness.commands.demo import Expected, expectations
from harness.paths import SAMPLES
from harness.report.run import Run
from harness.runs import Ended

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
SAMPLE = Expected("BANK/a.pdf", "A swap", "SUCCEEDED", {"outcome": "MATCHED", "reason_codes": []})


def ended(status, **result):
    return Run(
        Ended("arn:aws:states:us-east-1:111122223333:express:small:run:1", status, None, result, MOMENT, MOMENT), {}, []
    )


def test_every_sample_is_expected_to_come_out_somehow_once():
    files = [str(path.relative_to(SAMPLES)) for path in SAMPLES.glob("*/*.pdf")]
    assert sorted(sample.document for sample in expectations()) == sorted(files)


def test_what_the_demo_promises_is_among_what_is_expected():
    outcomes = {(sample.status, sample.result["outcome"]) for sample in expectations()}
    assert outcomes >= {
        ("SUCCEEDED", "PENDING"), ("SUCCEEDED", "MATCHED"), ("SUCCEEDED", "EXCEPTION_RAISED"), ("FAILED", "FAILED"),
    }  # fmt: skip


def test_a_run_that_came_out_otherwise_is_told_field_by_field():
    assert not list(SAMPLE.differences(ended("SUCCEEDED", outcome="MATCHED", reason_codes=[], trade_id="T-1")))
    assert list(SAMPLE.differences(ended("FAILED", outcome="FAILED", reason_codes=[]))) == [
        "BANK/a.pdf: status is 'FAILED', expected 'SUCCEEDED'.",
        "BANK/a.pdf: outcome is 'FAILED', expected 'MATCHED'.",
    ]
    assert list(SAMPLE.differences(ended("SUCCEEDED", outcome="MATCHED"))) == [
        "BANK/a.pdf: reason_codes is None, expected []."
    ]
