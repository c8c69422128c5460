"""Lambda functions: stand-ins are registered, and run when the functions are invoked."""

from harness.embedded.functions.operations import install
from harness.embedded.functions.registry import FUNCTIONS

__all__ = ["FUNCTIONS", "install"]
