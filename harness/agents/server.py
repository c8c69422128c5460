"""Serves the agents as AgentCore serves a runtime: POST /invocations, or POST / with A2A, and GET /ping.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-http-protocol-contract.html
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-a2a-protocol-contract.html
"""

import asyncio
import contextlib
import json
import logging
import uuid
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from a2a.helpers.proto_helpers import new_task, new_text_artifact, new_text_part
from a2a.server.agent_execution import AgentExecutor, RequestContext
from a2a.server.events import EventQueue
from a2a.server.tasks import TaskUpdater
from a2a.types import TaskState
from a2a.utils.errors import UnsupportedOperationError
from bedrock_agentcore import BedrockAgentCoreApp, PingStatus
from bedrock_agentcore import RequestContext as Invocation
from bedrock_agentcore.runtime import build_a2a_app
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool

from harness.agents import exception_management, pdf_adapter, trade_extraction, trade_matching
from harness.agents.aws import Aws, Settings
from harness.agents.pace import Pace
from harness.agents.replies import Handle, respond

AGENTS: dict[str, Handle] = {
    "pdf-adapter": pdf_adapter.handle,
    "trade-extraction": trade_extraction.handle,
    "trade-matching": trade_matching.handle,
    "exception-management": exception_management.handle,
}
Entrypoint = Callable[[Any], dict[str, Any]]
Sleep = Callable[[float], Awaitable[None]]


def apps(settings: Settings | None = None, sleep: Sleep = asyncio.sleep) -> dict[str, Starlette]:
    """Return one ASGI app per protocol and agent, by PROTOCOL/NAME.

    Without `settings` boto3's environment says which AWS. `sleep` is how slow agents (`pace`) pass their time.
    """
    aws = Aws(settings or Settings())
    entrypoints = {name: partial(respond, name, handle, aws) for name, handle in AGENTS.items()}
    return {
        f"{protocol}/{name}": serve(entrypoint, sleep)
        for protocol, serve in (("HTTP", partial(_http, partial(_send_back, aws))), ("A2A", _a2a))
        for name, entrypoint in entrypoints.items()
    }


def _send_back(aws: Aws, token: str, reply: dict[str, Any] | None = None) -> None:
    """Send the workflow the reply that it waits for, or a heartbeat; one that waits no more needs none.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskHeartbeat.html
    """
    with contextlib.suppress(aws.stepfunctions.exceptions.TaskTimedOut):
        if reply is None:
            aws.stepfunctions.send_task_heartbeat(taskToken=token)
        else:
            aws.stepfunctions.send_task_success(taskToken=token, output=json.dumps(reply))


def _http(send_back: Callable[..., None], entrypoint: Entrypoint, sleep: Sleep) -> Starlette:
    app = BedrockAgentCoreApp()
    app.logger.setLevel(logging.WARNING)  # it would log every call that went well
    works: dict[tuple[str | None, str], asyncio.Task] = {}  # in the background, by session and idempotency key

    async def work(payload: Any, pace: Pace) -> dict[str, Any]:
        token = payload.get("task_token") if isinstance(payload, dict) else None
        for seconds in pace.naps(has_token=token is not None):
            await sleep(seconds)
            if token:
                await run_in_threadpool(send_back, token)
        reply = await run_in_threadpool(entrypoint, payload)
        if token:
            await run_in_threadpool(send_back, token, reply)
        return reply

    background_work = app.async_task(work)  # reports HealthyBusy meanwhile

    async def respond(payload: Any, context: Invocation) -> dict[str, Any]:
        pace = Pace.of(context.request_headers or {})
        if not pace.in_background:
            return await work(payload, pace)
        key = context.session_id, payload["idempotency_key"]
        if key not in works:
            works[key] = asyncio.create_task(background_work(payload, pace), name=str(uuid.uuid4()))
        if works[key].done():
            return await works[key]
        names = {"task_id": works[key].get_name(), "retry_after_seconds": pace.retry_after_seconds}
        return {"success": True, "status": "IN_PROGRESS", **names}

    app.entrypoint(respond)
    return app


def _a2a(entrypoint: Entrypoint, sleep: Sleep) -> Starlette:
    executor = _Executor(entrypoint, sleep)
    return build_a2a_app(executor, ping_handler=executor.ping)


class _Executor(AgentExecutor):
    """Responds to an A2A message, whose text is the payload, with a task, whose artifact is the reply.

    A request that does not wait for the reply (`blocking`) gets a slow agent's task before it is completed.
    """

    def __init__(self, entrypoint: Entrypoint, sleep: Sleep) -> None:
        self._entrypoint = entrypoint
        self._sleep = sleep
        self._working = 0

    def ping(self) -> PingStatus:
        """Return HealthyBusy while it works, so that AgentCore keeps the session."""
        return PingStatus.HEALTHY_BUSY if self._working else PingStatus.HEALTHY

    async def execute(self, context: RequestContext, event_queue: EventQueue) -> None:
        """Respond to one message."""
        self._working += 1
        try:
            await self._execute(context, event_queue)
        finally:
            self._working -= 1

    async def _execute(self, context: RequestContext, event_queue: EventQueue) -> None:
        pace = Pace.of(context.call_context.state["headers"])
        names = context.task_id, context.context_id
        if pace.seconds:
            task = new_task(*names, TaskState.TASK_STATE_WORKING)
            task.metadata["retry_after_seconds"] = pace.retry_after_seconds
            await event_queue.enqueue_event(task)
            await self._sleep(pace.seconds)
        reply = json.dumps(await asyncio.to_thread(self._entrypoint, json.loads(context.get_user_input())))
        if pace.seconds:
            updater = TaskUpdater(event_queue, *names)
            await updater.add_artifact([new_text_part(reply)], name="reply")
            await updater.complete()
        else:
            completed = TaskState.TASK_STATE_COMPLETED
            await event_queue.enqueue_event(new_task(*names, completed, artifacts=[new_text_artifact("reply", reply)]))

    async def cancel(self, context: RequestContext, event_queue: EventQueue) -> None:  # noqa: ARG002 - as it is called
        """Refuse: a session is stopped, no task is cancelled."""
        raise UnsupportedOperationError
