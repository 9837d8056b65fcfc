"""What there is to say of each source, as facts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from flywheel_tui.domain.clock import age_seconds, short_age
from flywheel_tui.domain.feed import Feed, FeedState
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.services.describe import Fact, Section
from flywheel_tui.tui.widgets.tone import FEED_TONES, Tone

STATE: Final = "state"
ERROR: Final = "error"
NEXT: Final = "  next"

_MEANINGS: Final = {
    FeedState.LIVE: "live: fresh and whole",
    FeedState.PARTIAL: "partial: fresh, but something is known to be missing",
    FeedState.STALE: "stale: what is shown is the last good reading",
    FeedState.DOWN: "down: nothing was ever read",
    FeedState.UNKNOWN: "reading: nothing was read yet",
}


def source_sections(snapshot: Snapshot, now: datetime) -> tuple[Section, ...]:
    """Return one section for each source, in the order of the configuration."""
    return tuple(Section(feed.name, tuple(_facts(feed, now))) for feed in snapshot.feeds.values())


def source_tone(fact: Fact) -> Tone | None:
    """Return the tone of what matters most in a section: the state, an error, and what to do about it."""
    if fact.label == STATE and fact.state is not None:
        return FEED_TONES[fact.state]
    return {ERROR: Tone.CRITICAL, NEXT: Tone.STRONG}.get(fact.label)


def _facts(feed: Feed, now: datetime) -> Iterator[Fact]:
    state = feed.state(now)
    yield Fact(STATE, _MEANINGS[state], state=state)
    age = age_seconds(feed.fetched_at, now)
    yield Fact("last good reading", "never" if age is None else f"{short_age(age)} ago")
    yield Fact("read every", f"{feed.interval_s:g} s")
    if feed.failure is not None:
        failure = feed.failure
        since = age_seconds(failure.since, now)
        yield Fact(ERROR, failure.message if since is None else f"{failure.message} (since {short_age(since)})")
        if failure.next_step:
            yield Fact(NEXT, failure.next_step)
        if failure.retry_at is not None:
            wait = max(0.0, (failure.retry_at - now).total_seconds())
            yield Fact("  next try", f"in {short_age(wait)}; ctrl-r tries now")
    for finding in feed.findings:
        yield Fact(finding.code.replace("_", " "), finding.text)
        if finding.next_step:
            yield Fact(NEXT, finding.next_step)
    counts = [f"{len(rows)} {_plural(kind.__name__)}" for kind, rows in feed.tables.items() if rows]
    yield Fact("rows", ", ".join(counts) or "–")
    yield Fact("requests", _budget(feed, now))
    if feed.clock_skew_s:
        direction = "ahead of" if feed.clock_skew_s > 0 else "behind"
        yield Fact("clock", f"the server is {short_age(abs(feed.clock_skew_s))} {direction} this machine")


def _budget(feed: Feed, now: datetime) -> str:
    budget = feed.budget
    parts: list[str] = []
    if budget.remaining is not None:
        parts.append(f"{budget.remaining} of {'–' if budget.limit is None else budget.limit} left")
    if budget.resets_at is not None:
        parts.append(f"renewed in {short_age(max(0.0, (budget.resets_at - now).total_seconds()))}")
    if budget.last_cycle is not None:
        parts.append(f"{budget.last_cycle} in the last reading")
    return ", ".join(parts) or "–"


def _plural(name: str) -> str:
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()
    return f"{words}s"
