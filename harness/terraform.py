"""Runs Terraform: a root configuration in a scratch copy, against the embedded AWS."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import isolation, workspaces
from harness.embedded.account import REGION
from harness.errors import HarnessError
from harness.locks import exclusive
from harness.paths import BUILD, ROOT
from harness.progress import CONSOLE, Steps
from harness.toolchain import cli_configuration, terraform_command

PLAN_FILE = "plan.tfplan"
MODULE = ("*.tf", "modules", "statemachine")  # what a configuration's `source` reaches beside itself
_HASHES = re.compile(r"^  hashes = \[.*?\]\n", re.DOTALL | re.MULTILINE)
_NOT_COPIED = (".terraform", ".terraform.lock.hcl", "*.tfstate*", "*.tfplan")
NOT_COPIED = shutil.ignore_patterns(*_NOT_COPIED)
NO_SOURCES = shutil.ignore_patterns(*_NOT_COPIED, ".git", ".venv", "build", "node_modules")  # of a whole project

Event = dict[str, Any]


class TerraformError(HarnessError):
    """Terraform failed; the text holds Terraform's own errors."""


@dataclass(frozen=True)
class Plan:
    """What a plan found: Terraform's detailed exit code (0: no changes, 2: changes) and the action per address."""

    exit_code: int
    changes: Mapping[str, str]


@dataclass(frozen=True)
class Tested:
    """What one run of a `terraform test` found: its plan as Terraform's JSON, None where there is none, and errors."""

    plan: Mapping[str, Any] | None
    errors: tuple[str, ...]


class Workspace:
    """A root configuration in a scratch copy under build/; the checkout itself is never written.

    `configuration` is a directory of the checkout (its `source = "../.."` keeps working) or one of its own;
    `endpoint` is the AWS to talk to; `variables` are the configuration's own; `root` is a folder around a configuration
    of the checkout, with all that it reads. Several may live at once. Removes its copy when used as a context
    manager.
    """

    def __init__(
        self,
        configuration: Path,
        endpoint: str,
        variables: Mapping[str, Any] | None = None,
        root: Path | None = None,
    ) -> None:
        configuration = configuration.resolve()
        self.copy, self._lock = workspaces.create(configuration.name)
        self.endpoint = endpoint
        self.path = self._fill_from(root.resolve(), configuration) if root else self._fill(configuration)
        self.log: Path | None = None  # where the provider writes down what it asks of AWS
        self.set(**(variables or {}))

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.copy, ignore_errors=True)
        self._lock.close()

    def set(self, **variables: Any) -> None:
        """Set the configuration's variables, in place of any former ones."""
        self.variables = variables
        (self.path / "workspace.auto.tfvars.json").write_text(json.dumps(variables))

    def init(self, *options: str) -> None:
        """Install the modules and the provider; `options` go to `terraform init` as they are."""
        with Steps("terraform init"), exclusive(BUILD / "init.lock"):  # a plugin cache allows one init at a time
            self._stream("init", "-input=false", "-no-color", *options)
        # The provider was checked just now; with its hashes here, each command would read its 700 MB to check it again.
        if (lock := self.path / ".terraform.lock.hcl").exists():
            lock.write_text(_HASHES.sub("", lock.read_text()))

    def plan(self) -> Plan:
        """Plan, and keep the plan for `show`."""
        changes: dict[str, str] = {}

        def planned(event: Event) -> None:
            if event["type"] == "planned_change":
                changes[event["change"]["resource"]["addr"]] = event["change"]["action"]

        with Steps("terraform plan"):
            arguments = ("-json", "-input=false", "-detailed-exitcode", f"-out={PLAN_FILE}")
            code = self._stream("plan", *arguments, on_event=planned, good=(0, 2))
        return Plan(code, changes)

    def apply(self) -> None:
        """Apply."""
        self._change("apply")

    def destroy(self) -> None:
        """Destroy everything that the configuration made."""
        self._change("destroy", "-refresh=false")  # nobody else changes it

    def output(self) -> dict[str, Any]:
        """Return the outputs by name."""
        return output(self.path, self.environment())

    def show(self, plan: bool = False) -> dict[str, Any]:
        """Return the state, or the last plan, as Terraform's JSON."""
        return json.loads(_capture(self.path, self.environment(), "show", "-json", *([PLAN_FILE] if plan else [])))

    def test(self) -> dict[str, Tested]:
        """Run the configuration's tests, `*.tftest.hcl` and `*.tftest.json`; return what each run found by its name."""
        plans: dict[str, Event] = {}
        errors: dict[str, list[str]] = {}

        def collect(event: Event) -> None:
            if event["type"] == "test_plan":
                plans[event["@testrun"]] = event["test_plan"]
            elif event["type"] == "diagnostic" and "@testrun" in event:
                errors[event["@testrun"]].append(_sentence(event["diagnostic"]))
            elif event["type"] == "test_run":
                errors.setdefault(event["test_run"]["run"], [])

        with Steps("terraform test"):
            self._stream("test", "-json", "-verbose", on_event=collect, good=(0, 1))
        return {run: Tested(plans.get(run), tuple(found)) for run, found in errors.items()}

    def versions(self) -> dict[str, str]:
        """Return the versions of Terraform and, once initialised, of the providers."""
        reported = json.loads(_capture(self.path, self.environment(), "version", "-json"))
        providers = {address.partition("/")[2]: version for address, version in reported["provider_selections"].items()}
        return {"Terraform": reported["terraform_version"], **providers}

    def validate(self) -> None:
        """Check the configuration; raises TerraformError with what is wrong."""
        self._stream("validate", "-no-color")

    def environment(self) -> dict[str, str]:
        """Return the environment of local commands, and what leads Terraform to the AWS of this workspace."""
        environment = isolation.environment(os.environ)
        if configuration := cli_configuration():
            file = self.copy / "terraform.tfrc"
            file.write_text(configuration)
            environment["TF_CLI_CONFIG_FILE"] = str(file)
        return (
            environment
            | {
                "AWS_ENDPOINT_URL": self.endpoint,
                "AWS_REGION": REGION,
                "AWS_MAX_ATTEMPTS": "2",  # what the embedded AWS cannot do is an error at once
                "GOGC": "1000",  # reading the provider's schemas makes much garbage: 30 % less work
                "TF_IN_AUTOMATION": "1",
            }
            | ({"TF_LOG_PROVIDER": "DEBUG", "TF_LOG_PATH": str(self.log)} if self.log else {})
        )

    def _fill_from(self, root: Path, configuration: Path) -> Path:
        shutil.copytree(root, self.copy, ignore=NO_SOURCES, dirs_exist_ok=True)
        return self.copy / configuration.relative_to(root)

    def _fill(self, configuration: Path) -> Path:
        if not configuration.is_relative_to(ROOT):
            shutil.copytree(configuration, self.copy, ignore=NOT_COPIED, dirs_exist_ok=True)
            return self.copy
        inside = configuration.relative_to(ROOT)
        for source in (path for pattern in MODULE for path in ROOT.glob(pattern)):
            _copy(source, self.copy / source.name)
        if inside.parts:
            _copy(configuration, self.copy / inside)
        return self.copy / inside

    def _change(self, command: str, *options: str) -> None:
        with Steps(f"terraform {command}") as steps:

            def show(event: Event) -> None:
                if event["type"] == "change_summary" and event["changes"]["operation"] == "plan":
                    steps.plan(sum(event["changes"][kind] for kind in ("add", "change", "remove")))
                elif event["type"] == "apply_start" and event["hook"]["action"] != "read":
                    steps.start(event["hook"]["resource"]["addr"])
                elif event["type"] == "apply_complete" and event["hook"]["action"] != "read":
                    steps.finish(event["hook"]["resource"]["addr"])

            self._stream(command, "-json", "-input=false", "-auto-approve", *options, on_event=show)

    def _stream(
        self,
        *arguments: str,
        on_event: Callable[[Event], None] = lambda _: None,
        good: Sequence[int] = (0,),
    ) -> int:
        errors, text = [], []
        with _process(self.path, self.environment(), arguments, stderr=subprocess.STDOUT) as process:
            for line in process.stdout:
                if not line.startswith("{"):
                    text.append(line)
                    continue
                event = json.loads(line)
                if event["type"] == "diagnostic" and event["diagnostic"]["severity"] == "error":
                    errors.append(_sentence(event["diagnostic"]))
                on_event(event)
            code = process.wait()
        if code not in good:
            raise TerraformError(f"terraform {arguments[0]} failed.\n" + "\n".join(errors or [_errors(text)]))
        return code


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=NOT_COPIED, dirs_exist_ok=True)
    else:
        shutil.copy(source, target)


