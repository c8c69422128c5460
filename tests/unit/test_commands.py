"""The command line: its output, its exit codes, what it leaves behind."""

import errno
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from harness import __main__ as command_line
from harness import background, commands, uploads
from harness.backfill import Summary
from harness.backlog import Waiting
from harness.circuits import Circuit
from harness.commands import backfill, backlog, circuits, process, redrive, rerun
from harness.errors import HarnessError
from harness.paths import ROOT
from harness.redrive import DeadLetter
from harness.report.run import Run
from harness.runs import Execution
from harness.stack import Stack
from harness.version import install

STACK = Stack("http://127.0.0.1:9", "us-east-1", {"documents_bucket": "documents", "state_machine_arn": "arn"})


INGESTING = Stack(STACK.endpoint, STACK.region, {**STACK.outputs, "ingestion_rule_arn": "rule"})


def run_with(status):
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    arn = "arn:aws:states:us-east-1:111122223333:express:small:run:1"
    return Run(Execution(arn, status, None, {}, moment, moment), {}, [])


@pytest.fixture(autouse=True)
def _nothing_of_the_checkout(tmp_path, monkeypatch):
    for name in ("FILE", "PID", "LOG", "LOCK"):
        monkeypatch.setattr(background, name, tmp_path / name)
    monkeypatch.setattr("harness.report.kept.RUNS", tmp_path)


def test_every_file_is_a_command_with_a_sentence_of_help(capsys):
    files = {path.stem for path in Path(commands.__path__[0]).glob("*.py")} - {"__init__"}
    with pytest.raises(SystemExit):
        command_line.main(["--help"])
    listed = dict(re.findall(r"^ {4}(\w+)\s+(\w.*)$", capsys.readouterr().out, re.MULTILINE))
    assert listed.keys() == files
    assert all(listed.values())


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (HarnessError("Do this instead."), "Do this instead.\n"),
        (KeyError("nope"), "KeyError: 'nope' (`.venv/bin/python -m harness --debug …` shows where.)\n"),
    ],
)
def test_a_problem_is_one_sentence_unless_debugging(error, message, monkeypatch, capsys):
    def broken(_):
        raise error

    monkeypatch.setattr("harness.commands.down.run", broken)
    assert command_line.main(["down"]) == command_line.UNUSABLE
    assert capsys.readouterr().err == message
    with pytest.raises(type(error)):
        command_line.main(["--debug", "down"])


def test_what_a_command_lacks_is_named_with_how_it_is_installed(monkeypatch, capsys):
    def lacking(_):
        raise ModuleNotFoundError(name="rich")

    monkeypatch.setattr(command_line.importlib, "import_module", lacking)
    assert command_line.main(["redrive", "--show"]) == command_line.UNUSABLE
    assert capsys.readouterr().err == (
        "'redrive' needs rich: run `.venv/bin/python -m harness redrive`, which `make` sets up, "
        f"or {install('harness')}.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "limits"),
    [
        (["soak", "--documents", "0"], "of at least 1"),
        (["soak", "--at-once", "0"], "of at least 1"),
        (["adversary", "--documents", "-1"], "of at least 1"),
        (["adversary", "--together", "0"], "of at least 1"),
        (["redrive", "--at-once", "0"], "of at least 1"),
        (["bench", "--rounds", "0"], "of at least 1"),
        (["bench", "--largest", "many"], "of at least 1"),
        (["fuzz", "--seconds", "-1"], "of at least 0"),
        (["serve", "--port", "99999"], "from 0 to 65535"),
        (["serve", "--port", "-1"], "from 0 to 65535"),
    ],
)
def test_a_number_that_cannot_be_used_is_refused_at_once(arguments, limits, capsys):
    _, option, number = arguments
    with pytest.raises(SystemExit, match="2"):
        command_line._parser(arguments).parse_args(arguments)
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.endswith(f"argument {option}: {number!r} cannot be used: say a whole number {limits}.")


@pytest.mark.parametrize("arguments", [["fuzz", "--seconds", "0"], ["serve", "--port", "65535"], ["serve"], ["soak"]])
def test_a_number_at_the_limit_is_taken(arguments):
    command_line._parser(arguments).parse_args(arguments)


