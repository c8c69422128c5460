"""The samples, and what is expected of each."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.paths import SAMPLES
from harness.runs import Execution


@dataclass(frozen=True)
class Expected:
    """A sample and its expected result: the execution's status, and fields of its output."""

    document: str
    about: str
    status: str
    result: Mapping[str, Any]

    @property
    def source_type(self) -> str:
        """Whose confirmation it is: the name of its folder."""
        return Path(self.document).parent.name

    @property
    def name(self) -> str:
        """The document's file name without extension."""
        return Path(self.document).stem

    def differences(self, execution: Execution) -> Iterator[str]:
        """Yield a sentence for each field of a run that is not as expected."""
        actual = {"status": execution.status, **execution.result}
        for field, value in {"status": self.status, **self.result}.items():
            if actual.get(field) != value:
                yield f"{self.document}: {field} is {actual.get(field)!r}, expected {value!r}."


def expectations() -> list[Expected]:
    """Return the samples in the order in which they are sent, with what is expected of each."""
    return [Expected(**entry) for entry in tomllib.loads((SAMPLES / "expected.toml").read_text())["run"]]
