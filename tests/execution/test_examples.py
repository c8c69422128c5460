"""Each example as its user meets it: applied, executed, planned again without changes, and destroyed without a trace.

All of them live side by side in one account, and are applied and destroyed at the same time.
"""

import json
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.asl import lint
from harness.backfill import summary
from harness.embedded import launch
from harness.embedded.account import REGION
from harness.embedded.agentcore import runtime_arn
from harness.inventory import inventory
from harness.paths import EXAMPLES, ROOT, SAMPLES
from harness.report.run import read
from harness.stack import Stack
from harness.terraform import Plan, Workspace
from harness.uploads import wait
from tests.execution.claims_desk import CLAIMS, Desk
from tests.execution.driver import AGENTS, GOOD, Workflow
from tests.waiting import finished

ACCOUNTS = ("111122223333", "123456789012")  # in the example's files, and of the embedded AWS
STATES, DOCUMENTS, REGISTRY = "terraform-state-123456789012", "documents-of-another-team", "/teams/agents"
RUNTIMES = {agent: runtime_arn(agent) for agent in AGENTS}
STANDBY = {agent: [runtime_arn(agent, "green")] for agent in AGENTS}

VARIABLES = {
    "upload": {"environment": "upload", "runtime_arns": RUNTIMES},
    "backfill": {
        "environment": "backfill",
        "runtime_arns": RUNTIMES,
        "documents_bucket_arn": f"arn:aws:s3:::{DOCUMENTS}",
    },
    "minimal": {"environment": "sandbox", "runtime_arns": RUNTIMES},
    "existing-parameters": {
        "environment": "shared",
        "parameter_prefix": REGISTRY,
        "documents_bucket_arn": f"arn:aws:s3:::{DOCUMENTS}",
        "standby_runtime_arns": STANDBY,
    },
    "complete": {
        "deletion_protection": False,
        "on_call_email": "on-call@example.com",
        "runtimes": {
            agent: {"runtime_arn": RUNTIMES[agent], "standby_runtime_arns": STANDBY[agent]} for agent in AGENTS
        },
    },
}
OTHERS = {"own-pipeline": {"runtime_arns": {agent: runtime_arn(agent) for agent in CLAIMS}}}
ENVIRONMENTS = ("dev", "staging")
ORCHESTRATORS = (*VARIABLES, *ENVIRONMENTS)


def per_environment(aws):
    """Return a copy of the example in which the placeholders are replaced, as its user does it."""
    workspace = Workspace(EXAMPLES / "per-environment", aws.url)
    for file in (*workspace.path.glob("backends/*"), *workspace.path.glob("environments/*")):
        file.write_text(file.read_text().replace(*ACCOUNTS))
    return workspace


