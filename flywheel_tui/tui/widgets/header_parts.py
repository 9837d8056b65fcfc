"""What the header can say, in parts that shorten and give way where room is short."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from rich.cells import cell_len

from flywheel_tui.config.settings import ContextSettings, Role
from flywheel_tui.domain.clock import age_seconds, short_age
from flywheel_tui.domain.feed import Feed, FeedState, SourceKind
from flywheel_tui.domain.fleet import FleetTotals, RunnerStatus
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.domain.text import clean
from flywheel_tui.services.listing import format as shown
from flywheel_tui.services.listing.runners import RUNNERS
from flywheel_tui.tui.widgets.line import Line, Piece, cut_line, fit, piece
from flywheel_tui.tui.widgets.tone import FEED_TONES, STALE_SYMBOL, STATUS_MARKS, Tone

SHORT_NAMES: Final[dict[SourceKind, str]] = {
    SourceKind.GITLAB: "GL",
    SourceKind.GITHUB: "GH",
    SourceKind.KUBERNETES: "K8S",
    SourceKind.PROMETHEUS: "PROM",
    SourceKind.ALERTMANAGER: "AM",
}

_CONTEXT_CELLS: Final = 28
_FEW_CELLS: Final = 12
_LITTLE: Final = 0.2
"""Share of the request budget from which what remains is always shown."""

_METERED: Final = frozenset({SourceKind.GITLAB, SourceKind.GITHUB})
"""Sources whose request budget others share, so that it is worth a look at any time."""

WORST_FIRST: Final = (FeedState.DOWN, FeedState.STALE, FeedState.UNKNOWN, FeedState.PARTIAL, FeedState.LIVE)

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


_STATE_SYMBOLS: Final = {
    FeedState.DOWN: "✗",
    FeedState.STALE: STALE_SYMBOL,
    FeedState.UNKNOWN: "…",
    FeedState.PARTIAL: "▲",
    FeedState.LIVE: "",
}
_WORKING: Final = (RunnerStatus.ONLINE, RunnerStatus.BUSY)


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


def fit_parts(parts: Sequence[Part], width: int, *, gap: int = 2) -> Line:
    """Return the parts in their order; those of the highest ranks shorten, then give way, where room is short.

    Args:
        parts: What there is to say.
        width: Cells there are.
        gap: Cells between two parts.
    """
    kept, left_out = list(parts), 0
    more: list[Part] = []
    while len(kept) > 1 and sum(part.width + gap for part in (*kept, *more)) > width + gap - 1:
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
        pieces += [Piece(" " * gap if pieces else " "), *part.pieces]
    return cut_line(Line(tuple(pieces)), width)


def context_parts(contexts: Sequence[ContextSettings]) -> list[Part]:
    """Return the badges with the names of the contexts."""
    names = clean(",".join(context.name for context in contexts)) or "no context"
    marked = badges(contexts)
    long, short = (_named(fit(names, min(cell_len(names), cells)), marked) for cells in (_CONTEXT_CELLS, _FEW_CELLS))
    return [Part(0, long, short=short if short != long else ())]


def _named(names: str, marked: tuple[Piece, ...]) -> tuple[Piece, ...]:
    # The names are part of the bar: it says not only that this is production, but whose.
    return (*marked, Piece(f"{names} ", marked[-1].tone)) if marked else (Piece(names, Tone.TITLE),)


def role_parts(contexts: Sequence[ContextSettings]) -> list[Part]:
    """Return what this console may do: a word for all contexts, or those that it may only read."""
    roles = {context.role for context in contexts}
    if not roles:
        return []
    if roles == {Role.VIEWER}:
        return [Part(1, (Piece("read only", Tone.WARNING),), short=(Piece("RO", Tone.WARNING),))]
    if len(roles) == 1:
        return [Part(12, (Piece(next(iter(roles)).value, Tone.MUTED),))]
    names = clean(",".join(context.name for context in contexts if context.role is Role.VIEWER))
    roles.discard(Role.VIEWER)
    most = max(roles, key=list(Role).index).value
    words = f"{most}, {names} read only" if names else most
    return [Part(12, (Piece(words, Tone.MUTED),), short=(Piece(most, Tone.MUTED),))]


def frozen_parts(frozen_at: datetime | None, waiting: int) -> list[Part]:
    """Return since when the picture stands still and how many rows wait to be shown."""
    if frozen_at is None:
        return []
    waits = f" +{waiting} waiting" if waiting else ""
    long = (Piece(f" FROZEN {frozen_at:%H:%M:%S}Z{waits} ", Tone.PROD),)
    return [Part(0, long, short=(Piece(f" FROZEN{f' +{waiting}' if waiting else ''} ", Tone.PROD),))]


def rate_parts(rate_s: float | None) -> list[Part]:
    """Return how often sources are read, where the operator chose it."""
    return [] if rate_s is None else [Part(11, (Piece(f"every {rate_s:.0f}s", Tone.MUTED),))]


def count_parts(totals: FleetTotals, snapshot: Snapshot) -> list[Part]:
    """Return how many runners there are, by status."""
    if not RUNNERS.known(snapshot):
        return [Part(1, (Piece(shown.UNKNOWN, Tone.STRONG), Piece(" runners", Tone.MUTED)))]
    noun = " runner" if totals.runners == 1 else " runners"
    parts = [Part(1, (Piece(str(totals.runners), Tone.STRONG), Piece(noun, Tone.MUTED)))]
    for rank, status in enumerate(_STATUS_ORDER, start=2):
        count = totals.by_status.get(status.value, 0)
        if count:
            mark = STATUS_MARKS[status]
            words, short = f"{mark.symbol} {count} {status.value}", f"{mark.symbol} {count}"
            parts.append(Part(rank, (Piece(words, mark.tone),), count, (Piece(short, mark.tone),)))
    if totals.partial:
        parts.append(Part(1, (Piece("partial", Tone.WARNING),)))
    return parts


def short_count_parts(totals: FleetTotals, snapshot: Snapshot) -> list[Part]:
    """Return how many runners there are and how many of them work, then what is wrong as symbols and figures."""
    known = RUNNERS.known(snapshot)
    parts = [Part(2, (Piece("run ", Tone.MUTED), Piece(str(totals.runners) if known else shown.UNKNOWN, Tone.STRONG)))]
    if not known:
        return parts
    working = sum(totals.by_status.get(status.value, 0) for status in _WORKING)
    parts.append(Part(6, (Piece("on ", Tone.MUTED), Piece(str(working), Tone.PLAIN))))
    for rank, status in enumerate(_STATUS_ORDER, start=3):
        count = totals.by_status.get(status.value, 0)
        if count and status not in _WORKING:
            mark = STATUS_MARKS[status]
            parts.append(Part(rank, (Piece(f"{mark.symbol}{count}", mark.tone),)))
    if totals.partial:
        parts.append(Part(2, (Piece("partial", Tone.WARNING),)))
    return parts


def work_parts(totals: FleetTotals, snapshot: Snapshot, now: datetime) -> list[Part]:
    """Return jobs, failures, waiting time and alerts; a figure that a silent source told is marked as old."""
    covers = f" ({totals.queue_covers[0]} only)" if len(totals.queue_covers) == 1 else ""
    return [
        Part(rank, (Piece(value, tone), Piece(f" {words}{covers if words == 'queued' else ''}", Tone.MUTED)))
        for rank, words, value, tone in _figures(totals, snapshot, now)
    ]


def short_work_parts(totals: FleetTotals, snapshot: Snapshot, now: datetime) -> list[Part]:
    """Return the figures of :func:`work_parts` in as few cells as can be; what nobody knows is left out."""
    return [
        Part(_SHORT_RANKS[words], (Piece(_SHORT_WORDS[words], Tone.MUTED), Piece(value, tone)))
        for _, words, value, tone in _figures(totals, snapshot, now)
        if value != shown.UNKNOWN and not (words == "alerts" and value == "0")
    ]


_SHORT_WORDS: Final = {
    "jobs running": "busy ",
    "queued": "q",
    "failed": "fail ",
    "p95 wait": "p95 ",
    "alerts": "alerts ",
}
_SHORT_RANKS: Final = {"jobs running": 9, "queued": 4, "failed": 8, "p95 wait": 9, "alerts": 4}


def _figures(totals: FleetTotals, snapshot: Snapshot, now: datetime) -> list[tuple[int, str, str, Tone]]:
    """Return rank, words, value and tone of each figure."""
    failing, alerts = totals.failure_rate, totals.alerts_firing
    silent = {feed.kind for feed in snapshot.feeds.values() if feed.state(now) in {FeedState.STALE, FeedState.DOWN}}
    forges = bool(silent & {SourceKind.GITLAB, SourceKind.GITHUB, SourceKind.KUBERNETES})
    metrics = SourceKind.PROMETHEUS in silent
    alerted = any(feed.kind is SourceKind.ALERTMANAGER for feed in snapshot.feeds.values())
    queue_tone = Tone.WARNING if totals.jobs_queued else Tone.STRONG
    fail_tone = Tone.WARNING if failing and failing >= 0.1 else Tone.STRONG
    alert_tone = Tone.CRITICAL if alerts else Tone.STRONG
    alerts_old = SourceKind.ALERTMANAGER in silent if alerted else metrics
    return [
        (0, "jobs running", *_marked(_number(totals.jobs_running), Tone.STRONG, old=forges)),
        (1, "queued", *_marked(_number(totals.jobs_queued), queue_tone, old=forges or metrics)),
        (2, "failed", *_marked(_per_cent(failing), fail_tone, old=metrics)),
        (4, "p95 wait", *_marked(short_age(totals.queue_p95_s), Tone.STRONG, old=metrics)),
        (3, "alerts", *_marked(_number(alerts), alert_tone, old=alerts_old)),
    ]


def _marked(value: str, tone: Tone, *, old: bool) -> tuple[str, Tone]:
    """Return a figure with its tone; ``old`` marks one that a silent source told, or a part of which it told."""
    if value == shown.UNKNOWN:
        return value, Tone.MUTED
    return (f"{STALE_SYMBOL}{value}", Tone.STALE) if old else (value, tone)


def source_parts(snapshot: Snapshot, now: datetime, started_at: datetime) -> list[Part]:
    """Return each kind of source: its worst state with age and, where it is metered or low, the request budget."""
    several = len({feed.context for feed in snapshot.feeds.values()}) > 1
    parts: list[Part] = []
    for kind in SourceKind:
        feeds = [feed for feed in snapshot.feeds.values() if feed.kind is kind]
        if feeds:
            worst = _worst(feeds, now)
            # Where room is short a source that is well gives way, never one that is not.
            rank = 2 if worst.state(now) is FeedState.LIVE else 0
            parts.append(Part(rank, _source(worst, now, started_at, named=several), 1))
            parts += _budget(worst)
    return parts or [Part(0, (Piece("no source is configured", Tone.WARNING),))]


def short_source_parts(snapshot: Snapshot, now: datetime, started_at: datetime) -> list[Part]:
    """Return the sources in as few cells as can be: those in trouble by their state, of the others the budget."""
    parts: list[Part] = []
    troubled: dict[FeedState, list[Feed]] = {}
    for kind in SourceKind:
        feeds = [feed for feed in snapshot.feeds.values() if feed.kind is kind]
        if not feeds:
            continue
        worst = _worst(feeds, now)
        name, budget = Piece(f"{SHORT_NAMES[kind]} ", Tone.MUTED), worst.budget
        if worst.state(now) is not FeedState.LIVE:
            troubled.setdefault(worst.state(now), []).append(worst)
        elif budget.remaining is not None and budget.limit and kind in _METERED:
            tone = Tone.WARNING if budget.remaining <= budget.limit * _LITTLE else Tone.PLAIN
            parts.append(Part(7, (name, Piece(f"{budget.remaining / budget.limit:.0%}", tone))))
        else:
            parts.append(Part(10, (name, Piece("ok", Tone.GOOD))))
    told = [_troubled(state, troubled[state], now, started_at) for state in WORST_FIRST if state in troubled]
    return [*told, *parts] or [Part(0, (Piece("no source", Tone.WARNING),))]


def _troubled(state: FeedState, feeds: Sequence[Feed], now: datetime, started_at: datetime) -> Part:
    """Return sources of one state with the greatest of their ages."""
    oldest = min(feeds, key=_freshness)
    _, word, age = _source(oldest, now, started_at, named=False)
    names = Piece(" ".join(SHORT_NAMES[feed.kind] for feed in feeds), Tone.MUTED)
    short = Piece(f"{_STATE_SYMBOLS[state]}{age.text.strip()}", word.tone)
    return Part(1, (names, Piece(" "), word, age), short=(names, short))


def _worst(feeds: Iterable[Feed], now: datetime) -> Feed:
    return min(feeds, key=lambda feed: (WORST_FIRST.index(feed.state(now)), _freshness(feed)))


def _freshness(feed: Feed) -> float:
    return feed.fetched_at.timestamp() if feed.fetched_at is not None else 0.0


def _source(feed: Feed, now: datetime, started_at: datetime, *, named: bool) -> tuple[Piece, ...]:
    state = feed.state(now)
    since = feed.fetched_at
    word = state.value
    if state is FeedState.UNKNOWN:
        since, word = started_at, "reading"
    elif feed.from_last_session and feed.failure is None:
        word = "last session"
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


def _per_cent(share: float | None) -> str:
    return shown.UNKNOWN if share is None else f"{shown.percent(share)}%"


def _number(value: int | None) -> str:
    return shown.UNKNOWN if value is None else str(value)
