"""How cells look, taken from Rich's own rendering of a style, and the shortest way from one look to another.

SGR codes: ECMA-48, 8.3.117. Hyperlinks: OSC 8, as Rich and Textual write them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual.strip import Strip

_OFF: Final = {
    "1": "22",
    "2": "22",
    "3": "23",
    "4": "24",
    "21": "24",
    "5": "25",
    "6": "25",
    "7": "27",
    "8": "28",
    "9": "29",
    "51": "54",
    "52": "54",
    "53": "55",
}
"""The code that ends an attribute; some end two."""
_SEEN_ON_BLANKS: Final = frozenset(_OFF) - {"1", "2", "3", "8"}
_PARAMETERS: Final = {"5": 3, "2": 5}
"""How many parameters an indexed and a direct colour take, with the introducing 38 or 48."""
_MOST_LOOKS: Final = 4096


class Look:
    """How a cell looks. There is one object for each look, so looks are compared by identity.

    Attributes:
        attributes: SGR codes of bold, reverse and so on.
        ink: SGR codes of the text colour; empty is the terminal's own.
        ground: SGR codes of the background; empty is the terminal's own.
        link: The address behind the cell; empty where there is none.
        link_id: What ties the cells of one link together.
        paints_blanks: Whether a blank shows more than its background.
        blank: How a blank of this look looks: of most looks only the background is seen.
    """

    __slots__ = ("attributes", "blank", "ground", "ink", "link", "link_id", "paints_blanks")

    def __init__(self, attributes: tuple[str, ...], ink: str, ground: str, link: str, link_id: str) -> None:
        self.attributes = attributes
        self.ink = ink
        self.ground = ground
        self.link = link
        self.link_id = link_id
        self.paints_blanks = bool(link) or not _SEEN_ON_BLANKS.isdisjoint(attributes)
        self.blank = self


PLAIN: Final = Look((), "", "", "", "")


class LookTable:
    """Knows the look of every style on one console."""

    def __init__(self) -> None:
        self._by_style: dict[Style, Look] = {}
        self._by_codes: dict[tuple[str, str], Look] = {("", ""): PLAIN}

    def look(self, style: Style | None, console: Console) -> Look:
        """Return how ``style`` looks on ``console``: exactly the codes that Textual would write."""
        if style is None:
            return PLAIN
        look = self._by_style.get(style)
        if look is None:
            look = self._by_style[style] = self._make(style, console)
        return look

    def _make(self, style: Style, console: Console) -> Look:
        if len(self._by_style) > _MOST_LOOKS:
            # Addresses of links have no bound. Cells that keep a forgotten look are at worst sent again.
            self._by_style.clear()
            self._by_codes = {("", ""): PLAIN}
        codes = style._ansi  # noqa: SLF001 - what Textual writes, see internals.py
        if codes is None:
            codes = Strip.render_ansi(style, console._color_system or ColorSystem.TRUECOLOR)  # noqa: SLF001
        link = style._link or ""  # noqa: SLF001
        look = self._by_codes.get((codes, link))
        if look is None:
            look = _parse(codes, link, style._link_id)  # noqa: SLF001
            # Different codes may mean the same: 39 and 49 are no colour.
            normal = ";".join([*look.attributes, *filter(None, (look.ink, look.ground))])
            look = self._by_codes.setdefault((normal, link), look)
            self._by_codes[codes, link] = look
            if not look.paints_blanks and (look.attributes or look.ink):
                look.blank = self._by_codes.setdefault((look.ground, ""), Look((), "", look.ground, "", ""))
        return look


def _parse(codes: str, link: str, link_id: str) -> Look:
    parts = codes.split(";") if codes else []
    attributes: list[str] = []
    ink = ground = ""
    while parts:
        first = parts[0]
        if first in _OFF:
            attributes.append(parts.pop(0))
            continue
        length = _PARAMETERS[parts[1]] if first in {"38", "48"} else 1
        color, parts = ";".join(parts[:length]), parts[length:]
        if first == "39":
            ink = ""
        elif first == "49":
            ground = ""
        elif first.startswith(("3", "9")):
            ink = color
        else:
            ground = color
    return Look(tuple(attributes), ink, ground, link, link_id)


@lru_cache(maxsize=8192)
def transition(before: Look | None, after: Look) -> str:
    """Return the shortest SGR sequence from one look to another; from None, which is unknown, by a reset.

    Links are not part of it: see :func:`link_change`.
    """
    full = [*after.attributes, *filter(None, (after.ink, after.ground))]
    reset = f"\x1b[{';'.join(['0', *full])}m" if full else "\x1b[m"
    if before is None:
        return reset
    ended = {_OFF[code]: None for code in before.attributes if code not in after.attributes}
    # Ending bold ends dim too, which may have to stay.
    begun = [code for code in after.attributes if code not in before.attributes or _OFF[code] in ended]
    changes = [*ended, *begun]
    if after.ink != before.ink:
        changes.append(after.ink or "39")
    if after.ground != before.ground:
        changes.append(after.ground or "49")
    if not changes:
        return ""
    return min(f"\x1b[{';'.join(changes)}m", reset, key=len)


def link_change(before: Look | None, after: Look) -> str:
    """Return the OSC 8 sequence that opens or closes a link between two looks."""
    if (before.link if before else "") == after.link:
        return ""
    return f"\x1b]8;id={after.link_id};{after.link}\x1b\\" if after.link else "\x1b]8;;\x1b\\"
