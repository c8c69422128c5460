"""How Step Functions names members and errors: after the classes of AWS's SDK for Java.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

import re
from functools import cache

from botocore.model import OperationModel

from harness.asl.services import error_prefix

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_RENAMED = {"NULL": "Nul"}  # null is a word of Java's: DynamoDB's AttributeValue has nul() there


@cache
def pascal(name: str) -> str:
    """Write a member's name: eTag -> ETag, BOOL -> Bool."""
    return _RENAMED.get(name) or "".join(word.capitalize() for word in _WORD.findall(name))


def error_name(operation: OperationModel, code: str) -> str:
    """Name the error of a code: the modelled exception, or the service's general one for what is not modelled."""
    service = operation.service_model
    if operation.http.get("method") == "HEAD":  # its answer has no body that could tell the code
        code = operation.error_shapes[0].name if code == "404" else ""
    shape = service.shape_for_error_code(code)
    prefix = error_prefix(service.service_name)
    name = pascal(shape.name if shape else code) if shape or code in service.shape_names else prefix
    return f"{prefix}.{name.removesuffix('Fault').removesuffix('Exception')}Exception"
