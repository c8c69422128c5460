"""Terraform in one environment of a configuration that keeps a variable file and a backend file for each."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from harness.errors import HarnessError
from harness.paths import BUILD
from harness.terminal import say
from harness.terraform import TerraformError
from harness.toolchain import cli_configuration, terraform_command

VARIABLES = "environments/{}.tfvars"
BACKEND = "backends/{}.hcl"


def terraform(directory: Path, environment: str, command: str, options: Sequence[str] = ()) -> NoReturn:
    """Choose the environment, print which account it is, then become Terraform: terminal, signals, exit code.

    Raises HarnessError.
    """
    settings = choose(directory, environment)
    say(f"Environment {environment} of {directory}, {account()}.", error=True)
    arguments = [*terraform_command(), command, f"-var-file={VARIABLES.format(environment)}", *options]
    os.chdir(directory)
    os.execvpe(arguments[0], arguments, settings)  # noqa: S606 - our own command, no shell


def account() -> str:
    """Return as a clause whose AWS account the user's settings lead to; where AWS does not say, that."""
    try:
        client = boto3.client(
            "sts", config=Config(connect_timeout=5, read_timeout=5, retries={"total_max_attempts": 1})
        )
        identity = client.get_caller_identity()
    except (BotoCoreError, ClientError, ValueError) as error:
        return f"in an AWS account that is not known ({error})"
    return f"in AWS account {identity['Account']} as {identity['Arn']}"


def choose(directory: Path, environment: str) -> dict[str, str]:
    """Choose the environment's backend for whatever reads the directory next, and return Terraform's settings.

    Whose account that is, AWS's usual settings say (AWS_PROFILE and others). Raises HarnessError.
    """
    known = sorted(path.stem for path in directory.glob(VARIABLES.format("*")))
    if not known:
        raise HarnessError(f"{directory} has no environments: there is no {VARIABLES.format('*')} in it.")
    if environment not in known:
        raise HarnessError(f"Which environment? {directory} has {', '.join(known)}: say ENV={known[0]}.")
    settings = dict(os.environ)
    if configuration := cli_configuration():
        file = BUILD / "terraform.tfrc"
        BUILD.mkdir(exist_ok=True)
        file.write_text(configuration)
        settings["TF_CLI_CONFIG_FILE"] = str(file)
    backend = f"-backend-config={BACKEND.format(environment)}"
    init = [*terraform_command(), "init", "-reconfigure", "-input=false", backend]
    if subprocess.run(init, cwd=directory, env=settings, check=False).returncode:  # noqa: S603 - our own command, no shell
        raise TerraformError("terraform init failed.")
    return settings
