"""The embedded AWS's own routes, beside AWS's: scripts, clock, faults, quotas and what was recorded."""

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from harness.embedded.account import HOST
from harness.embedded.agentcore.agents import AGENTS, Agent, forget, script
from harness.embedded.agentcore.operations import CUT
from harness.embedded.agentcore.quotas import QUOTAS
from harness.embedded.agentcore.sessions import SESSIONS
from harness.embedded.clock import CLOCK
from harness.embedded.events.delivery import DELIVERIES
from harness.embedded.faults import FAULTS
from harness.embedded.functions import FUNCTIONS
from harness.embedded.iam import USED
from harness.embedded.operations import internal_failure
from harness.embedded.scheduler import run_all
from harness.embedded.stepfunctions.service import kill
from harness.embedded.unfinished import describe as unfinished
from harness.embedded.waits import WAITS

_HOSTS = {HOST, "localhost", "::1"}
_FASTEST = 1e7  # virtual seconds in a real one
_LAST = 250_000_000_000  # epoch seconds: dates end with the year 9999

Handler = Callable[..., Any]  # (body=JSON, **path variables) -> JSON; LookupError and ValueError are the caller's


@dataclass(frozen=True)
class Route:
    """One route: what it does and, as JSON, what it accepts and returns."""

    method: str
    path: str
    handler: Handler
    purpose: str
    accepts: str = ""
    returns: str = "null"


def _clock() -> dict[str, float | bool]:
    return {"now": CLOCK.now(), "speed": CLOCK.speed, "leaps": CLOCK.leaps}


def set_clock(body: Any) -> dict[str, float | bool]:
    """Change the clock as `PUT /_clock` does. Raises ValueError with a sentence."""
    match body:
        case {"speed": int() | float() as speed, "leaps": bool() as leaps} if len(body) == 2:
            CLOCK.run(_at_most(_FASTEST, speed), leaps)
        case {"speed": int() | float() as speed} if len(body) == 1:
            CLOCK.run(_at_most(_FASTEST, speed))
        case {"skip_seconds": int() | float() as seconds} if len(body) == 1:
            CLOCK.skip(_at_most(_LAST - CLOCK.now(), seconds))
        case {"work_off_seconds": int() | float() as seconds} if len(body) == 1:
            CLOCK.work_off(_at_most(_LAST - CLOCK.now(), seconds)).wait()
        case _:
            raise ValueError(
                'Set the clock with an object {"speed": 60} or {"speed": 1, "leaps": true}, '
                'or move it on with {"skip_seconds": 60} or {"work_off_seconds": 60}.'
            )
    return _clock()


def _at_most(limit: float, number: float) -> float:
    if number > limit:
        raise ValueError(f"The clock accepts {limit:.0f} here at most, not {number}.")
    return number


def _used() -> list[dict[str, str]]:
    return [dict(zip(("role", "action", "resource"), used, strict=True)) for used in sorted(USED.copy())]


def _kill(body: Any) -> None:
    if not isinstance(body, dict) or body.keys() != {"execution_arn"}:
        raise ValueError('Say which run the platform is to end: {"execution_arn": "arn:…"}, or "*" for all.')
    kill(body["execution_arn"])


def _agent(name: str) -> Agent:
    if name not in AGENTS:
        raise ValueError(f"No agent is named {name}: choose among {', '.join(AGENTS)}.")
    return AGENTS[name]


def _set_quotas(body: Any) -> dict[str, Any]:
    QUOTAS.put(body)
    return QUOTAS.describe()


def _cut() -> dict[str, float | None]:
    return {"cut_seconds": CUT.seconds}


def _set_cut(body: Any) -> dict[str, float | None]:
    if not isinstance(body, dict) or body.keys() != {"cut_seconds"}:
        raise ValueError('Set after how long a call is cut: {"cut_seconds": 60}, or null for never.')
    CUT.put(body["cut_seconds"])
    return _cut()


def _set_events(body: Any) -> dict[str, Any]:
    DELIVERIES.put(body)
    return DELIVERIES.describe()


_EVENTS = '{"copies", "delay_seconds", "reorder_seconds", "pending": deliveries not over yet}'
_CLOCK = '{"now": epoch seconds, "speed": virtual seconds per real second, "leaps": whether it skips waits}'
_QUOTAS = '{"new_sessions" | "active_sessions" | "requests": {"limit", "calls", "throttled"}}'

