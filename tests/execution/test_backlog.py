"""What waits is shown and resumed, and what failed is run again: by the commands, as people use them."""

import argparse
from datetime import datetime, timedelta

import pytest

from harness import target
from harness.__main__ import main
from harness.commands import backlog as backlog_command
from harness.commands import rerun as rerun_command
from harness.errors import HarnessError
from harness.rerun import choose, start
from tests.execution.driver import GOOD
from tests.waiting import until

BROKEN = {"error": "InternalServerException"}


@pytest.fixture
def command(monkeypatch, capsys):
    """Run a command on a stack as `make` does; returns its exit code and what it prints."""

    def run(workflow, module, *arguments):
        monkeypatch.setattr(target.background, "running", lambda: workflow.stack)
        parser = argparse.ArgumentParser()
        module.add_parser(parser.add_subparsers())
        code = module.run(parser.parse_args([module.__name__.rpartition(".")[2], *arguments]))
        return code, capsys.readouterr().out

    return run


def deferred(workflow):
    """Defer a document behind an open circuit; returns its id."""
    workflow.open_circuit("trade-matching", 50)
    run_input = workflow.new_input()
    assert workflow.run(run_input).outcome == "DEFERRED"
    return run_input["document_id"]


def failed(workflow, agent="trade-matching"):
    """Make a document fail at an agent; returns its id."""
    workflow.script(agent, {"error": "AccessDeniedException"})
    run_input = workflow.new_input()
    assert workflow.run(run_input).outcome == "FAILED"
    workflow.script(agent, {"reply": GOOD[agent]})
    return run_input["document_id"]


def test_the_backlog_says_what_waits_for_what_and_until_when(patient, command):
    document = deferred(patient)
    code, shown = command(patient, backlog_command)
    record = patient.record("BANK", document)
    assert code == 0
    flat = "".join(shown.split())
    assert "CircuitOpen" in flat
    assert "1wait:1fortrade-matching." in flat
    assert record["due_at"][:10] in flat


def test_an_empty_backlog_says_so(patient, command):
    assert command(patient, backlog_command) == (0, "No document waits.\n")


def test_a_document_of_the_backlog_goes_on_at_once(patient, command):
    document = deferred(patient)
    code, shown = command(patient, backlog_command, "--hurry", document)
    assert (code, "DEFERRED, CircuitOpen" in shown) == (1, True)
    patient.close_circuit("trade-matching")
    assert command(patient, backlog_command, "--hurry", f"BANK#{document}") == (0, f"BANK#{document}: MATCHED\n")
    assert len(patient.calls("pdf-adapter")) == 1


def test_a_document_that_is_given_up_is_one_exception_that_says_what_it_waited_for(patient, command):
    document = deferred(patient)
    code, shown = command(patient, backlog_command, "--give-up", document)
    assert (code, "FAILED" in shown) == (0, True)
    assert patient.record("BANK", document)["error"] == "CircuitOpen"
    (raised,) = patient.calls("exception-management")
    assert "deferred 1 times since" in raised["payload"]["error_message"]
    assert patient.dead_letters() == []


def test_a_document_that_does_not_wait_is_named(patient, command):
    with pytest.raises(HarnessError, match="nobody does not wait"):
        command(patient, backlog_command, "--hurry", "nobody")


def test_failed_documents_are_shown_and_run_again_only_when_asked_to(express, command):
    express.forget_documents()
    document = failed(express)
    code, shown = command(express, rerun_command)
    assert code == 0
    assert "1 failed: 1 with BedrockAgentCore.AccessDeniedException." in " ".join(shown.split())
    assert "Nothing was run" in shown
    assert len(express.calls("pdf-adapter")) == 1

    assert command(express, rerun_command, "--start")[0] == 0
    until(lambda: express.record("BANK", document)["status"] == "COMPLETED")
    assert "event_type" not in express.record("BANK", document)
    assert command(express, rerun_command)[1] == "No such document failed.\n"


def test_failed_documents_are_chosen_by_error_agent_and_time(express):
    express.forget_documents()
    at_matching, at_extraction = failed(express), failed(express, "trade-extraction")
    moment = datetime.fromisoformat(express.record("BANK", at_extraction)["finished_at"])
    earlier = moment - timedelta(milliseconds=1)

    def chosen(**by):
        return [record["document_id"] for record in choose(express.stack, **by)]

    assert chosen() == chosen(error="BedrockAgentCore.AccessDeniedException") == [at_matching, at_extraction]
    assert chosen(agent="trade-matching") == [at_matching]
    assert chosen(since=moment) == [at_extraction]
    assert at_matching in chosen(until=moment)
    assert at_extraction not in chosen(until=moment)
    assert chosen(since=earlier, agent="pdf-adapter") == chosen(error="AgentTimeout") == []


def test_runs_are_started_at_a_pace_and_not_for_what_another_run_has_had(express):
    express.forget_documents()
    documents = [failed(express) for _ in range(3)]
    chosen = choose(express.stack)
    express.run({"document_path": chosen[0]["document_path"]})
    calls, pauses = len(express.calls("pdf-adapter")), []
    assert len(list(start(express.stack, chosen, 4, pauses.append))) == 3
    assert pauses == [0.25, 0.25]
    until(lambda: all(express.record("BANK", one)["status"] == "COMPLETED" for one in documents))
    assert len(express.calls("pdf-adapter")) - calls == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--since", "yesterday"], "'yesterday' is no time: write it like 2026-01-31T09:30, in UTC."),
        (["--per-second", "0"], "'0' runs a second cannot be started: write a number over 0."),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(arguments, sentence, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["rerun", *arguments])
    assert sentence in capsys.readouterr().err
