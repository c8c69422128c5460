"""Bursts: many documents at once against the quota of new sessions, on the embedded AWS and simulated."""

from __future__ import annotations

from collections.abc import Iterator

from harness.benchmark.simulation import LOOP, PLAIN, Burst, Policy, of_module, simulate
from harness.benchmark.trial import Trial
from harness.embedded import Endpoint
from harness.stack import Stack

SIZES = (100, 300, 1000)
SIMULATED = 10_000
PLACES = 1500  # what the quota keeps at work: 25 sessions a second, 3 for each document, 159 s


def measure(aws: Endpoint, stack: Stack, places: int | None, largest: int, rounds: int) -> Iterator[Burst]:
    """Start bursts of up to so many documents on an applied stack, and simulate the same and larger ones."""
    policy = of_module(stack.outputs["state_machine_definition"], places)
    for size in (*SIZES, *SIZES[:-1] * (rounds - 1)):  # the largest one takes too long for more than one round
        if size <= largest:
            yield _start(Trial(aws, stack), policy, size)
    yield from simulated(policy)


def simulated(policy: Policy) -> Iterator[Burst]:
    """Simulate every size."""
    for size in (*SIZES, SIMULATED):
        yield simulate(policy, size)


def others() -> Iterator[Burst]:
    """Simulate what one would have without the module."""
    for policy in (LOOP, PLAIN):
        yield from simulated(policy)


def _start(trial: Trial, policy: Policy, size: int) -> Burst:
    trial.start(*(f"burst-{size}-{number:04}" for number in range(size)))
    figures = trial.finish()
    return Burst(
        policy.name,
        size,
        figures.right,
        figures.attempts,
        figures.throttled,
        figures.seconds,
        figures.exceptions,
        figures.dead_letters,
    )
