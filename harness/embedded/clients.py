"""Clients with which the embedded AWS calls itself: a Task its service, one service another."""

import threading
from functools import cache

import botocore.session
from botocore.client import BaseClient
from botocore.config import Config

from harness.embedded import transport
from harness.embedded.account import REGION

_SESSION = botocore.session.get_session()
_LOCK = threading.Lock()
_CONFIG = Config(
    inject_host_prefix=False,
    parameter_validation=False,  # Tasks and services check, with AWS's errors
    request_checksum_calculation="when_required",
    retries={"total_max_attempts": 1},  # a state's Retry and a delivery's are what tries again
    s3={"addressing_style": "path"},
)


def client(service: str, region: str = REGION) -> BaseClient:
    """Return the client of a service, shared by all threads; each call is made once, inside this process."""
    with _LOCK:  # botocore's clients may be shared by threads, its session may not
        return _client(service, region)


@cache
def _client(service: str, region: str) -> BaseClient:
    created = _SESSION.create_client(
        service,
        region,
        aws_access_key_id="embedded",
        aws_secret_access_key="embedded",  # noqa: S106 - no secret: nothing checks it
        config=_CONFIG,
    )
    transport.connect(created)
    return created
