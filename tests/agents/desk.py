"""The reference agents on an AWS in memory, called as the workflow calls them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.dynamodb.responses import DynamoHandler

from harness.agents.aws import Aws, Settings
from harness.agents.replies import respond
from harness.agents.server import AGENTS
from harness.agents.trade_extraction import trades
from tests.memory import aws_in_memory

BUCKET = "confirmations"
SETTINGS = Settings(region="us-east-1", access_key="local", secret_key="local")  # noqa: S106 - of an AWS in memory


class Desk:
    """Four agents, one bucket and their tables."""

    def __init__(self) -> None:
        self.aws = Aws(SETTINGS)
        self.aws.s3.create_bucket(Bucket=BUCKET)

    def call(self, agent: str, **payload: Any) -> dict[str, Any]:
        return respond(agent, AGENTS[agent], self.aws, payload)

    def upload(self, key: str, content: bytes) -> str:
        self.aws.s3.put_object(Bucket=BUCKET, Key=key, Body=content)
        return f"s3://{BUCKET}/{key}"

    def read(self, content: bytes, source_type: str = "BANK", document_id: str = "d1", **more: Any) -> dict[str, Any]:
        path = self.upload(f"{source_type}/{document_id}.pdf", content)
        return self.call("pdf-adapter", document_path=path, source_type=source_type, document_id=document_id, **more)

    def extract(
        self, content: bytes, source_type: str = "BANK", document_id: str = "d1", **more: Any
    ) -> dict[str, Any]:
        location = self.read(content, source_type, document_id)["canonical_output_location"]
        payload = {"source_type": source_type, "document_id": document_id, **more}
        return self.call("trade-extraction", canonical_output_location=location, **payload)

    def store(self, source_type: str, document_id: str, trade: str) -> None:
        """Put a trade where trade-extraction puts it."""
        trades(self.aws).put({"source_type": source_type, "document": f"{document_id}#", "trade": trade})

    def match(self, source_type: str, document_id: str, **more: Any) -> dict[str, Any]:
        return self.call("trade-matching", source_type=source_type, document_id=document_id, trade_id="T", **more)


@contextmanager
def desk() -> Iterator[Desk]:
    """Open a desk on an empty AWS, whose DynamoDB does one operation at a time, as AWS's own operations are atomic."""
    lock = threading.Lock()
    call_action = DynamoHandler.call_action

    def alone(response: DynamoHandler) -> Any:
        with lock:
            return call_action(response)

    DynamoHandler.call_action = alone
    try:
        with aws_in_memory():
            yield Desk()
    finally:
        DynamoHandler.call_action = call_action