ROUTES = (
    Route(
        "GET", "/_alive", lambda: {"alive": True}, "Says that the embedded AWS is running.", returns='{"alive": true}'
    ),
    Route("GET", "/_clock", _clock, "Reads the virtual clock.", returns=_CLOCK),
    Route(
        "PUT",
        "/_clock",
        set_clock,
        "Changes the clock's speed, or moves it forward: at once, or as fast as the work of that time permits.",
        accepts='{"speed": 60}, {"speed": 1, "leaps": true}, {"skip_seconds": 60} or {"work_off_seconds": 60}',
        returns=_CLOCK,
    ),
    Route(
        "GET",
        "/_waits",
        lambda: WAITS,
        "Lists the delays that executions waited for.",
        returns='[{"execution_arn", "state", "kind": "retry" | "wait", "seconds", "attempt", "error"}]',
    ),
    Route("DELETE", "/_waits", WAITS.clear, "Forgets these delays."),
    Route(
        "GET",
        "/_unfinished",
        unfinished,
        "Shows what is under way, where nothing seems to go on: what the clock waits for, executions and threads.",
        returns='{"clock", "executions": {ARN: its last events}, "threads": [{"count", "stack"}]}',
    ),
    Route(
        "GET",
        "/_iam",
        _used,
        "Lists the permissions that roles have used.",
        returns='[{"role", "action", "resource"}]',
    ),
    Route("DELETE", "/_iam", USED.clear, "Forgets these uses."),
    Route(
        "GET",
        "/_faults",
        FAULTS.listed,
        "Lists the faults in force.",
        returns='{"service:Operation:resource": {"error", "times", "after", "delay_seconds", "fired"}}',
    ),
    Route(
        "PUT",
        "/_faults",
        lambda body: FAULTS.put(body),
        "Lets AWS calls fail, or last: as often as `times` says, null for always; `after` lets the call happen first.",
        accepts='{"service:Operation:resource": {"error": code | null, "times": 3 | null, "after": true, '
        '"delay_seconds": 6}}',
    ),
    Route("DELETE", "/_faults", FAULTS.clear, "Removes all faults."),
    Route(
        "POST",
        "/_kill",
        _kill,
        "Ends running Express executions as the platform does after 300 s.",
        accepts='{"execution_arn": ARN | "*"}',
    ),
    Route(
        "POST",
        "/_schedules/run",
        lambda **_: [asdict(delivery) for delivery in run_all()],
        "Fires every enabled schedule now.",
        returns='[{"schedule", "group", "execution_arn", "error", "dead_lettered"}]',
    ),
    Route(
        "GET",
        "/_agents/<agent>",
        lambda agent: [call.describe() for call in _agent(agent).calls],
        "Lists the calls that an agent received; `begins_work` is false for one that only asks for work in progress.",
        returns='[{"payload", "request", "session_id", "runtime_arn", "qualifier", "headers", "time", "stopped", '
        '"session_ended", "begins_work", "response", "ended", "callbacks"}]',
    ),
    Route(
        "PUT",
        "/_agents/<agent>",
        script,
        "Sets what an agent does, call by call, instead of the reference agent. Others begin to exist with it.",
        accepts='[behaviour, …] or {"match": {field: value}, "behaviours": [behaviour, …]}',
    ),
    Route(
        "DELETE",
        "/_agents/<agent>",
        lambda agent: forget(_agent(agent)),
        "Lets the reference agent reply again, and forgets the calls; an agent without one is gone.",
    ),
    Route(
        "GET",
        "/_agents/<agent>/work",
        lambda agent: _agent(agent).work(),
        "Counts how often an agent began to work.",
        returns='{"begun": count, "by_idempotency_key": {key: count}}',
    ),
    Route(
        "GET",
        "/_functions",
        FUNCTIONS.listed,
        "Lists the stand-in of each Lambda function.",
        returns='{name: {"python" | "url"}}',
    ),
    Route(
        "GET",
        "/_functions/<name>",
        lambda name: FUNCTIONS.named(name).describe(),
        "Lists the invocations of a function.",
        returns='[{"payload", "request_id", "time", "result", "error"}]',
    ),
    Route(
        "PUT",
        "/_functions/<name>",
        lambda name, body: FUNCTIONS.put(name, body),
        "Registers a Python function, or an HTTP address that is sent the payload, for a Lambda function.",
        accepts='{"python": "module:function" | "/directory/file.py:function"} or {"url": "http://localhost:9000"}',
    ),
    Route("DELETE", "/_functions/<name>", lambda name: FUNCTIONS.remove(name), "Forgets a function."),
    Route("GET", "/_quotas", QUOTAS.describe, "Reads AgentCore's quotas and their counters.", returns=_QUOTAS),
    Route(
        "PUT",
        "/_quotas",
        _set_quotas,
        "Sets quotas of AgentCore: new sessions a second, active sessions, requests a second; null for no limit.",
        accepts='{"new_sessions": 25, "active_sessions": 2500, "requests": 1000}',
        returns=_QUOTAS,
    ),
    Route("DELETE", "/_quotas", QUOTAS.clear, "Removes all quotas and their counters."),
    Route(
        "GET",
        "/_sessions",
        lambda: {"active": SESSIONS.count(), "peak": max(SESSIONS.peaks().values(), default=0)},
        "Counts AgentCore's active sessions: now, and at most since the start.",
        returns='{"active": count, "peak": count}',
    ),
    Route(
        "GET",
        "/_cut",
        _cut,
        "Says after how many seconds the connection of a call to an agent is cut.",
        returns='{"cut_seconds": 60 | null}',
    ),
    Route(
        "PUT",
        "/_cut",
        _set_cut,
        "Sets after how many seconds such a connection is cut, while the agent works on; null for never.",
        accepts='{"cut_seconds": 60}',
        returns='{"cut_seconds": 60 | null}',
    ),
    Route(
        "GET",
        "/_events",
        DELIVERIES.describe,
        "Says how EventBridge delivers, and how many deliveries are in progress or wait for a retry.",
        returns=_EVENTS,
    ),
    Route(
        "PUT",
        "/_events",
        _set_events,
        "Lets EventBridge deliver each event several times, late, or every second one later than those that follow.",
        accepts='{"copies": 2, "delay_seconds": 60, "reorder_seconds": 5}',
        returns=_EVENTS,
    ),
)


