"""Drives an applied stack in tests as its users do: through AWS's APIs and the embedded AWS's own routes."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import Any

from harness.embedded import Endpoint
from harness.runs import Ended, run
from harness.stack import Stack

AGENTS = ("pdf-adapter", "trade-extraction", "trade-matching", "exception-management")
GOOD = {
    "pdf-adapter": {"success": True, "canonical_output_location": "s3://bucket/extracted/BANK/x.json"},
    "trade-extraction": {"success": True, "trade_id": "T-1"},
    "trade-matching": {"success": True, "match_classification": "MATCHED", "confidence_score": 92.5},
    "exception-management": {"success": True, "exception_id": "E-1"},
}
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Workflow:
    """One applied stack; its agents are those of the embedded AWS and so shared with every other stack in it."""

    stack: Stack
    aws: Endpoint

    def document(self, source_type: str = "BANK", name: str | None = None, content: bytes = b"%PDF-") -> str:
        """Put a document of a new name into the bucket and give its address."""
        key = f"{source_type}/{name or f'document-{next(_numbers)}'}.pdf"
        self.stack.client("s3").put_object(Bucket=self.stack.outputs["documents_bucket"], Key=key, Body=content)
        return f"s3://{self.stack.outputs['documents_bucket']}/{key}"

    def start(self, run_input: Any) -> str:
        """Start a run and give its ARN."""
        client = self.stack.client("stepfunctions")
        return client.start_execution(stateMachineArn=self.stack.state_machine_arn, input=json.dumps(run_input))[
            "executionArn"
        ]

    def run(self, run_input: Any) -> Ended:
        """Start a run and wait for its end."""
        return run(self.stack, run_input)

    def process(self, source_type: str = "BANK", **fields: Any) -> Ended:
        """Run a new document."""
        return self.run({"document_path": self.document(source_type), **fields})

    def script(self, agent: str, *behaviours: dict[str, Any]) -> None:
        """Say what an agent answers, one behaviour per call, the last for all further calls."""
        self.aws.admin("PUT", f"/_agents/{agent}", list(behaviours))

    def script_all(self, **behaviours: list[dict[str, Any]]) -> None:
        """Let every agent answer well but those named (with _ for -), and forget all calls and circuits."""
        for agent in AGENTS:
            self.aws.admin("DELETE", f"/_agents/{agent}")
            self.script(agent, *behaviours.get(agent.replace("-", "_"), [{"reply": GOOD[agent]}]))
        table = self.stack.outputs["circuit_table_name"]
        for agent in AGENTS:
            self.stack.client("dynamodb").delete_item(TableName=table, Key={"agent": {"S": agent}})

    def calls(self, agent: str) -> list[dict[str, Any]]:
        """Give the calls that an agent received."""
        return self.aws.admin("GET", f"/_agents/{agent}")

    def record(self, source_type: str, document_id: str) -> dict[str, Any]:
        """Give a document's record in the ledger (its only version's), as plain values; empty when there is none."""
        items = self.stack.client("dynamodb").query(
            TableName=self.stack.outputs["ledger_table_name"],
            KeyConditionExpression="document = :document",
            ExpressionAttributeValues={":document": {"S": f"{source_type}#{document_id}"}},
            ConsistentRead=True,
        )["Items"]
        return {name: next(iter(value.values())) for name, value in items[0].items()} if items else {}

    def dead_letters(self) -> list[dict[str, Any]]:
        """Take every dead letter off the queue."""
        client, url, letters = self.stack.client("sqs"), self.stack.outputs["dead_letter_queue_url"], []
        while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                letters.append(json.loads(message["Body"]))
                client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return letters
