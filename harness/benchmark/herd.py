"""The herd: clients that all want one session at once, by how they wait before they ask again."""

from __future__ import annotations

from collections.abc import Iterator

from harness.benchmark.simulation import Burst, Policy, simulate

CLIENTS = 1000
_AT_ONCE = (0.0,)  # seconds of the only step
_FOR_EVER = 1_000_000  # retries
_LONGEST = 30.0  # seconds


class _Linear(Policy):
    def longest(self, attempt: int) -> float:
        return self.interval * (attempt + 1)


def measure(configured: Policy) -> Iterator[Burst]:
    """Run clients of each kind until all have their session; the last kind are documents of the module."""
    for policy in (
        Policy("every second", retries=_FOR_EVER, interval=1, cap=1, jitter=False),
        _Linear("a second longer each time", retries=_FOR_EVER, interval=1, jitter=False),
        Policy("twice as long each time", retries=_FOR_EVER, interval=1, rate=2, cap=_LONGEST, jitter=False),
        Policy("twice as long each time, full jitter", retries=_FOR_EVER, interval=1, rate=2, cap=_LONGEST),
        configured,
    ):
        yield simulate(policy, CLIENTS, _AT_ONCE)
