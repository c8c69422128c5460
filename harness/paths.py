"""Where things are in a checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
DOCS = ROOT / "docs"
EXAMPLES = ROOT / "examples"
SAMPLES = ROOT / "samples"
