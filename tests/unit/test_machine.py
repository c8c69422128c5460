"""The interpreter's states: outputs, variables and failures, as AWS documents them."""

import pytest

from tests.unit.playing import TASK, fast, machine, parallel, play  # noqa: F401 - `fast` is a fixture

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
        "Expected 'boolean'",
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
