"""How the tests run: in as many processes as `-n` says, those that share an applied stack in one of them."""

import gc
import os
import signal

from hypothesis import settings
from hypothesis.database import DirectoryBasedExampleDatabase
from rich.console import Console
from xdist.scheduler import LoadScopeScheduling

from harness import isolation
from harness.commands.fuzz import FOUND, FUZZING
from tests.execution.fault_table import table

isolation.enter()  # before a test makes a client or starts a process

# Each run of the tests draws the same examples; `make fuzz` draws others, and begins with what it found before.
settings.register_profile("fixed", derandomize=True, database=None)
settings.register_profile("fuzz", database=DirectoryBasedExampleDatabase(FOUND), print_blob=True)
settings.load_profile("fuzz" if FUZZING in os.environ else "fixed")

gc.disable()  # while the tests are collected: what that makes stays until the end

# A shell that runs the tests in the background ignores SIGINT, and so would all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What shares an applied stack, the longest first: these begin first, and the short tests fill up the rest, and the time
# in which Terraform waits. What runs on execution/stack takes so long that two processes apply it, one of them with the
# module's own patience too.
STACKS = {
    "runs": """
        a2a circuit_breaker confidentiality dead_runs environments fault_matrix fuzz ledger probe redrive replies retry
        shown_run time trace versions
    """,
    "both": """
        adversary backfill backlog broken_deferral callbacks deferral identity ingestion long_work readme soak workflow
    """,
    "observed": "metrics_alarms permissions switches terraform_permissions",
    "examples": "examples",
}
STACK_OF = {f"tests/execution/test_{name}.py": stack for stack, names in STACKS.items() for name in names.split()}


def group(nodeid):
    """Name the stack that a test shares, or its file."""
    file, _, _ = nodeid.partition("::")
    return STACK_OF.get(file, file)


def pytest_collection_modifyitems(items):
    """Put the tests of each stack together."""
    order = [*STACKS]
    items.sort(key=lambda item: order.index(name) if (name := group(item.nodeid)) in order else len(order))


def pytest_collection_finish():
    """Look for garbage among what the tests make, and not among what they are made of."""
    gc.freeze()
    gc.enable()


class ByStack(LoadScopeScheduling):
    """Assigns what shares a stack to one process, and all else file by file."""

    def _split_scope(self, nodeid):
        return group(nodeid)


def pytest_xdist_make_scheduler(config, log):
    return ByStack(config, log)


def pytest_terminal_summary(terminalreporter):
    """Show the fault matrix, wherever its cases ran."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    outcomes = dict(report.user_properties[0][1] for report in reports if report.user_properties)
    if outcomes:
        Console(width=200).print("", table(outcomes))
