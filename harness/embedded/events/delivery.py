"""Delivers events to the targets of rules: with retries, dead letters and, on request, twice, late or out of order.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
"""

import json
import logging
import threading
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from botocore.exceptions import ClientError
from moto.backends import get_backend
from moto.events.models import Rule
from moto.sqs.models import Queue

from harness.embedded import timers
from harness.embedded.clients import client
from harness.embedded.clock import CLOCK
from harness.embedded.encryption import key_uses
from harness.embedded.events.inputs import input_for
from harness.embedded.iam import AccessDenied, assume, authorize, key_lets
from harness.embedded.json_values import is_finite
from harness.embedded.operations import describe
from harness.embedded.permissions import needs_of
from harness.embedded.policy import Effect, Request, evaluate

_SERVICE = "events.amazonaws.com"
_WORKERS = 8
_LONGEST_WAIT = 512  # seconds; with it the 185 attempts of the default take about the 24 hours of the default

# Error codes of dead letters, by a target's error; what is not here may pass, and is retried.
_FINAL = {
    "AccessDeniedException": "NO_PERMISSIONS",
    "AccessDenied": "NO_PERMISSIONS",
    "ExecutionAlreadyExists": "RESOURCE_ALREADY_EXISTS",
    "InvalidArn": "INVALID_PARAMETER",
    "InvalidExecutionInput": "INVALID_JSON",
    "InvalidMessageContents": "INVALID_PARAMETER",
    "InvalidName": "INVALID_PARAMETER",
    "KmsAccessDeniedException": "NO_PERMISSIONS",
    "QueueDoesNotExist": "NO_RESOURCE",
    "StateMachineDeleting": "NO_RESOURCE",
    "StateMachineDoesNotExist": "NO_RESOURCE",
    "ValidationException": "INVALID_PARAMETER",
}
_THROTTLES = {"ThrottlingException", "RequestThrottled", "TooManyRequestsException"}


