"""Lambda functions: what stands for them is registered, and runs when they are invoked."""

from harness.embedded.functions.operations import install
from harness.embedded.functions.registry import FUNCTIONS

__all__ = ["FUNCTIONS", "install"]
