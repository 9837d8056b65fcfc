"""Text from outside, made safe to show."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_ESCAPE_SEQUENCE: Final = re.compile(
    "\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?"  # OSC: title, clipboard, links
    "|\x1b[PX^_][^\x1b]*(?:\x1b\\\\)?"  # DCS, SOS, PM, APC
    "|[\x1b]\\[[0-?]*[ -/]*[@-~]?"  # CSI
    "|\x9b[0-?]*[ -/]*[@-~]?"  # CSI as one C1 character
    "|\x1b[ -/]*[0-~]?"  # all other escapes
)
# Line and paragraph separators break a row in two; the format characters reorder or hide what is beside them.
_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_KEPT_FORMAT: Final = frozenset({"\u200d"})


def clean(text: str) -> str:
    """Return ``text`` as one line without escape sequences, control and direction characters.

    Whole terminal sequences go, not just their first byte, so nothing like ``[31m`` remains. Tabs and line breaks
    become one space. Printable text is returned as it is, which is the usual case and costs nothing.
    """
    if text.isprintable():
        return text
    text = _ESCAPE_SEQUENCE.sub("", text)
    return "".join(
        " " if character in "\t\n\r\x0b\x0c\u2028\u2029" else character
        for character in text
        if character in "\t\n\r\x0b\x0c\u2028\u2029"
        or character in _KEPT_FORMAT
        or unicodedata.category(character) not in _HIDDEN_CATEGORIES
    )


def clean_or_none(text: str | None) -> str | None:
    """Return the cleaned text, or None where there is none or nothing is left of it."""
    return (clean(text).strip() or None) if text else None
