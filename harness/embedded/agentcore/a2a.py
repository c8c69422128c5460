"""A2A as AgentCore passes it on: a JSON-RPC request whose message holds the payload, its response and its errors.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-a2a-protocol-contract.html
On AWS a runtime is created for one protocol; here each runtime speaks the one that it is called in.
"""

import json
import uuid
from collections.abc import Mapping
from typing import Any

TASK_NOT_FOUND = -32001  # A2A's own: https://a2a-protocol.org/v0.3.0/specification/#82-a2a-specific-errors
RUNTIME_ERROR = -32055
# AgentCore's own errors, which it too returns with the HTTP status 200.
CODES = {"ThrottlingException": -32053, "RetryableConflictException": -32054}
_MESSAGES = {
    TASK_NOT_FOUND: "Task not found",
    -32501: "Resource not found",
    -32052: "Validation error",
    CODES["ThrottlingException"]: "Rate limit exceeded",
    CODES["RetryableConflictException"]: "Resource conflict",
    RUNTIME_ERROR: "Runtime client error",
}


def is_request(payload: Any) -> bool:
    """Whether a payload is a JSON-RPC request."""
    return isinstance(payload, Mapping) and payload.get("jsonrpc") == "2.0"


def text_of(request: Mapping[str, Any]) -> str:
    """Return the text of a request's message; empty where it has none."""
    try:
        return "".join(part["text"] for part in request["params"]["message"]["parts"] if part["kind"] == "text")
    except (KeyError, TypeError):
        return ""


def polled_task(request: Mapping[str, Any] | None) -> str | None:
    """Return the id of the task that a request asks for with `tasks/get`; None for another request."""
    if request is None or request.get("method") != "tasks/get":
        return None
    params = request.get("params")
    return str(params.get("id")) if isinstance(params, Mapping) else ""


def waits(request: Mapping[str, Any]) -> bool:
    """Whether a message asks for a response that is the last one, as it does by default."""
    params = request.get("params")
    configuration = params.get("configuration") if isinstance(params, Mapping) else None
    return not isinstance(configuration, Mapping) or configuration.get("blocking") is not False


def completed(request: Mapping[str, Any], text: str, task_id: str | None = None) -> bytes:
    """Return the response that holds a completed task, with the text as its artifact."""
    artifact = {"artifactId": str(uuid.uuid4()), "parts": [{"kind": "text", "text": text}]}
    return task(request, task_id or str(uuid.uuid4()), "completed", artifacts=[artifact])


def task(request: Mapping[str, Any], task_id: str, state: str, **members: Any) -> bytes:
    """Return the response that holds a task in a state."""
    context = str(uuid.uuid5(uuid.NAMESPACE_OID, task_id))  # the same in every response
    result = {"kind": "task", "id": task_id, "contextId": context, "status": {"state": state}, **members}
    return _response(request, result=result)


def renamed(response: bytes, request: Mapping[str, Any], task_id: str) -> bytes:
    """Return a response as the one to another request, its task under another id."""
    parsed = json.loads(response)
    if isinstance(parsed.get("result"), dict):
        parsed["result"]["id"] = task_id
    return json.dumps({**parsed, "id": request.get("id")}).encode()


def error(request: Mapping[str, Any] | None, code: int) -> bytes:
    """Return the response that holds an error, which comes with the HTTP status 200."""
    return _response(request or {}, error={"code": code, "message": _MESSAGES.get(code, "Error")})


def _response(request: Mapping[str, Any], **members: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": request.get("id"), **members}).encode()
