"""How slow an agent is on purpose, and in which way: a header of each call says so, as `call=67` or `background=67`.

Only headers with this prefix reach an agent:
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-header-allowlist.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

HEADER = "x-amzn-bedrock-agentcore-runtime-custom-pace"
_WAYS = ("call", "background")
_HEARTBEAT_SECONDS = 10


@dataclass(frozen=True)
class Pace:
    """How many seconds the work takes more than it must, and whether the agent responds meanwhile."""

    seconds: float = 0.0
    in_background: bool = False

    @property
    def retry_after_seconds(self) -> int:
        """When the agent is to be polled again: a few times in all."""
        return round(self.seconds / 3)

    def naps(self, has_token: bool) -> list[float]:
        """Return the seconds in pieces: after each, an agent that sends its reply back sends a heartbeat."""
        whole, rest = divmod(self.seconds, _HEARTBEAT_SECONDS) if has_token else (0, self.seconds)
        return [*[_HEARTBEAT_SECONDS] * int(whole), *filter(None, [rest])]

    def __str__(self) -> str:
        """Return the header's value."""
        return f"{_WAYS[self.in_background]}={self.seconds:g}"

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Self:
        """Return what the headers of a call say; without the header an agent is as fast as it can be.

        Raises ValueError.
        """
        value = next((value for name, value in headers.items() if name.lower() == HEADER), "call=0")
        way, _, seconds = value.partition("=")
        return cls(float(seconds), bool(_WAYS.index(way)))
