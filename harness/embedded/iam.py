"""Evaluates a role's policies as AWS does."""

from collections.abc import Sequence

from harness.embedded.permissions import Need


class AccessDenied(Exception):  # noqa: N818 - named as AWS names it
    """The role may not do it; the message is worded as AWS words it."""


USED: set[tuple[str, str, str]] = set()  # (role ARN, action, resource) of every allowed call


def authorize(role_arn: str, needs: Sequence[Need]) -> None:
    """Check that the role may do all of `needs` and record them. Raises AccessDenied."""
    USED.update((role_arn, need.action, resource) for need in needs for resource in need.resources)
