"""Drives an applied stack in tests as its users do: through AWS's APIs and the embedded AWS's own routes."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Set
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from harness import contract
from harness.circuits import DOCUMENT
from harness.embedded import Endpoint
from harness.fault_matrix import THRESHOLD
from harness.ledger import forget, versions
from harness.report.visits import Event, from_logs
from harness.runs import Execution, run
from harness.stack import Stack
from tests.waiting import finished, until

AGENTS = tuple(contract.AGENTS)
GOOD = {agent: replies["good"] for agent, replies in contract.AGENTS.items()}
BREAK = GOOD["trade-matching"] | {"match_classification": "BREAK"}  # leads to exception-management
LEASE_SECONDS = 360  # as long as an Express run can last, and a minute
TOGETHER = 50  # runs at once


@dataclass(frozen=True)
class Workflow:
    """One applied stack; its agents are those of the embedded AWS and so shared with every other stack in it."""

    stack: Stack
    aws: Endpoint
    called_back: Set[str] = frozenset()  # agents whose replies are awaited as callbacks

    def document(self, source_type: str = "BANK", name: str | None = None, content: bytes = b"%PDF-") -> str:
        """Put a document of a new name into the bucket and return its address."""
        key = f"{source_type}/{name or f'document-{uuid.uuid4()}'}.pdf"
        self.stack.client("s3").put_object(Bucket=self.stack.outputs["documents_bucket"], Key=key, Body=content)
        return f"s3://{self.stack.outputs['documents_bucket']}/{key}"

    def upload(self, key: str, content: bytes = b"%PDF-") -> str:
        """Put an object into the bucket whose uploads start runs; return its version."""
        bucket = self.stack.outputs["uploads_bucket"]
        return self.stack.client("s3").put_object(Bucket=bucket, Key=key, Body=content).get("VersionId", "")

    def backfill(self, **run_input: Any) -> Mapping[str, Any]:
        """Run a backfill and return its finished execution."""
        client = self.stack.client("stepfunctions")
        machine = self.stack.outputs["backfill_state_machine_arn"]
        arn = client.start_execution(stateMachineArn=machine, input=json.dumps(run_input))["executionArn"]
        return finished(client, arn)

    def delivered(self) -> None:
        """Wait until EventBridge has delivered every event, or stopped trying."""
        until(lambda: self.aws.admin("GET", "/_events")["pending"] == 0)

    def new_input(self, source_type: str = "BANK", **fields: Any) -> dict[str, Any]:
        """Put a new document into the bucket and return the input of a run for it."""
        path = self.document(source_type)
        return {"document_path": path, "document_id": path.rpartition("/")[2].removesuffix(".pdf"), **fields}

    def start(self, run_input: Any) -> str:
        """Start a run and return its ARN."""
        client = self.stack.client("stepfunctions")
        return client.start_execution(stateMachineArn=self.stack.state_machine_arn, input=json.dumps(run_input))[
            "executionArn"
        ]

    def run(self, run_input: Any) -> Execution:
        """Start a run and wait for its end."""
        return run(self.stack, run_input)

    def process(self, source_type: str = "BANK", **fields: Any) -> Execution:
        """Run a new document."""
        return self.run(self.new_input(source_type, **fields))

    @contextlib.contextmanager
    def under_way(self, run_input: Any, agent: str) -> Iterator[Future[Execution]]:
        """Start a run, begin the block when it called the agent, and wait for its end after the block.

        Time goes at its own pace until then, so that what the run waits for is not over before the block is.
        """
        before = len(self.calls(agent))
        with ThreadPoolExecutor(1) as pool, self.aws.at_speed(1):
            execution = pool.submit(self.run, run_input)
            until(lambda: len(self.calls(agent)) > before or execution.done())
            yield execution

    def together(self, run_inputs: Iterable[Any]) -> list[Execution]:
        """Run many at once."""
        self.stack.client("stepfunctions")
        with ThreadPoolExecutor(TOGETHER) as pool:
            return list(pool.map(self.run, run_inputs))

    def script(self, agent: str, *behaviours: dict[str, Any]) -> None:
        """Set what an agent replies, one behaviour per call, the last for all further calls."""
        self.aws.admin("PUT", f"/_agents/{agent}", self._sent_back(agent, behaviours))

    def script_for(self, agent: str, match: Mapping[str, str], *behaviours: dict[str, Any]) -> None:
        """Set what an agent replies to the calls whose payload has these fields; others are served as before."""
        self.aws.admin("PUT", f"/_agents/{agent}", {"match": match, "behaviours": self._sent_back(agent, behaviours)})

    def _sent_back(self, agent: str, behaviours: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Have a reply sent back when the work is done, where that is how this workflow gets it."""

        def callbacks(behaviour: dict[str, Any]) -> dict[str, Any]:
            if agent not in self.called_back or "reply" not in behaviour or "callbacks" in behaviour:
                return {}
            seconds = behaviour.get("in_progress", {}).get("seconds", behaviour.get("delay_seconds", 0))
            return {"callbacks": [{"after_seconds": seconds, "success": behaviour["reply"]}]}

        return [behaviour | callbacks(behaviour) for behaviour in behaviours]

    def script_all(self, **behaviours: list[dict[str, Any]]) -> None:
        """Make every agent reply well but those named (with _ for -), and forget what was before."""
        self.aws.admin("DELETE", "/_faults")
        self._forget_runs()
        for agent in AGENTS:
            self.aws.admin("DELETE", f"/_agents/{agent}")
            self.script(agent, *behaviours.get(agent.replace("-", "_"), [{"reply": GOOD[agent]}]))
            self._delete("circuit_table_name", agent={"S": agent})

    def _forget_runs(self) -> None:
        """End what still runs, leave nothing of it to the sweep of dead runs, and empty the queue."""
        self.kill("*")
        self._take_letters()
        claimed = self.stack.client("dynamodb").query(
            TableName=self.stack.outputs["ledger_table_name"],
            IndexName="due",
            KeyConditionExpression="#status = :running",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":running": {"S": "RUNNING"}},
        )
        for item in claimed["Items"]:
            self._delete("ledger_table_name", document=item["document"], version=item["version"])

    def forget_documents(self) -> None:
        """Delete every record, and free every place."""
        forget(self.stack)
        self.stack.client("dynamodb").update_item(
            TableName=self.stack.outputs["circuit_table_name"],
            Key={"agent": {"S": "admission"}},
            UpdateExpression="SET places = :none",
            ExpressionAttributeValues={":none": {"M": {}}},
        )

    def close_circuit(self, agent: str) -> None:
        """Delete an agent's circuit."""
        self._delete("circuit_table_name", agent={"S": agent})

    def _delete(self, table: str, **key: dict[str, str]) -> None:
        self.stack.client("dynamodb").delete_item(TableName=self.stack.outputs[table], Key=key)

    def calls(self, agent: str) -> list[dict[str, Any]]:
        """Return the calls that an agent received."""
        return self.aws.admin("GET", f"/_agents/{agent}")

    def fault(
        self, call: str, code: str | None = "InternalServerError", times: int | None = None, **settings: Any
    ) -> None:
        """Make an AWS call of the state machines fail, or lose only its response, or be late.

        `{output}` in it stands for an output of the stack.
        """
        key = call.format(**self.stack.outputs)
        self.aws.admin("PUT", "/_faults", {key: {"error": code, "times": times, **settings}})

    def circuit(self, agent: str) -> dict[str, Any]:
        """Return what the table holds of an agent's circuit, as plain values; empty if the agent never failed."""
        response = self.stack.client("dynamodb").get_item(
            TableName=self.stack.outputs["circuit_table_name"], Key={"agent": {"S": agent}}, ConsistentRead=True
        )
        return {name: next(iter(value.values())) for name, value in response.get("Item", {}).items()}

    def failures(self, agent: str) -> int:
        """Return how many documents an agent's circuit counts as failed."""
        return sum(name.startswith(DOCUMENT) for name in self.circuit(agent))

    def open_circuit(self, agent: str, failures: int = THRESHOLD, begun_at: str = "", failed_at: str = "") -> None:
        """Make an agent's circuit count so many documents, whose last call began and failed just now."""
        now = self.now()
        marks = {f"{DOCUMENT}{number:016x}": failed_at or now for number in range(failures)}
        values = {"agent": agent, "begun_at": begun_at or now, "failed_at": failed_at or now, **marks}
        item = {name: {"S": value} for name, value in values.items()}
        self.stack.client("dynamodb").put_item(TableName=self.stack.outputs["circuit_table_name"], Item=item)

    def record(self, source_type: str, document_id: str) -> Mapping[str, Any]:
        """Return a document's record in the ledger (its only version's); empty when there is none."""
        return next(iter(versions(self.stack, source_type, document_id)), {})

    def dead_letters(self) -> list[dict[str, Any]]:
        """Take every dead letter off the queue."""
        return [json.loads(body) for body in self._take_letters()]

    def _take_letters(self) -> list[str]:
        client, url, bodies = self.stack.client("sqs"), self.stack.outputs["dead_letter_queue_url"], []
        while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                bodies.append(message["Body"])
                client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    def events(self, execution_arn: str) -> list[Event]:
        """Return what the log group holds of an Express run."""
        pages = (
            self.stack.client("logs")
            .get_paginator("filter_log_events")
            .paginate(logGroupName=self.stack.outputs["log_group_name"], filterPattern=f'"{execution_arn}"')
        )
        return from_logs((event["message"] for page in pages for event in page["events"]), execution_arn)

    def kill(self, execution_arn: str) -> None:
        """End a running Express run, or all for `*`, as the platform would."""
        self.aws.admin("POST", "/_kill", {"execution_arn": execution_arn})

    def now(self) -> str:
        """Return the virtual time as the state machine writes it."""
        return self.stack.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def pass_time(self, seconds: float) -> None:
        """Pass virtual seconds at once."""
        self.aws.admin("PUT", "/_clock", {"skip_seconds": seconds})
