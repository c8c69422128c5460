"""The calls of Task states: `arn:…:states:::aws-sdk:SERVICE:ACTION` and the simple optimized integrations.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

import base64
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import OperationModel, Shape

from harness.asl import services
from harness.embedded import iam, permissions, transport
from harness.embedded.clients import client
from harness.embedded.clock import CLOCK
from harness.embedded.constraints import problem_with
from harness.embedded.faults import FAULTS, Fault
from harness.embedded.permissions import Need
from harness.embedded.stepfunctions import errors, functions, names, nested
from harness.embedded.stepfunctions.errors import StateError
from harness.embedded.stepfunctions.journal import dumps
from harness.embedded.stepfunctions.optimized import OPTIMIZED, Optimized, check_entries, events_of, metadata
from harness.embedded.stepfunctions.visit import Call

_HERE = (
    "functions by their ARN, activities, aws-sdk:SERVICE:ACTION, and the optimized integrations of "
    f"{', '.join(OPTIMIZED)}, with .waitForTaskToken, and .sync of states:startExecution alone"
)
_PATTERN = re.compile(r"\.(waitForTaskToken|sync|sync:2)$")
_TYPES: Mapping[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "double": (int, float),
    "float": (int, float),
    "integer": (int,),
    "list": (list,),
    "long": (int,),
    "map": (dict,),
    "string": (str,),
    "structure": (dict,),
    "timestamp": (str, int, float),
}


@dataclass(frozen=True)
class Integration:
    """What a Task's `Resource` names."""

    operation: OperationModel
    prefix: str  # of error names
    rename: Callable[[str], str]  # from the service model's member names to Step Functions'
    pattern: str = ""  # what it waits for after the call
    optimized: Optimized | None = None  # what is special of one that is no SDK integration

    @property
    def service(self) -> str:
        """Return the service's name as botocore has it."""
        return self.operation.service_model.service_name


@dataclass(frozen=True)
class Tasks:
    """Makes the calls of one execution with the rights of its role."""

    role_arn: str
    account: str
    region: str
    needs_of: Callable[..., list[Need]] = permissions.needs_of
    authorize: Callable[[str, Sequence[Need]], None] = iam.authorize
    started_by: tuple[str, ...] = ()  # ARNs of the state machine and the execution

    def prepare(self, resource: str, arguments: Any) -> Call:
        """Return the call that `resource` names; its result has Step Functions' names, as the arguments have.

        Raises StateError (States.Runtime) for what AWS does not even schedule.
        """
        integration = integration_of(resource)
        parameters = _parameters(integration, arguments)
        if integration.optimized and integration.service == "events":
            parameters = events_of(parameters, self.started_by)
        follow = None
        if integration.pattern.startswith("sync"):
            follow = partial(nested.follow, as_json=integration.pattern == "sync:2")
        prompt = is_prompt(integration) and not FAULTS.may_delay()
        return Call(lambda: self._make(integration, parameters, prompt), prompt, follow)

    def call(self, resource: str, arguments: Any) -> Any:
        """Make the call at once and return its result. Raises StateError as AWS would name it."""
        return self.prepare(resource, arguments).make()

    def _make(self, integration: Integration, parameters: dict[str, Any], prompt: bool) -> Any:
        if integration.optimized and "://" not in parameters.get("QueueUrl", "://"):
            cause = f"Unable to execute HTTP request: {parameters['QueueUrl']}"  # its SDK sends to the queue's address
            raise StateError(f"{integration.prefix}.SdkClientException", cause)
        shape = integration.operation.input_shape
        if shape and (problem := problem_with(shape, parameters)):
            raise _service_error(integration, {"Code": "ValidationException", "Message": problem}, {})
        fault = FAULTS.strike(integration.service, integration.operation.name, self._allow(integration, parameters))
        if fault and not fault.after:
            _strike(integration, fault, prompt)
        try:
            response = self._send(integration, parameters)
            if fault and fault.after:
                _strike(integration, fault, prompt)
            if integration.service == "lambda" and integration.optimized:
                return functions.result(response)
            result = _result(integration, integration.operation.output_shape, response)
            if not integration.optimized:
                return result
            result |= metadata(response)
            check_entries(result)
            return result
        except ClientError as error:
            raise _service_error(integration, error.response["Error"], error.response["ResponseMetadata"]) from error
        except (BotoCoreError, OSError) as error:
            raise StateError(
                f"{integration.prefix}.SdkClientException", f"Unable to execute HTTP request: {error}"
            ) from error

    def _send(self, integration: Integration, parameters: dict[str, Any]) -> Any:
        if transport.is_direct(integration.operation):
            return transport.call(integration.operation, parameters, self.region)
        call = getattr(client(integration.service, self.region), xform_name(integration.operation.name))
        return call(**parameters)

    def _allow(self, integration: Integration, parameters: Mapping[str, Any]) -> list[str]:
        """Refuse what the role may not do; return the ARNs of the resources that it is done to."""
        operation = integration.operation.name
        try:
            needs = self.needs_of(integration.service, operation, parameters, self.account, self.region)
        except LookupError as error:
            raise StateError(errors.RUNTIME, str(error.args[0])) from error
        try:
            self.authorize(self.role_arn, needs)
        except iam.AccessDenied as error:
            status = 403 if integration.operation.service_model.protocol.startswith("rest") else 400
            code = {"Code": "AccessDeniedException", "Message": str(error)}
            raise _service_error(integration, code, {"HTTPStatusCode": status}) from error
        return [resource for need in needs for resource in need.resources]


