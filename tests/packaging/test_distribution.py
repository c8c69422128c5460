"""The wheel and the sdist, built and installed into environments that hold nothing but what they ask for."""

import json
import re
import sys
import tarfile
import zipfile

from harness.paths import EXAMPLES, ROOT
from harness.version import install
from tests.packaging.environments import CORE, PROJECT, built, run

FAULTY = ROOT / "tests" / "asl" / "corpus" / "invalid-UNKNOWN_TARGET-next.asl.json"


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
    assert process.stderr.endswith(f": {install('harness')}.\n")
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
