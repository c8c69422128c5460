"""A story that does not go on ends with what it waited for."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator

import urllib3
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from harness.embedded import Endpoint
from harness.errors import HarnessError


class StandstillError(HarnessError):
    """Nothing goes on in the embedded AWS."""


class Patience:
    """So many real seconds for something in an embedded AWS."""

    def __init__(self, aws: Endpoint, seconds: float) -> None:
        self._aws, self._seconds = aws, seconds
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds that remain. Raises TimeoutError when they are over."""
        remaining = self._end - time.monotonic()
        if remaining <= 0:
            raise TimeoutError(f"it was not over after {self._seconds:.0f} s")
        return remaining

    @contextlib.contextmanager
    def limited(self) -> Iterator[None]:
        """Raise StandstillError, with what is under way, where something in the block takes longer than it may."""
        try:
            yield
        except (TimeoutError, urllib3.exceptions.TimeoutError, ConnectTimeoutError, ReadTimeoutError) as error:
            raise StandstillError(f"A story stands still: {error}. Under way is:\n{self._unfinished()}") from error

    def _unfinished(self) -> str:
        try:
            return json.dumps(self._aws.admin("GET", "/_unfinished"), indent=2)
        except (OSError, ValueError, urllib3.exceptions.HTTPError) as error:
            return f"the embedded AWS does not respond: {error}"
