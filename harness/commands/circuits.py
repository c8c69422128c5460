"""`make circuits`: shows the state of each agent's circuit, and can reset one."""

from __future__ import annotations

import argparse

from rich.table import Column

from harness import target
from harness.circuits import circuits, reset
from harness.terminal import moment, output, table


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser("circuits", help="show the state of each agent's circuit, or reset one")
    parser.add_argument("--reset", metavar="AGENT", help="close this agent's circuit and forget its failures first")
    target.add_argument(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Reset what is to be reset and show the circuits."""
    stack = target.chosen(args, f"the circuit of {args.reset} is reset there" if args.reset else "")
    if args.reset:
        reset(stack, args.reset)
    shown = table(
        Column("agent", no_wrap=True), "circuit", "failed documents", "last error", "last failure", "probed from"
    )
    for circuit in circuits(stack):
        moments = moment(circuit.failed_at), moment(circuit.probed_from)
        shown.add_row(circuit.agent, circuit.state, str(circuit.failures), circuit.last_error, *moments)
    output().print(shown)
    return 0
