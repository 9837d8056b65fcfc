"""Finds the line of a key in a TOML text, for error messages; ``tomllib`` keeps no positions."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from typing import Any, Final

_HEADER: Final = re.compile(r"\s*\[{1,2}[^\[\]=]+\]{1,2}\s*(?:#.*)?")
_KEY: Final = re.compile(
    r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)


def line_of(text: str, path: Sequence[str]) -> int | None:
    """Return the line, from 1, of the key at ``path``, or of the nearest table around it that has a line.

    A key inside an inline table is found at the line of that table.
    """
    wanted = tuple(path)
    table: tuple[str, ...] = ()
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if _HEADER.fullmatch(line):
            table = found = _keys(line)
        elif (match := _KEY.match(line)) is not None:
            found = (*table, *_keys(f"{match[1]} = 0"))
        else:
            continue
        if wanted[: len(found)] == found and (best is None or len(found) > best[0]):
            best = (len(found), number)
    return None if best is None else best[1]


def _keys(line: str) -> tuple[str, ...]:
    """Return the key path of one header or assignment, by TOML's own rules of quoting."""
    try:
        node: Any = tomllib.loads(line.strip())
    except tomllib.TOMLDecodeError:
        return ()
    keys: list[str] = []
    while isinstance(node, dict | list) and node:
        if isinstance(node, list):
            node = node[0]
            continue
        key = next(iter(node))
        keys.append(key)
        node = node[key]
    return tuple(keys)
