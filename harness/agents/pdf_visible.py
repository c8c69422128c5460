"""Takes out of a PDF's page the characters that nobody sees, or that a line strikes out."""

from collections.abc import Iterator, Sequence

import pdfplumber
from pdfminer.layout import LTChar, LTComponent, LTContainer, LTLine, LTPage, LTRect
from pdfminer.pdfinterp import PDFPageInterpreter
from pdfplumber.page import PDFPageAggregatorWithMarkedContent

_INVISIBLE = {3, 7}  # text rendering modes that paint nothing (ISO 32000-1, table 106)
_SMALLEST = 2.0  # points: smaller letters are not there to be read
_ALIKE = 0.08  # of a colour's range: what differs less looks the same
_WHITE = (1.0, 1.0, 1.0)
_BAND = 20.0  # points: shapes are looked up by the bands of the page that they touch

Colour = tuple[float, float, float]


class _Device(PDFPageAggregatorWithMarkedContent):
    """Notes which characters are drawn in an invisible mode, which pdfminer does not keep."""

    _render = 0

    def render_string(self, textstate, *args, **kwargs):  # type: ignore[no-untyped-def]
        self._render = textstate.render
        return super().render_string(textstate, *args, **kwargs)

    def render_char(self, *args, **kwargs) -> float:  # type: ignore[no-untyped-def]
        advance = super().render_char(*args, **kwargs)
        if self._render in _INVISIBLE and isinstance(self.cur_item, LTContainer):
            self.cur_item._objs.pop()
        return advance


class _Shapes:
    """Shapes of a page, with the number of each in the order of drawing."""

    def __init__(self) -> None:
        self._bands: dict[int, list[tuple[int, LTComponent]]] = {}

    def add(self, number: int, shape: LTComponent) -> None:
        for band in range(int(shape.y0 // _BAND), int(shape.y1 // _BAND) + 1):
            self._bands.setdefault(band, []).append((number, shape))

    def at(self, x: float, y: float) -> list[tuple[int, LTComponent]]:
        """List the shapes in the band of a height that reach over an x."""
        return [(number, shape) for number, shape in self._bands.get(int(y // _BAND), ()) if shape.x0 <= x <= shape.x1]


def keep_visible(page: pdfplumber.page.Page) -> None:
    """Lay out a page without the characters that are hidden or struck out."""
    device = _Device(page.pdf.rsrcmgr, pageno=page.page_number, laparams=page.pdf.laparams)
    PDFPageInterpreter(page.pdf.rsrcmgr, device).process_page(page.page_obj)
    layout = device.get_result()
    fills, strokes = _Shapes(), _Shapes()
    for number, (_, thing) in enumerate(_drawn(layout)):
        if isinstance(thing, LTLine) or (isinstance(thing, LTRect) and thing.y1 - thing.y0 < 2.5):
            if thing.x1 - thing.x0 > abs(thing.y1 - thing.y0):
                strokes.add(number, thing)
        elif isinstance(thing, LTRect) and thing.fill and -1 < thing.y0 < thing.y1 < layout.height + 1:
            fills.add(number, thing)
    hidden = {
        id(thing)
        for number, (_, thing) in enumerate(_drawn(layout))
        if isinstance(thing, LTChar) and _is_hidden(number, thing, layout, fills, strokes)
    }
    for holder in {id(holder): holder for holder, _ in _drawn(layout)}.values():
        holder._objs = [thing for thing in holder._objs if id(thing) not in hidden]
    page._layout = layout


def _drawn(holder: LTContainer) -> Iterator[tuple[LTContainer, LTComponent]]:
    """Walk what is drawn, in its order, each with what holds it."""
    for thing in holder._objs:
        if isinstance(thing, LTContainer):
            yield from _drawn(thing)
        else:
            yield holder, thing


def _is_hidden(number: int, char: LTChar, page: LTPage, fills: _Shapes, strokes: _Shapes) -> bool:
    x, y = (char.x0 + char.x1) / 2, (char.y0 + char.y1) / 2
    height = char.y1 - char.y0
    if min(char.size, height) < _SMALLEST or not (page.x0 <= x and page.y0 <= y <= page.y1):  # but a long line is whole
        return True
    for band in {y, char.y0 + 0.25 * height, char.y0 + 0.7 * height}:
        for _, line in strokes.at(x, band):
            if char.y0 + 0.25 * height < (line.y0 + line.y1) / 2 < char.y0 + 0.7 * height:
                return True
    around = [(drawn, fill) for drawn, fill in fills.at(x, y) if fill.y0 <= y <= fill.y1]
    if any(drawn > number for drawn, _ in around):
        return True
    ground = _colour(around[-1][1].non_stroking_color) if around else _WHITE
    ink = _colour(char.graphicstate.ncolor)
    return None not in (ink, ground) and all(abs(a - b) < _ALIKE for a, b in zip(ink, ground, strict=True))


def _colour(value: object) -> Colour | None:
    """Return a colour in red, green and blue; None for a pattern or another colour space."""
    parts: Sequence[object] = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    if not all(isinstance(part, int | float) for part in parts):
        return None
    numbers = [float(part) for part in parts if isinstance(part, int | float)]
    if len(numbers) == 1:
        return (numbers[0],) * 3
    if len(numbers) == 3:
        return numbers[0], numbers[1], numbers[2]
    if len(numbers) == 4:
        cyan, magenta, yellow, black = numbers
        return (1 - cyan) * (1 - black), (1 - magenta) * (1 - black), (1 - yellow) * (1 - black)
    return None
