"""A fleet in the console's own process, of any size, that changes on a timer: what is measured is the console."""

from __future__ import annotations

import asyncio
import gc
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from flywheel_tui.domain.clock import Clock, utc_now
from flywheel_tui.domain.feed import Budget, Feed, SourceKind
from flywheel_tui.domain.fleet import Fleet, FleetChange, FleetTotals, KeyChange, Runner, RunnerStatus
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.runner import Forge, ForgeRunner, RunnerKind, RunnerState
from flywheel_tui.domain.scaleset import ScaleSet
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.domain.verdict import Evidence, Severity, Verdict
from flywheel_tui.domain.workload import Pod
from flywheel_tui.services.fleet_service import Listener, Picture

CONTEXT: Final = "prod"
LETTERS: Final = "qzxjvw"
"""Letters of names that no other value of a row has, so that each letter typed into a filter leaves fewer rows."""
_GIB: Final = 1024.0**3
_STEPS: Final = 12
_STANDING: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
_TABLES: Final[dict[SourceKind, tuple[type[Row], ...]]] = {
    SourceKind.GITLAB: (ForgeRunner,),
    SourceKind.GITHUB: (ForgeRunner,),
    SourceKind.KUBERNETES: (Pod, ScaleSet),
    SourceKind.PROMETHEUS: (),
}
_SLOW: Final = Verdict(
    rule="saturated",
    severity=Severity.WARNING,
    summary="all slots are taken",
    evidence=(Evidence(text="24 of 24", source=f"{CONTEXT}/gitlab"),),
    next_step="Raise concurrent.",
)


def name_of(number: int) -> str:
    """Return the name of a runner; the same number always has the same."""
    chance = random.Random(number)
    return "".join(chance.choice(LETTERS) for _ in range(4)) + f"-{number:05}"


@dataclass(frozen=True)
class Churn:
    """How a fleet changes.

    Attributes:
        every_s: Seconds between two pictures; None for a fleet that stands still, and its clock with it.
        share: Of the rows that differ from one picture to the next, in two or three values each.
    """

    every_s: float | None
    share: float = 0.05


