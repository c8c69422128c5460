"""Where definitions are kept: files of their own, SAM and CloudFormation templates, Terraform's code and plans."""

from harness.asl.sources.definition import Definition, Note, UnreadableError
from harness.asl.sources.files import Selection, read_standard_input

__all__ = ["Definition", "Note", "Selection", "UnreadableError", "read_standard_input"]
