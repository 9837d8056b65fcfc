"""Versions in use, newest first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_NUMBER: Final = re.compile(r"\d+")
_TAG: Final = re.compile(r":v?(\d+(?:\.\d+)+[^@:/]*)(?:@|$)")


def newest_first(versions: Iterable[str | None]) -> tuple[str, ...]:
    """Return the distinct versions, the newest first; those without a number come last."""
    distinct = {version for version in versions if version}
    if len(distinct) < 2:
        return tuple(distinct)
    return tuple(sorted(distinct, key=_order, reverse=True))


def _order(version: str) -> tuple[list[int], str]:
    return [int(number) for number in _NUMBER.findall(version)], version


def version_of_image(image: str | None) -> str | None:
    """Return the version that an image's tag states; None for ``latest``, a digest or no tag."""
    found = None if image is None else _TAG.search(image)
    return None if found is None else found.group(1)
