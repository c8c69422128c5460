"""Scripts: what an agent does, call by call, instead of the reference agent.

`PUT /_agents/<agent>` accepts a list of behaviours, one for each call and the last for all further calls, or
`{"match": {field: value}, "behaviours": […]}` for the calls whose payload has these values. A behaviour is an object:

| member | meaning |
|---|---|
| `reply` | the reply, an object; for an A2A call the artifact of a completed task |
| `raw` | the response's body as a text, whatever the protocol |
| `agent` | `true`: the reference agent replies |
| `error` | AWS returns this error; `RuntimeClientError`: the agent failed; `SdkClientException`: the connection did |
| `rpc_error` | a JSON-RPC error with this code |

It has exactly one of these, and if need be:

| member | meaning |
|---|---|
| `delay_seconds` | how long each call lasts |
| `cold_start_seconds` | how much longer a call lasts that opens a session |
| `content_type` | the media type of `raw`, default `application/json` |
| `background_seconds` | with `agent`: for how long the reference agent works in the background by itself, see below |
| `in_progress` | the first call of a session begins work in the background, see below |
| `callbacks` | a list of callbacks to Step Functions with the payload's `task_token`, see below |

All seconds are virtual. `in_progress` is an object with either `calls`, the number of calls that are served while
the work goes on, or `seconds`, how long it takes; then comes the reply. An HTTP agent replies `{"success": true,
"status": "IN_PROGRESS"}` meanwhile, an A2A agent a task in `state` (`working`, the default, or `submitted`), which
`tasks/get` asks for. The work belongs to the session and to the payload's `idempotency_key`, or to the task; it ends
with its session. Further members: `retry_after_seconds`, which HTTP replies repeat; `names_task`, `true` where HTTP
replies have a `task_id`; `poll_errors`, a list of the errors of the calls that ask for the work, one for each in turn
and null for none; `lost_after_calls`, the number of such replies after which the agent has lost its work: an HTTP
agent begins anew, with the next behaviour, an A2A agent does not know the task any more (error -32001).

With `background_seconds` nothing is scripted but the time: the first call and those that ask for the reply all reach
the reference agent, which AWS's SDKs serve. An A2A request that waits for its reply (`blocking`) lasts as long.

A callback is an object with `after_seconds`, since the call, and one of `success` (the output, or `true` for the
reference agent's reply), `failure` (`{"error": …, "cause": …}`) and `heartbeat` (`true`). It is sent from the session,
and so not after the session's end, unless `detached` is `true`, with the payload's `task_token` or another `token`.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.session import get_session

from harness.embedded.json_values import is_finite, is_integer

_KINDS = ("reply", "raw", "error", "rpc_error", "agent")
_CALLBACKS = ("success", "failure", "heartbeat")

CONNECTION = "SdkClientException"  # no response at all

# Error codes of InvokeAgentRuntime:
# https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_InvokeAgentRuntime.html
ERRORS = tuple(
    sorted(
        shape.name
        for shape in get_session()
        .get_service_model("bedrock-agentcore")
        .operation_model("InvokeAgentRuntime")
        .error_shapes
    )
)
_FAILURES = (*ERRORS, CONNECTION)


@dataclass(frozen=True)
class InProgress:
    """How long the work lasts that the first call of a session begins; either `calls` or `seconds`."""

    calls: int | None = None
    seconds: float | None = None
    retry_after_seconds: float | None = None
    lost_after_calls: int | None = None
    poll_errors: tuple[str | None, ...] = ()
    names_task: bool = False  # of an HTTP agent; an A2A task has an id anyway
    state: str = "working"  # of an A2A task


@dataclass(frozen=True)
class Callback:
    """One callback to Step Functions: `kind` says which, `value` what goes with it."""

    kind: str
    value: Any
    after_seconds: float
    detached: bool = False
    token: str | None = None  # None: the payload's


@dataclass(frozen=True)
class Behaviour:
    """How a call is served: `value` is the reply, the raw text, the error's name or the JSON-RPC error code."""

    kind: str
    value: Any
    delay_seconds: float = 0.0  # virtual, as all seconds here
    cold_start_seconds: float = 0.0
    content_type: str = "application/json"
    background_seconds: float = 0.0
    in_progress: InProgress | None = None
    callbacks: tuple[Callback, ...] = ()


REFERENCE = Behaviour("agent", True)  # the reference agent replies


@dataclass
class _Script:
    match: Mapping[str, Any]  # fields that a call's payload must have for the script to apply
    behaviours: list[Behaviour]
    calls: int = 0

    def next(self) -> Behaviour:
        behaviour = self.behaviours[min(self.calls, len(self.behaviours) - 1)]
        self.calls += 1
        return behaviour


