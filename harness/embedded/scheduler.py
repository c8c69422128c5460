"""EventBridge Scheduler really delivers: moto stores schedules and does nothing more.

A schedule with a `rate(…)` fires by the embedded AWS's clock, first when it is seen, as AWS does without a start date;
others fire on request only. It is looked at in real time: where hours pass in a moment they are not full of what it
starts. A delivery that fails goes to the target's dead-letter queue at once: AWS would first repeat it for up to a day.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

import json
import re
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from moto.scheduler.models import Schedule, scheduler_backends

from harness.embedded.account import ACCOUNT, REGION
from harness.embedded.clients import client
from harness.embedded.clock import CLOCK
from harness.embedded.iam import AccessDenied, assume, authorize
from harness.embedded.permissions import needs_of

_UNIVERSAL = re.compile(r"arn:aws[^:]*:scheduler:::aws-sdk:sfn:startExecution")
_MACHINE = re.compile(r"arn:aws[^:]*:states:[^:]+:\d+:stateMachine:.+")
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}
_LOOK = 0.2  # real seconds between looks at the schedules


@dataclass(frozen=True)
class Delivery:
    """What one firing of a schedule resulted in."""

    schedule: str
    group: str
    execution_arn: str | None = None
    error: str | None = None
    dead_lettered: bool = False


_LISTENERS: list[Callable[[Delivery], None]] = []


def listen(listener: Callable[[Delivery], None]) -> None:
    """Report every delivery to `listener`."""
    _LISTENERS.append(listener)


def install() -> None:
    """Begin to fire schedules when they are due."""
    threading.Thread(target=_run, name="scheduler", daemon=True).start()


def run_all() -> list[Delivery]:
    """Fire every enabled schedule now."""
    return [_fire(schedule) for schedule in _enabled()]


def _run() -> None:
    due: dict[str, float] = {}
    while True:
        for schedule in _enabled():
            rate = _RATE.fullmatch(schedule.schedule_expression)
            if rate and due.get(schedule.arn, 0) <= CLOCK.now():
                # What is overdue is not made up for: the clock may be faster than a delivery.
                due[schedule.arn] = CLOCK.now() + int(rate[1]) * _SECONDS[rate[2]]
                _fire(schedule)
        threading.Event().wait(_LOOK)


def _enabled() -> Iterator[Schedule]:
    for group in list(scheduler_backends[ACCOUNT][REGION].schedule_groups.values()):
        yield from [schedule for schedule in list(group.schedules.values()) if schedule.state == "ENABLED"]


def _fire(schedule: Schedule) -> Delivery:
    delivery = _deliver(schedule)
    for listener in _LISTENERS:
        listener(delivery)
    return delivery


def _deliver(schedule: Schedule) -> Delivery:
    target = schedule.target
    try:
        return Delivery(schedule.name, schedule.group_name, execution_arn=_start(schedule, target))
    except (AccessDenied, ClientError, ValueError) as error:
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
        sent = _dead_letter(target, code, str(error))
        return Delivery(schedule.name, schedule.group_name, error=f"{code}: {error}", dead_lettered=sent)


def _start(schedule: Schedule, target: dict[str, Any]) -> str:
    """Start the target's execution with the rights of the schedule's role, and return its ARN."""
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    group = schedule.arn.replace(":schedule/", ":schedule-group/").rpartition("/")[0]
    assume(target["RoleArn"], "scheduler.amazonaws.com", group)
    arguments = _execution(schedule, target)
    authorize(target["RoleArn"], needs_of("stepfunctions", "StartExecution", arguments, ACCOUNT, REGION))
    return client("stepfunctions").start_execution(**arguments)["executionArn"]


def _execution(schedule: Schedule, target: dict[str, Any]) -> dict[str, str]:
    """Return StartExecution's parameters. Raises ValueError for a target that is not known here."""
    input_text = _filled_in(schedule, target.get("Input") or "{}")
    if _MACHINE.fullmatch(target["Arn"]):
        return {"stateMachineArn": target["Arn"], "input": input_text}
    if _UNIVERSAL.fullmatch(target["Arn"]):
        return {name[0].lower() + name[1:]: value for name, value in json.loads(input_text).items()}
    raise ValueError(f"A schedule can start a state machine only, not call {target['Arn']}.")


def _filled_in(schedule: Schedule, text: str) -> str:
    """Fill in the context attributes.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """
    attributes = {
        "attempt-number": "1",
        "execution-id": str(uuid.uuid4()),
        "schedule-arn": schedule.arn,
        "scheduled-time": CLOCK.date().strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    for name, value in attributes.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text


def _dead_letter(target: dict[str, Any], code: str, message: str) -> bool:
    """Send what could not be delivered to the target's queue, again with the rights of the schedule's role.

    False where there is no queue, or the role may not send to it: then it is lost, as on AWS.
    """
    arn = target.get("DeadLetterConfig", {}).get("Arn")
    if arn is None:
        return False
    attributes = {"ERROR_CODE": code, "ERROR_MESSAGE": message[:1000], "TARGET_ARN": target["Arn"]}
    message_attributes = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    sqs = client("sqs")
    try:
        url = sqs.get_queue_url(QueueName=arn.split(":")[5])["QueueUrl"]
        authorize(target["RoleArn"], needs_of("sqs", "SendMessage", {"QueueUrl": url}, ACCOUNT, REGION))
        sqs.send_message(QueueUrl=url, MessageBody=target.get("Input") or "{}", MessageAttributes=message_attributes)
    except (AccessDenied, ClientError):
        return False
    return True
