"""What a state machine's definition says about its states and the ways between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

State = Mapping[str, Any]
Part = Mapping[str, Any]  # what has StartAt and States: a state machine, a branch, an item processor


@dataclass(frozen=True)
class Link:
    """A way from a state to another; `catch` when an error leads along it."""

    source: str
    target: str
    catch: bool = False


def parts(state: State) -> list[Part]:
    """Return the branches of a Parallel or the item processor of a Map; none for other states."""
    return [*state.get("Branches", ()), *filter(None, [state.get("ItemProcessor")])]


def all_states(part: Part) -> Iterator[tuple[str, State]]:
    """Yield each state with its name, those inside blocks too."""
    for name, state in part["States"].items():
        yield name, state
        for inner in parts(state):
            yield from all_states(inner)


def links(part: Part) -> list[Link]:
    """Return the ways between the states of one scope, each once, in the definition's order."""
    found: dict[tuple[str, str], Link] = {}
    for name, state in part["States"].items():
        ahead = [choice["Next"] for choice in state.get("Choices", ())]
        ahead += [state[key] for key in ("Default", "Next") if key in state]
        caught = [catcher["Next"] for catcher in state.get("Catch", ())]
        for target in ahead:
            found.setdefault((name, target), Link(name, target))
        for target in caught:
            found.setdefault((name, target), Link(name, target, catch=True))
    return list(found.values())


def does(state: State) -> str:
    """Return in a few words what a state does: the call that a Task makes, else its type."""
    if inside := [name for part in parts(state) for name in part["States"]]:
        return f"{state['Type']} of {len(inside)} states"
    if state["Type"] != "Task":
        return state["Type"]
    service, _, action = state["Resource"].partition(":states:::")[2].removeprefix("aws-sdk:").partition(":")
    return f"{service} {action}".strip() or state["Resource"]
