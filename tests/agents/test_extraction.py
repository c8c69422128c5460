"""trade-extraction: confirmations that nobody has seen come out right, or the field that is missing is named."""

import io
import json
import os
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from harness.agents.pdf_reading import read_pdf
from harness.agents.trade_extraction import trades
from harness.agents.trade_extraction.trade import PRODUCTS, MissingFieldsError, trade_in
from harness.agents.trade_extraction.values import READERS, Style, style_of
from harness.agents.trade_extraction.vocabulary import KINDS, ROLES, meanings
from harness.commands.fuzz import FUZZING
from tests.agents.confirmations import Maker
from tests.agents.desk import BUCKET, desk
from tests.agents.layouts import HEADED, LAYOUTS, UNMARKED, written

CASES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
KINDS_OF_TRADE = ("swap", "general_swap", "forward", "credit")


def drawn(kind, seed, layout, without=None):
    """Make a confirmation: what is to be read in it, and its pages."""
    maker = Maker(seed)
    confirmation = maker.make(kind)
    if without:
        confirmation = confirmation.without(without)
    if seed % 2:
        confirmation = confirmation.shuffled(maker.random)
    return confirmation, read_pdf(layout(confirmation, maker.random))


def differences(expected, trade):
    """List what was read otherwise: field -> (expected, read)."""
    parties = expected["parties"]
    order = (0, 1) if trade["parties"][0]["name"] == parties[0]["name"] else (1, 0)
    names = ("product_type", "trade_id", "other_reference", "amounts", "payers")
    values = {name: expected[name] for name in names} | expected["terms"]
    read = {name: trade["terms"].get(name, trade.get(name)) for name in values}
    read["payers"] = {leg: order[index] for leg, index in trade["payers"].items()}
    for index, party in enumerate(parties):
        for name in ("name", "lei"):
            values[f"{name} {index}"], read[f"{name} {index}"] = (
                party[name],
                trade["parties"][order[index]][name],
            )
    return {name: (values[name], read[name]) for name in values if values[name] != read[name]}


@pytest.mark.parametrize("kind", KINDS_OF_TRADE)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_read_right(kind, layout):
    if kind == "general_swap" and layout not in HEADED:
        pytest.skip("without its headings this confirmation does not say whose day count it is")
    for seed in range(3):
        confirmation, pages = drawn(kind, seed, LAYOUTS[layout])
        assert differences(confirmation.expected, trade_in(pages, "BANK")) == {}, f"seed {seed}"


def test_each_run_draws_the_same_examples_unless_it_explores():
    assert settings.default.derandomize is (FUZZING not in os.environ)


def read_wrong(kind, seed, layout):
    """List what was read otherwise than it is written; None if the confirmation was refused."""
    confirmation, pages = drawn(kind, seed, layout)
    try:
        return differences(confirmation.expected, trade_in(pages, "BANK"))
    except MissingFieldsError:
        return None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(kind=st.sampled_from(KINDS_OF_TRADE), layout=st.sampled_from(sorted(HEADED)), seed=st.integers(0, 10**9))
def test_any_confirmation_is_read_right(kind, layout, seed):
    assert read_wrong(kind, seed, HEADED[layout]) == {}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    kind=st.sampled_from(KINDS_OF_TRADE),
    draw=st.sampled_from([UNMARKED, *(draw for name, draw in LAYOUTS.items() if name not in HEADED)]),
    seed=st.integers(0, 10**9),
)
def test_what_a_layout_does_not_show_is_left_out_or_refused_but_not_read_wrong(kind, draw, seed):
    wrong = read_wrong(kind, seed, draw)
    assert all(read is None for _, read in (wrong or {}).values()), wrong


REQUIRED = {
    "swap": ["trade_date", "effective_date", "termination_date", "fixed_rate", "floating_index", "notional"],
    "forward": ["trade_date", "settlement_date"],
    "credit": ["trade_date", "effective_date", "termination_date", "fixed_rate", "reference_entity"],
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in REQUIRED.items() for name in names])
def test_a_confirmation_without_a_field_names_that_field_and_no_other(kind, name, layout):
    seed = 7
    confirmation = Maker(seed).make(kind)
    of_product = PRODUCTS[confirmation.expected["product_type"]].get("means", {})
    label = next(
        label
        for label, _ in confirmation.rows
        if name in {of_product.get(meaning.field, meaning.field) for meaning in meanings(label)}
    )
    _, pages = drawn(kind, seed, LAYOUTS[layout], without=label)
    with pytest.raises(MissingFieldsError) as error:
        trade_in(pages, "BANK")
    also = {"currency"} if name == "notional" else set()
    assert set(error.value.missing) == {name} | also


def test_the_comparison_of_these_tests_sees_a_difference():
    confirmation, pages = drawn("swap", 1, LAYOUTS["colon"])
    trade = trade_in(pages, "BANK")
    trade["amounts"] = {currency: amount + "0" for currency, amount in trade["amounts"].items()}
    trade["terms"]["trade_date"] = "1999-01-01"
    assert set(differences(confirmation.expected, trade)) == {"amounts", "trade_date"}


def picked(trade, values):
    """Take from a trade what a case speaks of."""
    trade["parties"] = [{name: value for name, value in party.items() if value} for party in trade["parties"]]
    return {name: trade["terms"].get(name, trade.get(name)) for name in values}


@pytest.mark.parametrize("case", CASES["read"], ids=lambda case: case["about"])
def test_a_layout_of_its_own_is_read(case):
    trade = trade_in(written(case["rows"]), case.get("source_type", "BANK"))
    assert picked(trade, case["trade"]) == case["trade"]


