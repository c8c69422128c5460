"""S3 lists the versions of objects with keys as in a URL where that is requested; moto writes them as they are.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
"""

from functools import wraps
from typing import Any
from urllib.parse import quote

from moto.core.responses import ActionResult
from moto.s3.responses import S3Response

_KEYS = {"Key", "KeyMarker", "NextKeyMarker", "Prefix", "Delimiter"}


def install() -> None:
    """Encode what a request with `encoding-type=url` gets."""
    listed = S3Response.list_object_versions

    @wraps(listed)
    def list_object_versions(response: S3Response) -> Any:
        if response.querystring.get("encoding-type") == ["url"]:
            serialize = response.serialized
            response.serialized = lambda result: serialize(
                ActionResult({**_encoded(result.result), "EncodingType": "url"})
            )
        return listed(response)

    S3Response.list_object_versions = list_object_versions


def _encoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_encoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: quote(item) if name in _KEYS and isinstance(item, str) else _encoded(item) for name, item in value.items()
    }
