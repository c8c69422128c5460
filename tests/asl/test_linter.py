"""The linter on kept definitions: a file's name is its expectation, `invalid-RULE-what` or `valid-RULE-what`."""

import json
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.asl import RULES, lint
from harness.asl import linter as linter_module
from harness.asl.document import of_text

HERE = Path(__file__).parent
CORPUS = sorted((HERE / "corpus").glob("*.asl.json"))


def workflow_type(path):
    return "EXPRESS" if path.name.endswith(".express.asl.json") else "STANDARD"


def definition_of(characters):
    empty = len(json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed", "Comment": ""}}}))
    return json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed", "Comment": "x" * (characters - empty)}}})


def nested(depth):
    lists = "[" * depth + "]" * depth
    return json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True, "Result": 0}}}).replace("0", lists)


# What is too large to keep as a file.
GENERATED = {
    "invalid-DEFINITION_TOO_LARGE": definition_of(1_048_577),
    "valid-DEFINITION_TOO_LARGE": definition_of(1_048_576),
    "invalid-TOO_DEEPLY_NESTED": nested(100_000),
    "valid-TOO_DEEPLY_NESTED": nested(100),
}
CASES = [
    pytest.param(path.name, path.read_text(encoding="utf-8"), workflow_type(path), id=path.name) for path in CORPUS
]
CASES += [pytest.param(name, text, "STANDARD", id=name) for name, text in GENERATED.items()]


@pytest.mark.parametrize(("name", "text", "kind"), CASES)
def test_a_kept_definition_breaks_just_the_rule_of_its_name(name, text, kind):
    expectation, code = name.removesuffix(".asl.json").split("-")[:2]
    findings = lint(text, kind)
    assert {finding.code for finding in findings} == ({code} if expectation == "invalid" else set()), findings


def test_every_rule_has_a_definition_that_breaks_it_and_one_that_just_does_not():
    kept = {tuple(name.split("-")[:2]) for name in [path.name for path in CORPUS] + list(GENERATED)}
    assert kept == {(expectation, code) for code in RULES for expectation in ("invalid", "valid")}


def test_the_good_definitions_have_every_state_type_in_both_query_languages():
    seen = set()
    for path in CORPUS:
        if path.name.startswith("valid-") and "INVALID_JSON-" not in path.name:
            for state in linter_module.Machine(of_text(path.read_text(encoding="utf-8")).value, "STANDARD").states:
                if not state.is_placeholder:
                    seen.add((state.type, state.language))
    types = ("Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")
    assert seen == {(kind, language) for kind in types for language in ("JSONPath", "JSONata")}


@pytest.mark.parametrize("check", linter_module.CHECKS, ids=lambda check: check.__module__)
def test_the_corpus_notices_a_check_that_is_left_out(check, monkeypatch):
    monkeypatch.setattr(linter_module, "CHECKS", tuple(other for other in linter_module.CHECKS if other is not check))
    invalid = [path for path in CORPUS if path.name.startswith("invalid-")]
    assert any(not lint(path.read_text(encoding="utf-8"), workflow_type(path)) for path in invalid)


def test_each_fault_of_the_naive_workflow_is_found():
    findings = lint((HERE / "naive" / "agents.asl.json").read_text(encoding="utf-8"))
    expected = json.loads((HERE / "naive" / "agents.findings.json").read_text(encoding="utf-8"))
    assert sorted([finding.path, finding.code] for finding in findings) == sorted(expected)


def test_every_rule_says_what_it_asks_and_where_that_is_written():
    for rule in RULES.values():
        assert rule.page.startswith("https://"), rule
        assert rule.title[0].isupper(), rule
        assert not rule.title.endswith("."), rule


def test_every_finding_is_a_sentence():
    for path in CORPUS:
        for finding in lint(path.read_text(encoding="utf-8"), workflow_type(path)):
            assert finding.message[0].isupper() or finding.message[0] in "'\"$0123456789", finding
            assert finding.message.endswith((".", "?")), finding


def test_a_definition_with_many_calls_is_judged():
    call = json.loads((HERE / "corpus" / "valid-UNKNOWN_ACTION-agent-runtime.asl.json").read_text())["States"]["A"]
    states = {f"Call{number}": {**call, "Next": f"Call{number + 1}"} for number in range(79)}
    for state in states.values():
        del state["End"]
    definition = {"StartAt": "Call0", "States": {**states, "Call79": {"Type": "Succeed"}}}
    assert lint(definition) == []


def test_a_text_full_of_openings_is_judged():
    # A check whose time grows with the square of the text's length would run into this test's timeout.
    state = {"Type": "Pass", "Output": "x" + "{%" * 400_000, "End": True}
    assert lint({"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": state}}) == []


# --- any JSON -----------------------------------------------------------------------------------------------------

WORDS = [
    "Type",
    "States",
    "StartAt",
    "Next",
    "Choices",
    "Catch",
    "Retry",
    "ErrorEquals",
    "Assign",
    "Output",
    "Arguments",
]
WORDS += ["Parameters", "Branches", "ItemProcessor", "ProcessorConfig", "Mode", "Resource", "Task", "Map", "Parallel"]
WORDS += ["Variable", "And", "Not", "StringMatches", "QueryLanguage", "JSONata", "DISTRIBUTED", "A", "$.a", "{% $a %}"]
WORDS += ["arn:aws:states:::aws-sdk:s3:getObject", "States.Format('{}', $.a)", "{% ( %}", "$[", "a.$", "${X}", ""]
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=25,
)


@given(ANY_JSON)
@settings(max_examples=200, deadline=None)
def test_any_json_is_judged_without_an_exception(value):
    lint(json.dumps(value))


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_is_judged_without_an_exception(text):
    lint(text)
    lint({"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "Output": f"{{%{text}%}}"}}})


def places(value):
    """Yield every container of a JSON value with each of its keys."""
    for key, inner in list(value.items()) if isinstance(value, dict) else list(enumerate(value)):
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)


@given(st.sampled_from([path for path in CORPUS if "INVALID_JSON-" not in path.name]), st.integers(0, 60), ANY_JSON)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_definition_with_anything_anywhere_is_judged_without_an_exception(path, place, value):
    definition = of_text(path.read_text(encoding="utf-8")).value
    for container, key in islice(places(definition), place, place + 1):
        container[key] = value
    lint(definition, "EXPRESS")
