"""Reads what a person sees on the pages of a PDF: its words, each with its place, and the cells of ruled tables.

Text that nobody sees (white on white, covered, invisible, too small) and text that is struck out is left out. Text
that is written at an angle, as a watermark does, and the words of annotations are kept apart, as `stamps`.
"""

import io
import itertools
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfplumber.utils.exceptions import PdfminerException

from harness.agents.pdf_visible import keep_visible
from harness.agents.replies import RefusalError

MAX_PAGES = 200
MAX_CHARACTERS = 500_000  # of all pages
MAX_SHAPES = 10_000  # lines and boxes of one page: tables are found in time that grows faster than their number
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_MARKUP = {"FreeText", "Stamp", "StrikeOut", "Redact", "Caret"}  # annotations that change what a page says


@lru_cache(maxsize=64)  # one document is often sent many times, and reading a page takes longest of all
def read_pdf(content: bytes) -> list[dict[str, Any]]:
    """Return the pages of a PDF, as in the canonical JSON.

    Raises RefusalError with TOO_LARGE, NOT_A_PDF, ENCRYPTED_PDF, UNREADABLE_PDF or NO_TEXT.
    """
    if b"%PDF-" not in content[:1024]:  # where readers look for the header
        raise RefusalError("NOT_A_PDF", "The document's content is not a PDF.")
    try:
        with pdfplumber.open(io.BytesIO(content)) as pdf:
            pages = _pages(pdf)
    except RefusalError:
        raise
    except Exception as error:  # the parser fails in many ways on a broken file
        if isinstance(error, PdfminerException) and isinstance(error.args[0], PDFPasswordIncorrect):
            raise RefusalError(
                "ENCRYPTED_PDF", "The PDF is encrypted and cannot be opened without a password."
            ) from None
        raise RefusalError("UNREADABLE_PDF", "The PDF is damaged: its pages cannot be read.") from None
    if not any(page["lines"] for page in pages):
        raise RefusalError("NO_TEXT", "The PDF holds no text: it may be a scan, which this agent cannot read.")
    return pages


def _pages(pdf: pdfplumber.PDF) -> list[dict[str, Any]]:
    if len(pdf.pages) > MAX_PAGES:
        raise _too_large(f"The document has {len(pdf.pages)} pages", MAX_PAGES)
    pages, characters = [], 0
    for page in pdf.pages:
        keep_visible(page)
        shapes = len(page.lines) + len(page.rects) + len(page.curves)
        characters += len(page.chars)
        if characters > MAX_CHARACTERS:
            raise _too_large(f"The document has more than {MAX_CHARACTERS} characters", MAX_CHARACTERS)
        if shapes > MAX_SHAPES:
            raise _too_large(f"Page {page.page_number} has {shapes} lines and boxes", MAX_SHAPES)
        pages.append(_page(page))
        page.close()
    return pages


def _too_large(what: str, most: int) -> RefusalError:
    return RefusalError("TOO_LARGE", f"{what}; this agent reads up to {most}.")


def _page(page: pdfplumber.page.Page) -> dict[str, Any]:
    stamps = _stamps(page)
    upright = page.filter(_is_upright)
    upright._objects["char"] = _once(upright.chars)  # pdfplumber's own dedupe_chars is quadratic
    lines = _lines(upright.extract_words(x_tolerance_ratio=0.15, extra_attrs=["size", "fontname"]))
    boxes = upright.find_tables() if upright.lines or upright.rects or upright.curves else []
    return {
        "number": page.page_number,
        "width": float(page.width),
        "height": float(page.height),
        "text": "\n".join(line["text"] for line in lines),
        "lines": lines,
        "boxes": [[round(float(edge), 2) for edge in cell] for table in boxes for cell in table.cells],
        "stamps": stamps,
    }


def _is_upright(thing: dict[str, Any]) -> bool:
    across, up = thing.get("matrix", (1, 0))[:2]
    return abs(up) < 0.01 * abs(across)


def _stamps(page: pdfplumber.page.Page) -> list[dict[str, str]]:
    """List the texts of a page that are not part of its lines."""
    turned = "".join(char["text"] for char in page.chars if not _is_upright(char)).strip()
    stamps = [{"kind": "turned", "text": turned}] if turned else []
    for annotation in page.annots:
        kind = str(annotation["data"].get("Subtype", "")).strip("/'")
        if kind in _MARKUP:
            stamps.append({"kind": "annotation", "text": str(annotation.get("contents") or kind)})
    return stamps


def _once(chars: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out characters that are printed a second time, at nearly the same place, to look bold."""
    kept: list[dict[str, Any]] = []
    at: dict[tuple[str, int, int], list[tuple[float, float]]] = {}
    for char in chars:
        x, y = char["x0"], char["top"]
        near = (at.get((char["text"], int(x) + dx, int(y) + dy), ()) for dx in (-1, 0, 1) for dy in (-1, 0, 1))
        if not any(abs(x - a) <= 1 and abs(y - b) <= 1 for some in near for a, b in some):
            kept.append(char)
            at.setdefault((char["text"], int(x), int(y)), []).append((x, y))
    return kept


def _lines(words: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put words of one height into one line, lines from top to bottom."""
    rows: list[list[dict[str, Any]]] = []
    for word in sorted(words, key=_middle):
        if rows and _middle(word) - _middle(rows[-1][-1]) < 0.4 * min(word["size"], rows[-1][-1]["size"]):
            rows[-1].append(word)
        else:
            rows.append([word])
    _lower_raised(rows)
    lines = [[_word(word) for word in sorted(row, key=lambda word: word["x0"])] for row in rows if row]
    return [{"text": " ".join(word["text"] for word in line), "words": line} for line in lines]


def _lower_raised(rows: list[list[dict[str, Any]]]) -> None:
    """Put small raised figures, which are footnote marks, into the line that they mark, written as raised figures."""
    for above, row in itertools.pairwise(rows):
        for word in [word for word in above if word["text"].isdigit() and len(word["text"]) < 3]:
            marked = [
                other
                for other in row
                if word["size"] < 0.9 * other["size"]
                and -0.5 < max(word["x0"] - other["x1"], other["x0"] - word["x1"]) < 0.5 * other["size"]
                and other["top"] - 0.7 * other["size"] < word["top"] < other["top"]
            ]
            if marked:
                above.remove(word)
                word.update({name: marked[0][name] for name in ("top", "bottom", "size")})
                row.append({**word, "text": word["text"].translate(_RAISED)})


def _middle(word: dict[str, Any]) -> float:
    return (word["top"] + word["bottom"]) / 2


def _word(word: dict[str, Any]) -> dict[str, Any]:
    place = {name: round(float(word[name]), 2) for name in ("x0", "x1", "top", "bottom", "size")}
    return {"text": word["text"], **place, "font": word["fontname"].split("+")[-1]}
