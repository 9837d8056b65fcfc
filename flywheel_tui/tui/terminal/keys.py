"""What the sequences of a terminal mean: keys and mouse reports as Textual's events. Everything else means nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Final

from textual import events, messages
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual._xterm_parser import XTermParser
from textual.message import Message

from flywheel_tui.tui.terminal.scanner import ESC, Kind, Token

STATUS_QUESTION: Final = "\x1b[5n"
"""Device status report: every terminal answers it, after whatever it sent before (ECMA-48, DSR)."""
_STATUS_ANSWER: Final = re.compile(r"\x1b\[[03]n")

_SYNCHRONIZED: Final = re.compile(r"\x1b\[\?2026;[1-4]\$y")
_CURSOR_REPORT: Final = re.compile(r"\x1b\[\d+;\d+R")
_EXTENDED: Final = re.compile(r"\x1b\[(\d*)(?:;(\d*)(?:;([\d:]*))?)?([u~A-FHPQS])")
"""Keys as kitty and xterm write them: code, modifiers, text."""
_LONGEST_KEY: Final = 64
_HIGHEST_MODIFIERS: Final = 256
_HIGHEST_CODE: Final = 0x10FFFF
_MOUSE: Final = re.compile(r"\x1b\[<\d+;\d+;\d+[Mm]")
_ALT_SEQUENCES: Final = frozenset({"\x1b\x7f"})
_SHIFT_TAB_OF_LINUX: Final = "\x1b\t"


class Translator:
    """Makes Textual's events of tokens.

    Args:
        mouse: Whether mouse reports were asked for; those that come all the same are of a program before this one.
    """

    def __init__(self, *, mouse: bool) -> None:
        self._mouse = mouse
        self._parser = XTermParser()
        self._linux = os.environ.get("TERM") == "linux"

    def events_of(self, token: Token) -> Iterator[Message]:
        """Yield what a token means to the console."""
        match token.kind:
            case Kind.TEXT:
                for character in token.text:
                    yield from self._keys(character)
            case Kind.ESCAPE:
                yield events.Key("escape", ESC)
            case Kind.PASTE:
                yield events.Paste(token.text)
            case Kind.SEQUENCE:
                yield from self._sequence(token.text)

    def _sequence(self, sequence: str) -> Iterator[Message]:
        if len(sequence) == 2:
            yield from self._alt(sequence)
        elif _SYNCHRONIZED.fullmatch(sequence):
            yield messages.TerminalSupportsSynchronizedOutput()
        elif self._mouse and _MOUSE.fullmatch(sequence):
            report = self._parser.parse_mouse_code(sequence)
            if report is not None:
                yield report
        elif not _CURSOR_REPORT.fullmatch(sequence):
            yield from self._keys(sequence)

    def _alt(self, sequence: str) -> Iterator[Message]:
        """Yield a key with alt, which terminals send as ESC and the key."""
        character = sequence[1]
        if sequence in _ALT_SEQUENCES or (self._linux and sequence == _SHIFT_TAB_OF_LINUX):
            yield from self._keys(sequence)
        elif character.isprintable() and not character.isspace():
            for key in self._parser.feed(character):
                if isinstance(key, events.Key):
                    # Without a character: a prompt would take it for typing.
                    yield events.Key(f"alt+{key.key}", None)
        else:
            # Typed ahead on a slow link; nobody binds alt with these, and a lost `esc` would leave a dialog open.
            yield events.Key("escape", ESC)
            yield from self._keys(character)

    def _keys(self, sequence: str) -> Iterator[Message]:
        if len(sequence) > 1 and not _is_extended_key(sequence):
            names = ANSI_SEQUENCES_KEYS.get(sequence)
            if isinstance(names, tuple) and len(names) == 1:
                yield events.Key(names[0].value, None)
            elif isinstance(names, str):
                # The keypad of rxvt and VT terminals types characters.
                yield from self._keys(names)
            return
        yield from self._parser.feed(sequence)


def _is_extended_key(sequence: str) -> bool:
    """Return whether a sequence is a key in kitty's or xterm's form that Textual's parser can be trusted with.

    Left alone it types ``>`` for ``CSI 62 ~``, and ends the console at a code beyond Unicode.
    """
    found = _EXTENDED.fullmatch(sequence)
    if found is None:
        return False
    code, modifiers, text, final = found.groups(default="")
    if len(sequence) > _LONGEST_KEY or int(modifiers or "1") > _HIGHEST_MODIFIERS:
        return False
    texts = [part for part in text.split(":") if part]
    if not all(_is_character(part) for part in (code or "1", *texts)):
        return False
    other_keys = code == "27" and final == "~" and len(texts) == 1
    return (final == "u" and bool(code)) or other_keys or f"{code or '1'}{final}" in FUNCTIONAL_KEYS


def is_answer(token: Token) -> bool:
    """Return whether this is the answer to :data:`STATUS_QUESTION`."""
    return token.kind is Kind.SEQUENCE and _STATUS_ANSWER.fullmatch(token.text) is not None


def _is_character(code: str) -> bool:
    number = int(code)
    return number <= _HIGHEST_CODE and not 0xD800 <= number <= 0xDFFF
