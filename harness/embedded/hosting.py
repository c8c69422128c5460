"""`python -m harness.embedded.hosting`: serve the reference agents under PROTOCOL/NAME, in a process of their own."""

import asyncio
import socket
from concurrent.futures import Future

import uvicorn
from bedrock_agentcore.runtime import BedrockAgentCoreContext
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from harness.agents.server import apps
from harness.child import serve_parent
from harness.embedded.account import HOST


class Sleepers:
    """The agents that pass time in the background, by their session: only the parent knows the time."""

    def __init__(self) -> None:
        self._sleepers: dict[str | None, tuple[Future[None], Future[None]]] = {}

    async def sleep(self, seconds: float) -> None:
        """Pass time until the session's agent is woken."""
        if not seconds:
            return
        woken, finished = Future(), Future()
        asyncio.current_task().add_done_callback(lambda _: finished.set_result(None))
        self._sleepers[BedrockAgentCoreContext.get_session_id()] = woken, finished
        await asyncio.wrap_future(woken)

    async def wake(self, request: Request) -> Response:
        """Wake the agent of a session, and respond when it has done its work."""
        woken, finished = self._sleepers.pop(request.path_params["session"])
        woken.set_result(None)
        await asyncio.wrap_future(finished)
        return Response()


def main() -> None:
    """Serve until the parent process is gone."""
    sleepers = Sleepers()
    routes = [Mount(f"/{path}", app) for path, app in apps(sleep=sleepers.sleep).items()]
    application = Starlette(routes=[*routes, Route("/wake/{session}", sleepers.wake, methods=["POST"])])
    listening = socket.create_server((HOST, 0), backlog=2048)
    serve_parent({"endpoint": f"http://{HOST}:{listening.getsockname()[1]}"})
    uvicorn.Server(uvicorn.Config(application, log_level="warning")).run(sockets=[listening])


if __name__ == "__main__":
    main()
