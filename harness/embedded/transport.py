"""Carries the calls of the embedded AWS itself to moto inside the process.

Signing, HTTP and their kin are two thirds of a call.
"""

import io
import logging
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import ResponseParser, create_parser
from botocore.serialize import Serializer, create_serializer
from flask import Flask
from moto.backends import get_backend
from moto.core.request import Request
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.s3.responses import S3Response
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.test import EnvironBuilder, run_wsgi_app

from harness.embedded.account import ACCOUNT, HOST, REGION
from harness.embedded.operations import create_app

_MOTO = DomainDispatcherApplication(create_app)
_APPS: dict[str, Flask] = {}  # by service: moto is slow to find out which one a request is for
# Services whose requests the SDK builds from the service's model alone: it has no customization for them.
_DIRECT = frozenset({"bedrock-agentcore", "cloudwatch", "dynamodb", "sqs", "ssm", "xray"})
Handler = Callable[[Request, str, Any], tuple[int, Mapping[str, str], str | bytes]]


class _Body(io.BytesIO):
    """A response's body as botocore reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        """Yield the whole of it at once."""
        yield self.read()


class _Request(Request):
    """A request for moto of which is known what moto and Werkzeug take long to find out."""

    from_wsgi_server = True  # the response to another one gets a date, which nobody reads

    def __init__(self, environ: dict[str, Any], content: bytes) -> None:
        super().__init__(environ, populate_request=False)  # else it is in its own environ: a cycle, so garbage
        self._cached_data = content
        self.url_root = f"https://{environ['SERVER_NAME']}/"
        if "form" not in environ.get("CONTENT_TYPE", ""):
            self.form = self.files = _NOTHING


_NOTHING: ImmutableMultiDict[str, Any] = ImmutableMultiDict()


def connect(client: BaseClient) -> None:
    """Send a client's requests to moto in this process rather than to the network."""
    client.meta.events.register("before-send", partial(_send, client.meta.service_model.service_name))


def is_direct(operation: OperationModel) -> bool:
    """Return whether an operation may be called by `call`; for others the SDK's client does more than that."""
    service = operation.service_model.service_name
    return service in _DIRECT or (service == "s3" and operation.name == "HeadObject")


def call(operation: OperationModel, parameters: Mapping[str, Any], region: str) -> dict[str, Any]:
    """Make a direct call, serialized and parsed by the service's model as the SDK does.

    Raises ClientError as the SDK does.
    """
    service = operation.service_model
    serializer, parser = _protocol(service)
    request = serializer.serialize_to_request(parameters, operation)
    # A bucket that is in the path, not in the host's name.
    host = HOST if service.service_name == "s3" else f"{service.endpoint_prefix}.{region}.amazonaws.com"
    status, headers, body = _handle(operation, _request(request, host, region))
    body = body.encode() if isinstance(body, str) else body
    streamed = operation.has_streaming_output and status < 300
    received = {
        "status_code": status,
        "headers": HeadersDict({name: str(value) for name, value in headers.items()}),
        "body": _Body(body) if streamed else body,
        "context": {"operation_name": operation.name},
    }
    response = parser.parse(received, operation.output_shape)
    if status >= 300:
        error_shape = service.shape_for_error_code(response.get("Error", {}).get("Code"))
        if error_shape:
            response.update(parser.parse(received, error_shape))
        raise ClientError(response, operation.name)
    return response


def _handle(operation: OperationModel, request: Request) -> tuple[int, Mapping[str, str], str | bytes]:
    try:
        url = request.raw_url
        return _handler(operation.service_model.service_name, urlsplit(url).path)(request, url, request.headers)
    except OSError:  # the connection failed, as far as the caller can see
        raise
    except Exception:
        logging.getLogger(__name__).exception("%s failed.", operation.name)
        return 500, {}, ""


def _handler(service: str, path: str) -> Handler:
    """Return what handles a path of the service in moto."""
    handlers = _handlers(service)
    return handlers.get(path) or next(iter(handlers.values()))


@cache
def _handlers(service: str) -> Mapping[str, Handler]:
    """Return the handlers by path; where a path has parameters, the first one serves all of the service."""
    if service == "s3":
        return {"": S3Response.key_dispatch}
    return get_backend(service)[ACCOUNT][REGION].flask_paths


def _request(request: Mapping[str, Any], host: str, region: str) -> Request:
    body = request["body"]
    content = body.encode() if isinstance(body, str) else body or b""
    environ = {
        "REQUEST_METHOD": request["method"],
        "RAW_URI": request["url_path"],
        "PATH_INFO": unquote(request["url_path"], "latin-1"),  # bytes, as WSGI has them
        "QUERY_STRING": urlencode(request["query_string"]),
        "SERVER_NAME": host,
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": host,
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential=embedded/20000101/{region}/aws/aws4_request,",
        "HTTP_X_MOTO_ACCOUNT_ID": ACCOUNT,
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(content),
    }
    for name, value in request["headers"].items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return _Request(environ, content)


@cache
def _protocol(service: ServiceModel) -> tuple[Serializer, ResponseParser]:
    protocol = service.resolved_protocol
    return create_serializer(protocol, include_validation=False), create_parser(protocol)


def _send(service: str, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
    url = urlsplit(request.url)
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()}
    environ = EnvironBuilder(
        path=url.path, query_string=url.query, method=request.method, headers=headers, data=request.body or b""
    ).get_environ()
    try:
        app = _APPS.get(service) or _APPS.setdefault(service, _MOTO.get_application(environ))
        content, status, received_headers = run_wsgi_app(app, environ)
    except OSError:  # the connection failed, as far as the caller can see
        raise
    except Exception:
        logging.getLogger(__name__).exception("%s %s failed.", request.method, request.url)
        content, status, received_headers = [], "500 INTERNAL SERVER ERROR", {}
    return AWSResponse(request.url, int(status.split()[0]), dict(received_headers), _Body(b"".join(content)))
