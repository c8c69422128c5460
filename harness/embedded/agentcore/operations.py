"""AgentCore's data plane: InvokeAgentRuntime and StopRuntimeSession.

Pages of AWS that this follows:
https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_InvokeAgentRuntime.html
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-stop-session.html
"""

import contextlib
import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moto.bedrockagentcore.responses import BedrockAgentCoreResponse
from moto.core.responses import ActionResult
from moto.core.utils import get_service_model

from harness.embedded import timers
from harness.embedded.account import ACCOUNT, REGION
from harness.embedded.agentcore import a2a, microvm
from harness.embedded.agentcore.agents import Agent, Call, serving
from harness.embedded.agentcore.errors import AgentCoreError
from harness.embedded.agentcore.quotas import ACTIVE_SESSIONS, NEW_SESSIONS, QUOTAS, REQUESTS
from harness.embedded.agentcore.sessions import SESSIONS, SessionBusy
from harness.embedded.clock import CLOCK, Signal
from harness.embedded.constraints import problem_with
from harness.embedded.json_values import is_finite

# https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_GetAgentRuntime.html
_ARN = re.compile(
    r"arn:aws(?:-[^:]+)?:bedrock-agentcore:([a-z0-9-]+):(\d{12}):runtime/([a-zA-Z]\w{0,47})-[a-zA-Z0-9]{10}"
)

# Request members that a runtime receives as headers, as botocore's model names them.
_PASSED_ON = ("contentType", "accept", "traceId", "traceParent", "traceState", "baggage", "runtimeUserId")
_CUSTOM_HEADER = "x-amzn-bedrock-agentcore-runtime-custom-"


@dataclass(frozen=True)
class Outcome:
    """The result of a call of InvokeAgentRuntime."""

    runtime_arn: str
    qualifier: str
    seconds: float  # virtual, until the agent's response
    is_new_session: bool
    error: str | None


_LISTENERS: list[Callable[[Outcome], None]] = []


def listen(listener: Callable[[Outcome], None]) -> None:
    """Report every call of InvokeAgentRuntime on a runtime that exists to `listener`."""
    _LISTENERS.append(listener)


class Cut:
    """After how long the connection of a call is cut while its agent works on; None for never."""

    seconds: float | None = None  # virtual

    def put(self, seconds: Any) -> None:
        """Set the seconds. Raises ValueError with a sentence."""
        if seconds is not None and not (is_finite(seconds) and seconds > 0):
            raise ValueError("cut_seconds must be a number of seconds greater than 0, or null for never.")
        self.seconds = seconds


CUT = Cut()


def install() -> None:
    """Add both operations to moto's data plane, which knows memories only."""
    BedrockAgentCoreResponse.use_raw_body = True  # a payload is bytes: moto would decode it
    BedrockAgentCoreResponse.invoke_agent_runtime = _invoke_agent_runtime
    BedrockAgentCoreResponse.stop_runtime_session = _stop_runtime_session


class Invocation:
    """A call of InvokeAgentRuntime in progress: whoever made it waits until `ends` or `stopped`, and then finishes it.

    Nothing waits in here, so that a caller that has many calls in progress needs no thread for each.
    """

    def __init__(self, arguments: Mapping[str, Any], custom_headers: Mapping[str, str]) -> None:
        """Begin the call; `arguments` are the operation's members. Raises AgentCoreError."""
        self._arn, self._qualifier = arguments["agentRuntimeArn"], arguments.get("qualifier", "DEFAULT")
        agent = _agent(arguments, self._qualifier)
        session_id = arguments["runtimeSessionId"]
        self._begun = CLOCK.now()
        self._is_new = False
        with self._reported():
            _count_request()
            try:
                key = (self._arn, self._qualifier, session_id)
                self._session, self._is_new = SESSIONS.begin_call(key, _admit)
            except SessionBusy:
                raise AgentCoreError("RetryableConflictException") from None
        headers = _headers(arguments, custom_headers, session_id)
        body = arguments["payload"]
        payload = _parsed(body)
        request = payload if a2a.is_request(payload) else None
        if request:
            payload = _parsed(a2a.text_of(request).encode())
        call = Call(payload, request, session_id, self._arn, self._qualifier, headers, self._begun, self._session)
        agent.calls.append(call)
        self._visit = microvm.enter(agent, call, body, self._is_new)
        self.ends = min(self._begun + self._visit.seconds, self._session.expires)

    @property
    def stopped(self) -> Signal:
        """Given when the session ends before the call."""
        return self._session.stopped

    def finish(self) -> tuple[str, bytes]:
        """Return the content type and the body of the response; called once. Raises AgentCoreError."""
        try:
            if CLOCK.now() >= self._session.expires:
                self.stopped.set()
            with self._reported():
                response = self._visit.respond()
            self._report(None)
            return response
        finally:
            SESSIONS.end_call(self._session)

    def run_on(self) -> None:
        """Have the agent finish although nobody awaits its response any more."""

        def finish() -> None:
            with contextlib.suppress(AgentCoreError, TimeoutError):
                self.finish()

        timers.at(self.ends, finish, awaited=False)

    @contextlib.contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except AgentCoreError as error:
            self._report(error.code)
            raise

    def _report(self, error: str | None) -> None:
        outcome = Outcome(self._arn, self._qualifier, CLOCK.now() - self._begun, self._is_new, error)
        for listener in _LISTENERS:
            listener(outcome)


