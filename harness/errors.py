"""The error that reaches a person."""


class HarnessError(Exception):
    """Something that a person can act on; its text is a clear sentence and is shown without a traceback."""