class TargetError(Exception):
    """A delivery failed with the error code of a dead letter; `may_heal` says whether it is worth a retry."""

    def __init__(self, code: str, message: str, may_heal: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.may_heal = may_heal


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one target of a rule."""

    rule: Rule
    target: Mapping[str, Any]
    event: Mapping[str, Any]
    matched: float  # virtual time
    retries: int = 0

    @property
    def retry_policy(self) -> tuple[int, int]:
        """The most retries and the greatest age in seconds."""
        policy = self.target.get("RetryPolicy") or {}
        return policy.get("MaximumRetryAttempts", 185), policy.get("MaximumEventAgeInSeconds", 86_400)


Listener = Callable[[Rule, str], None]  # rule, name of a metric of AWS/Events that grows by one


class Deliveries:
    """The deliveries in progress; `copies`, `delay_seconds` and `reorder_seconds` make them as bad as they may be."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: deque[Delivery] = deque()
        self._workers = 0
        self._pending = 0  # in the queue, under way, or waiting for a retry
        self._count = 0
        self._listeners: list[Listener] = []
        self._settings = {"copies": 1, "delay_seconds": 0, "reorder_seconds": 0}

    def listen(self, listener: Listener) -> None:
        """Report what is counted to `listener`."""
        self._listeners.append(listener)

    def put(self, settings: Any) -> None:
        """Change settings. Raises ValueError with a sentence."""
        if not isinstance(settings, Mapping) or settings.keys() - self._settings.keys():
            form = '{"copies": 2, "delay_seconds": 60, "reorder_seconds": 5}'
            raise ValueError(f"Say how events are delivered with an object such as {form}.")
        for name, value in settings.items():
            if not is_finite(value) or value < 0 or (name == "copies" and (value < 1 or value != int(value))):
                raise ValueError(f"{name} must be {'a whole number, at least 1' if name == 'copies' else 'seconds'}.")
        with self._lock:
            self._settings |= settings

    def describe(self) -> dict[str, Any]:
        """Return the settings, and how many deliveries are pending."""
        with self._lock:
            return {**self._settings, "pending": self._pending}

    def send(self, rule: Rule, targets: list[Mapping[str, Any]], event: Mapping[str, Any]) -> None:
        """Deliver an event that matches a rule to these targets of it."""
        self._report(rule, "MatchedEvents", "TriggeredRules")
        with self._lock:
            copies = int(self._settings["copies"])
            delay = self._settings["delay_seconds"] + (0 if self._count % 2 else self._settings["reorder_seconds"])
            self._count += 1
        for _ in range(copies):
            for target in targets:
                self._later(Delivery(rule, target, event, CLOCK.now()), delay, new=True)

    def _later(self, delivery: Delivery, seconds: float, new: bool = False) -> None:
        with self._lock:
            self._pending += new
        if seconds:
            timers.at(CLOCK.now() + seconds, partial(self._enqueue, delivery))
        else:
            self._enqueue(delivery)

    def _enqueue(self, delivery: Delivery) -> None:
        with self._lock:
            self._queue.append(delivery)
            if self._workers >= _WORKERS:
                return
            self._workers += 1
        CLOCK.start(self._work)

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    self._workers -= 1
                    return
                delivery = self._queue.popleft()
            if self._attempt(delivery):
                with self._lock:
                    self._pending -= 1

    def _attempt(self, delivery: Delivery) -> bool:
        """Try once; whether the delivery is over."""
        rule = delivery.rule
        self._report(rule, "InvocationAttempts", *(["RetryInvocationAttempts"] if delivery.retries else []))
        try:
            _deliver(delivery)
        except Exception as defect:
            error = defect if isinstance(defect, TargetError) else _defect(defect)
            if error.code == "THROTTLING":
                self._report(rule, "ThrottledRules")
            exhausted = None
            if error.may_heal:
                most, age = delivery.retry_policy
                wait = min(2**delivery.retries, _LONGEST_WAIT)
                if delivery.retries >= most:
                    exhausted = "MaximumRetryAttempts"
                elif CLOCK.now() + wait - delivery.matched > age:
                    exhausted = "MaximumEventAgeInSeconds"
                else:
                    self._later(replace(delivery, retries=delivery.retries + 1), wait)
                    return False
            self._report(rule, "Invocations", "FailedInvocations")
            self._dead_letter(delivery, error, exhausted)
        else:
            self._report(rule, "Invocations", "SuccessfulInvocationAttempts")
        return True

    def _dead_letter(self, delivery: Delivery, error: TargetError, exhausted: str | None) -> None:
        """Send the event to the target's queue, if the queue's policy lets EventBridge; it is lost otherwise."""
        arn = (delivery.target.get("DeadLetterConfig") or {}).get("Arn")
        if arn is None:
            return
        texts = {
            "RULE_ARN": delivery.rule.arn,
            "TARGET_ARN": delivery.target["Arn"],
            "ERROR_CODE": error.code,
            "ERROR_MESSAGE": str(error)[:1000],
        }
        if exhausted:
            texts["EXHAUSTED_RETRY_CONDITION"] = exhausted
        attributes = {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}
        if exhausted:
            attributes["RETRY_ATTEMPTS"] = {"DataType": "Number", "StringValue": str(delivery.retries)}
        try:
            _send_message(arn, delivery.rule, json.dumps(delivery.event), MessageAttributes=attributes)
        except TargetError:
            self._report(delivery.rule, "InvocationsFailedToBeSentToDlq")
        else:
            self._report(delivery.rule, "InvocationsSentToDlq")

    def _report(self, rule: Rule, *metrics: str) -> None:
        for listener in self._listeners:
            for metric in metrics:
                listener(rule, metric)


def _defect(error: Exception) -> TargetError:
    logging.getLogger(__name__).exception("A delivery failed.")
    return TargetError("INTERNAL_ERROR", describe(error))


def _deliver(delivery: Delivery) -> None:
    """Hand the event to its target. Raises TargetError."""
    rule, target = delivery.rule, delivery.target
    try:
        text = input_for(target, delivery.event, rule.arn)
    except ValueError as error:
        raise TargetError("INVALID_JSON", str(error)) from error
    if ":sqs:" in target["Arn"]:
        group = (target.get("SqsParameters") or {}).get("MessageGroupId")
        _send_message(target["Arn"], rule, text, **({"MessageGroupId": group} if group else {}))
    else:
        _start(target, rule, text, delivery.event["id"])


def _start(target: Mapping[str, Any], rule: Rule, text: str, event_id: str) -> None:
    """Start an execution with the rights of the target's role.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html
    """
    arguments = {"stateMachineArn": target["Arn"], "name": f"{event_id}_{uuid.uuid4()}", "input": text}
    try:
        assume(target["RoleArn"], _SERVICE, rule.arn)
    except AccessDenied as error:
        raise TargetError("FAILED_TO_ASSUME_ROLE", str(error)) from error
    try:
        authorize(
            target["RoleArn"], needs_of("stepfunctions", "StartExecution", arguments, rule.account_id, rule.region_name)
        )
    except AccessDenied as error:
        raise TargetError("NO_PERMISSIONS", str(error)) from error
    _call(client("stepfunctions", target["Arn"].split(":")[3]).start_execution, arguments)


def _send_message(queue_arn: str, rule: Rule, text: str, **more: Any) -> None:
    """Send a message with EventBridge's own rights, which the policies of queue and key must give it."""
    _, _, _, region, account, name = queue_arn.split(":")
    queue = get_backend("sqs")[account][region].queues.get(name)
    if queue is None:
        raise TargetError("NO_RESOURCE", "The specified queue does not exist.")
    if not _lets(queue, rule, account, region):
        message = f"Neither the policy of the queue {queue_arn} nor that of its key lets {_SERVICE} send to it."
        raise TargetError("NO_PERMISSIONS", message)
    url = f"https://sqs.{region}.amazonaws.com/{account}/{name}"
    _call(client("sqs", region).send_message, {"QueueUrl": url, "MessageBody": text, **more})


def _lets(queue: Queue, rule: Rule, account: str, region: str) -> bool:
    """Return whether the policies of the queue and of its key let the rule send to it.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html. The key is not told which rule
    it is, as AWS says of encrypted topics: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    context = {"aws:SourceArn": rule.arn, "aws:SourceAccount": rule.account_id}
    request = Request("sqs:SendMessage", queue.queue_arn, context, ("Service", _SERVICE))
    policy = queue.policy if isinstance(queue.policy, str) else json.dumps(queue.policy)
    if not queue.policy or evaluate([policy], request) is not Effect.ALLOW:
        return False
    uses = key_uses("sqs:SendMessage", queue.queue_arn, {}, account, region)
    return all(key_lets(use.key_arn, _SERVICE, use.action, use.conditions) for use in uses)


def _call(operation: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
    try:
        operation(**arguments)
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        code = error.response["Error"].get("QueryErrorCode", code).rpartition(".")[2]
        if code in _FINAL:
            raise TargetError(_FINAL[code], message) from error
        raise TargetError(
            "THROTTLING" if code in _THROTTLES else "ERROR_FROM_TARGET", message, may_heal=True
        ) from error


DELIVERIES = Deliveries()
