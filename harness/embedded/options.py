"""The options of whatever starts an embedded AWS."""

import argparse

from harness.arguments import whole


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options to a command line."""
    parser.add_argument("--port", type=whole(0, 65535), default=0, help="port to listen on (default: any free one)")
    parser.add_argument("--speed", type=float, default=1.0, help="virtual seconds per real second (default: 1)")
    parser.add_argument("--leaps", action="store_true", help="let waits pass at once, when nothing else happens")
    parser.add_argument(
        "--quota",
        action="append",
        default=[],
        metavar="NAME=NUMBER",
        help="quota of AgentCore: new_sessions and requests a second, active_sessions (default: none)",
    )
    parser.add_argument(
        "--cut-seconds", type=float, help="virtual seconds after which a call's connection to an agent is cut"
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="ADDITION",
        help="addition to moto to leave out",
    )
