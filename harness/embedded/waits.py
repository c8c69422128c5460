"""The delays that executions requested: tests do not sit through them."""

from typing import Literal, NotRequired, TypedDict


class Wait(TypedDict):
    """One delay that a state machine requested."""

    execution_arn: str
    state: str
    kind: Literal["retry", "wait"]
    seconds: float  # virtual, as requested: after jitter and cap
    attempt: NotRequired[int]  # of a retry: 1 is the first repetition
    error: NotRequired[str]  # of a retry: the error's name


WAITS: list[Wait] = []
