"""exception-management: records an exception with its severity, the time to act on it and the queue that gets it."""

import hashlib
import time
import tomllib
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from harness.agents.aws import Aws, Table
from harness.agents.replies import TEXT, check, payload_schema

_RULES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
EVENT_TYPES = (
    "PDF_PROCESSING_ERROR",
    "EXTRACTION_FAILED",
    "MATCHING_FAILED",
    "MATCHING_EXCEPTION",
    "WORKFLOW_ERROR",
)
_PAYLOAD = payload_schema(
    {
        "trade_id": {"type": ["string", "null"]},
        "match_score": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        "error_message": {"type": ["string", "null"]},
    },
    event_type={"enum": list(EVENT_TYPES)},
    reason_codes={"type": "array", "items": TEXT},
)


def handle(payload: dict[str, Any], aws: Aws) -> dict[str, Any]:
    """Record one exception; of calls with one idempotency key, however many at once, the first one counts.

    Raises RefusalError INVALID_INPUT.
    """
    check(payload, _PAYLOAD)
    rule = _rule(payload)
    raised = datetime.fromtimestamp(time.time(), UTC)
    due = raised + timedelta(hours=_RULES["hours_to_act"][rule["severity"]])
    score = payload.get("match_score")
    recorded = Table(aws, "exceptions", "exception_id").put_new(
        {
            "event_type": payload["event_type"],
            "trade_id": payload.get("trade_id"),
            "reason_codes": payload["reason_codes"],
            "error_message": payload.get("error_message"),
            "correlation_id": payload.get("correlation_id"),
            **{name: payload.get(name) for name in ("source_type", "document_id", "document_path", "document_version")},
            "match_score": None if score is None else Decimal(str(score)),
            "exception_id": _exception_id(payload),
            "severity": rule["severity"],
            "queue": rule["queue"],
            "status": "OPEN",
            "raised_at": raised.isoformat(timespec="seconds"),
            "due_at": due.isoformat(timespec="seconds"),
        }
    )
    return {
        "success": True,
        **{name: recorded[name] for name in ("exception_id", "severity", "queue", "due_at")},
        "agent_response": f"Recorded as {recorded['severity']} for {recorded['queue']}, due {recorded['due_at']}.",
    }


def _exception_id(payload: dict[str, Any]) -> str:
    key = payload.get("idempotency_key")
    return f"EXC-{hashlib.sha256(key.encode()).hexdigest()[:24] if key else uuid.uuid4().hex[:24]}"


def _rule(payload: dict[str, Any]) -> dict[str, Any]:
    return next(rule for rule in _RULES["rule"] if _fits(rule, payload))


def _fits(rule: dict[str, Any], payload: dict[str, Any]) -> bool:
    if "event_types" in rule and payload["event_type"] not in rule["event_types"]:
        return False
    if "reason_codes" in rule and not set(rule["reason_codes"]) & set(payload["reason_codes"]):
        return False
    score = payload.get("match_score")
    return "below" not in rule or (score is not None and score < rule["below"])
