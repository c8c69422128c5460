"""An agent's replies: what its payload must hold, how it refuses, and that a repeated call gets the same reply."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from jsonschema import Draft202012Validator

from harness.agents.aws import Aws, Table

Handle = Callable[[dict[str, Any], Aws], dict[str, Any]]

TEXT = {"type": "string", "minLength": 1}
SOURCE_TYPE = {"enum": ["BANK", "COUNTERPARTY"]}

# What the next call may find otherwise: these replies are not kept.
_PASSING = {
    "INVALID_INPUT",
    "DOCUMENT_CHANGED",
    "DOCUMENT_NOT_FOUND",
    "CANONICAL_NOT_FOUND",
    "TRADE_NOT_FOUND",
    "PENDING",
}


class RefusalError(Exception):
    """An agent refuses a document, with a code and a sentence."""

    def __init__(self, error_type: str, sentence: str, **details: Any) -> None:
        super().__init__(sentence)
        self.reply = {"success": False, "error": sentence, "error_type": error_type, **details}


def payload_schema(optional: Mapping[str, Any] | None = None, /, **required: Any) -> Draft202012Validator:
    """Return the validator of an agent's payload; every payload may carry the document and the ids that join calls."""
    document = {"document_id": TEXT, "document_path": TEXT, "document_version": {"type": ["string", "null"]}}
    properties = {**document, "correlation_id": TEXT, "idempotency_key": TEXT, **(optional or {}), **required}
    return Draft202012Validator({"type": "object", "properties": properties, "required": list(required)})


def check(payload: Any, schema: Draft202012Validator) -> None:
    """Raise RefusalError INVALID_INPUT that names every wrong field."""
    problems = sorted(
        f"{'.'.join(map(str, error.path)) or 'payload'}: {error.message}" for error in schema.iter_errors(payload)
    )
    if problems:
        raise RefusalError("INVALID_INPUT", f"The payload is not what this agent accepts: {'; '.join(problems)}.")


def document_of(payload: dict[str, Any]) -> str:
    """Return the key of the document and its version in the agents' data; without a version it is empty."""
    return f"{payload['document_id']}#{payload.get('document_version') or ''}"


def no_tokens() -> dict[str, int]:
    """Return the tokens of a model that a call used: none."""
    return {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}


def respond(agent: str, handle: Handle, aws: Aws, payload: Any) -> dict[str, Any]:
    """Return the reply to a call: the former one if its idempotency key has a final reply, or else that of `handle`.

    Of concurrent calls with one key the first reply counts for all.
    """
    key = payload.get("idempotency_key") if isinstance(payload, dict) else None
    if not isinstance(key, str) or not key:
        return _handled(handle, aws, payload)
    replies = Table(aws, "replies", "agent", "idempotency_key")
    if former := replies.get(agent, key):
        return json.loads(former["reply"])
    reply = _handled(handle, aws, payload)
    if not _PASSING.isdisjoint({reply.get("error_type"), reply.get("match_classification")}):
        return reply
    return json.loads(replies.put_new({"agent": agent, "idempotency_key": key, "reply": json.dumps(reply)})["reply"])


def _handled(handle: Handle, aws: Aws, payload: Any) -> dict[str, Any]:
    try:
        return handle(payload, aws)
    except RefusalError as refusal:
        return refusal.reply
