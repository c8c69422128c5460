"""The reference agents, in a process of their own, called as AgentCore calls a runtime of their protocol."""

import contextlib
from collections.abc import Iterator, Mapping

import urllib3

from harness.child import Child

_POOL = urllib3.PoolManager(maxsize=64, retries=False)
# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-service-contract.html
_PATHS = {"HTTP": "invocations", "A2A": ""}
_agents: Child | None = None


@contextlib.contextmanager
def hosted(environment: Mapping[str, str]) -> Iterator[None]:
    """Run the agents while the block runs; `environment` says which AWS they keep their data in.

    Nothing waits for them but the first call of one.
    """
    global _agents
    with Child("harness.embedded.hosting", environment=environment) as _agents:
        yield


def invoke(agent: str, protocol: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str, bytes]:
    """Call a reference agent: status, content type and body of its answer; status 502 when it does not answer."""
    try:
        url = f"{_agents.ready()['endpoint']}/{protocol}/{agent}/{_PATHS[protocol]}"
        answer = _POOL.request("POST", url, body=body, headers=headers)
    except (RuntimeError, urllib3.exceptions.HTTPError) as error:
        return 502, "text/plain", str(error).encode()
    return answer.status, answer.headers.get("Content-Type", "application/json"), answer.data
