"""The version that the documents pin is that of pyproject.toml, and CHANGELOG.md lists it; each shown to fail."""

import re
import shutil
import tomllib

import pytest

from harness.paths import ROOT

DOCUMENTS = ("*.md", "docs/**/*.md", "samples/*.md", "examples/**/*.*")
PIN = re.compile(r"(?:\?ref=|\bre[fv]: *|orchestrator(?:\.git)?@)v([\w.-]+)")


def problems(root):
    """Return what names another version than pyproject.toml, and what CHANGELOG.md lacks about that one."""
    version = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    for path in sorted(path for pattern in DOCUMENTS for path in root.glob(pattern)):
        for pinned in PIN.findall(path.read_text()):
            if pinned != version:
                yield f"{path.relative_to(root)} pins v{pinned}, but the version is {version}"
    section = rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d\n(.*?)(?=^## |\Z)"
    found = re.search(section, (root / "CHANGELOG.md").read_text(), re.MULTILINE | re.DOTALL)
    if not found:
        yield f"CHANGELOG.md has no section `## [{version}] - date`"
    elif not re.search(r"^### Upgrade notes\n\n\S", found[1], re.MULTILINE):
        yield f"CHANGELOG.md has no `### Upgrade notes` for {version}"


def test_every_pin_and_the_changelog_name_the_version():
    assert any(PIN.search(path.read_text()) for pattern in DOCUMENTS for path in ROOT.glob(pattern))
    assert list(problems(ROOT)) == []


@pytest.mark.parametrize(
    ("file", "pattern", "spoilt", "problem"),
    [
        ("README.md", r"\?ref=v[\d.]+", "?ref=v9.9.9", "README.md pins v9.9.9"),
        ("docs/releasing.md", r"\?ref=v[\d.]+", "?ref=v9.9.9", "docs/releasing.md pins v9.9.9"),
        ("docs/policies.md", r"rev: v[\d.]+", "rev: v9.9.9", "docs/policies.md pins v9.9.9"),
        ("docs/linter.md", r"orchestrator@v[\d.]+", "orchestrator@v9.9.9", "docs/linter.md pins v9.9.9"),
        ("examples/minimal/main.tf", r'"\.\./\.\."', '"git::https://x?ref=v9.9.9"', "examples/minimal/main.tf pins"),
        ("CHANGELOG.md", r"\] - [\d-]+", "]", "CHANGELOG.md has no section"),
        (
            "CHANGELOG.md",
            r"### Upgrade notes(?!(?s:.)*### Upgrade notes)",
            "### Notes",
            "CHANGELOG.md has no `### Upgrade notes`",
        ),
    ],
)
def test_a_copy_that_says_something_else_is_found(file, pattern, spoilt, problem, tmp_path):
    for part in ("pyproject.toml", "CHANGELOG.md", "README.md", "docs", "examples"):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, tmp_path / part)
    text, replaced = re.subn(pattern, spoilt, (tmp_path / file).read_text(), count=1)
    (tmp_path / file).write_text(text)
    assert replaced
    (found,) = problems(tmp_path)
    assert found.startswith(problem)


def test_a_new_version_is_missed_everywhere(tmp_path):
    for part in ("CHANGELOG.md", "README.md"):
        shutil.copy(ROOT / part, tmp_path / part)
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "9.9.9"\n')
    assert len(list(problems(tmp_path))) == 2
