"""The contract with the agents: which there are, in the order in which they are called, and how each replies.

What they receive and return, as the state machine checks it, is in statemachine/agents.json.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

AGENTS: Mapping[str, Mapping[str, Any]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
SIDES = ("BANK", "COUNTERPARTY")  # whose confirmation a document is: its source type
STEPS, EXCEPTIONS = tuple(AGENTS)[:-1], tuple(AGENTS)[-1]
