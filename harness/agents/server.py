"""Serves the agents as AgentCore serves a runtime: POST /invocations and GET /ping.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-http-protocol-contract.html
"""

import logging
from functools import partial

from bedrock_agentcore import BedrockAgentCoreApp

from harness.agents import exception_management, pdf_adapter, trade_extraction, trade_matching
from harness.agents.aws import Aws, Settings
from harness.agents.replies import Handle, answer

AGENTS: dict[str, Handle] = {
    "pdf-adapter": pdf_adapter.handle,
    "trade-extraction": trade_extraction.handle,
    "trade-matching": trade_matching.handle,
    "exception-management": exception_management.handle,
}


def apps(settings: Settings | None = None) -> dict[str, BedrockAgentCoreApp]:
    """Make one ASGI app per agent, by the agent's name; without `settings` boto3's environment says which AWS."""
    aws = Aws(settings or Settings())
    return {name: _app(name, handle, aws) for name, handle in AGENTS.items()}


def _app(name: str, handle: Handle, aws: Aws) -> BedrockAgentCoreApp:
    app = BedrockAgentCoreApp()
    app.logger.setLevel(logging.WARNING)  # it would tell of every call that went well
    app.entrypoint(partial(answer, name, handle, aws))
    return app
