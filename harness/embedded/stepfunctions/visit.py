"""A visit to a state: what its expressions see, and what every kind of state does with its fields."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from harness.embedded.clock import CLOCK
from harness.embedded.json_values import is_integer
from harness.embedded.stepfunctions import errors
from harness.embedded.stepfunctions.errors import StateError
from harness.embedded.stepfunctions.journal import Journal, dumps, text
from harness.embedded.stepfunctions.languages import QueryLanguage, language_of
from harness.embedded.stepfunctions.scope import Scope
from harness.embedded.waits import WAITS, Wait

# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
MAX_DATA = 262_144  # bytes of UTF-8
MAX_SECONDS = 99_999_999
RETRIED = frozenset({"Map", "Parallel", "Task"})  # kinds of states that may have a Retry

Outcome = tuple[Any, Mapping[str, Any], str | None]  # output, assigned variables, next state


@dataclass(frozen=True)
class Call:
    """A Task's call that is ready to be made."""

    make: Callable[[], Any]  # -> the Task's result; raises StateError
    is_prompt: bool = False  # it never blocks, and so needs no thread of its own
    follow: Callable[[Any, Scope, float], Awaitable[Any]] | None = None  # waits for the end of what it began


@dataclass(frozen=True)
class Run:
    """What is the same for all of one execution."""

    context: Mapping[str, Any]  # `Execution` and `StateMachine` of `$states.context`
    prepare: Callable[[str, Any], "Call"]  # (resource, arguments); raises StateError for arguments that make no call
    journal: Journal
    # (label, item processor, input, ARN of the map run) -> a child execution of a distributed Map, not yet started
    child: Callable[[str, Mapping[str, Any], Any, str], Any] | None = None
    language: str = "JSONata"  # of states that say no other


@dataclass
class Place:
    """The state at which a branch is, its input, and the variables with which it was entered."""

    name: str
    kind: str
    input: Any
    variables: Mapping[str, Any]
    # Of a Parallel or a Map, by the number of the branch or item: the results there are, and where the others were cut.
    results: dict[int, Any] = field(default_factory=dict)
    cut: dict[int, "Place"] = field(default_factory=dict)
    map_run: Any = None  # of a distributed Map

    def forget(self) -> None:
        """Begin a Parallel or a Map anew, as a retry does; a redrive does not."""
        self.results.clear()
        self.cut.clear()
        self.map_run = None


@dataclass
class Branch:
    """One thread of control: its variables, its place in the history, and what can end it."""

    run: Run
    scope: Scope
    variables: Mapping[str, Any] = field(default_factory=dict)  # replaced by others, never changed
    previous: int = 0  # id of the event that its next one follows
    last: int = 0  # id of its last event
    is_inner: bool = False  # inside a Parallel or a Map
    item: Mapping[str, Any] | None = None  # `$states.context.Map.Item` inside a Map
    place: Place | None = None  # where it is; one that is set at its start is where it is resumed

    def child(self, scope: Scope, item: Mapping[str, Any] | None = None) -> "Branch":
        """Open a branch inside: it reads these variables, and its own assignments stay its own."""
        return replace(self, scope=scope, item=item or self.item, place=None, is_inner=True)

    def write(self, type_: str, **details: Any) -> None:
        """Write an event that follows the branch's last one."""
        self.previous = self.write_aside(type_, **details)

    def write_aside(self, type_: str, **details: Any) -> int:
        """Write an event which the next one does not follow; returns its id."""
        self.last = self.run.journal.write(type_, self.previous, **details)
        return self.last


