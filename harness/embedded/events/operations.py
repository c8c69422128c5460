"""EventBridge's operations where moto accepts anything or does nothing, and how events find the rules.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html
"""

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from moto.backends import get_backend
from moto.core.utils import get_service_model
from moto.events.exceptions import InvalidEventPatternException, ValidationException
from moto.events.models import EventsBackend, Rule
from moto.events.responses import EventsHandler

from harness.embedded.clock import CLOCK
from harness.embedded.constraints import problem_with
from harness.embedded.events import inputs, objects, patterns
from harness.embedded.events.delivery import DELIVERIES

_MAX_BYTES = 1024 * 1024  # of all entries of a request
_OURS = (":states:", ":sqs:")


def install() -> None:
    """Deliver events, refuse what EventBridge refuses, and send the events of S3."""
    put_rule, put_targets, put_events = EventsBackend.put_rule, EventsBackend.put_targets, EventsBackend.put_events
    send = Rule.send_to_targets

    @wraps(put_rule)
    def checked_rule(backend: EventsBackend, *args: Any, **kwargs: Any) -> Rule:
        if pattern := kwargs.get("event_pattern"):
            _checked(pattern)
        return put_rule(backend, *args, **kwargs)

    @wraps(put_targets)
    def checked_targets(
        backend: EventsBackend, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]
    ) -> None:
        shape = get_service_model("events").operation_model("PutTargets").input_shape
        problem = problem_with(shape, {"Rule": name, "Targets": targets})
        for target in targets:
            problem = problem or inputs.problem_with(target)
            if ":states:" in target["Arn"] and not target.get("RoleArn"):
                problem = problem or f"RoleArn is required for target {target['Arn']}."
        if problem:
            raise ValidationException(problem)
        put_targets(backend, name, event_bus_arn, targets)

    @wraps(put_events)
    def timed_events(backend: EventsBackend, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if sum(map(_size, events)) > _MAX_BYTES:
            raise ValidationException("Total size of the entries in the request is over the limit.")
        return put_events(backend, [{"Time": CLOCK.now(), **event} for event in events])

    @wraps(send)
    def send_to_targets(rule: Rule, event: dict[str, Any], transform_input: bool = True) -> None:
        if rule.state == "DISABLED" or not rule.event_pattern._raw_pattern:
            return
        sent = _as_sent(event)
        if not patterns.parse(rule.event_pattern._raw_pattern)(sent):
            return
        ours = [target for target in rule.targets if any(part in target["Arn"] for part in _OURS)]
        DELIVERIES.send(rule, ours, sent)
        if others := [target for target in rule.targets if target not in ours]:
            moto_rule = Rule.__new__(Rule)
            moto_rule.__dict__.update(rule.__dict__, targets=others)
            send(moto_rule, event, transform_input)

    EventsBackend.put_rule = checked_rule
    EventsBackend.put_targets = checked_targets
    EventsBackend.put_events = timed_events
    EventsHandler.test_event_pattern = _test_event_pattern
    Rule.send_to_targets = send_to_targets
    objects.install(_publish)


def _publish(account: str, region: str, event: Mapping[str, Any]) -> None:
    """Send an event of an AWS service to the default bus."""
    sent = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "account": account,
        "time": CLOCK.now(),
        "region": region,
        **event,
    }
    for rule in list(get_backend("events")[account][region].event_buses["default"].rules.values()):
        rule.send_to_targets(sent, transform_input=False)


def _size(entry: Mapping[str, Any]) -> int:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html."""
    texts = [*(entry.get(name) or "" for name in ("Source", "DetailType", "Detail")), *(entry.get("Resources") or ())]
    return sum(len(text.encode()) for text in texts) + (14 if entry.get("Time") else 0)


def _as_sent(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event as targets receive it, without what moto notes in it for itself."""
    sent = {name: value for name, value in event.items() if name not in {"ingestion-time", "replay-name"}}
    if isinstance(sent["time"], int | float):
        sent["time"] = datetime.fromtimestamp(sent["time"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return sent


def _checked(pattern: str) -> None:
    try:
        patterns.parse(pattern)
    except patterns.InvalidPattern as problem:
        raise InvalidEventPatternException(reason=str(problem)) from None


def _test_event_pattern(response: EventsHandler) -> str:
    pattern = response._get_param("EventPattern")
    _checked(pattern)
    try:
        event = json.loads(response._get_param("Event"))
    except ValueError:
        raise ValidationException("Parameter Event is not valid. Reason: it is not JSON.") from None
    return json.dumps({"Result": patterns.parse(pattern)(event)})
