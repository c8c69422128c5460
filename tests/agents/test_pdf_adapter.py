"""pdf-adapter: what it makes of a PDF, what it refuses and how it repeats itself."""

import asyncio
import io
import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from harness.agents import pdf_adapter, pdf_reading
from harness.agents.pdf_reading import read_pdf
from harness.agents.replies import RefusalError
from harness.agents.server import AGENTS, apps
from tests.agents.desk import BUCKET, SETTINGS, desk


def drawn(*pages, **options):
    """Draw pages; each is a list of (x, height above the foot, text)."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(600, 800), invariant=1, **options)
    for page in pages:
        for x, y, text in page:
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


A_PDF = drawn([(50, 700, "Trade Date"), (300, 700, "17 Sep 2024"), (50, 680, "Notional")], [(50, 700, "Second page")])


@pytest.fixture(scope="module")
def agents():
    with desk() as agents:
        yield agents


def test_the_canonical_document_holds_every_word_and_its_place(agents):
    reply = agents.read(A_PDF, "BANK", "trade 7")
    assert reply["success"]
    assert reply["canonical_output_location"] == f"s3://{BUCKET}/extracted/BANK/trade 7.json"
    canonical = json.loads(agents.aws.s3.get_object(Bucket=BUCKET, Key="extracted/BANK/trade 7.json")["Body"].read())
    assert [page["text"] for page in canonical["pages"]] == ["Trade Date 17 Sep 2024\nNotional", "Second page"]
    words = canonical["pages"][0]["lines"][0]["words"]
    assert [(word["text"], round(word["x0"])) for word in words][:3] == [("Trade", 50), ("Date", 85), ("17", 300)]
    assert 90 < words[0]["top"] < words[0]["bottom"] < 104  # from the top: the line is 700 points above the foot


def seen(draw):
    """Return the text and the stamps of a page with a label and what `draw` adds."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(600, 800), invariant=1)
    canvas.setFont("Helvetica", 10)
    canvas.drawString(50, 700, "Notional Amount")
    draw(canvas)
    canvas.save()
    (page,) = read_pdf(buffer.getvalue())
    return page["text"], [stamp["text"] for stamp in page["stamps"]]


def amount(canvas):
    canvas.drawString(200, 700, "GBP 5,000")


def white(canvas):
    canvas.setFillColorRGB(1, 1, 1)
    amount(canvas)


def white_on_a_dark_box(canvas):
    canvas.setFillColorRGB(0, 0, 0.4)
    canvas.rect(190, 690, 100, 25, stroke=0, fill=1)
    white(canvas)


def covered(canvas):
    amount(canvas)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.rect(190, 690, 100, 25, stroke=0, fill=1)


def struck_out(canvas):
    amount(canvas)
    canvas.line(195, 703, 260, 703)


def underlined(canvas):
    amount(canvas)
    canvas.line(195, 698, 260, 698)


def tiny(canvas):
    canvas.setFont("Helvetica", 1)
    amount(canvas)


def invisible(canvas):
    text = canvas.beginText(200, 700)
    text.setTextRenderMode(3)
    text.textOut("GBP 5,000")
    canvas.drawText(text)


def raised_mark(canvas):
    amount(canvas)
    canvas.setFont("Helvetica", 6)
    canvas.drawString(200 + canvas.stringWidth("GBP 5,000", "Helvetica", 10), 705, "1")


def turned(canvas):
    canvas.rotate(45)
    canvas.setFont("Helvetica", 80)
    canvas.drawString(300, 100, "DRAFT")


SEEN = {
    white: ("Notional Amount", []),
    white_on_a_dark_box: ("Notional Amount GBP 5,000", []),
    covered: ("Notional Amount", []),
    struck_out: ("Notional Amount", []),
    underlined: ("Notional Amount GBP 5,000", []),
    tiny: ("Notional Amount", []),
    invisible: ("Notional Amount", []),
    raised_mark: ("Notional Amount GBP 5,000 \u00b9", []),
    turned: ("Notional Amount", ["DRAFT"]),
}


@pytest.mark.parametrize("draw", SEEN, ids=lambda draw: draw.__name__)
def test_only_what_a_person_sees_is_text(draw):
    assert seen(draw) == SEEN[draw]


def test_letters_printed_twice_to_look_bold_are_read_once():
    assert (
        seen(lambda canvas: (amount(canvas), canvas.drawString(200.3, 700, "GBP 5,000")))[0]
        == "Notional Amount GBP 5,000"
    )


