"""A headless Chromium: the one on PATH, else the one in the npm package @sparticuz/chromium, kept under build/."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.locks import exclusive
from harness.paths import BUILD
from tests.npm import pack

ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGE, VERSION = "@sparticuz/chromium", "153.0.0"
PACKED = ("chromium", "al2023.tar")  # the executable, and libraries that a machine may lack
UNPACK = (
    "const { createReadStream: from, createWriteStream: to } = require('fs');"
    "from(process.argv[1]).pipe(require('zlib').createBrotliDecompress()).pipe(to(process.argv[2]));"
)
# No sandbox: that needs rights which containers lack, and the pages are our own.
OPTIONS = ("--headless", "--no-sandbox", "--no-zygote", "--disable-gpu", "--remote-debugging-pipe")
# The protocol's pipes are the browser's descriptors 3 and 4.
PIPES = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)


class Page:
    """A page in the browser, through the DevTools protocol. https://chromedevtools.github.io/devtools-protocol/"""

    def __init__(self, send: int, receive: int) -> None:
        self._send, self._receive, self._buffer, self._session = send, receive, b"", None
        self._ids = itertools.count(1)
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._call("Page.enable")

    def open(self, address: str) -> None:
        """Load a page and wait until it is there."""
        self._call("Page.navigate", url=address)
        while self._message().get("method") != "Page.loadEventFired":
            pass

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression, which the page's own policy does not concern."""
        response = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in response, response
        return response["result"].get("value")

    def size(self, width: int, dark: bool = False) -> None:
        """Set the width of the window, in pixels, and the colours that its user prefers."""
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[feature])

    def _call(self, method: str, **params: Any) -> Any:
        call = {"id": next(self._ids), "method": method, "params": params}
        if self._session:
            call["sessionId"] = self._session
        os.write(self._send, json.dumps(call).encode() + b"\0")
        while (message := self._message()).get("id") != call["id"]:
            pass
        assert "error" not in message, message
        return message["result"]

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            read = os.read(self._receive, 65_536)
            assert read, "the browser ended"
            self._buffer += read
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)


@contextlib.contextmanager
def browser(profile: Path) -> Iterator[Page]:
    """Yield a page in a browser of its own. Raises Unavailable without a browser and without npm."""
    executable, libraries = _executable()
    browser_reads, send = os.pipe()
    receive, browser_writes = os.pipe()
    handed_over = (str(browser_reads), str(browser_writes))
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", PIPES, *handed_over, str(executable), *OPTIONS, f"--user-data-dir={profile}"],
        env=os.environ | {"HOME": str(profile), "LD_LIBRARY_PATH": str(libraries)},
        pass_fds=(browser_reads, browser_writes),
        stderr=subprocess.DEVNULL,
    )
    os.close(browser_reads)
    os.close(browser_writes)
    try:
        yield Page(send, receive)
    finally:
        os.close(send)  # the browser ends with its pipe
        process.wait(timeout=60)
        os.close(receive)


def _executable() -> tuple[Path, Path]:
    """Return the browser's executable, and a folder of libraries for it."""
    for name in ON_PATH:
        if found := shutil.which(name):
            return Path(found), Path()
    place = BUILD / "browser" / VERSION
    with exclusive(BUILD / "browser.lock"):
        if not place.exists():
            _fetch(place)
    return place / "chromium", place / "lib"


def _fetch(place: Path) -> None:
    unfinished = place.with_suffix(".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    archive = pack(PACKAGE, VERSION, unfinished)
    with tarfile.open(archive) as package:
        package.extractall(unfinished, filter="data")
    archive.unlink()
    for name in PACKED:
        packed = unfinished / "package" / "bin" / f"{name}.br"
        subprocess.run(["node", "-e", UNPACK, str(packed), str(unfinished / name)], check=True, timeout=300)  # noqa: S603, S607
    with tarfile.open(unfinished / "al2023.tar") as libraries:
        libraries.extractall(unfinished, filter="data")
    (unfinished / "chromium").chmod(0o755)
    shutil.rmtree(unfinished / "package")
    unfinished.rename(place)