# Services whose calls never wait for anybody: not for an agent, a function, a subscriber or another execution.
_PROMPT = {"cloudwatch", "dynamodb", "ssm", "xray"}
_PROMPT_OPERATIONS = {"GetObject", "HeadObject", "SendMessage", "StopRuntimeSession"}


def is_prompt(integration: Integration) -> bool:
    """Return whether the calls of an integration never block: they need no thread of their own."""
    return integration.service in _PROMPT or integration.operation.name in _PROMPT_OPERATIONS


@cache
def integration_of(resource: str) -> Integration:
    """Find what a `Resource` names. Raises StateError (States.Runtime) for what is not known here."""
    kind, action = names.parts(resource)
    pattern = found[1] if (found := _PATTERN.search(action)) else ""
    action = _PATTERN.sub("", action)
    optimized = OPTIMIZED.get(kind)
    sdk = services.sdk_model(kind.removeprefix("aws-sdk:")) if kind.startswith("aws-sdk:") else None
    service = optimized.service if optimized else sdk
    operation = services.operation(service, action) if service else None
    if operation is None or (pattern.startswith("sync") and (kind, action) != ("states", "startExecution")):
        raise StateError(errors.RUNTIME, f"The embedded Step Functions does not have '{resource}'. It has {_HERE}.")
    if optimized:
        rename = names.member if kind == "states" else _unchanged
        return Integration(operation, optimized.prefix, rename, pattern, optimized)
    return Integration(operation, services.error_prefix(service), names.member, pattern)


def _unchanged(name: str) -> str:
    return name


def _parameters(integration: Integration, arguments: Any) -> dict[str, Any]:
    """Turn a Task's arguments into the call's parameters. Raises StateError for what makes no call."""
    problems: list[str] = []
    shape = integration.operation.input_shape
    parameters = _converted(integration, shape, arguments, "Arguments", problems) if shape else {}
    if problems:
        cause = f"The Parameters '{dumps(arguments)}' could not be used to start the Task: [{', '.join(problems)}]"
        raise StateError(errors.RUNTIME, cause)
    return parameters