REFUSED = {
    "a web page": (b"<html></html>", "NOT_A_PDF"),
    "nothing": (b"", "NOT_A_PDF"),
    "a PDF cut off": (A_PDF[:200], "UNREADABLE_PDF"),
    "a PDF header and noise": (b"%PDF-1.7\n" + bytes(range(256)) * 20, "UNREADABLE_PDF"),
    "no text": (drawn([]), "NO_TEXT"),
    "a password": (drawn([(50, 700, "x")], encrypt=StandardEncryption("secret")), "ENCRYPTED_PDF"),
    "too many pages": (drawn(*[[(50, 700, "x")]] * (pdf_reading.MAX_PAGES + 1)), "TOO_LARGE"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_read_is_refused_with_a_code_and_a_sentence(agents, what):
    content, error_type = REFUSED[what]
    reply = agents.read(content)
    assert (reply["success"], reply["error_type"]) == (False, error_type)
    assert reply["error"].endswith(".")
    assert "canonical_output_location" not in reply


def test_a_pdf_that_needs_no_password_to_be_opened_is_read(agents):
    assert agents.read(drawn([(50, 700, "x")], encrypt=StandardEncryption("", "owner")))["success"]


def test_a_file_that_is_too_large_is_not_even_fetched(agents, monkeypatch):
    monkeypatch.setattr(pdf_adapter, "MAX_BYTES", len(A_PDF) - 1)
    assert agents.read(A_PDF)["error_type"] == "TOO_LARGE"


@pytest.mark.parametrize(("limit", "most"), [("MAX_CHARACTERS", 5), ("MAX_SHAPES", 1), ("MAX_PAGES", 1)])
def test_what_would_take_too_long_is_refused_before_it_does(monkeypatch, limit, most):
    monkeypatch.setattr(pdf_reading, limit, most)
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    for _ in range(2):
        canvas.drawString(50, 700, "many words")
        canvas.grid([50, 100, 150], [50, 100, 150])
        canvas.showPage()
    canvas.save()
    with pytest.raises(RefusalError) as error:
        read_pdf(buffer.getvalue())
    assert error.value.reply["error_type"] == "TOO_LARGE"
    assert f"reads up to {most}" in error.value.reply["error"]


@pytest.mark.parametrize("path", [f"s3://{BUCKET}/none.pdf", "s3://no-such-bucket-anywhere/none.pdf"])
def test_a_missing_object_is_said_to_be_missing(agents, path):
    reply = agents.call("pdf-adapter", document_path=path, source_type="BANK", document_id="none")
    assert reply["error_type"] == "DOCUMENT_NOT_FOUND"


def test_every_wrong_field_is_named(agents):
    reply = agents.call("pdf-adapter", document_path="/tmp/a.pdf", source_type="BROKER", document_id=7)  # noqa: S108
    assert reply["error_type"] == "INVALID_INPUT"
    assert all(name in reply["error"] for name in ("document_path", "source_type", "document_id"))


@pytest.mark.parametrize("payload", [None, [], "text", 7, {}])
def test_no_payload_makes_an_agent_fail_otherwise(served, payload):
    for path, app in served.items():
        status, reply = asyncio.run(CALLERS[path.partition("/")[0]](app, json.dumps(payload)))
        assert (status, json.loads(reply)["error_type"]) == (200, "INVALID_INPUT"), path


def test_each_agent_is_served_in_both_protocols(served):
    assert served.keys() == {f"{protocol}/{name}" for protocol in CALLERS for name in AGENTS}


def test_an_a2a_message_that_is_no_json_is_answered_by_a_json_rpc_error(served):
    response = asyncio.run(posted(served["A2A/pdf-adapter"], "/", message("no JSON")))
    assert (response.status_code, response.json()["error"]["code"]) == (200, -32603)


@pytest.fixture(scope="module")
def served(agents):  # noqa: ARG001 - on the AWS of its desk
    return apps(SETTINGS)


async def posted(app, path, content):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://agent") as client:
        assert (await client.get("/ping")).json()["status"] == "Healthy"
        return await client.post(path, content=content)


def message(text):
    content = {"kind": "message", "role": "user", "messageId": "m", "parts": [{"kind": "text", "text": text}]}
    return json.dumps({"jsonrpc": "2.0", "id": "m", "method": "message/send", "params": {"message": content}})


async def called_by_http(app, text):
    response = await posted(app, "/invocations", text)
    return response.status_code, response.text


async def called_by_a2a(app, text):
    response = await posted(app, "/", message(text))
    (artifact,) = response.json()["result"]["artifacts"]
    return response.status_code, "".join(part["text"] for part in artifact["parts"])


CALLERS = {"HTTP": called_by_http, "A2A": called_by_a2a}


def test_a_key_is_answered_as_before_even_when_the_document_is_another(agents):
    first = agents.read(A_PDF, idempotency_key="read")
    assert agents.read(b"no pdf", idempotency_key="read") == first
    assert agents.read(b"no pdf", idempotency_key="another")["error_type"] == "NOT_A_PDF"


def test_a_refusal_for_good_is_repeated_but_a_missing_object_may_arrive(agents):
    assert agents.read(b"no pdf", idempotency_key="refused")["error_type"] == "NOT_A_PDF"
    assert agents.read(A_PDF, idempotency_key="refused")["error_type"] == "NOT_A_PDF"
    payload = {"document_path": f"s3://{BUCKET}/late.pdf", "source_type": "BANK", "document_id": "late"}
    assert not agents.call("pdf-adapter", **payload, idempotency_key="late")["success"]
    agents.upload("late.pdf", A_PDF)
    assert agents.call("pdf-adapter", **payload, idempotency_key="late")["success"]


def test_concurrent_calls_with_one_key_get_one_answer(agents):
    contents = [A_PDF, b"no pdf"] * 4
    for number, content in enumerate(contents):
        agents.upload(f"{number}.pdf", content)
    with ThreadPoolExecutor(len(contents)) as pool:
        replies = list(
            pool.map(
                lambda number: agents.call(
                    "pdf-adapter",
                    document_path=f"s3://{BUCKET}/{number}.pdf",
                    source_type="BANK",
                    document_id="d",
                    idempotency_key="at once",
                ),
                range(len(contents)),
            )
        )
    assert all(reply == replies[0] for reply in replies)