def _invoke_agent_runtime(response: BedrockAgentCoreResponse) -> Any:
    arguments = _checked(response, "InvokeAgentRuntime")
    custom = {name: value for name, value in response.headers.items() if name.lower().startswith(_CUSTOM_HEADER)}
    arguments["runtimeSessionId"] = arguments.get("runtimeSessionId") or str(uuid.uuid4())
    with CLOCK.working():  # no time is skipped but while it waits
        content_type, reply = _content(arguments, custom)
    echoed = ("runtimeSessionId", "traceId", "traceParent", "traceState", "baggage")
    result = {name: arguments[name] for name in echoed if name in arguments}
    status, headers, body = response.serialized(ActionResult({**result, "response": reply, "statusCode": 200}))
    return status, {**headers, "Content-Type": content_type}, body  # moto would name its own media type


def _content(arguments: Mapping[str, Any], custom_headers: Mapping[str, str]) -> tuple[str, bytes]:
    """Return the content type and the body of the response. Raises AgentCoreError or TimeoutError."""
    try:
        invocation = Invocation(arguments, custom_headers)
    except AgentCoreError as error:
        request = _parsed(arguments["payload"])
        if error.code not in a2a.CODES or not a2a.is_request(request):
            raise
        return "application/json", a2a.error(request, a2a.CODES[error.code])
    return _awaited(invocation)


def _awaited(invocation: Invocation) -> tuple[str, bytes]:
    """Wait for the response, at most until the connection is cut. Raises AgentCoreError or TimeoutError."""
    seconds = invocation.ends - CLOCK.now()
    is_cut = CUT.seconds is not None and seconds > CUT.seconds
    # The caller may be gone before: then nobody awaits the end.
    is_stopped = CLOCK.sleep(CUT.seconds if is_cut else seconds, invocation.stopped, awaited=False)
    if is_cut and not is_stopped:
        invocation.run_on()
        raise TimeoutError("Read timed out")  # there is no response: the caller's SDK sees its connection fail
    return invocation.finish()


def _stop_runtime_session(response: BedrockAgentCoreResponse) -> ActionResult:
    arguments = _checked(response, "StopRuntimeSession")
    qualifier = arguments.get("qualifier", "DEFAULT")
    _count_request()
    _agent(arguments, qualifier)
    session_id = arguments["runtimeSessionId"]
    if not SESSIONS.stop((arguments["agentRuntimeArn"], qualifier, session_id)):
        raise AgentCoreError("ResourceNotFoundException", f"Session {session_id} not found or already terminated.")
    return ActionResult({"runtimeSessionId": session_id, "statusCode": 200})


def _count_request() -> None:
    if not QUOTAS.allows(REQUESTS):
        raise AgentCoreError("ThrottlingException")


def _admit(active: Callable[[], int]) -> None:
    """Refuse a new session that a quota does not allow. Raises AgentCoreError."""
    if not QUOTAS.allows(ACTIVE_SESSIONS, active):
        raise AgentCoreError("ServiceQuotaExceededException")
    if not QUOTAS.allows(NEW_SESSIONS):
        raise AgentCoreError("ThrottlingException")


def _checked(response: BedrockAgentCoreResponse, operation: str) -> dict[str, Any]:
    """Return the request's members, or refuse what AWS's own service model refuses."""
    shape = get_service_model("bedrock-agentcore").operation_model(operation).input_shape
    arguments = {name: value for name, value in response.params.items() if value is not None}
    if problem := problem_with(shape, arguments):
        raise AgentCoreError("ValidationException", problem)
    if "accountId" in arguments and not arguments["agentRuntimeArn"].startswith("arn:"):
        arguments["agentRuntimeArn"] = (
            f"arn:{response.partition}:bedrock-agentcore:{response.region}:{arguments['accountId']}"
            f":runtime/{arguments['agentRuntimeArn']}"
        )
    return arguments


def _agent(arguments: Mapping[str, Any], qualifier: str) -> Agent:
    arn = arguments["agentRuntimeArn"]
    parts = _ARN.fullmatch(arn)
    if not parts:
        raise AgentCoreError("ValidationException", f"'{arn}' is not the ARN of an agent runtime.")
    region, account, name = parts.groups()
    if (region, account) == (REGION, ACCOUNT) and (agent := serving(name)):
        return agent
    raise AgentCoreError("ResourceNotFoundException", qualifier=qualifier, arn=arn)


def _headers(arguments: Mapping[str, Any], custom: Mapping[str, str], session_id: str) -> dict[str, str]:
    """Return the headers that the runtime receives.

    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-header-allowlist.html
    """
    members = get_service_model("bedrock-agentcore").operation_model("InvokeAgentRuntime").input_shape.members
    headers = {members[name].serialization["name"]: arguments[name] for name in _PASSED_ON if name in arguments}
    return {
        **headers,
        **custom,
        members["runtimeSessionId"].serialization["name"]: session_id,
        "X-Amzn-Bedrock-AgentCore-Runtime-Request-Id": str(uuid.uuid4()),
    }


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body.decode(errors="replace")
