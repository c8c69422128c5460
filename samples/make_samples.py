"""Makes the sample confirmations: `python -m samples.make_samples`. The same script makes the same bytes everywhere."""

import io
import tomllib
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

HERE = Path(__file__).parent
Section = tuple[str, list[tuple[str, str]]]

# Neither dates nor compressed streams: these differ from one machine to the next.
_SAME_EVERYWHERE = {"invariant": 1, "pageCompression": 0}
_TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=9, leading=11)
_BOLD = ParagraphStyle("bold", _TEXT, fontName="Helvetica-Bold")
_TITLE = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=14, leading=20, spaceAfter=10)
_LEI_STEMS = {
    "HARROWGATE": "FICT00HARROWGATEMB",
    "TARNHELM": "FICT00TARNHELMCAPL",
    "BRIGHTWATER": "FICT00BRIGHTWATERS",
    "LINDENMARK": "FICT00LINDENMARKIN",
}


def lei(stem: str) -> str:
    """Add the two check digits of ISO 7064 MOD 97-10 to the 18 characters of an LEI."""
    return f"{stem}{98 - int(''.join(str(int(sign, 36)) for sign in stem + '00')) % 97:02d}"


def samples() -> dict[str, bytes]:
    """Make all sample files: path under this folder, content."""
    leis = {name: lei(stem) for name, stem in _LEI_STEMS.items()}
    documents = tomllib.loads((HERE / "confirmations.toml").read_text(encoding="utf-8"))["document"]
    files = {}
    for document in documents:
        document["sections"] = [
            (heading, [(label, value.format(**leis)) for label, value in rows])
            for heading, rows in document["sections"]
        ]
        files[document["file"]] = _LAYOUTS[document["layout"]](document)
    return {
        **files,
        "BANK/scan-without-text.pdf": scan(),
        "COUNTERPARTY/not-a-pdf.pdf": b"<html><body><h1>502 Bad Gateway</h1></body></html>\n",
    }


def ruled_table(document: dict) -> bytes:
    """Draw one ruled table of two columns under each heading."""
    return _tables(document, [("GRID", (0, 0), (-1, -1), 0.5, "grey"), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")])


def plain_table(document: dict) -> bytes:
    """Draw the same without rules."""
    return _tables(document, [("VALIGN", (0, 0), (-1, -1), "TOP")])


def letter(document: dict) -> bytes:
    """Draw a letter: its terms in two columns, the labels with a colon."""
    page = _Page(document["letterhead"])
    for line in (f"From: {document['letterhead']}", f"To: {document['to']}", "", f"Re: {document['title']}", ""):
        page.line((60, line))
    page.line((60, "We are pleased to confirm the terms of the transaction that we entered into with you on the"))
    page.line((60, "Trade Date given below. Please countersign and return a copy within two Business Days."))
    for heading, rows in document["sections"]:
        page.line()
        page.line((60, heading), bold=True)
        for label, value in rows:
            page.line((75, f"{label}:"), (270, value))
    page.line()
    page.line((60, f"For and on behalf of {document['letterhead']}"))
    return page.finished()


def label_above(document: dict) -> bytes:
    """Draw each label above its value, three to a row."""
    page = _Page(document["letterhead"])
    page.line((60, document["title"]), bold=True)
    page.line()
    rows = [row for _, rows in document["sections"] for row in rows]
    for at in range(0, len(rows), 3):
        some = list(zip((60, 230, 400), rows[at : at + 3], strict=False))
        page.line(*((x, label) for x, (label, _) in some), bold=True)
        page.line(*((x, value) for x, (_, value) in some))
        page.line()
    return page.finished()


def dot_leaders(document: dict) -> bytes:
    """Draw each label with dots that lead to its value, in a font of one width."""
    page = _Page(document["letterhead"], font="Courier")
    page.line((60, document["title"]), bold=True)
    page.line()
    for _, rows in document["sections"]:
        for label, value in rows:
            page.line((60, f"{label} {'.' * (40 - len(label))} {value}"))
    return page.finished()


def four_columns(document: dict) -> bytes:
    """Draw two labels with their values to a row."""
    page = _Page(document["letterhead"], size=8)
    page.line((40, document["title"]), bold=True)
    page.line()
    rows = [row for _, rows in document["sections"] for row in rows]
    for at in range(0, len(rows), 2):
        some = zip(((40, 160), (310, 430)), rows[at : at + 2], strict=False)
        page.line(*(cell for (x, y), (label, value) in some for cell in ((x, label), (y, value))))
    return page.finished()


def scan() -> bytes:
    """Draw what looks like a scanned letter and holds no text: strokes in lines."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, **_SAME_EVERYWHERE)
    canvas.rect(60, 740, 120, 40)
    for row in range(24):
        x = 60.0
        for word in range(9 - row % 3):
            width = 18 + 7 * ((row * 5 + word * 3) % 6)
            canvas.bezier(
                x,
                690 - 22 * row,
                x + width / 3,
                700 - 22 * row,
                x + width / 2,
                680 - 22 * row,
                x + width,
                692 - 22 * row,
            )
            x += width + 8
    canvas.save()
    return buffer.getvalue()


class _Page:
    """A page that is written line by line."""

    def __init__(self, letterhead: str, font: str = "Helvetica", size: int = 9) -> None:
        self._buffer = io.BytesIO()
        self._canvas = Canvas(self._buffer, pagesize=A4, **_SAME_EVERYWHERE)
        self._font, self._size, self._y = font, size, 770.0
        self._canvas.setFont(f"{font}-Bold", 13)
        self._canvas.drawString(60, 800, letterhead)
        self._canvas.setFont(font, 7)
        self._canvas.drawString(60, 40, f"{letterhead} - a fictional company - Page 1 of 1")

    def line(self, *cells: tuple[float, str], bold: bool = False) -> None:
        """Write cells, each at its x, on the next line."""
        self._canvas.setFont(f"{self._font}-Bold" if bold else self._font, self._size)
        for x, text in cells:
            self._canvas.drawString(x, self._y, text)
        self._y -= 16

    def finished(self) -> bytes:
        self._canvas.save()
        return self._buffer.getvalue()


def _tables(document: dict, commands: list[tuple]) -> bytes:
    story: list[Flowable] = [Paragraph(escape(document["letterhead"]), _BOLD), Spacer(1, 14)]
    story.append(Paragraph(escape(document["title"]), _TITLE))
    for heading, rows in document["sections"]:
        cells = [[Paragraph(escape(label), _BOLD), Paragraph(escape(value), _TEXT)] for label, value in rows]
        table = Table(cells, colWidths=(170, 270), style=commands, hAlign="LEFT")
        story += [Paragraph(escape(heading), _BOLD), Spacer(1, 6), table, Spacer(1, 12)]
    buffer = io.BytesIO()
    SimpleDocTemplate(buffer, pagesize=A4, **_SAME_EVERYWHERE).build(story)
    return buffer.getvalue()


_LAYOUTS: dict[str, Callable[[dict], bytes]] = {
    layout.__name__: layout for layout in (ruled_table, plain_table, letter, label_above, dot_leaders, four_columns)
}


def main() -> None:
    """Write all sample files."""
    for path, content in samples().items():
        file = HERE / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)


if __name__ == "__main__":
    main()
