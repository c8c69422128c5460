"""Agents that report to Step Functions later: SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat, as scripted.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
"""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from harness.embedded import timers
from harness.embedded.agentcore.agents import Call
from harness.embedded.agentcore.scripts import Callback
from harness.embedded.clients import client
from harness.embedded.clock import CLOCK


def schedule(callbacks: tuple[Callback, ...], call: Call, reply: Callable[[], str]) -> None:
    """Send the callbacks of a call when their time comes; `reply` returns the reference agent's."""
    for callback in callbacks:
        time = call.time + callback.after_seconds
        if not callback.detached:
            call.session.busy_until = max(call.session.busy_until, time)
        timers.at(time, partial(_send, callback, call, reply))


def _send(callback: Callback, call: Call, reply: Callable[[], str]) -> None:
    if call.session.stopped.is_set() and not callback.detached:
        return
    operation, arguments = _request(callback, reply)
    token = callback.token or (call.payload.get("task_token") if isinstance(call.payload, Mapping) else None)
    error = None
    try:
        getattr(client("stepfunctions"), f"send_task_{operation}")(taskToken=token, **arguments)
    except ClientError as refused:
        error = refused.response["Error"]["Code"]
    call.callbacks.append({"operation": f"SendTask{operation.title()}", "time": CLOCK.now(), "error": error})


def _request(callback: Callback, reply: Callable[[], str]) -> tuple[str, dict[str, Any]]:
    match callback.kind:
        case "success":
            return "success", {"output": reply() if callback.value is True else json.dumps(callback.value)}
        case "failure":
            return "failure", dict(callback.value)
    return "heartbeat", {}
