"""The fewest bytes that bring a terminal from one screen to another, cell by cell: what "minimal" means in the tables.

The model: changed cells are written in reading order. To get to the next one costs the shortest of a cursor position
(CUP), relative moves (CUU, CUD, CUF, CUB, LF, CR, BS), and writing the unchanged cells between again where they have
the style in force. A change of style costs the shortest SGR sequence, incremental or from a reset. Text costs its UTF-8
bytes; blanks to the end of a line cost an erase (EL) where that is shorter. The pen and the cursor are where the
program's last bytes left them. Scrolling is not in the model, so a scrolled list may cost less than its minimum.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from pyte.graphics import BG, BG_AIXTERM, FG, FG_AIXTERM, FG_BG_256
from pyte.screens import Char

from benchmarks.harness.emulator import Cells, changed, seen

_FG: Final = {name: str(code) for code, name in {**FG_AIXTERM, **FG}.items()}
_BG: Final = {name: str(code) for code, name in {**BG_AIXTERM, **BG}.items()}
_256: Final = {name: str(code) for code, name in reversed(list(enumerate(FG_BG_256)))}
_SWITCHES: Final = (
    ("bold", "1", "22"),
    ("italics", "3", "23"),
    ("underscore", "4", "24"),
    ("blink", "5", "25"),
    ("reverse", "7", "27"),
    ("strikethrough", "9", "29"),
)
_PLAIN: Final = Char(" ")

Style = tuple[str, str, tuple[bool, ...]]
"""Foreground, background and switches."""


def minimal_bytes(before: Cells, after: Cells, pen: Char, cursor: tuple[int, int], *, truecolor: bool = False) -> int:
    """Return the cost of the model in bytes.

    Args:
        before: The screen as it is.
        after: The screen as it shall be.
        pen: The style in force.
        cursor: Line and column of the terminal's cursor.
        truecolor: Whether colours outside the 16 are written in 24 bits, else by their number among 256.
    """
    cost, line, column, style = 0, *cursor, style_of(pen)
    done: set[int] = set()
    for y, x in changed(before, after):
        if y in done:
            continue
        row, cell = after[y], after[y][x]
        if not cell.data:  # the second half of a wide character goes with the first
            continue
        cost += _move(row, style, (line, column), (y, x))
        if len(row) - x > 3 and all(seen(each) == _PLAIN for each in row[x:]):
            cost += _paint(style, style_of(_PLAIN), truecolor) + 3
            line, column, style = y, x, style_of(_PLAIN)
            done.add(y)
            continue
        wanted = style_of(cell)
        cost += _paint(style, wanted, truecolor) + len(cell.data.encode())
        wide = x + 1 < len(row) and not row[x + 1].data
        line, column, style = y, x + 1 + wide, wanted
    return cost


def style_of(cell: Char) -> Style:
    """Return the style of a cell."""
    return cell.fg, cell.bg, tuple(bool(getattr(cell, name)) for name, _, _ in _SWITCHES)


def _move(row: list[Char], style: Style, here: tuple[int, int], there: tuple[int, int]) -> int:
    (line, column), (y, x) = here, there
    ways = [
        len(f"\x1b[{y + 1};{x + 1}H") if x else len(f"\x1b[{y + 1}H"),
        _away(y - line, one_byte=y > line) + (1 if x == 0 < column else _away(x - column, one_byte=x < column)),
    ]
    if line == y and column < x:
        between = row[column:x]
        if all(style_of(cell) == style for cell in between):
            ways.append(sum(len(cell.data.encode()) for cell in between))
    return min(ways)


def _away(distance: int, *, one_byte: bool) -> int:
    """Return the cost of a relative move; down and left there are control characters of one byte (LF, BS) as well."""
    far = abs(distance)
    sequence = 0 if not far else 3 if far == 1 else len(f"\x1b[{far}A")
    return min(sequence, far) if one_byte else sequence


@cache
def _paint(before: Style, after: Style, truecolor: bool) -> int:
    if before == after:
        return 0
    plain: Style = ("default", "default", (False,) * len(_SWITCHES))
    steps = len(";".join(_steps(before, after, truecolor)))
    from_reset = _steps(plain, after, truecolor)
    return 3 + min(steps, len(";".join(["0", *from_reset])) if from_reset else 0)


def _steps(before: Style, after: Style, truecolor: bool) -> list[str]:
    found = []
    if before[0] != after[0]:
        found.append(_colour(after[0], _FG, "38", truecolor))
    if before[1] != after[1]:
        found.append(_colour(after[1], _BG, "48", truecolor))
    for (_, on, off), was, now in zip(_SWITCHES, before[2], after[2], strict=True):
        if was != now:
            found.append(on if now else off)
    return found


def _colour(name: str, codes: dict[str, str], kind: str, truecolor: bool) -> str:
    if name in codes:
        return codes[name]
    if name in _256 and not truecolor:
        return f"{kind};5;{_256[name]}"
    return ";".join([kind, "2", *(str(int(name[place : place + 2], 16)) for place in (0, 2, 4))])
