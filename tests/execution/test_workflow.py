"""What one run does, on the applied stack, for both types of workflow."""

import json
import re

import pytest

from harness.benchmark.overhead import calls
from harness.contract import STEPS
from harness.embedded.agentcore import runtime_arn
from harness.paths import ROOT
from tests.execution.alarms import fired
from tests.execution.cases import runs_held_back
from tests.execution.driver import AGENTS, GOOD


def test_a_good_run_calls_each_agent_once_in_order_and_answers_the_match(workflow):
    execution = workflow.process()

    assert execution.status == "SUCCEEDED"
    assert execution.result["outcome"] == "MATCHED"
    assert (execution.result["match_classification"], execution.result["confidence_score"]) == ("MATCHED", 92.5)
    calls = {agent: workflow.calls(agent) for agent in AGENTS}
    assert {agent: len(some) for agent, some in calls.items()} == dict.fromkeys(STEPS, 1) | {"exception-management": 0}
    times = [calls[agent][0]["time"] for agent in STEPS]
    assert times == sorted(times)


def test_every_agent_receives_what_its_contract_says(workflow):
    workflow.script("trade-matching", {"reply": GOOD["trade-matching"] | {"match_classification": "BREAK"}})
    path = workflow.document(name="conf-4711")
    workflow.run({"document_path": path, "correlation_id": "c-1"})

    received = {agent: workflow.calls(agent)[0]["payload"] for agent in AGENTS}
    keys = {agent: payload.pop("idempotency_key") for agent, payload in received.items()}
    assert len(set(keys.values())) == len(AGENTS)
    head = workflow.stack.client("s3").head_object(
        Bucket=workflow.stack.outputs["documents_bucket"], Key="BANK/conf-4711.pdf"
    )
    both = {
        "document_path": path,
        "document_version": head.get("VersionId") or head["ETag"].strip('"'),
        "document_id": "conf-4711",
        "source_type": "BANK",
        "correlation_id": "c-1",
    }
    assert received == {
        "pdf-adapter": both,
        "trade-extraction": both | {"canonical_output_location": GOOD["pdf-adapter"]["canonical_output_location"]},
        "trade-matching": both | {"trade_id": "T-1"},
        "exception-management": both
        | {
            "event_type": "MATCHING_EXCEPTION",
            "trade_id": "T-1",
            "match_score": 0.925,
            "reason_codes": [],
            "error_message": "BREAK: the confirmation does not match",
        },
    }


def test_a_failed_extraction_raises_an_exception_and_fails_the_run(workflow):
    workflow.script("trade-extraction", {"reply": {"success": False, "error": "no notional", "error_type": "MISSING"}})
    execution = workflow.process()

    assert (execution.status, execution.error) == ("FAILED", "AgentRejected")
    assert execution.result["exception_id"] == "E-1"
    assert {agent: step["status"] for agent, step in execution.result["workflow_steps"].items()} == {
        "pdf-adapter": "SUCCEEDED",
        "trade-extraction": "FAILED",
        "trade-matching": "NOT_RUN",
        "exception-management": "SUCCEEDED",
    }
    (call,) = workflow.calls("exception-management")
    assert call["payload"]["event_type"] == "EXTRACTION_FAILED"
    assert call["payload"]["error_message"].startswith("AgentRejected")
    assert workflow.calls("trade-matching") == []


@pytest.mark.parametrize(
    ("unclear", "reported"),
    [
        (["notional", "maturity_date"], " (notional, maturity_date)"),
        ([f"field_{number}" for number in range(100)], f" ({', '.join(f'field_{number}' for number in range(20))})"),
        (["Zyx Holdings", 5, None, "notional\n"], ""),
        ("notional", ""),
    ],
)
def test_an_exception_says_which_fields_are_missing(express, unclear, reported):
    reply = {"success": False, "error": "no", "error_type": "MISSING_FIELD", "missing_fields": unclear}
    express.script("trade-extraction", {"reply": reply})
    express.process()
    (call,) = express.calls("exception-management")
    expected = "AgentRejected: trade-extraction returned success: false, error_type MISSING_FIELD"
    assert call["payload"]["error_message"] == expected + reported


def test_aws_apis_alone_show_an_express_machine_that_answers_what_usage_says(express):
    client, outputs = express.stack.client("stepfunctions"), express.stack.outputs
    assert client.describe_state_machine(stateMachineArn=outputs["state_machine_arn"])["type"] == "EXPRESS"

    response = client.start_sync_execution(
        stateMachineArn=outputs["state_machine_alias_arn"], input=json.dumps(express.new_input())
    )
    table = (ROOT / "docs" / "usage.md").read_text().partition("| output field | meaning |")[2].partition("\n\n")[0]
    fields = [row.split("|")[1] for row in table.splitlines() if row]
    assert json.loads(response["output"]).keys() == set(re.findall(r"`(\w+)`", "".join(fields)))