@dataclass
class Visit:
    """One stay in a state, from its input to its output."""

    name: str
    state: Mapping[str, Any]
    input: Any
    branch: Branch
    event: int  # id of the event of its begin
    entered: str  # timestamp
    retries: int = 0
    task_token: str | None = None
    reader_data: bytes | None = None  # of a tested state: the mock of the object that its ItemReader reads

    @property
    def language(self) -> QueryLanguage:
        """Return the language of the state's fields."""
        return language_of(self.state, self.branch.run.language)

    def evaluate(self, name: str, default: Any = None) -> Any:
        """Evaluate a field of the state; `default` is returned, as it is, for one that is not there."""
        return self.language.evaluate(self, name, default)

    def whole_number(self, name: str, least: int) -> int | None:
        """Evaluate a field that holds a whole number; None where it is not there. Raises StateError."""
        number = self.evaluate(name)
        if number is None and name not in self.state and f"{name}Path" not in self.state:
            return None
        if not is_integer(number) or number < least:
            reason = f"The field '{name}' must be a whole number from {least}, not {dumps(number)}."
            raise self.invalid(name, number, reason)
        return number

    def invalid(self, name: str, value: Any, reason: str) -> StateError:
        """Make the error of a field, by its name in JSONata, whose value cannot be used."""
        return self.language.invalid(self, name, value, reason)

    def seconds(self, name: str, least: int) -> int | None:
        """Evaluate a field that holds whole seconds; None where it is not there."""
        seconds = self.whole_number(name, least)
        if seconds is not None and seconds > MAX_SECONDS:
            raise StateError(errors.RUNTIME, f"The field '{name}' of the state '{self.name}' is over {MAX_SECONDS}.")
        return seconds

    def note(self, stage: str, value: Any) -> Any:  # noqa: ARG002
        """Record what a stage of the data flow results in, under TestState's name of it; only a tested state does.

        Returns the value.
        """
        return value

    def finish(self, result: Any) -> Outcome:
        """Leave the state with its outcome."""
        return self.language.finish(self, result)

    def limited(self, value: Any, source: str | None = None) -> Any:
        """Return the value. Raises StateError when it is larger than Step Functions carries.

        `source` is what the error's cause calls the value's origin: AWS names a Task's resource, else the state.
        """
        written = text(value)
        if len(written) > MAX_DATA // 4 and len(written.encode()) > MAX_DATA:  # four bytes at most each
            raise StateError(
                errors.DATA_LIMIT,
                f"The state/task '{source or self.name}' returned a result with a size exceeding "
                "the maximum number of bytes service limit.",
            )
        return value

    async def sleep(self, seconds: float, **details: Any) -> None:
        """Pass virtual time, and record the delay."""
        execution_arn = self.branch.run.context["Execution"]["Id"]
        WAITS.append(Wait(execution_arn=execution_arn, state=self.name, seconds=seconds, **details))
        await self.branch.scope.wait(seconds)

    def runtime_error(self, reason: str) -> StateError:
        """Make an error that nothing catches."""
        return StateError(errors.RUNTIME, f"{self._where} {reason}")

    def no_choice(self) -> StateError:
        """Make the error of a Choice of which no rule holds: seen on AWS, which documents States.NoChoiceMatched."""
        return self.runtime_error("Failed to transition out of the state. The state does not point to a next state.")

    @property
    def _where(self) -> str:
        return f"An error occurred while executing the state '{self.name}' (entered at the event id #{self.event})."

    def query_error(self, location: str, reason: str) -> StateError:
        """Make the error of a JSONata field that cannot be evaluated, and write its event."""
        error = StateError(errors.QUERY, f"{self._where} {reason}")
        details = {"error": error.name, "cause": error.cause, "location": location, "state": self.name}
        self.branch.write("EvaluationFailed", **details)
        return error

    def context(self) -> dict[str, Any]:
        """Build `$states.context`; the count of retries is there only where there can be any."""
        state: dict[str, Any] = {"Name": self.name, "EnteredTime": self.entered}
        if self.state["Type"] in RETRIED:
            state["RetryCount"] = self.retries
        context = {**self.branch.run.context, "State": state}
        if self.task_token is not None:
            context["Task"] = {"Token": self.task_token}
        return {**context, "Map": {"Item": self.branch.item}} if self.branch.item else context


def processor(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a Map runs for each item; its older name is Iterator."""
    return state["ItemProcessor"] if "ItemProcessor" in state else state["Iterator"]


def timestamp(seconds: float | None = None) -> str:
    """Write virtual seconds since the epoch, by default now, as `$states.context` writes a time."""
    moment = datetime.fromtimestamp(CLOCK.now() if seconds is None else seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