def _converted(integration: Integration, shape: Shape, value: Any, path: str, problems: list[str]) -> Any:
    """Convert one argument, and note what is wrong with it."""
    kind = shape.type_name
    if getattr(shape, "is_document_type", False):
        return value
    if kind == "blob":
        return _bytes(integration, value)
    if kind == "string" and isinstance(value, dict | list):
        return dumps(value)
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        problems.append(f"The value for the field '{path}' must be a {kind.upper()}")
        return value
    match kind:
        case "list":
            return [_converted(integration, shape.member, item, path, problems) for item in value]
        case "map":
            return {key: _converted(integration, shape.value, item, key, problems) for key, item in value.items()}
        case "structure":
            members = {integration.rename(name): name for name in shape.members}
            problems += [
                f'The field "{key}" is not supported by Step Functions' for key in value.keys() - members.keys()
            ]
            required = [integration.rename(name) for name in shape.required_members]
            problems += [f'The field "{key}" is required but was missing' for key in required if key not in value]
            return {
                members[key]: _converted(integration, shape.members[members[key]], item, key, problems)
                for key, item in value.items()
                if key in members and item is not None  # null is as if left out
            }
    return value


def _bytes(integration: Integration, value: Any) -> bytes:
    """Return JSON text for an argument of bytes: of a string, too, as S3 was seen to get it.

    How AgentCore passes the payload of a call on is not documented: a text is assumed to reach the agent as it is.
    """
    raw = isinstance(value, str) and integration.service == "bedrock-agentcore"
    return (value if raw else dumps(value)).encode()


def _result(integration: Integration, shape: Shape | None, value: Any) -> Any:
    """Convert a response into a Task's result. Raises OSError or BotoCoreError when a streamed body breaks off."""
    match shape.type_name if shape else None:
        case None:
            return {}
        case "structure":
            return {
                integration.rename(name): _result(integration, member, value[name])
                for name, member in shape.members.items()
                if value.get(name) is not None
            }
        case "list":
            return [_result(integration, shape.member, item) for item in value]
        case "map":
            return {key: _result(integration, shape.value, item) for key, item in value.items()}
        case "blob":
            content = value.read() if hasattr(value, "read") else value
            return content.decode(errors="replace")
        case "timestamp":
            if integration.optimized and isinstance(value, datetime):
                return int(value.timestamp() * 1000)
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
    return value


def _strike(integration: Integration, fault: Fault, prompt: bool) -> None:
    """Make a call last as long as its fault says, unless nothing may wait for it, and then fail as it says."""
    if fault.delay_seconds and not prompt:
        CLOCK.sleep(fault.delay_seconds)
    if fault.error == "SdkClientException":
        raise StateError(f"{integration.prefix}.{fault.error}", "Unable to execute HTTP request: Connection reset")
    if fault.error:
        raise _service_error(integration, {"Code": fault.error, "Message": "Asked to fail."}, {})


def _service_error(integration: Integration, error: Mapping[str, Any], metadata: Mapping[str, Any]) -> StateError:
    """Name a service's error and word its cause as AWS does."""
    code = error.get("QueryErrorCode") or error.get("Code", "Unknown")
    shape = integration.operation.service_model.shape_for_error_code(code)
    modelled = (
        shape.metadata.get("error", {}).get("httpStatusCode", 400) if shape else 500 if "Internal" in code else 400
    )
    status = metadata.get("HTTPStatusCode", modelled)
    request = metadata.get("RequestId") or uuid.uuid4()
    name = names.error_name(integration.operation, code).partition(".")[2]
    if optimized := integration.optimized:
        name = name if shape else optimized.general
        where = f"Service: {optimized.java}; Status Code: {status}; Error Code: {code}; Request ID: {request}"
        return StateError(f"{optimized.prefix}.{name}", f"{error.get('Message', 'null')} ({where}; Proxy: null)")
    ids = [f"Service: {services.error_prefix(integration.service)}", f"Status Code: {status}", f"Request ID: {request}"]
    if integration.service == "s3":
        ids.append(
            f"Extended Request ID: {metadata.get('HostId') or base64.b64encode(uuid.uuid4().bytes * 3).decode()}"
        )
    message = "null" if code.isdigit() else error.get("Message", "null")
    return StateError(f"{integration.prefix}.{name}", f"{message} ({', '.join(ids)}) (SDK Attempt Count: 1)")
