"""An AWS embedded in a local process: moto and what it lacks."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.child import Child


@dataclass(frozen=True)
class Endpoint:
    """Where an embedded AWS answers."""

    url: str


@contextlib.contextmanager
def launch(port: int = 0, speed: float = 1.0, without: Sequence[str] = ()) -> Iterator[Endpoint]:
    """Run an embedded AWS in a process of its own while the block runs.

    `port` 0 takes any free one; `speed` is how many virtual seconds pass in a real one; `without` names additions to
    leave out. Raises RuntimeError when it does not start.
    """
    arguments = ["--port", str(port), "--speed", str(speed), "--end-with-stdin"]
    arguments += [argument for name in without for argument in ("--without", name)]
    with Child("harness.embedded", *arguments) as process:
        yield Endpoint(process.ready()["endpoint"])
