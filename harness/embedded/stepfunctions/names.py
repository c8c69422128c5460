"""How Step Functions names services, members and errors: after the classes of AWS's Java SDK.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

import re
from functools import cache

from botocore.model import OperationModel, ServiceModel

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_OF_BOTOCORE = {"cloudwatchlogs": "logs", "eventbridge": "events", "sfn": "stepfunctions"}
_RENAMED = {"NULL": "Nul"}  # null is a word of Java's: DynamoDB's AttributeValue has nul() there


@cache
def pascal(name: str) -> str:
    """Write a name of AWS's service models as Step Functions does: DynamoDB -> DynamoDb, BOOL -> Bool."""
    return _RENAMED.get(name) or "".join(word.capitalize() for word in _WORD.findall(name))


def botocore_service(segment: str, available: list[str]) -> str | None:
    """Find the service that a resource ARN names, such as `bedrockagentcore`; None for an unknown one."""
    wanted = _OF_BOTOCORE.get(segment, segment)
    return next((name for name in available if name.replace("-", "") == wanted), None)


def prefix(service: ServiceModel) -> str:
    """Return what the names of the service's errors begin with."""
    return pascal(str(service.service_id))


def error_name(operation: OperationModel, code: str) -> str:
    """Name the error of a code: the modelled exception, or the service's general one for what is not modelled."""
    service = operation.service_model
    if operation.http.get("method") == "HEAD":  # its answer has no body that could tell the code
        code = operation.error_shapes[0].name if code == "404" else ""
    shape = service.shape_for_error_code(code)
    name = shape.name if shape else code if code in service.shape_names else str(service.service_id)
    name = pascal(name).removesuffix("Fault")
    return f"{prefix(service)}.{name.removesuffix('Exception')}Exception"
