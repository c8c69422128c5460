"""What executions were told to wait: the delays asked for, since tests do not sit through them."""

from typing import Literal, NotRequired, TypedDict


class Wait(TypedDict):
    """One delay that a state machine asked for."""

    execution_arn: str
    state: str
    kind: Literal["retry", "wait"]
    seconds: float  # virtual, as asked for: after jitter and cap
    attempt: NotRequired[int]  # of a retry: 1 is the first repetition
    error: NotRequired[str]  # of a retry: the error's name


WAITS: list[Wait] = []
