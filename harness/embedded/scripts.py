"""Scripts: what an agent is to answer, call by call, instead of the reference agent."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_KINDS = ("reply", "raw", "error", "rpc_error", "agent")

# An object with these names is what a person writes; each kind has one type.
# Error codes of InvokeAgentRuntime:
# https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_InvokeAgentRuntime.html
ERRORS = (
    "AccessDeniedException",
    "InternalServerException",
    "ResourceNotFoundException",
    "RetryableConflictException",
    "RuntimeClientError",
    "ServiceQuotaExceededException",
    "ThrottlingException",
    "ValidationException",
)


@dataclass(frozen=True)
class Behaviour:
    """What one call is answered: `value` is the reply, the raw text, the error's name or the JSON-RPC error code."""

    kind: str
    value: Any
    delay_seconds: float = 0.0  # virtual


REFERENCE = Behaviour("agent", True)  # the reference agent answers


@dataclass
class _Script:
    match: Mapping[str, Any]  # fields that a call's payload must have for the script to be meant
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
        """Set a script. Raises ValueError with a sentence that says what is wrong with it.

        A list of behaviours, one for each call and the last for all further ones, takes the place of every script;
        {"match": {field: value}, "behaviours": [...]} adds one for the calls whose payload has these values.
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
        fields = payload.items() if isinstance(payload, Mapping) else ()
        with self._lock:
            for script in self._scripts:
                if all(item in fields for item in script.match.items()):
                    return script.next()
        return REFERENCE


def _behaviours(body: Any) -> list[Behaviour]:
    if not isinstance(body, list) or not body:
        raise ValueError('A script is a list of at least one behaviour, such as [{"error": "ThrottlingException"}].')
    return [_behaviour(place, item) for place, item in enumerate(body, 1)]


def _behaviour(place: int, item: Any) -> Behaviour:
    kinds = [kind for kind in _KINDS if isinstance(item, Mapping) and kind in item]
    if len(kinds) != 1 or item.keys() - {*kinds, "delay_seconds"}:
        raise ValueError(f"Behaviour {place} must have exactly one of {', '.join(_KINDS)}, and may have delay_seconds.")
    kind, value = kinds[0], item[kinds[0]]
    wrong = {
        "reply": None if isinstance(value, Mapping) else "an object (use raw for a reply that is none)",
        "raw": None if isinstance(value, str) else "a text",
        "error": None if value in ERRORS else f"one of {', '.join(ERRORS)}",
        "rpc_error": None if isinstance(value, int) and not isinstance(value, bool) else "a JSON-RPC error code",
        "agent": None if value is True else "true",
    }[kind]
    if wrong:
        raise ValueError(f"Behaviour {place}: {kind} must be {wrong}.")
    delay = item.get("delay_seconds", 0)
    if isinstance(delay, bool) or not isinstance(delay, int | float) or not 0 <= delay < float("inf"):
        raise ValueError(f"Behaviour {place}: delay_seconds must be a number of seconds, 0 or more.")
    return Behaviour(kind, value, delay)
