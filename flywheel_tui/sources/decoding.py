"""Types made ready to be decoded by any thread."""

from __future__ import annotations

from typing import Any

import msgspec


def make_ready(*kinds: Any) -> None:  # noqa: ANN401 - whatever msgspec decodes
    """Let msgspec find out now, while a module is imported, how types are decoded.

    It does so when one is decoded for the first time, and a second thread that decodes the same type meanwhile gets
    what is half done and ends the interpreter (seen with msgspec 0.22: a null pointer in ``convert``). Whatever is
    decoded in threads is made ready by the module that decodes it.
    """
    for kind in kinds:
        msgspec.json.Decoder(kind)
