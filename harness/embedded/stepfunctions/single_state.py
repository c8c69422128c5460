"""Addition: TestState runs one state with an input and a role, without a state machine; moto lacks it.

https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.responses import StepFunctionResponse

from harness.asl import lint
from harness.embedded.clock import CLOCK
from harness.embedded.iam import AccessDenied, assume
from harness.embedded.stepfunctions.execution import parsed
from harness.embedded.stepfunctions.fibers import Fiber
from harness.embedded.stepfunctions.journal import Journal, dumps, loads
from harness.embedded.stepfunctions.mocks import Mock, context_of, invalid, mock_of
from harness.embedded.stepfunctions.refusals import refusal, without_none
from harness.embedded.stepfunctions.scope import Scope
from harness.embedded.stepfunctions.tasks import Tasks
from harness.embedded.stepfunctions.tested import Tested, run
from harness.embedded.stepfunctions.validation import refused_by
from harness.embedded.stepfunctions.visit import Branch, Run, timestamp

_SECONDS = 300  # a test runs no longer
_UNNAMED = "StateName"  # of a state that is tested without a state machine
_NUMBERS = frozenset({"maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage"})


def install() -> None:
    """Add the operation."""
    StepFunctionResponse.test_state = _test_state


def _test_state(response: StepFunctionResponse) -> ActionResult:
    request = json.loads(response.body)  # once: moto would read it anew for each member
    name, state = _state(request)
    mock = mock_of(request.get("mock"), state, request.get("revealSecrets", False))
    context = context_of(request.get("context"), state, mock)
    value = _json(request, "input", "InvalidExecutionInput")
    settings = _settings(request, state, mock)
    place = f"arn:{response.partition}:states:{response.region}:{response.current_account}"
    branch = _branch(request, state, mock, value, place)
    visit = Tested(
        name,
        state,
        value,
        branch,
        event=0,
        entered=timestamp(),
        retries=settings.get("retrierRetryCount", 0),
        task_token=((context or {}).get("Task") or {}).get("Token"),
        own_context=context,
    )
    if (data := settings.get("mapItemReaderData")) is not None:
        visit.reader_data = data.encode()
    fiber = Fiber(run(visit, mock, settings.get("mapIterationFailureCount", 0)))
    CLOCK.sleep(float("inf"), fiber.over, awaited=False)
    result = dict(fiber.result)
    if "contradiction" in result:
        raise invalid(result["contradiction"])
    if request.get("inspectionLevel", "INFO") != "INFO":
        result["inspectionData"] = _inspected(visit, request.get("input", "{}"))
    return ActionResult(without_none(result))


def _inspected(visit: Tested, text: str) -> dict[str, Any]:
    """Return the stages as a response has them. The request and response of DEBUG's TRACE are those of HTTP Tasks."""
    shown: dict[str, Any] = {"input": text}
    for stage, value in visit.stages.items():
        if stage == "errorDetails":
            shown |= {stage: value} if value else {}
        else:
            shown[stage] = value if stage in _NUMBERS else dumps(value)
    return shown | ({"variables": dumps(visit.branch.variables)} if visit.branch.variables else {})


def _branch(request: Mapping[str, Any], state: Mapping[str, Any], mock: Mock | None, value: Any, place: str) -> Branch:
    """Return the thread of control in which the state is visited; `place` is how ARNs begin here."""
    role = request.get("roleArn")
    if role is None and mock is None and state["Type"] == "Task":
        raise invalid("RoleArn must be specified when testing a Task state")
    machine = f"{place}:stateMachine:{uuid.uuid4()}"
    if role and mock is None:
        try:
            assume(role, "states.amazonaws.com", machine)
        except AccessDenied as error:
            raise refusal("AccessDeniedException", str(error)) from error
    execution = str(uuid.uuid4())
    context = {
        "Execution": {
            "Id": f"{machine.replace(':stateMachine:', ':express:')}:{execution}",
            "Input": value,
            "Name": execution,
            "RoleArn": role,
            "StartTime": timestamp(),
        },
        "StateMachine": {"Id": machine, "Name": machine.rpartition(":")[2]},
    }
    _, _, _, region, account = place.split(":")
    tasks = Tasks(role or "", account, region)
    scope = Scope(deadline=CLOCK.now() + _SECONDS)
    variables = _json(request, "variables", "ValidationException")
    if not isinstance(variables, dict):
        raise invalid("Variables must be a JSON object.")
    return Branch(Run(context, tasks.prepare, Journal()), scope, variables)