class Admin:
    """WSGI application that serves `ROUTES` and leaves every other request to `aws`."""

    def __init__(self, aws: Callable[..., Any]) -> None:
        self._aws = aws
        self._map = Map([Rule(route.path, methods=[route.method], endpoint=route) for route in ROUTES])

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Serve one request."""
        if refusal := _refusal(environ):
            return _response({"error": refusal}, 403)(environ, start_response)
        if not environ["PATH_INFO"].startswith("/_"):
            return self._serve_aws(environ, start_response)
        try:
            route, variables = self._map.bind_to_environ(environ).match()
            response = _serve(route.handler, Request(environ), variables)
        except HTTPException as problem:
            response = _response({"error": problem.description}, problem.code or 500)
        return response(environ, start_response)

    def _serve_aws(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        try:
            return self._aws(environ, start_response)
        except OSError:
            raise
        except Exception as defect:
            logging.getLogger(__name__).exception("%s %s failed.", environ["REQUEST_METHOD"], environ["PATH_INFO"])
            status, body = internal_failure(defect)
            return Response(body, status, mimetype="application/json")(environ, start_response)


def _refusal(environ: dict[str, Any]) -> str | None:
    """Return why a request is refused that a web page may have sent: only a browser names an origin or its host."""
    own = f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    named = environ.get("HTTP_HOST", own)
    host = urlsplit(f"//{named}").hostname or ""
    if host not in _HOSTS and not host.endswith(".localhost"):
        return f"The embedded AWS is reached as {own} or as localhost, not as {host}."
    if "HTTP_ORIGIN" in environ and environ["HTTP_ORIGIN"] != f"http://{named}":
        return "The embedded AWS does not serve web pages of other origins."
    return None


def _serve(handler: Handler, request: Request, variables: dict[str, str]) -> Response:
    try:
        body = {"body": json.loads(request.get_data() or "null")} if request.method in {"PUT", "POST"} else {}
        return _response(handler(**body, **variables))
    except RecursionError:
        return _response({"error": "The body is nested too deeply."}, 400)
    except (LookupError, ValueError) as mistake:
        return _response({"error": str(mistake.args[0])}, 400)


def _response(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json")
