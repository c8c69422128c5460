"""Serves the embedded AWS: moto, what was added to it, and the routes of `admin`, on one local address."""

import os
from collections.abc import Sequence
from functools import cache

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

from harness.embedded import dispatch
from harness.embedded.account import HOST, environment
from harness.embedded.additions import install
from harness.embedded.admin import Admin
from harness.embedded.operations import create_app

_BACKLOG = 2048  # connections that wait to be accepted: a burst of clients opens hundreds at once


class _Handler(MotoRequestHandler):
    # Headers and body are one packet: between two of them the SDK for Go, once it has the first, closes its request and
    # sometimes the connection with it, and then repeats a call that was made already.
    wbufsize = 1 << 16
    disable_nagle_algorithm = (
        True  # a large response is several packets: none waits 40 ms for the ACK of the one before
    )

    def handle_expect_100(self) -> bool:
        """Ask for the body at once: the SDK for Python waits a second for this."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def connection_dropped(self, *_: object) -> None:
        """Close the connection of a request that gets no response."""
        self.close_connection = True

    def log_request(self, *_: object) -> None:
        """Log nothing about requests that succeeded."""


def make(port: int, without: Sequence[str]) -> BaseWSGIServer:
    """Make the server, listening on `port` (0: any free one) but not serving yet."""
    dispatch.install()
    install(without)
    aws = DomainDispatcherApplication(create_app)
    aws.get_backend_for_host = cache(aws.get_backend_for_host)  # compares some hundred patterns
    server = make_server(HOST, port, Admin(aws), threaded=True, request_handler=_Handler)
    server.socket.listen(_BACKLOG)
    os.environ.update(environment(f"http://{HOST}:{server.port}"))  # for the embedded AWS's calls of itself
    return server
