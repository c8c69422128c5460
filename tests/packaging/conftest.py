"""Wheels and the environments that they are installed into, shared by the tests of a file."""

import sys
import sysconfig

import pytest

from harness.locks import exclusive
from harness.paths import BUILD, ROOT
from tests.packaging.environments import BACKEND, CORE, built, environment, link, run

collect_ignore = ["orders"]  # a project of its own, which runs where the wheel is installed


@pytest.fixture(scope="module")
def backend():
    """The pinned build backend, installed once under build/, so that no build asks a registry for it again."""
    directory = BUILD / "backend" / BACKEND
    with exclusive(BUILD / "backend.lock"):
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


@pytest.fixture(scope="module")
def core(wheel, tmp_path_factory):
    """An environment with what the core asks for and nothing else: the installed packages, linked."""
    directory = tmp_path_factory.mktemp("core") / "venv"
    packages = environment(wheel, directory)
    link(packages, CORE)
    return directory / "bin"


@pytest.fixture(scope="module")
def complete(wheel, tmp_path_factory):
    """An environment in which all that the harness needs is installed."""
    directory = tmp_path_factory.mktemp("complete") / "venv"
    packages = environment(wheel, directory)
    (packages / "all.pth").write_text(sysconfig.get_path("purelib"))
    return directory / "bin"
