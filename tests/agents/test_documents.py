"""trade-extraction: documents of many kinds are read as what they are, or refused for what is not clear in them."""

import io
import time
import tomllib
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from harness.agents.pdf_reading import read_pdf
from harness.agents.trade_extraction.trade import MissingFieldsError, trade_in
from tests.agents.layouts import written

CASES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
IN_COLUMNS = (50, 270)


def rows_of(case):
    """Return the rows of a case: those of its base with other values, more rows and paragraphs."""
    base, changes = CASES["base"][case["base"]], case.get("set", {})
    rows = [[label, changes.get(label, value)] for label, value in base["rows"]]
    rows = [row for row in rows if row[1]] + case.get("add", [])
    letterhead = case.get("letterhead", base["letterhead"])
    above = [*([letterhead] if letterhead else []), case.get("title", base["title"]), *case.get("above", []), ""]
    return [*above, *rows, "", *case.get("below", []), *case.get("add_below", [])]


def in_lines(rows):
    return [row if isinstance(row, str) else f"{row[0]}: {row[1]}" for row in rows]


def outcome(rows, case, columns=IN_COLUMNS):
    """Return what comes out: what is read of what a case names, or the fields for which its document is refused."""
    try:
        trade = trade_in(written(rows, columns), case.get("source_type", "BANK"))
    except MissingFieldsError as error:
        return {"refused": sorted(error.missing)}
    names = [party["name"] for party in trade["parties"]]
    read = {name: trade["terms"].get(name, trade.get(name)) for name in case.get("trade", {})}
    if "parties" in read:
        read["parties"] = names
    if "payers" in read:
        read["payers"] = {leg: names[index] for leg, index in trade["payers"].items()}
    return {"trade": read or trade}


def assert_outcome(found, case):
    if "trade" in case:
        assert found == {"trade": case["trade"]}
    else:
        assert set(found.get("refused", [])) & set(case["refused"]), found


@pytest.mark.parametrize("draw", [list, in_lines], ids=["columns", "lines"])
@pytest.mark.parametrize("case", CASES["case"], ids=lambda case: case["about"])
def test_a_document_is_read_as_what_it_is_or_refused(case, draw):
    assert_outcome(outcome(draw(rows_of(case)), case), case)


@pytest.mark.parametrize("case", CASES["page"], ids=lambda case: case["about"])
def test_a_page_is_read_as_what_it_is_or_refused(case):
    assert_outcome(outcome(case["rows"], case, case.get("columns", IN_COLUMNS)), case)


@pytest.mark.parametrize(
    ("stamp", "refused"),
    [
        ({"kind": "turned", "text": "DRAFT"}, True),
        ({"kind": "turned", "text": "CANCELLED"}, True),
        ({"kind": "turned", "text": "CONFIDENTIAL"}, False),
        ({"kind": "annotation", "text": "rate to be checked"}, True),
    ],
)
def test_what_is_stamped_on_a_page_may_refuse_it(stamp, refused):
    (page,) = written(rows_of({"base": "swap"}), IN_COLUMNS)
    page = {**page, "stamps": [stamp]}
    if not refused:
        assert trade_in([page], "BANK")["trade_id"] == "TV-4401"
        return
    with pytest.raises(MissingFieldsError) as error:
        trade_in([page], "BANK")
    assert list(error.value.missing) == ["document_type"]


def seconds_of_cpu(clauses):
    """Return how long a page with so many clauses is read, without what other processes of a busy machine need."""
    clause = "Clause {}. Nothing in this clause changes what the parties have agreed above."
    rows = [*in_lines(rows_of({"base": "swap"})), *map(clause.format, range(clauses))]
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(600, 20 * len(rows)))
    for number, row in enumerate(reversed(rows)):
        canvas.drawString(50, 20 * number + 5, row)
    canvas.save()
    begin = time.process_time()
    assert trade_in(read_pdf(file.getvalue()), "BANK")["trade_id"] == "TV-4401"
    return time.process_time() - begin


def test_the_time_grows_no_faster_than_a_page():
    seconds_of_cpu(1)  # what is made once
    assert seconds_of_cpu(200) < 25 * seconds_of_cpu(20)  # about 9 times as long; where time is quadratic, over 40


def closely_set(title):
    """Return the pages of a swap whose title is close between address and reference."""
    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.setFont("Helvetica", 9.5)
    above = ["Tiverton Bank plc", "1 Quay Street, London", title, "Our reference: TV-4401"]
    for number, row in enumerate([*above, *CASES["base"]["swap"]["rows"][1:]]):
        for x, text in zip((60, 270), [row] if isinstance(row, str) else row, strict=False):
            canvas.drawString(x, 800 - 14 * number, text)
    canvas.save()
    return read_pdf(file.getvalue())


def test_a_closely_set_title_says_what_a_document_is():
    assert trade_in(closely_set("Confirmation of Interest Rate Swap Transaction"), "BANK")["trade_id"] == "TV-4401"
    for kind in ("Novation", "Reversal"):
        with pytest.raises(MissingFieldsError) as error:
            trade_in(closely_set(f"Confirmation of {kind} of Interest Rate Swap Transaction"), "BANK")
        assert list(error.value.missing) == ["document_type"]


@pytest.mark.parametrize("draw", [list, in_lines], ids=["columns", "lines"])
@pytest.mark.parametrize(
    ("table", "label", "name"), [("signs", "Fixed Rate", "fixed_rate"), ("spreads", "Spread", "spread")]
)
def test_a_rate_is_read_with_its_sign_and_unit_or_refused(table, label, name, draw):
    wrong = {}
    for text, value in CASES[table].items():
        case = {"base": "swap", "set": {label: text}, "trade": {name: value}}
        found = outcome(draw(rows_of(case)), case)
        right = found == {"trade": {name: value}} if value else {name, "document_type"} & set(found.get("refused", []))
        if not right:
            wrong[text] = (value, found)
    assert wrong == {}


def test_a_sentence_may_make_of_a_confirmation_something_else():
    expected = dict.fromkeys(CASES["sentences"]["refused"], True) | dict.fromkeys(CASES["sentences"]["harmless"], False)
    found = {text: "refused" in outcome(rows_of({"base": "swap", "above": [text]}), {}) for text in expected}
    assert {text: refused for text, refused in found.items() if refused != expected[text]} == {}
