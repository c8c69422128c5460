"""Retry: which error is tried again, and after how long."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from harness.embedded.stepfunctions.errors import matches

MAX_ATTEMPTS = 3  # where a retrier names none


class Retriers:
    """The `Retry` list of one visit to a state; each rule counts its own attempts.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-retrying-after-an-error
    """

    def __init__(self, rules: Sequence[Mapping[str, Any]]) -> None:
        self._rules = rules
        self._attempts = [0] * len(rules)

    def delay(self, error: str) -> float | None:
        """Return the seconds to wait before the next attempt, or None when it is not to be retried."""
        for index, rule in enumerate(self._rules):
            if matches(error, rule["ErrorEquals"]):
                attempt = self._attempts[index]
                self._attempts[index] += 1
                return _delay(rule, attempt) if attempt < rule.get("MaxAttempts", MAX_ATTEMPTS) else None
        return None


def backoff(rule: Mapping[str, Any], attempt: int) -> float:
    """Return the seconds that a retrier waits after so many of its attempts, without jitter."""
    limit = rule.get("MaxDelaySeconds", float("inf"))
    return min(rule.get("IntervalSeconds", 1) * rule.get("BackoffRate", 2.0) ** attempt, limit)


def _delay(rule: Mapping[str, Any], attempt: int) -> float:
    seconds = backoff(rule, attempt)
    if rule.get("JitterStrategy", "NONE") == "FULL":
        return random.uniform(0, seconds)  # noqa: S311 (spreads retries, guards nothing)
    return seconds