def command(workspace, name, environment, *options):
    """Do what `make plan ENV=…` and `make apply ENV=…` do; return exit code and output."""
    arguments = (name, "--directory", str(workspace.path), environment, "-no-color", *options)
    done = subprocess.run(  # noqa: S603 - our own command, no shell
        [sys.executable, "-m", "harness", *arguments],
        cwd=ROOT,
        env=workspace.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def aws():
    """An account in which other teams have a bucket for states, one with documents, and a registry of agents."""
    with launch(leaps=True) as aws:  # retries of the other stack may wait for a minute
        for bucket in (STATES, DOCUMENTS):
            aws.client("s3").create_bucket(Bucket=bucket)
        for agent in AGENTS:
            aws.client("ssm").put_parameter(Name=f"{REGISTRY}/{agent}/arn", Value=RUNTIMES[agent], Type="String")
            aws.admin("PUT", f"/_agents/{agent}", [{"reply": GOOD[agent]}])
        for agent, found in CLAIMS.items():
            aws.admin("PUT", f"/_agents/{agent}", [{"reply": {"success": True, **found}}])
        yield aws


@pytest.fixture(scope="module")
def before(aws):
    return inventory(Stack.embedded(aws.url, {}))


@dataclass(frozen=True)
class Applied:
    """An example after its apply: its workspace, and what the next plan found, where it was made."""

    workspace: Workspace
    second: Plan | None = None


@pytest.fixture(scope="module")
def applied(aws, before):  # noqa: ARG001 - what was there before, is seen before
    """Every example by its name, or by its environment's; the result of one that failed raises its error."""

    def example(name, variables):
        workspace = Workspace(EXAMPLES / name, aws.url, variables)
        workspace.init()
        workspace.apply()
        return Applied(workspace, workspace.plan())

    def environment(name):
        workspace = per_environment(aws)
        code, output = command(workspace, "apply", name, "-auto-approve")
        assert code == 0, output
        return Applied(workspace)

    def from_another_stack():
        state = futures["minimal"].result().workspace.path / "terraform.tfstate"
        variables = {"orchestrator_state": {"backend": "local", "config": {"path": str(state)}}}
        return example("from-another-stack", variables)

    with ThreadPoolExecutor(len(ORCHESTRATORS) + len(OTHERS) + 1) as pool:
        futures = {name: pool.submit(example, name, variables) for name, variables in {**VARIABLES, **OTHERS}.items()}
        futures |= {name: pool.submit(environment, name) for name in ENVIRONMENTS}
        futures["from-another-stack"] = pool.submit(from_another_stack)
        yield lambda name: futures[name].result()
        for example in [future.result() for future in futures.values()]:  # one may still read the state of another
            example.workspace.__exit__()


def workflow_of(aws, workspace):
    return Workflow(Stack.embedded(aws.url, {"documents_bucket": DOCUMENTS} | workspace.output()), aws)


def test_every_example_is_here():
    examples = {path.parent.name for path in EXAMPLES.glob("*/main.tf")}
    assert examples == {*VARIABLES, *OTHERS, "per-environment", "from-another-stack"}


@pytest.mark.parametrize("name", sorted({*ORCHESTRATORS} - {"upload"}))
def test_a_document_goes_through(aws, applied, name):
    finished = workflow_of(aws, applied(name).workspace).process()
    assert (finished.status, finished.outcome) == ("SUCCEEDED", "MATCHED")


def test_an_upload_starts_a_run_that_can_be_looked_at(aws, applied):
    stack = workflow_of(aws, applied("upload").workspace).stack
    address = stack.upload(SAMPLES / "BANK" / "irs-matching-bank.pdf", "BANK")
    run = read(stack, wait(stack, address))
    assert (run.outcome, run.gap) == ("MATCHED", "")
    assert [visit.name for visit in run.visits if visit.block is None][-1] == "Success"


def test_a_backfill_writes_its_results_where_it_is_asked_to(aws, applied):
    workflow = workflow_of(aws, applied("backfill").workspace)
    workflow.document(name="backfilled/1")
    found = summary(workflow.stack, workflow.backfill(prefix="BANK/backfilled/")["executionArn"])
    assert found.outcomes == {"MATCHED": 1}
    assert found.results.startswith("s3://confirmations-backfill-results-123456789012/backfill/")


def test_the_bucket_refuses_calls_without_tls(aws, applied):
    bucket = applied("minimal").workspace.output()["documents_bucket"]
    (statement,) = json.loads(aws.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    assert (statement["Effect"], statement["Action"], statement["Principal"]) == ("Deny", "s3:*", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize("name", [*VARIABLES, *OTHERS, "from-another-stack"])
def test_the_second_plan_is_empty(applied, name):
    assert applied(name).second == Plan(0, {})


def test_the_second_plan_of_a_module_that_drifts_is_not_empty(aws):
    with Workspace(Path(__file__).parent / "drifting", aws.url) as workspace:
        workspace.init()
        workspace.apply()
        assert workspace.plan() == Plan(2, {"terraform_data.clock": "update"})


def test_environments_of_one_configuration_keep_apart(applied):
    workspace = applied("dev").workspace
    for environment in ENVIRONMENTS:  # in one directory, one after the other
        code, output = command(workspace, "plan", environment, "-detailed-exitcode")
        assert code == 0, output
        assert workspace.output()["orchestrator"]["state_machine_name"] == f"confirmations-{environment}"
    code, output = command(workspace, "plan", "prod", "-detailed-exitcode")
    assert code == 2, output
    assert "0 to change, 0 to destroy" in output


def test_states_are_in_the_bucket_and_locked_while_terraform_runs(aws, applied):
    workspace, bucket = applied("staging").workspace, aws.client("s3")
    keys = {item["Key"] for item in bucket.list_objects_v2(Bucket=STATES)["Contents"]}
    assert keys == {f"confirmations/{environment}.tfstate" for environment in ENVIRONMENTS}

    lock = {"Bucket": STATES, "Key": "confirmations/staging.tfstate.tflock"}
    holder = {"ID": "1", "Operation": "OperationTypeApply", "Who": "somebody@else", "Created": "2025-01-01T00:00:00Z"}
    bucket.put_object(**lock, Body=json.dumps(holder))
    try:
        code, output = command(workspace, "plan", "staging")
    finally:
        bucket.delete_object(**lock)
    assert code == 1
    assert "Error acquiring the state lock" in output
    assert "somebody@else" in output


def end_of_day(aws, machine, documents):
    """Run the other stack's state machine; return the finished execution."""
    client = aws.client("stepfunctions")
    run = client.start_execution(stateMachineArn=machine, input=json.dumps({"documents": documents}))
    return finished(client, run["executionArn"])


def test_the_other_stack_takes_the_days_documents_through(aws, applied):
    workflow = workflow_of(aws, applied("minimal").workspace)
    machine = applied("from-another-stack").workspace.output()["end_of_day_arn"]

    def run(documents):
        return end_of_day(aws, machine, documents)

    good = [workflow.new_input(source_type) for source_type in ("BANK", "COUNTERPARTY")]
    finished = run(good)
    assert finished["status"] == "SUCCEEDED"
    result = json.loads(finished["output"])
    assert result["failed"] == 0
    assert [document["outcome"] for document in result["documents"]] == ["MATCHED", "MATCHED"]

    missing = good[0]["document_path"].replace(".pdf", "-missing.pdf")
    finished = run([good[0], {"document_path": missing}])
    assert (finished["status"], finished["error"]) == ("FAILED", "DocumentsFailed")
    failed = {"document_path": missing, "outcome": "FAILED", "error": "DocumentNotFound"}
    assert json.loads(finished["cause"]) == failed


@pytest.mark.parametrize("statement", ["StartWorkflow", "ReadWorkflow"])
def test_the_other_stack_needs_both_the_workflow_and_its_key(aws, applied, statement):
    workflow = workflow_of(aws, applied("minimal").workspace)
    machine = applied("from-another-stack").workspace.output()["end_of_day_arn"]
    iam, policy = aws.client("iam"), {"RoleName": f"{machine.rpartition(':')[2]}-{REGION}", "PolicyName": "end-of-day"}
    document = iam.get_role_policy(**policy)["PolicyDocument"]
    remaining = [each for each in document["Statement"] if each["Sid"] != statement]
    assert len(remaining) == len(document["Statement"]) - 1
    iam.put_role_policy(**policy, PolicyDocument=json.dumps(document | {"Statement": remaining}))
    try:
        finished = end_of_day(aws, machine, [workflow.new_input()])
    finally:
        iam.put_role_policy(**policy, PolicyDocument=json.dumps(document))
    assert json.loads(finished["cause"])["error"].startswith("Sfn.")  # Step Functions refused to start the workflow


@pytest.fixture
def desk(aws, applied):
    return Desk(aws, applied("own-pipeline").workspace.output())


def test_a_claim_is_settled_when_a_person_confirms_it_though_an_agent_breaks_off_twice(desk):
    breaks, replies = {"error": "InternalServerException"}, {"reply": {"success": True, "fault_percent": 50}}
    with desk.doing("liability-assessor", breaks, {"reply": {"success": True, "fault_percent": 101}}, replies) as calls:
        execution = desk.start("C-1")
        request = desk.confirmation_request()
    assert (request["claim_id"], request["amount"]) == ("C-1", 800)
    assert len({call["session_id"] for call in calls()}) == 3  # each attempt has a session of its own,
    assert len({call["payload"]["idempotency_key"] for call in calls()}) == 1  # all of them one key
    (payload, *_) = [call["payload"] for call in desk.aws.admin("GET", "/_agents/settlement")]
    assert (payload["fault_percent"], payload["damage"], payload["correlation_id"]) == (50, 1000, "C-1")
    client = desk.aws.client("stepfunctions")
    client.send_task_success(taskToken=request["task_token"], output=json.dumps({"confirmed_by": "Ada"}))
    finished = desk.finished(execution)
    assert json.loads(finished["output"]) == {
        "claim_id": "C-1",
        "severity": "HIGH",
        "amount": 800,
        "confirmed_by": "Ada",
    }


def test_a_person_may_decline_a_settlement(desk):
    execution = desk.start("C-2")
    token = desk.confirmation_request()["task_token"]
    desk.aws.client("stepfunctions").send_task_failure(taskToken=token, error="Declined", cause="too much")
    finished = desk.finished(execution)
    assert (finished["status"], finished["error"]) == ("FAILED", "Declined")
    assert finished["cause"].endswith("C-2 was not confirmed: too much")


def test_in_a_map_each_item_is_a_call_of_its_own(desk):
    failing = {"error": "InternalServerException"}, {"reply": {"success": True, "fault_percent": 50}}
    with desk.in_a_map(0) as start, desk.doing("liability-assessor", *failing) as calls:
        finished = desk.finished(start([{"id": f"M-{number}", "report": "A van."} for number in range(5)]))
    assert [one["reply"]["fault_percent"] for one in json.loads(finished["output"])] == [50] * 5
    assert Counter(call["payload"]["claim_id"] for call in calls()).total() == 6  # one of them twice
    assert len({call["payload"]["idempotency_key"] for call in calls()}) == 5


def test_an_assessor_who_is_ill_is_left_alone_until_a_claim_finds_him_well(desk):
    with desk.doing("damage-assessor", {"error": "InternalServerException"}) as calls:
        errors = [desk.finished(desk.start(f"C-{number}"))["error"] for number in (3, 4, 5, 6)]
    assert errors == ["BedrockAgentCore.InternalServerException"] * 2 + ["CircuitOpen"] * 2
    assert len(calls()) == 2  # two claims, not two attempts, open the circuit
    desk.aws.admin("PUT", "/_clock", {"skip_seconds": 300})
    execution = desk.start("C-7")
    token = desk.confirmation_request()["task_token"]
    desk.aws.client("stepfunctions").send_task_success(taskToken=token, output='{"confirmed_by": "Bo"}')
    assert desk.finished(execution)["status"] == "SUCCEEDED"


def test_the_desk_has_a_clean_state_machine_without_a_line_about_calling_an_agent(desk):
    text = "".join(path.read_text() for path in (EXAMPLES / "own-pipeline").iterdir() if path.is_file())
    assert "bedrock" not in text
    client = desk.aws.client("stepfunctions")
    definition = client.describe_state_machine(stateMachineArn=desk.outputs["claims_desk_arn"])["definition"]
    assert definition.count("aws-sdk:bedrockagentcore:invokeAgentRuntime") == len(CLAIMS)
    assert lint(definition, "STANDARD") == []


def test_the_desk_uses_all_that_its_role_allows(desk):
    assert desk.unused() == set()
    assert ("s3:GetObject", "*") in desk.unused({"Action": "s3:GetObject", "Resource": "*"})


def test_a_destroy_leaves_nothing(aws, applied, before):
    applied("from-another-stack").workspace.destroy()

    def destroy(name):
        workspace = applied(name).workspace
        if name in VARIABLES or name in OTHERS:
            workspace.destroy()
        else:
            code, output = command(workspace, "apply", name, "-destroy", "-auto-approve")
            assert code == 0, output

    with ThreadPoolExecutor(len(ORCHESTRATORS) + len(OTHERS)) as pool:
        list(pool.map(destroy, (*ORCHESTRATORS, *OTHERS)))
    assert inventory(Stack.embedded(aws.url, {})) == before
