"""Workflows with a fault each, which the adversary has to find by itself."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from harness.stack import Stack

States = dict[str, Any]
Mutation = Callable[[States], None]


def replaced(states: States, old: str, new: str) -> None:
    """Replace a pattern wherever the states have it. Raises ValueError where it is nowhere."""
    text = json.dumps(states)
    changed = re.sub(old, new, text)
    if changed == text:
        raise ValueError(f"{old} is nowhere in the workflow.")
    states.update(json.loads(changed))


def without_version(states: States) -> None:
    """Send agents the path only: they read what is there by then."""
    replaced(states, r", 'document_version': \$document\.version(?= *[,}])", "")


def with_clocks_that_are_ahead(states: States) -> None:
    """Process again what was finished before the time of a request, though that may be in the future."""
    replaced(states, "NOT requested_at = :requested_at AND", "attribute_exists(claim) AND")


def with_commands_that_repeat(states: States) -> None:
    """Process again each time a request comes, whatever happened since it was made."""
    with_clocks_that_are_ahead(states)
    replaced(states, "finished_at < :requested_at", "(finished_at < :requested_at OR finished_at >= :requested_at)")


def with_believed_versions(states: States) -> None:
    """Believe a short version of a caller, and ask S3 about the object alone."""
    short = "($document.requested_version != '' and $length($document.requested_version) < 32)"
    locate = {"LocateDocument": states["LocateDocument"]}
    replaced(locate, r"\$document\.requested_version = ''", f"{short} or $document.requested_version = ''")
    replaced(locate, r"\$version := ", f"$version := {short} ? $document.requested_version : ")
    states.update(locate)


def with_closing_of_any_version(states: States) -> None:
    """Close whichever version of the counterparty's document is open, although another one matched."""
    find = {"FindOtherSide": states["FindOtherSide"]}
    replaced(find, r"\$matched_document_version != null", "false")
    replaced(find, r"\$matched_document_version = null", "true")
    replaced(find, r"\$exists\(\$matched\) \? \[\] : ", "")
    states.update(find)


def with_kept_slots(states: States) -> None:
    """Keep the slot of a half-open call that says nothing about the agent."""
    replaced(states, r"\$circuit\.slot != 'slot_0'( %\}\", \"Next\": \"\w+\.ReleaseProbe)", r"false\g<1>")


BROKEN: tuple[Mutation, ...] = (
    without_version,
    with_clocks_that_are_ahead,
    with_commands_that_repeat,
    with_believed_versions,
    with_closing_of_any_version,
    with_kept_slots,
)


@contextlib.contextmanager
def broken(stack: Stack, mutation: Mutation) -> Iterator[None]:
    """Have the changed workflow behind the stack's alias while the block runs."""
    client, outputs = stack.client("stepfunctions"), stack.outputs
    arn, alias = outputs["state_machine_arn"], outputs["state_machine_alias_arn"]
    applied = client.describe_state_machine(stateMachineArn=arn)["definition"]
    routing = client.describe_state_machine_alias(stateMachineAliasArn=alias)["routingConfiguration"]
    definition = json.loads(applied)
    mutation(definition["States"])
    version = client.update_state_machine(stateMachineArn=arn, definition=json.dumps(definition), publish=True)
    to = [{"stateMachineVersionArn": version["stateMachineVersionArn"], "weight": 100}]
    client.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=to)
    try:
        yield
    finally:
        client.update_state_machine(stateMachineArn=arn, definition=applied)
        client.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=routing)
