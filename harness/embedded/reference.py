"""The reference agents, in a process of their own, called as AgentCore calls a runtime of their protocol."""

import contextlib
import threading
from collections.abc import Iterator, Mapping

import urllib3

from harness.child import Child
from harness.embedded.stand_ins import POOL

# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-service-contract.html
_PATHS = {"HTTP": "invocations", "A2A": ""}
_LOCK = threading.Lock()
_environment: Mapping[str, str] = {}
_agents: Child | None = None


@contextlib.contextmanager
def hosted(environment: Mapping[str, str]) -> Iterator[None]:
    """Serve the agents while the block runs; `environment` says which AWS they keep their data in."""
    global _environment
    _environment = environment
    try:
        yield
    finally:
        if _agents:
            _agents.end()


def invoke(agent: str, protocol: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str, bytes]:
    """Call a reference agent; return status, content type and body, status 502 when it does not respond in time."""
    try:
        url = f"{_running().ready()['endpoint']}/{protocol}/{agent}/{_PATHS[protocol]}"
        response = POOL.request("POST", url, body=body, headers=headers)
    except (RuntimeError, urllib3.exceptions.HTTPError) as error:
        return 502, "text/plain", str(error).encode()
    return response.status, response.headers.get("Content-Type", "application/json"), response.data


def wake(session_id: str) -> None:
    """Let the agent of a session go on with what it does in the background, until it is done or passes time again."""
    POOL.request("POST", f"{_running().ready()['endpoint']}/wake/{session_id}")


def _running() -> Child:
    """Start the agents with the first call: most embedded AWSs see none, and the start takes a second."""
    global _agents
    with _LOCK:
        _agents = _agents or Child("harness.embedded.hosting", environment=_environment)
    return _agents
