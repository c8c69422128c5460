"""Runs a planned soak test on a stack in an embedded AWS: scripts agents, breaks things, starts, kills, and waits."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from typing import Any

from harness import circuits
from harness.contract import AGENTS, EXCEPTIONS, STEPS
from harness.embedded import Endpoint
from harness.ledger import records, versions
from harness.runs import Execution, run
from harness.soak.plan import HANGS, Document, Start
from harness.stack import Stack

AT_ONCE, SPEED = 50, 2  # virtual seconds in a real one: faster, and so many runs at once would time out by themselves
FASTEST = 8
LEASE_SECONDS = 420  # a claim's, and the minute in which a sweep comes by
CLAIM_SECONDS = 10  # real ones
SWEEP_SECONDS = 10  # real ones that a sweep gets

INTERNAL, AGENT_INTERNAL = "InternalServerError", "InternalServerException"

# AWS calls that fail: with what, how often at most, and how likely each is. Calls are tried three times.
WEATHER: tuple[tuple[str, str, int, int], ...] = (
    ("dynamodb:GetItem:{circuit_table_name}", INTERNAL, 20, 3),
    ("dynamodb:UpdateItem:{circuit_table_name}", INTERNAL, 20, 3),
    ("dynamodb:PutItem:{circuit_table_name}", INTERNAL, 20, 3),
    ("dynamodb:UpdateItem:{ledger_table_name}", INTERNAL, 6, 4),
    ("dynamodb:UpdateItem:{ledger_table_name}", INTERNAL, 40, 1),
    ("dynamodb:GetItem:{ledger_table_name}", INTERNAL, 6, 2),
    ("dynamodb:Query:{ledger_table_name}", INTERNAL, 6, 2),
    ("bedrock-agentcore:StopRuntimeSession:*", AGENT_INTERNAL, 5, 3),
    ("bedrock-agentcore:InvokeAgentRuntime:trade_matching", AGENT_INTERNAL, 7, 1),
    ("s3:HeadObject:*", INTERNAL, 2, 2),
    ("ssm:GetParameters:*", INTERNAL, 2, 2),
    ("sqs:SendMessage:*", INTERNAL, 1, 2),  # no more, or two in a row could lose who could not be claimed either
)
CALM = (0.3, 1.5)  # real seconds between two of them
# What it, other documents' faults, and a machine that is too slow let a run fail with.
WEATHERED = frozenset(
    {
        "AgentTimeout",
        "AgentsUnresolved",
        f"BedrockAgentCore.{AGENT_INTERNAL}",
        "CircuitOpen",
        "DeadlineExceeded",
        "DocumentUnreadable",
        "LedgerUnavailable",
    }
)


@dataclass(frozen=True)
class Started:
    """A start and how its run ended; None: it was killed, or ended by itself before it could be."""

    start: Start
    execution: Execution | None


class Bench:
    """A stack under test."""

    def __init__(self, stack: Stack, seed: int, at_once: int) -> None:
        self.stack, self.at_once = stack, at_once
        self._speed = min(FASTEST, SPEED * AT_ONCE / at_once)
        self._random = Random(seed)  # noqa: S311 - drawn anew from the same seed, guards nothing
        self._aws = Endpoint(stack.endpoint)

    def prepare(self, documents: Sequence[Document]) -> None:
        """Put the documents into the bucket, and set the agents' responses."""
        self._aws.admin("DELETE", "/_faults")
        self._script_good()
        client = self.stack.client("s3")
        for document in documents:
            client.put_object(Bucket=self.stack.outputs["documents_bucket"], Key=_key(document), Body=b"%PDF-")
            for agent in STEPS:
                self._script(agent, {"document_id": document.id}, document.behaviours(agent))
            for start in document.starts:
                run = {"correlation_id": start.correlation_id}
                self._script(EXCEPTIONS, run, document.behaviours(EXCEPTIONS))
                for agent in start.hanging:
                    self._script(agent, run, [document.good[agent] | {"delay_seconds": HANGS}])

    def start(self, documents: Sequence[Document], finished: Callable[[Started], None]) -> list[Started]:
        """Start every document as often as planned, while the weather is bad."""
        starts = [start for document in documents for start in document.starts]
        places = {
            start.correlation_id: number + self._random.uniform(0, self.at_once) for number, start in enumerate(starts)
        }
        starts.sort(key=lambda start: places[start.correlation_id])

        def one(start: Start) -> Started:
            started = Started(start, self._run(start))
            finished(started)
            return started

        with self.at_speed(), self._weather(), ThreadPoolExecutor(self.at_once) as pool:
            return list(pool.map(one, starts))

    def settle(self) -> None:
        """End all faults, and have the scheduled sweep find every claim of a dead run."""
        self._aws.admin("DELETE", "/_faults")
        self._skip(LEASE_SECONDS)
        with self.at_speed():
            before, running = None, self._running()
            while running and running != before:
                before, running = running, self._swept()
                self._skip(60)

    def _swept(self) -> int:
        """Wait for a sweep to find all dead runs; return how many remain."""
        end = time.monotonic() + SWEEP_SECONDS
        while (running := self._running()) and time.monotonic() < end:
            time.sleep(0.2)
        return running

    def _running(self) -> int:
        return sum(record["status"] == "RUNNING" for record in records(self.stack))

    def _skip(self, seconds: float) -> None:
        self._aws.admin("PUT", "/_clock", {"skip_seconds": seconds})

    def recover(self) -> None:
        """Make every agent reply well, and close the circuits."""
        self._script_good()
        for agent in AGENTS:
            circuits.reset(self.stack, agent)

    def calls(self, agent: str) -> list[dict[str, Any]]:
        """Return the calls that an agent received since its scripts were set."""
        return self._aws.admin("GET", f"/_agents/{agent}")

    def input_of(self, start: Start) -> dict[str, str]:
        """Return the input of a run."""
        return {
            "document_path": f"s3://{self.stack.outputs['documents_bucket']}/{_key(start.document)}",
            "document_id": start.document.id,
            "correlation_id": start.correlation_id,
        }

    def at_speed(self) -> contextlib.AbstractContextManager[None]:
        """Run the virtual clock as fast as so many concurrent runs allow while the block runs."""
        return self._aws.at_speed(self._speed)

    def _run(self, start: Start) -> Execution | None:
        if start.kill is None:
            return run(self.stack, self.input_of(start))
        arn = self.stack.client("stepfunctions").start_execution(
            stateMachineArn=self.stack.state_machine_arn, input=json.dumps(self.input_of(start))
        )["executionArn"]
        if self._claims(start.document, arn):  # of a run that ends before, nobody can know
            time.sleep(start.kill.after)
            with contextlib.suppress(ValueError):  # it had ended
                self._aws.admin("POST", "/_kill", {"execution_arn": arn})
        return None

    def _claims(self, document: Document, arn: str) -> bool:
        """Wait until the run has claimed its document; not for long, since it may have failed to."""
        end = time.monotonic() + CLAIM_SECONDS
        while time.monotonic() < end:
            if any(record["execution"] == arn for record in versions(self.stack, document.source_type, document.id)):
                return True
            time.sleep(0.1)
        return False

    def _script_good(self) -> None:
        for agent, scripted in AGENTS.items():
            self._aws.admin("DELETE", f"/_agents/{agent}")
            self._aws.admin("PUT", f"/_agents/{agent}", [{"reply": scripted["good"]}])

    def _script(self, agent: str, match: dict[str, str], behaviours: list[dict[str, Any]]) -> None:
        self._aws.admin("PUT", f"/_agents/{agent}", {"match": match, "behaviours": behaviours})

    @contextlib.contextmanager
    def _weather(self) -> Iterator[None]:
        """Make AWS calls fail now and then while the block runs."""
        over = threading.Event()

        def blow() -> None:
            calls = self._random.choices(WEATHER, [weight for *_, weight in WEATHER], k=1000)
            for call, code, most, _ in calls:
                fault = {"error": code, "times": self._random.randint(1, most)}
                self._aws.admin("PUT", "/_faults", {call.format(**self.stack.outputs): fault})
                if over.wait(self._random.uniform(*CALM)):
                    return

        thread = threading.Thread(target=blow)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _key(document: Document) -> str:
    return f"{document.source_type}/{document.id}.pdf"
