"""`make up`: leaves an embedded stack running."""

from __future__ import annotations

import argparse

from rich.console import Console

from harness import background
from harness.paths import SAMPLES, shown
from harness.stack import Stack
from harness.terraform import CREDENTIALS

SAMPLE = SAMPLES / "BANK" / "irs-matching-bank.pdf"
TEXT = """\
An embedded AWS answers at {endpoint}; {file} holds its outputs.
To talk to it with boto3 or the AWS CLI:

{exports}

The last one keeps `sync-` out of the host's name, which start-sync-execution puts there. A boto3 that is too old to
know it needs Config(inject_host_prefix=False).

  aws stepfunctions list-state-machines
  aws s3 cp {sample} {address}
  aws stepfunctions start-sync-execution --cli-read-timeout 330 --state-machine-arn {machine} \\
    --input '{{"document_path": "{address}"}}'
  aws logs filter-log-events --log-group-name {logs}
  aws ssm get-parameters --names {parameter}

`make process DOCUMENT=file.pdf SOURCE=BANK` sends a document through it, `make down` ends it."""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser("up", help="apply the example to an embedded AWS and leave it running")
    parser.set_defaults(run=run)


def run(_args: argparse.Namespace) -> int:
    """Start it, unless it is running already, and say how to use it."""
    console = Console(highlight=False, markup=False, soft_wrap=True)
    with background.alone():
        stack = background.running()
        if stack:
            console.print("An embedded stack is already running.")
        console.print(_usage(stack or background.start()))
    return 0


def _usage(stack: Stack) -> str:
    settings = {
        "AWS_ENDPOINT_URL": stack.endpoint,
        **CREDENTIALS,
        "AWS_REGION": stack.region,  # a shell may have one, and it goes first
        "AWS_DEFAULT_REGION": stack.region,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    }
    return TEXT.format(
        endpoint=stack.endpoint,
        file=shown(background.FILE),
        exports="\n".join(f"  export {name}={value}" for name, value in settings.items()),
        machine=stack.state_machine_arn,
        sample=shown(SAMPLE),
        address=f"s3://{stack.outputs['documents_bucket']}/{SAMPLE.relative_to(SAMPLES)}",
        logs=stack.outputs["log_group_name"],
        parameter=stack.outputs["agent_parameter_names"]["pdf-adapter"],
    )
