"""Keys that nobody pressed: pieces of escape sequences that a slow link tore apart."""

from __future__ import annotations

from typing import Final

_AFTER_ESCAPE_S: Final = 0.5
_BURST_S: Final = 0.02


class KeyNoise:
    """Recognises torn or unknown escape sequences among the keys.

    ``esc`` and then ``[`` or ``O`` within half a second is the torn beginning of one. What follows a ``[`` faster than
    anyone types is the rest of one, up to its final letter.
    """

    def __init__(self) -> None:
        self._escaped_at: float | None = None
        self._burst_at: float | None = None

    def swallows(self, character: str | None, at: float) -> bool:
        """Return whether a key is noise.

        Args:
            character: What the key types; None or unprintable for keys such as ``esc``.
            at: When it came, in seconds of any steady clock.
        """
        escaped_at, self._escaped_at = self._escaped_at, None
        if character == "\x1b":
            self._escaped_at, self._burst_at = at, None
            return False
        if character is None or not character.isprintable():
            self._burst_at = None
            return False
        if character in "[O" and escaped_at is not None and at - escaped_at <= _AFTER_ESCAPE_S:
            self._burst_at = at
            return True
        if self._burst_at is not None and at - self._burst_at <= _BURST_S:
            self._burst_at = None if "@" <= character <= "~" else at
            return True
        self._burst_at = at if character == "[" else None
        return False
