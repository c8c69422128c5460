"""Circuit breakers under concurrency: what reaches a sick agent, and what the table says."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from harness.fault_matrix import ATTEMPTS, THRESHOLD
from tests.execution.conftest import BREAKERS, kind_of
from tests.execution.driver import AGENTS, BREAK, GOOD, TOGETHER
from tests.waiting import until

OPEN_SECONDS = 60
PLACES = 3
DEFAULTS = {"failure_threshold": THRESHOLD, "open_seconds": OPEN_SECONDS, "half_open_max_calls": PLACES}
COUNTED = {"PDFAdapter.CountFailure", "PDFAdapter.CountEarlierFailure"}
STANDING_STILL = 1e-6  # virtual seconds per second
DEAD = {"error": "InternalServerException"}
DENIED = {"error": "AccessDeniedException"}  # is not retried: one failure

# The defaults at one agent, and the settings of each.
CIRCUITS = pytest.mark.parametrize(
    ("workflow", "agent"),
    [("EXPRESS", "pdf-adapter"), *(("STANDARD", agent) for agent in AGENTS)],
    indirect=["workflow"],
)


@pytest.fixture
def breaker(express):
    """The stack in real time: in a faster one, 50 runs at once would time out by themselves."""
    with express.aws.at_speed(1):
        yield express


def wave(workflow, count=TOGETHER):
    """Run documents at once; return their executions and the calls that reached the first agent."""
    before = len(workflow.calls("pdf-adapter"))
    executions = workflow.together([{"document_path": workflow.document()} for _ in range(count)])
    return executions, workflow.calls("pdf-adapter")[before:]


def test_after_the_opening_only_attempts_in_flight_reach_a_dead_agent(breaker):
    breaker.script("pdf-adapter", DEAD)
    executions, calls = wave(breaker)

    # Each run's first attempt may be in flight; another one follows a failure while no other document failed.
    assert THRESHOLD <= len(calls) <= TOGETHER + THRESHOLD - 1
    assert {run.error for run in executions} <= {"BedrockAgentCore.InternalServerException", "CircuitOpen"}
    assert_no_call_read_an_open_circuit(breaker, [run.arn for run in executions])

    executions, calls = wave(breaker, 10)
    assert calls == []
    assert {run.error for run in executions} == {"CircuitOpen"}


def assert_no_call_read_an_open_circuit(workflow, arns):
    """Whoever called the agent asked for its circuit before the failure that opened it was written."""
    events = {arn: workflow.events(arn) for arn in arns}
    failures = sorted(
        min(
            (event.at for event in run if event.type == "TaskStateExited" and event.details["name"] in COUNTED),
            default=float("inf"),
        )
        for run in events.values()
    )
    opened, reads = failures[THRESHOLD - 1], []
    for run in events.values():
        for event in run:
            if event.type == "TaskStateEntered" and event.details["name"] == "PDFAdapter.ReadCircuit":
                read = event.at
            elif event.type == "TaskStateEntered" and event.details["name"] == "PDFAdapter.Call":
                reads.append(read)
    assert max(reads) <= opened


def settings(workflow, agent):
    """Return the variables of an agent's circuit breaker in this stack."""
    return DEFAULTS | BREAKERS[kind_of(workflow)][agent]


def reply(agent):
    """Return a reply that leads the run to exception-management, if it is from the agent before."""
    return {"reply": BREAK if agent == "trade-matching" else GOOD[agent]}


def reach(workflow, agent):
    """Make runs call an agent, which only exceptions do with exception-management."""
    if agent == "exception-management":
        workflow.script("trade-matching", reply("trade-matching"))


@CIRCUITS
def test_a_circuit_opens_at_its_threshold(workflow, agent):
    reach(workflow, agent)
    workflow.script(agent, DENIED)
    workflow.open_circuit(agent, settings(workflow, agent)["failure_threshold"] - 2)
    with workflow.aws.at_speed(1):
        executions = [workflow.process() for _ in range(3)]

    assert [run.error for run in executions] == ["BedrockAgentCore.AccessDeniedException"] * 2 + ["CircuitOpen"]
    circuits = [run.result["workflow_steps"][agent]["circuit"] for run in executions]
    assert circuits == ["CLOSED", "OPENED", "REFUSED"]
    assert len(workflow.calls(agent)) == 2


