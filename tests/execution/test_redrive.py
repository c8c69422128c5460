"""Dead letters are run again, and none is dropped before its document is done with."""

import argparse
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import target
from harness.commands import circuits as circuits_command
from harness.commands import redrive as redrive_command
from harness.redrive import dead_letters, redrive
from tests.execution.driver import GOOD
from tests.waiting import until

DENIED = {"error": "AccessDeniedException"}


def send(workflow, body):
    """Put a message into the queue, as anybody might who can."""
    workflow.stack.client("sqs").send_message(
        QueueUrl=workflow.stack.outputs["dead_letter_queue_url"], MessageBody=body
    )


def redriven(workflow, corrected=None):
    """Redrive everything; return the results, by whether the dead letter is gone."""
    with dead_letters(workflow.stack) as found:
        return [(one.gone, one.what) for one in redrive(workflow.stack, found, 5, corrected)]


def remaining(workflow):
    with dead_letters(workflow.stack) as found:
        return found


def dead_lettered(workflow, **fields):
    """Make a document a dead letter; returns its input."""
    document = workflow.new_input(**fields)
    workflow.script("trade-extraction", DENIED, {"reply": GOOD["trade-extraction"]})
    workflow.script("exception-management", DENIED, {"reply": GOOD["exception-management"]})
    assert workflow.run(document).result["dead_lettered"]
    return document


def test_a_document_that_succeeds_now_leaves_the_queue(workflow):
    document = dead_lettered(workflow)

    assert redriven(workflow) == [(True, "MATCHED")]
    assert remaining(workflow) == []
    assert workflow.record("BANK", document["document_id"])["status"] == "COMPLETED"


def test_an_exception_raised_now_is_enough(express):
    dead_lettered(express)
    express.script("trade-extraction", DENIED)
    ((gone, what),) = redriven(express)

    assert gone
    assert "E-1" in what
    assert remaining(express) == []


def test_a_document_that_fails_again_keeps_one_letter_with_the_same_input(express):
    dead_lettered(express, correlation_id="c-1")
    (before,) = remaining(express)
    express.script("trade-extraction", DENIED)
    express.script("exception-management", DENIED)
    for _ in range(2):
        redriven(express)

    (after,) = remaining(express)
    changed = {"claim"}  # of the run that failed last
    assert {**after.content["input"], **dict.fromkeys(changed)} == {**before.content["input"], **dict.fromkeys(changed)}


def test_a_run_that_dies_leaves_the_letter(express):
    dead_lettered(express)
    express.script("trade-extraction", {"reply": GOOD["trade-extraction"], "delay_seconds": 20})
    with dead_letters(express.stack) as found:
        results = redrive(express.stack, found, 1)
        with express.aws.at_speed(1):  # the run begins with the first result asked for
            pending = ThreadPoolExecutor(1).submit(next, results)
            until(lambda: len(express.calls("trade-extraction")) == 2)
            express.kill("*")
    assert pending.result().gone is False
    assert len(remaining(express)) == 1


def test_an_interrupted_redrive_starts_no_further_run_and_hides_what_it_has_until_it_ended(express):
    for _ in range(3):
        dead_lettered(express)
    before = len(express.calls("pdf-adapter"))
    with dead_letters(express.stack) as found:
        results = redrive(express.stack, found, 1)
        assert next(results).gone
        results.close()
        begun = len(express.calls("pdf-adapter")) - before
        client, queue = express.stack.client("sqs"), express.stack.outputs["dead_letter_queue_url"]
        assert not client.receive_message(QueueUrl=queue, VisibilityTimeout=0).get("Messages")
    assert begun < 3  # the next may have begun before it was interrupted
    assert len(remaining(express)) == 3 - begun


def test_letters_stay_hidden_while_they_wait_and_while_they_are_run(workflow, monkeypatch):
    monkeypatch.setattr("harness.redrive.HIDDEN_SECONDS", 5)  # real ones, of more than 8
    for _ in range(2):
        dead_lettered(workflow)
    workflow.script("trade-extraction", {"reply": GOOD["trade-extraction"], "delay_seconds": 40})
    client, queue = workflow.stack.client("sqs"), workflow.stack.outputs["dead_letter_queue_url"]
    with workflow.aws.at_speed(10), dead_letters(workflow.stack) as found, ThreadPoolExecutor(1) as pool:
        redriven = pool.submit(lambda: [(one.gone, one.what) for one in redrive(workflow.stack, found, 1)])
        while not redriven.done():
            assert not client.receive_message(QueueUrl=queue, VisibilityTimeout=0).get("Messages")

    assert redriven.result() == [(True, "MATCHED")] * 2
    assert remaining(workflow) == []


