"""`make up`: leaves an embedded stack running."""

from __future__ import annotations

import argparse

from harness import background
from harness.paths import SAMPLES, shown
from harness.shell import exports
from harness.stack import Stack
from harness.terminal import output

SAMPLE = SAMPLES / "BANK" / "irs-matching-bank.pdf"
TEXT = """\
An embedded AWS answers at {endpoint}; {file} holds its outputs.
To talk to it with boto3 or the AWS CLI, in a shell of its own:

{exports}

AWS_DISABLE_HOST_PREFIX_INJECTION keeps `sync-` out of the host's name, which start-sync-execution puts there; a boto3
that is too old to know it needs Config(inject_host_prefix=False). Version 1 of the AWS CLI does not read the endpoint
from these settings for SQS: say --endpoint-url "$AWS_ENDPOINT_URL" there.

  aws s3 cp {sample} {address}
  make process DOCUMENT={address}
  aws stepfunctions list-state-machines
  aws stepfunctions start-sync-execution --cli-read-timeout 330 --state-machine-arn {machine} \\
    --input '{{"document_path": "{address}"}}'
  aws logs filter-log-events --log-group-name {logs}
  aws ssm get-parameters --names {parameter}
  aws sqs receive-message --endpoint-url "$AWS_ENDPOINT_URL" --queue-url {queue}

Each upload starts a run, and `make process` shows it: a run that is started for the same document is a DUPLICATE.
`make process DOCUMENT=file.pdf SOURCE=BANK` uploads a file, `make down` ends it all."""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser("up", help="apply the example to an embedded AWS and leave it running")
    parser.set_defaults(run=run)


def run(_args: argparse.Namespace) -> int:
    """Start it, unless it is running already, and say how to use it."""
    console = output(wrap=False)
    with background.alone():
        stack = background.running()
        if stack:
            console.print("An embedded stack is already running.")
        console.print(_usage(stack or background.start()))
    return 0


def _usage(stack: Stack) -> str:
    return TEXT.format(
        endpoint=stack.endpoint,
        file=shown(background.FILE),
        exports=exports(stack.endpoint),
        machine=stack.state_machine_arn,
        sample=shown(SAMPLE),
        address=f"s3://{stack.outputs['documents_bucket']}/{SAMPLE.relative_to(SAMPLES)}",
        logs=stack.outputs["log_group_name"],
        queue=stack.outputs["dead_letter_queue_url"],
        parameter=stack.outputs["agent_parameter_names"]["pdf-adapter"],
    )
