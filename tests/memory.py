"""An AWS in this process's memory: moto without a server."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from moto import mock_aws


@contextmanager
def aws_in_memory() -> Iterator[None]:
    """Lead clients without an endpoint of their own to moto, where isolation leads them to an address of nobody."""
    with mock.patch.dict(os.environ), mock_aws():
        os.environ.pop("AWS_ENDPOINT_URL", None)
        yield
