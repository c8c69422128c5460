"""What happens in a session's microVM: how a call is served, and the work that goes on in the background."""

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.agents.pace import HEADER, Pace
from harness.embedded import reference, timers
from harness.embedded.agentcore import a2a, callbacks
from harness.embedded.agentcore.agents import REFERENCES, Agent, Call, has_key
from harness.embedded.agentcore.errors import AgentCoreError
from harness.embedded.agentcore.scripts import CONNECTION, Behaviour
from harness.embedded.clock import CLOCK

_JSON = "application/json"
_BACKGROUND = "background"  # the key of work that the reference agent does by itself
_TERMINATED = "The session was terminated while the call was in progress."


@dataclass
class Work:
    """What an agent does for a payload: in one call, or in the background while further calls ask for it."""

    behaviour: Behaviour
    call: Call  # the one that began it
    body: bytes
    begun: float  # virtual time
    task_id: str = field(default_factory=lambda: str(uuid.uuid4()))  # for A2A
    served: int = 0  # calls that were served while it was in progress
    polls: int = 0  # calls that polled for it

    def is_done(self) -> bool:
        """Whether the next call gets the reply."""
        rule = self.behaviour.in_progress
        if rule is None:
            return True
        return CLOCK.now() - self.begun >= rule.seconds if rule.calls is None else self.served >= rule.calls

    def is_lost(self) -> bool:
        """Whether the agent has lost it before it was done."""
        rule = self.behaviour.in_progress
        return bool(rule and rule.lost_after_calls) and self.served >= rule.lost_after_calls and not self.is_done()

    def poll_error(self, call: Call) -> str | None:
        """Count a call that asks for the work, and return the error that it is to get."""
        rule = self.behaviour.in_progress
        if rule is None or call is self.call:
            return None
        self.polls += 1
        errors = rule.poll_errors
        return errors[self.polls - 1] if self.polls <= len(errors) else None


@dataclass
class Visit:
    """One call in a microVM; its response comes after `seconds`."""

    agent: Agent
    call: Call
    body: bytes
    work: Work | None  # None: the call asks for a task that the session does not know
    seconds: float

    def respond(self) -> tuple[str, bytes]:
        """Return the content type and the body of the response. Raises AgentCoreError."""
        call = self.call
        try:
            if call.session.stopped.is_set():
                raise AgentCoreError("RuntimeClientError", _TERMINATED)
            kind, content_type, body = self._response()
        except AgentCoreError as error:
            call.response = {"kind": "error", "error": error.code}
            raise
        except TimeoutError:
            call.response = {"kind": "error", "error": CONNECTION}
            raise
        finally:
            call.ended = CLOCK.now()
        call.response = {"kind": kind}
        return content_type, body

    def _response(self) -> tuple[str, str, bytes]:
        request, work = self.call.request, self.work
        if work is None:
            return "rpc_error", _JSON, a2a.error(request, a2a.TASK_NOT_FOUND)
        behaviour = work.behaviour
        if error := work.poll_error(self.call):
            raise self._failure(error)
        if not work.is_done():
            work.served += 1
            return "in_progress", _JSON, _in_progress(work, request)
        match behaviour.kind:
            case "reply":
                text = json.dumps(behaviour.value)
                body = a2a.completed(request, text, work.task_id) if request else text.encode()
                return behaviour.kind, _JSON, body
            case "raw":
                return behaviour.kind, behaviour.content_type, behaviour.value.encode()
            case "rpc_error":
                return behaviour.kind, _JSON, a2a.error(request, behaviour.value)
            case "error":
                raise self._failure(behaviour.value)
        return behaviour.kind, *(self._background(work) if self._is_background(work) else self._reference(work))

    def _failure(self, error: str) -> Exception:
        if error == CONNECTION:
            return TimeoutError("Read timed out")
        return AgentCoreError(error, status=500, arn=self.call.runtime_arn, qualifier=self.call.qualifier)

    def _is_background(self, work: Work) -> bool:
        return work is self.call.session.works.get(_BACKGROUND)

    def _background(self, work: Work) -> tuple[str, bytes]:
        """Have the reference agent respond to this call, while it is at work."""
        pace = str(Pace(work.behaviour.background_seconds, in_background=True))
        return self._invoke(self.call.headers | {HEADER: pace}, self.body)

    def _reference(self, work: Work) -> tuple[str, bytes]:
        """Have the reference agent respond to the call that began the work. Raises AgentCoreError without one."""
        if self.agent.name not in REFERENCES:
            raise AgentCoreError("RuntimeClientError", f"No script says what {self.agent.name} does.")
        begun, request = work.call, self.call.request
        content_type, reply = self._invoke(begun.headers, work.body)
        return content_type, a2a.renamed(reply, request, work.task_id) if begun is not self.call and request else reply

    def _invoke(self, headers: Mapping[str, str], body: bytes) -> tuple[str, bytes]:
        request = self.call.request
        status, content_type, reply = reference.invoke(self.agent.name, "A2A" if request else "HTTP", headers, body)
        if status != 200 and request:
            return _JSON, a2a.error(request, a2a.RUNTIME_ERROR)
        if status != 200:
            raise AgentCoreError("RuntimeClientError", status=status)
        return content_type, reply


