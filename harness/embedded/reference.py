"""The reference agents, in a process of their own, as AgentCore calls a runtime: POST /invocations."""

from collections.abc import Mapping

import urllib3

_POOL = urllib3.PoolManager(maxsize=64, retries=False)
_endpoint = ""


def serve_at(endpoint: str) -> None:
    """Say where the reference agents answer."""
    global _endpoint
    _endpoint = endpoint


def invoke(agent: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str, bytes]:
    """Call the reference agent: status, content type and body of its answer."""
    answer = _POOL.request("POST", f"{_endpoint}/{agent}/invocations", body=body, headers=headers)
    return answer.status, answer.headers.get("Content-Type", "application/json"), answer.data
