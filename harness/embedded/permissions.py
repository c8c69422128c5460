"""Which IAM actions on which resources an API call needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Need:
    """One action that must be allowed on each of `resources`, with the condition keys that the request carries."""

    action: str
    resources: tuple[str, ...]
    conditions: Mapping[str, str] = field(default_factory=dict)


def needs_of(service: str, operation: str, parameters: Mapping[str, Any], account: str, region: str) -> list[Need]:
    """Tell what a call of `operation` of `service` (both named as in botocore) needs.

    Raises LookupError for an operation that nobody has written down.
    """
    raise LookupError(f"Nobody has written down which permissions {service}:{operation} needs.")
