"""How often a child of the backfill looks at a document that waits."""

from datetime import UTC, datetime, timedelta

from harness.embedded.clock import CLOCK
from harness.embedded.stepfunctions.jsonata import evaluate
from harness.paths import ROOT

EXPRESSION = (ROOT / "statemachine" / "expressions" / "backfill" / "run.jsonata").read_text()
WEEK = 168 * 60 * 60  # the most that deferral.max_hours may be
EVENTS = 16  # of a look: a wait, a Standard run's start and end, and the choice after it
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
LIMIT = 25_000


def wait_seconds(age):
    """Return how long a child of this age, in seconds, waits for a deferred document that is due by now."""
    began = datetime.fromtimestamp(CLOCK.now(), UTC) - timedelta(seconds=age)
    response = {"Status": "SUCCEEDED", "Output": {"outcome": "DEFERRED", "deferral": {"due_at": began.isoformat()}}}
    context = {"Execution": {"StartTime": began.isoformat()}}
    states = {"input": {"Items": [{"key": "BANK/1.pdf"}]}, "context": context}
    found = evaluate("{%" + EXPRESSION + "%}", {"response": response}, "Output", states)
    assert found["waits"]
    return found["wait_seconds"]


def test_a_document_that_waits_for_a_week_takes_less_than_the_events_of_an_execution():
    age = looks = 0
    while age < WEEK:
        age += wait_seconds(age)
        looks += 1
    assert looks * EVENTS < LIMIT / 2


def test_a_document_that_waits_for_minutes_is_looked_at_each_half_minute():
    assert wait_seconds(0) == wait_seconds(1200) == 30
