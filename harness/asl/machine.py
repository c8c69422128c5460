"""A definition as states, scopes and transitions, for any JSON: what has the wrong type counts as absent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

Language = Literal["JSONPath", "JSONata"]
WorkflowType = Literal["STANDARD", "EXPRESS"]

# What is put in later: `${Name}` by SAM and Terraform's templatefile, `#{Name}` by the Serverless Framework, and
# `<NAME>` by the reader of AWS's samples.
SUBSTITUTION = re.compile(r"[$#]\{[^{}$%\"' ]+\}")
PLACEHOLDER = re.compile(rf"{SUBSTITUTION.pattern}|<[A-Za-z][A-Za-z0-9_-]*>")


def has_placeholder(value: object) -> bool:
    """Return whether a string holds a placeholder, so that only its rendered form can be judged."""
    return isinstance(value, str) and PLACEHOLDER.search(value) is not None


def is_expression(value: object) -> bool:
    """Return whether a string is one JSONata expression between `{%` and `%}`."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}") and len(value) >= 4


def as_dict(value: object) -> Mapping[str, Any]:
    """Return the value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> Sequence[Any]:
    """Return the value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: object) -> str | None:
    """Return the value if it is a string, else None."""
    return value if isinstance(value, str) else None


@dataclass(frozen=True)
class Transition:
    """One transition out of a state. `holder` is the object whose Assign, ResultPath or Output is in force on it."""

    kind: Literal["next", "choice", "default", "catch"]
    target: str
    path: str
    holder: Mapping[str, Any]


@dataclass(eq=False)
class State:
    """One state at its place."""

    name: str
    path: str
    body: Mapping[str, Any]
    scope: Scope
    language: Language
    is_placeholder: bool = False
    inner: list[Scope] = field(default_factory=list)

    @cached_property
    def type(self) -> str:
        """`Task`, `Pass`, …; empty where the definition has none."""
        return as_text(self.body.get("Type")) or ""

    @cached_property
    def handlers(self) -> list[tuple[str, str, Mapping[str, Any]]]:
        """Its retriers and catchers: `Retry` or `Catch`, path, body."""
        return [
            (kind, f"{self.path}/{kind}[{number}]", as_dict(handler))
            for kind in ("Retry", "Catch")
            for number, handler in enumerate(as_list(self.body.get(kind)))
        ]

    @cached_property
    def transitions(self) -> list[Transition]:
        """Every transition out of it."""
        transitions = []

        def add(kind: Any, holder: Mapping[str, Any], key: str, path: str) -> None:
            if (target := as_text(holder.get(key))) is not None:
                transitions.append(Transition(kind, target, f"{path}/{key}", holder))

        add("next", self.body, "Next", self.path)
        for number, choice in enumerate(as_list(self.body.get("Choices"))):
            add("choice", as_dict(choice), "Next", f"{self.path}/Choices[{number}]")
        add("default", self.body, "Default", self.path)
        for kind, path, handler in self.handlers:
            if kind == "Catch":
                add("catch", handler, "Next", path)
        return transitions

    @property
    def is_partial(self) -> bool:
        """Whether it, or a part of it that names targets, is filled in later."""
        parts = [self.body.get(key) for key in ("Next", "Default", "Choices", "Catch")]
        parts += [item for part in parts for item in as_list(part)] + [
            transition.target for transition in self.transitions
        ]
        return self.is_placeholder or any(map(has_placeholder, parts))

    @property
    def is_success(self) -> bool:
        """Whether the scope can end well here."""
        return self.type == "Succeed" or self.body.get("End") is True

    @property
    def is_terminal(self) -> bool:
        """Whether the scope can end here."""
        return self.is_success or self.type == "Fail"

    @property
    def arguments_field(self) -> str:
        """The field that carries what a Task or Parallel passes on."""
        return "Arguments" if self.language == "JSONata" else "Parameters"


