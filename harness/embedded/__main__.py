"""`python -m harness.embedded`: serve the embedded AWS in the foreground."""

import argparse
import contextlib
from collections.abc import Callable, Mapping

from harness.child import announce, serve_parent
from harness.embedded import heap, options
from harness.embedded.account import HOST, environment
from harness.embedded.admin import set_clock
from harness.embedded.agentcore.operations import CUT
from harness.embedded.agentcore.quotas import QUOTAS
from harness.embedded.reference import hosted
from harness.embedded.server import make


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m harness.embedded", description=__doc__)
    options.add(parser)
    parser.add_argument("--end-with-stdin", action="store_true", help="end when standard input is closed")
    arguments = parser.parse_args()
    try:
        serve(arguments, serve_parent if arguments.end_with_stdin else announce)
    except ValueError as error:
        parser.error(str(error))


def serve(arguments: argparse.Namespace, ready: Callable[[Mapping[str, str]], None]) -> None:
    """Serve until the process is ended or interrupted; `ready` is called once, with the `endpoint`.

    Raises ValueError with a sentence for an option that cannot be used.
    """
    set_clock({"speed": arguments.speed, "leaps": arguments.leaps})
    QUOTAS.put(dict(map(_quota, arguments.quota)))
    CUT.put(arguments.cut_seconds)
    server = make(arguments.port, arguments.without)
    heap.settle()
    endpoint = f"http://{HOST}:{server.port}"
    with contextlib.suppress(KeyboardInterrupt), hosted(environment(endpoint)):
        ready({"endpoint": endpoint})
        server.serve_forever()


def _quota(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    try:
        return name, float(number)
    except ValueError:
        raise ValueError(f"A quota is written NAME=NUMBER, such as new_sessions=25, not {text!r}.") from None


if __name__ == "__main__":
    main()
