"""The Makefile hands on what people set as they typed it: neither make nor the shell reads it."""

import json
import os
import subprocess
import sys

import pytest

from harness.paths import ROOT

NAME = """-a 'b' "c" `touch no` $(touch no) ${HOME} #;&|*.pdf"""
TELL = f"{sys.executable} -c 'import json, sys; print(json.dumps(sys.argv[1:]))'"


def handed_on(tmp_path, *arguments, environment=None):
    """Give what a target hands on to the command line, for which a program stands in that tells its arguments."""
    stand_in = ["VENV=", "POLICY=", f"HARNESS={TELL}"]
    command = ["make", "--no-print-directory", "-f", str(ROOT / "Makefile"), *stand_in, *arguments]
    told = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout  # noqa: S603
    assert list(tmp_path.iterdir()) == []
    return json.loads(told)


@pytest.mark.parametrize(
    ("target", "settings", "expected"),
    [
        ("process", ["DOCUMENT"], ["process", "--", NAME]),
        ("process", ["DOCUMENT", "SOURCE"], ["process", f"--source={NAME}", "--", NAME]),
        ("process", ["ENV"], ["process", f"--environment={NAME}", "--", ""]),
        ("plan", ["ENV"], ["plan", "--", NAME]),
        ("apply", [], ["apply", "--", ""]),
        ("circuits", ["RESET", "DIRECTORY"], ["circuits", f"--reset={NAME}", f"--directory={NAME}"]),
        ("redrive", ["SHOW"], ["redrive", "--show"]),
        ("soak", ["DOCUMENTS", "SEED"], ["soak", f"--documents={NAME}", f"--seed={NAME}"]),
        ("policy", ["PLAN"], ["policy", f"--plan={NAME}"]),
        ("probe", ["CALL_AGENTS"], ["probe", f"--call-agents={NAME}"]),
        ("up", ["ENV"], ["up"]),
    ],
)
def test_what_is_set_arrives_as_it_was_typed(target, settings, expected, tmp_path):
    values = dict.fromkeys(settings, NAME)
    typed = [f"{name}={value}" for name, value in values.items()]
    assert handed_on(tmp_path, target, *typed) == expected
    assert handed_on(tmp_path, target, environment=os.environ | values) == expected
