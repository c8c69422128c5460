"""How Step Functions names members and errors: after the classes of AWS's SDK for Java.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

import re
from functools import cache

from botocore.model import OperationModel

from harness.asl.services import error_prefix

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ACRONYM = re.compile(r"[A-Z]+(?![a-z])")
_RENAMED = {"NULL": "Nul"}  # null is a word of Java's: DynamoDB's AttributeValue has nul() there


@cache
def parts(resource: str) -> tuple[str, str]:
    """Split a Task's resource into its type and its action: `aws-sdk:ssm` and `getParameter`."""
    kind, _, action = resource.partition(":states:::")[2].partition(":")
    if kind == "aws-sdk":
        service, _, action = action.partition(":")
        kind = f"aws-sdk:{service}"
    return kind, action


@cache
def member(name: str) -> str:
    """Write a member's name: eTag -> ETag, BOOL -> Bool, MD5OfBody -> Md5OfBody, ChecksumCRC32 as it is.

    Only an acronym at the beginning loses its capitals: the SDK makes a getter of the name.
    """
    if name in _RENAMED:
        return _RENAMED[name]
    acronym = _ACRONYM.match(name)
    return acronym[0].capitalize() + name[acronym.end() :] if acronym else name[:1].upper() + name[1:]


@cache
def pascal(name: str) -> str:
    """Write the name of a class: DynamoDB -> DynamoDb."""
    return "".join(word.capitalize() for word in _WORD.findall(name))


def error_name(operation: OperationModel, code: str) -> str:
    """Name the error of a code: the modelled exception, or the service's general one for what is not modelled."""
    service = operation.service_model
    if operation.http.get("method") == "HEAD":  # its response has no body with the code
        code = operation.error_shapes[0].name if code == "404" else ""
    shape = service.shape_for_error_code(code)
    prefix = error_prefix(service.service_name)
    name = pascal(shape.name if shape else code) if shape or code in service.shape_names else prefix
    return f"{prefix}.{name.removesuffix('Fault').removesuffix('Exception')}Exception"
