"""The workflow as it is first written down: `mended.asl.json` has no fault, and `faults.json` puts one in at a time."""

import json
from pathlib import Path

import pytest

from harness.__main__ import main
from harness.asl import RULES

HERE = Path(__file__).parent / "naive"
RESILIENCE = ("--profile", "resilience")
MENDED = HERE / "mended.asl.json"
FAULTS = json.loads((HERE / "faults.json").read_text(encoding="utf-8"))


def with_fault(fault):
    """Return the mended definition with one fault put in; a fault without a value removes what is at its place."""
    definition = json.loads(MENDED.read_text(encoding="utf-8"))
    *way, last = [int(key) if key.isdigit() else key for key in fault["place"].split("/")]
    inner = definition["States"]
    for key in way:
        inner = inner[key]
    if "value" in fault:
        inner[last] = fault["value"]
    else:
        del inner[last]
    return definition


def test_the_mended_workflow_passes_strictly():
    assert main(["lint", "--strict", *RESILIENCE, str(MENDED)]) == 0


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_alone_is_reported_by_its_code_and_fails_a_strict_run(name, tmp_path, capsys):
    file, code = tmp_path / "faulty.asl.json", FAULTS[name]["code"]
    file.write_text(json.dumps(with_fault(FAULTS[name])))
    assert main(["lint", "--strict", *RESILIENCE, "--format", "json", str(file)]) == 1
    assert {finding["code"] for finding in json.loads(capsys.readouterr().out)} == {code}
    assert main(["lint", *RESILIENCE, str(file)]) == (1 if RULES[code].severity == "ERROR" else 0)


def test_all_that_is_wrong_with_the_naive_workflow_is_put_in_once():
    codes = {code for _, code in json.loads((HERE / "agents.findings.json").read_text(encoding="utf-8"))}
    assert sorted(fault["code"] for fault in FAULTS.values()) == sorted(codes)
