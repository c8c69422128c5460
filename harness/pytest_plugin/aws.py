"""The embedded AWS of a test session: an endpoint that also runs functions of the tests as Lambda functions."""

from __future__ import annotations

import contextlib
import json
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

from harness.embedded import Endpoint, launch
from harness.embedded.account import HOST

Handler = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class EmbeddedAws(Endpoint):
    """An embedded AWS that listens at `url`: its clients, its own routes, and functions of this process."""

    functions: dict[str, Handler] = field(default_factory=dict)
    functions_url: str = ""

    def function(self, name: str, handler: Handler) -> None:
        """Register `handler(event, context)` as the Lambda function `name`; it runs in this process."""
        self.functions[name] = handler
        self.admin("PUT", f"/_functions/{name}", {"url": f"{self.functions_url}/{name}"})

    def invocations(self, name: str) -> list[dict[str, Any]]:
        """Return the invocations of a function so far: `payload`, `result` or `error`, `request_id` and `time`."""
        return self.admin("GET", f"/_functions/{name}")


@contextlib.contextmanager
def launched() -> Iterator[EmbeddedAws]:
    """Run an embedded AWS while the block runs."""
    functions: dict[str, Handler] = {}
    server = ThreadingHTTPServer((HOST, 0), _serving(functions))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with launch(leaps=True) as endpoint:
            yield EmbeddedAws(endpoint.url, endpoint.process, functions, f"http://{HOST}:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()


def _serving(functions: dict[str, Handler]) -> type[BaseHTTPRequestHandler]:
    class Serving(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            name = self.path.lstrip("/")
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            request = self.headers["Lambda-Runtime-Aws-Request-Id"]
            context = SimpleNamespace(function_name=name, function_version="$LATEST", aws_request_id=request)
            try:
                status, body = 200, json.dumps(functions[name](event, context))
            except Exception as error:  # whatever a handler raises is its function's failure
                status = 500
                trace = traceback.format_tb(error.__traceback__)[1:]
                described = {"errorMessage": str(error), "errorType": type(error).__name__, "requestId": request}
                body = json.dumps({**described, "stackTrace": trace})
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: Any) -> None:
            """Log no requests."""

    return Serving
