"""Values that must never be printed."""

from __future__ import annotations

from typing import Final, NoReturn

MASK: Final = "********"


class Secret:
    """A token or password: it shows itself only to whom calls :meth:`reveal`.

    ``str``, ``repr``, ``format`` and error reports with local variables show a mask; it refuses to be pickled or
    copied into JSON, so it cannot slip into a cache, a journal or a crash report.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret itself. Call it where the request header is made and nowhere else."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never written anywhere")
