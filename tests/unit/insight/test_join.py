"""The join as a whole: what an operator is promised, and what holds for any snapshot."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.domain.feed import Failure, SourceKind
from flywheel_tui.domain.fleet import Fleet, Runner, RunnerStatus
from flywheel_tui.domain.job import JobState
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.runner import ForgeRunner, RunnerKind, RunnerState
from flywheel_tui.domain.scaleset import ScaleSet
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.domain.verdict import Severity
from flywheel_tui.insight.join import join
from tests.unit.insight import build

NO_METRICS = tuple(kind for kind in SourceKind if kind is not SourceKind.PROMETHEUS)


def world() -> tuple[Row, ...]:
    """Return a fleet in which something is wrong with nearly everything."""
    crashing = build.container(
        state="waiting", reason="CrashLoopBackOff", last_reason="OOMKilled", last_finished_at=build.ago(60)
    )
    unpulled = build.container(state="waiting", reason="ErrImagePull")
    limited = build.container(cpu_limit=1.0, memory_limit=build.GIB)
    return (
        build.gitlab("1", name="docker: jobs of all teams", running_jobs=4, busy=True),
        build.gitlab("2", state=RunnerState.OFFLINE, maintenance_note="new disk"),
        build.gitlab("3", state=RunnerState.STALE, paused=True),
        build.gitlab("4", state=RunnerState.NEVER_CONTACTED, managers=(), manager_count=0, contacted_at=None),
        build.gitlab("5", managers=None, tags=None, short_token=None, running_jobs=None, busy=None, paused=None),
        build.gitlab("6", name="twin", managers=(build.manager("s_host", executor="docker"),)),
        build.gitlab("7", name="twin", managers=(build.manager("s_host", executor="docker"),)),
        build.gitlab("1", context="lab"),
        build.github("1"),
        build.github("2", state=RunnerState.OFFLINE, busy=None),
        build.github("42", name="gh-nix-x7k2p-runner-aaaaa", busy=True, ephemeral=True),
        build.github("43", name="gh-nix-x7k2p-runner-gone1", ephemeral=True),
        build.deployment("docker"),
        build.deployment("old"),
        build.deployment("twin"),
        build.manager_pod("docker", containers=(crashing,)),
        build.manager_pod("docker", "abc-2", containers=(limited,)),
        build.manager_pod("old"),
        build.manager_pod("twin", namespace="elsewhere"),
        build.job_pod("job-1", "tok000001", "docker", containers=(limited,)),
        build.job_pod("job-2", "tok000001", "docker", containers=(unpulled,), phase="Pending"),
        build.job_pod("job-3", "gone00000"),
        build.job_pod("job-4", None, "docker"),
        build.autoscaler("docker-hpa", "docker"),
        build.autoscaler(
            "lost-hpa", "lost", conditions=(("AbleToScale", "False", "FailedGetScale", "deployment not found"),)
        ),
        build.cron_job("docker-warm-pool"),
        build.cron_job("runner-cleanup"),
        build.quota(("pods", 50, 50), ("limits.cpu", 100, 20)),
        build.event("Pod", "docker-abc-1"),
        build.event("EphemeralRunner", "gh-nix-x7k2p-runner-gone1", namespace="arc", message="exceeded quota: all"),
        build.event("Node", "n-1", namespace="default"),
        build.scale_set("gh-nix", current_runners=3, failed_runners=1),
        build.scale_set("gh-old", phase="Outdated"),
        build.scale_set("gh-off", max_runners=0, paused_by="mira"),
        build.runner_set("gh-nix"),
        build.runner_set("gh-off"),
        build.ephemeral("aaaaa", job_id="9"),
        build.ephemeral("bbbbb", phase="Failed", reason="InvalidPod"),
        build.ephemeral("ccccc", phase="Pending", ready=False, failures=3, created_at=build.ago(40)),
        build.ephemeral("zzzzz", "gh-gone"),
        build.runner_pod("aaaaa", containers=(limited,)),
        build.runner_pod("ccccc", phase="Pending", created_at=build.ago(900), reason="Unschedulable"),
        build.listener("gh-nix"),
        build.listener("gh-off"),
        build.listener("gh-gone"),
        build.listener_pod("gh-nix", ready=False),
        build.listener_pod("gh-off"),
        build.sample("gitlab_jobs_running", 4, runner="tok000001", runner_name="docker", system_id="r_1"),
        build.sample("gitlab_job_limit", 4, runner="tok000001", system_id="r_1"),
        build.sample("gitlab_jobs_completed_1h", 40, runner="tok000001", system_id="r_1"),
        build.sample("gitlab_jobs_failed_1h", 4, runner="tok000001", failure_reason="runner_system_failure"),
        build.sample("gitlab_jobs_running", 1, system_id="s_host"),
        build.sample("arc_assigned_jobs", 9, name="gh-nix-x7k2p", namespace="arc", pod="gh-nix-754b578d-listener"),
        build.sample("arc_running_jobs", 1, name="gh-nix-x7k2p", namespace="arc", pod="gh-nix-754b578d-listener"),
        build.sample("pod_cpu_cores", 0.95, namespace="runners", pod="job-1", container="build"),
        build.sample("pod_memory_bytes", 0.8 * build.GIB, namespace="runners", pod="docker-abc-2", container="m"),
        build.sample("pod_memory_bytes", None, namespace="runners", pod="job-1"),
        build.sample("fleet_failure_rate_1h", 0.1),
        build.sample("fleet_queue_p95_s", None),
        build.alert("RunnerDown", "1", severity="critical", labels={"runner": "tok000002"}),
        build.alert("ListenerDown", "2", labels={"namespace": "arc", "name": "gh-nix-x7k2p"}),
        build.alert("RunnerGone", "3", labels={"runner": "gone00000"}),
        build.job("1", JobState.PENDING),
    )


WORLD = world()


def scrambled(snapshot: Snapshot, seed: int) -> Snapshot:
    """Return the same snapshot with the rows of every table in another order."""
    dice = random.Random(seed)
    feeds = {}
    for name, feed in snapshot.feeds.items():
        tables = {}
        for kind, table in feed.tables.items():
            keys = list(table)
            dice.shuffle(keys)
            tables[kind] = {key: table[key] for key in keys}
        feeds[name] = msgspec.structs.replace(feed, tables=tables)
    return msgspec.structs.replace(snapshot, feeds=feeds)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Draw a part of the world: any rows missing, any upstream missing, read with gaps, failing or never read."""
    dropped = draw(st.sets(st.integers(0, len(WORLD) - 1)))
    rows = [row for index, row in enumerate(WORLD) if index not in dropped]
    kinds = draw(st.sets(st.sampled_from(SourceKind)))
    partial = draw(st.sets(st.sampled_from(SourceKind)))
    snapshot = build.snapshot(*rows, kinds=kinds, partial=partial)
    feeds = {}
    for name, feed in snapshot.feeds.items():
        fate = draw(st.sampled_from(["live", "live", "failing", "never read"]))
        if fate == "failing":
            feed = msgspec.structs.replace(feed, failure=Failure(code="timeout", message="no answer"))
        elif fate == "never read":
            feed = msgspec.structs.replace(feed, tables={}, fetched_at=None)
        feeds[name] = feed
    return msgspec.structs.replace(snapshot, feeds=feeds)


