"""A2A as AgentCore passes it on: a JSON-RPC request whose message holds the payload, its answer and its errors.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-a2a-protocol-contract.html
On AWS a runtime is made for one protocol; here each runtime speaks the one that it is called in.
"""

import json
import uuid
from collections.abc import Mapping
from typing import Any

RUNTIME_ERROR = -32055
_MESSAGES = {
    -32501: "Resource not found",
    -32052: "Validation error",
    -32053: "Rate limit exceeded",
    -32054: "Resource conflict",
    RUNTIME_ERROR: "Runtime client error",
}


def is_request(payload: Any) -> bool:
    """Whether a payload is a JSON-RPC request."""
    return isinstance(payload, Mapping) and payload.get("jsonrpc") == "2.0"


def text_of(request: Mapping[str, Any]) -> str:
    """Give the text of a request's message; empty where it has none."""
    try:
        return "".join(part["text"] for part in request["params"]["message"]["parts"] if part["kind"] == "text")
    except (KeyError, TypeError):
        return ""


def answer(request: Mapping[str, Any], text: str) -> bytes:
    """Give the answer to a request: a task that is completed, with the text as its artifact."""
    task = {
        "kind": "task",
        "id": str(uuid.uuid4()),
        "contextId": str(uuid.uuid4()),
        "status": {"state": "completed"},
        "artifacts": [{"artifactId": str(uuid.uuid4()), "parts": [{"kind": "text", "text": text}]}],
    }
    return _response(request, result=task)


def error(request: Mapping[str, Any] | None, code: int) -> bytes:
    """Give the answer that says an error, which comes with the HTTP status 200."""
    return _response(request or {}, error={"code": code, "message": _MESSAGES.get(code, "Error")})


def _response(request: Mapping[str, Any], **said: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": request.get("id"), **said}).encode()
