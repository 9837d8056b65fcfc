"""What small immutable things are made of."""

from __future__ import annotations

import msgspec


class Record(msgspec.Struct, frozen=True):
    """An immutable thing with named parts, equal when its parts are; changed copies by ``msgspec.structs.replace``.

    A frozen dataclass does the same, but writes its methods as text and compiles them whenever the program starts: half
    a millisecond each, and dozens are made before the first frame.
    """
