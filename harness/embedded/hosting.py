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
        self._sleepers: dict[str | None, Future[None]] = {}
        self._wakers: dict[str | None, Future[None]] = {}

    async def sleep(self, seconds: float) -> None:
        """Pass time until the session's agent is woken."""
        if not seconds:
            return
        session, woken = BedrockAgentCoreContext.get_session_id(), Future()
        self._sleepers[session] = woken
        self._settle(session)
        asyncio.current_task().add_done_callback(lambda _: self._settle(session))
        await asyncio.wrap_future(woken)

    async def wake(self, request: Request) -> Response:
        """Wake the agent of a session, and respond when it sleeps again or has done its work."""
        session, settled = request.path_params["session"], Future()
        self._wakers[session] = settled
        self._sleepers.pop(session).set_result(None)
        await asyncio.wrap_future(settled)
        return Response()

    def _settle(self, session: str | None) -> None:
        if waker := self._wakers.pop(session, None):
            waker.set_result(None)


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