@given(snapshot=snapshots())
def test_every_runner_and_scale_set_appears_exactly_once(snapshot: Snapshot) -> None:
    fleet = join(snapshot, build.NOW, build.POLICY)
    appearances = Counter(
        key
        for runner in fleet.runners.values()
        for key in (runner.forge_runner, runner.scale_set, *runner.members)
        if key is not None
    )
    expected = [row.key for kind in (ForgeRunner, ScaleSet) for row in snapshot.rows(kind)]
    assert appearances == Counter(expected)
    for key, runner in fleet.runners.items():
        assert key == runner.key == (runner.forge_runner or runner.scale_set)
        assert (runner.scale_set is not None) == (runner.kind is RunnerKind.SCALE_SET)


@given(snapshot=snapshots())
def test_every_key_leads_to_a_row_and_every_pod_to_one_runner(snapshot: Snapshot) -> None:
    fleet = join(snapshot, build.NOW, build.POLICY)
    for runner in fleet.runners.values():
        for keys, table in (
            (runner.members, fleet.forge_runners),
            (runner.ephemeral_runners, fleet.ephemeral_runners),
            ((runner.listener,), fleet.listeners),
            (runner.deployments, fleet.deployments),
            ((runner.autoscaler,), fleet.autoscalers),
            (runner.cron_jobs, fleet.cron_jobs),
            (runner.quotas, fleet.quotas),
            (runner.pods, fleet.pods),
            (runner.events, fleet.events),
            (runner.alerts, fleet.alerts),
        ):
            assert all(key is None or key in table for key in keys)
        assert set(runner.sources) <= set(snapshot.feeds)
        assert all(fleet.runner_of_pod[pod] == runner.key for pod in runner.pods)
        assert runner.severity.rank >= max((each.severity.rank for each in runner.verdicts), default=0)
    owned = Counter(pod for runner in fleet.runners.values() for pod in runner.pods)
    assert owned == Counter(list(fleet.runner_of_pod))


