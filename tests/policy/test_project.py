import argparse
import re

import pytest

from harness.commands import policy
from harness.paths import EXAMPLES, ROOT


@pytest.fixture(scope="module")
def plan():
    with policy.applied_plan() as (plan, _):
        yield plan


def test_the_project_passes(plan, capsys):
    assert policy.run(argparse.Namespace(paths=[], plan=plan, sources=None, format="text")) == 0
    table = capsys.readouterr().out
    for name in ("module", "plan", *(str(path.parent.relative_to(ROOT)) for path in EXAMPLES.glob("*/main.tf"))):
        assert re.search(rf" {name}\W+[1-9]", table), f"nothing of it was checked: {name}"


def test_its_agent_calls_are_judged_as_rendered(plan, tmp_path):
    text = plan.read_text()
    for word in ("JitterStrategy", "Catch", "TimeoutSeconds"):
        assert word in text
        text = text.replace(word, "Comment")
    spoilt = tmp_path / "plan.json"
    spoilt.write_text(text)
    failed = {(failure.check, failure.resource) for failure in policy.scan_plan(spoilt, ROOT).failures}
    assert {(f"CKV_AGENTCORE_{number}", "aws_sfn_state_machine.workflow") for number in (3, 4, 5)} <= failed


def test_a_skip_without_a_reason_fails_it(tmp_path):
    skips = "# checkov:skip=CKV_AWS_26\n  # checkov:skip=CKV_AGENTCORE_10\n"
    (tmp_path / "main.tf").write_text(f'resource "aws_sns_topic" "orders" {{\n  {skips}  name = "orders"\n}}\n')
    verdict = policy.scan_directory(tmp_path)
    assert {failure.check for failure in verdict.failures} == {"CKV_AWS_26", "CKV_AGENTCORE_10"}