class SyntheticFleet:
    """A :class:`~flywheel_tui.tui.deck.LiveFleet` of made-up runners.

    All pictures are made before the console starts and then shown forth and back, so that neither making them nor
    finding their differences is counted as the console's work.

    Args:
        runners: How many.
        churn: How they change.
        seed: The same seed gives the same fleet.
    """

    def __init__(self, runners: int, churn: Churn, *, seed: int = 1) -> None:
        self._churn = churn
        self._listeners: list[Listener] = []
        self._clock: Clock = utc_now if churn.every_s is not None else (lambda: _STANDING)
        self._fleets, self._changes = _pictures(runners, churn, random.Random(seed), self._clock())
        self._step = 0
        self._current = Picture(_snapshot(1, self._clock()), self._fleets[0])
        # A real fleet is read anew all the time; these pictures are the benchmark's own and stay out of the collector.
        gc.collect()
        gc.freeze()

    @property
    def current(self) -> Picture:
        """Return the present picture."""
        return self._current

    @property
    def clock(self) -> Clock:
        """Return the clock: a standing one for a fleet that stands still."""
        return self._clock

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` after every change; return what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def refresh(self) -> None:
        """Do nothing: there is no source to ask."""

    def set_rate(self, seconds: float | None) -> None:
        """Do nothing: there is no source to read."""

    async def run(self) -> None:
        """Show one picture after the other."""
        loop = asyncio.get_running_loop()
        if self._churn.every_s is None:
            await asyncio.Event().wait()
            return
        due = loop.time()
        while True:
            due += self._churn.every_s
            await asyncio.sleep(max(0.0, due - loop.time()))
            self._show_next()

    def _show_next(self) -> None:
        self._step += 1
        there_and_back = 2 * (len(self._fleets) - 1)
        place = self._step % there_and_back
        if 0 < place < len(self._fleets):
            change = self._changes[place - 1]
        else:  # on the way back; the rows that differ are the same both ways
            place = (there_and_back - place) % there_and_back
            change = self._changes[place]
        self._current = Picture(_snapshot(self._step + 1, self._clock()), self._fleets[place])
        for listener in tuple(self._listeners):
            listener(self._current, change)


def _pictures(
    runners: int, churn: Churn, chance: random.Random, now: datetime
) -> tuple[list[Fleet], list[FleetChange]]:
    rows = {row.key: row for row in (_runner(number, now) for number in range(runners))}
    fleets, changes = [_fleet(rows, 0)], []
    keys = list(rows)
    for step in range(1, _STEPS if churn.every_s is not None else 1):
        rows = dict(rows)
        picked = chance.sample(keys, max(1, round(len(keys) * churn.share)))
        for key in picked:
            rows[key] = _changed(rows[key], chance)
        fleets.append(_fleet(rows, step))
        changes.append(FleetChange(runners=KeyChange(changed=frozenset(picked)), totals=True))
    return fleets, changes


def _fleet(rows: dict[str, Runner], step: int) -> Fleet:
    totals = FleetTotals(
        runners=len(rows),
        by_status=Counter(row.status.value for row in rows.values()),
        jobs_running=sum(row.busy or 0 for row in rows.values()),
        jobs_queued=sum(row.queued or 0 for row in rows.values()),
        failure_rate=0.021,
        queue_p95_s=252.0,
        alerts_firing=2,
        queue_covers=(Forge.GITLAB,),
    )
    return Fleet(generation=step + 1, runners=rows, totals=totals)


def _runner(number: int, now: datetime) -> Runner:
    chance = random.Random(number)
    gitlab = chance.random() < 0.6
    forge = Forge.GITLAB if gitlab else Forge.GITHUB
    bad = chance.random() < 0.03
    return Runner(
        key=f"{CONTEXT}/{forge}/{number}",
        context=CONTEXT,
        forge=forge,
        kind=RunnerKind.GROUP if gitlab else RunnerKind.ORGANIZATION,
        id=f"{number:05}",
        name=name_of(number),
        scope="acme",
        state=RunnerState.ONLINE,
        status=RunnerStatus.DEGRADED if bad else RunnerStatus.ONLINE,
        severity=Severity.WARNING if bad else Severity.OK,
        busy=chance.randrange(10, 20),
        capacity=24,
        queued=chance.randrange(10),
        manager_ready=1,
        manager_total=2,
        tags=("docker", "amd64"),
        versions=("18.4.0",),
        created_at=now - timedelta(days=2, hours=chance.randrange(9000)),
        contacted_at=now - timedelta(days=3),
        cpu_cores=chance.random() * 8,
        cpu_limit=8.0,
        memory_bytes=chance.random() * 16 * _GIB,
        memory_limit=16 * _GIB,
        failure_rate=0.02,
        verdicts=(_SLOW,) if bad else (),
        sources=(f"{CONTEXT}/{forge}",),
    )


def _changed(row: Runner, chance: random.Random) -> Runner:
    """Return a row with two or three other values, none of which the list is sorted by."""
    queued = (row.queued or 0) + 1 if chance.random() < 0.5 else row.queued
    return msgspec.structs.replace(
        row, busy=10 + ((row.busy or 10) - 9) % 10, cpu_cores=chance.random() * 8, queued=(queued or 0) % 10
    )


def _snapshot(generation: int, now: datetime) -> Snapshot:
    feeds = [
        Feed(
            name=f"{CONTEXT}/{kind}",
            context=CONTEXT,
            kind=kind,
            interval_s=20.0,
            tables={each: {} for each in tables},
            fetched_at=now,
            budget=Budget(limit=300, remaining=288, last_cycle=4),
        )
        for kind, tables in _TABLES.items()
    ]
    return Snapshot(generation=generation, feeds={feed.name: feed for feed in feeds})