@given(snapshot=snapshots(), seed=st.integers(0, 2**16))
def test_the_order_of_rows_does_not_matter(snapshot: Snapshot, seed: int) -> None:
    one = join(snapshot, build.NOW, build.POLICY)
    other = join(scrambled(snapshot, seed), build.NOW, build.POLICY)
    assert one == other
    assert list(one.runners) == list(other.runners)


@given(snapshot=snapshots())
def test_without_metrics_no_figure_of_theirs_is_made_up(snapshot: Snapshot) -> None:
    feeds = {name: feed for name, feed in snapshot.feeds.items() if feed.kind is not SourceKind.PROMETHEUS}
    fleet = join(msgspec.structs.replace(snapshot, feeds=feeds), build.NOW, build.POLICY)
    for runner in fleet.runners.values():
        assert runner.queued is None
        assert unmeasured(runner)


def unmeasured(runner: Runner) -> bool:
    return (runner.cpu_cores, runner.memory_bytes, runner.failure_rate) == (None, None, None)


@given(seconds=st.integers(-(10**7), 10**7))
def test_any_clock_is_survived(seconds: int) -> None:
    fleet = join(build.snapshot(*WORLD), build.NOW + timedelta(seconds=seconds), build.POLICY)
    assert len(fleet.runners) == 13


