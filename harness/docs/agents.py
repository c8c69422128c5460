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

from harness.contract import AGENTS
from harness.docs.markdown import table
from harness.paths import ROOT

CONTRACTS: Mapping[str, Mapping[str, Any]] = json.loads(
    (ROOT / "statemachine" / "agents.json").read_text(encoding="utf-8")
)
WORDS: Mapping[str, Mapping[str, Any]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
REPLIES: Mapping[str, Any] = tomllib.loads(Path(__file__).with_name("replies.toml").read_text(encoding="utf-8"))

INTRODUCTION = """\
# What an agent receives and must return

For the teams that build the agents. The fields are those of [statemachine/agents.json](../statemachine/agents.json),
from which the workflow makes each payload and by whose rules it judges each reply.

## Every call

- **Request.** One `InvokeAgentRuntime`: an HTTP runtime gets a `POST /invocations` with one JSON object as its body.
  An A2A runtime gets the same object as the text of a message ([how](architecture.md#agents-that-speak-a2a)).
  The runtime must accept IAM (SigV4): one with OAuth inbound auth cannot be called from Step Functions.
- **`correlation_id`** is in every payload, and in the `baggage` header. It joins everything that is known of a run.
- **`document_path` and `document_version`** are in every payload, and identify the content that the run is about. Read
  exactly this version: `GetObject` with `VersionId`, or with `IfMatch` where it is an ETag (32 hexadecimal digits, with
  `-N` behind them after a multipart upload). The path may have other content by now. Keep what is derived from a
  document under its version too, since another version has the same `document_id`.
- **`idempotency_key`** is in every payload, 64 hexadecimal digits. **A call may be repeated**, within seconds or, for a
  [deferred](architecture.md#deferral) document, after hours, and then has the same key: it identifies the agent and
  this version of the document, in every attempt and in every run, until the document is processed again, on purpose or
  because what an agent had written before is gone. For exception-management it also identifies the failure. An agent
  that has seen the key returns what it returned before, and does nothing twice. It does not keep a reply that time may
  change: `PENDING`, or a refusal for something that is not there yet.
- **Session.** Each attempt has a session of its own, which is stopped as soon as the reply is there (unless
  `stop_sessions = false`). What an agent does, it does before its last reply; what it keeps, it keeps elsewhere.
- **Time.** The work may take `timeout_seconds` of its agent, from the call that begins it to the reply, and one call
  `call_seconds`. An agent that needs longer than one call may last replies that it is
  [at work](#work-that-takes-longer-than-a-call). When the time is over the session is stopped, and the step stops with
  `AgentTimeout`. The same run does not repeat it; a later one does, when the document is resumed.
- **Trace.** `X-Amzn-Trace-Id` and `traceparent` name the run's trace and the agent's own subsegment in it.

## Every reply

- **It worked:** HTTP 200 and one JSON object with `"success": true` and the fields below. Other fields are welcome,
  and ignored: nothing but the fields below is passed on.
- **The document is bad:** HTTP 200 and `"success": false`, with `error` (a sentence) and `error_type` (a code: a
  letter, then up to 63 letters, digits, underscores and dots). The step fails with `AgentRejected`, which names the
  code and, where the reply has `missing_fields` (a list of names in lower case with underscores), the first 20 of
  them. `error` goes no further, since it may hold data. The agent counts as healthy, and the document is an exception
  at once. Only where an earlier run of a deferred document had finished the steps before, it begins anew, once: what
  they wrote may be gone. So refuse what is the document's fault, and fail with an HTTP error where you are at fault.
- **It is at work:** `"success": true` and `"status": "IN_PROGRESS"`, see below.
- **Anything else** is `InvalidReply`, which counts as a failure of the agent: another
  [shape](#the-shapes-of-a-reply), or a field missing or against its rule. The message names the shape or the fields,
  never a value. It is tried again, unless the shape comes from the agent's code and would be the same.
- **At most 256 KiB**, as Step Functions counts it (the reply as a JSON string, with its quotes escaped). More is
  `ReplyTooLarge`, and is not tried again.

## Work that takes longer than a call

How long one call from Step Functions may last is not documented. Public reports say that calls are cut near 60 s, while
AgentCore lets an agent work in its session for 8 hours. So an agent that may need more than some tens of seconds
responds before its work is done, and works on in the background:

```json
{ "success": true, "status": "IN_PROGRESS", "retry_after_seconds": 20 }
```

- **It is polled in the same session**, with the same payload and the same `idempotency_key`, until it replies with
  the result or a refusal, or until `timeout_seconds` are over. Only then is the session stopped. So keep the work by
  its `idempotency_key`, and respond to each poll within a few seconds.
- **`retry_after_seconds`** may be left out. It is respected up to 300 s and not under a thirtieth of the time that the
  work has taken so far; up to 10 s are added at random. Without it the wait is random, up to 10 s or a tenth of that
  time.
- **Report `HealthyBusy` on `/ping`** meanwhile, or AgentCore ends the session after 15 idle minutes. The
  `bedrock-agentcore` SDK does so for an entrypoint that keeps a task with `add_async_task` and `complete_async_task`.
- **A poll that fails** (throttling, a conflict, AWS's or the connection's failure) is repeated. A container's
  error ends the attempt.
- **Work that is lost** with its microVM is begun anew: an HTTP agent that does not know the key begins to work as for
  a first call, and is waited for. Where its replies name the work, with a `task_id` of 1 to 128 letters, digits and
  `._:-`, another one than before is noticed: the session is stopped, and the work begun once in a new one. An A2A
  agent responds with error -32001, unknown task; then the workflow sends the message again, once, in a new session.
- **A run that ends first**, as Express does after 300 s, leaves the session at work: the document is deferred, and the
  next run asks in the same session.
- **In A2A** the same is a task in state `submitted` or `working`, as the response to `message/send`. It is polled
  with `tasks/get` and its id: 1 to 128 letters, digits and `._:-`. It asks for a wait with `retry_after_seconds` in the
  task's `metadata`. A server of the `a2a-sdk` responds so by itself where it is sent `"blocking": false`, which it is
  where `call_seconds` is under `timeout_seconds`. Let its `ping_handler` report `HealthyBusy`.

The reference agents do so with AWS's SDK, in both protocols: [harness/agents/server.py](../harness/agents/server.py).
The scripts of the embedded AWS say how slow they are, with `"agent": true, "background_seconds": 67`.

## Replies that are sent back

With `completion = "callback"`, in a Standard workflow and by HTTP, an agent is not polled. Its payload has a
`task_token`; it responds at once, works on, and sends its reply to Step Functions when it is done:

```python
@app.entrypoint
async def respond(payload):
    asyncio.create_task(work(payload))  # keep a reference to it; work is decorated with @app.async_task
    return {"success": True, "status": "IN_PROGRESS"}


# at the end of work, with boto3.client("stepfunctions")
stepfunctions.send_task_success(taskToken=payload["task_token"], output=json.dumps(reply))
```

- **What is sent back is the reply**, judged as a response is; the response itself is not read. A refusal is
  `"success": false` as ever. `send_task_failure` is for an agent that broke: its `error` is named in messages if it is
  a word, its `cause` goes nowhere.
- **An agent that says nothing** ends as `AgentTimeout` after `timeout_seconds`, or, with `heartbeat_seconds`, as soon
  as no `send_task_heartbeat` came for so long: send a few in that time. So does one whose reply is over 256 KiB, which
  Step Functions refuses.
- **Late and repeated callbacks** get `TaskTimedOut` and change nothing: catch it. Each attempt has a token of its own.
- **The token** lets whoever has it send the reply: log it nowhere. The workflow keeps it in no variable, log, record,
  metric or trace; the history of the execution shows it, encrypted with the module's key, to whoever may read that.
- **The runtime's role** needs `states:SendTaskSuccess`, `states:SendTaskFailure` and `states:SendTaskHeartbeat` on the
  state machine's ARN; `callback_state_machine` of [modules/agent-runtime](module.md#modulesagent-runtime) grants it.

Whether Step Functions offers `.waitForTaskToken` for this API was not tried on a real account: `make probe` asks.

[errors.md](errors.md) says what each error results in. Where an agent uses what an upstream agent wrote, it needs
permissions of its own: the workflow passes on ids and locations, never contents.

## The shapes of a reply

An HTTP agent's reply is found in these shapes, and in these inside one another, whatever the media type says. `reply`
is the reply as a dictionary; a test lets AWS's SDK for Python serve each line. Blanks and a byte-order mark around a
body are ignored. In an event stream comments, other fields and `[DONE]` are ignored, the lines of an event are joined,
and an event that breaks off is none."""
REFUSED = """\
These are refused. A fault that the agent's code makes each time is not requested again; the document waits for a fixed
agent as [deferral](architecture.md#deferral) says."""
A2A = """\
From an A2A agent the reply is looked for in the artifacts, in the message of the task's status, and in a message: in
each data part, and in the texts of each. The one that has `success` is the reply; a log beside it is ignored. Several
different ones are refused, as are a response of A2A 1.0 and a server that does not know `message/send` (-32601)."""


def render() -> str:
    """Return the document."""
    accepted = table(("agent code", "shape"), ((f"`{reply['code']}`", reply["shape"]) for reply in REPLIES["accepted"]))
    refused = table(("agent code", "the message says", "tried again"), map(_refused, REPLIES["refused"]))
    of_agents = (part for agent in CONTRACTS for part in _agent(agent))
    return "\n\n".join([INTRODUCTION, accepted, REFUSED, refused, A2A, *of_agents]) + "\n"


def _refused(reply: Mapping[str, Any]) -> tuple[str, ...]:
    code = reply["code"].replace("\n", "\\n")
    return f"`` {code} ``", reply["shape"], "yes" if reply["repeated"] else "no"


def problems() -> Iterator[str]:
    """Yield a sentence for each field of the contracts that nobody explains, and the reverse."""
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
    yield f"{words['does']} Its work may take {AGENTS[agent]['timeout_seconds']} s by default."
    yield table(
        ("receives", "what it is"), ((f"`{field}`", words["receives"][field]) for field in contract["receives"])
    )
    yield table(
        ("returns", "rule", "for example"), (_returned(field, words["returns"][field]) for field in contract["returns"])
    )


def _returned(field: str, words: Mapping[str, Any]) -> tuple[str, ...]:
    optional = "may be left out or null; " if words.get("optional") else ""
    return f"`{field}`", optional + words["rule"], f"`{words['accepts'][0]}`"
