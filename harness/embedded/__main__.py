"""`python -m harness.embedded`: serve the embedded AWS in the foreground."""

import argparse

from harness.child import announce, serve_parent
from harness.embedded.additions import ADDITIONS
from harness.embedded.clock import CLOCK
from harness.embedded.server import HOST, make


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m harness.embedded", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: any free one)")
    parser.add_argument("--speed", type=float, default=1.0, help="virtual seconds per real second (default: 1)")
    parser.add_argument(
        "--without", action="append", default=[], choices=sorted(ADDITIONS), help="addition to leave out"
    )
    parser.add_argument("--end-with-stdin", action="store_true", help="end when standard input is closed")
    arguments = parser.parse_args()
    CLOCK.speed = arguments.speed
    server = make(arguments.port, arguments.without)
    ready = {"endpoint": f"http://{HOST}:{server.port}"}
    serve_parent(ready) if arguments.end_with_stdin else announce(ready)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
