"""Every rule that spans the module's inputs, with variables that pass and that must fail: see preconditions.toml."""

import re
import tomllib
from pathlib import Path

import pytest

from harness.paths import ROOT
from harness.render import VARIABLES, instances, render
from harness.terraform import TerraformError
from tests.plan.layers import merged

PRECONDITIONS = tomllib.loads(Path(__file__).with_name("preconditions.toml").read_text())["precondition"]
OTHERS = "agent-call"  # see test_agent_call.py
SPREAD = re.compile(r"\{1\.\.(\d+)\}")
MODULES = [path for path in ROOT.glob("modules/*/*.tf") if path.parent.name != OTHERS]


def spread(value):
    """Return variables in which a list's text with {1..3} is three texts, one with each number."""
    if isinstance(value, dict):
        return {name: spread(inner) for name, inner in value.items()}
    if not isinstance(value, list):
        return value
    numbers = [(text, int(found[1]) if (found := SPREAD.search(text)) else 1) for text in value]
    return [SPREAD.sub(str(number), text) for text, most in numbers for number in range(1, most + 1)]


def cases(kind):
    """Return the variables of every case of this kind, `passes` or `fails`, by a name."""
    found = [variables for precondition in PRECONDITIONS for variables in precondition[kind]]
    return {f"{kind}-{number}": merged(VARIABLES, spread(variables)) for number, variables in enumerate(found)}


def test_every_precondition_is_in_the_table():
    sources = [path.read_text() for path in MODULES]
    assert sum(source.count("precondition {") for source in sources) == len(PRECONDITIONS)


def test_the_preconditions_refuse_what_they_should_and_nothing_else():
    with pytest.raises(TerraformError) as raised:
        render(cases("passes") | cases("fails"))
    assert str(raised.value).count("Error: ") == len(cases("fails"))
    for precondition in PRECONDITIONS:
        assert str(raised.value).count(precondition["message"]) == len(precondition["fails"])


def test_without_its_preconditions_the_module_would_take_the_wrong_values():
    with instances(cases("fails")) as copy:
        cut = 0
        for path in (copy.copy / source.relative_to(ROOT) for source in MODULES):
            text, count = re.subn(r"\n    precondition \{.*?\n    \}\n", "\n", path.read_text(), flags=re.DOTALL)
            path.write_text(text)
            cut += count
        tested = copy.test()["rendered"]
    assert cut == len(PRECONDITIONS)
    assert tested.errors == ()
