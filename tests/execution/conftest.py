import contextlib
import functools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.embedded import launch
from harness.embedded.agentcore import runtime_arn
from harness.soak import IMPATIENT
from harness.stack import Stack
from harness.terraform import Workspace
from tests.execution.alarms import fired
from tests.execution.cases import CASES, SESSIONS
from tests.execution.driver import AGENTS, Workflow

CONFIGURATION = Path(__file__).parent / "stack"
OBSERVED = Path(__file__).parent / "observed"

TYPES = ("EXPRESS", "STANDARD")


# Others for each agent of one of the types, so that a mix-up shows; the other type keeps the defaults.
RETRIES = {
    "EXPRESS": {agent: {} for agent in AGENTS},
    "STANDARD": {
        "pdf-adapter": {"max_attempts": 1, "interval_seconds": 2, "backoff_rate": 1.5, "max_delay_seconds": 7},
        "trade-extraction": {"max_attempts": 4, "interval_seconds": 1, "backoff_rate": 2.5, "max_delay_seconds": 3},
        "trade-matching": {"max_attempts": 2, "interval_seconds": 3, "backoff_rate": 1, "max_delay_seconds": 11},
        "exception-management": {"max_attempts": 0},
    },
}

BREAKERS = {
    "EXPRESS": {agent: {} for agent in AGENTS},
    "STANDARD": {
        "pdf-adapter": {"failure_threshold": 7, "open_seconds": 20, "half_open_max_calls": 2},
        "trade-extraction": {"failure_threshold": 8, "open_seconds": 90, "half_open_max_calls": 1},
        "trade-matching": {"failure_threshold": 6, "open_seconds": 35, "half_open_max_calls": 5},
        "exception-management": {"failure_threshold": 3, "open_seconds": 150, "half_open_max_calls": 4},
    },
}

# What holds for one protocol holds for the other.
PROTOCOLS = {"EXPRESS": "HTTP", "STANDARD": "A2A"}


# Room for the slowest agent, which Express does not have.
TIMEOUTS = {"EXPRESS": {}, "STANDARD": {"trade-matching": 400}}

# The slow agents of one of the types have calls shorter than their work, as where calls are cut.
CALLS = {"EXPRESS": {}, "STANDARD": {"pdf-adapter": 50, "trade-matching": 50}}

# The outcome of a fault when patience is over shows at once where there is none.


def variables(kind):
    """Return the configuration's variables: the types of workflow are two environments side by side."""
    return {
        "deferral": IMPATIENT,
        "name": "runs",
        "environment": kind.lower(),
        "workflow_type": kind,
        "agents": {
            agent: {
                "runtime_arn": runtime_arn(agent),
                "standby_runtime_arns": [runtime_arn(agent, "green")],
                "retry": RETRIES[kind][agent],
                "protocol": PROTOCOLS[kind],
                "timeout_seconds": TIMEOUTS[kind].get(agent),
                "call_seconds": CALLS[kind].get(agent),
                "circuit_breaker": BREAKERS[kind][agent],
            }
            for agent in AGENTS
        },
    }


def kind_of(workflow):
    """Return the type of workflow of a stack of `variables`."""
    return workflow.stack.outputs["state_machine_name"].rpartition("-")[2].upper()


@pytest.fixture(scope="session")
def aws():
    """One embedded AWS for all tests that execute something: it leaps, so no run is late on a slow machine."""
    with launch(leaps=True) as endpoint:
        yield endpoint


def applied(aws, configurations):
    """Apply the test configuration with the variables of each type of workflow; its AWS ends with the tests."""

    def apply(settings):
        workspace = Workspace(CONFIGURATION, aws.url, settings)
        workspace.init()
        workspace.apply()
        return workspace

    with contextlib.ExitStack() as stack, ThreadPoolExecutor() as at_once:
        workspaces = [stack.enter_context(workspace) for workspace in at_once.map(apply, configurations.values())]
        yield dict(zip(configurations, workspaces, strict=True))


@pytest.fixture(scope="session")
def workspaces(aws):
    """The test configuration, applied once for each type of workflow."""
    yield from applied(aws, {kind: variables(kind) for kind in TYPES})


PLACES = 20  # of one of the types: the other admits any number

# Agents of one of the types send their replies back.
CALLED_BACK = {"EXPRESS": frozenset(), "STANDARD": frozenset(["exception-management"])}
HEARTBEAT_SECONDS = 20


