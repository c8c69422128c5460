"""Plays a story on an applied stack: in virtual time, so that the same story takes the same course."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from harness import circuits
from harness.adversary.played import Played, Start, Version
from harness.adversary.standstill import Patience
from harness.adversary.story import REFUSAL, Content, Operation
from harness.asl.limits import EXPRESS_SECONDS
from harness.contract import AGENTS, EXCEPTIONS, SIDES, STEPS
from harness.embedded import Endpoint
from harness.ledger import UNFINISHED, forget, records, written
from harness.redrive import dead_letters, redrive
from harness.stack import Stack

STILL = 1e-6  # virtual seconds in a real one: time passes where it is worked off
AHEAD = dict(zip(SIDES, (0, 240), strict=True))  # seconds by which the clocks of a side's callers are ahead
AGAIN = 30  # seconds until a request comes again
BEYOND = 0.0005  # seconds: what is due after whole ones is over then, not under way while the next thing happens
ROUNDS = 80  # of the settling
SECONDS = 600  # real ones, for a story that takes a few even on a busy machine


class Stage:
    """Plays stories on a stack of type Express in an embedded AWS."""

    def __init__(self, stack: Stack, seconds: float = SECONDS) -> None:
        self._stack, self._aws, self._seconds = stack, Endpoint(stack.endpoint), seconds
        self._bucket = stack.outputs["documents_bucket"]
        self._played = Played("")

    def play(self, story: Sequence[Operation]) -> Played:
        """Play a story to its end, and return its result. Raises StandstillError where that takes too long."""
        self._played = Played(f"t{uuid.uuid4().hex[:10]}")
        self._patience = Patience(self._aws, self._seconds)
        with self._aws.at_speed(STILL):
            self._clean()
            try:
                with self._patience.limited():
                    for operation in story:
                        getattr(self, f"_{operation.kind}")(operation)
                    self._settle()
                    self._probe()
                    self._collect()
            finally:
                self._clean()
        return self._played

    # What happens.

    def _versioning(self, operation: Operation) -> None:
        self._stack.client("s3").put_bucket_versioning(
            Bucket=self._bucket, VersioningConfiguration={"Status": operation.value}
        )
        self._keeps = operation.value == "Enabled"

    def _upload(self, operation: Operation) -> None:
        played, document, content = self._played, operation.document, operation.value
        body = f"%PDF-{played.tag}-{content.number}".encode()
        response = self._stack.client("s3").put_object(Bucket=self._bucket, Key=played.key(document), Body=body)
        version = response.get("VersionId")
        id_ = version if version and version != "null" else response["ETag"].strip('"')
        earlier = played.versions[document]
        earlier.append(Version(id_, content))
        path = {"document_path": self._path(document)}
        # An agent that is called without a version reads the latest one.
        self._script(STEPS[0], path | {"document_version": None}, [self._read(content)])
        for version in earlier[:-1]:
            gone = [REFUSAL] if not self._keeps else [self._read(version.content)]
            self._script(STEPS[0], path | {"document_version": version.id}, gone)
        self._script(STEPS[0], path | {"document_version": id_}, self._behaviours(STEPS[0], content))
        for agent, match in ((STEPS[1], self._canonical(content)), (STEPS[2], self._trade(content))):
            self._script(agent, match, self._behaviours(agent, content))

    def _delete(self, operation: Operation) -> None:
        document = operation.document
        self._stack.client("s3").delete_object(Bucket=self._bucket, Key=self._played.key(document))
        for version in [] if self._keeps else self._played.versions[document]:
            match = {"document_path": self._path(document), "document_version": version.id}
            self._script(STEPS[0], match, [REFUSAL])

    def _start(self, operation: Operation) -> None:
        document, settings = operation.document, dict(operation.settings)
        times, version = settings.pop("times", 1), settings.pop("version", None)
        run_input = {"document_path": self._path(document), "document_id": self._played.name(document), **settings}
        if version and (requested := self._named_version(document, version)):
            run_input["document_version"] = requested
        if settings.get("reprocess"):
            run_input["requested_at"] = self._now(AHEAD[self._played.side(document)])
        for number in range(times):
            if number and settings.get("reprocess"):
                self._pass(AGAIN)
            self._begin(document, run_input | {"correlation_id": f"s{len(self._played.starts)}"})

    def _event(self, operation: Operation) -> None:
        """Deliver the event of an upload, late or more than once."""
        if version := self._named_version(operation.document, operation.value):
            content = {"version-id": version} if self._keeps and len(version) != 32 else {"etag": version}
            place = {
                "bucket": {"name": self._bucket},
                "object": {"key": self._played.key(operation.document), **content},
            }
            for _ in range(operation.settings.get("times", 1)):
                event = {"source": "aws.s3", "detail-type": "Object Created", "detail": place}
                self._begin(operation.document, event | {"id": f"s{len(self._played.starts)}"})

    def _start_all(self, _: Operation) -> None:
        for document in list(self._played.versions):
            self._start(Operation("start", document))

    def _repeat(self, operation: Operation) -> None:
        """Start once more what was started earlier, as callers do that got no response."""
        field_name = "reprocess" if operation.settings.get("command") else "document_path"
        starts = [start for start in self._played.starts[::-1] if field_name in start.run_input]
        for start in starts[operation.value % len(starts) :][:1] if starts else ():
            self._begin(start.document, start.run_input)

    def _named_version(self, document: int, version: str) -> str | None:
        versions = self._played.versions[document]
        match version:
            case "made-up":
                return "1"
            case "null":
                return "null"
            case "etag":
                with contextlib.suppress(ClientError):
                    head = self._stack.client("s3").head_object(Bucket=self._bucket, Key=self._played.key(document))
                    return head["ETag"]
                return None
        return versions[0 if version == "first" else -1].id if versions else None

    def _begin(self, document: int | None, run_input: Mapping[str, Any]) -> None:
        with contextlib.suppress(ClientError):  # struck by a fault
            arn = self._stack.client("stepfunctions").start_execution(
                stateMachineArn=self._stack.state_machine_arn, input=json.dumps(run_input)
            )["executionArn"]
            correlation_id = str(run_input.get("correlation_id") or run_input.get("id", ""))
            self._played.starts.append(Start(document, correlation_id, arn, run_input))

    def _replay(self, operation: Operation) -> None:
        """Start what a dead letter holds, as a queue does that delivers it once more, whatever happened since."""
        self._note_dead_letters()
        if self._played.dead_letters:
            dead_letter = self._played.dead_letters[operation.value % len(self._played.dead_letters)]
            for _ in range(operation.settings.get("times", 1)):
                self._begin(None, dead_letter["input"])

    def _note_dead_letters(self) -> None:
        with dead_letters(self._stack) as found:
            self._played.dead_letters += [one.content for one in found if one.content not in self._played.dead_letters]

    def _redrive(self, _: Operation) -> None:
        self._note_dead_letters()
        with dead_letters(self._stack) as found, self._aws.at_speed(STILL, leaps=True):
            for _ in redrive(self._stack, found, 5):
                self._patience.remaining()
        self._pass(0.01)
        self._note_dead_letters()

    def _kill(self, operation: Operation) -> None:
        for start in self._played.starts[::-1][operation.value : operation.value + 1]:
            with contextlib.suppress(ValueError):  # it had ended
                self._aws.admin("POST", "/_kill", {"execution_arn": start.arn})
                self._played.killed.add(start.name)

    def _fault(self, operation: Operation) -> None:
        fault = dict(operation.settings)
        self._aws.admin("PUT", "/_faults", {fault.pop("call").format(**self._stack.outputs): fault})

    def _outage(self, operation: Operation) -> None:
        """Make an agent fail for all documents."""
        for side in SIDES:
            self._script(operation.settings["agent"], {"source_type": side}, [operation.settings["behaviour"]])

    def _recover(self, _: Operation | None = None) -> None:
        """End all faults of AWS and of the agents."""
        self._aws.admin("DELETE", "/_faults")
        for side in SIDES:
            self._script(EXCEPTIONS, {"source_type": side}, [{"reply": AGENTS[EXCEPTIONS]["good"]}])
        for agent in STEPS:
            for side in SIDES:
                self._script(agent, {"source_type": side, "document_id": ""}, [REFUSAL])
        for document, versions in self._played.versions.items():
            for version in versions:
                content, path = version.content, {"document_path": self._path(document)}
                is_there = self._keeps or version is versions[-1]
                match = path | {"document_version": version.id}
                self._script(STEPS[0], match, [self._read(content) if is_there else REFUSAL])
                self._script(STEPS[1], self._canonical(content), self._behaviours(STEPS[1], content)[-1:])
                self._script(STEPS[2], self._trade(content), self._behaviours(STEPS[2], content)[-1:])

    def _wait(self, operation: Operation) -> None:
        self._pass(operation.value)

    # How it ends.

    def _settle(self) -> None:
        """Let agents recover, and time go by until no document waits or runs."""
        self._recover()
        self._pass(EXPRESS_SECONDS)  # a run that has no record is not seen, and time must not be skipped under it
        for _ in range(ROUNDS):
            unfinished = [one for one in self._records() if one["status"] in UNFINISHED]
            if not unfinished:
                return
            due = [one["due_at"] for one in unfinished if one.get("due_at")]
            seconds = (datetime.fromisoformat(min(due)) - self._stack.now()).total_seconds() if due else 0
            if seconds > 90:
                self._aws.admin("PUT", "/_clock", {"skip_seconds": seconds - 30})
            self._pass(61)

    def _probe(self) -> None:
        """Send one more document once every circuit had time to let it through."""
        self._pass(150)
        document = 10_000 // 6 * 6
        self._upload(Operation("upload", document, Content(document, "MATCHED", True, {}, 0)))
        self._start(Operation("start", document))
        self._pass(30)
        self._played.probe = self._played.name(document)

    def _collect(self) -> None:
        played = self._played
        self._note_dead_letters()
        with dead_letters(self._stack) as found:
            played.remaining = [one.content for one in found]
        played.records = self._records()
        played.calls = {agent: self._aws.admin("GET", f"/_agents/{agent}") for agent in AGENTS}
        played.circuits, played.ended_at = self._circuits(), self._stack.now().timestamp() * 1000

    def _clean(self) -> None:
        """Leave nothing of a story to the next one, or to another test."""
        self._versioning(Operation("versioning", value="Suspended"))
        self._aws.admin("DELETE", "/_faults")
        self._aws.admin("POST", "/_kill", {"execution_arn": "*"})
        client, outputs = self._stack.client("dynamodb"), self._stack.outputs
        forget(self._stack)
        with contextlib.suppress(ClientError):  # there are no places
            client.update_item(
                TableName=outputs["circuit_table_name"],
                Key={"agent": {"S": "admission"}},
                UpdateExpression="SET places = :none",
                ConditionExpression="attribute_exists(places)",
                ExpressionAttributeValues={":none": {"M": {}}},
            )
        with dead_letters(self._stack) as found:
            for dead_letter in found:
                self._stack.client("sqs").delete_message(
                    QueueUrl=outputs["dead_letter_queue_url"], ReceiptHandle=dead_letter.receipt
                )
        for agent in AGENTS:
            self._aws.admin("DELETE", f"/_agents/{agent}")
            self._aws.admin(
                "PUT", f"/_agents/{agent}", [{"reply": AGENTS[agent]["good"]} if agent == EXCEPTIONS else REFUSAL]
            )
            circuits.reset(self._stack, agent)
        self._forget_logs()

    def _forget_logs(self) -> None:
        """Delete what has been logged: nobody reads it, and an hour of it is more than the memory holds."""
        logs, group = self._stack.client("logs"), self._stack.outputs["log_group_name"]
        for found in logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            name = found["logGroupName"]
            while streams := logs.describe_log_streams(logGroupName=name)["logStreams"]:
                for stream in streams:
                    logs.delete_log_stream(logGroupName=name, logStreamName=stream["logStreamName"])

    # What agents return.

    def _script(self, agent: str, match: Mapping[str, str], behaviours: Sequence[Mapping[str, Any]]) -> None:
        self._aws.admin(
            "PUT", f"/_agents/{agent}", {"match": dict(match), "behaviours": [dict(one) for one in behaviours]}
        )

    def _behaviours(self, agent: str, content: Content) -> list[Mapping[str, Any]]:
        reply: Callable[[Content], Mapping[str, Any]] = {
            STEPS[0]: self._read,
            STEPS[1]: lambda one: {"reply": AGENTS[STEPS[1]]["good"] | self._trade(one), "delay_seconds": one.slow},
            STEPS[2]: self._match,
        }[agent]
        return [*content.faults.get(agent, ()), reply(content)]

    def _read(self, content: Content) -> Mapping[str, Any]:
        return {"reply": AGENTS[STEPS[0]]["good"] | self._canonical(content), "delay_seconds": content.slow}

    def _match(self, content: Content) -> Mapping[str, Any]:
        trade = self._trade(content)["trade_id"]
        if trade not in self._played.matches:
            reply = AGENTS[STEPS[2]]["good"] | {"match_classification": content.classification}
            self._played.matches[trade] = reply | self._matched(content)
        return {"reply": self._played.matches[trade], "delay_seconds": content.slow}

    def _matched(self, content: Content) -> dict[str, Any]:
        """Return what trade-matching returns about the bank's document when the counterparty's matches."""
        for document, versions in self._played.versions.items():
            bank = self._played.versions.get(document - 1)
            is_counterparty = versions and content is versions[-1].content and self._played.side(document) == SIDES[1]
            if bank and is_counterparty and content.classification == "MATCHED":
                named = {"matched_document_version": bank[-1].id} if content.names_version else {}
                return {"matched_document_id": self._played.name(document - 1)} | named
        return {}

    def _canonical(self, content: Content) -> dict[str, str]:
        return {"canonical_output_location": f"s3://{self._bucket}/canonical/{self._played.tag}-{content.number}.json"}

    def _trade(self, content: Content) -> dict[str, str]:
        return {"trade_id": f"{self._played.tag}-{content.number}"}

    # Where things are, what is recorded, and how time passes.

    def _path(self, document: int) -> str:
        return f"s3://{self._bucket}/{self._played.key(document)}"

    def _records(self) -> list[Mapping[str, Any]]:
        return [one for one in records(self._stack) if self._played.tag in one["document"]]

    def _now(self, ahead: int) -> str:
        return written(self._stack.now() + timedelta(seconds=ahead))

    def _pass(self, seconds: float) -> None:
        """Pass time, and note the records after it, and which half-open slots were not released."""
        moment = self._aws.work_off(seconds + BEYOND, self._patience.remaining())
        for agent, item in self._circuits().items():
            leases = [value for name, value in item.items() if name.startswith("slot_")]
            self._played.slots += [(agent, lease.partition(" ")[2], moment) for lease in leases]
        self._played.seen += self._records()

    def _circuits(self) -> dict[str, Mapping[str, Any]]:
        table = self._stack.outputs["circuit_table_name"]
        found = self._stack.client("dynamodb").scan(TableName=table, ConsistentRead=True)["Items"]
        return {
            item["agent"]["S"]: {name: next(iter(value.values())) for name, value in item.items()} for item in found
        }
