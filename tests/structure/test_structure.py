"""The structure of the rendered state machines: rules that hold for every set of variables, each shown to fail once."""

import copy
import json
import re
from dataclasses import dataclass
from typing import Any

import pytest

from harness.asl import lint
from harness.render import VARIABLES, Rendered, render

AGENT_CALL = "aws-sdk:bedrockagentcore:invokeAgentRuntime"
ALWAYS = {"document_path", "document_version", "document_id", "source_type", "correlation_id", "idempotency_key"}


@dataclass(frozen=True)
class Agent:
    """What the agents' contract says of one: its name, the event type of its failure, its payload."""

    name: str
    event_type: str
    receives: set[str]


AGENTS = {
    "PDFAdapter": Agent("pdf-adapter", "PDF_PROCESSING_ERROR", ALWAYS),
    "TradeExtraction": Agent("trade-extraction", "EXTRACTION_FAILED", {"canonical_output_location", *ALWAYS}),
    "TradeMatching": Agent("trade-matching", "MATCHING_FAILED", {"trade_id", *ALWAYS}),
    "ExceptionManagement": Agent(
        "exception-management",
        "WORKFLOW_ERROR",
        {"event_type", "trade_id", "match_score", "reason_codes", "error_message", *ALWAYS},
    ),
}

RETRIER = {
    "MaxAttempts": "max_attempts",
    "IntervalSeconds": "interval_seconds",
    "BackoffRate": "backoff_rate",
    "MaxDelaySeconds": "max_delay_seconds",
}
RETRIES = {
    "pdf-adapter": {"max_attempts": 0, "interval_seconds": 1, "backoff_rate": 1, "max_delay_seconds": 2},
    "trade-extraction": {"max_attempts": 1, "interval_seconds": 2, "backoff_rate": 1.5, "max_delay_seconds": 7},
    "trade-matching": {"max_attempts": 10, "interval_seconds": 60, "backoff_rate": 10, "max_delay_seconds": 300},
    "exception-management": {"max_attempts": 4, "interval_seconds": 1, "backoff_rate": 2.5, "max_delay_seconds": 3},
}
PATIENCE = {
    "pdf-adapter": {"max_attempts": 0, "interval_seconds": 3, "backoff_rate": 1, "max_delay_seconds": 4},
    "trade-extraction": {"max_attempts": 2, "interval_seconds": 5, "backoff_rate": 3, "max_delay_seconds": 11},
    "trade-matching": {"max_attempts": 9, "interval_seconds": 50, "backoff_rate": 9, "max_delay_seconds": 290},
    "exception-management": {"max_attempts": 5, "interval_seconds": 4, "backoff_rate": 1.5, "max_delay_seconds": 13},
}
DEFAULTS = {
    "retry": {"max_attempts": 3, "interval_seconds": 1, "backoff_rate": 2, "max_delay_seconds": 30},
    "patience": {"max_attempts": 4, "interval_seconds": 15, "backoff_rate": 2, "max_delay_seconds": 40},
}

# Sets of variables; each says what differs from the defaults.
CASES: dict[str, dict[str, Any]] = {
    "default": {},
    "standard": {
        "workflow_type": "STANDARD",
        "agents": {
            name: {**agent, "timeout_seconds": 28800, "call_seconds": 50, "retry": RETRIES[name], "qualifier": "live"}
            for name, agent in VARIABLES["agents"].items()
        },
    },
    "other-retries": {
        "agents": {
            name: {**agent, "retry": RETRIES[name], "patience": PATIENCE[name]}
            for name, agent in VARIABLES["agents"].items()
        },
    },
    "places": {"max_concurrent_documents": 10, "new_sessions_per_second": 7},
    "nothing-deferred": {"deferral": {"max_hours": 0, "agent_failures": 0}},
    "no-sessions-stopped-no-tracing": {"stop_sessions": False, "tracing": False},
    "two-agents-speak-a2a": {
        "agents": {
            name: {**agent, "protocol": "A2A" if name in ("trade-extraction", "exception-management") else "HTTP"}
            for name, agent in VARIABLES["agents"].items()
        },
    },
    "other-classifications": {
        "accepted_classifications": ["MATCHED"],
        "exception_classifications": ["PENDING", "PROBABLE_MATCH", "BREAK", "REVIEW_REQUIRED", "LATE"],
    },
}

# A sweep that fails says so by failing, which an alarm watches, and the next one, a minute later, looks again.
UNCAUGHT = {"sweep": {"CountOverdue", "CountDeferred", "PutMetrics"}, "workflow": set()}

