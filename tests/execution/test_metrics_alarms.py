"""Alarms and dashboard name metrics that somebody puts, and what an alarm is for makes it fire."""

import json
import re

import pytest

from harness.paths import ROOT
from tests.execution.alarms import alarmed, applied, fired, rule_holds
from tests.execution.cases import sweep
from tests.execution.driver import AGENTS, GOOD
from tests.execution.telemetry import NAMESPACE, metric, names, seen, sums

CATALOGUE = json.loads((ROOT / "policies" / "metrics.json").read_text())
ALARMS = (
    "executions-failing",
    "outage",
    "executions-throttled",
    "executions-slow",
    "sessions-near-quota",
    *(f"step-failing-{agent}" for agent in AGENTS),
    *(f"circuit-open-{agent}" for agent in AGENTS),
    *(f"runtime-{what}-{agent}" for what in ("throttled", "errors", "slow") for agent in AGENTS),
    "active-sessions",
    "dead-letters",
    "dead-letters-old",
    "documents-deferred",
    "documents-overdue",
    "dead-runs",
    "sweep-silent",
    "table-throttled-circuits",
    "table-throttled-ledger",
    "uploads-undelivered",
)
SWEPT = {
    "DeadRuns",
    "OverdueDocuments",
    "DeferredDocuments",
    "OldestDeferred",
    "ResumedDocuments",
}  # by the sweep alone
SEARCH = re.compile(r"""SEARCH\('\{([^,]+),([^}]+)\} MetricName="(\w+)" StateMachine="([^"]+)"', '(\w+)'\)""")


@pytest.mark.parametrize("name", ALARMS)
def test_what_an_alarm_is_for_makes_it_fire(exercised, name):
    assert name in exercised[name]


def test_every_alarm_is_tried(observed):
    assert set(applied(observed)) == set(ALARMS)
    assert set(observed.stack.outputs["alarm_arns"]) == {*ALARMS, "down"}


@pytest.mark.usefixtures("exercised")
def test_a_good_run_makes_no_alarm_fire(observed):
    observed.forget_documents()

    def good(workflow):
        workflow.process()
        sweep(workflow)

    assert fired(observed, good) == set()


def test_cases_that_are_no_trouble_make_no_alarm_about_trouble_fire(exercised):
    tolerated = {"executions-slow", "sessions-near-quota"}  # both fire early here
    for name in ("MATCHED", "PROBABLE_MATCH", "REVIEW_REQUIRED", "BREAK", "DATA_ERROR", "duplicate"):
        assert exercised[name] - tolerated <= {"sweep-silent"}, name


def test_a_throttled_index_makes_its_tables_alarm_fire(exercised):
    assert "table-throttled-ledger" in exercised["index throttled"]


@pytest.mark.parametrize(
    ("case", "is_down"),
    [
        ("outage", True),
        ("circuit-open-pdf-adapter", True),
        ("executions-failing", False),  # one document that failed
        ("executions-throttled", False),
        ("circuit-open-exception-management", False),
        ("MATCHED", False),
    ],
)
def test_what_means_that_the_workflow_is_down(observed, exercised, case, is_down):
    assert rule_holds(down(observed)["AlarmRule"], {f"observed-test-{name}" for name in exercised[case]}) == is_down


@pytest.mark.parametrize(
    ("points", "periods", "of", "missing", "in_alarm"),
    [
        ([1], 1, 1, "notBreaching", True),
        ([0, None, 0], 1, 1, "notBreaching", False),
        ([0, 1, None, 0], 1, 1, "notBreaching", True),  # it was in alarm meanwhile
        ([1], 2, 2, "notBreaching", False),
        ([1, None, 1], 2, 2, "notBreaching", False),
        ([None, 1, 1], 2, 2, "notBreaching", True),
        ([1, 0, 1], 2, 3, "notBreaching", True),
        ([1, 0, 0, 1], 2, 3, "notBreaching", False),
        ([1, 1, 1, 1, 0, 1, 1], 5, 5, "notBreaching", False),
        ([0, 1, 1, 1, 1, 1], 5, 5, "notBreaching", True),
        ([0, None], 1, 1, "ignore", False),
        ([0, None], 1, 1, "breaching", True),
        ([], 1, 1, "breaching", False),
    ],
)
def test_an_alarm_wants_so_many_of_so_many_periods(points, periods, of, missing, in_alarm):
    alarm = {
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Threshold": 1,
        "DatapointsToAlarm": periods,
        "EvaluationPeriods": of,
        "TreatMissingData": missing,
    }
    assert alarmed(alarm, points) == in_alarm


@pytest.mark.usefixtures("exercised")
def test_every_metric_of_the_alarms_is_emitted(observed):
    named = {
        described(query["MetricStat"]["Metric"])
        for alarm in applied(observed).values()
        for query in alarm["Metrics"]
        if "MetricStat" in query
    }
    assert len(named) >= 20
    assert unknown(observed, named) == set()


@pytest.mark.usefixtures("exercised")
def test_every_metric_of_the_dashboard_is_emitted(observed):
    rows, searches = widgets(observed)
    assert len(rows) >= 40
    assert unknown(observed, rows) == set()
    shapes = {
        (namespace, name, frozenset(key for key, _ in dimensions)) for namespace, name, dimensions in seen(observed)
    }
    assert searches
    assert searches <= shapes


