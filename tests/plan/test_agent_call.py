"""Every rule of modules/agent-call, as it meets somebody who plans with it: agent_call.toml lists them."""

import tomllib
from pathlib import Path

import pytest

from harness.paths import ROOT
from harness.render import instances
from tests.plan.rules import messages

MODULE = ROOT / "modules" / "agent-call"
RULES = tomllib.loads(Path(__file__).with_name("agent_call.toml").read_text())["rule"]
RUNTIME = {"runtime_arn": "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/one-0000000000"}
COMMON = {
    "circuit_table": {"name": "circuits", "arn": "arn:aws:dynamodb:us-east-1:123456789012:table/circuits"},
    "identity": "$claim.id",
    "deadline": "$deadline",
}


@pytest.fixture(scope="module")
def errors():
    """What two plans say that call the module once for each contract: validations end the one in which they fail.

    The agent, or else the call, is named after the contract.
    """
    calls = {False: {}, True: {}}
    for number, rule in enumerate(RULES):
        for kind in ("passes", "fails"):
            for place, contract in enumerate(rule[kind]):
                case = case_of(kind, number, place)
                calls["at" in rule["fails"][0]][case] = {
                    "agents": {"other": RUNTIME, contract.get("name", case): RUNTIME | contract.get("agent", {})},
                    **contract.get("beside", {}),
                }
    found = []
    for cases in calls.values():
        with instances(cases, module="modules/agent-call", common=COMMON) as workspace:
            found += workspace.test()["rendered"].errors
    return found


def case_of(kind, number, place):
    return f"{kind}-{number}-{place}"


@pytest.mark.parametrize("number", range(len(RULES)), ids=lambda number: RULES[number]["message"].partition(",")[0])
def test_a_contract_that_breaks_a_rule_is_refused_with_its_sentence(errors, number):
    message = RULES[number]["message"]
    for place, contract in enumerate(RULES[number]["fails"]):
        case = case_of("fails", number, place)
        at = contract.get("at")
        sentence = f"in module.{case}:\n{message}" if at is None else f"{message}{at.replace('one.', f'{case}.')}."
        assert len([error for error in errors if sentence in error]) == 1, sentence


def test_nothing_else_is_refused(errors):
    assert len(errors) == sum(len(rule["fails"]) for rule in RULES)
    assert not [error for error in errors if "passes-" in error]


def test_every_rule_is_in_the_table():
    sentences = [*messages(MODULE / "variables.tf"), *messages(MODULE / "outputs.tf")]
    assert len(sentences) == len(RULES)
    assert all(any(sentence.startswith(rule["message"]) for sentence in sentences) for rule in RULES)
