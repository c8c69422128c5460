"""The wheel and the sdist, built and installed into environments that hold nothing but what they ask for."""

import importlib.metadata
import json
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from harness.paths import BUILD, EXAMPLES, ROOT
from harness.toolchain import exclusive

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
[BACKEND] = PROJECT["build-system"]["requires"]
CORE = ("botocore", "jsonata-python", "jsonschema")
FAULTY = ROOT / "tests" / "asl" / "corpus" / "invalid-UNKNOWN_TARGET-next.asl.json"


def run(*command, cwd, path=None, check=True):
    """Run a command without what this environment would lend it; return the finished process."""
    lent = ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME")
    environment = {name: value for name, value in os.environ.items() if name not in lent}
    environment |= {"PYTHONPATH": str(path)} if path else {}
    process = subprocess.run(  # noqa: S603 - our own commands
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert not check or process.returncode == 0, process.stderr
    return process


@pytest.fixture(scope="module")
def backend():
    """The pinned build backend, installed once under build/, so that no build asks a registry for it again."""
    directory = BUILD / "backend" / BACKEND
    with exclusive("backend"):
        if not directory.exists():
            fresh = directory.with_name(f"{directory.name}.fresh")
            run(sys.executable, "-m", "pip", "install", "--quiet", "--target", fresh, BACKEND, cwd=ROOT)
            fresh.rename(directory)
    return directory


@pytest.fixture(scope="module", params=["path", "tag"])
def wheel(request, backend, tmp_path_factory):
    """A wheel of the checkout as it is, and one of its last commit as a tag has it."""
    source = str(ROOT) if request.param == "path" else f"git+{ROOT.as_uri()}"
    return built(source, backend, tmp_path_factory.mktemp(request.param))


def built(source, backend, directory):
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check")
    run(sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", directory, source, cwd=directory, path=backend)
    [file] = directory.glob("*.whl")
    return file


def closure(names):
    """Return the installed distributions that these need, themselves included."""
    found, pending = {}, list(names)
    while pending:
        name = re.split(r"[ ;<>=!~\[(]", pending.pop(), maxsplit=1)[0].lower()
        if name not in found:
            found[name] = importlib.metadata.distribution(name)
            pending += [one for one in found[name].requires or () if "extra ==" not in one and _is_installed(one)]
    return found


def _is_installed(requirement):
    try:
        return bool(importlib.metadata.distribution(re.split(r"[ ;<>=!~\[(]", requirement, maxsplit=1)[0]))
    except importlib.metadata.PackageNotFoundError:
        return False


def environment(wheel, directory):
    """Return an environment with the wheel alone, and the place for what it needs."""
    run(sys.executable, "-m", "venv", "--without-pip", directory, cwd=directory.parent)
    options = ("--quiet", "--no-deps", "--no-index", "--disable-pip-version-check")
    run(
        sys.executable, "-m", "pip", "--python", directory / "bin" / "python", "install", *options, wheel, cwd=directory
    )
    [packages] = directory.glob("lib/python*/site-packages")
    return packages


@pytest.fixture(scope="module")
def core(wheel, tmp_path_factory):
    """An environment with what the core asks for and nothing else: the installed packages, linked."""
    directory = tmp_path_factory.mktemp("core") / "venv"
    packages = environment(wheel, directory)
    here = Path(sysconfig.get_path("purelib"))
    for distribution in closure(CORE).values():
        for name in {file.parts[0] for file in distribution.files if file.parts[0] not in ("..", "__pycache__")}:
            if not (packages / name).exists():
                (packages / name).symlink_to(here / name)
    return directory / "bin"


@pytest.fixture(scope="module")
def complete(wheel, tmp_path_factory):
    """An environment in which all that the harness needs is installed."""
    directory = tmp_path_factory.mktemp("complete") / "venv"
    packages = environment(wheel, directory)
    (packages / "all.pth").write_text(sysconfig.get_path("purelib"))
    return directory / "bin"


def test_the_core_asks_for_three_packages():
    assert sorted(re.match(r"[\w-]+", one)[0] for one in PROJECT["project"]["dependencies"]) == sorted(CORE)


def test_the_linter_runs_with_the_core_alone(core, tmp_path):
    assert run(core / "asl-lint", "--version", cwd=tmp_path).stdout == f"asl-lint {PROJECT['project']['version']}\n"
    process = run(core / "asl-lint", "--format", "json", FAULTY, cwd=tmp_path, check=False)
    assert process.returncode == 1
    assert [finding["code"] for finding in json.loads(process.stdout)] == ["UNKNOWN_TARGET"]
    imported = "import sys, harness.asl.command; print(*sys.modules)"
    modules = run(core / "python", "-c", imported, cwd=tmp_path).stdout.split()
    assert {"boto3", "moto", "rich", "yaml", "botocore.session"} & set(modules) == set()


def test_a_command_whose_extra_is_missing_says_so(core, tmp_path):
    process = run(core / "agentcore-harness", "demo", cwd=tmp_path, check=False)
    assert process.returncode == 2
    assert process.stderr.endswith("pip install 'agentcore-orchestrator-harness[harness]'.\n")
    assert "needs the extra 'harness'" in run(core / "agentcore-harness", "--help", cwd=tmp_path).stdout


def test_the_harness_finds_what_it_needs_of_the_module(complete, tmp_path):
    listed = run(complete / "agentcore-harness", "--help", cwd=tmp_path).stdout
    assert "needs the extra" not in listed
    assert {"demo", "lint", "policy", "process", "up"} <= set(listed.split())
    render = "from harness.render import defaults; print(*sorted(one['name'] for one in defaults()))"
    assert "workflow" in run(complete / "python", "-c", render, cwd=tmp_path).stdout.split()
    held = "from harness.paths import EXAMPLES, SAMPLES; print(len([*EXAMPLES.iterdir()]), SAMPLES.exists())"
    assert run(complete / "python", "-c", held, cwd=tmp_path).stdout == f"{len(list(EXAMPLES.iterdir()))} True\n"


def test_the_sdist_builds_the_same_wheel(backend, tmp_path):
    build = "import sys; from hatchling.build import build_sdist; print(build_sdist(sys.argv[1]))"
    name = run(sys.executable, "-c", build, tmp_path, cwd=ROOT, path=backend).stdout.split()[-1]
    with tarfile.open(tmp_path / name) as archive:
        assert not [member for member in archive.getnames() if re.search(r"/(tests|build|\.venv)/", member)]
    contents = []
    for source in (tmp_path / name, ROOT):
        directory = tmp_path / source.name
        directory = directory.with_suffix(".built")
        directory.mkdir()
        with zipfile.ZipFile(built(str(source), backend, directory)) as archive:
            contents.append(
                {member.filename: member.CRC for member in archive.infolist() if "RECORD" not in member.filename}
            )
    assert contents[0] == contents[1]
