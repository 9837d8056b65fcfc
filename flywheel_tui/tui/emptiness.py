"""Why a list shows no row, and what to do about it: still reading, a source that fails, nothing there, all hidden."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from flywheel_tui.domain.clock import age_seconds, short_age
from flywheel_tui.domain.feed import Feed
from flywheel_tui.tui.keymap import Keymap
from flywheel_tui.tui.widgets.tone import Tone

Sentence = tuple[str, Tone]
"""A sentence and its tone."""


def unread(feeds: Sequence[Feed]) -> list[Feed]:
    """Return the feeds whose first reading is still under way."""
    return [feed for feed in feeds if feed.failure is None and (feed.fetched_at is None or feed.from_last_session)]


def restored(feeds: Sequence[Feed], now: datetime) -> str:
    """Return that rows were kept from an earlier session, and the age of the oldest; empty once all are read anew."""
    ages = [age_seconds(feed.fetched_at, now) for feed in feeds if feed.from_last_session]
    known = [age for age in ages if age is not None]
    return f"from the last session, {short_age(max(known))} ago" if known else ""


def why_empty(
    things: str,
    feeds: Sequence[Feed],
    where: Path | None,
    started_at: datetime,
    now: datetime,
    *,
    told: bool,
    nothing: str = "",
) -> list[Sentence]:
    """Return why there is not one row.

    Args:
        things: What is listed, in the plural.
        feeds: The sources that list it.
        where: The configuration file.
        started_at: Since when the sources are read.
        now: The time.
        told: Whether a source told what there is, even if that is nothing.
        nothing: What it means that there is nothing, where that is as it should be.
    """
    if not feeds:
        return [
            (f"No source lists {things}.", Tone.STRONG),
            (f"Add one to {where or 'the configuration'}, or look around with `flywheel demo`.", Tone.PLAIN),
        ]
    said: list[Sentence] = []
    for feed in feeds:
        if feed.failure is not None:
            said.append((f"{feed.name}: {feed.failure.message}", Tone.CRITICAL))
            if feed.failure.next_step:
                said.append((feed.failure.next_step, Tone.PLAIN))
        elif feed.fetched_at is None:
            said.append((f"reading {feed.name}, {age_seconds(started_at, now) or 0.0:.0f} s", Tone.PENDING))
    if said:
        return said
    names = ", ".join(feed.name for feed in feeds)
    if not told:
        return [
            (f"Nobody tells of {things}: {names} answered without them.", Tone.WARNING),
            ("A right is missing, or they are not installed there; :sources has details.", Tone.PLAIN),
        ]
    if nothing:
        return [(nothing, Tone.GOOD)]
    return [
        (f"No {things}: {names} answered and know of none.", Tone.STRONG),
        ("Look at the configured groups, organisations and namespaces; :sources has details.", Tone.PLAIN),
    ]


class Narrowing(NamedTuple):
    """What may hide rows.

    Attributes:
        filter_text: The filter, or an empty string.
        faults_only: Whether only faults are shown.
        scope: The scope, or an empty string for everything.
    """

    filter_text: str = ""
    faults_only: bool = False
    scope: str = ""


def why_hidden(things: str, total: int, keys: Keymap, narrowing: Narrowing) -> list[Sentence]:
    """Return why none of the rows there are is shown, and which key shows them again.

    Args:
        things: What is listed, in the plural.
        total: How many rows there are.
        keys: The keys in force.
        narrowing: What may hide them.
    """
    said: list[Sentence] = []
    if narrowing.filter_text:
        said.append((f"None of {total} {things} matches /{narrowing.filter_text}", Tone.STRONG))
        said.append((f"{keys.label('app.back')} takes the filter away.", Tone.PLAIN))
        said += _advice(narrowing.filter_text)
    if narrowing.faults_only:
        said.append(
            ("Only faults are shown, and there are none." if not said else "Only faults are shown.", Tone.STRONG)
        )
        said.append((f"{keys.label('list.faults')} shows everything again.", Tone.PLAIN))
    if narrowing.scope:
        none = f"None of {total} {things} is in the scope {narrowing.scope}."
        said.append((none if not said else f"Only the scope {narrowing.scope} is shown.", Tone.STRONG))
        said.append((f"{keys.label('scope.all')} shows everything, :scope another part.", Tone.PLAIN))
    return said


_PATTERN_SIGNS: Final = frozenset("|*^$[]()\\+?")


def _advice(filter_text: str) -> list[Sentence]:
    """Return how to write what looks like the filter of another program."""
    words = filter_text.split()
    said: list[Sentence] = []
    pattern = next((word for word in words if _PATTERN_SIGNS & set(word) and not word.strip("!").startswith("/")), None)
    if pattern is not None:
        said.append((f"A pattern stands in slashes: /{pattern}/.", Tone.PLAIN))
    if words[0] in {"-f", "-l"}:
        said.append(("Words need no option: tag:NAME looks in tags, /PATTERN/ is a pattern.", Tone.PLAIN))
    context = next((word for word in words if word.startswith("@")), None)
    if context is not None:
        said.append((f"Contexts are named in a command: :scope {context.removeprefix('@')}.", Tone.PLAIN))
    return said