# A reservation whose response was lost would fail its own condition: it is left for the next sweep.
NOT_REPEATED = {"GiveBackPlaces", "ReserveDeadRun", "ReserveWaiting"}


@dataclass(frozen=True)
class Machine:
    """One state machine of one case."""

    case: str
    name: str
    definition: dict[str, Any]
    type: str

    @property
    def states(self):
        """Every state by its name, with the states around it, the nearest last."""
        return {name: (state, around) for name, state, around in _states(self.definition)}

    @property
    def blocks(self):
        """The agents' blocks: every Parallel around a call of an agent, with the call."""
        return {around[-1][0]: (around[-1][1], state) for state, around in self.states.values() if calls_agent(state)}


def _states(scope, around=()):
    for name, state in scope["States"].items():
        yield name, state, around
        for inner in (*state.get("Branches", ()), *([state["ItemProcessor"]] if "ItemProcessor" in state else ())):
            yield from _states(inner, (*around, (name, state)))


def calls_agent(state):
    return state.get("Resource", "").endswith(AGENT_CALL)


def catches(state, *errors):
    return {*errors} <= {error for catcher in state.get("Catch", ()) for error in catcher["ErrorEquals"]}


# The rules: each yields what is wrong.


def is_accepted_by_the_linter(machine):
    """JSON Schema of the language, graph, expressions, arguments, limits: no error and no warning."""
    for finding in lint(json.dumps(machine.definition), machine.type):
        yield f"{finding.path}: {finding.code}: {finding.message}"


def has_the_states_that_others_rely_on(machine):
    if machine.name == "workflow":
        names = [name for name, _, _ in _states(machine.definition)]
        for name in ("EvaluateMatch", "Success", *AGENTS):
            if name not in machine.definition["States"]:
                yield f"there is no state {name}"
        for name in names:
            if names.count(name) > 1 or len(name) > 80:
                yield f"{name} is not unique or longer than 80 characters"


def calls_four_agents_each_in_a_block_of_its_own(machine):
    expected = set(AGENTS) if machine.name == "workflow" else set()
    if set(machine.blocks) != expected:
        yield f"the agents are called in {sorted(machine.blocks)}"
    for name, (block, _) in machine.blocks.items():
        if block["Type"] != "Parallel" or len(block["Branches"]) != 1:
            yield f"{name} is no Parallel with a single branch"


def retries_with_full_jitter_and_a_cap(machine):
    blocks = machine.blocks
    for name, (state, _) in machine.states.items():
        if name in blocks or (state["Type"] == "Task" and not calls_agent(state)):
            retriers = [retrier for retrier in state.get("Retry", ()) if retrier.get("MaxAttempts") != 0]
            never = name in blocks and not any(settings(machine, name)[kind]["max_attempts"] for kind in DEFAULTS)
            if not retriers and not never and name not in NOT_REPEATED:
                yield f"{name} has no Retry"
            for retrier in retriers:
                if retrier.get("JitterStrategy") != "FULL" or "MaxDelaySeconds" not in retrier:
                    yield f"{name} retries without full jitter or without a cap"


def ends_every_call_in_time(machine):
    for name, (state, _) in machine.states.items():
        if state["Type"] == "Task" and "TimeoutSeconds" not in state:
            yield f"{name} has no timeout"
    if machine.type == "STANDARD" and not machine.definition.get("TimeoutSeconds", 0) >= longest(machine):
        yield "a run ends before the attempts of its agents could"
    if machine.type == "EXPRESS" and not machine.definition.get("TimeoutSeconds", 301) <= 300:
        yield "the machine may run over 300 s"


def catches_every_failure(machine):
    for name, (state, around) in machine.states.items():
        maps = (outer for _, outer in around if outer["Type"] == "Map")
        caught = any(catches(one, "States.ALL") for one in (state, *maps))
        if state["Type"] == "Task" and not caught and name not in UNCAUGHT[machine.name]:
            yield f"{name} is not caught"
    for name, (block, call) in machine.blocks.items():
        if not catches(block, "States.ALL", "States.DataLimitExceeded"):
            yield f"{name} does not catch everything"
        if not catches(call, "States.ALL", "States.DataLimitExceeded"):
            yield f"the call of {name} does not catch everything"


