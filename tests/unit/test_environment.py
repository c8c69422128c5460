"""Which environment `plan` and `apply` work on; what they do there, tests/execution/test_examples.py tests."""

import pytest

from harness.__main__ import main
from harness.paths import EXAMPLES


@pytest.mark.parametrize("command", ["plan", "apply"])
@pytest.mark.parametrize(
    ("directory", "environment", "message"),
    [
        ("per-environment", "qa", "per-environment has dev, prod, staging: say ENV=dev."),
        ("per-environment", "", "per-environment has dev, prod, staging: say ENV=dev."),
        ("minimal", "dev", "minimal has no environments: there is no environments/*.tfvars in it."),
    ],
)
def test_an_environment_that_is_not_there_is_said_to_be_so(command, directory, environment, message, capsys):
    assert main([command, "--directory", str(EXAMPLES / directory), environment]) == 2
    assert message in capsys.readouterr().err
