import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.paths import ROOT
from harness.policy.environment import checkov
from harness.policy.scan import CHECKS

HERE = Path(__file__).parent
BAD = sorted(path.name for path in (HERE / "bad").iterdir())
GOOD = sorted(path.name for path in (HERE / "good").iterdir())
UNKNOWN = sorted(path.name for path in (HERE / "unknown").iterdir())
PAGE = (ROOT / "docs" / "policies.md").read_text()


@pytest.fixture(scope="module")
def records() -> dict[str, list[dict]]:
    """What our checks report on every kept module, by its directory; checkov runs once for all."""
    arguments = ["--framework", "terraform", "terraform_plan", "--check", "CKV_AGENTCORE_*", "--skip-download"]
    process = subprocess.run(  # noqa: S603 - our own command
        [checkov(), "-d", HERE, "--external-checks-dir", CHECKS, *arguments, "--output", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert not process.stderr  # checkov passes over a check that raises, and reports it only here
    found: dict[str, list[dict]] = {f"{path.parent.name}/{path.name}": [] for path in HERE.glob("*/*") if path.is_dir()}
    for report in json.loads(process.stdout):
        for record in (*report["results"]["passed_checks"], *report["results"]["failed_checks"]):
            found[str(Path(record["file_path"]).parent.relative_to("/"))].append(record)
    return found


def _failed(records: list[dict]) -> list[dict]:
    return [record for record in records if record["check_result"]["result"] == "FAILED"]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_module_fails_one_check_for_the_reason_on_its_first_line(records, name):
    reason = (HERE / "bad" / name / "main.tf").read_text().splitlines()[0].removeprefix("# ")
    failed = _failed(records[f"bad/{name}"])
    assert {record["check_id"] for record in failed} == {name.split("-")[0]}
    assert {record["resource"].split(".")[1].split("[")[0] for record in failed} == {"bad"}
    assert [record["details"] for record in failed] == [[reason]]


@pytest.mark.parametrize("name", GOOD)
def test_a_good_module_is_judged_and_passes(records, name):
    assert not _failed(records[f"good/{name}"])
    assert name.split("-")[0] in {record["check_id"] for record in records[f"good/{name}"]}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_cannot_be_read_neither_fails_nor_passes(records, name):
    assert not _failed(records[f"unknown/{name}"])
    found = {record["check_id"] for record in records[f"unknown/{name}"]}
    assert found
    assert name.split("-")[0] not in found


def test_every_check_has_a_bad_module_and_passes_a_good_one(records):
    passed = {record["check_id"] for name in GOOD for record in records[f"good/{name}"]}
    assert {name.split("-")[0] for name in BAD} == passed == set(_table())


def test_the_page_lists_every_check_under_its_title(records):
    titles = {record["check_id"]: record["check_name"] for found in records.values() for record in found}
    assert _table() == titles


def test_every_metric_of_the_catalogue_has_its_page_and_the_dimensions_it_comes_with():
    for namespace, service in json.loads((ROOT / "policies" / "metrics.json").read_text()).items():
        assert namespace.startswith("AWS/")
        assert service["pages"]
        assert all(page.startswith("https://docs.aws.amazon.com/") for page in service["pages"])
        for sets in service["metrics"].values():
            assert sets
            assert all(names == sorted(set(names)) for names in sets)


def test_another_stack_uses_the_checks_as_the_page_says(tmp_path):
    shutil.copytree(ROOT / "policies", tmp_path / ".agentcore" / "policies")
    shutil.copy(HERE / "bad" / "CKV_AGENTCORE_5-no-timeout" / "main.tf", tmp_path)
    shutil.copy(HERE / "bad" / "CKV_AGENTCORE_5-in-a-plan" / "plan.json", tmp_path)
    commands = re.findall(r"^checkov --.*", PAGE, re.MULTILINE)
    assert len(commands) == 2
    for command, message in zip(commands, ("Ask has no timeout.", "Price has no timeout."), strict=True):
        process = _shell(command, tmp_path)
        assert process.returncode == 1
        assert "CKV_AGENTCORE_5" in process.stdout
        assert message in process.stdout
        assert not process.stderr


def _table() -> dict[str, str]:
    return dict(re.findall(r"^\| \[(CKV_AGENTCORE_\d+)\]\(.*?\) \| (.*?) \|", PAGE, re.MULTILINE))


def _shell(command: str, directory: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(checkov()).parent}:/usr/bin:/bin"
    return subprocess.run(  # noqa: S602 - the page's own command
        command, shell=True, cwd=directory, env={"PATH": path}, capture_output=True, text=True, check=False
    )