@pytest.mark.parametrize("ending", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_whatever_ends_it_lets_it_put_down_what_it_began(ending):
    code = f"""
import os, signal, sys
from harness import __main__ as line
from harness.commands import down
def run(_):
    try:
        os.kill(os.getpid(), signal.{ending})
        signal.pause()
    finally:
        print("put down")
down.run = run
sys.exit(line.main(["down"]))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.returncode, done.stdout, done.stderr) == (command_line.INTERRUPTED, "put down\n", "Interrupted.\n")


def test_an_interrupt_while_it_starts_is_said_like_any_other():
    code = """
import importlib, os, signal, sys
from harness import __main__ as line
importlib.import_module = lambda _: os.kill(os.getpid(), signal.SIGINT)
sys.exit(line.main(["down"]))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.returncode, done.stderr) == (command_line.INTERRUPTED, "Interrupted.\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gone.pdf", "--source", "BANK"], "There is no file gone.pdf."),
        ([__file__], "Whose confirmation is it? Say SOURCE=BANK or SOURCE=COUNTERPARTY."),
        ([__file__, "--source", "bank"], "Say SOURCE=BANK or SOURCE=COUNTERPARTY: there is no side bank."),
        (["--", "-gone.pdf"], "There is no file -gone.pdf."),
        ([""], "Which document? Say DOCUMENT=file.pdf or DOCUMENT=s3://bucket/key."),
        (["s3://"], "Which document? Say DOCUMENT=file.pdf or DOCUMENT=s3://bucket/key."),
        (["s3://documents"], "Which document? Say DOCUMENT=file.pdf or DOCUMENT=s3://bucket/key."),
        (["s3://documents/"], "Which document? Say DOCUMENT=file.pdf or DOCUMENT=s3://bucket/key."),
        (["s3:///BANK/1.pdf"], "Which document? Say DOCUMENT=file.pdf or DOCUMENT=s3://bucket/key."),
    ],
)
def test_a_document_that_cannot_be_sent_is_said_to_be_so(arguments, message, monkeypatch, capsys):
    monkeypatch.setattr(background, "running", lambda: STACK)
    assert command_line.main(["process", *arguments]) == command_line.UNUSABLE
    assert capsys.readouterr().err.strip() == message


NO_UPLOAD = (
    "No upload of {} starts a run: its name has to end in .pdf, and one folder of its key to be BANK or COUNTERPARTY."
)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([__file__, "--source", "BANK"], NO_UPLOAD.format("BANK/test_commands.py")),
        (["s3://documents/BANK/1.txt"], NO_UPLOAD.format("BANK/1.txt")),
        (["s3://documents/inbox/1.pdf", "--source", "BANK"], NO_UPLOAD.format("inbox/1.pdf")),
        (["s3://documents/BANK/COUNTERPARTY/1.pdf"], NO_UPLOAD.format("BANK/COUNTERPARTY/1.pdf")),
        (
            ["s3://documents/in/BANK/1.PDF", "--source", "COUNTERPARTY"],
            "The upload of in/BANK/1.PDF starts its run for BANK: leave SOURCE=COUNTERPARTY out.",
        ),
    ],
)
def test_what_no_upload_starts_a_run_for_is_neither_uploaded_nor_waited_for(arguments, message, monkeypatch, capsys):
    monkeypatch.setattr(background, "running", lambda: INGESTING)
    monkeypatch.setattr(Stack, "upload", lambda *_: pytest.fail("It was uploaded."))
    monkeypatch.setattr(process, "wait", lambda *_: pytest.fail("It was waited for."))
    assert command_line.main(["process", *arguments]) == command_line.UNUSABLE
    assert capsys.readouterr().err.strip() == message


@pytest.mark.parametrize(
    ("prefixes", "key"),
    [
        (None, "BANK/1.pdf"),
        ([""], "BANK/1.pdf"),
        (["inbox/", "outbox/"], "inbox/BANK/1.pdf"),
        (["inbox"], "inbox/BANK/1.pdf"),
        (["COUNTERPARTY/", "BANK/"], "BANK/1.pdf"),
    ],
)
def test_a_file_is_uploaded_under_the_prefixes_of_the_stack(prefixes, key):
    assert Stack(None, "us-east-1", {"document_prefixes": prefixes}).key("1.pdf", "BANK") == key


def test_an_upload_that_is_not_under_the_prefixes_is_not_waited_for(monkeypatch, capsys):
    limited = Stack(None, "us-east-1", {**INGESTING.outputs, "document_prefixes": ["inbox/", "fx/"]})
    monkeypatch.setattr(background, "running", lambda: limited)
    monkeypatch.setattr(process, "wait", lambda *_: pytest.fail("It was waited for."))
    assert command_line.main(["process", "s3://documents/BANK/1.pdf"]) == command_line.UNUSABLE
    expected = "No upload of BANK/1.pdf starts a run: it is not under inbox/ or fx/.\n"
    assert capsys.readouterr().err == expected


