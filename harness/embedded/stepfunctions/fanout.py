"""What a Parallel and an inline Map have in common: branches side by side; the first that fails ends the others.

The order of the events, and which of them follow which, are as AWS was seen to write them: an event "aside" follows the
last one of its branch, and the next one follows that one too.
"""

import itertools
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from harness.embedded.stepfunctions import errors
from harness.embedded.stepfunctions.errors import Aborted, StateError
from harness.embedded.stepfunctions.fibers import Fiber, Turn
from harness.embedded.stepfunctions.visit import Branch, Visit

Work = Callable[[Branch], Awaitable[Any]]

# Kinds of states that end with an event of their own when a sibling failed.
_ABORTED = frozenset({"Map", "Parallel", "Task", "Wait"})


async def fan_out(visit: Visit, children: Sequence[Branch], work: Work, width: int) -> list[Any]:
    """Do the work of each child, at most `width` at once, and return the results in order.

    What was done before a redrive stays done, and what was cut goes on. Raises what the first failing one raised, after
    all have ended.
    """
    parent, place = visit.branch, visit.branch.place
    results = place.results
    open_numbers = [number for number in range(len(children)) if number not in results]
    for number in open_numbers:
        children[number].place = place.cut.get(number)
    failures: list[tuple[Branch, Exception]] = []
    open_: list[Branch] = []  # begun and not over
    waiting = iter(open_numbers[width:])  # shared by the lanes: each takes the next one

    async def lane(first: int) -> None:
        previous = parent.previous
        for index in itertools.chain((first,), waiting):
            if failures:
                return
            child = children[index]
            child.previous = previous
            open_.append(child)
            try:
                results[index] = await work(child)
            except Exception as error:
                if len(children) > 1:
                    await Turn()  # all that start together have begun by then
                failures.append((child, error))
                child.scope.end(Aborted())
                return
            open_.remove(child)
            previous = child.previous

    try:
        if len(children) == 1:
            for number in open_numbers:
                await lane(number)
        else:
            for fiber in [Fiber(lane(first)) for first in open_numbers[:width]]:
                await fiber.over
        if failures:
            cut = {number: children[number].place for number in open_numbers if number not in results}
            place.cut.update({number: inside for number, inside in cut.items() if inside})
            child, error = failures[0]
            if isinstance(error, StateError):
                parent.previous = child.previous
                _write_failure(visit, child, error, [other for other in open_ if other is not child])
            raise error
        in_order = [results[number] for number in range(len(children))]
        visit.limited(in_order)
    finally:
        for child in children[:1]:
            child.scope.close()
    parent.previous = max((child.last for child in children), default=parent.previous)
    parent.write_aside(f"{visit.state['Type']}StateSucceeded")
    return in_order


def _write_failure(visit: Visit, failed: Branch, error: StateError, cut: list[Branch]) -> None:
    """Write the results of the branches; an error that nothing catches leaves no trace of them."""
    if error.name == errors.RUNTIME:
        return
    parent, is_map = visit.branch, visit.state["Type"] == "Map"
    for child in cut:
        if is_map and child.place:
            parent.write_aside("MapIterationAborted", name=visit.name, index=child.item["Index"])
        if child.place and child.place.kind in _ABORTED and not _has_ended(child):
            parent.write_aside(f"{child.place.kind}StateAborted")
    if is_map and failed.place:
        parent.write_aside("MapIterationFailed", name=visit.name, index=failed.item["Index"])


def _has_ended(branch: Branch) -> bool:
    """Return whether a branch that failed at the same time wrote the end of its state itself."""
    return branch.run.journal.type_of(branch.last) == f"{branch.place.kind}StateAborted"
