"""AWS's service models as Step Functions names them: services, actions, arguments, errors."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape, StructureShape

_LOADER = Loader()


@cache
def table() -> Mapping[str, Any]:
    """Return what Step Functions adds to the service models: optimized integrations and its own service names."""
    return json.loads(Path(__file__).with_name("integrations.json").read_text(encoding="utf-8"))


@cache
def _sdk_services() -> Mapping[str, str]:
    """Map the service names of `aws-sdk:` resources to botocore's: lower case, without separators."""
    renamed = table()["sdk_names"]
    names = {name.replace("-", ""): name for name in _LOADER.list_available_services("service-2")}
    return {sdk: name for sdk, name in names.items() if name not in renamed.values()} | renamed


def sdk_model(name: str) -> str | None:
    """Return the botocore name of an `aws-sdk:` service; None if there is no such service."""
    return _sdk_services().get(name)


def is_without_model(name: str) -> bool:
    """Return whether AWS has or had the service although botocore no longer describes it."""
    return name in table()["without_model"]


def nearest_service(name: str) -> str | None:
    """Return the `aws-sdk:` service that a wrong name most likely means."""
    for sdk, model in _sdk_services().items():
        if name.replace("-", "").lower() in (sdk, model.replace("-", "")):
            return sdk
    near = difflib.get_close_matches(name.lower(), _sdk_services(), 1)
    return near[0] if near else None


@cache
def model(name: str) -> ServiceModel:
    """Return botocore's model of one of its services."""
    return ServiceModel(_LOADER.load_service_model(name, "service-2"), name)


def operation(service: str, action: str) -> OperationModel | None:
    """Return the operation behind an action such as `getItem`; None if the service has none of that very name."""
    name = action[:1].upper() + action[1:]
    known = action[:1].islower() and name in model(service).operation_names
    return model(service).operation_model(name) if known else None


def nearest_action(service: str, action: str) -> str | None:
    """Return the action that a wrong name most likely means, in camelCase."""
    names = {name.lower(): name for name in model(service).operation_names}
    near = difflib.get_close_matches(action.lower(), names, 1)
    return names[near[0]][:1].lower() + names[near[0]][1:] if near else None


def pascal(name: str) -> str:
    """Return a member's name as Step Functions writes it."""
    return name[:1].upper() + name[1:]


def member(shape: Shape | None, name: str) -> Shape | None:
    """Return the member of a structure under Step Functions' name for it, which is in PascalCase.

    Behind the first letter case is not compared (`SSEKMSKeyId`, `SsekmsKeyId`): AWS does not document how acronyms are
    written. Of names that Java reserves `Null` loses its last letter and others end in `Value`.
    """
    if not isinstance(shape, StructureShape) or name[:1].islower():
        return None
    expected = {"null" if name == "Nul" else name.lower(), name.removesuffix("Value").lower()}
    return next((found for key, found in shape.members.items() if key.lower() in expected), None)


@cache
def error_prefix(service: str) -> str:
    """Return the part before the dot of error names of the `aws-sdk:` integration: `DynamoDb`, `Sfn`, `S3`.

    It is the name of the SDK's client for Java, made of the service id's words in PascalCase:
    https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
    """
    words = re.sub(r"[^A-Za-z0-9]+", " ", model(service).service_id)
    for pattern in (r"([^a-z ]{2,})(v[0-9]+)", r"([a-z])([A-Z][a-zA-Z])", r"([a-z])(V[0-9])", r"([A-Z]+)([A-Z][a-z])"):
        words = re.sub(pattern, r"\1 \2", words)
    return "".join(word.capitalize() for word in words.split()).removesuffix("Service")


def error_names(found: OperationModel) -> list[str]:
    """Return the names of the errors that an operation can raise, as the integration ends them.

    The models of the older XML protocols list few errors by operation; there any error of the service counts.
    """
    service = found.service_model
    of_service = service.metadata["protocol"] in ("rest-xml", "query", "ec2")
    return [_exception(shape.name) for shape in (service.error_shapes if of_service else found.error_shapes)]


def _exception(name: str) -> str:
    """Return an error's name with the suffix that Step Functions gives every error."""
    return name if name.endswith("Exception") else f"{name.removesuffix('Fault')}Exception"
