"""What happened in a run, as the history events of AWS."""

import json
import math
import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn

from harness.embedded.clock import CLOCK

# https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
_DATA = frozenset(
    {"input", "inputDetails", "output", "outputDetails", "parameters", "assignedVariables", "assignedVariablesDetails"}
)

# What `json.JSONEncoder` makes anew for each text.
_encoded = json.encoder.c_make_encoder(
    None, json.JSONEncoder().default, json.encoder.encode_basestring, None, ":", ",", False, False, True
)


class Event(NamedTuple):
    """One event: `details` has AWS's keys; `timestamp` is in virtual seconds since the epoch."""

    id: int
    previous: int
    type: str
    timestamp: float
    details: Mapping[str, Any]

    def shown(self, include_data: bool) -> dict[str, Any]:
        """Return the details, without inputs and outputs where execution data is not to be shown."""
        return {key: value for key, value in self.details.items() if include_data or key not in _DATA}

    def as_history(self, include_data: bool) -> dict[str, Any]:
        """Return the event as GetExecutionHistory returns it."""
        event = {"id": self.id, "previousEventId": self.previous, "type": self.type, "timestamp": self.timestamp}
        if details := self.shown(include_data):
            event[_details_key(self.type)] = details
        return event


class Journal:
    """The events of one run in order; `listen` is called with each as it happens."""

    def __init__(self, listen: Callable[[Event], None] | None = None) -> None:
        self._lock = threading.Lock()
        self._listen = listen or _nobody
        self.events: list[Event] = []

    def write(self, type_: str, previous: int, **details: Any) -> int:
        """Add an event that follows `previous`; returns its id. Details of None are left out."""
        with self._lock:
            details = {key: value for key, value in details.items() if value is not None}
            event = Event(len(self.events) + 1, previous, type_, CLOCK.now(), details)
            self.events.append(event)
            self._listen(event)
        return event.id

    def close(self) -> None:
        """Call nobody any more; what listened may go."""
        self._listen = _nobody

    def type_of(self, event: int) -> str:
        """Return the type of an event that was written, by its id; none for 0."""
        return self.events[event - 1].type if event else ""


def _nobody(_: Event) -> None:
    """Take no notice."""


def data(key: str, value: Any) -> dict[str, Any]:
    """Put an input or output as events carry it: JSON text beside the word whether it is whole."""
    return {key: text(value), f"{key}Details": {"truncated": False}}


_last: tuple[Any, str] = (None, "null")


def text(value: Any) -> str:
    """Return `dumps` of a value that nobody changes any more: a state's output is the next one's input."""
    global _last
    last = _last
    if value is last[0]:
        return last[1]
    written = dumps(value)
    _last = (value, written)
    return written


def dumps(value: Any) -> str:
    """Return JSON text as Step Functions writes and measures it: compact, characters as they are."""
    return "".join(_encoded(value, 0))


def loads(text: str) -> Any:
    """Read JSON text, which is UTF-8 for AWS: half a surrogate pair becomes a question mark.

    Raises ValueError, also for numbers that no double holds.
    """
    value = json.loads(text, parse_constant=_refuse, parse_float=_float, parse_int=_int)
    written = dumps(value)
    return value if written.isascii() or (mended := whole(written)) == written else json.loads(mended)


def whole(text: str) -> str:
    """Join the halves of surrogate pairs; a half without the other becomes a question mark."""
    try:
        text.encode()
    except UnicodeEncodeError:
        joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        return joined.encode(errors="replace").decode()
    return text


def _float(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits)


def _int(digits: str) -> int:
    _float(digits)
    return int(digits)


def _refuse(token: str) -> NoReturn:
    raise ValueError(f"{token[:40]} is not a JSON number.")


def _details_key(type_: str) -> str:
    for suffix in ("StateEntered", "StateExited"):
        if type_.endswith(suffix):
            return f"s{suffix[1:]}EventDetails"
    return f"{type_[0].lower()}{type_[1:]}EventDetails"
