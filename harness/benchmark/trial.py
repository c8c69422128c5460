"""Documents sent through a stack on an embedded AWS whose clock is stopped while anything works.

Virtual time passes only where all work of the moment before is done, so a slow or busy machine changes no figure.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from harness import circuits
from harness.contract import AGENTS, EXCEPTIONS, STEPS
from harness.embedded import Endpoint, launch
from harness.ledger import UNFINISHED, forget, records
from harness.stack import Stack
from harness.terraform import Workspace

Behaviour = dict[str, Any]  # as the embedded AWS accepts it

# How long an agent works, as their owners measured it, and the quota of new sessions a second that AWS sets.
SECONDS: Mapping[str, float] = dict(zip(AGENTS, (67, 32, 60, 15), strict=True))
NEW_SESSIONS = 25
ONE_RUN = sum(SECONDS[agent] for agent in STEPS)

_CONFIGURATION = Path(__file__).parent / "stack"
_STANDS = 1e-6  # virtual seconds in a real one
_SWEEP = 60  # virtual seconds from sweep to sweep, as the schedule has it
_STEP = 20  # virtual seconds between looks at the ledger
_HOURS = 5  # longer than any document waits
_AT_ONCE = 50  # requests of the client
_READ_ONLY = {"Arn", "CreationDate", "LastModificationDate", "ResponseMetadata", "State"}  # of a schedule


@dataclass(frozen=True)
class Figures:
    """The outcomes of a trial's documents; times are virtual seconds since it began."""

    records: Mapping[str, Mapping[str, Any]]  # by document id
    calls: Mapping[str, list[Mapping[str, Any]]]  # that reached each agent, each with its time
    attempts: int  # new sessions that were requested, refused ones among them
    throttled: int
    dead_letters: int
    seconds: float  # until the last document was done
    began: float

    @property
    def right(self) -> int:
        """How many documents processed correctly."""
        return sum(record.get("outcome") == "MATCHED" for record in self.records.values())

    @property
    def exceptions(self) -> int:
        """How many exceptions were raised."""
        return len({call["payload"]["idempotency_key"] for call in self.calls[EXCEPTIONS]})

    def done(self, document: str) -> float:
        """Return when a document was done."""
        return datetime.fromisoformat(self.records[document]["finished_at"]).timestamp() - self.began