@CIRCUITS
def test_a_circuit_lets_its_number_of_calls_through_when_its_time_is_over(workflow, agent):
    threshold, open_seconds, places = settings(workflow, agent).values()
    reach(workflow, agent)
    workflow.script(agent, DENIED | {"delay_seconds": 20})
    workflow.open_circuit(agent, threshold)
    with workflow.aws.at_speed(1), ThreadPoolExecutor() as pool:
        workflow.pass_time(open_seconds - 10)
        assert workflow.process().error == "CircuitOpen"
        workflow.pass_time(10)
        probes = []
        for place in range(places):
            probes.append(pool.submit(workflow.process))
            until(lambda taken=place + 1: len(workflow.calls(agent)) == taken)
        assert workflow.process().error == "CircuitOpen"
        workflow.pass_time(20)

    assert {probe.result().error for probe in probes} == {"BedrockAgentCore.AccessDeniedException"}
    assert len(workflow.calls(agent)) == places
    assert workflow.failures(agent) == threshold + places


def test_a_refused_run_says_when_the_circuit_will_be_probed_and_raises_its_exception(express):
    express.open_circuit("trade-matching")
    failed_at = express.circuit("trade-matching")["failed_at"]
    execution = express.process()

    assert execution.error == "CircuitOpen"
    probe_at = execution.result["error_message"].rpartition(" ")[2]
    assert datetime.fromisoformat(probe_at) - datetime.fromisoformat(failed_at) == timedelta(seconds=OPEN_SECONDS)
    (call,) = express.calls("exception-management")
    assert call["payload"]["error_message"].startswith("CircuitOpen")


def test_half_open_lets_three_calls_through_whatever_the_number_of_runs(breaker):
    breaker.open_circuit("pdf-adapter")
    breaker.pass_time(OPEN_SECONDS)
    breaker.script("pdf-adapter", DEAD | {"delay_seconds": 5})
    executions, calls = wave(breaker)

    assert len(calls) == PLACES
    assert [run.error for run in executions].count("CircuitOpen") == TOGETHER - PLACES
    assert breaker.failures("pdf-adapter") == THRESHOLD + PLACES
    _, calls = wave(breaker, 5)
    assert calls == []  # a failed probe opened it again


def test_after_healing_every_circuit_is_closed_and_counts_no_failure(breaker):
    breaker.open_circuit("pdf-adapter")
    breaker.pass_time(OPEN_SECONDS)
    executions, _ = wave(breaker)
    assert {run.error for run in executions} <= {None, "CircuitOpen"}
    assert any(run.error is None for run in executions)

    executions, calls = wave(breaker, 10)
    assert {run.outcome for run in executions} == {"MATCHED"}
    assert len(calls) == 10
    assert breaker.circuit("pdf-adapter").keys() == {"agent", "begun_at", "well_at"}
    assert [breaker.circuit(agent) for agent in AGENTS[1:]] == [{}] * len(AGENTS[1:])


def take_places(workflow):
    """Fill every slot of the half-open circuit with calls that never end."""
    workflow.script("pdf-adapter", {"reply": GOOD["pdf-adapter"], "delay_seconds": 100_000})
    for taken in range(1, PLACES + 1):
        workflow.start({"document_path": workflow.document()})
        until(lambda taken=taken: len(workflow.calls("pdf-adapter")) == taken)


def test_a_run_that_died_while_probing_gives_its_place_back(express):
    express.open_circuit("pdf-adapter")
    express.pass_time(OPEN_SECONDS)
    with express.aws.at_speed(1):
        take_places(express)
        express.kill("*")
    express.script("pdf-adapter", {"reply": GOOD["pdf-adapter"]})
    assert express.process().error == "CircuitOpen"

    express.pass_time(OPEN_SECONDS)
    assert express.process().outcome == "MATCHED"
    assert express.failures("pdf-adapter") == 0


def test_a_probe_whose_claim_was_answered_by_nobody_keeps_its_place(express):
    express.open_circuit("pdf-adapter")
    express.pass_time(OPEN_SECONDS)
    express.fault("dynamodb:UpdateItem:{circuit_table_name}", times=1, after=True)
    assert express.process().outcome == "MATCHED"
    assert len(express.calls("pdf-adapter")) == 1


