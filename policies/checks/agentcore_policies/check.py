"""The base of every check here."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

from checkov.common.checks.base_check import BaseCheck
from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.data.registry import data_registry
from checkov.terraform.checks.module.registry import module_registry
from checkov.terraform.checks.provider.registry import provider_registry
from checkov.terraform.checks.resource.registry import resource_registry
from checkov.terraform.parser_functions import handle_dynamic_values

REGISTRIES = {
    "resource": resource_registry,
    "data": data_registry,
    "module": module_registry,
    "provider": provider_registry,
}
EVERY_BLOCK = dict.fromkeys(REGISTRIES, ("*",))

Conf = dict[str, Any]  # a block's arguments as checkov gives them: each value in a list of its own

_UNRESOLVED = re.compile(r"[\[({$?]|^(?:var|local|each|count|data|module|path|aws_\w+)\.")


def unresolved(value: object) -> bool:
    """Return whether a value is still an expression, which checkov could not evaluate."""
    return isinstance(value, str) and bool(_UNRESOLVED.search(value))


def blocks(conf: Conf, name: str) -> list[Conf]:
    """Return the nested blocks of that name; what a `dynamic` block makes is one of them."""
    handle_dynamic_values(conf)
    return [block for block in conf.get(name, ()) if isinstance(block, dict)]  # a plan has [] for no block


def judged(verdicts: Iterable[str | None]) -> list[str] | None:
    """Return the problems among verdicts, of which "" is for none; None where there are none and one is not known."""
    verdicts = list(verdicts)
    problems = list(dict.fromkeys(filter(None, verdicts)))
    return problems if problems or None not in verdicts else None


class Check(BaseCheck):
    """One rule about Terraform blocks.

    `title` is a sentence that says what to do; `page` is where the reason can be read; `blocks` names the types that
    the rule is about per kind of block (`resource`, `data`, `module`, `provider`).
    """

    def __init__(self, check_id: str, title: str, page: str, **blocks: Sequence[str]) -> None:
        super().__init__(
            name=title,
            id=check_id,
            categories=[CheckCategories.CONVENTION],
            supported_entities=(),
            block_type="block",
            guideline=page,
        )
        for kind, types in blocks.items():
            self.supported_entities = types
            REGISTRIES[kind].register(self)

    def scan_entity_conf(self, conf: Conf, entity_type: str) -> CheckResult:  # noqa: ARG002 - checkov's signature
        """Answer checkov, with one line of details per problem."""
        problems = None if conf.get("count") == [0] else self.problems(conf)
        if problems is None:
            return CheckResult.UNKNOWN
        self.details = problems
        return CheckResult.FAILED if problems else CheckResult.PASSED

    @abstractmethod
    def problems(self, conf: Conf) -> list[str] | None:
        """Return a sentence per problem; None where that is not known."""