@pytest.mark.parametrize(
    "misspelt",
    [
        ("AWS/States", "ExecutionFailed", {"StateMachineArn": "{state_machine_arn}"}),
        ("AWS/States", "ExecutionsFailed", {"StateMachine": "{state_machine_arn}"}),
        ("AWS/States", "ExecutionsFailed", {"StateMachineArn": "{state_machine_arn}x"}),
        (NAMESPACE, "RunsEnded", {"StateMachine": "{state_machine_name}", "Outcome": "MATCHED"}),
        (NAMESPACE, "Runs", {"StateMachine": "{state_machine_name}", "Outcome": "MATCH"}),
        (NAMESPACE, "Runs", {"StateMachine": "{state_machine_name}"}),
    ],
)
@pytest.mark.usefixtures("exercised")
def test_a_misspelt_metric_is_noticed(observed, misspelt):
    namespace, name, dimensions = misspelt
    dimensions = {key: value.format(**observed.stack.outputs) for key, value in dimensions.items()}
    assert unknown(observed, {metric(namespace, name, dimensions)})


@pytest.mark.usefixtures("exercised")
def test_the_workflow_puts_every_metric_that_it_knows_and_no_other(observed):
    written = json.loads((ROOT / "statemachine" / "metrics.json").read_text())
    by_name = {name: frozenset(details["dimensions"]) for scope in written.values() for name, details in scope.items()}
    put = {
        name: frozenset(key for key, _ in dimensions) - {"StateMachine"}
        for namespace, name, dimensions in seen(observed)
        if namespace == NAMESPACE
    }
    assert put == by_name | dict.fromkeys(SWEPT, frozenset())


def test_metrics_say_what_became_of_a_run_and_of_each_agent(observed):
    for agent in AGENTS:  # a call may take no millisecond, and its duration be no rise
        observed.script(agent, {"reply": GOOD[agent], "delay_seconds": 1})
    reply = {"reply": GOOD["trade-extraction"], "delay_seconds": 1}
    observed.script("trade-extraction", {"error": "ThrottlingException"}, reply)
    observed.script("trade-matching", {"error": "AccessDeniedException", "delay_seconds": 1})
    before = sums(observed)
    observed.process()
    after = sums(observed)

    name = observed.stack.outputs["state_machine_name"]
    risen = {key: after[key] - before.get(key, 0) for key in after if after[key] != before.get(key, 0)}
    assert {key: value for key, value in risen.items() if key[1] not in {"AgentDuration", *SWEPT}} == {
        metric(NAMESPACE, key, {"StateMachine": name, **dimensions}): value
        for key, dimensions, value in (
            ("Runs", {"Outcome": "FAILED"}, 1),
            ("Errors", {"Error": "BedrockAgentCore.AccessDeniedException"}, 1),
            ("SessionsStarted", {}, 5),
            ("Retries", {"Agent": "trade-extraction"}, 1),
            ("StepsFailed", {"Agent": "trade-matching"}, 1),
            ("StepErrors", {"Agent": "trade-matching", "Error": "BedrockAgentCore.AccessDeniedException"}, 1),
        )
    }
    assert {dict(key[2])["Agent"] for key in risen if key[1] == "AgentDuration"} == set(AGENTS)


def test_the_alarms_notify_the_topic_and_the_given_actions(observed):
    details = {observed.stack.outputs["alarm_topic_arn"], "arn:aws:sns:us-east-1:123456789012:pager"}
    for alarm in (*applied(observed).values(), down(observed)):
        assert set(alarm["AlarmActions"]) == set(alarm["OKActions"]) == details
        assert " First: " in alarm["AlarmDescription"]


def down(workflow):
    """Return the alarm that combines others."""
    client = workflow.stack.client("cloudwatch")
    details = client.describe_alarms(AlarmNames=["observed-test-down"], AlarmTypes=["CompositeAlarm"])
    return details["CompositeAlarms"][0]


def described(details):
    return metric(
        details["Namespace"], details["MetricName"], {each["Name"]: each["Value"] for each in details["Dimensions"]}
    )


def widgets(workflow):
    """Return the metrics that the dashboard's rows name, and the shapes that its searches look for."""
    body = workflow.stack.client("cloudwatch").get_dashboard(DashboardName=workflow.stack.outputs["dashboard_name"])
    dashboard = json.loads(body["DashboardBody"])
    rows, searches = set(), set()
    for widget in dashboard["widgets"]:
        for row in widget["properties"].get("metrics", ()):
            if isinstance(row[0], dict):
                namespace, dimensions, name, _, _ = SEARCH.fullmatch(row[0]["expression"]).groups()
                searches.add((namespace, name, frozenset(dimensions.split(","))))
            else:
                namespace, name, *pairs = row[:-1] if isinstance(row[-1], dict) else row
                rows.add(metric(namespace, name, dict(zip(pairs[::2], pairs[1::2], strict=True))))
    return rows, searches


def unknown(workflow, named):
    """Return the metrics that neither were put here nor are among those that AWS says it emits for our resources."""
    mine = names(workflow)

    def catalogued(namespace, name, dimensions):
        emitted = CATALOGUE.get(namespace, {"metrics": {}})["metrics"].get(name, [])
        return sorted(key for key, _ in dimensions) in emitted and all(value in mine for _, value in dimensions)

    return {each for each in named - seen(workflow) if not catalogued(*each)}
