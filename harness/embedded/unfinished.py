"""What is under way in the embedded AWS: for whoever finds that nothing goes on."""

import sys
import traceback
from collections import Counter
from typing import Any

from harness.embedded.clock import CLOCK
from harness.embedded.stepfunctions.execution import RUNNING

_FRAMES = 6  # of a thread, the innermost ones
_EVENTS = 3  # of an execution, the last ones


def describe() -> dict[str, Any]:
    """Return what the clock waits for, the executions that run with their last events, and where threads are."""
    executions = {arn: execution.journal.events[-_EVENTS:] for arn, execution in list(RUNNING.items())}
    frames = [traceback.extract_stack(frame)[-_FRAMES:] for frame in sys._current_frames().values()]
    places = Counter(tuple(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in stack) for stack in frames)
    return {
        "clock": CLOCK.describe(),
        "executions": {
            arn: [" ".join(filter(None, [event.type, event.details.get("name")])) for event in events]
            for arn, events in executions.items()
        },
        "threads": [{"count": count, "stack": list(stack)} for stack, count in places.most_common()],
    }
