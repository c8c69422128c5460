"""Draws a confirmation as PDF, in the layouts that confirmations have."""

import io
from collections.abc import Callable, Sequence
from random import Random
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from harness.agents.pdf_reading import read_pdf
from tests.agents.confirmations import Confirmation

Draw = Callable[[Confirmation, Random], bytes]
_FONTS = {"Helvetica": "Helvetica-Bold", "Times-Roman": "Times-Bold", "Courier": "Courier-Bold"}
_HEADER = "Private and confidential - Trade Date and Notional Amount are as agreed"
_FOOTER = "Rate & Date Holdings Limited - Registered in England - Page {} of 9"


class Page:
    """Pages that are written line by line, with noise at head and foot or without."""

    def __init__(self, title: str, random: Random, *, small: bool = False, wide: bool = False) -> None:
        self._buffer = io.BytesIO()
        size = landscape(A4) if wide else A4
        self._canvas, self._height = Canvas(self._buffer, pagesize=size, invariant=1), size[1]
        self._font = "Helvetica" if small else random.choice(list(_FONTS))
        self._size = 8 if small else random.choice((8, 9, 10, 11))
        self._step = self._size * random.choice((1.25, 1.5, 1.8))
        self._noise, self._number = random.random() < 0.5, 0
        self._begin()
        self.line((50, title), bold=True)
        self.down()

    def line(self, *cells: tuple[float, str], bold: bool = False) -> None:
        """Write cells, each at its x."""
        self._canvas.setFont(_FONTS[self._font] if bold else self._font, self._size)
        for x, text in cells:
            self._canvas.drawString(x, self._y, text)
        self.down()

    def down(self, lines: float = 1) -> None:
        self._y -= lines * self._step

    def room_for(self, lines: int) -> None:
        """Begin a new page if the rest of this one has not so many lines."""
        if self._y - lines * self._step < 60:
            self._canvas.showPage()
            self._begin()

    def drawn(self) -> bytes:
        self._canvas.save()
        return self._buffer.getvalue()

    def _begin(self) -> None:
        self._number += 1
        self._y = self._height - 60
        if self._noise:
            self._canvas.setFont(self._font, 7)
            self._canvas.drawString(50, self._height - 25, _HEADER)
            self._canvas.drawString(50, 30, _FOOTER.format(self._number))


def lines(separator: str) -> Draw:
    """Label and value on one line."""

    def draw(confirmation: Confirmation, random: Random) -> bytes:
        page = Page(confirmation.title, random)
        for section in confirmation.sections:
            page.room_for(3)
            page.line((50, section.title), bold=True)
            for label, value in section.rows:
                page.room_for(1)
                page.line((50, f"{label}{separator}{value}"))
            page.down()
        return page.drawn()

    return draw


def dot_leaders(confirmation: Confirmation, random: Random) -> bytes:
    page = Page(confirmation.title, random)
    for label, value in confirmation.rows:
        page.room_for(1)
        page.line((50, f"{label} {'.' * (45 - len(label))} {value}"))
    return page.drawn()


def two_columns(confirmation: Confirmation, random: Random) -> bytes:
    page = Page(confirmation.title, random, small=True)
    colon, at, bold = random.choice(("", ":")), random.choice((230, 280)), random.random() < 0.5
    for section in confirmation.sections:
        page.room_for(3)
        page.line((50, section.title), bold=True)
        for label, value in section.rows:
            page.room_for(1)
            if bold:
                page.line((50, label + colon), bold=True)
                page.down(-1)
                page.line((at, value))
            else:
                page.line((50, label + colon), (at, value))
    return page.drawn()


def label_above(confirmation: Confirmation, random: Random) -> bytes:
    page = Page(confirmation.title, random)
    gap = random.choice((0, 0.5))
    for label, value in confirmation.rows:
        page.room_for(3)
        page.line((50, label), bold=True)
        page.line((50, value))
        page.down(gap)
    return page.drawn()


def four_columns(confirmation: Confirmation, random: Random) -> bytes:
    page = Page(confirmation.title, random, small=True, wide=True)
    colon, rows = random.choice(("", ":")), confirmation.rows
    for at in range(0, len(rows), 2):
        page.room_for(1)
        some = zip((40, 470), rows[at : at + 2], strict=False)
        page.line(*(cell for x, (label, value) in some for cell in ((x, label + colon), (x + 160, value))))
    return page.drawn()


def grid_above(confirmation: Confirmation, random: Random) -> bytes:
    """Three labels to a row, each above its value."""
    page = Page(confirmation.title, random, small=True, wide=True)
    gap, rows = random.choice((0, 0.6)), confirmation.rows
    for at in range(0, len(rows), 3):
        page.room_for(3)
        some = list(zip((50, 300, 550), rows[at : at + 3], strict=False))
        page.line(*((x, label) for x, (label, _) in some), bold=True)
        page.line(*((x, value) for x, (_, value) in some))
        page.down(gap)
    return page.drawn()


def table(*, ruled: bool, wrapped: bool) -> Draw:
    """A table of two columns under each heading; `wrapped` makes them so narrow that most cells take several lines."""

    def draw(confirmation: Confirmation, random: Random) -> bytes:
        size = random.choice((8, 9, 10))
        text = ParagraphStyle("text", fontName="Helvetica", fontSize=size, leading=size * 1.2)
        label = ParagraphStyle("label", text, fontName=random.choice(("Helvetica", "Helvetica-Bold")))
        title = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=14, leading=18)
        commands = [("VALIGN", (0, 0), (-1, -1), random.choice(("TOP", "MIDDLE", "BOTTOM")))]
        if ruled:
            commands.append(("GRID", (0, 0), (-1, -1), 0.5, "black"))
        story: list[Flowable] = [Paragraph(escape(confirmation.title), title), Spacer(1, 12)]
        for section in confirmation.sections:
            cells = [[Paragraph(escape(name), label), Paragraph(escape(value), text)] for name, value in section.rows]
            drawn = Table(cells, colWidths=(95, 130) if wrapped else (210, 300), style=commands, hAlign="LEFT")
            story += [Paragraph(escape(section.title), title), Spacer(1, 6), drawn, Spacer(1, 8)]
        buffer = io.BytesIO()
        SimpleDocTemplate(buffer, pagesize=A4, invariant=1).build(story)
        return buffer.getvalue()

    return draw


def written(rows: Sequence[str | Sequence[str]], columns: Sequence[float] = (50, 230, 400)) -> list[dict[str, Any]]:
    """Draw rows, each a text or cells in columns, and return the pages as pdf-adapter reads them."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    y = 800
    for row in rows:
        if y < 60:
            canvas.showPage()
            y = 800
        canvas.setFont("Helvetica", 10)
        for x, text in zip(columns, [row] if isinstance(row, str) else row, strict=False):
            canvas.drawString(x, y, text)
        y -= 15
    canvas.save()
    return read_pdf(buffer.getvalue())


# Layouts that show the headings.
HEADED: dict[str, Draw] = {
    "colon": lines(": "),
    "spaced colon": lines(" : "),
    "two columns": two_columns,
    "ruled table": table(ruled=True, wrapped=False),
    "ruled table, wrapped": table(ruled=True, wrapped=True),
    "plain table": table(ruled=False, wrapped=False),
    "plain table, wrapped": table(ruled=False, wrapped=True),
}
LAYOUTS: dict[str, Draw] = {
    **HEADED,
    "dot leaders": dot_leaders,
    "label above": label_above,
    "four columns": four_columns,
    "grid above": grid_above,
}
# Nothing separates label and value: a name behind a label cannot be distinguished from more words of the label.
UNMARKED = lines(" ")
