"""Bar charts as SVG, for light and dark pages: every bar has its name and its value in writing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _LABELS, _VALUES = 800, 290, 150  # pixels: of the chart, of the names, of the values
_ROW, _GAP, _TOP, _FOOT = 22, 14, 54, 10
_CHARACTER = 7.2  # pixels of a character, at most
_STYLE = """
  svg { --paper: #fff; --ink: #1c2430; --faint: #667085; --good: #12805c; --warn: #a15c07; --bad: #c4320a; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #12161c; --ink: #e6e9ee; --faint: #98a2b3; --good: #3ecf9a; --warn: #f2b25b; --bad: #ff7a5c; }
  }
  .paper { fill: var(--paper); }
  text { font: 13px system-ui, sans-serif; fill: var(--ink); }
  .title { font-size: 15px; font-weight: 600; }
  .faint { fill: var(--faint); }
  .group { font-weight: 600; }
  .good { fill: var(--good); }
  .warn { fill: var(--warn); }
  .bad { fill: var(--bad); }
""".strip()


@dataclass(frozen=True)
class Bar:
    """One bar; `tone` is good, warn or bad."""

    name: str
    value: float
    text: str
    tone: str = "good"


def chart(title: str, unit: str, groups: Iterable[tuple[str, Sequence[Bar]]]) -> str:
    """Return a chart of groups of bars, all on one scale from 0. `unit` says what the length of a bar means."""
    groups = list(groups)
    longest = max((bar.value for _, bars in groups for bar in bars), default=0) or 1
    drawn, y = [], float(_TOP)
    for name, bars in groups:
        if name:
            drawn.append(_text(12, y + 15, name, "group"))
            y += _ROW
        for bar in bars:
            drawn += _bar(bar, y, bar.value / longest)
            y += _ROW
        y += _GAP
    height = y + _FOOT
    described = f"{title}: {unit}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" role="img"'
            f' aria-label="{escape(described, quote=True)}">',
            f"<style>\n  {_STYLE}\n</style>",
            f'<rect class="paper" width="{_WIDTH}" height="{height:.0f}"/>',
            _text(12, 22, title, "title"),
            _text(12, 40, unit, "faint"),
            *drawn,
            "</svg>\n",
        ]
    )


def _bar(bar: Bar, y: float, share: float) -> list[str]:
    room = _WIDTH - _LABELS - _VALUES
    width = max(1.0, room * share)
    name = bar.name if len(bar.name) * _CHARACTER < _LABELS else f"{bar.name[: int(_LABELS / _CHARACTER) - 1]}…"
    return [
        _text(_LABELS - 8, y + 15, name, "", "end"),
        f'<rect class="{bar.tone}" x="{_LABELS}" y="{y + 3:.1f}" width="{width:.1f}" height="{_ROW - 6}" rx="2"/>',
        _text(_LABELS + width + 8, y + 15, bar.text, "faint"),
    ]


def _text(x: float, y: float, content: str, kind: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(content)}</text>'
