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
from harness.docs.markdown import introduction, table
from harness.paths import ROOT

CONTRACTS: Mapping[str, Mapping[str, Any]] = json.loads(
    (ROOT / "statemachine" / "agents.json").read_text(encoding="utf-8")
)
WORDS: Mapping[str, Mapping[str, Any]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
REPLIES: Mapping[str, Any] = tomllib.loads(Path(__file__).with_name("replies.toml").read_text(encoding="utf-8"))

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
    return "\n\n".join([introduction(__file__), accepted, REFUSED, refused, A2A, *of_agents]) + "\n"


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
