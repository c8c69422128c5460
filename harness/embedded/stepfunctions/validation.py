"""Addition: definitions are checked as AWS checks them; moto accepts a dangling Next and has no validation call.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
"""

from moto.core.responses import ActionResult
from moto.stepfunctions.responses import StepFunctionResponse

from harness.asl import Finding, lint
from harness.embedded.stepfunctions.refusals import check_first, refusal

# Mistakes that the linter finds and AWS only when the state is run.
_AT_RUN_TIME = frozenset(
    {
        "ARGUMENT_TYPE",
        "INTRINSIC_ARGUMENTS",
        "NEVER_MATCHES",
        "UNDEFINED_VARIABLE",
        "UNKNOWN_FUNCTION",
        "UNKNOWN_INPUT_PATH",
        "UNKNOWN_RESULT_PATH",
        "WRONG_RESULT_TYPE",
    }
)


def install() -> None:
    """Add the validation call, and validate before state machines are created or updated."""
    StepFunctionResponse.validate_state_machine_definition = _validate_state_machine_definition
    check_first(_check, "create_state_machine", "update_state_machine")


def _validate_state_machine_definition(response: StepFunctionResponse) -> ActionResult:
    least = response._get_param("severity", "ERROR")
    limit = response._get_int_param("maxResults") or 100
    findings = [
        finding
        for finding in lint(response._get_param("definition"), response._get_param("type", "STANDARD"))
        if finding.code not in _AT_RUN_TIME
    ]
    shown = [finding for finding in findings if least == "WARNING" or finding.severity == "ERROR"]
    return ActionResult(
        {
            "result": "FAIL" if _errors(findings) else "OK",
            "diagnostics": [_diagnostic(finding) for finding in shown[:limit]],
            "truncated": len(shown) > limit,
        }
    )


def _check(response: StepFunctionResponse) -> None:
    definition = response._get_param("definition")
    if definition is not None and (problem := refused_by(lint(definition, _type(response)))):
        raise refusal("InvalidDefinition", problem)


def refused_by(findings: list[Finding]) -> str | None:
    """Return the message with which AWS refuses a definition with these findings, None where it accepts it."""
    listed = ", ".join(f"{_code(finding)}: {finding.message} at {finding.path}" for finding in _errors(findings))
    return f"Invalid State Machine Definition: '{listed}'" if listed else None


def _type(response: StepFunctionResponse) -> str:
    """Return the state machine's type: a request to create names it, a request to update means an existing one."""
    if arn := response._get_param("stateMachineArn"):
        return response.stepfunction_backend.describe_state_machine(arn).type
    return response._get_param("type", "STANDARD")


def _errors(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity == "ERROR" and finding.code not in _AT_RUN_TIME]


def _diagnostic(finding: Finding) -> dict[str, str]:
    return {
        "severity": finding.severity,
        "code": _code(finding),
        "message": finding.message,
        "location": finding.path,
    }


def _code(finding: Finding) -> str:
    """Return AWS's code, or the rule's own where AWS has none."""
    return finding.rule.aws_code or finding.code