class TestPromises:
    """The acceptance list on landing data, ARC and missing metrics."""

    def test_all_runners_are_shown_however_many(self) -> None:
        rows = [build.gitlab(str(number)) for number in range(250)]
        assert len(build.fleet(*rows).runners) == 250

    def test_a_dead_gitlab_changes_no_row(self) -> None:
        snapshot = build.snapshot(*WORLD)
        alive = join(snapshot, build.NOW, build.POLICY)
        dead = msgspec.structs.replace(
            snapshot.feeds["prod/gitlab"],
            failure=Failure(code="unreachable", message="no connection"),
            fetched_at=build.ago(300),
        )
        feeds = {**snapshot.feeds, "prod/gitlab": dead}
        stale = join(msgspec.structs.replace(snapshot, feeds=feeds), build.NOW, build.POLICY)
        assert stale.runners == alive.runners
        assert stale.unjoined == alive.unjoined

    def test_a_gitlab_that_was_never_read_hides_nothing_else(self) -> None:
        kinds = tuple(kind for kind in SourceKind if kind is not SourceKind.GITLAB)
        with_it, without = build.fleet(*WORLD), build.fleet(*WORLD, kinds=kinds)
        others = {key: runner for key, runner in with_it.runners.items() if "/gitlab/" not in key}
        assert without.runners == others

    def test_a_row_without_tags_managers_or_contact_is_a_row(self) -> None:
        runner = build.fleet(*WORLD).runners["prod/gitlab/5"]
        assert (runner.tags, runner.versions, runner.manager_total, runner.busy, runner.paused) == (
            None,
            (),
            1,
            None,
            None,
        )

    @pytest.mark.parametrize("phase", ["Running", "Pending"])
    def test_counts_of_an_arc_scale_set_in_any_phase(self, phase: str) -> None:
        fleet = build.fleet(
            build.scale_set(phase=phase, current_runners=3, pending_runners=1, running_runners=1, failed_runners=1),
            build.ephemeral("a", job_id="1"),
            build.ephemeral("b", phase="Pending"),
            build.ephemeral("c", phase="Failed"),
            build.listener(),
            build.listener_pod(),
        )
        runner = build.only_runner(fleet)
        assert (runner.busy, runner.capacity) == (1, 4)
        assert [verdict.rule for verdict in runner.verdicts] == ["failed_ephemeral_runners"]

    def test_without_prometheus_nothing_is_zero_and_nothing_is_full(self) -> None:
        fleet = build.fleet(*WORLD, kinds=NO_METRICS)
        assert all(unmeasured(runner) for runner in fleet.runners.values())
        assert fleet.runners["prod/gitlab/1"].capacity is None
        totals = fleet.totals
        assert (totals.failure_rate, totals.queue_p95_s) == (None, None)
        rules = {verdict.rule for runner in fleet.runners.values() for verdict in runner.verdicts}
        assert not rules & {"saturated", "high_cpu", "high_memory"}

    def test_an_empty_answer_of_prometheus_is_as_good_as_none(self) -> None:
        rows = [row for row in WORLD if build.kind_of(row) is not SourceKind.PROMETHEUS]
        assert all(unmeasured(runner) for runner in build.fleet(*rows).runners.values())

    def test_an_autoscaler_of_any_name_joins_by_its_target(self) -> None:
        assert build.fleet(*WORLD).runners["prod/gitlab/1"].autoscaler == "prod/autoscaler/runners/docker-hpa"

    def test_every_rule_of_the_incident_is_found(self) -> None:
        fleet = build.fleet(*WORLD)
        found = {key: [verdict.rule for verdict in runner.verdicts] for key, runner in fleet.runners.items()}
        assert found["prod/gitlab/1"] == [
            "oom_killed",
            "crash_loop",
            "image_pull",
            "quota_bound",
            "high_memory",
            "high_cpu",
        ]
        assert found["prod/gitlab/2"] == ["offline", "firing_alert"]
        assert found["prod/gitlab/3"] == ["paused", "stale"]
        assert found["prod/gitlab/4"] == ["never_contacted"]
        assert found["prod/scaleset/arc/gh-nix"] == [
            "listener_missing",
            "failed_ephemeral_runners",
            "arc_churn",
            "pending_pods",
            "firing_alert",
            "quota_bound",
        ]
        assert found["prod/scaleset/arc/gh-old"] == ["outdated"]
        assert found["prod/scaleset/arc/gh-off"] == ["paused"]
        assert found["prod/github/acme/1"] == []

    def test_what_cannot_be_joined_is_listed_with_a_reason(self) -> None:
        fleet = build.fleet(*WORLD)
        assert [(thing.kind, thing.name) for thing in fleet.unjoined] == [
            ("alert", "RunnerGone"),
            ("autoscaler", "lost-hpa"),
            ("ephemeral_runner", "gh-gone"),
            ("listener", "gh-gone-754b578d-listener"),
            ("pod", "job-3"),
            ("release", "old"),
            ("release", "twin"),
            ("release", "twin"),
            ("runner", "runner 1"),
        ]
        assert fleet.unjoined[-1].key == "lab/gitlab/1"
        assert all(thing.reason for thing in fleet.unjoined)

    def test_a_hostile_name_is_only_a_name(self) -> None:
        names = ("[/evil]", "'; DROP", "構築機-東京-🚀", "", "-", ":")
        fleet = build.fleet(*(build.gitlab(str(number), name=name) for number, name in enumerate(names)))
        assert [runner.name for runner in fleet.runners.values()] == list(names)

    def test_times_in_the_future_are_just_now(self) -> None:
        ahead = build.NOW + timedelta(hours=2)
        fleet = build.fleet(
            build.gitlab(contacted_at=ahead, created_at=ahead),
            build.job_pod("job", "tok000007", phase="Pending", created_at=ahead),
        )
        runner = fleet.runners["prod/gitlab/7"]
        assert runner.verdicts == ()
        assert runner.contacted_at == ahead

    def test_an_empty_snapshot_is_an_empty_fleet(self) -> None:
        assert join(Snapshot(generation=3), build.NOW, build.POLICY) == Fleet(generation=3)

    def test_severity_is_that_of_the_worst_verdict_and_why_its_summary(self) -> None:
        runner = build.fleet(*WORLD).runners["prod/gitlab/2"]
        assert (runner.severity, runner.status) == (Severity.CRITICAL, RunnerStatus.OFFLINE)
        assert runner.why == "no contact for over 2 h"
