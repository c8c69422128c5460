"""Query languages: each is an object that evaluates the fields of a state."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from harness.embedded.stepfunctions import errors, jsonata
from harness.embedded.stepfunctions.errors import StateError

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
        """Return the outcome of a state whose catcher of this index took the error. Raises StateError."""


class Jsonata:
    """JSONata: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html."""

    def evaluate(self, visit: "Visit", name: str, default: Any) -> Any:
        """Evaluate a field."""
        return self._evaluated(visit, name, visit.state[name], {}) if name in visit.state else default

    def choose(self, visit: "Visit") -> "Outcome":
        """Take the first choice whose condition is true."""
        for index, rule in enumerate(visit.state["Choices"]):
            location = f"Choices[{index}]/Condition"
            chosen = self._evaluated(visit, location, rule["Condition"], {})
            if not isinstance(chosen, bool):
                raise visit.query_error(location, f"The condition '{rule['Condition']}' is not a boolean.")
            if chosen:
                return self._finish(visit, rule, visit.input)
        if "Default" not in visit.state:
            reason = f"No choice of the state '{visit.name}' matched and it has no Default."
            raise StateError(errors.NO_CHOICE, reason)
        output, assigned, _ = self._finish(visit, visit.state, visit.input)
        return output, assigned, visit.state["Default"]

    def finish(self, visit: "Visit", result: Any) -> "Outcome":
        """Evaluate the state's `Output` and `Assign`."""
        seen = {"result": result} if visit.state["Type"] in {"Task", "Parallel", "Map"} else {}
        return self._finish(visit, visit.state, result, **seen)

    def catch(self, visit: "Visit", index: int, error: StateError) -> "Outcome":
        """Evaluate a catcher's `Output` and `Assign`."""
        catcher = visit.state["Catch"][index]
        return self._finish(visit, catcher, error.output, f"Catch[{index}]/", errorOutput=error.output)

    def _finish(self, visit: "Visit", holder: Mapping[str, Any], output: Any, path: str = "", **seen: Any) -> "Outcome":
        """Evaluate `Output` and `Assign`, both with the old variables."""
        if "Output" in holder:
            output = self._evaluated(visit, f"{path}Output", holder["Output"], seen)
        assigned = self._evaluated(visit, f"{path}Assign", holder.get("Assign", {}), seen)
        visit.limited(assigned)
        return visit.limited(output), assigned, holder.get("Next")

    def _evaluated(self, visit: "Visit", location: str, template: Any, seen: Mapping[str, Any]) -> Any:
        states = {"input": visit.input, "context": visit.context(), **seen}
        try:
            return jsonata.evaluate(template, {**visit.branch.variables, "states": states}, location)
        except jsonata.EvaluationError as error:
            raise visit.query_error(error.field, str(error)) from error


_JSONATA: QueryLanguage = Jsonata()


def language_of(state: Mapping[str, Any]) -> QueryLanguage:  # noqa: ARG001 - there is one as yet
    """Return the language of a state."""
    return _JSONATA
