"""`agentcore-harness policy PATH…` on the code and the plans of others."""

import argparse
import re
import sys
from pathlib import Path

import pytest

from harness.commands import policy
from harness.errors import HarnessError
from harness.paths import ROOT
from harness.policy import environment, skips

PROJECTS = Path(__file__).parent / "projects"


def run(*arguments):
    parser = argparse.ArgumentParser()
    policy.add_parser(parser.add_subparsers())
    args = parser.parse_args(["policy", *map(str, arguments)])
    return args.run(args)


@pytest.mark.parametrize("name", ["nosuch.json", "README.md", ""])
def test_what_is_no_plan_is_refused_before_the_code_is_checked(name, tmp_path, monkeypatch):
    (tmp_path / "README.md").touch()
    monkeypatch.setattr(policy, "scan_code", lambda: pytest.fail("The code was checked."))
    with pytest.raises(
        HarnessError, match=rf"^{tmp_path / name} is no file with a plan in JSON: `terraform show -json"
    ):
        run("--plan", tmp_path / name)


@pytest.mark.parametrize("name", ["unreadable-directive", "unreadable-heredoc"])
def test_valid_code_that_checkov_cannot_read_fails_and_is_not_called_invalid(name, capsys):
    assert run(PROJECTS / name) == 1
    output = capsys.readouterr().out
    assert "Nothing in this file was checked" in output
    assert "checkov's own parser cannot read it. Check a plan of it instead" in output
    assert "valid" not in output


def test_invalid_code_is_called_so_where_terraform_says_it(tmp_path, capsys, monkeypatch):
    terraform = tmp_path / "bin" / "terraform"
    terraform.parent.mkdir()
    terraform.write_text("#!/bin/sh\nexit 2\n")
    terraform.chmod(0o755)
    monkeypatch.setenv("PATH", str(terraform.parent))
    (tmp_path / "main.tf").write_text('resource "aws_sqs_queue" "orders" {\n')
    assert run(tmp_path) == 1
    assert "Terraform cannot read it either" in capsys.readouterr().out


def test_code_that_checkov_reads_passes(capsys, monkeypatch):
    monkeypatch.chdir(PROJECTS)  # a long path is folded in the table
    assert run("readable") == 0
    assert re.search(r"readable\W+[1-9]", capsys.readouterr().out)


def test_the_modules_own_skips_hold_on_the_plan_of_a_stack_and_for_nothing_else_in_it(capsys):
    assert run(PROJECTS / "plan-of-a-stack" / "plan.json", "--format", "github") == 1
    lines = capsys.readouterr().out.splitlines()
    assert [re.search(r"title=(\w+)", line)[1] for line in lines] == ["CKV_AWS_285"]
    verdict = policy.scan_plan(PROJECTS / "plan-of-a-stack" / "plan.json", PROJECTS)
    assert verdict.skipped == 1
    [failure] = verdict.failures
    assert failure.check == "CKV_AWS_285"


def test_a_skip_covers_its_block_in_every_call_of_the_module():
    for call in ("module.orders", 'module.orders["eu"]', "module.outer.module.orders[0]"):
        address = f"{call}.module.workflow.aws_sfn_state_machine.workflow"
        ours = frozenset({re.sub(r"\[[^\]]*\]", "", call)})
        assert skips.covering("CKV_AWS_285", address, ours).file == "modules/workflow/main.tf"
        assert skips.covering("CKV_AWS_284", address, ours) is None
        assert skips.covering("CKV_AWS_285", address, frozenset({"module.order"})) is None


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("no-such-directory", "no-such-directory cannot be read: there is no such file or directory."),
        ("readable/main.tf", "is neither a directory nor a plan in JSON"),
        ("empty", "holds no Terraform code."),
    ],
)
def test_a_path_that_cannot_be_checked_is_named(path, reason):
    with pytest.raises(HarnessError, match=re.escape(reason)):
        run(PROJECTS / path)


def test_json_that_is_no_plan_is_named(tmp_path):
    (tmp_path / "plan.json").write_text("[]")
    with pytest.raises(HarnessError, match=r"plan\.json cannot be read: it is no plan"):
        run(tmp_path / "plan.json")


# --- the environment of checkov -----------------------------------------------------------------------------------


def test_an_environment_is_made_once_for_each_set_of_requirements(tmp_path, capsys):
    requirements, cache = tmp_path / "requirements.txt", tmp_path / "cache"
    requirements.write_text("# nothing\n")
    location = environment.installed(requirements, cache)
    assert (location / "bin" / "python").exists()
    assert "is installed into" in capsys.readouterr().err
    kept = (location / environment.COMPLETE).stat().st_mtime_ns
    assert environment.installed(requirements, cache) == location
    assert (location / environment.COMPLETE).stat().st_mtime_ns == kept
    assert capsys.readouterr().err == ""
    (location / environment.COMPLETE).unlink()  # as an interrupted installation leaves it
    assert environment.installed(requirements, cache) == location
    assert (location / environment.COMPLETE).exists()
    requirements.write_text("# something else\n")
    assert environment.installed(requirements, cache) != location


def test_what_cannot_be_installed_is_one_sentence(tmp_path):
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("no-such-file.whl\n")
    with pytest.raises(HarnessError, match=r"checkov cannot be installed into .*no-such-file"):
        environment.installed(requirements, tmp_path / "cache")


def test_the_distribution_pins_what_is_installed():
    assert re.search(r"^checkov==[\d.]+ \\$", environment.REQUIREMENTS.read_text(), re.MULTILINE)
    assert environment.REQUIREMENTS.is_relative_to(ROOT)
    assert sys.version_info >= (3, 11)
