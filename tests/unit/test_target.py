"""Which stack a command works on."""

import argparse
from pathlib import Path

import pytest

from harness import background, environment, target
from harness.errors import HarnessError
from harness.paths import EXAMPLES
from harness.stack import Stack

ARN = "arn:aws:states:us-east-1:111122223333:stateMachine:confirmations-dev"
RUNNING = Stack("http://127.0.0.1:9", "us-east-1", {"state_machine_arn": ARN})
PER_ENVIRONMENT = EXAMPLES / "per-environment"


def chosen(*arguments, action=""):
    parser = argparse.ArgumentParser()
    target.add_argument(parser)
    return target.chosen(parser.parse_args(arguments), action)


@pytest.fixture
def choices(monkeypatch):
    """The environments that Terraform chooses, then the directories that are read."""
    choices = []
    monkeypatch.setattr(background, "running", lambda: RUNNING)
    monkeypatch.setattr(target, "choose", lambda directory, name: choices.append((directory, name)))
    monkeypatch.setattr(Stack, "applied", staticmethod(lambda directory: choices.append(directory) or RUNNING))
    return choices


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), []),
        (("--directory", "stacks/one"), [Path("stacks/one")]),
        (("--environment", "dev"), [(PER_ENVIRONMENT, "dev"), PER_ENVIRONMENT]),
        (("--directory", "stacks/one", "--environment", "dev"), [(Path("stacks/one"), "dev"), Path("stacks/one")]),
    ],
)
def test_a_directory_an_environment_of_it_or_what_is_running(arguments, expected, choices):
    assert chosen(*arguments) == RUNNING
    assert choices == expected


@pytest.mark.usefixtures("choices")
@pytest.mark.parametrize("action", ["", "dead letters are deleted there"])
def test_a_real_account_is_named_before_anything_happens_there(action, capsys):
    chosen("--environment", "dev", action=action)
    assert capsys.readouterr().err == (
        "AWS account 111122223333, region us-east-1, state machine confirmations-dev: "
        f"{action or 'nothing is changed there'}.\n"
    )


@pytest.mark.usefixtures("choices")
def test_of_the_embedded_stack_no_account_is_named(capsys):
    chosen(action="dead letters are deleted there")
    assert capsys.readouterr().err == ""


def test_without_any_it_says_how_to_get_one(monkeypatch):
    monkeypatch.setattr(background, "running", lambda: None)
    with pytest.raises(HarnessError, match="make up"):
        chosen()


@pytest.mark.parametrize("name", ["nonexistent", "README.md"])
def test_what_is_no_directory_is_said_to_be_none(name, tmp_path):
    (tmp_path / "README.md").touch()
    with pytest.raises(HarnessError, match=rf"^{tmp_path / name} is no directory: say DIRECTORY=…"):
        chosen("--directory", str(tmp_path / name))


def test_an_environment_that_there_is_not_is_said_to_be_so():
    with pytest.raises(HarnessError, match=r"has dev, prod, staging: say ENV=dev\."):
        environment.choose(PER_ENVIRONMENT, "test")
