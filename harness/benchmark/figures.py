"""How figures that were measured several times are written."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def spread(values: Sequence[float], unit: str = "", form: str = ",.0f") -> str:
    """Write the median of values, and the least and the most of them where these differ as they are written."""
    middle, least, most = (format(value, form) for value in (statistics.median(values), min(values), max(values)))
    return f"{middle}{unit}" if least == most else f"{middle}{unit} ({least} to {most})"