def test_an_upload_that_no_run_started_for_long_ago_is_not_waited_for(monkeypatch, capsys):
    class S3:
        def head_object(self, **_):
            headers = {"date": "Sun, 01 Mar 2026 12:05:31 GMT"}
            uploaded = datetime(2026, 3, 1, 12, tzinfo=UTC)
            return {"VersionId": "v1", "LastModified": uploaded, "ResponseMetadata": {"HTTPHeaders": headers}}

    monkeypatch.setattr(background, "running", lambda: INGESTING)
    monkeypatch.setattr(Stack, "client", lambda *_: S3())
    monkeypatch.setattr(uploads, "versions", lambda *_: [{"version": "v0", "outcome": "MATCHED"}])
    assert command_line.main(["process", "s3://documents/BANK/1.pdf"]) == command_line.UNUSABLE
    assert "no record of s3://documents/BANK/1.pdf, uploaded 2026-03-01 12:00 UTC" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("404", "There is no object s3://documents/BANK/1.pdf: upload it first.\n"),
        ("403", "S3 does not show s3://documents/BANK/1.pdf (403): may you read objects of that bucket?\n"),
    ],
)
def test_a_document_that_s3_does_not_show_is_named(code, message, monkeypatch, capsys):
    class S3:
        def head_object(self, **_):
            raise ClientError({"Error": {"Code": code, "Message": "Not Found"}}, "HeadObject")

    monkeypatch.setattr(background, "running", lambda: INGESTING)
    monkeypatch.setattr(Stack, "client", lambda *_: S3())
    assert command_line.main(["process", "s3://documents/BANK/1.pdf"]) == command_line.UNUSABLE
    assert capsys.readouterr().err.endswith(message)


@pytest.mark.parametrize(("status", "code"), [("SUCCEEDED", 0), ("FAILED", 1), ("TIMED_OUT", 1)])
def test_the_exit_code_of_process_is_the_runs(status, code, monkeypatch, capsys):
    sent = []
    monkeypatch.setattr(background, "running", lambda: STACK)
    monkeypatch.setattr(Stack, "upload", lambda _, file, source: f"s3://documents/{source}/{file.name}")
    monkeypatch.setattr(process, "execute", lambda _, document: sent.append(document) or run_with(status))
    assert command_line.main(["process", __file__, "--source", "BANK"]) == code
    assert sent == [{"document_path": "s3://documents/BANK/test_commands.py", "source_type": "BANK"}]
    assert "The run as a page: " in capsys.readouterr().out


@pytest.fixture
def backfilled(monkeypatch, capsys):
    """Return a function that runs `backfill` to a given summary and returns its exit code and what it prints."""

    def run(found, *arguments):
        monkeypatch.setattr(background, "running", lambda: STACK)
        monkeypatch.setenv("COLUMNS", "200")
        monkeypatch.setattr(backfill, "start", lambda *_: ("arn", True))
        monkeypatch.setattr(backfill, "progress", lambda *_: None)
        monkeypatch.setattr(backfill, "summary", lambda *_: found)
        code = command_line.main(["backfill", *arguments])
        return code, capsys.readouterr().out

    return run


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--prefix", "nosuch/"], "No object begins with nosuch/."),
        (["--prefix", "nosuch/", "--rehearsal"], "No object begins with nosuch/."),
        (["--prefix", ""], "The bucket has no object."),
        (["--inventory", "s3://lists/manifest.json"], "s3://lists/manifest.json lists no object."),
    ],
)
def test_a_backfill_that_finds_no_object_says_so(arguments, sentence, backfilled):
    empty = Summary("SUCCEEDED", results="s3://documents/backfill/manifest.json")
    assert backfilled(empty, *arguments) == (1, f"{sentence}\n")


@pytest.mark.parametrize(
    ("found", "printed"),
    [
        (
            Summary("FAILED", "InvalidInput: bucket must be one of document_bucket_arns"),
            "The backfill ended as FAILED. InvalidInput: bucket must be one of document_bucket_arns\n",
        ),
        (Summary("ABORTED"), "The backfill ended as ABORTED.\nStarted again, it does what is left.\n"),
    ],
)
def test_only_a_backfill_that_began_is_said_to_leave_something(found, printed, backfilled):
    assert backfilled(found, "--prefix", "") == (1, printed)


