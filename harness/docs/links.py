"""The links between the documents lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from harness.paths import DOCS, ROOT

LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def problems() -> Iterator[str]:
    """Yield a sentence for each link to a file or a heading that there is not."""
    for document in (*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))):
        for path, anchor in LINK.findall(CODE.sub("", document.read_text(encoding="utf-8"))):
            target = (document.parent / path) if path else document
            if not target.exists():
                yield f"{document.relative_to(ROOT)} links to {path}, which is not there."
            elif anchor and anchor not in anchors(target):
                yield f"{document.relative_to(ROOT)} links to #{anchor} of {target.name}, which has no such heading."


def anchors(document: Path) -> set[str]:
    """Return the anchors that GitHub makes of a document's headings."""
    headings = HEADING.findall(CODE.sub("", document.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
