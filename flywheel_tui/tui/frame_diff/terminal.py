"""What the terminal can do beyond addressing its cursor and setting colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_SCROLLING: Final = ("xterm", "screen", "tmux", "linux", "rxvt", "alacritty", "foot", "kitty", "vte", "konsole", "st-")
_ERASING_IN_COLOR: Final = ("xterm", "linux")
_DUMB: Final = frozenset({"", "dumb", "unknown"})


@dataclass(frozen=True, slots=True)
class Terminal:
    """What a kind of terminal can do.

    Attributes:
        scrolls: It moves the lines between two margins (DECSTBM).
        erases_in_color: Erased cells take the present background (terminfo's ``bce``), not always the terminal's own.
    """

    scrolls: bool
    erases_in_color: bool


def terminal_of(name: str) -> Terminal:
    """Return what the terminal called ``name`` in ``TERM`` can do; of an unknown one, nothing is assumed."""
    if name in _DUMB:
        return Terminal(scrolls=False, erases_in_color=False)
    if name.startswith(_SCROLLING):
        return Terminal(scrolls=True, erases_in_color=name.startswith(_ERASING_IN_COLOR))
    return _from_terminfo(name)


def _from_terminfo(name: str) -> Terminal:
    # Only terminals that are not known by name are looked up: the console starts without.
    import curses

    try:
        curses.setupterm(term=name, fd=1)
    except curses.error:
        return Terminal(scrolls=False, erases_in_color=False)
    scrolls = all(curses.tigetstr(capability) for capability in ("csr", "ind", "ri"))
    return Terminal(scrolls=scrolls, erases_in_color=curses.tigetflag("bce") > 0)