def enter(agent: Agent, call: Call, body: bytes, is_new: bool) -> Visit:
    """Serve a call in the microVM of its session, which `is_new` if the call opened it."""
    session, polled = call.session, a2a.polled_task(call.request)
    key = call.payload["idempotency_key"] if has_key(call.payload) else None
    known = session.works.get(_BACKGROUND) or session.works.get(polled if call.request else key)
    if known and known.is_lost():
        del session.works[polled if call.request else key]
        known = None
    if known:
        return Visit(agent, call, body, known, known.behaviour.delay_seconds)
    if polled is not None:
        return Visit(agent, call, body, None, 0.0)
    behaviour = agent.scripts.next(call.payload)
    cold = behaviour.cold_start_seconds if is_new else 0.0
    work = Work(behaviour, call, body, CLOCK.now() + cold)
    visit = Visit(agent, call, body, work, cold + behaviour.delay_seconds)
    # Every other error is AWS's own: no agent gets the call.
    call.begins_work = behaviour.kind != "error" or behaviour.value in ("RuntimeClientError", CONNECTION)
    if rule := behaviour.in_progress:
        session.works[work.task_id if call.request else key] = work
        session.busy_until = max(session.busy_until, work.begun + (rule.seconds or 0))
    if seconds := behaviour.background_seconds:
        if call.request and a2a.waits(call.request):
            visit.seconds += seconds
        else:
            session.works[_BACKGROUND] = work
            session.busy_until = work.begun + seconds
            _pass_time(call, work.begun, iter(Pace(seconds, in_background=True).naps("task_token" in call.payload)))
    callbacks.schedule(behaviour.callbacks, call, lambda: visit._reference(work)[1].decode())
    return visit


def _pass_time(call: Call, begun: float, naps: Iterator[float]) -> None:
    """Wake the reference agent of a call after each of its naps, the first of which began at this time."""

    def wake() -> None:
        if not call.session.stopped.is_set():
            reference.wake(call.session_id)
            _pass_time(call, begun + seconds, naps)

    if seconds := next(naps, None):
        timers.at(begun + seconds, wake, awaited="task_token" in call.payload)


def _in_progress(work: Work, request: Any) -> bytes:
    rule = work.behaviour.in_progress
    if request:
        return a2a.task(request, work.task_id, rule.state)
    name = {"task_id": work.task_id} if rule.names_task else {}
    again = {} if rule.retry_after_seconds is None else {"retry_after_seconds": rule.retry_after_seconds}
    return json.dumps({"success": True, "status": "IN_PROGRESS", **name, **again}).encode()
