"""The pictures of the workflow and of one agent's call, drawn from the rendered definition."""

from __future__ import annotations

from harness.render import definitions
from harness.report.picture import draw


def workflow() -> str:
    """Draw the workflow."""
    return f"{draw(definitions()['workflow'], 'The workflow')}\n"


def agent_call() -> str:
    """Draw what is inside one agent's call: the four differ in names and numbers only."""
    (branch,) = definitions()["workflow"]["States"]["PDFAdapter"]["Branches"]
    return f"{draw(branch, 'One call of an agent')}\n"
