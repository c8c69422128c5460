"""An AWS embedded in a local process: moto and what it lacks."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
import urllib3
from botocore.config import Config

from harness.child import Child
from harness.embedded.account import REGION

RESPONSE_SECONDS = 60  # on a machine that is busy; urllib3's own limit is 3
WORK_SECONDS = 3600  # for which a stretch of virtual time may keep the machine busy


@dataclass(frozen=True)
class Endpoint:
    """An embedded AWS that listens at `url`."""

    url: str
    process: int | None = None  # its process id, where this process began it

    def client(self, service: str) -> Any:
        """Make a boto3 client that tries each call once."""
        return boto3.client(
            service,
            REGION,
            endpoint_url=self.url,
            aws_access_key_id="embedded",
            aws_secret_access_key="embedded",  # noqa: S106 - no secret: nothing checks it
            config=Config(inject_host_prefix=False, max_pool_connections=64, retries={"total_max_attempts": 1}),
        )

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """Call one of the embedded AWS's own routes, such as `GET /_clock`. Raises ValueError with what it refuses."""
        return self._request(method, path, body, RESPONSE_SECONDS)

    def _request(self, method: str, path: str, body: Any, timeout: float) -> Any:
        text = None if body is None else json.dumps(body)
        response = urllib3.request(method, self.url + path, body=text, timeout=timeout, retries=False)
        result = json.loads(response.data)
        if response.status != 200:
            raise ValueError(result["error"])
        return result

    def work_off(self, seconds: float, timeout: float = WORK_SECONDS) -> float:
        """Pass virtual seconds as fast as the work that falls due in them permits, and wait until it is done.

        Return the virtual time then. Raises urllib3's TimeoutError after `timeout` real seconds.
        """
        return self._request("PUT", "/_clock", {"work_off_seconds": seconds}, timeout)["now"]

    @contextlib.contextmanager
    def at_speed(self, speed: float, leaps: bool = False) -> Iterator[None]:
        """Run the virtual clock at this speed, with or without auto-advance, while the block runs."""
        before = self.admin("GET", "/_clock")
        self.admin("PUT", "/_clock", {"speed": speed, "leaps": leaps})
        try:
            yield
        finally:
            self.admin("PUT", "/_clock", {name: before[name] for name in ("speed", "leaps")})


@contextlib.contextmanager
def launch(
    port: int = 0,
    speed: float = 1.0,
    leaps: bool = False,
    without: Sequence[str] = (),
    quotas: Mapping[str, float] | None = None,
    cut_seconds: float | None = None,
) -> Iterator[Endpoint]:
    """Run an embedded AWS in a process of its own while the block runs.

    `port` 0 means any free one; `speed` is how many virtual seconds pass in a real one; with `leaps` (auto-advance)
    waits pass at once; `without` names additions to leave out; `quotas` limits AgentCore, such as {"new_sessions": 25};
    `cut_seconds` is after how many virtual seconds the connection of a call to an agent is cut. Raises RuntimeError
    when it does not start.
    """
    arguments = ["--port", str(port), "--speed", str(speed), "--end-with-stdin", *(["--leaps"] if leaps else [])]
    arguments += [argument for name in without for argument in ("--without", name)]
    arguments += [argument for name, limit in (quotas or {}).items() for argument in ("--quota", f"{name}={limit}")]
    arguments += [] if cut_seconds is None else ["--cut-seconds", str(cut_seconds)]
    with Child("harness.embedded", *arguments) as process:
        yield Endpoint(process.ready()["endpoint"], process.id)
