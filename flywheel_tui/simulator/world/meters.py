"""Counters and histograms in closed form: what a scrape at any instant of the last week would have read."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from flywheel_tui.simulator.world.incident import Trouble
from flywheel_tui.simulator.world.tape import Lane
from flywheel_tui.simulator.world.world import World


class JobMeter(msgspec.Struct, frozen=True):
    """The job counters of one process.

    Attributes:
        started, finished: Jobs taken and jobs ended since the process began.
        outcomes: Ended jobs by outcome (`success` or a failure reason); they add up to `finished`.
    """

    started: int
    finished: int
    outcomes: dict[str, int]


def job_meter(world: World, lanes: Iterable[Lane], at: float, since: float) -> JobMeter:
    """Return the job counters at a time of a process that began at `since` and serves these lanes.

    A job that was cut short is counted at the end that it would have had.
    """
    started = finished = 0
    outcomes: dict[str, int] = {}
    for lane in lanes:
        hit = world.trouble(lane.owner, Trouble.PODS_UNSCHEDULABLE, Trouble.IMAGE_PULL)
        turn = at if hit is None else min(at, max(hit.since, since))
        started += lane.started(at) - lane.started(since)
        first, middle, last = lane.finished(since), lane.finished(turn), lane.finished(at)
        finished += last - first
        after = lane.tape.outcome_counts(middle)
        for outcome, before in lane.tape.outcome_counts(first).items():
            outcomes[outcome] = outcomes.get(outcome, 0) + after[outcome] - before
        if hit is not None and last > middle:
            reason = world.troubled_outcome(hit)
            outcomes[reason] = outcomes.get(reason, 0) + last - middle
    return JobMeter(started, finished, outcomes)


def job_histogram(
    lanes: Iterable[Lane], kind: str, bounds: tuple[float, ...], at: float, since: float
) -> tuple[list[int], int, float]:
    """Return a histogram of job times at a time, of a process that began at `since`.

    Args:
        lanes: The slots that the process serves.
        kind: `wait` (seconds in the queue, of started jobs) or `duration` (seconds of run, of ended jobs).
        bounds: Upper bounds of the buckets, ascending, without +Inf.
        at: When it is read.
        since: When the process began.

    Returns:
        Cumulative count for each bound, count of all, sum of seconds.
    """
    counts, total, seconds = [0] * len(bounds), 0, 0.0
    for lane in lanes:
        count = lane.started if kind == "wait" else lane.finished
        first, last = count(since), count(at)
        before, sum_before = lane.tape.histogram(kind, bounds, first)
        after, sum_after = lane.tape.histogram(kind, bounds, last)
        for position, (low, high) in enumerate(zip(before, after, strict=True)):
            counts[position] += high - low
        total += last - first
        seconds += sum_after - sum_before
    return counts, total, seconds
