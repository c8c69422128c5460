"""The interpreter's states: what AWS documents of variables, errors, retries, limits and time."""

import threading
from dataclasses import dataclass, field
from typing import Any

import pytest

from harness.embedded.clock import CLOCK
from harness.embedded.stepfunctions.errors import Ended, StateError, matches
from harness.embedded.stepfunctions.fibers import Fiber
from harness.embedded.stepfunctions.journal import Journal
from harness.embedded.stepfunctions.machine import run
from harness.embedded.stepfunctions.retry import Retriers
from harness.embedded.stepfunctions.scope import Scope
from harness.embedded.stepfunctions.visit import Branch, Call, Run
from harness.embedded.waits import WAITS

CONTEXT = {
    "Execution": {"Id": "arn:aws:states:us-east-1:123456789012:express:m:e:1", "Name": "e", "Input": {"a": 1}},
    "StateMachine": {"Id": "arn:aws:states:us-east-1:123456789012:stateMachine:m", "Name": "m"},
}
LIMIT = 262_144
END = {"End": True}
TASK = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ssm:getParameters", "Arguments": {}}


@dataclass
class Outcome:
    output: Any = None
    error: str | None = None
    cause: str | None = None
    status: str = "SUCCEEDED"
    journal: Journal = field(default_factory=Journal)

    @property
    def types(self):
        return [event.type for event in self.journal.events]


@pytest.fixture(autouse=True)
def fast():
    WAITS.clear()
    CLOCK.run(1000)
    yield
    CLOCK.run(1)


def play(states, value=None, call=lambda arguments: arguments, start=None, seconds=100_000):
    """Run the states from the first one on; `call` answers the Tasks."""
    outcome = Outcome()
    scope = Scope(deadline=CLOCK.now() + seconds)
    branch = Branch(Run(CONTEXT, lambda _, arguments: Call(lambda: call(arguments)), outcome.journal), scope)

    async def whole():
        try:
            outcome.output = await run({"StartAt": start or next(iter(states)), "States": states}, value, branch)
        except StateError as error:
            outcome.status, outcome.error, outcome.cause = "FAILED", error.name, error.cause
        except Ended as end:
            outcome.status, outcome.error = end.status, end.error

    assert Fiber(whole()).over.wait(60)
    return outcome


def machine(**states):
    """Name the states; each goes on to the next one unless it says where, the last one ends."""
    names = list(states)
    for name, following in zip(names, [*names[1:], None], strict=True):
        if states[name]["Type"] not in {"Choice", "Fail", "Succeed"} and not states[name].keys() & {"Next", "End"}:
            states[name] = {**states[name], **({"Next": following} if following else END)}
    return states


def parallel(*branches, **more):
    return {
        "Type": "Parallel",
        "Branches": [{"StartAt": next(iter(states)), "States": states} for states in branches],
        **more,
    }


def hang(_):
    threading.Event().wait()


def failing(*names, result="done"):
    """Answer the first calls with these errors."""
    left = list(names)

    def call(_):
        if left:
            raise StateError(left.pop(0), "because")
        return result

    return call


