"""The agents: their runtimes, their scripts and the calls that they received."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from harness.embedded.account import ACCOUNT, REGION
from harness.embedded.agentcore.scripts import Scripts
from harness.embedded.agentcore.sessions import Session


@dataclass
class Call:
    """One call that reached an agent's runtime."""

    payload: Any  # JSON where it is JSON, else text; of an A2A call what its message holds
    request: Any  # the A2A request around the payload; None for an HTTP agent
    session_id: str
    runtime_arn: str
    qualifier: str
    headers: dict[str, str]
    time: float  # virtual, epoch seconds
    session: Session
    begins_work: bool = False  # neither a poll for work in progress nor refused before it reached the agent
    response: dict[str, str] | None = None  # {"kind"} of response, of an error also {"error"}; None while it works
    ended: float | None = None  # virtual, epoch seconds, at which the response was sent
    callbacks: list[dict[str, Any]] = field(default_factory=list)  # sent to Step Functions because of it

    def describe(self) -> dict[str, Any]:
        """Return the call as JSON; `stopped` says whether its session has ended, during the call or after it."""
        return {
            "payload": self.payload,
            "request": self.request,
            "session_id": self.session_id,
            "runtime_arn": self.runtime_arn,
            "qualifier": self.qualifier,
            "headers": self.headers,
            "time": self.time,
            "stopped": self.session.stopped.is_set(),
            "session_ended": self.session.ended,
            "begins_work": self.begins_work,
            "response": self.response,
            "ended": self.ended,
            "callbacks": self.callbacks,
        }


@dataclass
class Agent:
    """One agent: its scripts and the calls that it received."""

    name: str
    scripts: Scripts = field(default_factory=Scripts)
    calls: list[Call] = field(default_factory=list)

    def work(self) -> dict[str, Any]:
        """Return how often work was begun, in all and for each idempotency key."""
        begun = [call.payload for call in list(self.calls) if call.begins_work]
        keys = Counter(payload["idempotency_key"] for payload in begun if has_key(payload))
        return {"begun": len(begun), "by_idempotency_key": keys}


# The workflow's agents, which have reference agents, and those that somebody scripts.
AGENTS = {name: Agent(name) for name in ("pdf-adapter", "trade-extraction", "trade-matching", "exception-management")}
REFERENCES = frozenset(AGENTS)

_NAME = re.compile(r"[a-z][a-z0-9-]{0,47}")


def script(agent: str, body: Any) -> None:
    """Set the script of an agent by its name, with which it begins to exist. Raises ValueError with a sentence."""
    if not _NAME.fullmatch(agent):
        raise ValueError(f"Name an agent with up to 48 lower-case letters, digits and hyphens, not {agent}.")
    scripted = AGENTS.get(agent) or Agent(agent)
    scripted.scripts.put(body)
    AGENTS[agent] = scripted


def forget(agent: Agent) -> None:
    """Forget an agent's scripts and calls; without a reference agent it exists no more."""
    agent.scripts.clear()
    agent.calls.clear()
    if agent.name not in REFERENCES:
        AGENTS.pop(agent.name, None)


def serving(runtime: str) -> Agent | None:
    """Return the agent that a runtime serves, by the runtime's id, which begins with the agent's name."""
    found = [agent for agent in list(AGENTS.values()) if runtime.startswith(agent.name.replace("-", "_"))]
    return max(found, key=lambda agent: len(agent.name), default=None)


def has_key(payload: Any) -> bool:
    """Whether a payload carries an idempotency key."""
    return isinstance(payload, dict) and isinstance(payload.get("idempotency_key"), str)


def runtime_arn(agent: str, colour: str = "blue") -> str:
    """Return the ARN of a runtime of `agent`; `colour`, at most 9 characters, distinguishes standby runtimes."""
    return (
        f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:runtime/"
        f"{agent.replace('-', '_')}-{colour}{'1'.zfill(10 - len(colour))}"
    )
