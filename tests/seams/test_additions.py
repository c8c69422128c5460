"""Every addition to moto is noticed: its probe passes with it, and fails when moto's own behaviour is put back."""

import pytest
from botocore.exceptions import ClientError

from harness.embedded import launch
from harness.embedded.additions import ADDITIONS
from tests.roles import make_role
from tests.seams import services, stepfunctions
from tests.seams.machines import LIMIT

PROBES = services.PROBES | stepfunctions.PROBES


def test_every_addition_has_a_probe():
    assert PROBES.keys() == ADDITIONS.keys()


@pytest.fixture(scope="module")
def complete():
    with launch() as endpoint:
        make_role(endpoint, "seams", "events", "scheduler", "states")
        yield endpoint


@pytest.mark.parametrize("name", ADDITIONS)
def test_the_probe_passes_with_all_additions(complete, name):
    PROBES[name](complete)


@pytest.mark.parametrize("name", ADDITIONS)
def test_the_probe_fails_without_its_addition(monkeypatch, name):
    monkeypatch.setitem(LIMIT, "seconds", 2)  # what never happens is not waited for long
    monkeypatch.setitem(LIMIT, "rounds", 500)  # and what happens by chance is tried until it does
    with launch(without=[name]) as endpoint:
        make_role(endpoint, "seams", "events", "scheduler", "states")
        with pytest.raises((AssertionError, ClientError, ValueError, pytest.fail.Exception)):
            PROBES[name](endpoint)
