"""Two environments of one name, in one account and region, do not touch each other."""

from datetime import datetime

import pytest

from harness.fault_matrix import THRESHOLD
from harness.stack import Stack
from tests.execution.cases import without_schedule
from tests.execution.driver import GOOD, Workflow
from tests.waiting import until


@pytest.fixture
def both(aws, workspaces):
    one, other = (Workflow(Stack.embedded(aws.url, workspace.output()), aws) for workspace in workspaces.values())
    for workflow in (other, one):
        workflow.script_all()
        workflow.dead_letters()
    return one, other


@pytest.fixture(scope="module")
def resources(workspaces):
    """Return the resources of each environment, those of modules too."""

    def inside(module):
        yield from (each for each in module.get("resources", []) if each["mode"] == "managed")
        for child in module.get("child_modules", []):
            yield from inside(child)

    return [list(inside(each.show()["values"]["root_module"])) for each in workspaces.values()]


def test_nothing_has_a_name_in_common(resources):
    one, other = ({(each["type"], each["values"]["id"]) for each in environment} for environment in resources)
    types = {
        "aws_cloudwatch_metric_alarm",
        "aws_cloudwatch_dashboard",
        "aws_scheduler_schedule",
        "aws_sfn_state_machine",
    }
    assert types <= {kind for kind, _ in one}
    assert one.isdisjoint(other)


def test_no_role_names_anything_of_the_other_environment(resources):
    for ours, theirs in (resources, resources[::-1]):
        policies = [each["values"]["policy"] for each in ours if each["type"] == "aws_iam_role_policy"]
        assert policies
        for arn in (each["values"].get("arn") for each in theirs):
            assert not arn or arn not in str(policies)


def test_a_failure_here_opens_no_circuit_and_leaves_no_record_there(both):
    here, there = both
    here.script("pdf-adapter", {"error": "InternalServerException"})
    document = here.new_input()
    for each in (document, *(here.new_input() for _ in range(THRESHOLD - 1))):
        here.run(each)
    assert here.failures("pdf-adapter") == THRESHOLD
    assert there.circuit("pdf-adapter") == {}
    assert there.record("BANK", document["document_id"]) == {}

    here.script("pdf-adapter", {"reply": {"success": True, "canonical_output_location": "s3://bucket/x"}})
    assert here.process().error == "CircuitOpen"
    assert there.process().outcome == "MATCHED"


def test_a_dead_letter_here_is_none_there(both):
    here, there = both
    here.run({})
    assert there.dead_letters() == []
    assert len(here.dead_letters()) == 1


def test_a_sweep_here_leaves_a_dead_run_there_alone(both):
    there, here = both  # only Express runs are ended without an event
    here_document, there_document = here.new_input(), there.new_input()
    here.script("pdf-adapter", {"reply": GOOD["pdf-adapter"], "delay_seconds": 100_000})
    with without_schedule(there):
        with here.aws.at_speed(1):
            here_run = here.start(here_document)
            there_run = there.start(there_document)
            until(lambda: len(here.calls("pdf-adapter")) == 2)
            here.stack.client("stepfunctions").stop_execution(executionArn=here_run)
            there.kill(there_run)
        here.pass_time(max(lease(here, here_document), lease(there, there_document)))
        until(lambda: status(here, here_document) == "DEAD_LETTERED")
        assert status(there, there_document) == "RUNNING"
        assert there.dead_letters() == []
    until(lambda: status(there, there_document) == "DEAD_LETTERED")


def status(workflow, document):
    return workflow.record("BANK", document["document_id"])["status"]


def lease(workflow, document):
    """Return the seconds until the lease of a document's claim expires."""
    due_at = workflow.record("BANK", document["document_id"])["due_at"]
    return (datetime.fromisoformat(due_at) - workflow.stack.now()).total_seconds() + 1
