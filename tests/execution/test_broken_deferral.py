"""Each invariant of deferral, circuits and places is seen to fail on a workflow whose mechanism is broken."""

import pytest

from harness.adversary.broken import broken, replaced
from tests.execution import test_deferral as invariants

BLOCKS = ("PDFAdapter", "TradeExtraction", "TradeMatching", "ExceptionManagement")


def without_progress(states):
    """A deferred document begins anew."""
    del states["RouteDocument"]["Choices"][1:]


def without_due_time(states):
    """A duplicate does not say when the document goes on."""
    replaced(states, r"'due_at': \$first\.status\.S = 'DEFERRED' \? \$first\.due_at\.S : null", "'due_at': null")


def without_seen_claim(states):
    """A command claims the document whatever its claim is by now."""
    replaced(states, r"'claim = :seen AND '", "'(claim = :seen OR attribute_exists(claim)) AND '")


def with_little_patience(states):
    """An agent's failure defers a document once only."""
    replaced(states, r"\$failed <= 3", "$failed <= 1")


def with_hasty_dead_letters(states):
    """What exception-management cannot receive at once is dead-lettered."""
    choices = states["DecideFailure"]["Choices"]
    choices.sort(key=lambda choice: choice["Next"] != "DeadLetter")


def without_closing(states):
    """What the counterparty closed is overwritten."""
    replaced(states, r"\(\$outcome = 'PENDING' \? ' AND attribute_not_exists\(closed_as\)' : ''\)", "''")


def with_old_progress(states):
    """What is processed again on purpose goes on where it stopped."""
    replaced(states, r"and \$not\(\$document\.reprocess\)", "")


def without_beginning_anew(states):
    """A result that is gone is the document's failure."""
    choices = states["DecideFailure"]["Choices"]
    choices[:] = [choice for choice in choices if choice["Next"] != "PDFAdapter"]


def without_gate(states):
    """Every call goes through whatever the circuit says."""
    replaced(states, r"\$circuit\.state in \['CLOSED', 'UNREACHABLE'\]", "$circuit.state != ''")


def with_attempts_counted(states):
    """A circuit counts attempts, and each failure is repeated."""
    replaced(
        states, r"'document_' & \$substring\(\$hash\(\$document\.identity", r"'document_' & $substring($hash($session"
    )
    replaced(states, r"\(\$alone and ", "(")


def without_end(states):
    """Patience is never over."""
    replaced(states, r"\$patient := [^;]*;", "$patient := true;")


def with_places_by_claim(states):
    """The sweep looks for a dead run's place under another name than the run had."""
    for name in ("TakePlace", "QueueForPlace", "RecordOutcome"):
        replaced(states[name], r"\$hash\(\$document\.identity", "$hash($claim")


def with_places_for_ever(states):
    """A place that is not released is kept."""
    for name in ("TakePlace", "QueueForPlace"):
        states[name]["Arguments"]["ExpressionAttributeValues"][":until"] = {"N": "9999999999999"}


def without_giving_way(states):
    """Whoever comes calls an agent that AWS is throttling."""
    for block in BLOCKS:
        for choice in states[block]["Branches"][0]["States"][f"{block}.Gate"]["Choices"]:
            if choice["Next"].endswith("GiveWay"):
                choice["Condition"] = "{% false %}"


def without_limit(states):
    """Whoever comes is admitted."""
    replaced(states, r"size\(places\) < :limit", "size(places) <> :limit OR size(places) = :limit")


def without_giving_back(states):
    """A run keeps its place when it is over."""
    replaced(states, r"\$append\((\[\{ 'Update': .*?) \}\], \$placed \? \[.*?\] : \[\]\)", r"\1 }]")


# How the workflow is broken, and the invariant that does not hold then.
BROKEN = (
    (without_progress, invariants.test_a_throttled_document_waits_and_goes_on_at_the_step_where_it_stopped),
    (without_due_time, invariants.test_a_second_start_of_a_deferred_document_is_a_duplicate_that_says_when_it_goes_on),
    (without_seen_claim, invariants.test_a_caller_may_have_a_deferred_document_now_but_not_by_a_claim_that_is_gone),
    (with_little_patience, invariants.test_what_an_agent_fails_at_for_good_is_one_exception_after_a_few_tries),
    (with_hasty_dead_letters, invariants.test_a_throttled_exception_management_gets_its_exception_later),
    (without_closing, invariants.test_what_the_counterparty_closed_stays_closed_when_a_deferred_document_goes_on),
    (with_old_progress, invariants.test_reprocessing_a_deferred_document_begins_anew),
    (without_beginning_anew, invariants.test_a_finished_step_whose_result_is_gone_is_called_again),
    (without_gate, invariants.test_a_dead_agent_is_left_alone_and_all_documents_come_right_after_it_healed),
    (with_attempts_counted, invariants.test_two_documents_that_break_an_agent_stop_no_other),
    (without_end, invariants.test_a_document_that_can_never_go_through_is_one_exception_when_patience_is_over),
    (with_places_by_claim, invariants.test_the_place_of_a_run_that_died_is_given_back),
    (with_places_for_ever, invariants.test_a_place_that_was_taken_when_its_run_had_ended_is_given_back),
    (without_giving_way, invariants.test_where_aws_throttles_one_document_the_others_give_way_and_come_back),
    (without_limit, invariants.test_no_more_documents_are_at_work_than_there_are_places),
    (without_giving_back, invariants.test_a_run_that_ends_gives_its_place_back),
)
OTHERS = {"agent": "trade-matching", "classification": "BREAK", "outcome": "EXCEPTION_RAISED"}  # their parameters


@pytest.mark.parametrize(("mutation", "invariant"), BROKEN, ids=lambda value: value.__name__)
def test_an_invariant_fails_where_its_mechanism_is_broken(admitting, mutation, invariant):
    parameters = invariant.__code__.co_varnames[1 : invariant.__code__.co_argcount]
    with broken(admitting.stack, mutation), pytest.raises(AssertionError):
        invariant(admitting, **{name: OTHERS[name] for name in parameters})
