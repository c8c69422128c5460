"""The interpreter's errors: what Retry and Catch do, and what a failure does to branches and iterations."""

import threading

import pytest

from harness.embedded.stepfunctions.errors import StateError, matches
from harness.embedded.stepfunctions.retry import Retriers
from harness.embedded.waits import WAITS
from tests.unit.playing import CONTEXT, END, TASK, caught, failing, fast, hang, machine, parallel, play  # noqa: F401 - `fast` is a fixture


@pytest.mark.parametrize(
    ("error", "patterns", "matched"),
    [
        ("Own", ["Own"], True),
        ("Own", ["Other"], False),
        ("Own", ["States.ALL"], True),
        ("Own", ["States.TaskFailed"], True),
        ("States.Timeout", ["States.TaskFailed"], False),
        ("States.Timeout", ["States.ALL"], True),
        ("States.QueryEvaluationError", ["States.TaskFailed"], True),
        ("States.DataLimitExceeded", ["States.ALL"], True),
        ("States.DataLimitExceeded", ["States.TaskFailed"], False),
        ("States.DataLimitExceeded", ["Other", "States.DataLimitExceeded"], True),
        ("States.Runtime", ["States.ALL"], False),
        ("States.Runtime", ["States.TaskFailed"], False),
        ("States.Runtime", ["States.Runtime"], False),
        ("DynamoDb.Xception", ["DynamoDB.Xception"], False),
    ],
)
def test_error_equals(error, patterns, matched):
    assert matches(error, patterns) is matched


@pytest.mark.parametrize(
    "state",
    [
        TASK | {"Output": "{% $nothing %}", "Catch": caught("States.QueryEvaluationError")},
        TASK | {"Assign": {"x": "{% $nothing %}"}, "Catch": caught("States.QueryEvaluationError")},
        TASK | {"Arguments": "{% $nothing %}", "Catch": caught("States.QueryEvaluationError")},
        TASK | {"TimeoutSeconds": "{% 'x' %}", "Catch": caught("States.QueryEvaluationError")},
        parallel(machine(P={"Type": "Pass", "Output": "{% $nothing %}"}), Catch=caught("States.QueryEvaluationError")),
        parallel(machine(P={"Type": "Pass"}), Output="{% $nothing %}", Catch=caught("States.QueryEvaluationError")),
        {
            "Type": "Map",
            "Items": "{% $nothing %}",
            "ItemProcessor": {"StartAt": "I", "States": machine(I={"Type": "Pass"})},
            "Catch": caught("States.ALL"),
        },
    ],
)
def test_query_errors_are_caught_by_their_own_state(state):
    outcome = play({"A": state | END, "Caught": {"Type": "Pass", "End": True}}, {})
    assert outcome.status == "SUCCEEDED"
    assert outcome.output["Error"] == "States.QueryEvaluationError"
    assert "EvaluationFailed" in outcome.types


def test_catch_hands_on_the_error_and_assigns():
    states = {
        "A": TASK | END | {"Catch": [{"ErrorEquals": ["Other"], "Next": "No"}, *caught("E")]},
        "Caught": {"Type": "Pass", "Output": ["{% $states.input %}", "{% $e %}"], "End": True},
        "No": {"Type": "Fail"},
    }
    assert play(states, {}, failing("E")).output == [{"Error": "E", "Cause": "because"}, 1]


def test_each_retrier_counts_its_own_attempts():
    retry = [
        {"ErrorEquals": ["A"], "MaxAttempts": 2, "IntervalSeconds": 1, "BackoffRate": 2},
        {"ErrorEquals": ["B"], "MaxAttempts": 1, "IntervalSeconds": 5},
    ]
    outcome = play(machine(S=TASK | {"Retry": retry}), {}, failing("A", "B", "A"))
    assert outcome.output == "done"
    assert [(w["attempt"], w["error"], w["seconds"]) for w in WAITS] == [(1, "A", 1), (2, "B", 5), (3, "A", 2)]
    assert {(w["state"], w["kind"], w["execution_arn"]) for w in WAITS} == {("S", "retry", CONTEXT["Execution"]["Id"])}
    assert play(machine(S=TASK | {"Retry": retry}), {}, failing("A", "B", "B")).error == "B"


