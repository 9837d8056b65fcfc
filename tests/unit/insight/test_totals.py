from __future__ import annotations

from typing import Any

import msgspec
import pytest

from flywheel_tui.domain.alert import Alert, AlertState
from flywheel_tui.domain.errors import UnreachableError
from flywheel_tui.domain.feed import Failure, SourceKind
from flywheel_tui.domain.fleet import FleetTotals
from flywheel_tui.domain.job import JobState
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.runner import Forge, RunnerState
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.insight.join import join
from tests.unit.insight import build


def totals(*rows: Row, kinds: tuple[SourceKind, ...] = build.ALL_KINDS) -> FleetTotals:
    return build.fleet(*rows, kinds=kinds).totals


def totals_with(snapshot: Snapshot, name: str, **fields: Any) -> FleetTotals:  # noqa: ANN401
    """Return the totals with some fields of one feed changed."""
    feeds = {**snapshot.feeds, name: msgspec.structs.replace(snapshot.feeds[name], **fields)}
    return join(msgspec.structs.replace(snapshot, feeds=feeds), build.NOW, build.POLICY).totals


def test_runners_are_counted_by_their_status_word() -> None:
    found = totals(
        build.gitlab("7"), build.gitlab("8"), build.github(state=RunnerState.OFFLINE), build.github("2", busy=True)
    )
    assert found.runners == 4
    assert found.by_status == {"online": 2, "offline": 1, "busy": 1}


def test_jobs_running_is_the_sum_of_what_is_known() -> None:
    found = totals(build.gitlab("7", running_jobs=3), build.github(busy=True))
    assert found.jobs_running == 4
    assert not found.partial


def test_a_runner_that_does_not_tell_makes_the_figure_partial() -> None:
    found = totals(build.gitlab("7", running_jobs=3), build.gitlab("8", running_jobs=None, busy=None))
    assert (found.jobs_running, found.partial) == (3, True)


def test_jobs_running_is_unknown_where_nobody_tells() -> None:
    assert totals(build.gitlab(running_jobs=None, busy=None)).jobs_running is None


def test_an_empty_fleet_that_was_read_runs_no_jobs() -> None:
    assert totals().jobs_running == 0


def test_a_fleet_that_was_never_read_is_unknown() -> None:
    found = join(Snapshot(), build.NOW, build.POLICY).totals
    assert found == FleetTotals(runners=0, by_status={})


def test_metrics_alone_do_not_prove_an_empty_fleet() -> None:
    assert totals(kinds=(SourceKind.PROMETHEUS, SourceKind.ALERTMANAGER)).jobs_running is None


def arc_queue() -> tuple[Row, ...]:
    return (
        build.scale_set(),
        build.sample("arc_assigned_jobs", 6, name="gh-nix", namespace="arc"),
        build.sample("arc_running_jobs", 2, name="gh-nix", namespace="arc"),
    )


def test_the_queue_says_which_forges_it_covers() -> None:
    found = totals(*arc_queue(), build.gitlab())
    assert (found.jobs_queued, found.queue_covers) == (4, (Forge.GITHUB,))


def test_gitlabs_pending_jobs_are_its_queue() -> None:
    jobs = (build.job("1", JobState.PENDING), build.job("2", JobState.PENDING), build.job("3", JobState.RUNNING))
    found = totals(*arc_queue(), build.gitlab(), *jobs)
    assert (found.jobs_queued, found.queue_covers) == (6, (Forge.GITHUB, Forge.GITLAB))


def test_the_queue_is_unknown_where_nobody_tells() -> None:
    found = totals(build.gitlab(), build.scale_set())
    assert (found.jobs_queued, found.queue_covers) == (None, ())


def test_rates_of_one_context_are_taken_as_they_are() -> None:
    found = totals(build.sample("fleet_failure_rate_1h", 0.04), build.sample("fleet_queue_p95_s", 12.0))
    assert (found.failure_rate, found.queue_p95_s) == (0.04, 12.0)


def in_context(context: str, *samples: Row) -> list[Row]:
    return [msgspec.structs.replace(sample, context=context, key=f"{context}{sample.key}") for sample in samples]


def test_rates_of_several_contexts_are_weighted_by_their_jobs() -> None:
    found = totals(
        *in_context("a", build.sample("fleet_failure_rate_1h", 0.1), build.sample("gitlab_jobs_completed_1h", 100)),
        *in_context("b", build.sample("fleet_failure_rate_1h", 0.4), build.sample("arc_jobs_completed_1h", 50)),
        *in_context("a", build.sample("fleet_queue_p95_s", 5)),
        *in_context("b", build.sample("fleet_queue_p95_s", 50)),
    )
    assert found.failure_rate == pytest.approx(0.2)
    assert found.queue_p95_s == 50


def test_rates_of_several_contexts_without_their_weights_cannot_be_added() -> None:
    found = totals(
        *in_context("a", build.sample("fleet_failure_rate_1h", 0.1), build.sample("gitlab_jobs_completed_1h", 100)),
        *in_context("b", build.sample("fleet_failure_rate_1h", 0.4)),
    )
    assert found.failure_rate is None


def test_firing_alerts_are_counted_without_silenced_ones_and_the_heartbeat() -> None:
    found = totals(
        build.alert("A", "1"),
        build.alert("B", "2", state=AlertState.PENDING),
        build.alert("C", "3", silenced_by=("s",)),
        build.alert("Watchdog", "4", severity="none"),
        build.alert("D", "5", severity=None),
    )
    assert found.alerts_firing == 2


def test_no_alert_is_zero_only_where_somebody_was_asked() -> None:
    assert totals(kinds=(SourceKind.GITLAB, SourceKind.ALERTMANAGER)).alerts_firing == 0
    assert totals(kinds=(SourceKind.GITLAB,)).alerts_firing is None
    rules = build.snapshot(kinds=(SourceKind.PROMETHEUS,))
    assert totals_with(rules, "prod/prometheus", tables={Alert: {}}).alerts_firing == 0
    assert totals_with(rules, "prod/prometheus", tables={Alert: {}}, complete=False).alerts_firing == 0


def test_an_alertmanager_that_never_answered_leaves_alerts_unknown() -> None:
    silent = totals_with(build.snapshot(), "prod/alertmanager", fetched_at=None, tables={})
    assert silent.alerts_firing is None


def test_rules_that_could_not_be_read_leave_alerts_unknown() -> None:
    assert totals(kinds=(SourceKind.PROMETHEUS,)).alerts_firing is None


def test_a_source_that_is_not_live_makes_the_figures_partial() -> None:
    snapshot = build.snapshot(build.gitlab())
    assert not join(snapshot, build.NOW, build.POLICY).totals.partial
    error = UnreachableError("no connection")
    failure = Failure(code=error.code, message=error.message)
    for fields in ({"fetched_at": None}, {"fetched_at": build.ago(600)}, {"complete": False}, {"failure": failure}):
        assert totals_with(snapshot, "prod/github", **fields).partial
