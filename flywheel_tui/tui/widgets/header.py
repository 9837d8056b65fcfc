"""The header: whose fleet this is, how it is, and how far each source can be believed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from rich.cells import cell_len

from flywheel_tui.config.settings import ContextSettings
from flywheel_tui.domain.clock import age_seconds, short_age
from flywheel_tui.domain.feed import Feed, FeedState, SourceKind
from flywheel_tui.domain.fleet import FleetTotals, RunnerStatus
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.domain.text import clean
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.services.listing import format as shown
from flywheel_tui.services.listing.runners import RUNNERS
from flywheel_tui.tui.deck import Deck
from flywheel_tui.tui.widgets.line import Line, Piece, cut_line, fit, piece
from flywheel_tui.tui.widgets.lines import Lines
from flywheel_tui.tui.widgets.tone import FEED_TONES, STALE_SYMBOL, STATUS_MARKS, Tone

SHORT_NAMES: Final[dict[SourceKind, str]] = {
    SourceKind.GITLAB: "GL",
    SourceKind.GITHUB: "GH",
    SourceKind.KUBERNETES: "K8S",
    SourceKind.PROMETHEUS: "PROM",
    SourceKind.ALERTMANAGER: "AM",
}

_TWO_LINES_FROM: Final = 160
_CONTEXT_CELLS: Final = 28
_LITTLE: Final = 0.2
"""Share of the request budget from which what remains is always shown."""

_METERED: Final = frozenset({SourceKind.GITLAB, SourceKind.GITHUB})
"""Sources whose request budget others share, so that it is worth a look at any time."""

_WORST_FIRST: Final = (FeedState.DOWN, FeedState.STALE, FeedState.UNKNOWN, FeedState.PARTIAL, FeedState.LIVE)

_STATUS_ORDER: Final = (
    RunnerStatus.OFFLINE,
    RunnerStatus.DEGRADED,
    RunnerStatus.NEVER_CONTACTED,
    RunnerStatus.PENDING,
    RunnerStatus.ONLINE,
    RunnerStatus.BUSY,
    RunnerStatus.PAUSED,
    RunnerStatus.STALE,
    RunnerStatus.UNKNOWN,
)


class Part(NamedTuple):
    """Pieces that stand or fall together; the highest rank gives way first where they do not all fit.

    Attributes:
        amount: What is left out with it; the line then ends with how much that is over all parts.
        short: A shorter form; all parts that have one are shortened before any part gives way.
    """

    rank: int
    pieces: tuple[Piece, ...]
    amount: int = 0
    short: tuple[Piece, ...] = ()

    @property
    def width(self) -> int:
        """Return the width in cells."""
        return Line(self.pieces).width


def badges(contexts: Iterable[ContextSettings]) -> tuple[Piece, ...]:
    """Return the words that must never be missed: simulated data, and a fleet that people depend on."""
    known = tuple(contexts)
    pieces: list[Piece] = []
    if any(context.demo for context in known):
        pieces.append(Piece(" DEMO ", Tone.DEMO))
    if any(context.protected for context in known):
        pieces.append(Piece(" PROD ", Tone.PROD))
    return tuple(pieces)


def header_lines(deck: Deck, picture: Picture, now: datetime, width: int) -> tuple[Line, ...]:
    """Return the lines of the header for a screen of that width.

    How many there are depends on the width and on whether a source fails, so that nothing jumps as ages grow.
    """
    snapshot = picture.snapshot
    fleet = [*_contexts(deck.settings.contexts), *_counts(picture.fleet.totals, snapshot)]
    work = _work(picture.fleet.totals, snapshot, now)
    sources = _sources(snapshot, now, deck.started_at)
    if width >= _TWO_LINES_FROM:
        left = fit_parts(fleet, width - 2 - sum(part.width + 3 for part in work))
        lines = [_apart(left, fit_parts(work, width - left.width - 3), width), fit_parts(sources, width)]
    else:
        lines = [fit_parts(fleet, width), fit_parts(work, width), fit_parts(sources, width)]
    return (*lines, *_trouble(snapshot, now, width))


def fit_parts(parts: Sequence[Part], width: int) -> Line:
    """Return the parts in their order, two cells apart; those of the highest ranks shorten, then give way, for room."""
    kept, left_out = list(parts), 0
    more: list[Part] = []
    while len(kept) > 1 and sum(part.width + 2 for part in (*kept, *more)) > width + 1:
        long = [part for part in kept if part.short]
        if long:
            part = max(long, key=lambda part: part.rank)
            kept[kept.index(part)] = part._replace(pieces=part.short, short=())
            continue
        dropped = max(kept, key=lambda part: part.rank)
        kept.remove(dropped)
        left_out += dropped.amount
        more = [Part(0, (Piece(f"+{left_out} more", Tone.MUTED),))] if left_out else []
    pieces: list[Piece] = []
    for part in (*kept, *more):
        pieces += [Piece("  " if pieces else " "), *part.pieces]
    return cut_line(Line(tuple(pieces)), width)


def _apart(left: Line, right: Line, width: int) -> Line:
    filler = Piece(" " * max(1, width - left.width - right.width - 1))
    return cut_line(Line((*left.pieces, filler, *right.pieces)), width)


def _contexts(contexts: Sequence[ContextSettings]) -> list[Part]:
    names = clean(",".join(context.name for context in contexts)) or "no context"
    names = fit(names, min(cell_len(names), _CONTEXT_CELLS))
    marked = badges(contexts)
    # The names are part of the bar: it says not only that this is production, but whose.
    return [Part(0, (*marked, Piece(f"{names} ", marked[-1].tone)) if marked else (Piece(names, Tone.TITLE),))]


def _counts(totals: FleetTotals, snapshot: Snapshot) -> list[Part]:
    if not RUNNERS.known(snapshot):
        return [Part(1, (Piece(shown.UNKNOWN, Tone.STRONG), Piece(" runners", Tone.MUTED)))]
    parts = [Part(1, (Piece(str(totals.runners), Tone.STRONG), Piece(" runners", Tone.MUTED)))]
    for rank, status in enumerate(_STATUS_ORDER, start=2):
        count = totals.by_status.get(status.value, 0)
        if count:
            mark = STATUS_MARKS[status]
            words, short = f"{mark.symbol} {count} {status.value}", f"{mark.symbol} {count}"
            parts.append(Part(rank, (Piece(words, mark.tone),), count, (Piece(short, mark.tone),)))
    if totals.partial:
        parts.append(Part(1, (Piece("partial", Tone.WARNING),)))
    return parts


def _work(totals: FleetTotals, snapshot: Snapshot, now: datetime) -> list[Part]:
    running, queued = _number(totals.jobs_running), _number(totals.jobs_queued)
    covers = f" ({totals.queue_covers[0]} only)" if len(totals.queue_covers) == 1 else ""
    failing = totals.failure_rate
    alerts = totals.alerts_firing
    silent = {feed.kind for feed in snapshot.feeds.values() if feed.state(now) in {FeedState.STALE, FeedState.DOWN}}
    forges = bool(silent & {SourceKind.GITLAB, SourceKind.GITHUB, SourceKind.KUBERNETES})
    metrics = SourceKind.PROMETHEUS in silent
    alerted = any(feed.kind is SourceKind.ALERTMANAGER for feed in snapshot.feeds.values())
    return [
        _figure(0, "jobs running", running, old=forges),
        _figure(
            1, f"queued{covers}", queued, Tone.WARNING if totals.jobs_queued else Tone.STRONG, old=forges or metrics
        ),
        _figure(
            2, "failed", _per_cent(failing), Tone.WARNING if failing and failing >= 0.1 else Tone.STRONG, old=metrics
        ),
        _figure(4, "p95 wait", short_age(totals.queue_p95_s), old=metrics),
        _figure(
            3,
            "alerts",
            _number(alerts),
            Tone.CRITICAL if alerts else Tone.STRONG,
            old=SourceKind.ALERTMANAGER in silent if alerted else metrics,
        ),
    ]


def _figure(rank: int, words: str, value: str, tone: Tone = Tone.STRONG, *, old: bool = False) -> Part:
    """Return a figure with its words; ``old`` marks one that a silent source told, or a part of which it told."""
    if value == shown.UNKNOWN:
        tone = Tone.MUTED
    elif old:
        value, tone = f"{STALE_SYMBOL}{value}", Tone.STALE
    return Part(rank, (Piece(value, tone), Piece(f" {words}", Tone.MUTED)))


def _sources(snapshot: Snapshot, now: datetime, started_at: datetime) -> list[Part]:
    several = len({feed.context for feed in snapshot.feeds.values()}) > 1
    parts: list[Part] = []
    for kind in SourceKind:
        feeds = [feed for feed in snapshot.feeds.values() if feed.kind is kind]
        if feeds:
            worst = min(feeds, key=lambda feed: (_WORST_FIRST.index(feed.state(now)), _freshness(feed)))
            # Where room is short a source that is well gives way, never one that is not.
            rank = 2 if worst.state(now) is FeedState.LIVE else 0
            parts.append(Part(rank, _source(worst, now, started_at, named=several), 1))
            parts += _budget(worst)
    return parts or [Part(0, (Piece("no source is configured", Tone.WARNING),))]


def _freshness(feed: Feed) -> float:
    return feed.fetched_at.timestamp() if feed.fetched_at is not None else 0.0


def _source(feed: Feed, now: datetime, started_at: datetime, *, named: bool) -> tuple[Piece, ...]:
    state = feed.state(now)
    since = feed.fetched_at
    word = state.value
    if state is FeedState.UNKNOWN:
        since, word = started_at, "reading"
    elif state is FeedState.DOWN and feed.failure is not None:
        since = feed.failure.since
    where = f" {feed.context}" if named and state is not FeedState.LIVE else ""
    return (
        Piece(f"{SHORT_NAMES[feed.kind]} ", Tone.MUTED),
        Piece(word, FEED_TONES[state]),
        piece(f" {short_age(age_seconds(since, now))}{where}", Tone.MUTED if state is FeedState.LIVE else Tone.PLAIN),
    )


def _budget(feed: Feed) -> list[Part]:
    budget = feed.budget
    if budget.remaining is None or not budget.limit:
        return []
    little = budget.remaining <= budget.limit * _LITTLE
    if not little and feed.kind not in _METERED:
        return []
    text = f"{budget.remaining}/{budget.limit} left"
    return [Part(1 if little else 9, (Piece(text, Tone.WARNING if little else Tone.MUTED),))]


def _trouble(snapshot: Snapshot, now: datetime, width: int) -> tuple[Line, ...]:
    """Return the sentence of the worst failing source and what to do, on two lines where one is too short."""
    failing = [(feed, failure) for feed in snapshot.feeds.values() if (failure := feed.failure) is not None]
    if not failing:
        return ()
    worst, failure = min(failing, key=lambda pair: _WORST_FIRST.index(pair[0].state(now)))
    tone = FEED_TONES[worst.state(now)]
    what = (Piece(" ✗ ", tone), piece(f"{worst.name}: {failure.message}", tone))
    more = Piece(f"  +{len(failing) - 1} more, :sources" if len(failing) > 1 else "  :sources", Tone.MUTED)
    if not failure.next_step:
        return (cut_line(Line((*what, more)), width),)
    step = piece(f" {failure.next_step}")
    whole = Line((*what, step, more))
    if whole.width <= width:
        return (whole,)
    return cut_line(Line((*what, more)), width), cut_line(Line((Piece("  "), step)), width)


def _per_cent(share: float | None) -> str:
    return shown.UNKNOWN if share is None else f"{shown.percent(share)}%"


def _number(value: int | None) -> str:
    return shown.UNKNOWN if value is None else str(value)


class Header(Lines, can_focus=False):
    """Draws :func:`header_lines`."""

    DEFAULT_CSS = """
    Header { height: 3; }
    """

    def __init__(self, deck: Deck) -> None:
        super().__init__(id="header")
        self._deck = deck
        self._picture = deck.fleet.current
        self._now = deck.started_at
        self._lines: tuple[Line, ...] = ()

    def show(self, picture: Picture, now: datetime) -> None:
        """Draw what differs."""
        self._picture, self._now = picture, now
        self._update()

    def resized(self) -> None:
        """Use the new width."""
        self._update()

    def line_at(self, y: int) -> Line:
        """Return a line of the header."""
        return self._lines[y] if y < len(self._lines) else Line()

    def _update(self) -> None:
        width = self.size.width or self.app.size.width
        self._lines = header_lines(self._deck, self._picture, self._now, width)
        if self.styles.height is None or self.styles.height.value != len(self._lines):
            self.styles.height = len(self._lines)
        self.redraw()
