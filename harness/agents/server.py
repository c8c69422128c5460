"""Serves the agents as AgentCore serves a runtime: POST /invocations, or POST / with A2A, and GET /ping.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-http-protocol-contract.html
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-a2a-protocol-contract.html
"""

import asyncio
import json
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from a2a.helpers.proto_helpers import new_task, new_text_artifact
from a2a.server.agent_execution import AgentExecutor, RequestContext
from a2a.server.events import EventQueue
from a2a.types import TaskState
from a2a.utils.errors import UnsupportedOperationError
from bedrock_agentcore import BedrockAgentCoreApp
from bedrock_agentcore.runtime import build_a2a_app
from starlette.applications import Starlette

from harness.agents import exception_management, pdf_adapter, trade_extraction, trade_matching
from harness.agents.aws import Aws, Settings
from harness.agents.replies import Handle, answer

AGENTS: dict[str, Handle] = {
    "pdf-adapter": pdf_adapter.handle,
    "trade-extraction": trade_extraction.handle,
    "trade-matching": trade_matching.handle,
    "exception-management": exception_management.handle,
}
Entrypoint = Callable[[Any], dict[str, Any]]


def apps(settings: Settings | None = None) -> dict[str, Starlette]:
    """Return one ASGI app per protocol and agent, by PROTOCOL/NAME.

    Without `settings` boto3's environment says which AWS.
    """
    aws = Aws(settings or Settings())
    entrypoints = {name: partial(answer, name, handle, aws) for name, handle in AGENTS.items()}
    return {
        f"{protocol}/{name}": serve(entrypoint)
        for protocol, serve in (("HTTP", _http), ("A2A", _a2a))
        for name, entrypoint in entrypoints.items()
    }


def _http(entrypoint: Entrypoint) -> Starlette:
    app = BedrockAgentCoreApp()
    app.logger.setLevel(logging.WARNING)  # it would log every call that went well
    app.entrypoint(entrypoint)
    return app


def _a2a(entrypoint: Entrypoint) -> Starlette:
    return build_a2a_app(_Executor(entrypoint))


class _Executor(AgentExecutor):
    """Responds to an A2A message, whose text is the payload, with a completed task, whose artifact is the reply."""

    def __init__(self, entrypoint: Entrypoint) -> None:
        self._entrypoint = entrypoint

    async def execute(self, context: RequestContext, event_queue: EventQueue) -> None:
        """Respond to one message."""
        reply = await asyncio.to_thread(self._entrypoint, json.loads(context.get_user_input()))
        artifact = new_text_artifact("reply", json.dumps(reply))
        await event_queue.enqueue_event(
            new_task(context.task_id, context.context_id, TaskState.TASK_STATE_COMPLETED, artifacts=[artifact])
        )

    async def cancel(self, context: RequestContext, event_queue: EventQueue) -> None:  # noqa: ARG002 - as it is called
        """Refuse: a call is over before it could be cancelled."""
        raise UnsupportedOperationError
