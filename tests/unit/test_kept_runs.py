"""The pages of runs and their index, as files and in a browser."""

import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta

import pytest

from harness.report import kept
from harness.report.kept import MOST, index, keep
from tests.browser import browser
from tests.npm import Unavailable
from tests.unit.shown_runs import MOMENT, a_run

HOSTILE = "</title><script>document.title = 'obeyed'</script>\x1b[31m&\""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "RUNS", tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    try:
        with browser(tmp_path_factory.mktemp("profile")) as opened:
            yield opened
    except Unavailable as reason:
        pytest.skip(f"no browser is available: {reason}")


def numbered(number):
    """Return a run as any other, with an ARN, a document and a time of its own."""
    return a_run(
        arn=f"arn:aws:states:us-east-1:111122223333:express:small:run:{number:08}",
        result={"outcome": "MATCHED", "document_id": f"document-{number}", "source_type": "BANK"},
        stopped=MOMENT + timedelta(seconds=number),
    )


def test_a_page_is_kept_under_a_safe_name(folder):
    run = a_run(
        arn="arn:aws:states:us-east-1:111122223333:express:small:../../etc/x:1",
        result={"outcome": "MATCHED", "document_id": "../ä" + 200 * "."},
    )
    assert keep(run) == folder / f"{100 * '_'}-MATCHED-_etc_x-1.html"


def test_the_last_hundred_runs_are_kept(monkeypatch):
    assert MOST == 100
    monkeypatch.setattr(kept, "MOST", 3)  # a hundred take seconds
    files = [keep(numbered(number)) for number in range(5)]
    assert [file.exists() for file in files] == [False, False, True, True, True]
    text = index().read_text()
    assert "the last 3" in text
    assert [file.name in text for file in files] == [False, False, True, True, True]
    assert text.index(files[-1].name) < text.index(files[-2].name)


def test_a_run_that_is_kept_twice_is_listed_once():
    file = keep(numbered(1))
    assert keep(numbered(1)) == file
    assert index().read_text().count(file.name) == 1


def test_a_page_that_somebody_deleted_is_listed_no_more():
    deleted, other = keep(numbered(1)), numbered(2)
    deleted.unlink()
    keep(other)
    assert deleted.name not in index().read_text()


@pytest.mark.parametrize("text", ["", "[{", "null", "[1]", '[{"file": 1}]', "{}"])
def test_a_list_that_cannot_be_read_is_begun_anew(folder, text):
    (folder / "runs.json").write_text(text)
    file = keep(numbered(1))
    assert [entry["file"] for entry in json.loads((folder / "runs.json").read_text())] == [file.name]


def test_runs_of_several_processes_are_all_listed(folder):
    # Processes begun afresh: what is forked inherits locks that this one's threads hold, and waits for ever.
    with ProcessPoolExecutor(4, multiprocessing.get_context("spawn")) as pool:
        files = list(pool.map(keep_in, [folder] * 12, range(12)))
    assert all(file in index().read_text() for file in files)


def keep_in(folder, number):
    kept.RUNS = folder
    return keep(numbered(number)).name


def test_the_browser_shows_the_runs_and_opens_one(page):
    for number, status in enumerate(["SUCCEEDED", "FAILED"]):
        run = a_run(
            "retried" if status == "SUCCEEDED" else "failed",
            arn=f"arn:aws:states:us-east-1:111122223333:express:small:run:{number}",
            status=status,
            result={"outcome": "MATCHED" if status == "SUCCEEDED" else "FAILED", "document_id": f"document-{number}"},
            stopped=MOMENT + timedelta(seconds=90),
        )
        keep(run)
    page.size(1000)
    page.open(index().as_uri())
    rows = page.evaluate("[...document.querySelectorAll('tbody tr')].map(r => [...r.cells].map(c => c.innerText))")
    assert [(row[0], row[1], row[4]) for row in rows] == [
        ("✗ FAILED", "document-1", "1 min 30 s"),
        ("✓ MATCHED", "document-0", "1 min 30 s"),
    ]
    colours = page.evaluate("[...document.querySelectorAll('td.toned')].map(c => getComputedStyle(c).color)")
    assert len(set(colours)) == 2
    pictures = page.evaluate(
        "[...document.querySelectorAll('td svg')].map(s => [s.getBoundingClientRect().height, s.ariaLabel])"
    )
    assert [0 < height < 40 for height, _ in pictures] == [True, True]
    assert pictures[0][1] == "5 of 7 states visited, Failed last"
    page.open(page.evaluate("document.querySelector('tbody a').href"))
    assert page.evaluate("document.querySelector('h1').innerText").startswith("✗ FAILED")
    assert page.evaluate("document.querySelectorAll('svg g.failed').length") > 0


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 1400])
def test_pages_fit_any_window(page, width, dark):
    files = [index(), keep(a_run()), keep(a_run(result={"document_id": 300 * "x"}))]
    page.size(width, dark)
    for file in files:
        page.open(file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        back, ink = page.evaluate("(s => [s.backgroundColor, s.color])(getComputedStyle(document.body))")
        assert (brightness(back) < brightness(ink)) == dark


def brightness(colour):
    return sum(map(int, colour.removeprefix("rgb(").removesuffix(")").split(",")))


def test_hostile_ids_do_nothing_in_the_browser(page):
    run = a_run(result={"outcome": HOSTILE, "document_id": HOSTILE, "source_type": HOSTILE})
    file = keep(run)
    for address in (index(), file):
        page.open(address.as_uri())
        assert page.evaluate("document.scripts.length") == 0
        assert page.evaluate("document.title") != "obeyed"
        assert "<script>" in page.evaluate("document.body.innerText")


def test_a_page_loads_nothing_in_the_browser(page):
    for address in (keep(a_run()), index()):
        page.open(address.as_uri())
        assert page.evaluate("performance.getEntriesByType('resource').length") == 0
