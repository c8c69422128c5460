"""Keeps the garbage collector off what is never garbage: the modules, which are most of the process's objects.

Importing this pauses the collector; it is for the embedded AWS's own process, before all else is imported.
"""

import gc

_OBJECTS = 50_000  # made between two collections; Python's own default is 700

gc.disable()


def settle() -> None:
    """Start the garbage collector for the objects that are created from now on."""
    gc.freeze()
    gc.set_threshold(_OBJECTS, 20, 50)
    gc.enable()
