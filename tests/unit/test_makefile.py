"""The Makefile passes on what people set as they typed it: neither make nor the shell reads it."""

import json
import os
import subprocess
import sys

import pytest

from harness.paths import ROOT

NAME = """-a 'b' "c" `touch no` $(touch no) ${HOME} #;&|*.pdf"""
SWITCHES = ("BROKEN", "REHEARSAL", "SHOW", "START", "STOP", "VERBOSE")
PRINT_ARGUMENTS = f"{sys.executable} -c 'import json, sys; print(json.dumps(sys.argv[1:]))'"


def handed_on(tmp_path, *arguments, environment=None):
    """Return what a target passes to the command line, for which a program stands in, and what make says."""
    stand_in = ["VENV=", "POLICY=", f"HARNESS={PRINT_ARGUMENTS}"]
    command = ["make", "--no-print-directory", "-f", str(ROOT / "Makefile"), *stand_in, *arguments]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    assert list(tmp_path.iterdir()) == []
    return json.loads(done.stdout), done.stderr


@pytest.mark.parametrize(
    ("target", "settings", "expected"),
    [
        ("process", ["DOCUMENT"], ["process", "--", NAME]),
        ("process", ["DOCUMENT", "SOURCE"], ["process", f"--source={NAME}", "--", NAME]),
        ("process", ["ENV"], ["process", f"--environment={NAME}", "--", ""]),
        ("plan", ["ENV"], ["plan", "--", NAME]),
        ("apply", [], ["apply", "--", ""]),
        ("backfill", ["PREFIX", "ENV"], ["backfill", f"--prefix={NAME}", f"--environment={NAME}"]),
        ("backfill", ["INVENTORY", "REHEARSAL"], ["backfill", f"--inventory={NAME}", "--rehearsal"]),
        ("backfill", ["STOP"], ["backfill", "--stop"]),
        ("circuits", ["RESET", "DIRECTORY"], ["circuits", f"--reset={NAME}", f"--directory={NAME}"]),
        ("redrive", ["SHOW"], ["redrive", "--show"]),
        ("backlog", ["HURRY"], ["backlog", f"--hurry={NAME}"]),
        ("backlog", ["GIVE_UP", "ENV"], ["backlog", f"--give-up={NAME}", f"--environment={NAME}"]),
        ("rerun", ["ERROR", "START"], ["rerun", f"--error={NAME}", "--start"]),
        (
            "rerun",
            ["AGENT", "SINCE", "UNTIL"],
            ["rerun", f"--agent={NAME}", f"--since={NAME}", f"--until={NAME}"],
        ),
        ("soak", ["DOCUMENTS", "SEED"], ["soak", f"--documents={NAME}", f"--seed={NAME}"]),
        ("fuzz", ["SECONDS", "SEED"], ["fuzz", f"--seconds={NAME}", f"--seed={NAME}"]),
        ("policy", ["PLAN"], ["policy", f"--plan={NAME}"]),
        ("probe", ["CALL_AGENTS"], ["probe", f"--call-agents={NAME}"]),
        ("probe", ["AGENT"], ["probe", f"--agent={NAME}"]),
        ("demo", ["VERBOSE"], ["demo", "--verbose"]),
        ("adversary", ["BROKEN"], ["adversary", "--broken"]),
        ("demo", [], ["demo"]),
        ("up", ["ENV"], ["up"]),
    ],
)
def test_what_is_set_arrives_as_it_was_typed(target, settings, expected, tmp_path):
    typed = [f"{name}={1 if name in SWITCHES else NAME}" for name in settings]
    assert handed_on(tmp_path, target, *typed) == (expected, "")


@pytest.mark.parametrize("value", ["0", "no", "11", "1 1", "$(HOME)", NAME])
@pytest.mark.parametrize("switch", SWITCHES)
def test_a_switch_that_is_neither_on_nor_left_out_is_refused(switch, value, tmp_path):
    with pytest.raises(subprocess.CalledProcessError) as refused:
        handed_on(tmp_path, "rerun", f"{switch}={value}")
    assert refused.value.stdout == ""
    assert f"{switch} is a switch: say {switch}=1, or leave {switch} out.  Stop.\n" in refused.value.stderr


@pytest.mark.parametrize("switch", SWITCHES)
def test_an_empty_switch_is_left_out(switch, tmp_path):
    assert handed_on(tmp_path, "rerun", f"{switch}=") == (["rerun"], "")


@pytest.mark.parametrize(
    ("target", "settings", "expected"),
    [
        ("process", ["ENV", "DIRECTORY", "DOCUMENT", "SOURCE"], ["process", "--", ""]),
        ("redrive", ["ENV", "DIRECTORY"], ["redrive"]),
        ("backfill", ["PREFIX", "INVENTORY", "REHEARSAL", "STOP"], ["backfill"]),
        ("circuits", ["ENV", "DIRECTORY", "RESET"], ["circuits"]),
        ("backlog", ["ENV", "DIRECTORY", "HURRY", "GIVE_UP"], ["backlog"]),
        ("rerun", ["ENV", "DIRECTORY", "AGENT", "ERROR", "SINCE", "START", "UNTIL"], ["rerun"]),
        ("probe", ["ENV", "DIRECTORY", "AGENT", "CALL_AGENTS"], ["probe"]),
        ("plan", ["ENV"], ["plan", "--", ""]),
        ("apply", ["ENV"], ["apply", "--", ""]),
    ],
)
@pytest.mark.parametrize("options", [(), ("-e",)], ids=["make", "make -e"])
def test_what_the_shell_holds_does_not_count_and_is_said_to_be_ignored(target, settings, expected, options, tmp_path):
    environment = os.environ | dict.fromkeys(settings, NAME)
    arguments, message = handed_on(tmp_path, *options, target, environment=environment)
    assert arguments == expected
    named, _, sentence = message.partition(" of the environment is ")
    assert sorted(named.split()) == sorted(settings)
    assert sentence == "ignored: settings count on the command line of make.\n"


def test_a_setting_of_another_target_is_not_mentioned(tmp_path):
    assert handed_on(tmp_path, "up", environment=os.environ | {"ENV": NAME}) == (["up"], "")


@pytest.mark.parametrize("environment", [".venv", ".venv-policy"])
def test_what_a_link_leads_to_is_not_erased(environment, tmp_path):
    requirements = tmp_path / "requirements"
    requirements.mkdir()
    for name in ("harness.txt", "policy.txt"):
        (requirements / name).touch()
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "kept").touch()
    (tmp_path / environment).symlink_to(shared)
    command = ["make", "-f", str(ROOT / "Makefile"), f"PYTHON={sys.executable}", f"{environment}/.complete"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
    sentence = f"{environment} is a link, and to install into it would erase what it leads to: remove the link.\n"
    assert done.stderr.startswith(sentence)
    assert [file.name for file in shared.iterdir()] == ["kept"]
