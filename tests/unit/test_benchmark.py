"""What the benchmarks simulate: the loop that the workflow replaces, and bursts against the quota."""

import dataclasses
from collections import Counter

import pytest

from harness.benchmark import cost, herd, ingestion
from harness.benchmark.loop import Loop
from harness.benchmark.outages import OUTAGES, loop
from harness.benchmark.overhead import Path
from harness.benchmark.simulation import LOOP, PLAIN, Policy, simulate
from harness.docs import benchmarks
from harness.errors import HarnessError
from harness.stack import Stack

PACED = Policy("paced", defers=True, start_interval=0.12, places=1500)
PATIENT = Policy("patient", retries=4, interval=15, rate=2, cap=40, defers=True)
GIVING_WAY = dataclasses.replace(PATIENT, name="giving way", crowd_seconds=2)


@pytest.mark.parametrize(
    ("fault", "outcome", "calls", "seconds"),
    [
        (None, "MATCHED", 1, 159),
        ("error", "UNKNOWN", 3, 99 + 1 + 2),
        ("slow", "UNKNOWN", 3, 99 + 300 + 1 + 2),
        ("throttled", "UNKNOWN", 1, 99),
    ],
)
def test_the_loop_does_what_its_description_says(fault, outcome, calls, seconds):
    played = Loop(lambda agent, _: fault if agent == "trade-matching" else None)
    assert played.process("one") == outcome
    assert (played.calls["trade-matching"], played.seconds) == (calls, seconds)


def test_the_loop_reports_what_an_earlier_agent_could_not_do():
    assert Loop(lambda agent, _: "error" if agent == "pdf-adapter" else None).process("one") == "ERROR"


@pytest.mark.parametrize("outage", OUTAGES, ids=lambda outage: outage.name)
def test_every_healthy_document_of_the_loop_is_accounted_for(outage):
    result = loop(outage)
    assert result.right + result.lost + result.exceptions == result.healthy


def test_a_burst_that_is_given_up_at_the_first_refusal_gets_what_a_second_allows():
    burst = simulate(LOOP, 300)
    assert (burst.right, burst.calls, burst.throttled) == (25, 325 + 25, 275)


def test_retries_without_jitter_get_as_many_through_as_there_are_attempts():
    assert simulate(PLAIN, 1000).right == 100


@pytest.mark.parametrize("policy", [PACED, PATIENT, GIVING_WAY], ids=lambda policy: policy.name)
def test_who_defers_loses_none(policy):
    burst = simulate(policy, 1000)
    assert burst.right == 1000
    assert burst.ratio <= 1.5


def test_who_gives_way_is_throttled_once_and_comes_back_at_a_pace():
    assert simulate(PATIENT, 1000).throttled_share > 0.4
    assert simulate(GIVING_WAY, 1000).throttled_share < 0.25


def test_the_herd_is_served_whole_however_it_waits():
    found = list(herd.measure(GIVING_WAY))
    assert {one.right for one in found} == {herd.CLIENTS}
    steady, *_, jitter, configured = (one.calls for one in found)
    assert steady > 3 * jitter > 7 * configured


def test_who_is_paced_is_not_refused_and_has_no_more_at_work_than_places():
    assert simulate(PACED, 300).throttled == 0
    one_by_one = dataclasses.replace(PACED, places=1)
    assert simulate(one_by_one, 3).seconds == 3 * 159


def test_what_is_measured_is_shown_with_what_it_is_of():
    text, plots = benchmarks.bursts([simulate(PLAIN, 300), simulate(PACED, 300)])
    assert "| 300 | a state machine with Retry only | simulation | 100 | 200 |" in text
    assert "| 300 | paced | simulation | 300 | 0 | 900 | 0% | 195 s | 1.00 |" in text
    assert ">100, in 166 s</text>" in plots["benchmark-bursts.svg"]
    shown, _ = benchmarks.outages([loop(OUTAGES[0])])
    assert "| dead | the loop | 160 | 60 | 100 | 0 | 0 | 300 |" in shown


def test_a_cost_is_what_a_run_makes_times_the_prices():
    match = Path(
        "a match", Counter(ClaimDocument=1, PutMetrics=1), states=40, events=0, log_bytes=2_000_000, seconds=100
    )
    called_back = dataclasses.replace(match, states=50)
    express, standard, back, *_ = cost.model(match, called_back)
    _, price, _ = cost.prices()
    assert express.parts["logs"] == pytest.approx(1000 * 0.002 * price["logs_gb"])
    assert standard.parts["workflow"] == pytest.approx(1000 * 40 * price["step_functions_transition"])
    assert back.parts["workflow"] == pytest.approx(1000 * 50 * price["step_functions_transition"])
    assert express.total < standard.total


def test_what_was_measured_several_times_is_shown_with_its_spread():
    burst = dataclasses.replace(simulate(PACED, 300), simulated=False)
    text, _ = benchmarks.bursts([dataclasses.replace(burst, seconds=seconds) for seconds in (201, 195, 199)])
    assert "| 300 | paced | embedded AWS | 300 | 0 | 900 | 0% | 199 s (195 to 201) | 1.02 (1.00 to 1.03) |" in text
    found = [dataclasses.replace(loop(OUTAGES[0]), workflow="this module", calls=calls) for calls in (9, 12, 10)]
    text, _ = benchmarks.outages([*map(loop, OUTAGES), *found])
    assert "| dead | this module | 160 | 60 | 100 | 0 | 0 | 10 (9 to 12) |" in text
    assert text.index("| dead | this module |") < text.index("| slow | the loop |")


def test_a_backfill_that_cannot_be_started_ends_the_benchmark():
    with pytest.raises(HarnessError, match="ended before it had"):
        ingestion._command(Stack("http://127.0.0.1:9", "us-east-1", {}))
