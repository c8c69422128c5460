"""Addition: executions write their events to the state machine's log group; moto writes none.

https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from moto.logs.models import LogEvent, logs_backends

from harness.embedded.stepfunctions import execution
from harness.embedded.stepfunctions.execution import Execution
from harness.embedded.stepfunctions.journal import Event, dumps

_FATAL = {"ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut"}
_ERROR_ENDINGS = ("Aborted", "Failed", "TimedOut")


def install() -> None:
    """Deliver the events of all executions."""
    execution.deliver_to(_deliver)


def _deliver(run: Execution, event: Event) -> None:
    logging = run.machine.logging
    if not _is_logged(event.type, logging.get("level", "OFF")):
        return
    message = dumps(_message(run, event, logging.get("includeExecutionData", False)))
    entry = {"timestamp": int(event.timestamp * 1000), "message": message}
    for destination in logging.get("destinations", ()):
        account, region, name = _parts(destination["cloudWatchLogsLogGroup"]["logGroupArn"])
        group = logs_backends[account][region].groups.get(name)
        if group is None:  # deleted while the run goes on: AWS drops the events too
            continue
        if run.log_stream is None:
            run.log_stream = _stream(run)
        if run.log_stream not in group.streams:
            group.create_log_stream(run.log_stream)
        stream = group.streams[run.log_stream]
        if group.subscription_filters:
            stream.put_log_events([entry])
        else:  # moto's own way is several times as slow
            stream.events.append(LogEvent(entry["timestamp"], entry))
            stream.stored_bytes += len(message)


@cache
def _parts(arn: str) -> tuple[str, str, str]:
    """Return the account, the region and the name of a log group."""
    _, _, _, region, account, _, name = arn.split(":", 6)
    return account, region, name.removesuffix(":*")


def _is_logged(type_: str, level: str) -> bool:
    """Return whether a level logs an event: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-log-level."""
    match level:
        case "ALL":
            return True
        case "ERROR":
            return type_ in _FATAL or type_ == "FailStateEntered" or type_.endswith(_ERROR_ENDINGS)
        case "FATAL":
            return type_ in _FATAL
    return False


def _message(run: Execution, event: Event, include_data: bool) -> Mapping[str, Any]:
    return {
        "id": str(event.id),
        "type": event.type,
        "details": event.shown(include_data),
        "redrive_count": str(run.redrives),
        "previous_event_id": str(event.previous),
        "event_timestamp": str(int(event.timestamp * 1000)),
        "execution_arn": run.execution_arn,
    }


def _stream(run: Execution) -> str:
    minute = datetime.fromtimestamp(run.start_date.timestamp(), UTC).strftime("%Y-%m-%d-%H-%M")
    return f"states/{run.machine.name}/{minute}/{run.name[-8:]}"
