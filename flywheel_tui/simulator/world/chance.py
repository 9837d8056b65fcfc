"""Seeded chance: every random-looking value is a pure function of the seed and of what it describes.

No generator is carried around, so a value does not depend on the order in which the world is asked for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
_SPAN = float(1 << 64)
LOWER = "abcdefghijklmnopqrstuvwxyz0123456789"
KUBERNETES = "bcdfghjklmnpqrstvwxz2456789"  # the alphabet of generated Kubernetes name suffixes
HEX = "0123456789abcdef"
ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class Chance:
    """Draws values that depend only on the seed and the given parts.

    Args:
        seed: The seed of the world.
    """

    __slots__ = ("_key",)

    def __init__(self, seed: int) -> None:
        self._key = seed.to_bytes(16, "big", signed=True)

    def bits(self, *parts: object) -> int:
        """Return 64 uniform bits for the parts."""
        text = "\x1f".join([str(part) for part in parts]).encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=8, key=self._key).digest(), "big")

    def fraction(self, *parts: object) -> float:
        """Return a uniform number in [0, 1)."""
        return self.bits(*parts) / _SPAN

    def between(self, low: float, high: float, *parts: object) -> float:
        """Return a uniform number in [low, high)."""
        return low + (high - low) * self.fraction(*parts)

    def integer(self, low: int, high: int, *parts: object) -> int:
        """Return a uniform integer in [low, high], both ends included."""
        return low + self.bits(*parts) % (high - low + 1)

    def choice(self, options: Sequence[T], *parts: object) -> T:
        """Return one of the options."""
        return options[self.bits(*parts) % len(options)]

    def happens(self, probability: float, *parts: object) -> bool:
        """Return whether an event of this probability happens."""
        return self.fraction(*parts) < probability

    def letters(self, length: int, alphabet: str, *parts: object) -> str:
        """Return a string of the alphabet's letters (at most 48 of them)."""
        text = "\x1f".join([str(part) for part in parts]).encode()
        digest = hashlib.blake2b(text, digest_size=min(64, length + 16), key=self._key).digest()
        size = len(alphabet)
        return "".join([alphabet[byte % size] for byte in digest[:length]])

    def uuid(self, *parts: object) -> str:
        """Return a version 4 shaped UUID."""
        text = self.letters(32, HEX, "uuid", *parts)
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:32]}"
