"""Dead letters, and running their documents again."""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from harness.runs import Execution, run
from harness.stack import Stack

BATCH = 10  # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
WAIT_SECONDS = 1  # asks all of AWS's servers, of which a short poll may miss some
HIDDEN_SECONDS = 300  # prolonged as long as this process lives: should it die, its dead letters are soon back


@dataclass(frozen=True)
class DeadLetter:
    """One message of the dead-letter queue: `content` is what the workflow wrote; with a `problem` it cannot be run."""

    id: str
    receipt: str
    sent: datetime
    content: Mapping[str, Any]
    problem: str = ""

    @property
    def error(self) -> str:
        """Why the document is here."""
        return str(self.content.get("error") or self.content.get("exception_error") or "")

    @property
    def document(self) -> str:
        """Which document it is, as far as the message says."""
        return self.subject[1] or str(self._input.get("document_path") or _uploaded(self._input).get("key", ""))

    @property
    def is_undelivered(self) -> bool:
        """Whether EventBridge wrote it, for an upload of which it could start no run."""
        return "input" in self.content and "execution" not in self.content

    @property
    def subject(self) -> tuple[str, ...]:
        """What identifies the document; the dead letter's own id where it names none."""
        named = tuple(str(self._input.get(name, "")) for name in ("source_type", "document_id", "document_version"))
        return named if any(named) else ("", "", self.id)

    @property
    def _input(self) -> Mapping[str, Any]:
        content = self.content.get("input")
        return content if isinstance(content, dict) else {}


@dataclass(frozen=True)
class Redriven:
    """What became of one dead letter: `gone` from the queue, or left there; `what` says it in words.

    `replaced` is one that is gone because its document failed again and has a new one.
    """

    dead_letter: DeadLetter
    gone: bool
    what: str
    replaced: bool = False

    @property
    def done(self) -> bool:
        """Whether the document is a dead letter no more."""
        return self.gone and not self.replaced


@contextlib.contextmanager
def dead_letters(stack: Stack) -> Iterator[list[DeadLetter]]:
    """Yield every dead letter, hidden from others while the block runs; what is not deleted is back after it."""
    client, queue = stack.client("sqs"), {"QueueUrl": stack.outputs["dead_letter_queue_url"]}
    found: dict[str, DeadLetter] = {}
    over = threading.Event()
    keeper = threading.Thread(target=_keep_hidden, args=(stack, found, over))
    keeper.start()
    try:
        while messages := client.receive_message(
            **queue,
            MaxNumberOfMessages=BATCH,
            WaitTimeSeconds=0 if stack.endpoint else WAIT_SECONDS,
            VisibilityTimeout=HIDDEN_SECONDS,
            MessageSystemAttributeNames=["SentTimestamp"],
            MessageAttributeNames=["ERROR_CODE", "ERROR_MESSAGE"],
        ).get("Messages"):
            found |= {message["MessageId"]: _dead_letter(message) for message in messages}
        yield list(found.values())
    finally:
        over.set()
        keeper.join()
        _hide_all(stack, list(found.values()), 0)


def _keep_hidden(stack: Stack, found: Mapping[str, DeadLetter], over: threading.Event) -> None:
    """Hide dead letters until each has been run: AWS permits it for 12 hours."""
    while not over.wait(HIDDEN_SECONDS / 3):
        _hide_all(stack, list(found.values()), HIDDEN_SECONDS)


def _hide_all(stack: Stack, found: Sequence[DeadLetter], seconds: int) -> None:
    """Hide dead letters for so long; those that were deleted, or that others have by now, are left alone."""
    for first in range(0, len(found), BATCH):
        entries = [
            {"Id": str(number), "ReceiptHandle": dead_letter.receipt, "VisibilityTimeout": seconds}
            for number, dead_letter in enumerate(found[first : first + BATCH])
        ]
        with contextlib.suppress(ClientError, BotoCoreError):  # there is another try in time
            stack.client("sqs").change_message_visibility_batch(
                QueueUrl=stack.outputs["dead_letter_queue_url"], Entries=entries
            )


def _hide(stack: Stack, dead_letter: DeadLetter, seconds: int) -> None:
    stack.client("sqs").change_message_visibility(**_message(stack, dead_letter), VisibilityTimeout=seconds)


def _message(stack: Stack, dead_letter: DeadLetter) -> dict[str, str]:
    return {"QueueUrl": stack.outputs["dead_letter_queue_url"], "ReceiptHandle": dead_letter.receipt}


