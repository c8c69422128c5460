"""Addition: TestState runs one state with an input and a role, without a state machine; moto lacks it.

https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html
"""

import json
from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.responses import StepFunctionResponse

from harness.embedded.clock import CLOCK
from harness.embedded.iam import AccessDenied, assume
from harness.embedded.stepfunctions import errors
from harness.embedded.stepfunctions.errors import Ended, StateError
from harness.embedded.stepfunctions.fibers import Fiber
from harness.embedded.stepfunctions.journal import Journal, dumps, loads
from harness.embedded.stepfunctions.machine import leave
from harness.embedded.stepfunctions.refusals import refusal, without_none
from harness.embedded.stepfunctions.retry import Retriers
from harness.embedded.stepfunctions.scope import Scope
from harness.embedded.stepfunctions.tasks import Tasks
from harness.embedded.stepfunctions.visit import Branch, Run, Visit, timestamp

_SECONDS = 300  # a test runs no longer
_TESTED = frozenset({"Choice", "Fail", "Pass", "Succeed", "Task", "Wait"})


def install() -> None:
    """Add the operation."""
    StepFunctionResponse.test_state = _test_state


def _test_state(response: StepFunctionResponse) -> ActionResult:
    state = _state(response)
    role = response._get_param("roleArn")
    machine = f"arn:{response.partition}:states:{response.region}:{response.current_account}:stateMachine:test"
    if role:
        try:
            assume(role, "states.amazonaws.com", machine)
        except AccessDenied as error:
            raise refusal("AccessDeniedException", str(error)) from error
    value = loads(response._get_param("input", if_none="{}"))
    context = {
        "Execution": {"Id": f"{machine.replace(':stateMachine:', ':express:')}:test", "Input": value, "Name": "test"},
        "StateMachine": {"Id": machine, "Name": "test"},
    }
    tasks = Tasks(role or "", response.current_account, response.region)
    scope = Scope(deadline=CLOCK.now() + _SECONDS)
    variables = loads(response._get_param("variables", if_none="{}"))
    branch = Branch(Run(context, tasks.prepare, Journal()), scope, variables)
    fiber = Fiber(_tested(response._get_param("stateName", if_none="test"), state, value, branch))
    CLOCK.sleep(float("inf"), fiber.over, awaited=False)
    result = dict(fiber.result)
    if response._get_param("inspectionLevel", if_none="INFO") != "INFO":
        result["inspectionData"] = {"input": dumps(value)}
    return ActionResult(without_none(result))


def _state(response: StepFunctionResponse) -> Mapping[str, Any]:
    """Return the state of the request: its definition, or one of the states of a state machine."""
    try:
        definition = json.loads(response._get_param("definition"))
        name = response._get_param("stateName")
        state = definition["States"][name] if name else definition
        kind = state["Type"]
    except (KeyError, TypeError, ValueError) as error:
        raise refusal("InvalidDefinition", f"Invalid State Machine Definition: '{error}'") from error
    if definition.get("QueryLanguage") != "JSONata" and state.get("QueryLanguage") != "JSONata":
        raise refusal("InvalidDefinition", "The embedded Step Functions tests states in JSONata only.")
    if kind not in _TESTED:
        raise refusal("InvalidDefinition", f"The embedded Step Functions tests no {kind} state.")
    return state


async def _tested(name: str, state: Mapping[str, Any], value: Any, branch: Branch) -> dict[str, Any]:
    """Run the state once: what its Retry and Catch would do is said, not done."""
    bare = {field: value for field, value in state.items() if field not in {"Retry", "Catch"}}
    visit = Visit(name, bare, value, branch, event=0, entered=timestamp())
    try:
        output, _, following = await leave(visit)
        return {"status": "SUCCEEDED", "output": dumps(output), "nextState": following}
    except Ended as ended:
        return {"status": "FAILED", "error": ended.error, "cause": ended.cause}
    except StateError as failed:
        error = failed
    failure = {"error": error.name or None, "cause": error.cause or None}
    if Retriers(state.get("Retry", ())).delay(error.name) is not None:
        return {"status": "RETRIABLE", **failure}
    for index, catcher in enumerate(state.get("Catch", ())):
        if errors.matches(error.name, catcher["ErrorEquals"]):
            caught = Visit(name, state, value, branch, event=0, entered=visit.entered)
            output, _, following = visit.language.catch(caught, index, error)
            return {"status": "CAUGHT_ERROR", "output": dumps(output), "nextState": following, **failure}
    return {"status": "FAILED", **failure}
