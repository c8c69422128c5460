"""A visit to a state: what its expressions see, and what every kind of state does with its fields."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from harness.embedded.clock import CLOCK
from harness.embedded.stepfunctions import errors, jsonata
from harness.embedded.stepfunctions.errors import StateError
from harness.embedded.stepfunctions.journal import Journal, dumps
from harness.embedded.stepfunctions.scope import Scope
from harness.embedded.waits import WAITS, Wait

# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
MAX_DATA = 262_144  # bytes of UTF-8
MAX_SECONDS = 99_999_999

Outcome = tuple[Any, Mapping[str, Any], str | None]  # output, assigned variables, next state


@dataclass(frozen=True)
class Run:
    """What is the same for all of one execution."""

    context: Mapping[str, Any]  # `Execution` and `StateMachine` of `$states.context`
    call: Callable[[str, Any], Any]  # (resource, arguments) -> a Task's result; raises StateError
    journal: Journal
    is_prompt: Callable[[str], bool] = lambda _: False  # whether the calls of a resource never block


@dataclass
class Branch:
    """One thread of control: its variables, its place in the history, and what can end it."""

    run: Run
    scope: Scope
    variables: dict[str, Any] = field(default_factory=dict)
    previous: int = 0  # id of its last event
    item: Mapping[str, Any] | None = None  # `$states.context.Map.Item` inside a Map

    def child(self, scope: Scope, item: Mapping[str, Any] | None = None) -> "Branch":
        """Open a branch inside: it reads these variables, and its own assignments stay its own."""
        return replace(self, scope=scope, variables=dict(self.variables), item=item or self.item)

    def write(self, type_: str, **details: Any) -> None:
        """Write an event that follows the branch's last one."""
        self.previous = self.run.journal.write(type_, self.previous, **details)


@dataclass
class Visit:
    """One stay in a state, from its input to its output."""

    name: str
    state: Mapping[str, Any]
    input: Any
    branch: Branch
    event: int  # id of the event that tells its begin
    entered: str  # timestamp
    retries: int = 0

    def evaluate(self, name: str, default: Any = None, **seen: Any) -> Any:
        """Evaluate a field of the state; `default` stands, as it is, for one that is not there."""
        return self._evaluate(name, self.state[name], seen) if name in self.state else default

    def condition(self, index: int) -> bool:
        """Evaluate the condition of one of the state's choices."""
        location, template = f"Choices[{index}]/Condition", self.state["Choices"][index]["Condition"]
        chosen = self._evaluate(location, template, {})
        if not isinstance(chosen, bool):
            raise self.query_error(location, f"The condition '{template}' is not a boolean.")
        return chosen

    def seconds(self, name: str, least: int) -> int:
        """Evaluate a field that holds whole seconds."""
        seconds = self.evaluate(name)
        if isinstance(seconds, bool) or not isinstance(seconds, int) or not least <= seconds <= MAX_SECONDS:
            reason = f"The field '{name}' must be a whole number from {least} to {MAX_SECONDS}, not {seconds!r}."
            raise self.query_error(name, reason)
        return seconds

    def finish(self, holder: Mapping[str, Any], output: Any, path: str = "", **seen: Any) -> Outcome:
        """Evaluate `Output` and `Assign` of the state, a choice or a catcher, both with the old variables."""
        if "Output" in holder:
            output = self._evaluate(f"{path}Output", holder["Output"], seen)
        assigned = self._evaluate(f"{path}Assign", holder.get("Assign", {}), seen)
        self.limited(assigned)
        return self.limited(output), assigned, holder.get("Next")

    def limited(self, value: Any) -> Any:
        """Return the value. Raises StateError when it is larger than Step Functions carries."""
        if len(dumps(value).encode()) > MAX_DATA:
            raise StateError(
                errors.DATA_LIMIT,
                f"The state/task '{self.name}' returned a result with a size exceeding "
                "the maximum number of bytes service limit.",
            )
        return value

    async def sleep(self, seconds: float, **told: Any) -> None:
        """Let virtual time pass, and record that it was asked for."""
        execution_arn = self.branch.run.context["Execution"]["Id"]
        WAITS.append(Wait(execution_arn=execution_arn, state=self.name, seconds=seconds, **told))
        await self.branch.scope.wait(seconds)

    def query_error(self, location: str, reason: str) -> StateError:
        """Make the error of a field that cannot be evaluated, and write its event."""
        where = f"An error occurred while executing the state '{self.name}' (entered at the event id #{self.event})."
        error = StateError(errors.QUERY, f"{where} {reason}")
        details = {"error": error.name, "cause": error.cause, "location": location, "state": self.name}
        self.branch.write("EvaluationFailed", **details)
        return error

    def _evaluate(self, location: str, template: Any, seen: Mapping[str, Any]) -> Any:
        bindings = {**self.branch.variables, "states": {"input": self.input, "context": self._context(), **seen}}
        try:
            return jsonata.evaluate(template, bindings, location)
        except jsonata.EvaluationError as error:
            raise self.query_error(location, str(error)) from error

    def _context(self) -> dict[str, Any]:
        state = {"Name": self.name, "EnteredTime": self.entered, "RetryCount": self.retries}
        context = {**self.branch.run.context, "State": state}
        return {**context, "Map": {"Item": self.branch.item}} if self.branch.item else context


def timestamp(seconds: float | None = None) -> str:
    """Write virtual seconds since the epoch, by default now, as `$states.context` writes a time."""
    moment = datetime.fromtimestamp(CLOCK.now() if seconds is None else seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
