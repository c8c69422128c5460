"""AgentCore's data plane: InvokeAgentRuntime and StopRuntimeSession, answered by scripts or by the reference agents.

Pages of AWS that this follows:
https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_InvokeAgentRuntime.html
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-stop-session.html
"""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.bedrockagentcore.responses import BedrockAgentCoreResponse
from moto.core.responses import ActionResult
from moto.core.utils import get_service_model

from harness.embedded import a2a, reference
from harness.embedded.account import ACCOUNT, REGION
from harness.embedded.clock import CLOCK
from harness.embedded.constraints import problem_with
from harness.embedded.errors import AwsError
from harness.embedded.scripts import Behaviour, Scripts
from harness.embedded.sessions import Session, SessionBusy, Sessions

# https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_GetAgentRuntime.html
_ARN = re.compile(
    r"arn:aws(?:-[^:]+)?:bedrock-agentcore:([a-z0-9-]+):(\d{12}):runtime/([a-zA-Z]\w{0,47})-[a-zA-Z0-9]{10}"
)

# Request members that a runtime receives as headers, as botocore's model names them.
_PASSED_ON = ("contentType", "accept", "traceId", "traceParent", "traceState", "baggage", "runtimeUserId")
_CUSTOM_HEADER = "x-amzn-bedrock-agentcore-runtime-custom-"

# What AWS says with an error; RuntimeClientError tells the status only.
_MESSAGES = {
    "AccessDeniedException": "User is not authorized to perform: bedrock-agentcore:InvokeAgentRuntime",
    "InternalServerException": "The service met an unexpected internal error.",
    "ResourceNotFoundException": "No endpoint or agent found with qualifier '{qualifier}' for agent '{arn}'",
    "RetryableConflictException": "The session is busy or is being provisioned. Retry the request.",
    "RuntimeClientError": "Received error ({status}) from runtime. Please check your CloudWatch logs.",
    "ServiceQuotaExceededException": "The account's quota for active sessions is exceeded.",
    "ThrottlingException": "Rate exceeded",
    "ValidationException": "The request does not satisfy the constraints of the service.",
}


@dataclass
class Call:
    """One call that reached an agent."""

    payload: Any  # JSON where it is JSON, else text; of an A2A call what its message holds
    request: Any  # the A2A request around the payload; None: the call is none of A2A
    session_id: str
    runtime_arn: str
    qualifier: str
    headers: dict[str, str]
    time: float  # virtual, epoch seconds
    session: Session
    answer: dict[str, str] | None = None  # {"kind"} of behaviour, of an error also {"error"}; None while it works

    def told(self) -> dict[str, Any]:
        """Describe the call as JSON; `stopped` says whether its session was stopped, during the call or after it."""
        return {
            "payload": self.payload,
            "request": self.request,
            "session_id": self.session_id,
            "runtime_arn": self.runtime_arn,
            "qualifier": self.qualifier,
            "headers": self.headers,
            "time": self.time,
            "stopped": self.session.stopped.is_given(),
            "answer": self.answer,
        }


@dataclass
class Agent:
    """One of the workflow's agents: what it was told to answer and the calls that it received."""

    name: str
    scripts: Scripts = field(default_factory=Scripts)
    calls: list[Call] = field(default_factory=list)


AGENTS = {name: Agent(name) for name in ("pdf-adapter", "trade-extraction", "trade-matching", "exception-management")}
SESSIONS = Sessions()


class AgentCoreError(AwsError):
    """An error of the data plane; `details` fill in what AWS says with it."""

    def __init__(self, code: str, message: str = "", **details: Any) -> None:
        super().__init__(code, message or _MESSAGES[code].format(**details))
        if code == "ValidationException":
            self.reason = "FieldValidationFailed"


def runtime_arn(agent: str, colour: str = "blue") -> str:
    """Name the runtime of `agent`; `colour` tells standby runtimes apart and has at most 9 characters."""
    return (
        f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:runtime/"
        f"{agent.replace('-', '_')}-{colour}{'1'.zfill(10 - len(colour))}"
    )


def install() -> None:
    """Add both operations to moto's data plane, which knows memories only."""
    BedrockAgentCoreResponse.use_raw_body = True  # a payload is bytes: moto would decode it
    BedrockAgentCoreResponse.invoke_agent_runtime = _invoke_agent_runtime
    BedrockAgentCoreResponse.stop_runtime_session = _stop_runtime_session


