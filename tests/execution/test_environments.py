"""Two environments of one name, in one account and region, do not touch each other."""

import pytest

from harness.fault_matrix import THRESHOLD
from harness.stack import Stack
from tests.execution.driver import Workflow

OWN = (
    "agent_parameter_names",
    "circuit_table_name",
    "dead_letter_queue_url",
    "ledger_table_name",
    "log_group_name",
    "role_arn",
    "state_machine_alias_arn",
    "state_machine_arn",
    "state_machine_name",
)


@pytest.fixture
def both(aws, workspaces):
    one, other = (Workflow(Stack.embedded(aws.url, workspace.output()), aws) for workspace in workspaces.values())
    for workflow in (other, one):
        workflow.script_all()
        workflow.dead_letters()
    return one, other


def test_nothing_has_a_name_in_common(both):
    one, other = (workflow.stack.outputs for workflow in both)
    for name in OWN:
        ours, theirs = (
            set(told[name].values()) if isinstance(told[name], dict) else {told[name]} for told in (one, other)
        )
        assert ours.isdisjoint(theirs), name


def test_a_role_names_nothing_of_the_other_environment(both):
    for ours, theirs in (both, both[::-1]):
        iam, role = ours.stack.client("iam"), ours.stack.outputs["role_arn"].rpartition("/")[2]
        policies = [
            iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
        ]
        for name in ("circuit_table_name", "ledger_table_name"):
            assert theirs.stack.outputs[name] not in str(policies)


def test_a_failure_here_opens_no_circuit_and_leaves_no_record_there(both):
    here, there = both
    here.script("pdf-adapter", {"error": "InternalServerException"})
    document = here.new_input()
    for _ in range(2):
        here.run(document)
    assert int(here.circuit("pdf-adapter")["failures"]) >= THRESHOLD
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