@pytest.mark.parametrize(
    ("agent", "event_type"),
    [
        ("pdf-adapter", "PDF_PROCESSING_ERROR"),
        ("trade-extraction", "EXTRACTION_FAILED"),
        ("trade-matching", "MATCHING_FAILED"),
    ],
)
def test_every_failure_reaches_exception_management_with_its_event_type(express, agent, event_type):
    express.script(agent, {"error": "AccessDeniedException"})
    execution = express.process()

    assert execution.error == "BedrockAgentCore.AccessDeniedException"
    assert [call["payload"]["event_type"] for call in express.calls("exception-management")] == [event_type]
    assert len(express.calls(agent)) == 1


@pytest.mark.parametrize(
    ("classification", "outcome", "exceptions"),
    [
        ("MATCHED", "MATCHED", 0),
        ("PROBABLE_MATCH", "PROBABLE_MATCH", 0),
        ("PENDING", "PENDING", 0),
        ("REVIEW_REQUIRED", "EXCEPTION_RAISED", 1),
        ("BREAK", "EXCEPTION_RAISED", 1),
        ("DATA_ERROR", "EXCEPTION_RAISED", 1),
    ],
)
def test_every_classification_has_its_outcome(express, classification, outcome, exceptions):
    express.script(
        "trade-matching",
        {
            "reply": {
                "success": True,
                "match_classification": classification,
                "confidence_score": 60,
                "reason_codes": ["DATE_MISMATCH"],
                "matched_trade_id": "a key that holds the word MATCHED",
            }
        },
    )
    execution = express.process()

    assert (execution.status, execution.result["outcome"]) == ("SUCCEEDED", outcome)
    assert execution.result["reason_codes"] == ["DATE_MISMATCH"]
    assert len(express.calls("exception-management")) == exceptions


def test_an_unknown_classification_is_an_error_that_names_the_field_and_not_the_value(express):
    express.script("trade-matching", {"reply": GOOD["trade-matching"] | {"match_classification": "SORT_OF_MATCHED"}})
    execution = express.process()

    assert execution.error == "InvalidReply"
    payload = express.calls("exception-management")[0]["payload"]
    assert payload["error_message"].endswith("match_classification (a string)")
    assert "SORT_OF_MATCHED" not in f"{payload}{execution.result}"


@pytest.mark.parametrize("trade_id", [{}, {"trade_id": None}])
def test_the_document_id_stands_in_for_a_trade_id_left_out(express, trade_id):
    express.script("trade-extraction", {"reply": {"success": True} | trade_id})
    execution = express.run({"document_path": express.document(), "document_id": "stand-in"})

    assert execution.result["trade_id"] == "stand-in"


@pytest.mark.parametrize(
    ("run_input", "complaints"),
    [
        ({}, ["document_path", "source_type", "document_id"]),
        ([], ["JSON object"]),
        ("text", ["JSON object"]),
        (None, ["JSON object"]),
        ({"document_path": "https://bucket/BANK/a.pdf"}, ["document_path"]),
        ({"document_path": "s3://bucket-1/BANK/a.doc"}, ["document_path"]),
        ({"document_path": "s3://bucket-1/inbox/a.pdf"}, ["source_type"]),
        ({"document_path": "s3://bucket-1/BANK/COUNTERPARTY/a.pdf"}, ["source_type"]),
        ({"document_path": "s3://bucket-1/inbox/a.pdf", "source_type": "bank"}, ["source_type"]),
        ({"document_path": "s3://bucket-1/BANK/a.pdf", "source_type": ["BANK"]}, ["source_type"]),
        ({"document_path": 5, "source_type": 5, "document_id": 5, "document_version": 5, "correlation_id": 5},
         ["document_path", "source_type", "document_id", "document_version", "correlation_id"]),
        ({"document_path": "s3://bucket-1/BANK/a.pdf", "document_id": "a/b"}, ["document_id"]),
        ({"document_path": "s3://bucket-1/BANK/a.pdf", "document_id": "line\nbreak"}, ["document_id"]),
        ({"document_path": "s3://bucket-1/BANK/a.pdf", "document_id": "a\n"}, ["document_id"]),
        ({"document_path": "s3://bucket-1/BANK/a.pdf", "document_id": "a\x9b31m", "correlation_id": "\x7f"},
         ["document_id", "correlation_id"]),
        ({"document_path": "s3://bucket-1/BANK/a.pdf\n", "document_version": "v\n"},
         ["document_path", "source_type", "document_id", "document_version"]),
        ({"document_path": "s3://bucket-1/BANK/a.pdf", "reprocess": "yes"}, ["reprocess"]),
        ({"document_path": "s3://bucket-1/BANK/" + "a" * 250 * 1024 + ".pdf"},
         ["document_path", "source_type", "document_id"]),
    ],
    ids=lambda value: str(value)[:60],
)  # fmt: skip
def test_wrong_input_is_named_and_dead_lettered(workflow, run_input, complaints):
    execution = workflow.run(run_input)

    assert (execution.status, execution.error) == ("FAILED", "InvalidInput")
    fields = ("document_path", "source_type", "document_id", "document_version", "correlation_id", "reprocess")
    named = [
        word
        for word in ("JSON object", *fields)
        if re.search(rf"(: |; |must be a ){word}", execution.result["error_message"])
    ]
    assert named == [word for word in ("JSON object", *fields) if word in complaints]
    (dead_letter,) = workflow.dead_letters()
    assert dead_letter["error"] == "InvalidInput"
    assert all(workflow.calls(agent) == [] for agent in AGENTS)


