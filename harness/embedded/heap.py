"""Keeps the garbage collector off what is never garbage, and lets go of what is no longer needed.

Importing this pauses the collector: the modules are most of the process's objects, and none of them is garbage. It is
for the embedded AWS's own process, before all else is imported.
"""

import gc
from typing import Any

_OBJECTS = 50_000  # made between two collections; Python's own default is 700

gc.disable()


def settle() -> None:
    """Start the garbage collector for the objects that are created from now on; moto lists them no longer."""
    from moto.core.common_models import BaseModel  # after the collector was paused

    BaseModel.__new__ = _unlisted
    gc.freeze()
    gc.set_threshold(_OBJECTS, 20, 50)
    gc.enable()


def _unlisted(kind: type, *_: Any, **__: Any) -> Any:
    """Make a model of moto's without a place in the list that its dashboard shows, which holds it for ever."""
    return object.__new__(kind)