def leads_every_failure_to_exception_management(machine):
    for name, (block, _) in machine.blocks.items():
        for catcher in block.get("Catch", ()):
            if catcher["Next"] != "WeighFailure":
                yield f"a failure of {name} leads to {catcher['Next']}"
            if AGENTS[name].event_type not in json.dumps(catcher["Assign"]):
                yield f"a failure of {name} is not reported as {AGENTS[name].event_type}"
    if machine.name == "workflow":
        states = machine.definition["States"]
        leads = {choice["Condition"]: choice["Next"] for choice in states["DecideFailure"]["Choices"]}
        if leads.get("{% $stop.agent = 'exception-management' %}") != "DeadLetter":
            yield "a failure of exception-management is not dead-lettered"
        if leads.get("{% $wait.defer %}") != "PrepareRecord":
            yield "a document that is to wait is not recorded"
        raised = (states["DecideFailure"]["Default"], states["RaiseFailure"]["Next"], states["IsResolved"]["Default"])
        if raised != ("RaiseFailure", "IsResolved", "ExceptionManagement"):
            yield f"a failure leads to {raised}"


def calls_each_agent_by_its_contract(machine):
    for name, (block, call) in machine.blocks.items():
        agent, a2a = AGENTS[name], settings(machine, name).get("protocol") == "A2A"
        first = block["Branches"][0]["States"][f"{name}.NewSession"]["Assign"]
        if set(re.findall(r"'(\w+)': ", first["payload"])) != agent.receives:
            yield f"the payload of {name} is {first['payload']}"
        if f"$lookup($runtime_arns, '{agent.name}')" not in first["runtime"]:
            yield f"the runtime of {name} is {first['runtime']}"
        expected = {
            "AgentRuntimeArn": "{% $runtime %}",
            "Qualifier": settings(machine, name).get("qualifier", "DEFAULT"),
            "RuntimeSessionId": "{% $session %}",
            "ContentType": "application/json",
            "Accept": "application/json",
            **({} if a2a else {"Payload": "{% $payload %}"}),
        }
        for argument, value in expected.items():
            if call["Arguments"].get(argument) != value:
                yield f"{argument} of {name} is {call['Arguments'].get(argument)}"
        sent, read = str(call["Arguments"].get("Payload")), call["Assign"]["verdict"]
        if a2a and not ("'message/send'" in sent and "'text': $payload" in sent):
            yield f"the message to {name} is {sent}"
        if ("$response.error.code" in read) != a2a:
            yield f"the reply of {name} is read by {read}"


def does_what_the_variables_say(machine):
    if machine.name != "workflow":
        return
    variables = CASES[machine.case]
    for name, (block, call) in machine.blocks.items():
        configured = settings(machine, name)
        if block["Retry"][1]["ErrorEquals"] != ["WorkLost"] or block["Retry"][1]["MaxAttempts"] != 1:
            yield f"what {name} lost is begun anew by {block['Retry'][1]}"
        for kind, retrier in zip(("patience", "retry"), (block["Retry"][0], block["Retry"][-1]), strict=True):
            for field, setting in RETRIER.items():
                if retrier[field] != configured[kind][setting]:
                    yield f"{field} of {name}'s {kind} is {retrier[field]}"
        limits = str(call["TimeoutSeconds"])
        if "timeout_seconds" in configured and f", {configured['timeout_seconds']} - " not in limits:
            yield f"the work of {name} may take {limits}"
        if "timeout_seconds" in configured and f"[{configured['call_seconds']}, " not in limits:
            yield f"a call of {name} may take {limits}"
        if ("stopRuntimeSession" in json.dumps(block)) != variables.get("stop_sessions", True):
            yield f"{name} has or lacks a stop of its session"
        if ("TraceParent" in call["Arguments"]) != variables.get("tracing", True):
            yield f"{name} has or lacks a trace"
    if ("putTraceSegments" in json.dumps(machine.definition)) != variables.get("tracing", True):
        yield "the run writes or does not write its trace"
    if ("TakePlace" in machine.definition["States"]) != ("max_concurrent_documents" in variables):
        yield "documents take or do not take a place"
    accepted = variables.get("accepted_classifications", ["MATCHED", "PROBABLE_MATCH", "PENDING"])
    for choice in machine.definition["States"]["EvaluateMatch"]["Choices"]:
        if json.dumps(accepted).replace('"', "'").replace(" ", "") not in choice["Condition"]:
            yield f"EvaluateMatch accepts by {choice['Condition']}"
    known = machine.definition["States"]["ReceiveDocument"]["Assign"]["classifications"]
    exceptions = variables.get("exception_classifications", ["REVIEW_REQUIRED", "BREAK", "DATA_ERROR"])
    if known != accepted + exceptions:
        yield f"the known classifications are {known}"


