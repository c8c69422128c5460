"""How the tests run: in as many processes as `-n` says, those that share an applied stack in one of them."""

import signal

import pytest
from rich.console import Console

from tests.execution.fault_table import table

# A shell that runs the tests in the background ignores SIGINT, and so would all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Fixtures that take long to make, with the longest tests: these begin first, and the short ones fill up the rest.
STACKS = ("workspaces", "observed_workspace")


def pytest_collection_modifyitems(items):
    """Group the tests by the stack that they use, or by their file."""
    order = []
    for item in items:
        stack = next((stack for stack in STACKS if stack in item.fixturenames), None)
        item.add_marker(pytest.mark.xdist_group(stack or item.path.stem))
        order.append((STACKS.index(stack) if stack else len(STACKS), item))
    items[:] = [item for _, item in sorted(order, key=lambda placed: placed[0])]


def pytest_terminal_summary(terminalreporter):
    """Show the fault matrix, wherever its cases ran."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    outcomes = dict(report.user_properties[0][1] for report in reports if report.user_properties)
    if outcomes:
        Console(width=200).print("", table(outcomes))
