"""Facts with their sources and ages as lines of text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from rich.cells import cell_len

from flywheel_tui.domain.clock import short_age
from flywheel_tui.domain.feed import FeedState
from flywheel_tui.domain.text import clean
from flywheel_tui.domain.verdict import Severity
from flywheel_tui.services.describe import Fact, Section
from flywheel_tui.services.listing import format as shown
from flywheel_tui.tui.widgets.line import Line, Piece, fit, wrap
from flywheel_tui.tui.widgets.tone import SEVERITY_MARKS, STALE_SYMBOL, Tone

VERDICT: Final = "Verdict"
"""Title of the section whose labels are severities."""

_WIDEST: Final = 120
"""Cells beyond which a source would stand too far from its value."""

_LEAST_LABEL: Final = 14
_MOST_LABEL: Final = 36
_LEAST_VALUE: Final = 24
_BELIEVED: Final = (None, FeedState.LIVE, FeedState.PARTIAL)
_SEVERITIES: Final = {severity.value: severity for severity in Severity}


def fact_lines(
    sections: Sequence[Section],
    width: int,
    *,
    gone: bool = False,
    doubts_only: bool = False,
    tone_of: Callable[[Fact], Tone | None] = lambda fact: None,
) -> list[Line]:
    """Return the sections as lines for a width: label, value, and at the right edge the source and its age.

    Args:
        sections: What to show.
        width: Cells of a line.
        doubts_only: Name the source only where it is not live, for panes that have little room.
        gone: The thing is not there any more: its last facts are shown as such.
        tone_of: The tone of a fact's value, where it is not the usual one.
    """
    width = min(width, _WIDEST)
    lines: list[Line] = []
    over = Tone.STALE if gone else None
    for section in sections:
        lines.append(Line())
        lines.append(Line((Piece(f" {clean(section.title)}", Tone.TITLE),), over))
        label_width = _label_width(section, width)
        for fact in section.facts:
            severity = _SEVERITIES.get(fact.label) if section.title == VERDICT else None
            told = "" if doubts_only and fact.state in _BELIEVED else _source(fact)
            lines.extend(_fact(fact, told, severity, tone_of(fact), label_width, width, over))
    return lines[1:]


def _label_width(section: Section, width: int) -> int:
    longest = max((cell_len(clean(fact.label)) for fact in section.facts), default=0)
    return max(_LEAST_LABEL, min(longest, _MOST_LABEL, width // 3))


def _fact(
    fact: Fact,
    source: str,
    severity: Severity | None,
    special: Tone | None,
    label_width: int,
    width: int,
    over: Tone | None,
) -> list[Line]:
    label_tone = value_tone = Tone.MUTED if severity is None else SEVERITY_MARKS[severity].tone
    believed = fact.state in _BELIEVED
    if severity is None:
        value_tone = Tone.PLAIN if believed else Tone.STALE
    if fact.value == shown.UNKNOWN:
        value_tone = Tone.MUTED
    value_tone = special or value_tone
    symbol = SEVERITY_MARKS[severity].symbol if severity is not None else STALE_SYMBOL if not believed else " "
    room = max(_LEAST_VALUE, width - label_width - 5 - (cell_len(source) + 2 if source else 0))
    first, *others = wrap(clean(fact.value), room)
    label = fit(clean(fact.label), label_width, middle=True)
    lines = [
        Line(
            (
                Piece(f" {symbol} ", label_tone if severity is not None else value_tone),
                Piece(f"{label}  ", label_tone),
                Piece(fit(first, room) if source else first, value_tone),
                Piece(f"  {source}" if source else "", Tone.MUTED),
            ),
            over,
        )
    ]
    indent = Piece(" " * (label_width + 5))
    lines += [Line((indent, Piece(other, value_tone)), over) for other in others]
    return lines


def _source(fact: Fact) -> str:
    if fact.source is None:
        return ""
    age = f" {short_age(fact.age_s)}" if fact.age_s is not None else ""
    state = f" {fact.state}" if fact.state not in {None, FeedState.LIVE} else ""
    return clean(f"{fact.source}{state}{age}")