def test_several_letters_of_one_document_run_it_once(express):
    dead_lettered(express)
    (dead_letter,) = remaining(express)
    send(express, json.dumps(dead_letter.content))
    send(express, json.dumps(dead_letter.content))

    assert sorted(redriven(express)) == [(True, "MATCHED"), *[(True, "another run has the document: MATCHED")] * 2]
    assert len(express.calls("trade-matching")) == 1


def test_a_letter_whose_document_another_run_has_stays(express):
    document = dead_lettered(express)
    express.script("trade-matching", {"reply": GOOD["trade-matching"], "delay_seconds": 60})
    with express.under_way(document, "trade-matching"):
        assert redriven(express) == [(False, "another run has the document: RUNNING")]
    assert redriven(express) == [(True, "another run has the document: MATCHED")]


def test_wrong_input_stays_until_it_is_corrected(express):
    express.run({"document_path": "s3://bucket/BANK/a.doc"})
    ((gone, what),) = redriven(express)
    assert not gone
    assert "input is wrong" in what

    ((gone, what),) = redriven(express, corrected={"document_path": "wrong again"})
    assert not gone
    assert len(remaining(express)) == 2

    express.dead_letters()
    express.run({"document_path": "s3://bucket/BANK/a.doc"})
    assert redriven(express, corrected=express.new_input()) == [(True, "MATCHED")]
    assert remaining(express) == []


@pytest.mark.parametrize(
    "body",
    ["not JSON", "[]", "null", '"text"', "{}", '{"error": "x"}', "[" * 5000, "{% $states.input %}", '{"input": '],
    ids=lambda body: body[:20],
)
def test_a_message_that_the_workflow_did_not_write_is_named_and_stays(express, body):
    send(express, body)
    ((gone, what),) = redriven(express)
    assert not gone
    assert "the workflow did not write it" in what
    assert [dead_letter.content for dead_letter in remaining(express)] == [{}]


@pytest.mark.parametrize(
    "dead_letter",
    [
        {"input": []},
        {"input": "text"},
        {"input": {"document_path": {"a": 1}}},
        {"input": {"document_path": "s3://bucket/BANK/a.pdf", "source_type": "\u001b[2J"}, "error": ["x"]},
        {"input": None, "error": 5},
    ],
    ids=str,
)
def test_a_hostile_letter_ends_as_a_wrong_input_of_its_own(express, dead_letter):
    send(express, json.dumps(dead_letter))
    redriven(express)
    assert [found.error for found in remaining(express)] == ["InvalidInput"]


@pytest.fixture
def command(express, monkeypatch, capsys):
    """Run a command on the stack; return its exit code and its output."""
    monkeypatch.setattr(target, "chosen", lambda *_: express.stack)
    monkeypatch.setenv("COLUMNS", "300")

    def run(module, *arguments):
        parser = argparse.ArgumentParser()
        module.add_parser(parser.add_subparsers())
        args = parser.parse_args([module.__name__.rpartition(".")[2], *arguments])
        return args.run(args), capsys.readouterr().out

    return run


def test_the_command_shows_what_it_did_and_keeps_control_characters_off_the_screen(express, command):
    document = dead_lettered(express)
    send(express, json.dumps({"input": {"document_id": "\u001b[2Jgone"}, "message": "\u0007bell"}))

    code, shown = command(redrive_command, "--show")
    assert (code, len(remaining(express))) == (0, 2)
    code, done = command(redrive_command)
    assert code == 1  # the second one is a dead letter still, a new one
    assert "✓ MATCHED" in done
    assert "✗ dead-lettered anew" in done
    for text in (shown, done):
        assert document["document_id"] in text
        assert "\u001b[2J" not in text
        assert "\u0007" not in text


def test_the_command_runs_one_letter_with_a_corrected_input(express, command, tmp_path):
    express.run({"document_path": "wrong"})
    dead_lettered(express)
    wrong = next(dead_letter for dead_letter in remaining(express) if dead_letter.error == "InvalidInput")
    file = tmp_path / "input.json"
    file.write_text(json.dumps(express.new_input()))

    assert command(redrive_command, "--letter", wrong.id, "--input", str(file))[0] == 0
    assert [dead_letter.error for dead_letter in remaining(express)] == ["BedrockAgentCore.AccessDeniedException"]


def test_circuits_are_shown_and_reset(express, command):
    express.open_circuit("pdf-adapter")
    express.open_circuit("trade-matching", failures=2)
    _, shown = command(circuits_command)
    states = {line.split()[1]: line.split()[3:6:2] for line in shown.splitlines() if "-" in line and "│" in line}
    assert states == {
        "pdf-adapter": ["OPEN", "5"],
        "trade-extraction": ["CLOSED", "0"],
        "trade-matching": ["CLOSED", "2"],
        "exception-management": ["CLOSED", "0"],
    }
    express.pass_time(60)
    assert "HALF_OPEN" in command(circuits_command)[1]
    assert "OPEN" not in command(circuits_command, "--reset", "pdf-adapter")[1]
    assert express.process().outcome == "MATCHED"
