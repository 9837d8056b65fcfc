"""What a piece of text means, which a theme turns into a colour; and the symbol that says the same without colour."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from flywheel_tui.domain.feed import FeedState
from flywheel_tui.domain.fleet import RunnerStatus
from flywheel_tui.domain.verdict import Severity


class Tone(StrEnum):
    """The meaning of a piece of text."""

    PLAIN = "plain"
    MUTED = "muted"
    """Labels, sources, whatever is there but seldom read."""
    STRONG = "strong"
    TITLE = "title"
    KEY = "key"
    """A key that can be pressed."""
    GOOD = "good"
    BUSY = "busy"
    PENDING = "pending"
    PAUSED = "paused"
    WARNING = "warning"
    CRITICAL = "critical"
    STALE = "stale"
    """True once; no longer confirmed."""
    PROD = "prod"
    DEMO = "demo"
    CURSOR = "cursor"
    """The line under the cursor."""
    HEAD = "head"
    """Column heads."""
    GROUP = "group"
    """Heads of groups of rows."""
    GHOST = "ghost"
    """A row that its source no longer lists."""
    MARKED = "marked"
    """Laid over a row that the operator marked."""
    CHANGED = "changed"
    """Laid over a value that differs from the reading before."""
    MATCH = "match"
    """Laid over the part of a text that the filter found."""


def variables(tone: Tone) -> tuple[str, str, str]:
    """Return the names of the theme variables of a tone: its colour, background and text style."""
    return f"tone-{tone}", f"tone-{tone}-background", f"tone-{tone}-style"


TONE_DEFAULTS: Final[dict[Tone, tuple[str, str, str]]] = {
    Tone.PLAIN: ("$foreground", "transparent", "none"),
    Tone.MUTED: ("$foreground", "transparent", "dim"),
    Tone.STRONG: ("$foreground", "transparent", "bold"),
    Tone.TITLE: ("$primary", "transparent", "bold"),
    Tone.KEY: ("$primary", "transparent", "none"),
    Tone.GOOD: ("$success", "transparent", "none"),
    Tone.BUSY: ("$success", "transparent", "none"),
    Tone.PENDING: ("$secondary", "transparent", "none"),
    Tone.PAUSED: ("$secondary", "transparent", "none"),
    Tone.WARNING: ("$warning", "transparent", "none"),
    Tone.CRITICAL: ("$error", "transparent", "bold"),
    Tone.STALE: ("$foreground", "transparent", "dim"),
    Tone.PROD: ("$foreground", "$error", "bold"),
    Tone.DEMO: ("$foreground", "$secondary", "bold"),
    Tone.CURSOR: ("transparent", "transparent", "reverse"),
    Tone.HEAD: ("$foreground", "transparent", "bold"),
    Tone.GROUP: ("$primary", "transparent", "bold"),
    Tone.GHOST: ("$foreground", "transparent", "dim strike"),
    Tone.MARKED: ("transparent", "transparent", "bold"),
    Tone.CHANGED: ("transparent", "transparent", "underline"),
    Tone.MATCH: ("transparent", "transparent", "reverse"),
}
"""Colour, background and text style of a tone where a theme says nothing; ``$`` names a colour of the theme."""


def look_of(tone: Tone, theme_variables: Mapping[str, str]) -> tuple[str, str, str]:
    """Return the colour, background and text style of a tone in the words of a theme, without ``$``."""
    looks = zip(variables(tone), TONE_DEFAULTS[tone], strict=True)
    color, background, style = (theme_variables.get(name, default) for name, default in looks)
    return _resolved(color, theme_variables), _resolved(background, theme_variables), style


def _resolved(color: str, theme_variables: Mapping[str, str]) -> str:
    return theme_variables.get(color[1:], color) if color.startswith("$") else color


class Mark(NamedTuple):
    """A symbol and its tone, beside the word that says the same."""

    symbol: str
    tone: Tone


STATUS_MARKS: Final[dict[RunnerStatus, Mark]] = {
    RunnerStatus.ONLINE: Mark("●", Tone.PLAIN),
    RunnerStatus.BUSY: Mark("◆", Tone.BUSY),
    RunnerStatus.DEGRADED: Mark("▲", Tone.WARNING),
    RunnerStatus.PENDING: Mark("◌", Tone.PENDING),
    RunnerStatus.PAUSED: Mark("‖", Tone.PAUSED),
    RunnerStatus.OFFLINE: Mark("✗", Tone.CRITICAL),
    RunnerStatus.STALE: Mark("◇", Tone.STALE),
    RunnerStatus.NEVER_CONTACTED: Mark("○", Tone.WARNING),
    RunnerStatus.UNKNOWN: Mark("?", Tone.STALE),
}

SEVERITY_MARKS: Final[dict[Severity, Mark]] = {
    Severity.OK: Mark("●", Tone.GOOD),
    Severity.INFO: Mark("●", Tone.PLAIN),
    Severity.UNKNOWN: Mark("?", Tone.STALE),
    Severity.WARNING: Mark("▲", Tone.WARNING),
    Severity.CRITICAL: Mark("✗", Tone.CRITICAL),
}

FEED_TONES: Final[dict[FeedState, Tone]] = {
    FeedState.LIVE: Tone.GOOD,
    FeedState.PARTIAL: Tone.WARNING,
    FeedState.STALE: Tone.WARNING,
    FeedState.DOWN: Tone.CRITICAL,
    FeedState.UNKNOWN: Tone.PENDING,
}

STALE_SYMBOL: Final = "~"
"""Before a row whose source is not live."""

GHOST_MARK: Final = Mark("†", Tone.GHOST)
"""Of a row that its source no longer lists."""

MARKED_SYMBOL: Final = "*"
"""Before a row that the operator marked."""

ASCII: Final = {
    "●": "+",
    "◆": "#",
    "▲": "!",
    "◌": ".",
    "‖": "=",
    "✗": "x",
    "◇": "-",
    "○": "o",
    "…": "~",
    "–": "-",
    "·": "|",
    "→": ">",
    "↑": "^",
    "↓": "v",
    "─": "-",
    "│": "|",
    "┌": "+",
    "┐": "+",
    "└": "+",
    "┘": "+",
    "‹": "<",
    "†": "%",
    "Δ": "'",
    "▾": "v",
    "▸": ">",
}
"""One ASCII cell for each symbol that the console draws itself."""