@pytest.mark.parametrize("case", CASES["refused"], ids=lambda case: case["about"])
def test_what_is_not_clear_is_missing_and_never_guessed(case):
    with pytest.raises(MissingFieldsError) as error:
        trade_in(written(case["rows"]), case.get("source_type", "BANK"))
    assert sorted(error.value.missing) == sorted(case["missing"])
    assert case.get("because", "") in str(error.value)


def read_as(kind, text, style=None):
    try:
        value = READERS[kind](text, style or style_of(text))
    except ValueError:
        return None
    return [value.currency or "", value.amount or ""] if kind == "money" else value


@pytest.mark.parametrize("kind", CASES["values"])
def test_values_are_read_as_people_write_them(kind):
    cases = CASES["values"][kind]
    assert {text: read_as(kind, text) for text in cases} == {text: value or None for text, value in cases.items()}


def test_a_document_may_show_how_it_writes():
    assert style_of("Trade Date: 17/09/2024, Effective Date: 03/10/2024").day_first is True
    assert style_of("Trade Date: 09/17/2024").day_first is False
    assert style_of("All dates are DD/MM/YYYY. Trade Date: 03/04/2024").day_first is True
    assert style_of("17/09/2024 and 09/17/2024").day_first is None
    assert style_of("Rate 3,75 %").decimal_comma is True
    assert style_of("USD 1,000,000.00").decimal_comma is False
    assert style_of("Clause 2.1, 17.09.2024").decimal_comma is None
    assert read_as("date", "03/04/2024", Style(day_first=True)) == "2024-04-03"
    assert read_as("date", "03/04/2024", Style(day_first=False)) == "2024-03-04"
    assert read_as("money", "EUR 50.000", Style(decimal_comma=True)) == ["EUR", "50000"]
    assert read_as("exchange_rate", "1,105", Style(decimal_comma=True)) == "1.105"


@given(days=st.dates(date(1990, 1, 1), date(2079, 1, 1)))
def test_a_date_with_the_months_name_is_read_whichever_way_it_is_written(days):
    for text in (
        f"{days:%d-%b-%Y}",
        f"{days.day} {days:%B %Y}",
        f"{days:%B} {days.day}, {days.year}",
        days.isoformat(),
    ):
        assert read_as("date", text) == days.isoformat()


@given(amount=st.integers(1, 10**12), cents=st.integers(0, 99))
def test_an_amount_is_read_whichever_way_its_thousands_are_parted(amount, cents):
    for text in (f"{amount:,}.{cents:02d}", f"{amount:,}.{cents:02d}".translate(str.maketrans(",.", ".,"))):
        assert read_as("money", f"USD {text}") == ["USD", f"{amount}.{cents:02d}".rstrip("0").rstrip(".")], text
    assert read_as("money", f"{amount:,}".replace(",", " ") + f",{cents:02d} EUR")[0] == "EUR"


def test_every_label_of_the_vocabulary_is_known_by_its_field():
    from harness.agents.trade_extraction.vocabulary import _FIELDS

    for label, fields in _FIELDS.items():
        if "{" not in label:
            assert {meaning.field for meaning in meanings(label)} == set(fields), label
    assert set(KINDS) >= {name for product in PRODUCTS.values() for name in product.get("required", ())}
    assert all(words for words in ROLES.values())


@pytest.fixture(scope="module")
def agents():
    with desk() as agents:
        yield agents


def pdf(rows):
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    for at, row in enumerate(rows):
        canvas.drawString(50, 800 - 15 * at, row)
    canvas.save()
    return buffer.getvalue()


PLAIN = CASES["read"][0]["rows"]


def test_the_agent_stores_the_trade_and_answers_its_id(agents):
    reply = agents.extract(pdf(PLAIN), "BANK", "stored")
    assert (reply["success"], reply["trade_id"]) == (True, "HB-1")
    item = trades(agents.aws).get("BANK", "stored#")
    assert json.loads(item["trade"])["amounts"] == {"USD": "50000000"}


def test_the_agent_says_which_field_is_missing(agents):
    reply = agents.extract(pdf([row for row in PLAIN if not row.startswith("Notional")]), "BANK", "missing")
    assert (reply["success"], reply["error_type"]) == (False, "MISSING_FIELD")
    assert reply["missing_fields"] == ["currency", "notional"]
    assert reply["reason_codes"] == ["MISSING_FIELD"]
    assert "notional" in reply["error"]
    assert trades(agents.aws).get("BANK", "missing#") is None


@pytest.mark.parametrize("body", [b"not json", b"[]", b"{}", b'{"pages": []}', b'{"pages": [{"lines": []}]}'])
def test_what_is_no_canonical_document_is_refused(agents, body):
    location = agents.upload("extracted/BANK/broken.json", body)
    reply = agents.call(
        "trade-extraction", document_id="broken", source_type="BANK", canonical_output_location=location
    )
    assert (reply["success"], reply["error_type"]) == (False, "DATA_ERROR")


def test_a_canonical_document_may_come_later(agents):
    payload = {
        "document_id": "late",
        "source_type": "BANK",
        "canonical_output_location": f"s3://{BUCKET}/extracted/BANK/late.json",
        "idempotency_key": "late",
    }
    assert agents.call("trade-extraction", **payload)["error_type"] == "CANONICAL_NOT_FOUND"
    agents.read(pdf(PLAIN), "BANK", "late")
    assert agents.call("trade-extraction", **payload)["success"]
