"""What is printed is text: nothing in it controls a terminal."""

import io

import pytest
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from harness import __main__ as command_line
from harness import background
from harness.stack import Stack
from harness.terminal import SafeConsole, safe

EVIL = "a\x1b]0;owned\x07b\x9b31mc\x7fd\u202ee\u2066f\u200eg\rh\x00i"
SAFE = "a�]0;owned�b�31mc�d�e�f�g�h�i"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (EVIL, SAFE),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("ÄÖ — 見出し 😀", "ÄÖ — 見出し 😀"),
        ("no\xa0break\u3000wide", "no break wide"),
        ("\x85\u2028\u2029\x1c", "����"),
        ("\ud800\ufeff\u00ad", "���"),
        (None, "None"),
    ],
)
def test_what_a_terminal_obeys_is_replaced(text, expected):
    assert safe(text) == expected


def table():
    drawn = Table(EVIL)
    drawn.add_row(EVIL)
    return drawn


@pytest.mark.parametrize(
    "renderable",
    [EVIL, Text(EVIL, style="red"), Text.assemble((EVIL, "bold")), table()],
    ids=["str", "text", "parts", "table"],
)
@pytest.mark.parametrize("terminal", [True, False])
def test_a_console_prints_nothing_that_a_terminal_obeys_but_its_own_styles(renderable, terminal):
    printed = io.StringIO()
    SafeConsole(file=printed, force_terminal=terminal, color_system="truecolor" if terminal else None, width=100).print(
        renderable
    )
    text = printed.getvalue()
    assert not set("\x07\x9b\x7f\u202e\u2066\u200e\r\x00") & set(text)
    assert "\x1b]" not in text
    assert terminal or "\x1b" not in text


def test_progress_is_as_safe():
    printed = io.StringIO()
    with Progress(console=SafeConsole(file=printed, force_terminal=True, width=100)) as progress:
        progress.add_task(EVIL)
    assert not set("\x07\x9b\x7f\u202e") & set(printed.getvalue())


def test_a_file_name_is_not_echoed_raw(monkeypatch, capsys):
    monkeypatch.setattr(background, "running", lambda: Stack("http://127.0.0.1:9", "us-east-1", {}))
    assert command_line.main(["process", EVIL]) == command_line.UNUSABLE
    assert capsys.readouterr().err == f"There is no file {SAFE}.\n"


def test_nor_is_an_argument_that_there_is_not(capsys):
    with pytest.raises(SystemExit):
        command_line.main(["down", EVIL])
    assert SAFE in capsys.readouterr().err