def _invoke_agent_runtime(response: BedrockAgentCoreResponse) -> ActionResult:
    asked = _checked(response, "InvokeAgentRuntime")
    arn, qualifier = asked["agentRuntimeArn"], asked.get("qualifier", "DEFAULT")
    agent = _agent(asked, qualifier)
    session_id = asked.get("runtimeSessionId") or str(uuid.uuid4())
    headers = _headers(response, asked, session_id)
    body = asked["payload"]
    payload = _parsed(body)
    request = payload if a2a.is_request(payload) else None
    if request:
        payload = _parsed(a2a.text_of(request).encode())
    try:
        with SESSIONS.call((arn, qualifier, session_id)) as session:
            call = Call(payload, request, session_id, arn, qualifier, headers, CLOCK.now(), session)
            agent.calls.append(call)
            content_type, reply = _answer(agent, call, body)
    except SessionBusy:
        raise AgentCoreError("RetryableConflictException") from None
    echoed = {name: asked[name] for name in ("traceId", "traceParent", "traceState", "baggage") if name in asked}
    return ActionResult(
        {
            **echoed,
            "runtimeSessionId": session_id,
            "contentType": content_type,
            "response": reply,
            "statusCode": 200,
        }
    )


def _stop_runtime_session(response: BedrockAgentCoreResponse) -> ActionResult:
    asked = _checked(response, "StopRuntimeSession")
    qualifier = asked.get("qualifier", "DEFAULT")
    _agent(asked, qualifier)
    session_id = asked["runtimeSessionId"]
    if not SESSIONS.stop((asked["agentRuntimeArn"], qualifier, session_id)):
        raise AgentCoreError("ResourceNotFoundException", f"Session {session_id} not found or already terminated.")
    return ActionResult({"runtimeSessionId": session_id, "statusCode": 200})


def _answer(agent: Agent, call: Call, body: bytes) -> tuple[str, bytes]:
    """Answer one call: content type and body. Raises AgentCoreError."""
    behaviour = agent.scripts.next(call.payload)
    try:
        # The caller may be gone before: then nobody awaits the end.
        if CLOCK.sleep(behaviour.delay_seconds, call.session.stopped, awaited=False):
            raise AgentCoreError("RuntimeClientError", "The session was terminated while the call was under way.")
        answer = _behave(behaviour, agent, call, body)
    except AgentCoreError as error:
        call.answer = {"kind": "error", "error": error.code}
        raise
    call.answer = {"kind": behaviour.kind}
    return answer


def _behave(behaviour: Behaviour, agent: Agent, call: Call, body: bytes) -> tuple[str, bytes]:
    match behaviour.kind:
        case "reply":
            text = json.dumps(behaviour.value)
            return "application/json", a2a.answer(call.request, text) if call.request else text.encode()
        case "raw":
            return "application/json", behaviour.value.encode()
        case "rpc_error":
            return "application/json", a2a.error(call.request, behaviour.value)
        case "error":
            raise AgentCoreError(behaviour.value, status=500, arn=call.runtime_arn, qualifier=call.qualifier)
    protocol = "A2A" if call.request else "HTTP"
    status, content_type, reply = reference.invoke(agent.name, protocol, call.headers, body)
    if status != 200 and call.request:
        return "application/json", a2a.error(call.request, a2a.RUNTIME_ERROR)
    if status != 200:
        raise AgentCoreError("RuntimeClientError", status=status)
    return content_type, reply


def _checked(response: BedrockAgentCoreResponse, operation: str) -> dict[str, Any]:
    """Return the request's members, or refuse what AWS's own service model refuses."""
    shape = get_service_model("bedrock-agentcore").operation_model(operation).input_shape
    asked = {name: value for name, value in response.params.items() if value is not None}
    if problem := problem_with(shape, asked):
        raise AgentCoreError("ValidationException", problem)
    if "accountId" in asked and not asked["agentRuntimeArn"].startswith("arn:"):
        asked["agentRuntimeArn"] = (
            f"arn:{response.partition}:bedrock-agentcore:{response.region}:{asked['accountId']}"
            f":runtime/{asked['agentRuntimeArn']}"
        )
    return asked


def _agent(asked: Mapping[str, Any], qualifier: str) -> Agent:
    arn = asked["agentRuntimeArn"]
    parts = _ARN.fullmatch(arn)
    if not parts:
        raise AgentCoreError("ValidationException", f"'{arn}' is not the ARN of an agent runtime.")
    region, account, name = parts.groups()
    if (region, account) == (REGION, ACCOUNT):
        for agent in AGENTS.values():
            if name.startswith(agent.name.replace("-", "_")):
                return agent
    raise AgentCoreError("ResourceNotFoundException", qualifier=qualifier, arn=arn)


def _headers(response: BedrockAgentCoreResponse, asked: Mapping[str, Any], session_id: str) -> dict[str, str]:
    """Headers that the runtime receives.

    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-header-allowlist.html
    """
    members = get_service_model("bedrock-agentcore").operation_model("InvokeAgentRuntime").input_shape.members
    headers = {members[name].serialization["name"]: asked[name] for name in _PASSED_ON if name in asked}
    custom = {name: value for name, value in response.headers.items() if name.lower().startswith(_CUSTOM_HEADER)}
    return {
        **headers,
        **custom,
        members["runtimeSessionId"].serialization["name"]: session_id,
        "X-Amzn-Bedrock-AgentCore-Runtime-Request-Id": str(uuid.uuid4()),
    }


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
