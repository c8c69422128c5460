"""An applied stack as a caller sees it: embedded, or in a real account."""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import urllib3
from botocore.config import Config

from harness.embedded.account import REGION
from harness.errors import HarnessError
from harness.terraform import output

SYNC_SECONDS = 330  # StartSyncExecution responds when the run has ended: 300 s for Express
# Threads may share a client, but not the session that makes it:
# https://boto3.amazonaws.com/v1/documentation/api/latest/guide/session.html#multithreading-or-multiprocessing-with-sessions
_MAKING = threading.Lock()


@dataclass(frozen=True)
class Stack:
    """The outputs of an applied configuration, and the address of its AWS: `endpoint` is None for a real account.

    An output that is an object, like a whole module, counts as the outputs inside it.
    """

    endpoint: str | None
    region: str
    outputs: Mapping[str, Any]

    @classmethod
    def embedded(cls, endpoint: str, outputs: Mapping[str, Any]) -> Stack:
        """Return the stack applied to an embedded AWS."""
        return cls(endpoint, REGION, _flat(outputs))

    @classmethod
    def applied(cls, directory: Path) -> Stack:
        """Return the stack that was applied from a directory to a real account; raises HarnessError."""
        if not directory.is_dir():
            raise HarnessError(f"{directory} is no directory: say DIRECTORY=… of a configuration that is applied.")
        outputs = _flat(output(directory))
        if "state_machine_arn" not in outputs:
            raise HarnessError(f"The configuration in {directory} has no output `state_machine_arn`: is it applied?")
        return cls(None, outputs["state_machine_arn"].split(":")[3], outputs)

    @property
    def state_machine_arn(self) -> str:
        """The ARN that callers start: the alias, where there is one."""
        return self.outputs.get("state_machine_alias_arn") or self.outputs["state_machine_arn"]

    @property
    def definition_arn(self) -> str:
        """The ARN to ask for a run's definition: AWS documents state machines and versions for that, and no alias."""
        return self.outputs.get("state_machine_alias_version_arn") or self.outputs["state_machine_arn"]

    @property
    def poll_seconds(self) -> float:
        """How long to wait until what is under way there is looked at again: a real account throttles who asks often.

        https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
        """
        return 0.05 if self.endpoint else 1.0

    @property
    def document_prefixes(self) -> tuple[str, ...]:
        """Beginnings of the keys of all documents; the empty one where any key is right."""
        return tuple(self.outputs.get("document_prefixes") or ("",))

    def key(self, name: str, source_type: str) -> str:
        """Return the key for a new document of a side: in its folder, under one of `document_prefixes`."""
        inside = f"{source_type}/{name}"
        if inside.startswith(self.document_prefixes):
            return inside
        prefix = self.document_prefixes[0]
        return f"{prefix}{'' if prefix.endswith('/') else '/'}{inside}"

    def client(self, service: str) -> Any:
        """Return a boto3 client of an AWS service, the same one for all threads."""
        with _MAKING:
            return _client(service, self.region, self.endpoint)

    def now(self) -> datetime:
        """Return the time there: that of an embedded AWS may run ahead."""
        if self.endpoint is None:
            return datetime.now(UTC)
        clock = urllib3.request("GET", f"{self.endpoint}/_clock", timeout=SYNC_SECONDS).json()
        return datetime.fromtimestamp(clock["now"], UTC)

    def upload(self, document: Path, source_type: str) -> str:
        """Put a local file into the bucket for documents and return its `s3://` address.

        Raises HarnessError when the stack names no bucket.
        """
        bucket = self.outputs.get("documents_bucket")
        if not bucket:
            raise HarnessError(
                "The stack has no output `documents_bucket`: upload the file and give its s3:// address."
            )
        key = self.key(document.name, source_type)
        self.client("s3").upload_file(str(document), bucket, key)
        return f"s3://{bucket}/{key}"


def _flat(outputs: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in outputs.items():
        is_module = isinstance(value, dict) and "state_machine_arn" in value
        flat |= value if is_module else {name: value}
    return flat


@functools.cache
def _client(service: str, region: str, endpoint: str | None) -> Any:
    # A second try of StartSyncExecution would be a second run.
    settings = Config(
        read_timeout=SYNC_SECONDS,
        retries={"total_max_attempts": 1 if service == "stepfunctions" or endpoint else 5, "mode": "standard"},
        max_pool_connections=64,  # as many runs as are waited for at once
        inject_host_prefix=endpoint is None,  # `sync-` before a local address is none
    )
    return boto3.client(service, region_name=region, endpoint_url=endpoint, config=settings)