def test_process_says_how_to_get_a_stack(capsys):
    assert command_line.main(["process", "s3://documents/BANK/a.pdf"]) == command_line.UNUSABLE
    assert capsys.readouterr().err == "No embedded stack is running: start one with `make up`.\n"


def test_a_stack_that_died_is_not_running():
    background.FILE.write_text(json.dumps({"endpoint": "http://127.0.0.1:9", "region": "us-east-1", "outputs": {}}))
    assert background.running() is None


def test_what_took_over_the_port_of_a_dead_stack_is_not_the_stack(tmp_path):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=tmp_path))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    background.FILE.write_text(json.dumps({"endpoint": endpoint, "region": "us-east-1", "outputs": {}}))
    assert background.running() is None
    server.shutdown()
    server.server_close()


def test_down_leaves_a_process_alone_that_took_over_the_number(capsys):
    background.PID.write_text(str(os.getpid()))
    assert command_line.main(["down"]) == 0
    assert capsys.readouterr().out == "No embedded stack is running.\n"
    assert not background.PID.exists()


def test_up_prints_commands_that_work_as_copied(monkeypatch, capsys):
    outputs = {**STACK.outputs, "log_group_name": "logs", "agent_parameter_names": {"pdf-adapter": "/pdf-adapter"}}
    outputs["dead_letter_queue_url"] = "http://127.0.0.1:9/123456789012/dead-letters"
    monkeypatch.setattr(background, "running", lambda: Stack(STACK.endpoint, STACK.region, outputs))
    monkeypatch.setattr(background, "FILE", ROOT / "build" / "embedded.json")
    assert command_line.main(["up"]) == 0
    printed = capsys.readouterr().out
    file, address = re.search(r"^  aws s3 cp (\S+) (s3://documents/BANK/\S+\.pdf)$", printed, re.MULTILINE).groups()
    assert (ROOT / file).is_file()
    assert f'"document_path": "{address}"' in printed
    on_sqs = re.findall(r"^  aws sqs .*", printed, re.MULTILINE)
    assert on_sqs
    assert all("--endpoint-url" in command for command in on_sqs)  # version 1 of the AWS CLI reads no setting for SQS
    settings = printed[printed.index("  unset") : printed.index("\n\nAWS_DISABLE")]
    shell = {"PATH": os.environ["PATH"], "AWS_PROFILE": "nope", "AWS_ENDPOINT_URL_S3": "https://example.com"}
    done = subprocess.run(["sh", "-c", f"{settings}\nenv"], env=shell, capture_output=True, text=True, check=True)  # noqa: S603, S607
    found = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert found["AWS_ENDPOINT_URL"] == STACK.endpoint
    assert found["AWS_REGION"] == "us-east-1"
    assert not found.keys() & {"AWS_PROFILE", "AWS_ENDPOINT_URL_S3"}


@pytest.mark.parametrize("text", ["[]", "{}", "null", '{"endpoint": 1', "", "\x00"])
def test_a_damaged_state_of_the_stack_is_ignored(text, capsys):
    background.FILE.write_text(text)
    assert background.running() is None
    assert f"{background.FILE} is damaged and is ignored." in capsys.readouterr().err
    assert command_line.main(["down"]) == 0
    assert not background.FILE.exists()


@pytest.mark.parametrize("text", ["", "4.2", "-1", "0", "9" * 5000])
def test_a_damaged_number_of_the_process_does_not_block_down(text, capsys):
    background.PID.write_text(text)
    assert command_line.main(["down"]) == 0
    assert capsys.readouterr().out == "No embedded stack is running.\n"
    assert not background.PID.exists()


def test_a_full_disk_leaves_neither_process_nor_state(monkeypatch):
    started = []

    class Popen(subprocess.Popen):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            started.append(self)

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(background.subprocess, "Popen", Popen)
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        background.start()
    assert started[0].poll() is not None
    assert not background.PID.exists()
    assert not background.FILE.exists()


@pytest.fixture
def left_running(monkeypatch):
    """Leave a process running that looks like the embedded AWS and ignores SIGTERM."""
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", code, background.MODULE], stdout=subprocess.PIPE)  # noqa: S603
    process.stdout.readline()
    background.PID.write_text(str(process.pid))
    monkeypatch.setattr(background, "END_SECONDS", 0.2)
    yield process
    process.kill()
    process.communicate()


