"""How operations of Step Functions refuse a request, and leave out of a response what has no value."""

from collections.abc import Mapping
from typing import Any

from moto.core.exceptions import AWSError


def refusal(code: str, message: str) -> AWSError:
    """Return the error with which an API call is refused."""
    return AWSError(message, code)


def without_none(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that have a value."""
    return {name: value for name, value in members.items() if value is not None}
