"""The pages of a canonical document as cells: runs of words that stand together, each with its place."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_GAP = 0.85  # of the letters' size: a wider space between words parts two cells
_EDGE = 0.12  # of a page's height: where running headers and footers stand
_PAGE_NUMBER = re.compile(r"(?:page|p\.)?\s*\d+\s*(?:of|/)\s*\d+|page\s+\d+|-\s*\d+\s*-", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Cell:
    """Words that stand together on one line; lengths in points, from the page's top left corner."""

    text: str
    page: int
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    font: str
    box: tuple[float, ...] | None  # the ruled cell of a table around it

    def beside(self, other: "Cell") -> bool:
        """Tell whether both stand on one height."""
        overlap = min(self.bottom, other.bottom) - max(self.top, other.top)
        return self.page == other.page and overlap > 0.4 * min(self.bottom - self.top, other.bottom - other.top)

    def under(self, other: "Cell") -> bool:
        """Tell whether this stands below `other`, in one column with it."""
        aligned = (
            abs(self.x0 - other.x0) <= 3
            or abs(self.x0 + self.x1 - other.x0 - other.x1) <= 6
            or (self.box is not None and other.box is not None and abs(self.box[0] - other.box[0]) <= 2)
        )
        return self.page == other.page and self.top >= other.bottom - 0.3 * other.size and aligned


def cells_of(pages: Sequence[Mapping[str, Any]]) -> list[Cell]:
    """Cut the lines of all pages into cells, in reading order, without running headers and footers."""
    repeated = _repeated(pages)
    cells = []
    for page in pages:
        for line in page["lines"]:
            if not _is_running(page, line, repeated):
                cells += _cut(page["number"], line["words"], [tuple(box) for box in page["boxes"]])
    return cells


def _cut(page: int, words: Sequence[Mapping[str, Any]], boxes: Sequence[tuple[float, ...]]) -> list[Cell]:
    runs: list[list[Mapping[str, Any]]] = []
    for word in words:
        last = runs[-1][-1] if runs else None
        gap = word["x0"] - last["x1"] if last else 0.0
        if last and gap <= _GAP * max(last["size"], word["size"]) and _box(last, boxes) == _box(word, boxes):
            runs[-1].append(word)
        else:
            runs.append([word])
    return [_cell(page, run, _box(run[0], boxes)) for run in runs]


def _cell(page: int, run: Sequence[Mapping[str, Any]], box: tuple[float, ...] | None) -> Cell:
    return Cell(
        " ".join(word["text"] for word in run),
        page,
        run[0]["x0"],
        run[-1]["x1"],
        min(word["top"] for word in run),
        max(word["bottom"] for word in run),
        max(word["size"] for word in run),
        run[0]["font"],
        box,
    )


def _box(word: Mapping[str, Any], boxes: Sequence[tuple[float, ...]]) -> tuple[float, ...] | None:
    x, y = (word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2
    around = [box for box in boxes if box[0] <= x <= box[2] and box[1] <= y <= box[3]]
    return min(around, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]), default=None)


def _repeated(pages: Sequence[Mapping[str, Any]]) -> Counter[str]:
    return Counter(text for page in pages for text in {_masked(line) for line in page["lines"] if _at_edge(page, line)})


def _is_running(page: Mapping[str, Any], line: Mapping[str, Any], repeated: Counter[str]) -> bool:
    if not _at_edge(page, line):
        return False
    again = repeated[_masked(line)] > 1
    at_foot = line["words"][0]["top"] > page["height"] / 2
    return bool(_PAGE_NUMBER.fullmatch(line["text"])) or (again and (at_foot or page["number"] > 1))


def _at_edge(page: Mapping[str, Any], line: Mapping[str, Any]) -> bool:
    top = line["words"][0]["top"] / page["height"]
    return top < _EDGE or top > 1 - _EDGE


def _masked(line: Mapping[str, Any]) -> str:
    return re.sub(r"\d+", "#", line["text"])