def test_a_refused_run_of_a_half_open_circuit_says_when_to_come_back(express):
    express.open_circuit("pdf-adapter")
    express.pass_time(OPEN_SECONDS)
    with express.aws.at_speed(1):
        take_places(express)
        now, execution = express.now(), express.process()

    assert execution.error == "CircuitOpen"
    assert execution.result["error_message"].rpartition(" ")[2] > now


@pytest.mark.parametrize(
    ("failures", "behaviour"),
    [
        (0, {"error": "AccessDeniedException"}),
        (THRESHOLD, {"reply": GOOD["pdf-adapter"]}),
        (1, {"reply": GOOD["pdf-adapter"]}),
    ],
    ids=["of a sick agent", "of a probe", "of a healthy answer"],
)
def test_a_write_that_the_table_did_not_take_lets_the_call_through_and_is_reported(express, failures, behaviour):
    if failures:
        express.open_circuit("pdf-adapter", failures)
        express.pass_time(OPEN_SECONDS)
    for operation in ("UpdateItem", "PutItem"):
        express.fault(f"dynamodb:{operation}:{{circuit_table_name}}")
    express.script("pdf-adapter", behaviour)
    execution = express.process()

    assert len(express.calls("pdf-adapter")) == 1
    assert execution.result["workflow_steps"]["pdf-adapter"]["circuit"] == "UNREACHABLE"


@CIRCUITS
def test_a_late_success_does_not_close_a_circuit_that_opened_meanwhile(workflow, agent):
    threshold = settings(workflow, agent)["failure_threshold"]
    reach(workflow, agent)
    workflow.open_circuit(agent, failures=1)
    workflow.script(agent, reply(agent) | {"delay_seconds": 10})
    with workflow.under_way(workflow.new_input(), agent) as run:
        workflow.open_circuit(agent, threshold)

    assert run.result().status == "SUCCEEDED"
    assert workflow.failures(agent) == threshold


def test_a_late_success_does_not_close_a_circuit_when_the_failures_share_a_millisecond(express):
    express.open_circuit("pdf-adapter", failures=1)
    failed_at = express.circuit("pdf-adapter")["failed_at"]
    express.script("pdf-adapter", reply("pdf-adapter") | {"delay_seconds": 10})
    with express.under_way(express.new_input(), "pdf-adapter") as run:
        express.open_circuit("pdf-adapter", failed_at=failed_at)

    assert run.result().outcome == "MATCHED"
    assert express.failures("pdf-adapter") == THRESHOLD


def test_a_success_does_not_close_a_circuit_when_the_failed_calls_began_in_its_millisecond(express):
    express.script("pdf-adapter", reply("pdf-adapter") | {"delay_seconds": 10})
    with ThreadPoolExecutor(1) as pool:
        with express.aws.at_speed(STANDING_STILL):
            express.open_circuit("pdf-adapter", failures=1)
            run = pool.submit(express.run, express.new_input())
            until(lambda: express.calls("pdf-adapter"))
            express.open_circuit("pdf-adapter", begun_at=express.now())
        assert run.result().outcome == "MATCHED"
    assert express.failures("pdf-adapter") == THRESHOLD


def test_a_late_probe_does_not_close_a_circuit_that_another_probe_opened_again(express):
    express.open_circuit("pdf-adapter")
    express.pass_time(OPEN_SECONDS)
    express.script("pdf-adapter", {"reply": GOOD["pdf-adapter"], "delay_seconds": 20}, DEAD)
    with express.under_way({"document_path": express.document()}, "pdf-adapter") as run:
        assert express.process().error == "BedrockAgentCore.InternalServerException"

    assert run.result().outcome == "MATCHED"
    assert express.failures("pdf-adapter") == THRESHOLD + 1