def output(directory: Path, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the outputs of an applied configuration by name."""
    outputs = json.loads(_capture(directory, environment, "output", "-json"))
    return {name: entry["value"] for name, entry in outputs.items()}


def unformatted(directory: Path, files: Sequence[str]) -> list[str]:
    """Return those of the files that `terraform fmt` would change."""
    text = _capture(directory, None, "fmt", "-check", *files, good=(0, 3))
    return text.splitlines()


def _capture(
    directory: Path, environment: Mapping[str, str] | None, *arguments: str, good: Sequence[int] = (0,)
) -> str:
    with _process(directory, environment, arguments, stderr=subprocess.PIPE) as process:
        text, errors = process.communicate()
    if process.returncode not in good:
        raise TerraformError(f"terraform {arguments[0]} failed.\n{_errors(errors.splitlines(keepends=True))}")
    return text


@contextlib.contextmanager
def _process(
    directory: Path, environment: Mapping[str, str] | None, arguments: Sequence[str], stderr: int
) -> Iterator[subprocess.Popen[str]]:
    """Run Terraform; whatever ends the block early interrupts it once, and waits until it has released its lock."""
    process = subprocess.Popen(  # noqa: S603 - our own command, no shell
        [*terraform_command(), *arguments],
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        encoding="utf-8",  # Terraform's own, whatever the locale
        errors="replace",
        process_group=0,  # the terminal's Ctrl-C reaches only us: two interrupts would leave the lock behind
    )
    try:
        yield process
    except KeyboardInterrupt:
        CONSOLE.print("Terraform was interrupted; it finishes what it has under way.")
        raise
    finally:
        while process.poll() is None:
            try:
                process.send_signal(signal.SIGINT)
                process.communicate()
            except KeyboardInterrupt:  # the second one: Terraform gives up at once
                continue
        process.stdout.close()


def _sentence(diagnostic: Mapping[str, Any]) -> str:
    """Return a diagnostic of Terraform's as text: where, what, why."""
    parts = [f"Error: {diagnostic['summary']}"]
    if "range" in diagnostic:
        where = f"  on {diagnostic['range']['filename']} line {diagnostic['range']['start']['line']}"
        context = (diagnostic.get("snippet") or {}).get("context")
        parts.append(f"{where}, in {context}:" if context else f"{where}:")
    if diagnostic.get("detail"):
        parts.append(diagnostic["detail"])
    return "\n".join(parts)


def _errors(lines: Sequence[str]) -> str:
    """Return what Terraform printed from its first error on, without the frame around it."""
    plain = [line.strip("│╷╵ \n") for line in lines]
    first = next((number for number, line in enumerate(plain) if line.startswith("Error")), 0)
    return "\n".join(line for line in plain[first:] if line)