@pytest.mark.parametrize(
    ("rule", "delays"),
    [
        ({}, [1, 2, 4, None]),
        ({"MaxAttempts": 0}, [None]),
        ({"IntervalSeconds": 3, "BackoffRate": 1.5, "MaxAttempts": 2}, [3, 4.5, None]),
        ({"IntervalSeconds": 10, "MaxDelaySeconds": 25, "MaxAttempts": 4}, [10, 20, 25, 25, None]),
    ],
)
def test_retry_delays(rule, delays):
    retriers = Retriers([{"ErrorEquals": ["E"], **rule}])
    assert [retriers.delay("E") for _ in delays] == delays


def test_full_jitter_draws_between_nothing_and_the_delay():
    rule = {"ErrorEquals": ["E"], "IntervalSeconds": 8, "MaxAttempts": 1, "JitterStrategy": "FULL"}
    drawn = [Retriers([rule]).delay("E") for _ in range(200)]
    assert all(0 <= delay <= 8 for delay in drawn)
    assert min(drawn) < 2
    assert max(drawn) > 6


def test_first_matching_retrier_decides():
    retriers = Retriers([{"ErrorEquals": ["E"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"]}])
    assert retriers.delay("E") is None
    assert retriers.delay("Other") == 1


def test_retry_of_a_parallel_begins_anew_and_counts_the_attempts():
    counted = []

    def call(arguments):
        counted.append(arguments)
        if len(counted) < 3:
            raise StateError("E", "because")
        return len(counted)

    branch = machine(P={"Type": "Pass", "Assign": {"x": "{% $exists($x) %}"}}, Q=TASK | {"Arguments": "{% $x %}"})
    state = parallel(
        branch, Retry=[{"ErrorEquals": ["E"]}], Output="{% [$states.result[0], $states.context.State.RetryCount] %}"
    )
    outcome = play(machine(A=state), {}, call)
    assert outcome.output == [3, 2]
    assert counted == [False, False, False]
    assert outcome.types.count("ParallelStateStarted") == 3
    assert outcome.types.count("ParallelStateEntered") == 1


def test_failed_branch_stops_its_siblings():
    begun = threading.Event()

    def call(arguments):
        if arguments["fails"]:
            begun.wait()
            raise StateError("E", "")
        begun.set()
        hang(arguments)

    branches = (machine(P=TASK | {"Arguments": {"fails": fails}}) for fails in (False, True))
    outcome = play(machine(A=parallel(*branches)), {}, call)
    assert (outcome.status, outcome.error) == ("FAILED", "E")
    assert "TaskStateExited" not in outcome.types


def test_map_keeps_its_concurrency():
    most, now, lock, three = [0], [0], threading.Lock(), threading.Barrier(3)

    def call(arguments):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        three.wait(600)
        with lock:
            now[0] -= 1
        return arguments

    state = {"Type": "Map", "MaxConcurrency": 3, "ItemProcessor": {"StartAt": "I", "States": machine(I=TASK)}}
    play(machine(A=state), list(range(9)), call)
    assert most == [3]


def test_failed_iteration_fails_the_map():
    states = machine(
        I={"Type": "Choice", "Choices": [{"Condition": "{% $states.input = 2 %}", "Next": "F"}], "Default": "P"},
        F={"Type": "Fail", "Error": "E"},
        P={"Type": "Pass", "End": True},
    )
    outcome = play(machine(A={"Type": "Map", "ItemProcessor": {"StartAt": "I", "States": states}}), [1, 2, 3])
    assert outcome.error == "E"
    assert outcome.types.count("MapIterationFailed") == 1
    assert outcome.types[-1] == "MapStateFailed"
