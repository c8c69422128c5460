"""Many documents through faults of every kind: each is accounted for exactly once, and broken workflows are caught."""

import itertools
import json
import re
from dataclasses import replace

import pytest

from harness.contract import STEPS
from harness.soak import patience, soak
from harness.soak.plan import PASSING, plan
from tests.execution.conftest import PLACES

SEED = 20_240_917
MANY = 120
FEW = 16  # documents for a broken workflow
ENOUGH = 3  # of them with what shows that it is broken, since the weather may hide it in one
AGENT_BLOCKS = ("PDFAdapter", "TradeExtraction", "TradeMatching", "ExceptionManagement")


def without_lease(states):
    """Claims never run out, so no sweep finds a dead run."""
    arguments = states["ClaimDocument"]["Arguments"]
    arguments["ExpressionAttributeValues"] = re.sub(
        r"':lease': \{ 'S': .*? \}, ':path'",
        "':lease': { 'S': '9999-12-31T00:00:00.000Z' }, ':path'",
        arguments["ExpressionAttributeValues"],
    )


def without_claim(states):
    """Every start takes the document."""
    arguments = states["ClaimDocument"]["Arguments"]
    arguments["ConditionExpression"] = arguments["ConditionExpression"].replace(
        " %}", " & ' OR attribute_exists(claim)' %}"
    )


def without_catch(states):
    """An agent's failure ends the run."""
    for name in AGENT_BLOCKS:
        del states[name]["Catch"]


def with_letters_of_exceptions(states):
    """Every exception that was raised is dead-lettered as well."""
    states["ExceptionManagement"]["Next"] = "DeadLetter"


def without_exceptions(states):
    """A document that does not match is reported as one that does."""
    states["RaiseException"]["Assign"]["outcome"] = "MATCHED"
    states["RaiseException"]["Next"] = "PrepareRecord"


def without_closing(states):
    """A match leaves the counterparty's record as it is."""
    states["FindOtherSide"]["Output"] = {"versions": []}


def with_fresh_keys(states):
    """Every call has an idempotency key of its own."""
    for name in AGENT_BLOCKS:
        session = states[name]["Branches"][0]["States"][f"{name}.NewSession"]
        session["Assign"]["payload"] = session["Assign"]["payload"].replace("$string($generation)", "$uuid()")


def killed(document):
    return any(start.kill for start in document.starts)


def started_twice(document):
    return len(document.starts) > 1 and not document.fails


def failing(document):
    return document.fails


def not_matching(document):
    return document.outcome == "EXCEPTION_RAISED" and not document.fails


def waiting(document):
    """Nothing keeps it from being there before the counterparty's."""
    sides = (document, document.other_side)
    return all(side and not any(side.faults.values()) and not killed(side) for side in sides)


def called_twice(document):
    return any(fault in PASSING for agent in STEPS for fault in document.faults[agent])


# How the workflow is broken, the documents that show it, and what the account says of it.
BROKEN = (
    (without_lease, killed, "the ledger says RUNNING"),
    (without_claim, started_twice, "at once"),
    (without_catch, failing, "without an outcome"),
    (with_letters_of_exceptions, not_matching, "but there is a dead letter of it"),
    (without_exceptions, not_matching, "where EXCEPTION_RAISED was expected"),
    (without_closing, waiting, "still waits for"),
    (with_fresh_keys, called_twice, "idempotency keys for"),
)


@pytest.fixture
def changed(express):
    """Yield the stack with another definition; put the applied one back afterwards."""
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
    account = soak(express.stack, MANY, SEED)

    assert account.violations == []
    assert account.places.total() == MANY
    # It was no walk in the park.
    assert account.runs["DUPLICATE"]
    assert account.runs["ended by the platform"]
    assert account.exceptions
    assert account.dead_letters


def test_a_burst_with_quotas_an_outage_poison_and_deaths_is_accounted_for_exactly_once(admitting, aws):
    try:
        with aws.at_speed(1e-6):
            assert patience.soak(aws, admitting.stack, 2 * PLACES, SEED, PLACES) == []
    finally:
        aws.admin("DELETE", "/_quotas")


@pytest.mark.parametrize(("mutation", "shows", "complaint"), BROKEN, ids=lambda value: getattr(value, "__name__", ""))
def test_a_broken_workflow_is_caught(changed, mutation, shows, complaint):
    seeds = itertools.count(1000 * [broken for broken, *_ in BROKEN].index(mutation))  # documents of its own for each
    seed = next(seed for seed in seeds if sum(map(shows, plan(FEW, seed))) >= ENOUGH)

    account = soak(changed(mutation), FEW, seed)
    assert any(complaint in violation for violation in account.violations), account