CASES = {
    "Pass hands on its input": (machine(A={"Type": "Pass"}), {"x": 1}, {"x": 1}),
    "Pass evaluates its Output": (
        machine(A={"Type": "Pass", "Output": {"y": "{% $states.input.x + 1 %}"}}),
        {"x": 1},
        {"y": 2},
    ),
    "data that looks like an expression is not evaluated": (
        machine(A=TASK | {"Arguments": "{% $states.input %}"}, B={"Type": "Pass"}),
        "{% $uuid() %}",
        "{% $uuid() %}",
    ),
    "the input that stands in for Arguments is not evaluated": (
        machine(A={"Type": "Task", "Resource": TASK["Resource"]}),
        ["{% $uuid() %}"],
        ["{% $uuid() %}"],
    ),
    "the items of a Map are not evaluated": (
        machine(A={"Type": "Map", "ItemProcessor": {"StartAt": "I", "States": machine(I={"Type": "Pass"})}}),
        ["{% $uuid() %}"],
        ["{% $uuid() %}"],
    ),
    "Output and Assign see the old variables": (
        machine(
            A={"Type": "Pass", "Assign": {"x": 1}},
            B={"Type": "Pass", "Assign": {"x": "{% $x + 1 %}", "y": "{% $x %}"}, "Output": "{% $x %}"},
            C={"Type": "Pass", "Output": ["{% $states.input %}", "{% $x %}", "{% $y %}"]},
        ),
        None,
        [1, 2, 1],
    ),
    "a variable may be null": (
        machine(A={"Type": "Pass", "Assign": {"x": None}}, B={"Type": "Pass", "Output": "{% $x %}"}),
        1,
        None,
    ),
    "Succeed ends with its Output": (machine(A={"Type": "Succeed", "Output": "{% $states.input & '!' %}"}), "x", "x!"),
    "the first true choice is taken, with its own Output and Assign": (
        machine(
            A={
                "Type": "Choice",
                "Choices": [
                    {"Condition": "{% $states.input > 5 %}", "Next": "C"},
                    {"Condition": "{% $states.input > 1 %}", "Next": "B", "Output": "rule", "Assign": {"v": 1}},
                ],
                "Default": "C",
                "Output": "default",
            },
            B={"Type": "Pass", "Output": ["{% $states.input %}", "{% $v %}"], "End": True},
            C={"Type": "Fail"},
        ),
        3,
        ["rule", 1],
    ),
    "the default choice has the state's Output and Assign": (
        machine(
            A={
                "Type": "Choice",
                "Choices": [{"Condition": False, "Next": "C"}],
                "Default": "B",
                "Output": "default",
                "Assign": {"v": 2},
            },
            B={"Type": "Pass", "Output": ["{% $states.input %}", "{% $v %}"], "End": True},
            C={"Type": "Fail"},
        ),
        3,
        ["default", 2],
    ),
    "a Task's Output and Assign see the result": (
        machine(
            A=TASK
            | {"Arguments": {"n": 1}, "Output": "{% $states.result.n %}", "Assign": {"r": "{% $states.result %}"}},
            B={"Type": "Pass", "Output": ["{% $states.input %}", "{% $r %}"]},
        ),
        None,
        [1, {"n": 1}],
    ),
    "branches read their parent's variables and keep their own": (
        machine(
            A={"Type": "Pass", "Assign": {"x": 1}},
            B=parallel(
                machine(P={"Type": "Pass", "Assign": {"x": 5, "z": 7}}, P2={"Type": "Pass", "Output": "{% $x + $z %}"}),
                machine(Q={"Type": "Wait", "Seconds": 1}, Q2={"Type": "Pass", "Output": "{% [$x, $exists($z)] %}"}),
            ),
            C={"Type": "Pass", "Output": "{% [$states.input, $x, $exists($z)] %}"},
        ),
        None,
        [12, [1, False], 1, False],
    ),
    "a Parallel's Arguments are its branches' input": (
        machine(A=parallel(machine(P={"Type": "Pass"}), Arguments={"x": "{% $states.input %}"})),
        1,
        [{"x": 1}],
    ),
    "a Map runs its processor on every item in order": (
        machine(
            A={
                "Type": "Map",
                "Items": "{% $states.input.list %}",
                "ItemSelector": {
                    "i": "{% $states.context.Map.Item.Index %}",
                    "v": "{% $states.context.Map.Item.Value %}",
                    "all": "{% $count($states.input.list) %}",
                },
                "MaxConcurrency": 2,
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "INLINE"},
                    "StartAt": "I",
                    "States": machine(
                        I={"Type": "Pass", "Assign": {"own": "{% $states.input.v %}"}},
                        J={"Type": "Pass", "Output": "{% [$own, $states.input.i, $states.context.Map.Item.Value] %}"},
                    ),
                },
                "Output": "{% $states.result %}",
            }
        ),
        {"list": ["a", "b", "c"]},
        [["a", 0, "a"], ["b", 1, "b"], ["c", 2, "c"]],
    ),
    "a Map without items gives none": (
        machine(A={"Type": "Map", "ItemProcessor": {"StartAt": "I", "States": machine(I={"Type": "Pass"})}}),
        [],
        [],
    ),
    "the context holds the execution, the machine and the state": (
        machine(
            A={
                "Type": "Pass",
                "Output": "{% $states.context.[Execution.Name, StateMachine.Name, State.Name] %}",
            }
        ),
        None,
        ["e", "m", "A"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_output(case):
    states, value, expected = CASES[case]
    outcome = play(states, value)
    assert (outcome.status, outcome.output, outcome.error) == ("SUCCEEDED", expected, None), outcome.cause


FAILURES = {
    "Fail": (machine(A={"Type": "Fail", "Error": "E", "Cause": "why"}), "E", "why"),
    "Fail evaluates": (
        machine(A={"Type": "Fail", "Error": "{% 'E' & '1' %}", "Cause": "{% $string({'a': 1}) %}"}),
        "E1",
        '{"a":1}',
    ),
    "Fail's Cause is text": (
        machine(A={"Type": "Fail", "Cause": "{% {} %}"}),
        "States.QueryEvaluationError",
        "'Cause'",
    ),
    "Fail's Cause is cut": (machine(A={"Type": "Fail", "Cause": "x" * 40_000}), "", "x" * 32_768),
    "no choice": (
        machine(A={"Type": "Choice", "Choices": [{"Condition": False, "Next": "A"}]}),
        "States.Runtime",
        "'A' (entered at the event id #1). Failed to transition out of the state.",
    ),
    "a condition is a boolean": (
        machine(A={"Type": "Choice", "Choices": [{"Condition": "{% 1 %}", "Next": "A"}], "Default": "A"}),
        "States.QueryEvaluationError",
        "not a boolean",
    ),
    "undefined": (machine(A={"Type": "Pass", "Output": "{% $nothing %}"}), "States.QueryEvaluationError", "undefined"),
    "undefined in an Assign": (
        machine(A={"Type": "Pass", "Assign": {"x": "{% $nothing %}"}}),
        "States.QueryEvaluationError",
        "An error occurred while executing the state 'A' (entered at the event id #1). "
        "The JSONata expression '$nothing' specified for the field 'Assign/x'",
    ),
    "a branch's error keeps its name": (
        machine(A=parallel(machine(P={"Type": "Fail", "Error": "Mine", "Cause": "why"}))),
        "Mine",
        "why",
    ),
    "the items of a Map are an array": (
        machine(A={"Type": "Map", "ItemProcessor": {"StartAt": "I", "States": machine(I={"Type": "Pass"})}}),
        "States.QueryEvaluationError",
        "array",
    ),
    "a timeout is a whole number": (
        machine(A=TASK | {"TimeoutSeconds": "{% 0.5 %}"}),
        "States.QueryEvaluationError",
        "TimeoutSeconds",
    ),
    "a timeout of 0 is refused": (machine(A=TASK | {"TimeoutSeconds": 0}), "States.QueryEvaluationError", "from 1"),
    "a broken Output of a Task": (
        machine(A=TASK | {"Output": "{% $states.result.x %}"}),
        "States.QueryEvaluationError",
        "'Output'",
    ),
    "an error in a Catch leaves the state": (
        machine(
            A=TASK
            | {"Output": "{% $x %}", "Catch": [{"ErrorEquals": ["States.ALL"], "Output": "{% $y %}", "Next": "A"}]}
        ),
        "States.QueryEvaluationError",
        "'Catch[0]/Output'",
    ),
}


@pytest.mark.parametrize("case", FAILURES)
def test_failure(case):
    states, error, cause = FAILURES[case]
    outcome = play(states, {})
    assert (outcome.status, outcome.error) == ("FAILED", error)
    assert cause in outcome.cause


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


def caught(*names):
    return [{"ErrorEquals": list(names), "Output": "{% $states.errorOutput %}", "Assign": {"e": 1}, "Next": "Caught"}]


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

    def call(_):
        begun.set()
        hang(_)

    branches = (machine(P=TASK), machine(Q={"Type": "Wait", "Seconds": 1}, R={"Type": "Fail", "Error": "E"}))
    outcome = play(machine(A=parallel(*branches)), {}, call)
    assert begun.is_set()
    assert (outcome.status, outcome.error) == ("FAILED", "E")
    assert "TaskStateExited" not in outcome.types


def test_map_keeps_its_concurrency():
    most, now, lock = [0], [0], threading.Lock()

    def call(arguments):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        CLOCK.sleep(20)
        with lock:
            now[0] -= 1
        return arguments

    state = {"Type": "Map", "MaxConcurrency": 3, "ItemProcessor": {"StartAt": "I", "States": machine(I=TASK)}}
    play(machine(A=state), list(range(10)), call)
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

    def late(work):
        def run():
            threading.Event().wait(0.05)  # 50 virtual seconds for a thread to begin
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
    moment = "{% $fromMillis($millis() + 60000) %}"
    play(machine(A={"Type": "Wait", "Timestamp": moment}))
    assert 30 < WAITS[0]["seconds"] <= 60  # each real millisecond is virtual seconds here


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