class Trial:
    """One trial on an applied stack: documents are started, time passes, the figures are read."""

    def __init__(self, aws: Endpoint, stack: Stack, seconds: Mapping[str, float] = SECONDS) -> None:
        self._aws, self.stack, self._agent_seconds = aws, stack, seconds
        aws.admin("DELETE", "/_quotas")
        aws.admin("PUT", "/_quotas", {"new_sessions": NEW_SESSIONS})
        for agent in AGENTS:
            aws.admin("DELETE", f"/_agents/{agent}")
            self.recover(agent)
        forget(stack)
        self.forget_circuits()
        self.began = self._now()
        self._sweep_at = self.began

    @property
    def seconds(self) -> float:
        """How long the trial has lasted."""
        return self._now() - self.began

    def forget_circuits(self) -> None:
        """Reset every circuit."""
        for agent in AGENTS:
            circuits.reset(self.stack, agent)

    def script(self, agent: str, *behaviours: Behaviour, **match: str) -> None:
        """Set the behaviour of an agent from now on, or for the calls that match."""
        body: Any = {"match": match, "behaviours": list(behaviours)} if match else list(behaviours)
        self._aws.admin("PUT", f"/_agents/{agent}", body)

    def recover(self, agent: str) -> None:
        """Make an agent healthy from now on."""
        self.script(agent, self.good(agent))

    def good(self, agent: str) -> Behaviour:
        """Return what an agent does when it is healthy."""
        return {"reply": AGENTS[agent]["good"], "delay_seconds": self._agent_seconds[agent]}

    def start(self, *documents: str, side: str = "BANK") -> list[str]:
        """Start documents at this moment, none of which exists yet, and return the ARNs of their executions."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(lambda document: self._start(document, side), documents))

    def put(self, *documents: str) -> None:
        """Put documents into the bucket as fast as it accepts them."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self._put, documents))

    def _put(self, document: str, side: str = "BANK") -> str:
        bucket, key = self.stack.outputs["documents_bucket"], f"{side}/{document}.pdf"
        self.stack.client("s3").put_object(Bucket=bucket, Key=key, Body=b"%PDF-")
        return f"s3://{bucket}/{key}"

    def _start(self, document: str, side: str) -> str:
        return self._execute(self.stack.state_machine_arn, {"document_path": self._put(document, side)})

    def _execute(self, machine: str, run_input: Any) -> str:
        client = self.stack.client("stepfunctions")
        return client.start_execution(stateMachineArn=machine, input=json.dumps(run_input))["executionArn"]

    def kill(self, execution: str) -> None:
        """End a running Express execution as the platform would."""
        self._aws.admin("POST", "/_kill", {"execution_arn": execution})

    def pass_time(self, seconds: float) -> None:
        """Pass time, with a sweep each minute."""
        end = self._now() + seconds
        while (remaining := end - self._now()) > 0.001:
            if self._now() >= self._sweep_at:
                self._execute(f"{self.stack.outputs['state_machine_arn']}-sweep", {})
                self._sweep_at += _SWEEP
            self._aws.work_off(min(remaining, max(self._sweep_at - self._now(), 0.001)))

    def finish(self, over: Callable[[], bool] = lambda: True) -> Figures:
        """Pass time until no document is under way or waits and it is over, and return the figures."""
        while self.seconds < _HOURS * 3600:
            self.pass_time(_STEP)
            found = list(records(self.stack))
            if not any(record["status"] in UNFINISHED for record in found) and over():
                break
        quota = self._aws.admin("GET", "/_quotas")["new_sessions"]
        by_id = {record["document_id"]: record for record in found}
        finished = [datetime.fromisoformat(record["finished_at"]).timestamp() for record in found]
        return Figures(
            records=by_id,
            calls={agent: self._aws.admin("GET", f"/_agents/{agent}") for agent in AGENTS},
            attempts=quota["calls"],
            throttled=quota["throttled"],
            dead_letters=self._dead_letters(),
            seconds=max(finished, default=self.began) - self.began,
            began=self.began,
        )

    def _dead_letters(self) -> int:
        client, queue, count = self.stack.client("sqs"), {"QueueUrl": self.stack.outputs["dead_letter_queue_url"]}, 0
        while messages := client.receive_message(**queue, MaxNumberOfMessages=10).get("Messages", []):
            count += len(messages)
            for message in messages:
                client.delete_message(**queue, ReceiptHandle=message["ReceiptHandle"])
        return count

    def _now(self) -> float:
        return self._aws.admin("GET", "/_clock")["now"]


@contextlib.contextmanager
def applied(**settings: Any) -> Iterator[tuple[Endpoint, Stack]]:
    """Yield the module, applied with these settings, on an embedded AWS whose clock is stopped while anything works."""
    from harness.embedded.agentcore import runtime_arn  # brings in moto, which takes its time

    variables = {"runtime_arns": {agent: runtime_arn(agent) for agent in AGENTS}, **settings}
    with launch() as aws, Workspace(_CONFIGURATION, aws.url, variables) as workspace:
        workspace.init()
        workspace.apply()
        stack = Stack.embedded(aws.url, workspace.output())
        # The trial starts each sweep at its virtual moment: the embedded AWS looks at its schedules in real time.
        switch_schedule(stack, "DISABLED")
        aws.admin("PUT", "/_clock", {"speed": _STANDS})
        yield aws, stack


def switch_schedule(stack: Stack, state: str) -> None:
    """Set the state of the sweep's schedule, ENABLED or DISABLED, and leave the rest of it as it is."""
    client = stack.client("scheduler")
    details = client.get_schedule(Name=f"{stack.outputs['state_machine_name']}-sweep")
    kept = {name: value for name, value in details.items() if name not in _READ_ONLY}  # what is left out is reset
    client.update_schedule(**kept, State=state)
