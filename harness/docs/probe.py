"""docs/probe.md: the questions of `make probe`."""

from __future__ import annotations

import json
from typing import Any

from harness.docs.markdown import introduction, table
from harness.probe.probes import OF_THE_AGENT, PROBES, WITH_AGENTS
from harness.probe.values import VALUES


def render() -> str:
    """Return the document."""
    rows = ((probe.question, _text(probe.assumed), probe.matters) for probe in (*OF_THE_AGENT, *PROBES, *WITH_AGENTS))
    values = ((f"`{expression}`", f"`{json.dumps(value)}`") for expression, value in VALUES.items())
    return (
        "\n\n".join(
            [
                introduction(__file__),
                table(("question", "assumed", "what depends on it"), rows),
                "## Expressions",
                table(("JSONata", "assumed"), values),
            ]
        )
        + "\n"
    )


def _text(assumed: Any) -> str:
    return "[below](#expressions)" if assumed is VALUES else f"`{json.dumps(assumed)}`"