def test_a_second_up_leaves_the_first_alone(left_running, monkeypatch, capsys):
    monkeypatch.setattr("harness.background.start", lambda: pytest.fail("The first one would be ended."))
    with background.alone():
        assert command_line.main(["up"]) == command_line.UNUSABLE
    assert capsys.readouterr().err == "Another `make up` is under way: wait for it, or end it.\n"
    assert left_running.poll() is None
    with background.alone():  # free again
        pass


def test_down_needs_no_ps(left_running, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command_line.main(["down"]) == 0
    assert capsys.readouterr().out == "The embedded stack is down.\n"
    assert left_running.wait() == -signal.SIGKILL
    assert not background.PID.exists()


def test_what_does_not_end_is_not_forgotten(left_running, monkeypatch, capsys):
    with monkeypatch.context() as patch:  # undone before the fixture's own kill
        patch.setattr(os, "kill", lambda *_: None)
        assert command_line.main(["down"]) == command_line.UNUSABLE
    assert capsys.readouterr().err == f"The embedded AWS does not end: it is process {left_running.pid}.\n"
    assert background.PID.exists()


def test_an_embedded_aws_that_does_not_start_leaves_nothing(monkeypatch):
    monkeypatch.setattr(background, "MODULE", "harness.paths")  # ends at once and says nothing
    with pytest.raises(HarnessError, match="The embedded AWS did not start"):
        background.start()
    assert not background.PID.exists()
    assert not background.FILE.exists()


def test_outputs_of_a_module_handed_on_whole_are_found_by_name():
    module = {"state_machine_arn": "arn:aws:states:eu-west-1:111122223333:stateMachine:m", "log_group_name": "logs"}
    stack = Stack.embedded("http://127.0.0.1:9", {"documents_bucket": "documents", "orchestrator": module})
    assert stack.outputs == {"documents_bucket": "documents", **module}


def test_circuits_print_each_agents_whole_name_on_a_narrow_terminal(monkeypatch, capsys):
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    error = "BedrockAgentCore.RuntimeClientErrorException"
    monkeypatch.setattr(background, "running", lambda: STACK)
    monkeypatch.setattr(
        circuits, "circuits", lambda _: [Circuit("exception-management", "OPEN", 5, error, moment, moment)]
    )
    monkeypatch.setenv("COLUMNS", "80")
    assert command_line.main(["circuits"]) == 0
    assert "│ exception-management │" in capsys.readouterr().out


DOCUMENT = "COUNTERPARTY#CONFIRMATION_2026-03-01_of_a_swap_with_a_long_name.pdf_second_try"
LETTER = "6206c995-a8bd-4b68-8601-3f2d5a1c9e47"
ERROR = "BedrockAgentCore.RuntimeClientErrorException"


def dead_letter():
    run_input = {"source_type": "COUNTERPARTY", "document_id": DOCUMENT}
    return DeadLetter(LETTER, "receipt", datetime(2026, 3, 1, tzinfo=UTC), {"input": run_input, "error": ERROR})


def record():
    moments = dict.fromkeys(("deferred_since", "due_at", "finished_at"), "2026-03-01T00:00:00.000Z")
    step = {"event_type": "EXCEPTION_MANAGEMENT", "waiting_for": "exception-management", "deferrals": "12"}
    return {"document": DOCUMENT, "error": ERROR, **moments, **step}


@pytest.mark.parametrize("columns", ["80", "110"])
@pytest.mark.parametrize(
    ("show", "column", "name"),
    [
        (lambda: redrive._show([(dead_letter(), "no reply of the agent")]), 0, LETTER),
        (lambda: redrive._show([(dead_letter(), "no reply of the agent")]), 2, DOCUMENT),
        (lambda: backlog._show([Waiting(record())], 1), 0, DOCUMENT),
        (lambda: backlog._show([Waiting(record())], 1), 1, "exception-management"),
        (lambda: rerun._show([record()]), 0, DOCUMENT),
        (lambda: rerun._show([record()]), 2, ERROR),
        (lambda: backfill._show(Summary("SUCCEEDED", errors=Counter({ERROR * 3: 1}))), 0, ERROR * 3),
    ],
)
def test_no_name_that_is_typed_back_is_cut_off(show, column, name, columns, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", columns)
    show()
    rows = [line.split("│")[1:-1] for line in capsys.readouterr().out.splitlines() if line.startswith("│")]
    assert "".join(row[column].strip() for row in rows) == name


def test_the_id_of_a_dead_letter_is_in_one_piece(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    redrive._show([(dead_letter(), "no reply of the agent")])
    assert f"│ {LETTER} │" in capsys.readouterr().out
