"""The linter's rules as data, and what it reports when one is broken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["ERROR", "WARNING"]

RESILIENCE = "resilience"

_GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg/"
_API = (
    "https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html"
)
_SPEC = "https://states-language.net/spec.html"
_STRUCTURE = _GUIDE + "statemachine-structure.html"
_FIELDS = _GUIDE + "statemachine-structure.html#amazon-states-language-common-fields"
_ERRORS = _GUIDE + "concepts-error-handling.html"
_JSONATA = _GUIDE + "transforming-data.html"
_VARIABLES = _GUIDE + "workflow-variables.html"
_SDK = _GUIDE + "supported-services-awssdk.html"
_PARAMETERS = _GUIDE + "connect-parameters.html"
_PATTERNS = _GUIDE + "connect-to-resource.html"
_CHOICE = _GUIDE + "state-choice.html"
_MAP = _GUIDE + "state-map-distributed.html"
_WORKFLOW_TYPE = _GUIDE + "choosing-workflow-type.html"
_QUOTAS = _GUIDE + "service-quotas.html"
_INTRINSICS = _GUIDE + "intrinsic-functions.html"
_PATHS = _GUIDE + "amazon-states-language-paths.html"
_DATA = _GUIDE + "concepts-input-output-filtering.html"


@dataclass(frozen=True)
class Rule:
    """One rule: an ERROR is what AWS refuses or what can only go wrong there; all else is a WARNING.

    `page` is the address that documents it. `aws_code` is the code of ValidateStateMachineDefinition's diagnostic, None
    where AWS says nothing. A rule with a `profile` is advice, reported where that profile is selected.
    """

    code: str
    severity: Severity
    title: str
    page: str
    aws_code: str | None = None
    profile: str | None = None

    @property
    def help(self) -> str:
        """Where this project's documentation describes it, from the repository's root."""
        return f"docs/linter.md#{self.code.lower()}"


@dataclass(frozen=True, order=True)
class Finding:
    """One broken rule: where (`path`, in AWS's form `/States/Name/Choices[0]/Next`) and why (`message`, a sentence)."""

    path: str
    code: str
    message: str

    @property
    def rule(self) -> Rule:
        """The rule that is broken."""
        return RULES[self.code]

    @property
    def severity(self) -> Severity:
        """ERROR or WARNING, as the rule says."""
        return self.rule.severity


_SCHEMA = "SCHEMA_VALIDATION_FAILED"
_TARGET = "MISSING_TRANSITION_TARGET"
_UNSUPPORTED = "UNSUPPORTED_JSONATA_EXPRESSION"

_TABLE = (
    # the document
    Rule("INVALID_JSON", "ERROR", "The definition is a JSON object", _API, "INVALID_JSON_DESCRIPTION"),
    Rule("INVALID_SUPPRESSION", "WARNING", "A suppression names rules, and says why", _STRUCTURE),
    Rule("DUPLICATE_KEY", "WARNING", "No key occurs twice in one object", _STRUCTURE),
    Rule("DEFINITION_TOO_LARGE", "ERROR", "A definition is at most 1 MB", _QUOTAS, _SCHEMA),
    Rule("TOO_DEEPLY_NESTED", "ERROR", "States are not nested without end", _API, "TOO_DEEPLY_NESTED"),
    # the shape
    Rule("UNKNOWN_FIELD", "ERROR", "Only fields that the state's type has", _FIELDS, _SCHEMA),
    Rule("MISSING_FIELD", "ERROR", "Required fields are there", _FIELDS, _SCHEMA),
    Rule("CONFLICTING_FIELDS", "ERROR", "Of fields that exclude each other only one is there", _FIELDS, _SCHEMA),
    Rule("WRONG_TYPE", "ERROR", "A field's value has the field's type", _FIELDS, _SCHEMA),
    Rule("OUT_OF_RANGE", "ERROR", "Numbers, lengths and counts are within the field's range", _FIELDS, _SCHEMA),
    Rule("WRONG_VALUE", "ERROR", "A field's value is one of those it may have", _FIELDS, _SCHEMA),
    Rule(
        "FIELD_OF_OTHER_LANGUAGE",
        "ERROR",
        "JSONPath's fields stay out of JSONata states and the reverse",
        _JSONATA,
        _SCHEMA,
    ),
    Rule("QUERY_LANGUAGE_DOWNGRADE", "ERROR", "No JSONPath state in a JSONata state machine", _JSONATA, _SCHEMA),
    Rule(
        "VALUE_OF_OTHER_LANGUAGE",
        "WARNING",
        "No JSONPath in JSONata values and no JSONata in JSONPath values",
        _JSONATA,
    ),
    # the graph
    Rule("UNKNOWN_TARGET", "ERROR", "StartAt, Next and Default name a state of the same scope", _STRUCTURE, _TARGET),
    Rule("UNREACHABLE_STATE", "ERROR", "Every state can be reached from StartAt", _STRUCTURE, _TARGET),
    Rule("NO_TERMINAL_STATE", "ERROR", "A state machine, branch or processor has an end", _API, "MISSING_END_STATE"),
    Rule("NO_WAY_TO_END", "WARNING", "From every state some end can be reached", _STRUCTURE),
    Rule(
        "DUPLICATE_STATE_NAME",
        "ERROR",
        "State names are unique in the whole state machine",
        _SPEC,
        "DUPLICATE_STATE_NAME",
    ),
    Rule("INVALID_STATE_NAME", "ERROR", "A state's name has 1 to 80 characters", _FIELDS, "INVALID_STATE_NAME"),
    # errors
    Rule("ALL_NOT_ALONE", "ERROR", "States.ALL is alone in its ErrorEquals", _ERRORS, _SCHEMA),
    Rule("ALL_NOT_LAST", "ERROR", "States.ALL is in the last retrier or catcher", _ERRORS, _SCHEMA),
    Rule("SHADOWED_HANDLER", "WARNING", "No earlier retrier or catcher matches the error first", _ERRORS),
    Rule("UNKNOWN_STATES_ERROR", "WARNING", "Names that begin with States. are those that AWS has", _ERRORS),
    Rule("RESERVED_ERROR_NAME", "WARNING", "The error of a Fail state is none of the names that AWS reserves", _ERRORS),
    Rule("ERROR_NAME_CASE", "WARNING", "Error names have the casing of the integration that raises them", _SDK),
    Rule("ERROR_NOT_RAISED", "WARNING", "Retried and caught errors are ones that the called API raises", _SDK),
    Rule("NO_JITTER", "WARNING", "Retries are spread by JitterStrategy FULL", _ERRORS, profile=RESILIENCE),
    Rule(
        "NO_MAX_DELAY", "WARNING", "Growing retry intervals are capped by MaxDelaySeconds", _ERRORS, profile=RESILIENCE
    ),
    Rule(
        "UNHANDLED_ERRORS", "WARNING", "A Task, or a state around it, retries or catches", _ERRORS, profile=RESILIENCE
    ),
    Rule("FAILURE_ENDS_AS_SUCCESS", "WARNING", "What catches every error does not end the run as a success", _ERRORS),
    # choices
    Rule("NEVER_MATCHES", "ERROR", "A comparison can be true as it is written", _CHOICE),
    Rule("REPEATED_CHOICE", "WARNING", "No earlier choice rule has the same condition", _CHOICE),
    # JSONPath
    Rule("INVALID_PATH", "ERROR", "Paths are JSONPath, reference paths where those are required", _PATHS, _SCHEMA),
    Rule("INVALID_INTRINSIC", "ERROR", "Intrinsic functions exist and are well formed", _INTRINSICS, _SCHEMA),
    Rule("INTRINSIC_ARGUMENTS", "ERROR", "Intrinsic functions have arguments that they accept", _INTRINSICS),
    Rule("NO_DOLLAR", "WARNING", "A value that is a path has a key that ends in .$", _API, "NO_DOLLAR"),
    Rule("NO_PATH", "WARNING", "A value that is a path has a field that ends in Path", _API, "NO_PATH"),
    Rule("PASS_RESULT_IS_STATIC", "WARNING", "A Pass state's Result holds no path", _API, "PASS_RESULT_IS_STATIC"),
    Rule("DUPLICATE_TEMPLATE_KEY", "ERROR", "A template has no key both with .$ and without", _PARAMETERS),
    # JSONata
    Rule("INVALID_JSONATA", "ERROR", "Every expression is JSONata 2.0", _JSONATA, "INVALID_JSONATA_EXPRESSION"),
    Rule("UNCLOSED_EXPRESSION", "ERROR", "What begins with {% ends with %}, and the reverse", _JSONATA, _SCHEMA),
    Rule("PARTIAL_EXPRESSION", "WARNING", "An expression is the whole string, from {% to %}", _JSONATA),
    Rule("TOP_LEVEL_REFERENCE", "ERROR", "Expressions begin at $states or a variable", _JSONATA, _UNSUPPORTED),
    Rule(
        "UNAVAILABLE_STATES_FIELD", "ERROR", "Parts of $states are read only where they exist", _JSONATA, _UNSUPPORTED
    ),
    Rule("EVAL_CALL", "ERROR", "The function $eval is not called", _JSONATA, _UNSUPPORTED),
    Rule("WRONG_RESULT_TYPE", "ERROR", "An expression can yield what its field needs", _JSONATA),
    Rule("EXPRESSION_TOO_DEEP", "WARNING", "Expressions are nested up to 100 levels deep", _JSONATA),
    Rule("RANGE_TOO_LONG", "WARNING", "A range has no more elements than AWS has memory for", _JSONATA),
    Rule(
        "UNKNOWN_FUNCTION",
        "ERROR",
        "Called functions are JSONata's, Step Functions' or the expression's own",
        _JSONATA,
    ),
    # variables
    Rule("UNDEFINED_VARIABLE", "ERROR", "Variables are assigned on some path to where they are read", _VARIABLES),
    Rule(
        "MAYBE_UNDEFINED_VARIABLE", "WARNING", "Variables are assigned on every path to where they are read", _VARIABLES
    ),
    Rule(
        "VARIABLE_OF_PARENT_SCOPE",
        "ERROR",
        "A branch assigns no name that a scope around it assigns",
        _VARIABLES,
        _SCHEMA,
    ),
    Rule(
        "INVALID_VARIABLE_NAME",
        "ERROR",
        "Variable names are letters, digits and _, a letter first, up to 80 and not states",
        _VARIABLES,
        _SCHEMA,
    ),
    # integrations
    Rule(
        "INVALID_RESOURCE",
        "ERROR",
        "A Task's Resource is an ARN that Step Functions can call",
        _PATTERNS,
        "INVALID_RESOURCE",
    ),
    Rule("UNKNOWN_SERVICE", "ERROR", "The integrated service exists", _SDK, "INVALID_RESOURCE"),
    Rule("UNKNOWN_ACTION", "ERROR", "The service has the action, named in camelCase", _SDK, "INVALID_RESOURCE"),
    Rule(
        "UNSUPPORTED_PATTERN",
        "ERROR",
        "The integration has the pattern (.sync, .waitForTaskToken)",
        _GUIDE + "integrate-optimized.html",
        "INVALID_RESOURCE",
    ),
    Rule("UNKNOWN_ARGUMENT", "ERROR", "Arguments are members of the API's input, named in PascalCase", _SDK),
    Rule("MISSING_ARGUMENT", "ERROR", "Arguments that the API requires are there", _PARAMETERS),
    Rule("ARGUMENT_TYPE", "ERROR", "An argument has the type that the API expects", _PARAMETERS),
    Rule(
        "ARGUMENT_CONVERTED",
        "WARNING",
        "Numbers, booleans and attribute values are not written as text that AWS must convert",
        _PARAMETERS,
    ),
    Rule(
        "ARGUMENT_VALUE", "WARNING", "Literal arguments keep the API's limits, patterns and enumerations", _PARAMETERS
    ),
    Rule("NO_TASK_TOKEN", "WARNING", "A task that waits for a token passes it on", _PATTERNS),
    Rule("UNKNOWN_RESULT_PATH", "ERROR", "JSONPath reads only what the API's output has", _SDK),
    Rule("UNKNOWN_RESULT_FIELD", "WARNING", "Fields read from a result exist in the API's output", _SDK),
    Rule("UNKNOWN_INPUT_PATH", "ERROR", "JSONPath reads only what the states before pass on", _DATA),
    Rule(
        "UNKNOWN_INPUT_FIELD", "WARNING", "Fields read from a state's input are what the states before pass on", _DATA
    ),
    # limits
    Rule(
        "EXPRESS_UNSUPPORTED",
        "ERROR",
        "An Express workflow has no .sync, callback, activity or distributed Map",
        _WORKFLOW_TYPE,
        _SCHEMA,
    ),
    Rule("EXPRESS_TIME", "WARNING", "Waits and timeouts of an Express workflow fit its 300 seconds", _WORKFLOW_TYPE),
    Rule(
        "NO_TIMEOUT",
        "WARNING",
        "What waits for others (.sync, callbacks, activities) has a timeout",
        _GUIDE + "sfn-best-practices.html",
    ),
    Rule(
        "LONG_AGENT_CALL",
        "WARNING",
        "One call of an AgentCore runtime is bounded to 60 s, near which calls are reported to be cut",
        "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-long-run.html",
        profile=RESILIENCE,
    ),
    Rule(
        "HEARTBEAT_TOO_LONG",
        "ERROR",
        "HeartbeatSeconds is smaller than TimeoutSeconds",
        _GUIDE + "state-task.html",
        _SCHEMA,
    ),
    Rule("DISTRIBUTED_ONLY", "WARNING", "Distributed Map's fields are in a distributed Map", _MAP),
    Rule("DUPLICATE_LABEL", "ERROR", "Labels of Map states are unique", _MAP, "DUPLICATE_LABEL_NAME"),
)

RULES: dict[str, Rule] = {rule.code: rule for rule in _TABLE}
PROFILES = tuple(dict.fromkeys(rule.profile for rule in _TABLE if rule.profile is not None))