def test_wrong_input_of_tens_of_thousands_of_characters_is_dead_lettered_as_it_came(express):
    run_input = {"document_path": "elsewhere", "note": "x" * 45_000}
    express.run(run_input)
    (dead_letter,) = express.dead_letters()
    assert dead_letter["input"] == run_input


def test_a_document_that_is_not_there_is_reported_before_any_agent_is_called(workflow):
    execution = workflow.run({"document_path": workflow.document().replace("document-", "missing-")})

    assert execution.error == "DocumentNotFound"
    assert workflow.calls("pdf-adapter") == []
    assert workflow.calls("exception-management")[0]["payload"]["event_type"] == "WORKFLOW_ERROR"


@pytest.fixture
def parameter(workflow):
    """The parameter that says where trade-matching runs; put back after the test."""
    client, name = workflow.stack.client("ssm"), workflow.stack.outputs["agent_parameter_names"]["trade-matching"]
    yield lambda value: client.put_parameter(Name=name, Value=value, Overwrite=True)
    client.put_parameter(Name=name, Value=runtime_arn("trade-matching"), Overwrite=True)


def test_a_parameter_switched_to_a_standby_takes_effect_on_the_next_run(workflow, parameter):
    parameter(runtime_arn("trade-matching", "green"))
    assert workflow.process().status == "SUCCEEDED"
    assert workflow.calls("trade-matching")[-1]["runtime_arn"] == runtime_arn("trade-matching", "green")


def test_a_runtime_that_the_role_does_not_name_is_denied(workflow, parameter):
    parameter(runtime_arn("trade-matching", "rogue"))
    execution = workflow.process()
    assert execution.error == "BedrockAgentCore.AccessDeniedException"
    assert "not authorized to perform: bedrock-agentcore:InvokeAgentRuntime" in execution.result["error_message"]
    assert workflow.calls("trade-matching") == []


@pytest.mark.parametrize(
    "value",
    [
        "not an arn",
        "arn:aws:s3:::bucket",
        "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/",
        runtime_arn("trade-matching") + "\n",
    ],
)
def test_a_parameter_that_holds_no_runtime_is_said_so(workflow, parameter, value):
    parameter(value)
    execution = workflow.process()
    assert execution.error == "AgentNotRegistered"
    assert workflow.stack.outputs["agent_parameter_names"]["trade-matching"] in execution.result["error_message"]


def test_session_ids_are_long_enough_and_never_shared(workflow):
    workflow.script("pdf-adapter", {"error": "ThrottlingException"}, {"reply": GOOD["pdf-adapter"]})
    workflow.process()

    sessions = [call["session_id"] for agent in AGENTS for call in workflow.calls(agent)]
    assert len(sessions) == len(set(sessions)) == 4
    assert all(33 <= len(session) <= 256 for session in sessions)


def test_the_definition_holds_no_runtime_and_the_registry_does(workflow):
    machine = workflow.stack.client("stepfunctions").describe_state_machine(
        stateMachineArn=workflow.stack.outputs["state_machine_arn"]
    )
    assert ":runtime/" not in machine["definition"]
    assert json.loads(machine["definition"])["QueryLanguage"] == "JSONata"
    names = workflow.stack.outputs["agent_parameter_names"]
    found = workflow.stack.client("ssm").get_parameters(Names=list(names.values()))["Parameters"]
    assert {parameter["Name"]: parameter["Value"] for parameter in found} == {
        names[agent]: runtime_arn(agent) for agent in AGENTS
    }


def test_only_documents_of_buckets_of_the_owner_are_read(express):
    outputs, account = express.stack.outputs, express.stack.outputs["role_arn"].split(":")[4]
    iam, role = express.stack.client("iam"), outputs["role_arn"].rpartition("/")[2]
    policies = [
        iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    ]
    reading = [
        statement
        for policy in policies
        for statement in policy["Statement"]
        if "s3:GetObject" in str(statement["Action"])
    ]
    assert [one["Condition"]["StringEquals"] for one in reading] == [{"aws:ResourceAccount": account}] * len(reading)
    assert reading
    machine = express.stack.client("stepfunctions").describe_state_machine(stateMachineArn=outputs["state_machine_arn"])
    arguments = json.loads(machine["definition"])["States"]["LocateDocument"]["Arguments"]
    assert f"'ExpectedBucketOwner': '{account}'" in arguments


def test_standard_runs_that_are_held_back_make_an_alarm_fire(standard):
    assert "executions-throttled" in fired(standard, runs_held_back)


def test_a_match_makes_twelve_calls_of_aws_beside_its_agents_and_one_more_for_a_place(express, admitting):
    counts = [calls(workflow.events(workflow.process().arn)) for workflow in (express, admitting)]
    assert [one["Call"] for one in counts] == [3, 3]
    assert [one.total() - one["Call"] for one in counts] == [12, 13]
