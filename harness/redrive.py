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

from harness.runs import Ended, run
from harness.stack import Stack

BATCH = 10  # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
WAIT_SECONDS = 1  # asks all of AWS's servers, of which a short poll may miss some
HIDDEN_SECONDS = 300  # prolonged as long as this process lives: should it die, its letters are soon back


@dataclass(frozen=True)
class Letter:
    """One dead letter: `told` is what the workflow wrote; where `problem` says something, the letter cannot be run."""

    id: str
    receipt: str
    sent: datetime
    told: Mapping[str, Any]
    problem: str = ""

    @property
    def error(self) -> str:
        """Why the document is here."""
        return str(self.told.get("error") or self.told.get("exception_error") or "")

    @property
    def document(self) -> str:
        """Which document it is, as far as the letter tells."""
        return self.subject[1] or str(self._given.get("document_path") or _uploaded(self._given).get("key", ""))

    @property
    def is_undelivered(self) -> bool:
        """Whether EventBridge wrote it, for an upload of which it could start no run."""
        return "input" in self.told and "execution" not in self.told

    @property
    def subject(self) -> tuple[str, ...]:
        """What tells documents apart; the letter's own id where it does not tell."""
        named = tuple(str(self._given.get(name, "")) for name in ("source_type", "document_id", "document_version"))
        return named if any(named) else ("", "", self.id)

    @property
    def _given(self) -> Mapping[str, Any]:
        given = self.told.get("input")
        return given if isinstance(given, dict) else {}


@dataclass(frozen=True)
class Redriven:
    """What came of one letter: `gone` from the queue, or left there; `what` says it in words."""

    letter: Letter
    gone: bool
    what: str


@contextlib.contextmanager
def letters(stack: Stack) -> Iterator[list[Letter]]:
    """Give every dead letter, hidden from others while the block runs; who is not deleted is back after it."""
    client, queue = stack.client("sqs"), {"QueueUrl": stack.outputs["dead_letter_queue_url"]}
    found: dict[str, Letter] = {}
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
            found |= {message["MessageId"]: _letter(message) for message in messages}
        yield list(found.values())
    finally:
        over.set()
        keeper.join()
        _hide_all(stack, list(found.values()), 0)


def _keep_hidden(stack: Stack, found: Mapping[str, Letter], over: threading.Event) -> None:
    """Hide letters for as long as others take their turn, and a run of their own takes: AWS lets it for 12 hours."""
    while not over.wait(HIDDEN_SECONDS / 3):
        _hide_all(stack, list(found.values()), HIDDEN_SECONDS)


def _hide_all(stack: Stack, found: Sequence[Letter], seconds: int) -> None:
    """Hide dead letters for so long; those that were deleted, or that others have by now, are left alone."""
    for first in range(0, len(found), BATCH):
        entries = [
            {"Id": str(number), "ReceiptHandle": letter.receipt, "VisibilityTimeout": seconds}
            for number, letter in enumerate(found[first : first + BATCH])
        ]
        with contextlib.suppress(ClientError, BotoCoreError):  # there is another try in time
            stack.client("sqs").change_message_visibility_batch(
                QueueUrl=stack.outputs["dead_letter_queue_url"], Entries=entries
            )


def _hide(stack: Stack, letter: Letter, seconds: int) -> None:
    stack.client("sqs").change_message_visibility(**_message(stack, letter), VisibilityTimeout=seconds)


def _message(stack: Stack, letter: Letter) -> dict[str, str]:
    return {"QueueUrl": stack.outputs["dead_letter_queue_url"], "ReceiptHandle": letter.receipt}


def redrive(stack: Stack, chosen: Sequence[Letter], at_once: int, corrected: Any = None) -> Iterator[Redriven]:
    """Run the documents of letters again, `at_once` at a time, and delete the letters that are done with.

    A letter is deleted when its document completed, waits for its other side or has its exception raised, when another
    run had done that before, or when the run wrote a new letter with the same input. Every other one stays.
    `corrected` is run in place of what the letters hold. Gives each letter as its run ends.
    Closed early, it starts no further run and waits for those under way.
    """
    for service in ("stepfunctions", "sqs"):
        stack.client(service)  # made once, before threads ask for it
    of_document: dict[
        tuple[str, ...], list[Letter]
    ] = {}  # several letters of one document would get in each other's way
    for letter in chosen:
        of_document.setdefault(letter.subject, []).append(letter)
    interrupted = threading.Event()

    def documents(group: Sequence[Letter]) -> list[Redriven]:
        return [_redrive(stack, letter, corrected) for letter in group if not interrupted.is_set()]

    pool = ThreadPoolExecutor(at_once)
    try:
        yield from itertools.chain.from_iterable(pool.map(documents, of_document.values()))
    finally:
        interrupted.set()
        pool.shutdown(cancel_futures=True)  # what runs keeps its dead letter hidden until it has ended


def _redrive(stack: Stack, letter: Letter, corrected: Any) -> Redriven:
    if corrected is None and letter.problem:
        return Redriven(letter, False, letter.problem)
    try:
        _hide(stack, letter, HIDDEN_SECONDS)  # refused when others may have it by now: they run it
        ended = run(stack, letter.told["input"] if corrected is None else corrected)
        gone, what = _verdict(letter, ended, replaced=corrected is not None)
        if gone:
            stack.client("sqs").delete_message(**_message(stack, letter))
    except (ClientError, BotoCoreError) as error:
        return Redriven(letter, False, f"AWS refused: {error}")
    return Redriven(letter, gone, what)


def _verdict(letter: Letter, ended: Ended, replaced: bool) -> tuple[bool, str]:
    """Return whether a letter is done with, and what its run came to.

    That of an upload is done with as soon as the ledger has the document, whatever became of it.
    """
    result = ended.result
    first = result.get("duplicate_of") or {}
    if ended.outcome == "DUPLICATE":
        done = first.get("status") == "COMPLETED" or (letter.is_undelivered and not replaced)
        return done, f"another run has the document: {first.get('outcome') or first.get('status') or 'unknown'}"
    if ended.status == "SUCCEEDED":
        return True, str(ended.outcome)
    why = f"{ended.error or ended.status}: {result.get('error_message') or 'the run told nothing'}"
    if result.get("exception_id"):
        return True, f"exception {result['exception_id']} raised after {why}"
    if result.get("dead_lettered") and not replaced:
        return True, f"dead-lettered anew, in a letter that takes this one's place: {why}"
    return False, why


def _letter(message: Mapping[str, Any]) -> Letter:
    sent = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
    known = message["MessageId"], message["ReceiptHandle"], sent
    try:
        told = json.loads(message["Body"])
    except (ValueError, RecursionError):
        return Letter(*known, {}, "left: it is not JSON, so the workflow did not write it")
    if isinstance(told, dict) and _uploaded(told):
        why = {name: found["StringValue"] for name, found in message.get("MessageAttributes", {}).items()}
        told = {"input": told, "error": why.get("ERROR_CODE", ""), "message": why.get("ERROR_MESSAGE", "")}
        return Letter(*known, told)
    if not isinstance(told, dict) or "input" not in told:
        return Letter(*known, {}, "left: it holds no input, so the workflow did not write it")
    if told.get("error") == "InvalidInput":
        return Letter(*known, told, "left: its input is wrong, say --letter and --input to run a corrected one")
    return Letter(*known, told)


def _uploaded(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the object that an S3 event is about; empty for anything else."""
    detail = event.get("detail")
    found = detail.get("object") if isinstance(detail, dict) and event.get("source") == "aws.s3" else None
    return found if isinstance(found, dict) else {}