def accepts_no_line_end_behind_a_value(machine):
    """In most engines `$` matches before it too; a rule ends in (?![\\s\\S])."""
    text = json.dumps(machine.definition).replace("\\\\", "\\")
    yield from re.findall(r".{30}(?<!\\s\*)\$/(?=[),])", text)


def longest(machine):
    """Return the seconds of one attempt of each agent, an hour at most for its others, and all waits of each retry."""
    return sum(
        (seconds := settings(machine, block)["timeout_seconds"])
        + min(3600, seconds * sum(retrier["MaxAttempts"] for retrier in state["Retry"]))
        + sum(
            min(retrier["MaxDelaySeconds"], retrier["IntervalSeconds"] * retrier["BackoffRate"] ** attempt)
            for retrier in state["Retry"]
            for attempt in range(retrier["MaxAttempts"])
        )
        for block, (state, _) in machine.blocks.items()
    )


def settings(machine, block):
    """What the case says of the agent, with the module's defaults for its retries."""
    return DEFAULTS | CASES[machine.case].get("agents", {}).get(AGENTS[block].name, {})


RULES = (
    is_accepted_by_the_linter,
    has_the_states_that_others_rely_on,
    calls_four_agents_each_in_a_block_of_its_own,
    retries_with_full_jitter_and_a_cap,
    ends_every_call_in_time,
    catches_every_failure,
    leads_every_failure_to_exception_management,
    calls_each_agent_by_its_contract,
    does_what_the_variables_say,
    accepts_no_line_end_behind_a_value,
)

# What breaks each rule: a field of a state, and what it is replaced with; None removes it.