@dataclass(eq=False)
class Scope:
    """States that run together: the whole state machine, a branch of a Parallel, or the processor of a Map."""

    path: str
    body: Mapping[str, Any]
    owner: State | None
    is_conditional: bool = False
    states: dict[str, State] = field(default_factory=dict)

    @property
    def start(self) -> State | None:
        """The state that StartAt names."""
        return self.states.get(as_text(self.body.get("StartAt")) or "")

    @cached_property
    def is_partial(self) -> bool:
        """Whether some of its states or transitions are filled in later, or there on a condition only."""
        later = has_placeholder(self.body.get("States")) or has_placeholder(self.body.get("StartAt"))
        return self.is_conditional or later or any(state.is_partial for state in self.states.values())

    @property
    def is_distributed(self) -> bool:
        """Whether it runs as child executions of a distributed Map."""
        return as_dict(self.body.get("ProcessorConfig")).get("Mode") == "DISTRIBUTED"

    def reachable(self, *starts: State | None, without: frozenset[str] = frozenset()) -> set[str]:
        """Return the names of the states that can be reached from `starts`, themselves included."""
        seen: set[str] = set()
        pending = [state for state in starts if state is not None]
        while pending:
            state = pending.pop()
            if state.name in seen or state.name in without:
                continue
            seen.add(state.name)
            pending.extend(
                self.states[transition.target] for transition in state.transitions if transition.target in self.states
            )
        return seen


class Machine:
    """A whole definition."""

    def __init__(
        self, definition: Mapping[str, Any], workflow_type: WorkflowType, *, is_conditional: bool = False
    ) -> None:
        self.definition = definition
        self.workflow_type = workflow_type
        self.is_conditional = is_conditional
        # A state's language is the state machine's unless it says otherwise; the Map or Parallel around it has no say:
        # https://states-language.net/spec.html#query-language
        self.language: Language = "JSONata" if definition.get("QueryLanguage") == "JSONata" else "JSONPath"
        self.scopes: list[Scope] = []
        self.root = self._scope("", definition, None)

    @property
    def states(self) -> Iterator[State]:
        """Every state of every scope, from the outside in."""
        for scope in self.scopes:
            yield from scope.states.values()

    @cached_property
    def is_partial(self) -> bool:
        """Whether a scope of it is."""
        return any(scope.is_partial for scope in self.scopes)

    def _scope(self, path: str, body: Mapping[str, Any], owner: State | None) -> Scope:
        scope = Scope(path, body, owner, self.is_conditional)
        self.scopes.append(scope)
        for name, state_body in as_dict(body.get("States")).items():
            own = as_dict(state_body)
            language = own.get("QueryLanguage")
            state = State(
                name,
                f"{path}/States/{name}",
                own,
                scope,
                language if language in ("JSONPath", "JSONata") else self.language,
                has_placeholder(state_body),
            )
            scope.states[name] = state
            state.inner = [self._scope(inner_path, inner, state) for inner_path, inner in _inner(state)]
        return scope


def _inner(state: State) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if state.type == "Parallel":
        for number, branch in enumerate(as_list(state.body.get("Branches"))):
            if not has_placeholder(branch):
                yield f"{state.path}/Branches[{number}]", as_dict(branch)
    if state.type == "Map":
        for key in ("ItemProcessor", "Iterator"):
            if key in state.body and not has_placeholder(state.body[key]):
                yield f"{state.path}/{key}", as_dict(state.body[key])


def strings(value: object, path: str) -> Iterator[tuple[str, str | None, str]]:
    """Yield every string in a JSON value: its path, its key in an object (None in a list), the string."""
    pending: list[tuple[object, str, str | None]] = [(value, path, None)]
    while pending:
        item, where, key = pending.pop()
        if isinstance(item, str):
            yield where, key, item
        elif isinstance(item, dict):
            pending.extend((child, f"{where}/{name}", name) for name, child in reversed(item.items()))
        elif isinstance(item, list):
            pending.extend((child, f"{where}[{number}]", None) for number, child in reversed(list(enumerate(item))))
