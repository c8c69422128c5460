"""What others paste: the hooks of pre-commit and the GitHub action run commands that this distribution has."""

import re
import shlex
import subprocess
import tomllib

import pytest
import yaml

from harness.asl.command import main
from harness.paths import ROOT

HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
SCRIPTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
PAGES = {"asl-lint": "linter.md", "agentcore-policies": "policies.md"}


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_runs_a_command_of_the_distribution_and_is_documented(name):
    assert shlex.split(HOOKS[name]["entry"])[0] in SCRIPTS
    assert f"      - id: {name}\n" in (ROOT / "docs" / PAGES[name]).read_text()


def test_the_linters_hook_takes_every_file_that_it_may_be_handed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where the settings of this project do not hold
    source = ROOT / "tests" / "asl" / "sources"
    handed = [str(file) for file in sorted(source.rglob("*")) if re.search(HOOKS["asl-lint"]["files"], file.name)]
    _, *arguments = shlex.split(HOOKS["asl-lint"]["entry"])
    assert main([*arguments, *handed]) == 1
    (tmp_path / "package.json").write_text('{"name": "x"}')
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    assert main([*arguments, str(tmp_path / "package.json"), str(tmp_path / "compose.yaml")]) == 0


@pytest.mark.parametrize(
    ("step", "inputs", "expected"),
    [
        ("asl-lint", {"lint": "a 'b c'.json **/*.asl.json"}, "asl-lint --format github -- a 'b c'.json **/*.asl.json"),
        (
            "asl-lint",
            {"lint": ".", "lint-arguments": "--strict --profile resilience"},
            "asl-lint --format github --strict --profile resilience -- .",
        ),
        ("Policies", {"policy": ". plan.json"}, "agentcore-harness policy --format github -- . plan.json"),
        ("Policies", {"policy": "$(touch no)"}, "agentcore-harness policy --format github -- $(touch no)"),
    ],
)
def test_the_action_hands_its_inputs_to_the_commands(step, inputs, expected, tmp_path):
    [found] = [one for one in ACTION["runs"]["steps"] if one.get("name") == step]
    values = {name: description["default"] for name, description in ACTION["inputs"].items()} | inputs
    environment = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda named: values[named[1]], value)
        for name, value in found["env"].items()
    }
    stand_ins = tmp_path / "agentcore-checks" / "bin"
    stand_ins.mkdir(parents=True)
    for name in SCRIPTS:
        (stand_ins / name).write_text('#!/bin/sh\necho "$(basename "$0") $*"\n')
        (stand_ins / name).chmod(0o755)
    environment |= {"RUNNER_TEMP": str(tmp_path), "PATH": "/usr/bin:/bin"}
    process = subprocess.run(  # noqa: S603 - the action's own script
        ["/bin/bash", "-e", "-c", found["run"]],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert process.stdout == f"{expected}\n"
    assert not (tmp_path / "no").exists()


def test_the_action_is_documented_with_inputs_that_it_has():
    for page in PAGES.values():
        [block] = re.findall(r"orchestrator@v[\d.]+\n +with:\n((?: +[\w-]+:.*\n)+)", (ROOT / "docs" / page).read_text())
        assert set(re.findall(r"([\w-]+):", block)) <= set(ACTION["inputs"])
