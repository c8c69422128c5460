"""What README.md and docs/ ask to type or to copy works: Terraform blocks, Python blocks and commands."""

import re
import shlex

import boto3
import pytest
from botocore.config import Config

from harness.isolation import CREDENTIALS
from harness.paths import ROOT
from harness.render import CONFIGURATION, NOWHERE
from harness.terraform import TerraformError, Workspace

TEXT = "".join((ROOT / name).read_text() for name in ("README.md", "docs/usage.md"))
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md"))]
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))
SETTINGS = set(re.search(r"^SETTINGS := (.*)$", MAKEFILE, re.MULTILINE)[1].split()) | {"PYTHON"}


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def validate(block):
    """Check a block as its reader has it: with the variables and buckets that it names, and this checkout's module."""
    block, replaced = re.subn(r'"git::[^"]*\?ref=v[\d.]+"', '"../.."', block)
    names = dict.fromkeys(re.findall(r"\bvar\.(\w+)", block))
    buckets = dict.fromkeys(re.findall(r"\baws_s3_bucket\.(\w+)", block))
    surroundings = [f'variable "{name}" {{}}' for name in names]
    surroundings += [f'resource "aws_s3_bucket" "{name}" {{}}' for name in buckets]
    with Workspace(CONFIGURATION, NOWHERE) as workspace:
        (workspace.path / "main.tf").write_text("\n".join([block, *surroundings]))
        workspace.init()
        workspace.validate()
    return replaced


@pytest.mark.parametrize("block", blocks("hcl"))
def test_a_terraform_block_is_valid(block):
    assert validate(block)


def test_a_terraform_block_with_a_wrong_input_is_not_valid():
    with pytest.raises(TerraformError, match='An argument named "agnets" is not expected here'):
        validate(blocks("hcl")[0].replace("agents", "agnets"))


@pytest.mark.parametrize("block", blocks("python"))
def test_a_python_block_runs(express, monkeypatch, block):
    settings = {
        **CREDENTIALS,
        "AWS_ENDPOINT_URL": express.stack.endpoint,
        "AWS_DEFAULT_REGION": express.stack.region,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    values = {
        "the output state_machine_alias_arn": express.stack.state_machine_arn,
        "s3://bucket/BANK/confirmation-1.pdf": express.document(),
    }
    for placeholder, value in values.items():
        assert placeholder in block
        block = block.replace(placeholder, value)
    names = {}
    exec(compile(block, "docs/usage.md", "exec"), names)  # noqa: S102 - our own text
    assert names["response"]["status"] == "SUCCEEDED"
    assert is_patient(names["client"])


def is_patient(client):
    """Whether a client waits for an Express run until its end, and does not start it again."""
    return client.meta.config.read_timeout > 300 and client.meta.config.retries.get("total_max_attempts") == 1


@pytest.mark.parametrize(
    ("settings", "patient"),
    [
        ({}, False),
        ({"read_timeout": 330}, False),
        ({"retries": {"total_max_attempts": 1}}, False),
        ({"read_timeout": 330, "retries": {"total_max_attempts": 1}}, True),
    ],
)
def test_a_client_that_would_start_a_run_twice_is_noticed(settings, patient):
    assert is_patient(boto3.client("stepfunctions", "us-east-1", config=Config(**settings))) == patient


def problems_of(command, directory):
    """Return what is wrong with a command in a directory, as far as that can be known without running it."""
    program, *arguments = shlex.split(command, comments=True)
    settings = dict(argument.lstrip("-").split("=", 1) for argument in arguments if "=" in argument)
    if program == "make":
        target, *_ = [argument for argument in arguments if "=" not in argument]
        if target not in TARGETS:
            yield f"{command}: there is no target {target}"
        yield from (f"{command}: nothing takes {name}" for name in settings.keys() - SETTINGS)
        if not settings.get("DOCUMENT", "").startswith("s3://") and not (ROOT / settings.get("DOCUMENT", ".")).exists():
            yield f"{command}: there is no {settings['DOCUMENT']}"
    elif program == "terraform":
        files = (settings[name] for name in ("backend-config", "var-file") if name in settings)
        yield from (f"{command}: there is no {file}" for file in files if not (directory / file).is_file())
    elif program == "aws":
        if arguments[:2] != ["s3", "cp"] or not (ROOT / arguments[2]).is_file():
            yield f"{command}: there is nothing to copy"
    elif program == "cd":
        if not (directory / arguments[0]).is_dir():
            yield f"{command}: there is no {arguments[0]}"
    else:
        yield f"{command}: who knows {program}?"


def problems_in(block):
    directory = ROOT
    for command in block.splitlines():
        yield from problems_of(command, directory)
        if command.startswith("cd "):
            directory /= command.split()[1]


@pytest.mark.parametrize("block", blocks("console"))
def test_commands_name_what_is_there(block):
    assert list(problems_in(block)) == []


@pytest.mark.parametrize(
    "block",
    [
        "make deploy",
        "make plan STAGE=dev",
        "make process DOCUMENT=samples/none.pdf",
        "cd examples/none",
        "cd examples/per-environment\nterraform init -backend-config=backends/qa.hcl",
        "terraform apply -var-file=environments/dev.tfvars",
        "deploy --now",
    ],
)
def test_a_command_that_names_what_is_not_there_is_found(block):
    assert len(list(problems_in(block))) == 1


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_documents_name_only_targets_that_are_there(document):
    named = re.findall(r"`(make [a-z][a-z-]*(?: [A-Z]+=[^` ]+)*)`", document.read_text())
    assert [problem for command in named for problem in problems_of(command, ROOT)] == []
