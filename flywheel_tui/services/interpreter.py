"""How the interpreter is shared between the thread that draws and the threads that decode and join."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

HAND_OVER_S: Final = 0.0005
"""How long a thread keeps the interpreter when another wants it.

The loop gives the interpreter away whenever it waits for a key or a byte, and has to win it back from a thread that
decodes or joins. At Python's 5 ms every key waits that long several times over; at 0.5 ms a thread that works loses
below one per cent to the switches (measured with 10,000 runners).
"""

YOUNG_OBJECTS: Final = 10_000
"""Container objects made before the youngest generation is looked through; Python's 700 is for small programs.

Decoding makes hundreds of thousands that die by themselves, since rows and wire structs hold no cycles.
"""


@contextmanager
def tuned_for_a_screen() -> Iterator[None]:
    """Keep threads and the garbage collector from holding up the event loop while the block runs.

    What lives when the block begins (imported modules and what they made) is taken out of the collector's sight: to
    look through it takes 40 to 200 ms, during which no key is answered. A collector that was switched off for the start
    is back at work from here on.
    """
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(HAND_OVER_S)
    gc.set_threshold(YOUNG_OBJECTS, *thresholds[1:])
    gc.freeze()
    gc.enable()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
        sys.setswitchinterval(interval)


def give_memory_back() -> bool:
    """Give memory that is free back to the system; return whether this C library can (glibc can).

    The first reading of a large fleet leaves a tenth of the process as holes. Takes some milliseconds, in which the
    interpreter is free for other threads.
    """
    import ctypes  # Not before the first frame.

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is None:
        return False
    trim(0)
    return True
