"""Carries the calls of Task states to moto inside the process: a third of a call's time is the network's."""

import io
import logging
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from flask import Flask
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from werkzeug.test import EnvironBuilder, run_wsgi_app

from harness.embedded.failures import create_app

_MOTO = DomainDispatcherApplication(create_app)
_APPS: dict[str, Flask] = {}  # by service: moto takes long to find out which one a request is for


class _Body(io.BytesIO):
    """A response's body as botocore reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        """Give the whole of it at once."""
        yield self.read()


def connect(client: BaseClient) -> None:
    """Let a client's requests go to moto in this process rather than to the network."""
    client.meta.events.register("before-send", partial(_send, client.meta.service_model.service_name))


def _send(service: str, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
    url = urlsplit(request.url)
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()}
    environ = EnvironBuilder(
        path=url.path, query_string=url.query, method=request.method, headers=headers, data=request.body or b""
    ).get_environ()
    try:
        app = _APPS.get(service) or _APPS.setdefault(service, _MOTO.get_application(environ))
        content, status, answered = run_wsgi_app(app, environ)
    except OSError:  # the connection failed, as far as the caller can see
        raise
    except Exception:
        logging.getLogger(__name__).exception("%s %s failed.", request.method, request.url)
        content, status, answered = [], "500 INTERNAL SERVER ERROR", {}
    return AWSResponse(request.url, int(status.split()[0]), dict(answered), _Body(b"".join(content)))
