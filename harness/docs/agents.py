"""docs/agents.md: what each agent receives and must return, for the teams that build the agents.

The fields come from statemachine/agents.json, by which the workflow makes each payload and judges each reply. What they
mean is in agents.toml, whose values a test puts through those rules.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.docs.markdown import table
from harness.fault_matrix import AGENTS
from harness.paths import ROOT

CONTRACTS: Mapping[str, Mapping[str, Any]] = json.loads(
    (ROOT / "statemachine" / "agents.json").read_text(encoding="utf-8")
)
WORDS: Mapping[str, Mapping[str, Any]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))

INTRODUCTION = """\
# What an agent receives and must return

For the teams that build the agents. The fields are those of [statemachine/agents.json](../statemachine/agents.json),
from which the workflow makes each payload and by whose rules it judges each reply.

## Every call

- **Request.** One `InvokeAgentRuntime`: an HTTP runtime gets a `POST /invocations` with one JSON object as its body.
  An A2A runtime gets the same object as the text of a message ([how](architecture.md#agents-that-speak-a2a)).
  The runtime must take IAM (SigV4): one with OAuth inbound auth cannot be called from Step Functions.
- **`correlation_id`** is in every payload, and in the `baggage` header. It joins everything that is known of a run.
- **`document_path` and `document_version`** are in every payload, and identify the content that the run is about. Read
  exactly this version: `GetObject` with `VersionId`, or with `IfMatch` where it is an ETag (32 hexadecimal digits, with
  `-N` behind them after a multipart upload). The path may have other content by now. Keep what is derived from a
  document under its version too, since another version has the same `document_id`.
- **`idempotency_key`** is in every payload, 64 hexadecimal digits. **A call may be repeated**, within seconds or, for a
  [deferred](architecture.md#deferral) document, after hours, and then has the same key: it stands for the agent and
  this version of the document, in every attempt and in every run, until the document is processed again, on purpose or
  because what an agent had written before is gone. For exception-management it also stands for the failure. An agent
  that has seen the key returns what it returned before, and does nothing twice. It does not keep a reply that time may
  change: `PENDING`, or a refusal for something that is not there yet.
- **Session.** Each attempt has a session of its own, which is stopped as soon as the reply is there (unless
  `stop_sessions = false`). What an agent does, it does before it replies; what it keeps, it keeps elsewhere.
- **Time.** A call may take `timeout_seconds` of its agent, or what the run has left if that is less. Then the session
  is stopped, and the step stops with `AgentTimeout` or `DeadlineExceeded`. The same run does not repeat it; a later
  one does, when the document is resumed.
- **Trace.** `X-Amzn-Trace-Id` and `traceparent` name the run's trace and the agent's own subsegment in it.

## Every reply

- **It worked:** HTTP 200 and one JSON object with `"success": true` and the fields below. Other fields are welcome,
  and ignored: nothing but what stands below travels on.
- **The document is bad:** HTTP 200 and `"success": false`, with `error` (a sentence) and `error_type` (a code: a
  letter, then up to 63 letters, digits, underscores and dots). The step fails with `AgentRejected`, which names the
  code and, where the reply has `missing_fields` (a list of names in lower case with underscores), the first 20 of
  them. `error` goes no further, since it may hold data. The agent counts as healthy, and the document is an exception
  at once. Only where an earlier run of a deferred document had finished the steps before, it begins anew, once: what
  they wrote may be gone. So refuse what is the document's fault, and fail with an HTTP error where you are at fault.
- **Anything else** is `InvalidReply`: no JSON, no object, `success` missing, a field missing or against its rule. The
  message names the fields. It is tried again, and counts as a failure of the agent.
- **At most 256 KiB**, as Step Functions counts it (the reply as a JSON string, with its quotes escaped). More is
  `ReplyTooLarge`, and is not tried again.

[errors.md](errors.md) says what each error results in. Where an agent uses what an upstream agent wrote, it needs
permissions of its own: the workflow hands on ids and places, never contents."""


def render() -> str:
    """Give the document."""
    return "\n\n".join([INTRODUCTION, *(part for agent in CONTRACTS for part in _agent(agent))]) + "\n"


def problems() -> Iterator[str]:
    """Give a sentence for each field of the contracts that nobody explains, and the reverse."""
    in_rules, in_words = _fields(CONTRACTS), _fields(WORDS)
    for field in sorted(in_rules - in_words):
        yield f"harness/docs/agents.toml does not explain {field}, which is in statemachine/agents.json."
    for field in sorted(in_words - in_rules):
        yield f"harness/docs/agents.toml explains {field}, which is not in statemachine/agents.json."


def _fields(agents: Mapping[str, Mapping[str, Any]]) -> set[str]:
    return {
        f"{agent}.{way}.{field}"
        for agent, contract in agents.items()
        for way in ("receives", "returns")
        for field in contract[way]
    }


def _agent(agent: str) -> Iterator[str]:
    contract, words = CONTRACTS[agent], WORDS[agent]
    yield f"## {agent}"
    yield f"{words['does']} One call may take {AGENTS[agent]['timeout_seconds']} s by default."
    yield table(
        ("receives", "what it is"), ((f"`{field}`", words["receives"][field]) for field in contract["receives"])
    )
    yield table(
        ("returns", "rule", "for example"), (_returned(field, words["returns"][field]) for field in contract["returns"])
    )


def _returned(field: str, words: Mapping[str, Any]) -> tuple[str, ...]:
    optional = "may be left out or null; " if words.get("optional") else ""
    return f"`{field}`", optional + words["rule"], f"`{words['takes'][0]}`"
