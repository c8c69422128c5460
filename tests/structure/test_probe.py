"""The probe asks for all that the state machines are written in."""

from harness.asl.expressions import analyse
from harness.asl.jsonata import expressions
from harness.asl.machine import Machine
from harness.probe.values import VALUES
from harness.render import definitions


def called(texts):
    return {name for text in texts for name in analyse(text).calls}


def test_every_function_that_the_state_machines_call_is_asked_for():
    machines = [Machine(definition, "EXPRESS") for definition in definitions().values()]
    used = called(
        expression.text for machine in machines for state in machine.states for expression in expressions(state)
    )
    assert used - called(f"{{%{expression}%}}" for expression in VALUES) == set()
    assert "parse" in used
