"""The world moves in due steps: how often one looks changes nothing."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest

from flywheel_tui.simulator.world import Clock, World, build_world, views
from flywheel_tui.simulator.world.meters import job_histogram, job_meter
from flywheel_tui.simulator.world.model_cluster import Object
from flywheel_tui.simulator.world.table import Table

EPOCH = 1.79e9


def world(scenario: str = "incident", runners: int = 60) -> World:
    return build_world(scenario, runners, 7, Clock(frozen_at=EPOCH))


def contents(table: Table[Object]) -> list[Object]:
    return [msgspec.structs.replace(row, meta=msgspec.structs.replace(row.meta, revision=0)) for row in table]


@pytest.mark.parametrize("scenario", ["calm", "incident"])
def test_one_long_step_and_many_short_ones_lead_to_the_same_world(scenario: str) -> None:
    one, many = world(scenario), world(scenario)
    one.clock.advance(1_800)
    one.now()
    for _ in range(600):
        many.clock.advance(3)
        many.now()
    assert one.history.revision == many.history.revision
    for name in (
        "pods",
        "ephemeral_runners",
        "scale_sets",
        "deployments",
        "events",
        "autoscalers",
        "quotas",
        "cron_jobs",
    ):
        assert contents(getattr(one, name)) == contents(getattr(many, name)), name


def test_pods_come_and_go_with_their_jobs() -> None:
    built = world("calm")
    before = {pod.meta.name for pod in built.pods}
    built.clock.advance(3_600)
    built.now()
    after = {pod.meta.name for pod in built.pods}
    assert before - after
    assert after - before
    for pod in built.pods:
        if pod.lane is not None:
            run = built.lanes[pod.lane[0]].run(pod.lane[1])
            assert run.finished_at > built.time


def test_time_never_goes_back() -> None:
    built = world()
    built.advance_to(EPOCH - 500)
    assert built.time == EPOCH
    with pytest.raises(ValueError, match="only moves forward"):
        built.clock.advance(-1)


def test_counters_of_the_past_week_never_fall() -> None:
    built = world("incident")
    lanes = built.lanes
    since = EPOCH - 6 * 86_400
    meters = [job_meter(built, lanes, since + hours * 3_600, since) for hours in range(0, 144, 6)]
    for earlier, later in pairwise(meters):
        assert later.started >= earlier.started
        assert later.finished >= earlier.finished
        assert all(later.outcomes[name] >= count for name, count in earlier.outcomes.items())
    last = meters[-1]
    assert sum(last.outcomes.values()) == last.finished > 1_000


def test_histograms_count_the_jobs_of_the_meter() -> None:
    built = world("calm")
    since = EPOCH - 86_400
    meter = job_meter(built, built.lanes, EPOCH, since)
    counts, total, seconds = job_histogram(built.lanes, "duration", (60.0, 600.0, 3_600.0), EPOCH, since)
    assert total == meter.finished
    assert counts == sorted(counts)
    assert counts[-1] == total
    assert seconds > 0
    assert job_histogram(built.lanes, "wait", (1.0,), EPOCH, since)[1] == meter.started


def test_the_past_looks_the_same_later() -> None:
    built = world("calm")
    jobs = {job.id for job in views.running_jobs(built, EPOCH)}
    built.clock.advance(900)
    built.now()
    assert {job.id for job in views.running_jobs(built, EPOCH)} == jobs