def _json(request: Mapping[str, Any], member: str, code: str) -> Any:
    try:
        return loads(request.get(member, "{}"))
    except (ValueError, RecursionError) as error:
        raise refusal(code, f"Invalid {member}: '{error}'") from error


def _settings(request: Mapping[str, Any], state: Mapping[str, Any], mock: Mock | None) -> Mapping[str, Any]:
    """Return the stateConfiguration of a request. Raises what does not fit to the state and its mock."""
    settings = request.get("stateConfiguration", {})
    if settings and mock is None:
        raise invalid("A stateConfiguration can only be specified when a mock is specified.")
    kind = state["Type"]
    if kind != "Map" and (wrong := {"mapIterationFailureCount", "mapItemReaderData"} & settings.keys()):
        raise invalid(f"The stateConfiguration field '{min(wrong)}' is supported for a Map state only.")
    if "mapItemReaderData" in settings and "ItemReader" not in state:
        raise invalid("The stateConfiguration field 'mapItemReaderData' needs a Map state with an ItemReader.")
    cause = settings.get("errorCausedByState")
    if cause is not None and cause not in (inner for inner, _ in _states_in(state)):
        raise invalid(f"The stateConfiguration field 'errorCausedByState' names no state inside this one: '{cause}'.")
    return settings


def _state(request: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the name and the state that a request is about, in its query language. Raises InvalidDefinition."""
    text, name = request["definition"], request.get("stateName")
    try:
        definition = parsed(text)
        found = dict(_states_in({"Branches": [definition]})) if name else {_UNNAMED: definition}
        if name and name not in found:
            raise invalid("State not found in definition")
        state = dict(found[name or _UNNAMED])
        language = state.get("QueryLanguage") or definition.get("QueryLanguage", "JSONPath")
        # Which language the states inside a Map or Parallel have that name none is not documented: either is accepted.
        texts = [text] if name else [_machine_of(state, inner) for inner in (language, "JSONPath")]
        problem = all(map(_problem, texts)) and _problem(texts[0])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise refusal("InvalidDefinition", f"Invalid State Machine Definition: '{error}'") from error
    if problem:
        raise refusal("InvalidDefinition", problem)
    return name or _UNNAMED, state | {"QueryLanguage": language}


def _states_in(state: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the states inside a Map or a Parallel by name, at every depth."""
    parts = [*state.get("Branches", ()), state.get("ItemProcessor") or state.get("Iterator") or {}]
    for name, inner in (named for part in parts for named in part.get("States", {}).items()):
        yield name, inner
        yield from _states_in(inner)


def _machine_of(state: Mapping[str, Any], language: str) -> str:
    """Return the least state machine around a state: what it leads to are states that succeed."""
    rules = [state, *state.get("Choices", ()), *state.get("Catch", ())]
    targets = {rule[field] for rule in rules for field in ("Next", "Default") if field in rule}
    states = {**{target: {"Type": "Succeed"} for target in targets}, _UNNAMED: state}
    return dumps({"QueryLanguage": language, "StartAt": _UNNAMED, "States": states})


@lru_cache(maxsize=1024)
def _problem(definition: str) -> str | None:
    """Return what is wrong with a definition; each text is read once."""
    return refused_by(lint(definition))
