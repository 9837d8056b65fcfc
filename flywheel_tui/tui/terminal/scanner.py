"""Takes apart what a terminal sends: typed characters, whole control sequences, the escape key, pastes.

The grammar is ECMA-48 (CSI, SS3, OSC, DCS, SOS, PM, APC, seven and eight bit) with what terminals made of it: bracketed
paste, mouse reports with three bytes after ``CSI M``, and the Linux console's ``CSI [ A``. A sequence that the link
tears apart stays one sequence; one that nobody understands is still one, and none of its bytes becomes a key.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final, NamedTuple

from flywheel_tui.domain.record import Record

ESC: Final = "\x1b"
_PASTE_START: Final = "\x1b[200~"
_PASTE_END: Final = re.compile("(?:\x1b\\[|\x9b|\udc9b)201~")
_PASTE_END_LENGTH: Final = 6
_PASTE_BREAK: Final = "\x03"
"""Terminals take control characters out of what they paste: this one was typed, into a paste that never ended."""
_PASTE_KEPT: Final = 65_536
_PASTE_REST: Final = 8
"""As many characters at once after a paste broke off are its rest, not typing."""
_PASTE_REST_S: Final = 30.0

_CSI: Final = re.compile(r"\[[A-Z]|[0-?]*[ -/]*[@-~]")
_CSI_BEGUN: Final = re.compile(r"\[|[0-?]*[ -/]*")
_SS3: Final = re.compile(r"[0-9;]*[ -~]")
_SS3_BEGUN: Final = re.compile(r"[0-9;]*")
_LONGEST: Final = 256
_MOUSE_BYTES: Final = 3
_STRINGS: Final = frozenset("P]X^_")
_REST_OF_TORN: Final = re.compile(r"\[(?:\[[A-E]|[0-?]*[ -/]*[@-~])|O[0-9;]*[A-Za-z]")
_REST_OF_TORN_S: Final = 1.0

# Eight-bit introducers, as characters and as the bytes that are no UTF-8.
_C1: Final = {
    chr(base + code): letter
    for base in (0, 0xDC00)
    for code, letter in {0x8F: "O", 0x90: "P", 0x98: "X", 0x9B: "[", 0x9D: "]", 0x9E: "^", 0x9F: "_"}.items()
}
_STRING_ENDS: Final = frozenset("\x07\x9c\udc9c\x18\x1a")
_NO_TEXT: Final = re.compile("[\x80-\x9f\ud800-\udfff]")


class Kind(StrEnum):
    """What came in."""

    TEXT = "text"
    """Characters as typed."""
    ESCAPE = "escape"
    """The escape key."""
    SEQUENCE = "sequence"
    """One control sequence from its ESC to its end, in seven bits; strings such as OSC without their content."""
    PASTE = "paste"


class Token(NamedTuple):
    """A piece of input."""

    kind: Kind
    text: str


class Patience(Record, frozen=True, kw_only=True):
    """How long to wait for what may still come, in seconds without a byte.

    Attributes:
        escape: After a lone ESC, before it is the escape key.
        torn: Inside a sequence, before it is given up.
        paste: Inside a paste, before it counts as ended.
    """

    escape: float = 0.5
    torn: float = 1.0
    paste: float = 3.0


PATIENT: Final = Patience(escape=4.0, torn=8.0)
"""For a terminal that answers questions: its answer, which comes after what it had sent before, ends the waiting."""


class Scanner:
    """Turns what was read into tokens; keeps what is not complete yet.

    Args:
        patience: How long it is kept.
    """

    def __init__(self, patience: Patience) -> None:
        self.patience = patience
        self._pending = ""
        self._paste: list[str] | None = None
        self._pasted = 0
        self._last = 0.0
        self._escaped_at: float | None = None
        self._broke_off_at: float | None = None
        self._tokens: list[Token] = []

    @property
    def unfinished(self) -> bool:
        """Return whether it waits for the rest of a sequence, of which a lone ESC may be the beginning."""
        return bool(self._pending) and self._paste is None

    @property
    def deadline(self) -> float | None:
        """Return when to call :meth:`tick` if nothing comes in before."""
        if self._paste is not None:
            return self._last + self.patience.paste
        if not self._pending:
            return None
        return self._last + (self.patience.escape if self._pending == ESC else self.patience.torn)

    def tick(self, now: float) -> list[Token]:
        """Return what is decided because nothing more came in."""
        deadline = self.deadline
        if deadline is None or now < deadline:
            return []
        if self._paste is not None:
            self._end_paste(self._pending)
            self._broke_off_at = now
        elif self._pending == ESC:
            self._escape(now)
        self._pending = ""
        return self._taken()

    def feed(self, text: str, now: float) -> list[Token]:
        """Return what is complete.

        Args:
            text: What was read, decoded with ``surrogateescape``.
            now: When, in seconds of any steady clock.
        """
        tokens = self.tick(now)
        if not self._pending and self._is_rest_of_torn(text, now):
            return tokens
        if self._broke_off_at is not None:
            if now - self._broke_off_at <= _PASTE_REST_S and len(text) > _PASTE_REST and self._paste is None:
                self._paste, self._pasted = [], 0
            self._broke_off_at = None
        data, held = self._pending + text, len(self._pending)
        self._pending, self._last = "", now
        place = 0
        while place < len(data):
            place = self._read_paste(data, place) if self._paste is not None else self._read(data, place, held, now)
        return tokens + self._taken()

    def _is_rest_of_torn(self, text: str, now: float) -> bool:
        """Return whether something before this program, such as a multiplexer, tore the ESC off a sequence."""
        escaped_at, self._escaped_at = self._escaped_at, None
        return (
            escaped_at is not None and now - escaped_at <= _REST_OF_TORN_S and _REST_OF_TORN.fullmatch(text) is not None
        )

    def _read(self, data: str, place: int, held: int, now: float) -> int:
        """Read one thing that begins at ``place``; return where the next one begins."""
        first = data[place]
        if first != ESC and first not in _C1:
            return self._read_text(data, place)
        if first in _C1:
            return self._read_sequence(data, place, _C1[first], place + 1)
        if place + 1 == len(data):
            self._pending = ESC
            return place + 1
        letter = data[place + 1]
        if letter in "[O" or letter in _STRINGS:
            return self._read_sequence(data, place, letter, place + 2)
        if letter == ESC or letter in _C1 or place < held:
            # What comes later than an ESC, or is a sequence of its own, does not belong to it.
            self._escape(now)
            return place + 1
        self._tokens.append(Token(Kind.SEQUENCE, ESC + letter))
        return place + 2

    def _read_text(self, data: str, place: int) -> int:
        end = place + 1
        while end < len(data) and data[end] != ESC and data[end] not in _C1:
            end += 1
        text = _NO_TEXT.sub("", data[place:end])
        if text:
            self._tokens.append(Token(Kind.TEXT, text))
        return end

    def _read_sequence(self, data: str, start: int, letter: str, place: int) -> int:
        if letter in _STRINGS:
            return self._read_string(data, letter, place)
        whole, begun = (_CSI, _CSI_BEGUN) if letter == "[" else (_SS3, _SS3_BEGUN)
        # The Linux console's `CSI [` is no whole sequence although `[` could end one.
        linux = letter == "[" and data.startswith("[", place)
        found = None if linux and place + 1 == len(data) else whole.match(data, place)
        if found is None:
            partial = begun.match(data, place)
            end = partial.end() if partial is not None else place
            if end == len(data):
                self._pending = (ESC + letter + data[place:])[:_LONGEST]
            # Anything else breaks the sequence off and stands for itself.
            return end
        end = found.end()
        sequence = ESC + letter + found.group()
        if sequence == _PASTE_START:
            self._paste, self._pasted = [], 0
            return end
        if sequence == "\x1b[M":
            if len(data) - end < _MOUSE_BYTES:
                self._pending = sequence + data[end:]
                return len(data)
            sequence += data[end : end + _MOUSE_BYTES]
            end += _MOUSE_BYTES
        self._tokens.append(Token(Kind.SEQUENCE, sequence))
        return end

    def _read_string(self, data: str, letter: str, place: int) -> int:
        while place < len(data):
            character = data[place]
            if character in _STRING_ENDS:
                self._tokens.append(Token(Kind.SEQUENCE, f"{ESC}{letter}{ESC}\\"))
                return place + 1
            if character == ESC:
                if place + 1 == len(data):
                    self._pending = ESC + letter + ESC
                    return place + 1
                if data[place + 1] == "\\":
                    self._tokens.append(Token(Kind.SEQUENCE, f"{ESC}{letter}{ESC}\\"))
                    return place + 2
                return place  # another sequence breaks it off
            place += 1
        self._pending = ESC + letter
        return place

    def _read_paste(self, data: str, place: int) -> int:
        found = _PASTE_END.search(data, place)
        broken = data.find(_PASTE_BREAK, place, found.start() if found else len(data))
        if broken >= 0:
            self._end_paste(data[place:broken])
            return broken
        if found is not None:
            self._end_paste(data[place : found.start()])
            return found.end()
        # The end may have begun: an ESC among the last characters, which are looked at again.
        last = data.rfind(ESC, max(place, len(data) - _PASTE_END_LENGTH + 1))
        if last < 0:
            last = len(data)
        self._keep_pasted(data[place:last])
        self._pending = data[last:]
        return len(data)

    def _keep_pasted(self, text: str) -> None:
        if self._paste is not None and self._pasted < _PASTE_KEPT:
            self._paste.append(text[: _PASTE_KEPT - self._pasted])
            self._pasted += len(text)

    def _end_paste(self, text: str) -> None:
        self._keep_pasted(text)
        self._tokens.append(Token(Kind.PASTE, "".join(self._paste or ())))
        self._paste = None

    def _escape(self, now: float) -> None:
        self._tokens.append(Token(Kind.ESCAPE, ESC))
        self._escaped_at = now

    def _taken(self) -> list[Token]:
        tokens, self._tokens = self._tokens, []
        return tokens
