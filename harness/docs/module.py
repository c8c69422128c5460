"""docs/module.md: what the module needs, and the inputs and outputs of it and of those inside it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import hcl2
from hcl2.query import DocumentView

from harness.docs.markdown import introduction, table
from harness.paths import ROOT


@dataclass(frozen=True)
class Variable:
    """An input as its source writes it; `default` is None where the input is required."""

    name: str
    description: str
    type: str
    default: str | None

    @property
    def is_long(self) -> bool:
        """Whether type and default need lines of their own."""
        return "\n" in self.type


@dataclass(frozen=True)
class Output:
    """An output."""

    name: str
    description: str


def render() -> str:
    """Return the document."""
    sections = [introduction(__file__), "## Requirements", table(("what", "version"), requirements(ROOT))]
    sections += _module(ROOT, "The module")
    for directory in sorted(path.parent for path in ROOT.glob("modules/*/outputs.tf")):
        sections += _module(directory, str(directory.relative_to(ROOT)))
    return "\n\n".join(sections) + "\n"


def requirements(directory: Path) -> list[tuple[str, str]]:
    """Return the versions that a module needs, as its versions.tf says: of Terraform and of each provider."""
    (settings,) = hcl2.loads((directory / "versions.tf").read_text(encoding="utf-8"))["terraform"]
    (providers,) = settings["required_providers"]
    needs = {"Terraform": settings["required_version"]}
    needs |= {f"provider {one['source']}": one["version"] for one in providers.values() if isinstance(one, dict)}
    return [(what.replace('"', "`"), f"`{version.strip(chr(34))}`") for what, version in needs.items()]


def variables(directory: Path) -> list[Variable]:
    """Return the inputs of a module, in their order."""
    return [
        Variable(
            name=block.name_labels[0],
            description=_text(block, "description"),
            type=_source(block, "type") or "any",
            default=_source(block, "default"),
        )
        for block in DocumentView.parse_file(directory / "variables.tf").blocks("variable")
    ]


def outputs(directory: Path) -> list[Output]:
    """Return the outputs of a module, in their order."""
    blocks = DocumentView.parse_file(directory / "outputs.tf").blocks("output")
    return [Output(block.name_labels[0], _text(block, "description")) for block in blocks]


def _text(block: DocumentView, attribute: str) -> str:
    return block.attribute(attribute).value.strip('"').replace('\\"', '"')


def _source(block: DocumentView, attribute: str) -> str | None:
    """Return an attribute's value as it is written, without the indentation of its block."""
    found = block.attribute(attribute)
    if found is None:
        return None
    first, *rest = found.to_hcl().partition("=")[2].strip().split("\n")
    return "\n".join([first, *textwrap.dedent("\n".join(rest)).split("\n")]) if rest else first


def _module(directory: Path, title: str) -> Iterator[str]:
    yield f"## {title}"
    inputs = variables(directory)
    yield "### Inputs" if directory == ROOT else "**Inputs**"
    yield _inputs(inputs)
    yield from _long(variable for variable in inputs if variable.is_long)
    yield "### Outputs" if directory == ROOT else "**Outputs**"
    yield table(("name", "description"), ((f"`{output.name}`", output.description) for output in outputs(directory)))


def _inputs(variables: Iterable[Variable]) -> str:
    rows = (
        (
            f"`{variable.name}`",
            variable.description,
            "below" if variable.is_long else f"`{variable.type}`",
            "required" if variable.default is None else f"`{variable.default}`",
        )
        for variable in variables
    )
    return table(("name", "description", "type", "default"), rows)


def _long(variables: Iterable[Variable]) -> Iterator[str]:
    for variable in variables:
        yield f"The type of `{variable.name}`:\n\n```hcl\n{variable.type}\n```"
