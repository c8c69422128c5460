"""How a Lambda function is named: by its name, its ARN or the last part of that, each with a qualifier or without.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import re

from moto.utilities.utils import get_partition

_NAME = re.compile(
    r"(?:arn:[^:]+:lambda:[^:]*:)?(?:\d{12}:)?(?:function:)?(?P<name>[\w-]+)(?::(?P<qualifier>[\w$-]+))?"
)
_ARN = re.compile(r"arn:[^:]+:lambda:[^:]+:\d{12}:function:[\w-]+(:[\w$-]+)?")


def is_arn(text: str) -> bool:
    """Return whether a text is the ARN of a function."""
    return bool(_ARN.fullmatch(text))


def split(named: str) -> tuple[str, str | None]:
    """Split what names a function into its name and its qualifier. Raises ValueError for what names none."""
    found = _NAME.fullmatch(named)
    if found is None:
        raise ValueError(f"'{named}' is no name of a function.")
    return found["name"], found["qualifier"]


def arn(named: str, qualifier: str | None, account: str, region: str) -> str:
    """Return the ARN of what is invoked, with its qualifier if there is one. Raises ValueError."""
    name, own = split(named)
    stem = (
        named.partition(":function:")[0] if is_arn(named) else f"arn:{get_partition(region)}:lambda:{region}:{account}"
    )
    return ":".join(filter(None, [stem, "function", name, own or qualifier]))
