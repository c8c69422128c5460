"""The interpreter's limits of size and time, and the order of its events."""

import pytest

from harness.embedded.clock import CLOCK
from harness.embedded.waits import WAITS
from tests.unit.playing import END, LIMIT, TASK, caught, fast, hang, machine, parallel, play  # noqa: F401 - `fast` is a fixture

TEXT = "x" * (LIMIT - 2)  # with its quotes exactly as large as allowed
UMLAUTS = "ä" * (LIMIT // 2)  # two bytes each


@pytest.mark.parametrize(
    ("state", "value", "allowed"),
    [
        ({"Type": "Pass"}, TEXT, True),
        ({"Type": "Pass", "Output": "{% $states.input & 'x' %}"}, TEXT, False),
        ({"Type": "Pass", "Output": "{% $states.input %}"}, UMLAUTS[1:], True),
        ({"Type": "Pass", "Output": "{% $states.input & 'ä' %}"}, UMLAUTS[1:], False),
        ({"Type": "Pass", "Assign": {"v": "{% $states.input %}"}}, TEXT, False),  # the key and braces count
        ({"Type": "Task", "Resource": TASK["Resource"], "Arguments": ["{% $states.input %}"]}, TEXT, False),
        (parallel(machine(P={"Type": "Pass"})), TEXT, False),  # its result is an array
    ],
)
def test_data_limit(state, value, allowed):
    outcome = play(machine(A=state), value)
    assert outcome.error == (None if allowed else "States.DataLimitExceeded")


@pytest.mark.parametrize(
    ("named", "status"),
    [("States.DataLimitExceeded", "SUCCEEDED"), ("States.ALL", "SUCCEEDED"), ("States.TaskFailed", "FAILED")],
)
def test_oversized_result_is_caught_by_all_but_task_failed(named, status):
    states = {"A": TASK | END | {"Catch": caught(named)}, "Caught": {"Type": "Pass", "End": True}}
    outcome = play(states, {}, lambda _: TEXT + "x")
    assert outcome.status == status
    assert "TaskFailed" in outcome.types


def test_task_that_times_out_is_left_behind():
    state = TASK | {"TimeoutSeconds": "{% $states.input %}", "Catch": caught("States.Timeout")}
    states = {"A": state | END, "Caught": {"Type": "Pass", "End": True}}
    outcome = play(states, 2, hang)
    assert outcome.output["Error"] == "States.Timeout"
    assert "TaskTimedOut" in outcome.types


def test_time_of_a_task_begins_with_its_call(monkeypatch):
    start = CLOCK.start
    CLOCK.run(1)

    def late(work):
        def run():
            CLOCK.skip(50)  # until the thread begins
            work()

        return start(run)

    monkeypatch.setattr(CLOCK, "start", late)
    assert play(machine(A=TASK | {"TimeoutSeconds": 20}), {}).status == "SUCCEEDED"


def test_timeout_is_evaluated_at_each_attempt():
    state = TASK | {
        "TimeoutSeconds": "{% 2 + $states.context.State.RetryCount %}",
        "Retry": [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 2}],
    }
    outcome = play(machine(A=state), {}, hang)
    timeouts = [event.details["timeoutInSeconds"] for event in outcome.journal.events if event.type == "TaskScheduled"]
    assert timeouts == [2, 3, 4]


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Wait", "Seconds": 600},
        TASK | {"Catch": caught("States.ALL")},
        parallel(machine(P=TASK), machine(Q={"Type": "Wait", "Seconds": 600}), Catch=caught("States.ALL")),
    ],
)
def test_end_of_the_run_is_not_caught(state):
    states = {"A": state | END, "Caught": {"Type": "Pass", "End": True}}
    outcome = play(states, {}, hang, seconds=300)
    assert (outcome.status, outcome.error) == ("TIMED_OUT", "States.Timeout")


def test_endless_loop_meets_the_end_of_the_run():
    outcome = play({"A": {"Type": "Pass", "Next": "A"}}, {}, seconds=100)
    assert outcome.status == "TIMED_OUT"


@pytest.mark.parametrize(
    ("state", "seconds"),
    [
        ({"Type": "Wait", "Seconds": 7}, 7),
        ({"Type": "Wait", "Seconds": "{% $states.input + 1 %}"}, 4),
        ({"Type": "Wait", "Timestamp": "2020-01-01T00:00:00Z"}, 0),
    ],
)
def test_wait(state, seconds):
    before = CLOCK.now()
    assert play(machine(A=state), 3).status == "SUCCEEDED"
    assert CLOCK.now() - before >= seconds
    assert [(w["kind"], w["seconds"], w.get("error")) for w in WAITS] == [("wait", seconds, None)]


def test_wait_until_a_moment():
    moment = "{% $fromMillis($millis() + 600000) %}"
    play(machine(A={"Type": "Wait", "Timestamp": moment}))
    assert 0 < WAITS[0]["seconds"] <= 600  # each real millisecond is a virtual second here


def test_journal_chains_every_event_to_the_one_before_it_in_its_branch():
    branches = (machine(P=TASK), machine(Q={"Type": "Pass"}))
    outcome = play(machine(A=parallel(*branches), B={"Type": "Succeed"}), {})
    events = {event.id: event for event in outcome.journal.events}
    assert list(events) == list(range(1, len(events) + 1))

    def path(event):
        return [*(path(events[event.previous]) if event.previous else []), event.type]

    task = next(event for event in events.values() if event.type == "TaskStateExited")
    assert path(task) == [
        "ParallelStateEntered",
        "ParallelStateStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
    ]
    succeeded = next(event for event in events.values() if event.type == "ParallelStateSucceeded")
    last = events[succeeded.id - 1]  # of the branch that took longest
    assert succeeded.previous == last.id
    assert path(events[len(events)]) == [
        *path(last),
        "ParallelStateExited",
        "SucceedStateEntered",
        "SucceedStateExited",
    ]
