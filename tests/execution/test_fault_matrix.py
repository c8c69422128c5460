"""Every case of the fault matrix, provoked on the applied stack."""

import contextlib
import json

import pytest

from harness import fault_matrix
from harness.contract import AGENTS
from harness.fault_matrix import Case, Expected
from tests.execution.driver import BREAK, GOOD

# Those whose replies are sent back are provoked where there is such an agent: test_callbacks.py.
CASES = [case for case in fault_matrix.cases() if case.protocol != "callback"]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_comes_of_a_fault(request, case, record_property):
    observed = provoke(request.getfixturevalue("a2a" if case.protocol == "A2A" else "express"), case)
    record_property("outcome", (str(case), observed.outcome))
    assert observed == case.expected


def provoke(workflow, case: Case) -> Expected:
    """Run one document into the fault and return its outcome, in the form of the expectation."""
    fault, afflicted = case.fault, case.agent or "pdf-adapter"
    script(workflow, case)
    if fault.get("circuit") == "open":
        workflow.open_circuit(afflicted)
    with missing_parameter(workflow, afflicted) if "parameter" in fault else contextlib.nullcontext():
        run_input = run_input_for(workflow, fault)
        if fault.get("from_call"):
            with workflow.under_way(run_input, afflicted) as run:
                break_calls(workflow, case)
            execution = run.result()
        else:
            break_calls(workflow, case)
            execution = workflow.run(run_input)
    workflow.aws.admin("DELETE", "/_faults")
    workflow.aws.admin("PUT", "/_cut", {"cut_seconds": None})
    return observed(workflow, case, execution)


def script(workflow, case: Case) -> None:
    """Make the afflicted agent respond as the fault says: once and then well, or for good."""
    fault, agent = case.fault, case.agent
    workflow.aws.admin("PUT", "/_cut", {"cut_seconds": fault.get("cut_seconds")})
    if agent == "exception-management":
        workflow.script("trade-matching", {"reply": BREAK})
    if agent is None:
        workflow.script("trade-matching", {"reply": GOOD["trade-matching"] | fault.get("reply", {})})
    elif behaviour := behaviour_of(fault, agent):
        workflow.script(agent, behaviour, *([] if case.permanent else [{"reply": GOOD[agent]}]))


def behaviour_of(fault, agent):
    good = {"reply": GOOD[agent]}
    if "responses" in fault:
        return (good if "in_progress" in fault["responses"] else {}) | fault["responses"]
    if "reply" in fault:
        return {"reply": GOOD[agent] | fault["reply"]}
    if "callbacks" in fault:
        return good | {"callbacks": [callback(sent, agent, fault) for sent in fault["callbacks"]]}
    if "reply_bytes" in fault:
        return {"reply": filled(GOOD[agent], fault["reply_bytes"])}
    if fault.get("without_needed"):
        return {"reply": {name: value for name, value in GOOD[agent].items() if name != AGENTS[agent]["needs"]}}
    return good | {"delay_seconds": 10} if fault.get("from_call") else good


def callback(sent, agent, fault):
    if "success" not in sent:
        return sent
    reply = GOOD[agent] | sent["success"]
    return sent | {"success": filled(reply, fault["reply_bytes"]) if "reply_bytes" in fault else reply}


def filled(reply, size):
    return reply | {"agent_response": "x" * (size - len(json.dumps(reply | {"agent_response": ""})))}


def run_input_for(workflow, fault):
    """Return the run's input: what the fault says, or a new document."""
    if "input" in fault:
        names = {"document": workflow.document(), **workflow.stack.outputs}
        return {name: value.format(**names) for name, value in fault["input"].items()}
    return {"document_path": workflow.document()} | ({"wait": False} if workflow.called_back else {})


def break_calls(workflow, case: Case) -> None:
    runtime = f"runtime/{(case.agent or '').replace('-', '_')}"
    for call in case.fault.get("calls", []):
        workflow.fault(call.replace("{runtime}", runtime), case.fault["code"], None if case.permanent else 1)


@contextlib.contextmanager
def missing_parameter(workflow, agent):
    client, name = workflow.stack.client("ssm"), workflow.stack.outputs["agent_parameter_names"][agent]
    value = client.get_parameter(Name=name)["Parameter"]["Value"]
    client.delete_parameter(Name=name)
    yield
    client.put_parameter(Name=name, Value=value, Type="String")


def observed(workflow, case: Case, execution) -> Expected:
    calls = {agent: workflow.calls(agent) for agent in AGENTS}
    dead_letters = [dead_letter for dead_letter in workflow.dead_letters() if dead_letter["execution"] == execution.arn]
    record = workflow.record("BANK", execution.result["document_id"]) if execution.result["document_id"] else {}
    return Expected(
        calls=tuple(len(some) for some in calls.values()),
        reported=reported(calls["exception-management"]),
        status=execution.status,
        error=execution.error,
        outcome=execution.result["outcome"],
        record=record.get("status"),
        dead_letters=len(dead_letters),
        failures=workflow.failures(case.agent or "pdf-adapter"),
    )


def reported(calls):
    """Return what exception-management received: the same in every attempt. `tasks/get` has no payload."""
    payloads = [call["payload"] for call in calls if call["payload"]]
    received = {(payload["event_type"], payload["error_message"].split(":")[0]) for payload in payloads}
    assert len(received) <= 1
    return next(iter(received), None)