class Scripts:
    """The scripts of one agent: one for all calls, and one for each set of payload fields that was named."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._scripts: list[_Script] = []

    def put(self, body: Any) -> None:
        """Set a script, as this module's docstring describes. Raises ValueError with a sentence.

        A list of behaviours replaces every script; an object adds one for some calls.
        """
        if isinstance(body, Mapping):
            if body.keys() != {"match", "behaviours"} or not isinstance(body["match"], Mapping):
                raise ValueError('A script for some calls is an object {"match": {field: value}, "behaviours": [...]}.')
            added = _Script(dict(body["match"]), _behaviours(body["behaviours"]))
            with self._lock:
                self._scripts = [added, *(script for script in self._scripts if script.match != added.match)]
        else:
            added = _Script({}, _behaviours(body))
            with self._lock:
                self._scripts = [added]

    def clear(self) -> None:
        """Forget every script."""
        with self._lock:
            self._scripts = []

    def next(self, payload: Any) -> Behaviour:
        """Take the next behaviour for a call with this payload."""
        fields = payload if isinstance(payload, Mapping) else {}
        with self._lock:
            for script in self._scripts:
                if all(fields.get(name) == value for name, value in script.match.items()):
                    return script.next()
        return REFERENCE


# What a member must be, and how a sentence says so.
_Rule = tuple[Callable[[Any], bool], str]


_SECONDS: _Rule = (lambda value: is_finite(value) and value >= 0, "a number of seconds, 0 or more")
_COUNT: _Rule = (lambda value: is_integer(value) and value >= 1, "a whole number, at least 1")
_TRUE: _Rule = (lambda value: value is True, "true")
_KIND_RULES: dict[str, _Rule] = {
    "reply": (lambda value: isinstance(value, Mapping), "an object (use raw for a reply that is none)"),
    "raw": (lambda value: isinstance(value, str), "a text"),
    "error": (lambda value: value in _FAILURES, f"one of {', '.join(_FAILURES)}"),
    "rpc_error": (is_integer, "a JSON-RPC error code"),
    "agent": _TRUE,
}
_OPTION_RULES: dict[str, _Rule] = {
    "delay_seconds": _SECONDS,
    "cold_start_seconds": _SECONDS,
    "content_type": (lambda value: isinstance(value, str) and "/" in value, "a media type"),
    "background_seconds": _SECONDS,
    "in_progress": (lambda value: isinstance(value, Mapping), "an object"),
    "callbacks": (lambda value: isinstance(value, list), "a list"),
}
_IN_PROGRESS_RULES: dict[str, _Rule] = {
    "calls": _COUNT,
    "seconds": _SECONDS,
    "retry_after_seconds": _SECONDS,
    "lost_after_calls": _COUNT,
    "poll_errors": (
        lambda value: isinstance(value, list) and all(error is None or error in _FAILURES for error in value),
        f"a list of null and of {', '.join(_FAILURES)}",
    ),
    "names_task": (lambda value: isinstance(value, bool), "true or false"),
    "state": (lambda value: value in ("submitted", "working"), "submitted or working"),
}
_CALLBACK_RULES: dict[str, _Rule] = {
    "success": (lambda value: value is True or isinstance(value, Mapping), "an object, or true"),
    "failure": (
        lambda value: (
            isinstance(value, Mapping)
            and value.keys() <= {"error", "cause"}
            and all(isinstance(text, str) for text in value.values())
        ),
        'an object {"error": …, "cause": …} of texts',
    ),
    "heartbeat": _TRUE,
    "after_seconds": _SECONDS,
    "detached": (lambda value: isinstance(value, bool), "true or false"),
    "token": (lambda value: isinstance(value, str) and value != "", "a text"),
}


def _behaviours(body: Any) -> list[Behaviour]:
    if not isinstance(body, list) or not body:
        raise ValueError('A script is a list of at least one behaviour, such as [{"error": "ThrottlingException"}].')
    return [_behaviour(f"Behaviour {place}", item) for place, item in enumerate(body, 1)]


def _behaviour(where: str, item: Any) -> Behaviour:
    kind, options = _one_of(where, item, _KINDS, _KIND_RULES | _OPTION_RULES)
    if "content_type" in options and kind != "raw":
        raise ValueError(f"{where}: content_type goes with raw.")
    if "background_seconds" in options and (kind != "agent" or "in_progress" in options):
        raise ValueError(f"{where}: background_seconds goes with agent, and not with in_progress.")
    if "in_progress" in options:
        options["in_progress"] = _in_progress(f"{where}: in_progress", options["in_progress"])
    if "callbacks" in options:
        options["callbacks"] = tuple(
            _callback(f"{where}: callback {place}", callback) for place, callback in enumerate(options["callbacks"], 1)
        )
    return Behaviour(kind, item[kind], **options)


def _in_progress(where: str, item: Mapping[str, Any]) -> InProgress:
    if len(item.keys() & {"calls", "seconds"}) != 1:
        raise ValueError(f"{where} must have exactly one of calls and seconds.")
    _check(where, item, _IN_PROGRESS_RULES)
    return InProgress(**{**item, "poll_errors": tuple(item.get("poll_errors", ()))})


def _callback(where: str, item: Any) -> Callback:
    kind, options = _one_of(where, item, _CALLBACKS, _CALLBACK_RULES)
    if "after_seconds" not in options:
        raise ValueError(f"{where} must have after_seconds.")
    return Callback(kind, item[kind], **options)


def _one_of(where: str, item: Any, kinds: tuple[str, ...], rules: Mapping[str, _Rule]) -> tuple[str, dict[str, Any]]:
    """Return which of `kinds` an object is and its other members. Raises ValueError."""
    found = [kind for kind in kinds if isinstance(item, Mapping) and kind in item]
    if len(found) != 1 or item.keys() - rules.keys():
        options = ", ".join(name for name in rules if name not in kinds)
        raise ValueError(f"{where} must have exactly one of {', '.join(kinds)}, and may have {options}.")
    _check(where, item, rules)
    return found[0], {name: value for name, value in item.items() if name != found[0]}


def _check(where: str, item: Mapping[str, Any], rules: Mapping[str, _Rule]) -> None:
    for name, value in item.items():
        if name not in rules:
            raise ValueError(f"{where} has no member {name}: choose among {', '.join(rules)}.")
        is_right, expected = rules[name]
        if not is_right(value):
            raise ValueError(f"{where}: {name} must be {expected}.")