BREAKS = (
    (
        accepts_no_line_end_behind_a_value,
        "IsLocated",
        "Choices/0/Condition",
        "{% $contains($failure.error, /^x{9,}$/) %}",
    ),
    (is_accepted_by_the_linter, "PDFAdapter", "Next", "Nowhere"),
    (is_accepted_by_the_linter, "PDFAdapter.Call", "TimeoutSecond", 5),
    (is_accepted_by_the_linter, "PDFAdapter.ReadCircuit", "Arguments/TableNames", "circuits"),
    (is_accepted_by_the_linter, "PDFAdapter.ReadCircuit", "Retry/0/BackoffRate", 0.5),
    (is_accepted_by_the_linter, "PDFAdapter.Gate", "Default", "Success"),
    (is_accepted_by_the_linter, "EvaluateMatch", "Choices/0/Condition", "{% $match_clasification = 'MATCHED' %}"),
    (has_the_states_that_others_rely_on, None, "States/Success", None),
    (has_the_states_that_others_rely_on, None, "States/" + "x" * 81, {"Type": "Succeed"}),
    (has_the_states_that_others_rely_on, None, "States/PDFAdapter.Call", {"Type": "Succeed"}),
    (calls_four_agents_each_in_a_block_of_its_own, None, "States/TradeMatching", {"Type": "Succeed"}),
    (calls_four_agents_each_in_a_block_of_its_own, "TradeMatching", "Type", "Map"),
    (retries_with_full_jitter_and_a_cap, "TradeMatching", "Retry", None),
    (retries_with_full_jitter_and_a_cap, "TradeMatching", "Retry/0/JitterStrategy", "NONE"),
    (retries_with_full_jitter_and_a_cap, "TradeMatching", "Retry/0/MaxDelaySeconds", None),
    (retries_with_full_jitter_and_a_cap, "TradeMatching.StopSession", "Retry", None),
    (retries_with_full_jitter_and_a_cap, "ResolveAgents", "Retry/0/JitterStrategy", None),
    (retries_with_full_jitter_and_a_cap, "DeadLetter", "Retry", []),
    (ends_every_call_in_time, "PDFAdapter.Call", "TimeoutSeconds", None),
    (ends_every_call_in_time, "ClaimDocument", "TimeoutSeconds", None),
    (ends_every_call_in_time, None, "TimeoutSeconds", 301),
    (ends_every_call_in_time, None, "TimeoutSeconds", None),
    (catches_every_failure, "TradeExtraction", "Catch", None),
    (catches_every_failure, "TradeExtraction", "Catch/0/ErrorEquals", ["States.Timeout"]),
    (catches_every_failure, "TradeExtraction.Call", "Catch", None),
    (catches_every_failure, "TradeExtraction.Call", "Catch/0/ErrorEquals", ["States.HeartbeatTimeout"]),
    (catches_every_failure, "TradeExtraction.ReadCircuit", "Catch", None),
    (catches_every_failure, "RecordOutcome", "Catch/1", None),
    (catches_every_failure, "CloseOtherSide", "Catch", None),
    (leads_every_failure_to_exception_management, "PDFAdapter", "Catch/1/Next", "Success"),
    (leads_every_failure_to_exception_management, "PDFAdapter", "Catch/0/Assign/stop", "{% {} %}"),
    (leads_every_failure_to_exception_management, "DecideFailure", "Choices/1/Next", "Success"),
    (leads_every_failure_to_exception_management, "DecideFailure", "Choices/4/Next", "RaiseFailure"),
    (leads_every_failure_to_exception_management, "DecideFailure", "Default", "DeadLetter"),
    (leads_every_failure_to_exception_management, "ExceptionManagement", "Catch/0/Next", "ExceptionManagement"),
    (calls_each_agent_by_its_contract, "PDFAdapter.NewSession", "Assign/payload", "{% $string($document) %}"),
    (calls_each_agent_by_its_contract, "TradeMatching.Call", "Arguments/Payload", None),
    (calls_each_agent_by_its_contract, "TradeMatching.Call", "Arguments/AgentRuntimeArn", None),
    (
        calls_each_agent_by_its_contract,
        "TradeMatching.NewSession",
        "Assign/runtime",
        "{% $lookup($runtime_arns, 'trade-extraction') %}",
    ),
    (calls_each_agent_by_its_contract, "TradeMatching.Call", "Arguments/Payload", "{% 'message/send' %}"),
    (calls_each_agent_by_its_contract, "TradeMatching.Call", "Assign/verdict", "{% $response.error.code %}"),
    (does_what_the_variables_say, "PDFAdapter", "Retry/0/MaxAttempts", 2),
    (does_what_the_variables_say, "PDFAdapter", "Retry/1/MaxAttempts", 2),
    (does_what_the_variables_say, "PDFAdapter", "Retry/2/MaxAttempts", 2),
    (does_what_the_variables_say, None, "States/TakePlace", {"Type": "Succeed"}),
    (does_what_the_variables_say, "PDFAdapter.StopSession", "Resource", "arn:aws:states:::aws-sdk:s3:listBuckets"),
    (does_what_the_variables_say, "PDFAdapter.Call", "Arguments/TraceParent", None),
    (does_what_the_variables_say, "WriteTrace", "Resource", "arn:aws:states:::aws-sdk:s3:listBuckets"),
    (does_what_the_variables_say, "EvaluateMatch", "Choices/0/Condition", "{% $contains($m, 'MATCHED') %}"),
    (does_what_the_variables_say, "ReceiveDocument", "Assign/classifications", ["MATCHED"]),
)


@pytest.fixture(scope="module")
def rendered() -> dict[str, dict[str, Rendered]]:
    return render(CASES)


def machine_of(rendered, case, name) -> Machine:
    found = rendered[case][name]
    return Machine(case, name, json.loads(found.definition), found.type)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("name", ["workflow", "sweep"])
@pytest.mark.parametrize("case", CASES)
def test_every_state_machine_keeps_the_rule(rendered, case, name, rule):
    assert list(rule(machine_of(rendered, case, name))) == []


@pytest.mark.parametrize(("rule", "state", "field", "value"), BREAKS)
def test_the_rule_can_fail(rendered, rule, state, field, value):
    machine = machine_of(rendered, "default", "workflow")
    broken = copy.deepcopy(machine.definition)
    spoilt = Machine("default", "workflow", broken, machine.type)
    _spoil(spoilt.states[state][0] if state else broken, field, value)
    assert list(rule(spoilt))


def test_a_standard_run_has_time_for_its_attempts(rendered):
    machine = machine_of(rendered, "standard", "workflow")
    machine.definition["TimeoutSeconds"] = longest(machine) - 1
    assert list(ends_every_call_in_time(machine))


def _spoil(holder, field, value):
    """Replace or remove the value at `field`, a path."""
    *path, last = (int(part) if part.isdigit() else part for part in field.split("/"))
    for part in path:
        holder = holder[part]
    if value is None:
        del holder[last]
    else:
        holder[last] = value