@CIRCUITS
def test_a_success_ends_consecutive_failures_although_an_earlier_call_failed_meanwhile(workflow, agent):
    threshold = settings(workflow, agent)["failure_threshold"]
    reach(workflow, agent)
    workflow.open_circuit(agent, failures=1)
    workflow.script(agent, reply(agent) | {"delay_seconds": 10})
    earlier = workflow.circuit(agent)["begun_at"]
    with workflow.under_way(workflow.new_input(), agent) as run:
        workflow.pass_time(1)
        workflow.open_circuit(agent, threshold - 1, begun_at=earlier)

    assert run.result().status == "SUCCEEDED"
    assert workflow.failures(agent) == 0


def test_a_rejected_document_is_a_healthy_answer_and_closes(express):
    express.open_circuit("pdf-adapter", failures=THRESHOLD - 1)
    express.script("pdf-adapter", {"reply": {"success": False, "error": "no text", "error_type": "NO_TEXT"}})

    assert express.process().error == "AgentRejected"
    assert express.failures("pdf-adapter") == 0


def test_what_aws_refuses_neither_opens_nor_closes(express):
    express.open_circuit("pdf-adapter", failures=THRESHOLD - 1)
    express.script("pdf-adapter", {"error": "ThrottlingException"})

    assert express.process().error == "BedrockAgentCore.ThrottlingException"
    assert express.failures("pdf-adapter") == THRESHOLD - 1


@pytest.mark.parametrize("error", ["ThrottlingException", "RetryableConflictException", "ValidationException"])
def test_a_probe_that_says_nothing_about_the_agent_gives_its_slot_back(express, error):
    express.open_circuit("pdf-adapter")
    express.pass_time(OPEN_SECONDS)
    express.script("pdf-adapter", {"error": error})

    assert express.process().error == f"BedrockAgentCore.{error}"
    assert express.failures("pdf-adapter") == THRESHOLD
    assert [name for name in express.circuit("pdf-adapter") if name.startswith("slot_")] == []
    express.script("pdf-adapter", reply("pdf-adapter"))
    assert express.process().outcome == "MATCHED"


def test_a_document_that_fails_four_times_is_one_failure(express):
    express.script("pdf-adapter", DEAD)
    execution = express.process()

    assert execution.error == "BedrockAgentCore.InternalServerException"
    assert len(express.calls("pdf-adapter")) == ATTEMPTS
    assert express.failures("pdf-adapter") == 1


@pytest.mark.parametrize(("well", "counted"), [(False, 3), (True, 0)], ids=["failed", "was healthy"])
def test_a_failure_counts_unless_the_agent_was_well_in_a_later_call(express, well, counted):
    express.open_circuit("pdf-adapter", failures=1)
    express.script("pdf-adapter", DENIED | {"delay_seconds": 20}, reply("pdf-adapter") if well else DENIED)
    with express.under_way(express.new_input(), "pdf-adapter") as run:
        express.process()

    assert run.result().error == "BedrockAgentCore.AccessDeniedException"
    assert express.failures("pdf-adapter") == counted


def test_a_failure_whose_response_was_lost_counts_once(express):
    express.open_circuit("pdf-adapter", failures=THRESHOLD - 2)
    express.script("pdf-adapter", DENIED)
    express.fault("dynamodb:UpdateItem:{circuit_table_name}", times=1, after=True)
    execution = express.process()

    assert execution.result["workflow_steps"]["pdf-adapter"]["circuit"] == "CLOSED"
    assert express.failures("pdf-adapter") == THRESHOLD - 1


def test_a_table_that_cannot_be_reached_lets_calls_through_and_is_reported(express):
    express.open_circuit("pdf-adapter")
    for operation in ("GetItem", "UpdateItem", "PutItem"):
        express.fault(f"dynamodb:{operation}:{{circuit_table_name}}")
    execution = express.process()

    assert execution.outcome == "MATCHED"
    assert {step["circuit"] for step in execution.result["workflow_steps"].values() if step["attempts"]} == {
        "UNREACHABLE"
    }


def test_a_healthy_call_reads_its_circuit_and_writes_nothing(express):
    execution = express.process()

    entered = [event.details["name"] for event in express.events(execution.arn) if event.type == "TaskStateEntered"]
    assert [name for name in entered if name.startswith("PDFAdapter.")] == [
        "PDFAdapter.ReadCircuit",
        "PDFAdapter.Call",
        "PDFAdapter.StopSession",
    ]