def patient_variables(kind):
    """Return the variables of an environment with the module's own patience."""
    settings = variables(kind)
    agents = {name: {**agent, "protocol": "HTTP"} for name, agent in settings["agents"].items()}
    for name in CALLED_BACK[kind]:
        agents[name] |= {"completion": "callback", "heartbeat_seconds": HEARTBEAT_SECONDS}
        agents[name] |= {"retry": {}, "circuit_breaker": {}}  # as the fault matrix expects
    places = {"max_concurrent_documents": PLACES} if kind == "EXPRESS" else {}
    return settings | {"environment": f"{kind.lower()[:8]}two", "deferral": {}, "agents": agents} | places


@pytest.fixture(scope="session")
def patient_workspaces(aws):
    """The test configuration with the module's own patience, applied once for each type of workflow."""
    yield from applied(aws, {kind: patient_variables(kind) for kind in TYPES})


@pytest.fixture(params=TYPES)
def patient(request, aws, patient_workspaces):
    """Each type of workflow in turn: one whose documents wait for what is not their fault."""
    yield from _forgetful(_workflow(aws, patient_workspaces[request.param], CALLED_BACK[request.param]))


@pytest.fixture
def patient_standard(aws, patient_workspaces):
    """The patient workflow of type STANDARD, whose agents speak HTTP."""
    yield from _forgetful(_workflow(aws, patient_workspaces["STANDARD"], CALLED_BACK["STANDARD"]))


@pytest.fixture
def admitting(aws, patient_workspaces):
    """The workflow that has places for so many documents at once."""
    yield from _forgetful(_workflow(aws, patient_workspaces["EXPRESS"]))


def _forgetful(workflow):
    """Leave no deferred document to the next test."""
    yield workflow
    workflow.forget_documents()


@pytest.fixture
def express(aws, workspaces):
    return _workflow(aws, workspaces["EXPRESS"])


@pytest.fixture
def versioned(express):
    """The workflow, whose bucket keeps versions while the test runs."""
    s3, bucket = express.stack.client("s3"), express.stack.outputs["documents_bucket"]
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    yield express
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})


@pytest.fixture
def standard(aws, workspaces):
    return _workflow(aws, workspaces["STANDARD"])


@pytest.fixture
def a2a(standard):
    """The workflow whose agents all speak A2A."""
    return standard


@pytest.fixture(params=TYPES)
def workflow(request, aws, workspaces):
    """Each type of workflow in turn, and so each protocol: both pass the same tests."""
    return _workflow(aws, workspaces[request.param])


@pytest.fixture(scope="session")
def observed_workspace(aws):
    """A configuration whose key and runtimes are made in the same apply, and whose provider writes down its calls."""
    # What takes many runs or days by default fires early here.
    alarms = {"sessions_per_second": 0.08, "duration_percent": 10, "dead_letter_age_days": 1, "latency_percent": 20}
    alarms |= {"runtime_throttles": 2, "runtime_errors": 1, "active_sessions": SESSIONS}
    with Workspace(OBSERVED, aws.url, observed_variables(alarms=alarms)) as workspace:
        workspace.log = workspace.copy / "provider.log"
        workspace.init()
        workspace.apply()
        yield workspace


def observed_variables(**others):
    """Return the variables of the observed configuration: everything is on."""
    runtimes = {agent: runtime_arn(agent) for agent in AGENTS}
    return {"runtime_arns": runtimes, "tracing": True, "log_level": "ALL", "log_execution_data": True, **others}


@pytest.fixture
def observed(aws, observed_workspace):
    return _workflow(aws, observed_workspace)


@pytest.fixture(scope="session")
def switched_off(observed_workspace):
    """The same, after logs and traces were switched off on what existed."""
    observed_workspace.set(**observed_variables(tracing=False, log_level="OFF", log_execution_data=False))
    observed_workspace.apply()
    return observed_workspace


@pytest.fixture(scope="session")
def exercised(aws, observed_workspace):
    """The alarms that fired in each case, after all that may happen has happened."""
    workflow = _workflow(aws, observed_workspace)
    workflow.pass_time(3600)  # the sessions of earlier tests have ended
    fired_in = {}
    for name, case in CASES.items():
        workflow.script_all()
        workflow.dead_letters()
        fired_in[name] = fired(workflow, case)
    return fired_in


@functools.cache
def _stack(aws, workspace):
    return Stack.embedded(aws.url, workspace.output())


def _workflow(aws, workspace, called_back=frozenset()):
    workflow = Workflow(_stack(aws, workspace), aws, called_back)
    workflow.script_all()
    workflow.dead_letters()
    return workflow
