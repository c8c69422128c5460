"""The embedded AWS's own routes, beside AWS's: scripts, clock, faults and what was recorded."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from harness.embedded.agentcore import AGENTS, Agent
from harness.embedded.clock import CLOCK
from harness.embedded.faults import FAULTS
from harness.embedded.iam import USED
from harness.embedded.scheduler import run_all
from harness.embedded.stepfunctions.service import kill
from harness.embedded.waits import WAITS

Handler = Callable[..., Any]  # (body=JSON, **path variables) -> JSON; LookupError and ValueError are the caller's


def _clock() -> dict[str, float | bool]:
    return {"now": CLOCK.now(), "speed": CLOCK.speed, "leaps": CLOCK.leaps}


def _set_clock(body: Any) -> dict[str, float | bool]:
    match body:
        case {"speed": int() | float() as speed, "leaps": bool() as leaps} if len(body) == 2:
            CLOCK.run(speed, leaps)
        case {"speed": int() | float() as speed} if len(body) == 1:
            CLOCK.run(speed)
        case {"skip_seconds": int() | float() as seconds} if len(body) == 1:
            CLOCK.skip(seconds)
        case _:
            raise ValueError(
                'Set the clock with an object {"speed": 60} or {"speed": 1, "leaps": true}, '
                'or move it on with {"skip_seconds": 60}.'
            )
    return _clock()


def _used() -> list[dict[str, str]]:
    return [dict(zip(("role", "action", "resource"), used, strict=True)) for used in sorted(USED.copy())]


def _kill(body: Any) -> None:
    if not isinstance(body, dict) or body.keys() != {"execution_arn"}:
        raise ValueError('Say which run the platform shall end: {"execution_arn": "arn:…"}, or "*" for all.')
    kill(body["execution_arn"])


def _agent(name: str) -> Agent:
    if name not in AGENTS:
        raise ValueError(f"No agent is named {name}: choose among {', '.join(AGENTS)}.")
    return AGENTS[name]


def _forget(agent: Agent) -> None:
    agent.scripts.clear()
    agent.calls.clear()


ROUTES: dict[tuple[str, str], Handler] = {
    ("GET", "/_alive"): lambda: {"alive": True},
    ("GET", "/_clock"): _clock,
    ("PUT", "/_clock"): _set_clock,
    ("GET", "/_waits"): lambda: WAITS,
    ("DELETE", "/_waits"): WAITS.clear,
    ("GET", "/_iam"): _used,
    ("DELETE", "/_iam"): USED.clear,
    ("GET", "/_faults"): FAULTS.listed,
    ("PUT", "/_faults"): lambda body: FAULTS.put(body),
    ("DELETE", "/_faults"): FAULTS.clear,
    ("POST", "/_kill"): _kill,
    ("POST", "/_schedules/run"): lambda **_: [asdict(delivery) for delivery in run_all()],
    ("GET", "/_agents/<agent>"): lambda agent: [call.told() for call in _agent(agent).calls],
    ("PUT", "/_agents/<agent>"): lambda agent, body: _agent(agent).scripts.put(body),
    ("DELETE", "/_agents/<agent>"): lambda agent: _forget(_agent(agent)),
}


class Admin:
    """WSGI application that answers `ROUTES` and leaves every other request to `aws`."""

    def __init__(self, aws: Callable[..., Any]) -> None:
        self._aws = aws
        self._map = Map([Rule(path, methods=[method], endpoint=(method, path)) for method, path in ROUTES])

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Answer one request."""
        if not environ["PATH_INFO"].startswith("/_"):
            return self._aws(environ, start_response)
        try:
            endpoint, variables = self._map.bind_to_environ(environ).match()
            response = _answer(ROUTES[endpoint], Request(environ), variables)
        except HTTPException as problem:
            response = _response({"error": problem.description}, problem.code or 500)
        return response(environ, start_response)


def _answer(handler: Handler, request: Request, variables: dict[str, str]) -> Response:
    try:
        body = {"body": json.loads(request.get_data() or "null")} if request.method in {"PUT", "POST"} else {}
        return _response(handler(**body, **variables))
    except (LookupError, ValueError) as mistake:
        return _response({"error": str(mistake.args[0])}, 400)


def _response(answer: Any, status: int = 200) -> Response:
    return Response(json.dumps(answer), status, mimetype="application/json")
