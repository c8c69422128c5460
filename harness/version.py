"""The version, which is written once: in pyproject.toml, from where an installed distribution has it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

DISTRIBUTION = "agentcore-orchestrator-harness"
REPOSITORY = "https://github.com/your-organisation/terraform-aws-agentcore-orchestrator.git"


@cache
def version() -> str:
    """Return the version, such as `0.1.0`."""
    project = Path(__file__).resolve().parents[1] / "pyproject.toml"
    if project.is_file():
        import tomllib

        return tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"]
    from importlib.metadata import version as installed

    return installed(DISTRIBUTION)


def install(extra: str) -> str:
    """Return the command that installs this version with an extra."""
    return f"pip install '{DISTRIBUTION}[{extra}] @ git+{REPOSITORY}@v{version()}'"
