"""What a Task's Resource calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from botocore.model import OperationModel

from harness.asl import services
from harness.asl.machine import PLACEHOLDER, State, as_text

_STATES = re.compile(r"arn:[^:]+:states:(?P<region>[^:]*):(?P<account>[^:]*):(?P<rest>.+)")
_LAMBDA = re.compile(r"arn:[^:]+:lambda:[^:]*:[^:]*:function:[\w.-]+(:(\$LATEST|[\w.-]+))?")
_READER = re.compile(r"arn:[^:]+:states:::s3:(getObject|listObjectsV2)")
_INTEGRATION = re.compile(r"(?P<sdk>aws-sdk:)?(?P<service>[^:.]+):(?P<action>[^:.]+)(?:\.(?P<pattern>.+))?")

_NOT_TASKS = ("stateMachine:", "execution:", "express:", "mapRun:")

Kind = Literal["sdk", "optimized", "function", "activity", "unknown"]


@dataclass(frozen=True)
class Resource:
    """A called integration. `pattern` is `sync`, `sync:2`, `waitForTaskToken` or empty.

    `kind` is `function` for a Lambda ARN, `unknown` for what only its rendered form shows.
    """

    kind: Kind
    service: str = ""
    action: str = ""
    pattern: str = ""

    @property
    def is_callback(self) -> bool:
        """Whether the result is what somebody sends back."""
        return self.pattern == "waitForTaskToken"

    @property
    def is_integration(self) -> bool:
        """Whether it calls the API of a service."""
        return self.kind in ("sdk", "optimized")

    @cached_property
    def optimized(self) -> Mapping[str, Any]:
        """What is known of an optimized integration's action."""
        service = services.table()["optimized"].get(self.service, {}) if self.kind == "optimized" else {}
        return service.get("actions", {}).get(self.action, {})

    @cached_property
    def model(self) -> str | None:
        """The botocore name of the service behind it, None if there is none."""
        if self.kind == "sdk":
            return services.sdk_model(self.service)
        return services.table()["optimized"].get(self.service, {}).get("model") if self.kind == "optimized" else None

    @cached_property
    def operation(self) -> OperationModel | None:
        """The called operation of the service model, None where there is none or Step Functions changes it."""
        changed = "required" in self.optimized
        return None if self.model is None or changed else services.operation(self.model, self.action)

    @cached_property
    def error_prefix(self) -> str | None:
        """The part before the dot of the error names that it raises, None if that is not known."""
        if self.kind == "optimized":
            return services.table()["optimized"].get(self.service, {}).get("prefix")
        return services.error_prefix(self.model) if self.model is not None else None


def resource_of(state: State) -> Resource | None:
    """Return what a Task calls; None if its Resource is nothing that can be called."""
    return parse(as_text(state.body.get("Resource")) or "")


def parse(text: str) -> Resource | None:
    """Return what a Task's `Resource` names; None if it is nothing that can be called."""
    if PLACEHOLDER.fullmatch(text):
        return Resource("unknown")
    # A placeholder for the partition or the region does not hide what is called.
    text = PLACEHOLDER.sub("placeholder", text)
    if _LAMBDA.fullmatch(text):
        return Resource("function")
    found = _STATES.fullmatch(text)
    if found is None:
        return Resource("unknown") if "placeholder" in text else None
    if found["region"] or found["account"]:
        if found["rest"].startswith(_NOT_TASKS):
            return None
        kind: Kind = "activity" if found["rest"].startswith("activity:") else "unknown"
        return Resource(kind)
    integration = _INTEGRATION.fullmatch(found["rest"])
    if integration is None:
        return None
    if "placeholder" in found["rest"]:
        return Resource("unknown")
    kind = "sdk" if integration["sdk"] else "optimized"
    return Resource(kind, integration["service"], integration["action"], integration["pattern"] or "")


def reader_of(reader: Mapping[str, Any]) -> Resource | None:
    """Return the call of Amazon S3 that an ItemReader makes; None if there is none or it is not known."""
    found = _READER.fullmatch(PLACEHOLDER.sub("placeholder", as_text(reader.get("Resource")) or ""))
    return Resource("sdk", "s3", found[1]) if found is not None else None
