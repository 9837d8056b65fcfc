"""Versions in use, newest first."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from typing import Final

_NUMBER: Final = re.compile(r"[0-9]+")
_TAG: Final = re.compile(r":v?(\d+(?:\.\d+)+[^@:/]*)(?:@|$)")


def newest_first(versions: AbstractSet[str | None]) -> tuple[str, ...]:
    """Return the versions that are known, the newest first; those without a number come last."""
    known = [version for version in versions if version]
    if len(known) > 1:
        known.sort(key=_order, reverse=True)
    return tuple(known)


def _order(version: str) -> tuple[list[tuple[int, str]], str]:
    # Compared as digits: Python refuses to make numbers of thousands of them, and the text is from outside.
    numbers = [number.lstrip("0") for number in _NUMBER.findall(version)]
    return [(len(number), number) for number in numbers], version


def version_of_image(image: str | None) -> str | None:
    """Return the version that an image's tag states; None for ``latest``, a digest or no tag."""
    found = None if image is None else _TAG.search(image)
    return None if found is None else found.group(1)
