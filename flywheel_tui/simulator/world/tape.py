"""The arrival of jobs: a day-long tape of jobs that each slot of a runner plays again and again.

Because a tape repeats, how many jobs had started, finished or failed by any instant is a division and a look-up: no
history is replayed, and a counter of last Tuesday costs as much as one of now.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from math import cos, inf, pi

import msgspec

from flywheel_tui.simulator.world.chance import Chance

DAY = 86_400.0
HISTORY = 8 * DAY  # how far before the build of the world its past reaches
_BEFORE = 0.001  # a stalled lane waits this long, in seconds, before the start that it holds back


class Run(msgspec.Struct, frozen=True):
    """One job of a lane, in real time. `inf` means: not yet, and nothing says when.

    Attributes:
        number: Counts the jobs of the lane; 0 is the first one of the history.
        queued_at: When the forge took it into the queue.
        started_at: When a runner took it.
        finished_at: When it ends.
        outcome: How it ends: `success`, or a failure reason of the tape's vocabulary.
    """

    number: int
    queued_at: float
    started_at: float
    finished_at: float
    outcome: str

    def status(self, at: float) -> str:
        """Return `none`, `pending`, `running` or `finished` at the time."""
        if at < self.queued_at:
            return "none"
        if at < self.started_at:
            return "pending"
        return "running" if at < self.finished_at else "finished"


class Tape:
    """One day of jobs for one slot. Times are seconds from the start of the day; jobs never overlap.

    Args:
        jobs: (start, wait before it, duration, outcome) of each job, in order.
    """

    def __init__(self, jobs: Sequence[tuple[float, float, float, str]]) -> None:
        self.starts = tuple(job[0] for job in jobs)
        self.waits = tuple(job[1] for job in jobs)
        self.durations = tuple(job[2] for job in jobs)
        self.outcomes = tuple(job[3] for job in jobs)
        self.ends = tuple(job[0] + job[2] for job in jobs)
        self.size = len(jobs)
        self._outcome_sums = {
            outcome: (0, *accumulate(int(other == outcome) for other in self.outcomes))
            for outcome in dict.fromkeys(self.outcomes)
        }
        self._histograms: dict[
            tuple[str, tuple[float, ...]], tuple[tuple[tuple[int, ...], ...], tuple[float, ...]]
        ] = {}

    def started(self, offset: float) -> int:
        """Return how many jobs have started at the offset (seconds from the first day of the tape)."""
        day, rest = divmod(offset, DAY)
        return int(day) * self.size + bisect_right(self.starts, rest)

    def finished(self, offset: float) -> int:
        """Return how many jobs have ended at the offset."""
        day, rest = divmod(offset, DAY)
        return int(day) * self.size + bisect_right(self.ends, rest)

    def outcome_counts(self, jobs: int) -> dict[str, int]:
        """Return how the first `jobs` jobs ended, by outcome."""
        days, rest = divmod(jobs, self.size)
        return {outcome: days * sums[-1] + sums[rest] for outcome, sums in self._outcome_sums.items()}

    def histogram(self, kind: str, bounds: tuple[float, ...], jobs: int) -> tuple[list[int], float]:
        """Return the cumulative histogram of the first `jobs` jobs.

        Args:
            kind: `wait` or `duration`.
            bounds: Upper bounds of the buckets, ascending, without +Inf (that bucket's count is `jobs`).
            jobs: How many jobs to count.

        Returns:
            The count of each bucket (less than or equal), and the sum of the observed seconds.
        """
        found = self._histograms.get((kind, bounds))
        if found is None:
            values = self.waits if kind == "wait" else self.durations
            rows = tuple((0, *accumulate(int(value <= bound) for value in values)) for bound in bounds)
            found = self._histograms[(kind, bounds)] = (rows, (0.0, *accumulate(values)))
        rows, sums = found
        days, rest = divmod(jobs, self.size)
        return [days * row[-1] + row[rest] for row in rows], days * sums[-1] + sums[rest]


class _Stall:
    """A time in which a lane takes no new job: it holds at `offset` from `begin` until `end` (inf while it lasts)."""

    __slots__ = ("begin", "end", "offset")

    def __init__(self, offset: float, begin: float) -> None:
        self.offset = offset
        self.begin = begin
        self.end = inf


class Lane:
    """One slot of a runner playing its tape: at most one job runs in it at a time.

    Args:
        index: Number of the lane in the world (makes job ids unique).
        tape: What it plays.
        origin: The real time of offset 0, seconds since 1970.
        owner: Key of the runner that it belongs to.
        slot: Number of the slot within its owner.
    """

    __slots__ = ("_cuts", "_stalls", "index", "origin", "owner", "process", "slot", "tape")

    def __init__(self, index: int, tape: Tape, origin: float, owner: str, slot: int) -> None:
        self.index = index
        self.tape = tape
        self.origin = origin
        self.owner = owner
        self.slot = slot
        self.process = ""  # what serves the slot now: the system_id of a GitLab manager
        self._stalls: list[_Stall] = []
        self._cuts: dict[int, tuple[float, str]] = {}

    def offset(self, at: float) -> float:
        """Return the position on the tape at a real time."""
        offset = at - self.origin
        for stall in self._stalls:
            if at >= stall.begin:
                offset -= min(at, stall.end) - stall.begin
        return offset

    def when(self, offset: float) -> float:
        """Return the real time of a position on the tape (inf behind a stall that lasts)."""
        at = self.origin + offset
        for stall in self._stalls:
            if offset > stall.offset:
                at += stall.end - stall.begin
        return at

    def run(self, number: int) -> Run:
        """Return a job of the lane by its number."""
        day, entry = divmod(number, self.tape.size)
        start = day * DAY + self.tape.starts[entry]
        finished, outcome = self.when(start + self.tape.durations[entry]), self.tape.outcomes[entry]
        cut = self._cuts.get(number)
        if cut is not None:
            finished, outcome = cut
        return Run(number, self.when(start - self.tape.waits[entry]), self.when(start), finished, outcome)

    def started(self, at: float) -> int:
        """Return how many jobs have started by the time."""
        return self.tape.started(self.offset(at))

    def finished(self, at: float) -> int:
        """Return how many jobs have ended by the time (a job cut short counts at the end that it would have had)."""
        return self.tape.finished(self.offset(at))

    def current(self, at: float) -> Run | None:
        """Return the job that runs at the time, if any."""
        number = self.started(at) - 1
        if number < 0:
            return None
        run = self.run(number)
        return run if run.finished_at > at else None

    def pending(self, at: float) -> list[Run]:
        """Return the jobs that wait for this lane at the time, oldest first."""
        waiting = []
        number = self.started(at)
        while (run := self.run(number)).queued_at <= at:
            waiting.append(run)
            number += 1
        return waiting

    def between(self, begin: float, end: float) -> list[Run]:
        """Return the jobs that ran at any time within [begin, end), oldest first."""
        first = max(0, self.started(begin) - 1)
        runs = [self.run(number) for number in range(first, self.started(end))]
        return [run for run in runs if run.finished_at > begin and run.started_at < end]

    @property
    def stalled(self) -> bool:
        """Whether the lane takes no new jobs from now on."""
        return bool(self._stalls) and self._stalls[-1].end == inf

    def stall(self, at: float) -> None:
        """Take no new job from the time on; the running one ends by itself. A no-op when stalled already."""
        if self.stalled:
            return
        number = self.started(at)
        day, entry = divmod(number, self.tape.size)
        offset = day * DAY + self.tape.starts[entry] - _BEFORE
        here = self.offset(at)
        self._stalls.append(_Stall(max(offset, here), max(self.when(offset), at)))

    def resume(self, at: float) -> None:
        """Take jobs again from the time on; what waited meanwhile starts then."""
        if not self.stalled:
            return
        stall = self._stalls[-1]
        if at <= stall.begin:
            self._stalls.pop()
        else:
            stall.end = at

    def cut(self, at: float, outcome: str) -> None:
        """End the running job now with the outcome (its runner died, or it was cancelled)."""
        run = self.current(at)
        if run is not None:
            self.end_as(run.number, at, outcome)

    def end_as(self, number: int, at: float, outcome: str) -> None:
        """Let a job end at the time with the outcome, whatever the tape says."""
        self._cuts[number] = (at, outcome)


def record_tape(
    chance: Chance,
    *parts: object,
    busy: float,
    durations: tuple[float, float],
    waits: tuple[float, float],
    failures: Sequence[tuple[str, float]],
) -> Tape:
    """Draw a tape of one day whose density follows the working day: densest at offset 0, thinnest half a day later.

    Args:
        chance: The world's chance.
        *parts: What the tape is for.
        busy: Share of the time in which a job runs at the densest hour, 0 to 1 (two thirds of it on average).
        durations: Shortest and longest job, in seconds.
        waits: Shortest and longest time in the queue, in seconds.
        failures: Probability of each failure reason.
    """
    jobs: list[tuple[float, float, float, str]] = []
    at = chance.between(0, durations[1], "first", *parts)
    number = 0
    while True:
        duration = durations[0] * (durations[1] / durations[0]) ** chance.fraction("duration", number, *parts)
        wait = waits[0] * (waits[1] / waits[0]) ** (chance.fraction("wait", number, *parts) ** 2)
        density = max(0.02, busy * (0.62 + 0.38 * cos(2 * pi * at / DAY)))
        gap = duration * (1 / density - 1) * chance.between(0.4, 1.6, "gap", number, *parts)
        if jobs:
            at += max(1.0, gap)
        if at + duration >= DAY - 1:
            break
        roll = chance.fraction("outcome", number, *parts)
        outcome = "success"
        for reason, probability in failures:
            if roll < probability:
                outcome = reason
                break
            roll -= probability
        jobs.append((at, wait, duration, outcome))
        at += duration
        number += 1
    return Tape(jobs)
