"""`python -m harness.embedded.hosting`: serve the reference agents under PROTOCOL/NAME, in a process of their own."""

import socket

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from harness.agents.server import apps
from harness.child import serve_parent
from harness.embedded.account import HOST


def main() -> None:
    """Serve until the parent process is gone."""
    application = Starlette(routes=[Mount(f"/{path}", app) for path, app in apps().items()])
    listening = socket.create_server((HOST, 0), backlog=2048)
    serve_parent({"endpoint": f"http://{HOST}:{listening.getsockname()[1]}"})
    uvicorn.Server(uvicorn.Config(application, log_level="warning")).run(sockets=[listening])


if __name__ == "__main__":
    main()
