"""Query languages: each is an object that evaluates the fields of a state."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from harness.embedded.stepfunctions import jsonata
from harness.embedded.stepfunctions.errors import StateError
from harness.embedded.stepfunctions.journal import dumps
from harness.embedded.stepfunctions.jsonpath import JsonPath

if TYPE_CHECKING:
    from harness.embedded.stepfunctions.visit import Outcome, Visit


class QueryLanguage(Protocol):
    """What a state machine asks of the language of one of its states."""

    def evaluate(self, visit: "Visit", name: str, default: Any) -> Any:
        """Return the value of a field, by its name in JSONata; `default`, as it is, where the state has none.

        Raises StateError.
        """

    def choose(self, visit: "Visit") -> "Outcome":
        """Return the outcome of a Choice. Raises StateError where no choice matches and there is no default."""

    def finish(self, visit: "Visit", result: Any) -> "Outcome":
        """Return the outcome of a state that did its work. Raises StateError."""

    def catch(self, visit: "Visit", index: int, error: StateError) -> "Outcome":
        """Return the outcome of a state whose catcher of this index caught the error. Raises StateError."""

    def invalid(self, visit: "Visit", name: str, value: Any, reason: str) -> StateError:
        """Make the error of a field, by its name in JSONata, whose value cannot be used."""


_EXPECTED = {"Cause": "string", "Error": "string", "Items": "array", "Timestamp": "string"}  # others: a number
_TYPES = {bool: "boolean", dict: "object", float: "number", int: "number", list: "array", str: "string"}


def _type_of(value: Any) -> str:
    return _TYPES.get(type(value), "null")


def _unexpected(field: str, expression: str, expected: str, value: Any) -> str:
    """Say as AWS does that an expression results in another type than its field needs."""
    return (
        f"The JSONata expression '{expression[2:-2].strip()}' specified for the field '{field}' returned an unexpected "
        f"result type. Expected '{expected}', but was '{_type_of(value)}' for value: {dumps(value)}"
    )


class Jsonata:
    """JSONata: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html."""

    def evaluate(self, visit: "Visit", name: str, default: Any) -> Any:
        """Evaluate a field."""
        if name not in visit.state:
            return default
        value = self._evaluated(visit, name, visit.state[name], {})
        return visit.note("afterArguments", value) if name == "Arguments" else value

    def choose(self, visit: "Visit") -> "Outcome":
        """Take the first choice whose condition is true."""
        for index, rule in enumerate(visit.state["Choices"]):
            location = f"Choices[{index}]/Condition"
            chosen = self._evaluated(visit, location, rule["Condition"], {})
            if not isinstance(chosen, bool):
                raise visit.query_error(location, _unexpected(location, rule["Condition"], "boolean", chosen))
            if chosen:
                return self._finish(visit, rule, visit.input)
        if "Default" not in visit.state:
            raise visit.no_choice()
        output, assigned, _ = self._finish(visit, visit.state, visit.input)
        return output, assigned, visit.state["Default"]

    def finish(self, visit: "Visit", result: Any) -> "Outcome":
        """Evaluate the state's `Output` and `Assign`."""
        if visit.state["Type"] == "Task":
            visit.note("result", result)
        seen = {"result": result} if visit.state["Type"] in {"Task", "Parallel", "Map"} else {}
        return self._finish(visit, visit.state, result, **seen)

    def catch(self, visit: "Visit", index: int, error: StateError) -> "Outcome":
        """Evaluate a catcher's `Output` and `Assign`."""
        catcher = visit.state["Catch"][index]
        return self._finish(visit, catcher, error.output, f"Catch[{index}]/", errorOutput=error.output)

    def invalid(self, visit: "Visit", name: str, value: Any, reason: str) -> StateError:
        """Make the error of a field whose value cannot be used."""
        expression, expected = visit.state.get(name), _EXPECTED.get(name, "number")
        if jsonata.is_expression(expression) and _type_of(value) != expected:
            reason = _unexpected(name, expression, expected, value)
        return visit.query_error(name, reason)

    def _finish(self, visit: "Visit", holder: Mapping[str, Any], output: Any, path: str = "", **seen: Any) -> "Outcome":
        """Evaluate `Output` and `Assign`, both with the old variables."""
        if "Output" in holder:
            output = self._evaluated(visit, f"{path}Output", holder["Output"], seen)
        assigned = self._evaluated(visit, f"{path}Assign", holder.get("Assign", {}), seen)
        visit.limited(assigned)
        return visit.limited(output), assigned, holder.get("Next")

    def _evaluated(self, visit: "Visit", location: str, template: Any, seen: Mapping[str, Any]) -> Any:
        if template == {}:  # as it often is: there is nothing to evaluate
            return {}
        states = {"input": visit.input, "context": visit.context(), **seen}
        try:
            return jsonata.evaluate(template, visit.branch.variables, location, states)
        except jsonata.EvaluationError as error:
            raise visit.query_error(error.field, str(error)) from error


_LANGUAGES: Mapping[str, QueryLanguage] = {"JSONata": Jsonata(), "JSONPath": JsonPath()}


def language_of(state: Mapping[str, Any], default: str) -> QueryLanguage:
    """Return the language of a state: its own, or its state machine's."""
    return _LANGUAGES[state.get("QueryLanguage", default)]
