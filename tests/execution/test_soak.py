"""Many documents through faults of every kind: each is accounted for exactly once, and broken workflows are caught."""

import json
from dataclasses import replace

import pytest

from harness.soak import soak

SEED = 20_240_917
AGENT_BLOCKS = ("PDFAdapter", "TradeExtraction", "TradeMatching", "ExceptionManagement")


def without_lease(states):
    """Claims never run out, so no sweep finds a dead run."""
    states["ClaimDocument"]["Arguments"]["ExpressionAttributeValues"][":lease"]["S"] = "9999-12-31T00:00:00.000Z"


def without_claim(states):
    """Every start takes the document."""
    states["ClaimDocument"]["Arguments"]["ConditionExpression"] += " OR attribute_exists(claim)"


def without_catch(states):
    """An agent's failure ends the run."""
    for name in AGENT_BLOCKS:
        del states[name]["Catch"]


@pytest.fixture
def changed(express):
    """Give the stack with another definition; put the applied one back afterwards."""
    client, arn = express.stack.client("stepfunctions"), express.stack.outputs["state_machine_arn"]
    applied = client.describe_state_machine(stateMachineArn=arn)["definition"]

    def change(mutation):
        definition = json.loads(applied)
        mutation(definition["States"])
        client.update_state_machine(stateMachineArn=arn, definition=json.dumps(definition))
        return replace(express.stack, outputs={**express.stack.outputs, "state_machine_alias_arn": None})

    yield change
    client.update_state_machine(stateMachineArn=arn, definition=applied)


def test_every_document_is_accounted_for_exactly_once(express):
    account = soak(express.stack, 200, SEED)

    assert account.violations == []
    assert account.places.total() == 200
    # It was no walk in the park.
    assert account.runs["DUPLICATE"]
    assert account.runs["ended by the platform"]
    assert account.exceptions
    assert account.dead_letters


@pytest.mark.parametrize(
    ("mutation", "seed", "complaint"),
    [
        (without_lease, 481, "the ledger says RUNNING"),  # kills many runs in slow calls
        (without_claim, 2, "at once"),
        (without_catch, 3, "and told no outcome"),
    ],
)
def test_a_broken_workflow_is_caught(changed, mutation, seed, complaint):
    account = soak(changed(mutation), 25, seed)
    assert any(complaint in violation for violation in account.violations)
