"""The checks that the module skips, each with its reason, for plans of stacks that use it.

checkov finds an inline skip in the code. A stack's plan shows the module's resources, but checkov does not look at the
module's code, so the same skips are applied here to what a plan says is a resource of this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from harness.paths import ROOT

_BLOCK = re.compile(r'^(?:resource|data)\s+"(\w+)"\s+"(\w+)"')
_SKIP = re.compile(r"#\s*checkov:skip=([\w,]+):\s*(\S.*)")
# A call of the module is one that calls these itself, whatever its source.
_CALLED = {"./modules/circuit-breaker", "./modules/document-ledger", "./modules/workflow"}
_INSTANCE = re.compile(r"\[[^\]]*\]")


@dataclass(frozen=True)
class Skip:
    """A check that a block of the module skips: `block` is its type and name, `file` its path from the root."""

    check: str
    block: str
    file: str
    reason: str


@cache
def skips() -> tuple[Skip, ...]:
    """Return the skips in the module's code, by file."""
    return tuple(_skips())


def _skips() -> Iterator[Skip]:
    for path in sorted([*ROOT.glob("*.tf"), *ROOT.glob("modules/*/*.tf")]):
        block = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if opening := _BLOCK.match(line):
                block = ".".join(opening.groups())
            if skip := _SKIP.search(line):
                for check in skip[1].split(","):
                    yield Skip(check, block, path.relative_to(ROOT).as_posix(), skip[2])


def calls(plan: Mapping[str, Any]) -> frozenset[str]:
    """Return the addresses of the calls of this module in a plan, such as `module.orchestrator`."""
    configuration = plan.get("configuration")
    root = configuration.get("root_module") if isinstance(configuration, dict) else None
    return frozenset(_calls(root, ""))


def _calls(module: Any, prefix: str) -> Iterator[str]:
    inner = module.get("module_calls") if isinstance(module, dict) else None
    for name, call in (inner if isinstance(inner, dict) else {}).items():
        called = call.get("module") if isinstance(call, dict) else None
        address = f"{prefix}module.{name}"
        below = called.get("module_calls", {}) if isinstance(called, dict) else {}
        sources = {one.get("source") for one in below.values()}
        if sources >= _CALLED:
            yield address
        yield from _calls(called, f"{address}.")


def covering(check: str, address: str, ours: frozenset[str]) -> Skip | None:
    """Return the module's skip of a check on a resource of a plan, if the resource is one of the module's."""
    plain = _INSTANCE.sub("", address)
    if not any(plain.startswith(f"{call}.") for call in ours):
        return None
    return next((skip for skip in skips() if skip.check == check and plain.endswith(f".{skip.block}")), None)
