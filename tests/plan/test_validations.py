"""Every rule of the module's inputs, with values that pass and values that must fail: validations.toml lists them."""

import re
import tomllib
from pathlib import Path

import pytest

from harness.paths import ROOT
from harness.render import VARIABLES
from tests.plan.layers import merged
from tests.plan.rules import errors_of, messages

VALIDATIONS = tomllib.loads(Path(__file__).with_name("validations.toml").read_text())["validation"]


def variables_with(validation, value):
    """Return the variables with which a value is tried."""
    name, *path = validation["variable"].split("/")
    if not path:
        return merged(VARIABLES, validation.get("beside", {})) | {name: value}
    for key in reversed((name, *path)):
        value = {key: value}
    return merged(merged(VARIABLES, validation.get("beside", {})), value)


def tried(variables_file: str, directory: Path) -> dict[str, tuple[str, ...]]:
    """Return the errors of every value by `passes`/`fails`, number of the validation and number of the value."""
    cases = {
        f"{kind}_{number}_{place}": variables_with(validation, value)
        for number, validation in enumerate(VALIDATIONS)
        for kind in ("passes", "fails")
        for place, value in enumerate(validation[kind])
    }
    return errors_of(variables_file, cases, directory)


def complaints(number, errors):
    """Yield the values of a validation that passed or failed against the table."""
    validation = VALIDATIONS[number]
    for place, value in enumerate(validation["passes"]):
        if found := errors[f"passes_{number}_{place}"]:
            yield f"{value!r} does not pass: {found}"
    for place, value in enumerate(validation["fails"]):
        found = errors[f"fails_{number}_{place}"]
        if len(found) != 1 or validation["message"] not in found[0]:
            yield f"{value!r} does not fail with just the message: {found}"


@pytest.fixture(scope="module")
def errors(tmp_path_factory):
    return tried((ROOT / "variables.tf").read_text(), tmp_path_factory.mktemp("variables"))


@pytest.mark.parametrize("number", range(len(VALIDATIONS)), ids=lambda number: VALIDATIONS[number]["variable"])
def test_a_validation_lets_through_what_it_should_and_nothing_else(errors, number):
    assert list(complaints(number, errors)) == []


def test_without_its_validation_every_variable_would_take_the_wrong_values(tmp_path):
    unguarded, count = re.subn(
        r"(?:\n  #[^\n]*)?\n  validation \{.*?\n  \}\n", "", (ROOT / "variables.tf").read_text(), flags=re.DOTALL
    )
    assert count == len({validation["message"] for validation in VALIDATIONS})
    errors = tried(unguarded, tmp_path)
    for number, validation in enumerate(VALIDATIONS):
        assert len(list(complaints(number, errors))) == len(validation["fails"])


def test_every_validation_is_in_the_table():
    found = messages(ROOT / "variables.tf")
    assert set(found) == {validation["message"] for validation in VALIDATIONS}
    assert len(found) == len(set(found))
