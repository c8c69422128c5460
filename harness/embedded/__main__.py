"""`python -m harness.embedded`: serve the embedded AWS in the foreground."""

import argparse
import contextlib

from harness.child import announce, serve_parent
from harness.embedded import heap
from harness.embedded.account import HOST
from harness.embedded.additions import ADDITIONS
from harness.embedded.admin import set_clock
from harness.embedded.agentcore.operations import CUT
from harness.embedded.agentcore.quotas import QUOTAS
from harness.embedded.reference import hosted
from harness.embedded.server import environment, make


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m harness.embedded", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: any free one)")
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
        "--without", action="append", default=[], choices=sorted(ADDITIONS), help="addition to leave out"
    )
    parser.add_argument("--end-with-stdin", action="store_true", help="end when standard input is closed")
    arguments = parser.parse_args()
    try:
        set_clock({"speed": arguments.speed, "leaps": arguments.leaps})
        QUOTAS.put(dict(map(_quota, arguments.quota)))
        CUT.put(arguments.cut_seconds)
    except ValueError as error:
        parser.error(str(error))
    server = make(arguments.port, arguments.without)
    heap.settle()
    endpoint = f"http://{HOST}:{server.port}"
    with contextlib.suppress(KeyboardInterrupt), hosted(environment(endpoint)):
        (serve_parent if arguments.end_with_stdin else announce)({"endpoint": endpoint})
        server.serve_forever()


def _quota(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    try:
        return name, float(number)
    except ValueError:
        raise ValueError(f"A quota is written NAME=NUMBER, such as new_sessions=25, not {text!r}.") from None


if __name__ == "__main__":
    main()
