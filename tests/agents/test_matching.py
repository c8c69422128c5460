"""trade-matching: what agrees, what does not, and how two sides find each other whoever comes first."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.agents.trade_matching.compare import IncomparableError, compare
from tests.agents.desk import desk

BANK, CLIENT = {"name": "Harbour Bank plc", "lei": None}, {"name": "Quarry Pension Fund", "lei": None}
SWAP = {
    "trade_id": "HB-1",
    "product_type": "INTEREST_RATE_SWAP",
    "other_reference": None,
    "references": ["HB-1"],
    "parties": [BANK, CLIENT],
    "amounts": {"USD": "50000000"},
    "payers": {"fixed": 1},
    "terms": {
        "trade_date": "2024-09-17",
        "effective_date": "2024-09-19",
        "termination_date": "2029-09-19",
        "fixed_rate": "0.0375",
        "floating_index": "SOFR",
        "fixed_day_count": "30/360",
        "governing_law": "England and Wales",
    },
    "remarks": [],
}
FORWARD = {
    **SWAP,
    "product_type": "FX_FORWARD",
    "amounts": {"EUR": "10000000", "USD": "11050000"},
    "payers": {"EUR": 0, "USD": 1},
    "terms": {"trade_date": "2024-10-02", "settlement_date": "2025-01-06", "exchange_rate": "1.105"},
}


def like(trade, **changes):
    """Copy a trade with changes; a name with a dot changes a part: terms.fixed_rate (dots in names are __)."""
    copy = deepcopy(trade)
    for name, value in changes.items():
        *path, last = name.split("__")
        part = copy
        for step in path:
            part = part[int(step) if step.isdigit() else step]
        part[last] = value
    return copy


_UNPRICED = {name: FORWARD["terms"][name] for name in ("trade_date", "settlement_date")}

# what the counterparty's confirmation says otherwise -> classification, reason codes
COMPARED = {
    "nothing": (SWAP, {}, "MATCHED", []),
    "the parties' order": (SWAP, {"parties": [CLIENT, BANK], "payers": {"fixed": 0}}, "MATCHED", []),
    "legal form left out": (SWAP, {"parties": [{**BANK, "name": "HARBOUR BANK"}, CLIENT]}, "MATCHED", []),
    "legal form written out": (
        SWAP,
        {"parties": [{**BANK, "name": "Harbour Bank Public Limited Company"}, CLIENT]},
        "MATCHED",
        [],
    ),
    "no spread, said so": (SWAP, {"terms__spread": "0"}, "MATCHED", []),
    "terms that only one side states": (SWAP, {"terms__floating_day_count": "ACT/360"}, "MATCHED", []),
    "ten times the notional": (SWAP, {"amounts": {"USD": "500000000"}}, "BREAK", ["NOTIONAL_MISMATCH"]),
    "a cent more": (SWAP, {"amounts": {"USD": "50000000.01"}}, "BREAK", ["NOTIONAL_MISMATCH"]),
    "another currency": (SWAP, {"amounts": {"EUR": "50000000"}}, "BREAK", ["CURRENCY_MISMATCH"]),
    "another currency and amount": (
        SWAP,
        {"amounts": {"EUR": "5"}},
        "BREAK",
        ["CURRENCY_MISMATCH", "NOTIONAL_MISMATCH"],
    ),
    "another product": (SWAP, {"product_type": "CREDIT_DEFAULT_SWAP"}, "BREAK", ["PRODUCT_TYPE_MISMATCH"]),
    "another party": (
        SWAP,
        {"parties": [BANK, {"name": "Someone Else", "lei": None}]},
        "BREAK",
        ["COUNTERPARTY_MISMATCH"],
    ),
    "another legal form": (
        SWAP,
        {"parties": [{**BANK, "name": "Harbour Bank AG"}, CLIENT]},
        "BREAK",
        ["COUNTERPARTY_MISMATCH"],
    ),
    "the other one pays fixed": (SWAP, {"payers": {"fixed": 0}}, "BREAK", ["COUNTERPARTY_MISMATCH"]),
    "ends two days later": (SWAP, {"terms__termination_date": "2029-09-21"}, "REVIEW_REQUIRED", ["DATE_MISMATCH"]),
    "ends a year later": (SWAP, {"terms__termination_date": "2030-09-19"}, "BREAK", ["DATE_MISMATCH"]),
    "traded a day later": (SWAP, {"terms__trade_date": "2024-09-18"}, "REVIEW_REQUIRED", ["DATE_MISMATCH"]),
    "a rate off by a basis point": (SWAP, {"terms__fixed_rate": "0.0376"}, "REVIEW_REQUIRED", ["RATE_MISMATCH"]),
    "digits of the rate swapped": (SWAP, {"terms__fixed_rate": "0.0357"}, "BREAK", ["RATE_MISMATCH"]),
    "another index": (SWAP, {"terms__floating_index": "TERM_SOFR"}, "BREAK", ["RATE_MISMATCH"]),
    "a spread that this side does not have": (SWAP, {"terms__spread": "0.0025"}, "BREAK", ["RATE_MISMATCH"]),
    "another day count": (SWAP, {"terms__fixed_day_count": "ACT/360"}, "REVIEW_REQUIRED", ["RATE_MISMATCH"]),
    "another law": (SWAP, {"terms__governing_law": "New York"}, "PROBABLE_MATCH", []),
    "quotes another reference": (SWAP, {"other_reference": "HB-2"}, "PROBABLE_MATCH", ["TRADE_ID_MISMATCH"]),
    "two slips": (
        SWAP,
        {"terms__trade_date": "2024-09-18", "terms__fixed_rate": "0.0376"},
        "BREAK",
        ["DATE_MISMATCH", "RATE_MISMATCH"],
    ),
    "a forward": (FORWARD, {}, "MATCHED", []),
    "a forward's rate the other way round": (FORWARD, {"terms__exchange_rate": "0.904977"}, "MATCHED", []),
    "a forward's rate": (FORWARD, {"terms__exchange_rate": "1.106"}, "REVIEW_REQUIRED", ["RATE_MISMATCH"]),
    "one amount and the rate": (FORWARD, {"amounts": {"EUR": "10000000"}}, "MATCHED", []),
    "a forward's second amount": (
        FORWARD,
        {"amounts": {"EUR": "10000000", "USD": "11050001"}},
        "BREAK",
        ["NOTIONAL_MISMATCH"],
    ),
    "a rate that the other's amounts contradict": (
        like(FORWARD, amounts={"EUR": "10000000"}),
        {"amounts": {"EUR": "10000000", "USD": "11150000"}, "terms": {**_UNPRICED}},
        "REVIEW_REQUIRED",
        ["RATE_MISMATCH"],
    ),
    "a rate that the other's amounts imply": (
        like(FORWARD, amounts={"EUR": "10000000"}),
        {"amounts": {"EUR": "10000000", "USD": "11050000"}, "terms": {**_UNPRICED}},
        "MATCHED",
        [],
    ),
    "a payment at the beginning that the counterparty does not have": (
        SWAP,
        {"terms__initial_payment": "USD 200000"},
        "BREAK",
        ["NOTIONAL_MISMATCH"],
    ),
    "the other one buys": (FORWARD, {"payers": {"EUR": 1, "USD": 0}}, "BREAK", ["COUNTERPARTY_MISMATCH"]),
    "one of two currencies": (
        FORWARD,
        {"amounts": {"EUR": "10000000", "GBP": "11050000"}, "payers": {"EUR": 0, "GBP": 1}},
        "BREAK",
        ["CURRENCY_MISMATCH"],
    ),
}


@pytest.fixture(scope="module")
def agents():
    with desk() as agents:
        yield agents


@pytest.fixture
def names(request):
    """Ids that no other test uses: a reference in common, and a document of each side."""
    return request.node.name, f"bank {request.node.name}", f"client {request.node.name}"


def quoted(trade, reference):
    """Copy a trade as one that no other test could take for its own: of other parties, quoting a reference."""
    return like(trade, references=[reference], parties__1__name=f"Quarry Pension Fund {reference}")


def arrive(agents, source_type, document_id, trade):
    agents.store(source_type, document_id, json.dumps(trade))
    return agents.match(source_type, document_id)


@pytest.mark.parametrize("case", COMPARED)
def test_what_the_other_side_says_otherwise_decides(case):
    trade, changes, classification, reason_codes = COMPARED[case]
    comparison = compare(trade, like(trade, **changes))
    assert (comparison.classification, comparison.reason_codes) == (classification, reason_codes), comparison
    assert 0 <= comparison.score <= 100


@pytest.mark.parametrize("name", sorted(SWAP["terms"].keys() - {"trade_date"}))
def test_a_term_that_one_side_alone_states_is_no_full_agreement(name):
    other = like(SWAP)
    del other["terms"][name]
    assert compare(SWAP, other).score < 100


def test_dates_out_of_order_cannot_be_compared():
    with pytest.raises(IncomparableError, match="HB-1 ends on 2019-09-19"):
        compare(SWAP, like(SWAP, terms__termination_date="2019-09-19"))


def test_amounts_in_no_common_currency_cannot_be_compared():
    with pytest.raises(IncomparableError, match="no currency"):
        compare(like(FORWARD, amounts={"EUR": "1"}), like(FORWARD, amounts={"USD": "1"}))


RESULTS = {
    "the same": ({}, "MATCHED", []),
    "ten times the notional": ({"amounts": {"USD": "500000000"}}, "BREAK", ["NOTIONAL_MISMATCH"]),
    "a day's slip": ({"terms__trade_date": "2024-09-18"}, "REVIEW_REQUIRED", ["DATE_MISMATCH"]),
    "dates out of order": ({"terms__termination_date": "2019-09-19"}, "DATA_ERROR", ["DATA_ERROR"]),
}


@pytest.mark.parametrize("case", RESULTS)
@pytest.mark.parametrize("first", ["BANK", "COUNTERPARTY"])
def test_the_second_side_is_answered_whichever_it_is(agents, names, case, first):
    changes, classification, reason_codes = RESULTS[case]
    reference, bank, client = names
    sides = [
        ("BANK", bank, quoted(SWAP, reference)),
        ("COUNTERPARTY", client, like(quoted(SWAP, reference), **changes)),
    ]
    if first == "COUNTERPARTY":
        sides.reverse()
    waiting = arrive(agents, *sides[0])
    assert (waiting["match_classification"], "matched_document_id" in waiting) == ("PENDING", False)
    reply = arrive(agents, *sides[1])
    assert (reply["success"], reply["match_classification"], reply["reason_codes"]) == (
        True,
        classification,
        reason_codes,
    )
    assert reply["matched_document_id"] == sides[0][1]


TERMS = st.fixed_dictionaries(
    {},
    optional={
        "trade_date": st.dates(date(2024, 1, 1), date(2025, 1, 1)).map(str),
        "fixed_rate": st.decimals("0.0001", "0.2", places=6).map(str),
        "spread": st.sampled_from(["0", "0.0025"]),
        "governing_law": st.sampled_from(["New York", "England and Wales"]),
    },
)


@given(factor=st.decimals("0.001", "1000", places=3).filter(lambda factor: factor != 1), terms=TERMS)
def test_a_wrong_notional_is_never_a_match_whatever_else_agrees(factor, terms):
    own = like(SWAP, terms=SWAP["terms"] | terms)
    other = like(own, amounts={"USD": str(Decimal("50000000") * factor)})
    assert compare(own, other).score < 50
    assert "NOTIONAL_MISMATCH" in compare(own, other).reason_codes


@given(currency=st.sampled_from(["EUR", "GBP", "JPY"]), terms=TERMS)
def test_a_wrong_currency_is_never_a_match(currency, terms):
    own = like(SWAP, terms=SWAP["terms"] | terms)
    other = like(own, amounts={currency: "50000000"})
    assert compare(own, other).score < 50
    assert "CURRENCY_MISMATCH" in compare(own, other).reason_codes


@given(one=TERMS, other=TERMS)
def test_it_does_not_matter_which_side_is_compared_with_which(one, other):
    one, other = (like(SWAP, terms=SWAP["terms"] | terms) for terms in (one, other))
    assert compare(one, other) == compare(other, one)


def test_the_first_side_is_matched_too_when_it_is_asked_again(agents, names):
    reference, bank, client = names
    trade = quoted(SWAP, reference)
    assert arrive(agents, "BANK", bank, trade)["match_classification"] == "PENDING"
    assert arrive(agents, "COUNTERPARTY", client, trade)["match_classification"] == "MATCHED"
    again = agents.match("BANK", bank)
    assert (again["match_classification"], again["matched_document_id"]) == ("MATCHED", client)


def test_pending_is_not_remembered_but_a_match_is(agents, names):
    reference, bank, client = names
    trade = quoted(SWAP, reference)
    agents.store("BANK", bank, json.dumps(trade))
    assert agents.match("BANK", bank, idempotency_key=bank)["match_classification"] == "PENDING"
    arrive(agents, "COUNTERPARTY", client, trade)
    matched = agents.match("BANK", bank, idempotency_key=bank)
    assert matched["match_classification"] == "MATCHED"
    agents.store("BANK", bank, json.dumps(like(trade, amounts={"USD": "1"})))
    assert agents.match("BANK", bank, idempotency_key=bank) == matched


def test_a_trade_that_was_not_extracted_is_refused_for_now(agents, names):
    _, bank, _ = names
    assert agents.match("BANK", bank, idempotency_key=bank)["error_type"] == "TRADE_NOT_FOUND"
    agents.store("BANK", bank, json.dumps(quoted(SWAP, bank)))
    assert agents.match("BANK", bank, idempotency_key=bank)["match_classification"] == "PENDING"


# Without a reference in common: what the counterparty's confirmation says otherwise -> is it taken for the same trade?
FOUND = {
    "nothing": ({}, "MATCHED"),
    "the notional": ({"amounts": {"USD": "500000000"}}, "BREAK"),
    "the trade date": ({"terms__trade_date": "2024-09-18"}, "REVIEW_REQUIRED"),
    "the notional and the rate: another trade": ({"amounts": {"USD": "7"}, "terms__fixed_rate": "0.04"}, "PENDING"),
    "the client: another trade": ({"parties": [BANK, {"name": "Else", "lei": None}]}, "PENDING"),
    "quotes a trade that is not this one, all else the same": ({"other_reference": "HB-9"}, "PROBABLE_MATCH"),
    "quotes a trade that is not this one": (
        {"other_reference": "HB-9", "terms__trade_date": "2024-09-18"},
        "PENDING",
    ),
}


@pytest.mark.parametrize("case", FOUND)
def test_without_a_reference_in_common_the_terms_say_which_trade_it_is(agents, names, case):
    changes, classification = FOUND[case]
    reference, bank, client = names
    trade = quoted(SWAP, reference)
    arrive(agents, "BANK", bank, trade)
    reply = arrive(
        agents, "COUNTERPARTY", client, like(trade, trade_id="Q-1", references=[f"Q {reference}"], **changes)
    )
    assert reply["match_classification"] == classification, reply


def test_the_trade_that_is_quoted_wins_over_one_that_looks_the_same(agents, names):
    reference, bank, client = names
    trade = quoted(SWAP, reference)
    arrive(agents, "BANK", f"{bank} twin", like(trade, references=["twin"]))
    arrive(agents, "BANK", bank, like(trade, amounts={"USD": "49000000"}))
    reply = arrive(agents, "COUNTERPARTY", client, like(trade, references=["Q-1", reference]))
    assert (reply["matched_document_id"], reply["match_classification"]) == (bank, "BREAK")


def test_a_side_belongs_to_one_other_side_only(agents, names):
    reference, bank, client = names
    trade = quoted(SWAP, reference)
    arrive(agents, "BANK", bank, trade)
    arrive(agents, "COUNTERPARTY", client, trade)
    copy = arrive(agents, "COUNTERPARTY", f"{client} copy", trade)
    assert copy["match_classification"] == "PENDING"
    wrong = arrive(agents, "COUNTERPARTY", f"{client} wrong", like(trade, amounts={"USD": "500000000"}))
    assert (wrong["match_classification"], wrong["matched_document_id"]) == ("BREAK", bank)
    other = arrive(agents, "BANK", f"{bank} copy", trade)
    assert (other["match_classification"], other["matched_document_id"]) == ("MATCHED", f"{client} copy")


def test_two_sides_that_arrive_together_never_both_stay_pending(agents, names):
    reference, bank, client = names
    for attempt in range(50):
        trade = json.dumps(quoted(SWAP, f"{reference} {attempt}"))
        sides = [("BANK", f"{bank} {attempt}"), ("COUNTERPARTY", f"{client} {attempt}")]
        for side in sides:
            agents.store(*side, trade)
        start = threading.Barrier(2)

        def match(side, start=start):
            start.wait()
            return agents.match(*side)["match_classification"]

        with ThreadPoolExecutor(2) as pool:
            assert "MATCHED" in list(pool.map(match, sides))


def test_many_sides_of_one_kind_that_arrive_together_are_all_paired(agents, names):
    reference, bank, client = names
    trade = json.dumps(quoted(SWAP, reference))
    sides = [(side, f"{name} {n}") for n in range(5) for side, name in (("BANK", bank), ("COUNTERPARTY", client))]
    for side in sides:
        agents.store(*side, trade)
    with ThreadPoolExecutor(len(sides)) as pool:
        list(pool.map(lambda side: agents.match(*side), sides))
    replies = {document_id: agents.match(side, document_id) for side, document_id in sides}
    assert {reply["match_classification"] for reply in replies.values()} == {"MATCHED"}
    partners = {document_id: reply["matched_document_id"] for document_id, reply in replies.items()}
    assert all(partners[partner] == document_id for document_id, partner in partners.items())


def test_the_race_is_a_race_when_a_side_is_looked_for_before_it_is_published(agents, names, monkeypatch):
    """Proves that the test above can fail: read first, publish after, and the two documents may miss each other."""
    from harness.agents.trade_matching.sides import Sides

    reference, bank, client = names
    trade = json.dumps(quoted(SWAP, reference))
    both_have_read = threading.Barrier(2)
    candidates, publish = Sides.candidates, Sides.publish

    def late(sides, side):
        found = candidates(sides, side)
        both_have_read.wait()
        publish(sides, side)
        return found

    monkeypatch.setattr(Sides, "publish", lambda *_: None)
    monkeypatch.setattr(Sides, "candidates", late)
    agents.store("BANK", bank, trade)
    agents.store("COUNTERPARTY", client, trade)
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda side: agents.match(*side), [("BANK", bank), ("COUNTERPARTY", client)]))
    assert {reply["match_classification"] for reply in replies} == {"PENDING"}


def test_days_between_dates_decide_whether_it_is_a_slip():
    for days in range(1, 12):
        end = str(date(2029, 9, 19) + timedelta(days=days))
        expected = "REVIEW_REQUIRED" if days <= 5 else "BREAK"
        assert compare(SWAP, like(SWAP, terms__termination_date=end)).classification == expected
