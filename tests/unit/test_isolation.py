"""What reaches local commands of the shell that they are started from."""

import json
import os
import subprocess
import sys

import pytest

from harness import isolation
from harness.paths import ROOT

HOSTILE = {
    "AWS_CA_BUNDLE": "/nowhere.pem",
    "AWS_CONFIG_FILE": "/broken",
    "AWS_DEFAULTS_MODE": "nope",
    "AWS_ENDPOINT_URL": "https://example.com",
    "AWS_ENDPOINT_URL_S3": "https://example.com",
    "AWS_PROFILE": "nope",
    "AWS_RETRY_MODE": "nope",
    "AWS_SESSION_TOKEN": "real",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "MAKEFLAGS": "-n",
    "PYTHONIOENCODING": "ascii",
    "PYTHONPATH": "/nowhere",
    "TF_CLI_ARGS": "-nope",
    "TF_CLI_ARGS_init": "-nope",
    "TF_DATA_DIR": "/nowhere",
    "TF_VAR_name": "nope",
    "TF_WORKSPACE": "nope",
}


def test_of_a_shell_only_what_is_listed_stays():
    isolated = isolation.environment({"HOME": "/home/me", "PATH": "/bin", "LC_ALL": "C"} | HOSTILE)
    assert isolated.keys() - isolation.SET.keys() == {
        *("HOME", "PATH", "LC_ALL", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "no_proxy")
    }
    assert isolated.items() >= isolation.SET.items()
    assert isolation.environment(isolated) == isolated


@pytest.mark.parametrize(
    ("inherited", "expected"),
    [
        ({}, "127.0.0.1,localhost"),
        ({"NO_PROXY": "internal"}, "internal,127.0.0.1,localhost"),
        ({"NO_PROXY": "internal", "no_proxy": "intranet"}, "intranet,127.0.0.1,localhost"),
    ],
)
def test_no_proxy_is_asked_for_what_is_local_whatever_else_it_is_not_asked_for(inherited, expected):
    isolated = isolation.environment(inherited)
    assert (isolated["NO_PROXY"], isolated["no_proxy"]) == (expected, expected)


PROGRAM = """
import json, os, sys
from harness import __main__ as line
from harness.commands import circuits, down
import boto3
from harness.stack import Stack
def run(args):
    stack = Stack("http://127.0.0.1:8", "us-east-1", {})
    endpoints = [stack.client(service).meta.endpoint_url for service in ("s3", "sqs", "stepfunctions")]
    print(json.dumps({"endpoints": endpoints, "environment": dict(os.environ)}))
    return 0
down.run = circuits.run = run
sys.exit(line.main(sys.argv[1:]))
"""


def started(*arguments):
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-E", "-c", PROGRAM, *arguments],
        cwd=ROOT,
        env=os.environ | HOSTILE,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_local_command_and_its_clients_know_nothing_of_the_shells_settings():
    done = started("down")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found["endpoints"]) == {"http://127.0.0.1:8"}
    assert found["environment"].keys() & HOSTILE.keys() <= {
        *("AWS_CONFIG_FILE", "AWS_ENDPOINT_URL", "HTTP_PROXY", "HTTPS_PROXY")
    }
    assert found["environment"].items() >= isolation.SET.items()


def test_a_command_for_a_real_account_keeps_the_users_settings():
    done = started("circuits", "--directory", "somewhere")
    assert "nope" in done.stderr  # the profile, which there is not


@pytest.mark.parametrize(
    "settings", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
def test_a_character_that_the_terminal_lacks_ends_nothing(settings):
    program = """
import sys
from harness import __main__ as line
from harness.commands import down
from harness.progress import Steps
from harness.terminal import output, say
def run(_):
    with Steps("work"):
        say("\\u2713 \\u00e4")
    output().print("\\u2713 \\u00e4")
    return 0
down.run = run
sys.exit(line.main(["down"]))
"""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | {"PYTHONUTF8": "0"} | settings,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == b"? ?\n? ?\n"
