"""Faults on demand: a named AWS call fails as if AWS had failed it.

The calls are those of the state machines, and anybody's that starts one.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.embedded.json_values import is_finite, is_integer


@dataclass
class Fault:
    """One requested fault; `times` is how many more calls it strikes, None for ever.

    `after`: the call is made, and only its response is lost, or late by `delay_seconds` where `error` is None. Else the
    call itself is late.
    """

    error: str | None
    times: int | None
    after: bool = False
    delay_seconds: float = 0
    fired: int = 0


# service, operation, ARNs of the resources, error code
Listener = Callable[[str, str, Sequence[str], str], None]

_FORM = '{"error": "ErrorCode", "times": 3 or null, "after": true if only the response is lost, "delay_seconds": 6}'


class Faults:
    """The faults in force, by `service:Operation:resource`.

    `resource` is a part of the resource's ARN, or `*`; service and operation are named as in botocore.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: dict[str, Fault] = {}
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Report every call that a fault strikes to `listener`."""
        self._listeners.append(listener)

    def put(self, requested: Any) -> None:
        """Add faults, by their keys: {"error": str | None, "times": int | None, "after": bool, "delay_seconds": float}.

        The seconds are virtual; without an error there must be some. Raises ValueError with a sentence.
        """
        if not isinstance(requested, Mapping):
            raise ValueError(
                'Faults are an object such as {"dynamodb:UpdateItem:*": {"error": "InternalServerError"}}.'
            )
        faults = {key: _fault(key, value) for key, value in requested.items()}
        with self._lock:
            self._faults.update(faults)

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()

    def may_delay(self) -> bool:
        """Return whether some call may be late."""
        with self._lock:
            return any(fault.delay_seconds for fault in self._faults.values())

    def listed(self) -> dict[str, dict[str, Any]]:
        """Every fault, with how often it fired."""
        with self._lock:
            return {key: vars(fault).copy() for key, fault in self._faults.items()}

    def strike(self, service: str, operation: str, resources: Sequence[str]) -> Fault | None:
        """Return the fault with whose AWS error code this call must fail, and count it; None where none is meant."""
        fault = self._strike(service, operation, resources)
        if fault and fault.error:
            for listener in self._listeners:
                listener(service, operation, resources, fault.error)
        return fault

    def _strike(self, service: str, operation: str, resources: Sequence[str]) -> Fault | None:
        with self._lock:
            for key, fault in self._faults.items():
                named_service, named_operation, part = key.split(":", 2)
                if (named_service, named_operation) != (service, operation) or fault.times == 0:
                    continue
                if part == "*" or any(part in resource for resource in resources):
                    fault.fired += 1
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None


def _fault(key: str, value: Any) -> Fault:
    if key.count(":") < 2:
        raise ValueError(f"{key!r} is no key of a fault: write service:Operation:resource, with * for any resource.")
    fields = dict(value) if isinstance(value, Mapping) else {}
    error, delay = fields.get("error"), fields.get("delay_seconds", 0)
    is_delay = is_finite(delay) and delay >= 0
    if (
        not (isinstance(error, str) or (error is None and delay))
        or not isinstance(fields.get("after", False), bool)
        or not is_delay
        or fields.keys() - {"error", "times", "after", "delay_seconds"}
    ):
        raise ValueError(f"The fault {key!r} must be an object {_FORM}.")
    times = fields.get("times")
    if times is not None and (not is_integer(times) or times < 1):
        raise ValueError(f"The fault {key!r} must strike a whole number of times, at least 1, or null for ever.")
    return Fault(error, times, fields.get("after", False), delay)


FAULTS = Faults()
