"""A plugin for pytest: an embedded AWS, its clients, and somebody's Terraform applied to it.

The distribution registers it, so that pytest loads it wherever that is installed: nothing heavy is imported before a
test uses a fixture.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.version import install

if TYPE_CHECKING:
    from harness.pytest_plugin.aws import EmbeddedAws
    from harness.terraform import Workspace


@pytest.fixture(scope="session")
def embedded_aws() -> Iterator[EmbeddedAws]:
    """Run an embedded AWS for all tests, in which waits pass at once; while it runs, any AWS SDK here talks to it.

    The environment's own AWS settings do not count until it ends, so that no test reaches a real account.
    """
    from harness.isolation import LOCAL, NOWHERE, SET

    try:
        from harness.embedded.account import environment
        from harness.pytest_plugin.aws import launched
    except ModuleNotFoundError as error:
        pytest.fail(f"An embedded AWS needs {error.name}: {install('harness')}.", pytrace=False)
    with pytest.MonkeyPatch.context() as patched:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patched.delenv(name)
        for name, value in {**SET, **environment(NOWHERE), "NO_PROXY": LOCAL, "no_proxy": LOCAL}.items():
            patched.setenv(name, value)
        with launched() as aws:
            patched.setenv("AWS_ENDPOINT_URL", aws.url)
            yield aws


@pytest.fixture(scope="session")
def embedded_aws_clients(embedded_aws: EmbeddedAws) -> Callable[[str], Any]:
    """Return a boto3 client of the embedded AWS by the name of its service."""
    clients: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in clients:
            clients[service] = embedded_aws.client(service)
        return clients[service]

    return client


@pytest.fixture(scope="session")
def terraform_workspace(embedded_aws: EmbeddedAws) -> Iterator[Callable[..., Workspace]]:
    """Return a Terraform configuration in a scratch copy, initialised for the embedded AWS, its state beside it.

    It is called with the configuration's directory and its variables by name, and with `root` where the configuration
    reads files around it, such as modules: a directory that holds them all.
    """
    from harness.terraform import Workspace

    with contextlib.ExitStack() as workspaces:

        def workspace(directory: str | Path, root: str | Path | None = None, **variables: Any) -> Workspace:
            created = Workspace(Path(directory), embedded_aws.url, variables, root and Path(root))
            workspaces.enter_context(created)
            local = {"terraform": {"backend": {"local": {}}}}
            (created.path / "local_state_override.tf.json").write_text(json.dumps(local))
            created.init()
            return created

        yield workspace