def redrive(stack: Stack, chosen: Sequence[DeadLetter], at_once: int, corrected: Any = None) -> Iterator[Redriven]:
    """Run the documents of dead letters again, `at_once` at a time, and delete the messages that are done with.

    A message is deleted when its document completed, waits for its counterparty or has its exception raised, when
    another run had done that before, or when the run wrote a new one with the same input. Every other one stays.
    `corrected` is run in place of their input. Yields each result as its run ends.
    Closed early, it starts no further run and waits for those under way.
    """
    # Several of one document are run one after another: concurrent runs would be duplicates of each other.
    of_document: dict[tuple[str, ...], list[DeadLetter]] = {}
    for dead_letter in chosen:
        of_document.setdefault(dead_letter.subject, []).append(dead_letter)
    interrupted = threading.Event()

    def documents(group: Sequence[DeadLetter]) -> list[Redriven]:
        return [_redrive(stack, dead_letter, corrected) for dead_letter in group if not interrupted.is_set()]

    pool = ThreadPoolExecutor(at_once)
    try:
        yield from itertools.chain.from_iterable(pool.map(documents, of_document.values()))
    finally:
        interrupted.set()
        pool.shutdown(cancel_futures=True)  # what runs keeps its dead letter hidden until it has ended


def _redrive(stack: Stack, dead_letter: DeadLetter, corrected: Any) -> Redriven:
    if corrected is None and dead_letter.problem:
        return Redriven(dead_letter, False, dead_letter.problem)
    try:
        _hide(stack, dead_letter, HIDDEN_SECONDS)  # refused when others may have it by now: they run it
        execution = run(stack, dead_letter.content["input"] if corrected is None else corrected)
        redriven = _weigh(dead_letter, execution, own_input=corrected is None)
        if redriven.gone:
            stack.client("sqs").delete_message(**_message(stack, dead_letter))
    except (ClientError, BotoCoreError) as error:
        return Redriven(dead_letter, False, f"AWS refused: {error}")
    return redriven


def _weigh(dead_letter: DeadLetter, execution: Execution, own_input: bool) -> Redriven:
    """Return what the run of a dead letter's own input, or of another one, makes of it.

    That of an upload is done with as soon as the ledger has the document, whatever its outcome.
    """
    result = execution.result
    first = result.get("duplicate_of") or {}
    if execution.outcome == "DUPLICATE":
        done = first.get("status") == "COMPLETED" or (dead_letter.is_undelivered and own_input)
        now = first.get("outcome") or first.get("status") or "unknown"
        return Redriven(dead_letter, done, f"another run has the document: {now}")
    if execution.status == "SUCCEEDED":
        return Redriven(dead_letter, True, str(execution.outcome))
    why = f"{execution.error or execution.status}: {result.get('error_message') or 'the run reported nothing'}"
    if result.get("exception_id"):
        return Redriven(dead_letter, True, f"exception {result['exception_id']} raised after {why}")
    if result.get("dead_lettered") and own_input:
        anew = f"dead-lettered anew, in a message that replaces this one: {why}"
        return Redriven(dead_letter, True, anew, replaced=True)
    return Redriven(dead_letter, False, why)


def _dead_letter(message: Mapping[str, Any]) -> DeadLetter:
    sent = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
    known = message["MessageId"], message["ReceiptHandle"], sent
    try:
        content = json.loads(message["Body"])
    except (ValueError, RecursionError):
        return DeadLetter(*known, {}, "left: it is not JSON, so the workflow did not write it")
    if isinstance(content, dict) and _uploaded(content):
        why = {name: found["StringValue"] for name, found in message.get("MessageAttributes", {}).items()}
        content = {"input": content, "error": why.get("ERROR_CODE", ""), "message": why.get("ERROR_MESSAGE", "")}
        return DeadLetter(*known, content)
    if not isinstance(content, dict) or "input" not in content:
        return DeadLetter(*known, {}, "left: it holds no input, so the workflow did not write it")
    if content.get("error") == "InvalidInput":
        return DeadLetter(*known, content, "left: its input is wrong, say --letter and --input to run a corrected one")
    return DeadLetter(*known, content)


def _uploaded(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the object that an S3 event is about; empty for anything else."""
    detail = event.get("detail")
    found = detail.get("object") if isinstance(detail, dict) and event.get("source") == "aws.s3" else None
    return found if isinstance(found, dict) else {}
