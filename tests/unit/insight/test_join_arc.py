from __future__ import annotations

from typing import Any

import pytest

from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.fleet import RunnerStatus
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.runner import Forge, RunnerKind, RunnerState
from flywheel_tui.domain.workload import PodRole
from tests.unit.insight import build

KEY = "prod/scaleset/arc/gh-nix"
RUNNER = "gh-nix-x7k2p-runner-aaaaa"


def healthy() -> tuple[Row, ...]:
    """Return a scale set with one runner that works on a job."""
    return (
        build.scale_set(current_runners=1, image="ghcr.io/actions/actions-runner:2.335.1", runner_group="default"),
        build.runner_set(),
        build.ephemeral(job_id="9"),
        build.runner_pod(),
        build.listener(),
        build.listener_pod(),
        build.github("42", name=RUNNER, busy=True, ephemeral=True, version="2.337.0"),
    )


def test_a_scale_set_is_one_runner_with_all_that_is_its_own() -> None:
    runner = build.only_runner(build.fleet(*healthy()))
    assert runner.key == KEY
    assert (runner.forge, runner.kind, runner.id) == (Forge.GITHUB, RunnerKind.SCALE_SET, "arc/gh-nix")
    assert runner.name == "acme-gh-nix"
    assert (runner.scope, runner.owner, runner.groups) == ("acme", "acme", ("default",))
    assert runner.tags == ("acme-gh-nix",)
    assert runner.members == ("prod/github/acme/42",)
    assert runner.ephemeral_runners == (f"prod/ephemeralrunner/arc/{RUNNER}",)
    assert runner.listener == "prod/listener/arc-systems/gh-nix-754b578d-listener"
    assert runner.pods == ("prod/pod/arc-systems/gh-nix-754b578d-listener", f"prod/pod/arc/{RUNNER}")
    assert (runner.busy, runner.capacity) == (1, 4)
    assert (runner.manager_ready, runner.manager_total) == (1, 1)
    assert runner.versions == ("2.337.0", "2.335.1")
    assert (runner.state, runner.status) == (RunnerState.ONLINE, RunnerStatus.BUSY)
    assert runner.sources == ("prod/kubernetes", "prod/github")
    assert runner.verdicts == ()


def test_scale_sets_are_there_without_any_github() -> None:
    runner = build.only_runner(build.fleet(*healthy(), kinds=(SourceKind.KUBERNETES,)))
    assert runner.key == KEY
    assert runner.status is RunnerStatus.BUSY
    assert runner.members == ()


def test_a_github_runner_of_another_name_is_a_row_of_its_own() -> None:
    fleet = build.fleet(*healthy(), build.github("1", name="vm-1"))
    assert set(fleet.runners) == {KEY, "prod/github/acme/1"}


def test_a_github_runner_whose_resource_is_already_gone_is_still_a_member() -> None:
    fleet = build.fleet(
        build.scale_set(), build.runner_set(), build.github("42", name="gh-nix-x7k2p-runner-zzzzz", ephemeral=True)
    )
    assert fleet.runners[KEY].members == ("prod/github/acme/42",)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "gh-nix-x7k2p-runner-zzzzz", "ephemeral": False},
        {"name": "gh-nix-x7k2p-runner-on-metal"},
        {"name": "other-runner-zzzzz"},
    ],
)
def test_a_github_runner_that_only_looks_like_arcs_stays_alone(fields: dict[str, Any]) -> None:
    fleet = build.fleet(build.scale_set(), build.runner_set(), build.github("42", **fields))
    assert "prod/github/acme/42" in fleet.runners


def test_the_same_runner_name_in_two_scale_sets_makes_no_member() -> None:
    fleet = build.fleet(
        build.scale_set("a"),
        build.scale_set("b"),
        build.ephemeral(scale_set_name="a", name="twin"),
        build.ephemeral(scale_set_name="b", name="twin", namespace="arc2"),
        build.scale_set("b", namespace="arc2"),
        build.github("42", name="twin"),
    )
    assert "prod/github/acme/42" in fleet.runners


def test_an_ephemeral_runner_without_label_joins_through_its_runner_set() -> None:
    row = build.ephemeral(scale_set_name=None, name=RUNNER)
    fleet = build.fleet(build.scale_set(), build.runner_set(), row)
    assert fleet.runners[KEY].ephemeral_runners == (row.key,)


def test_a_runner_set_of_the_same_name_as_the_scale_set_joins() -> None:
    rows = (build.scale_set(), build.runner_set(name="gh-nix", scale_set=None))
    row = build.ephemeral(scale_set_name=None, name="gh-nix-runner-aaaaa")
    assert build.fleet(*rows, row).runners[KEY].ephemeral_runners == (row.key,)


def test_ephemeral_runners_without_a_scale_set_are_listed_together() -> None:
    fleet = build.fleet(build.ephemeral("a", "gone"), build.ephemeral("b", "gone"))
    (thing,) = fleet.unjoined
    assert (thing.kind, thing.name) == ("ephemeral_runner", "gone")
    assert thing.reason == "2 ephemeral runners of a scale set arc/gone that is not there"


def test_a_listener_without_a_scale_set_is_listed() -> None:
    (thing,) = build.fleet(build.listener("gone")).unjoined
    assert (thing.kind, thing.reason) == ("listener", "its scale set arc/gone is not there")


def test_a_runner_pod_without_labels_joins_by_the_name_of_its_runner() -> None:
    pod = build.pod(RUNNER, PodRole.RUNNER, namespace="arc")
    fleet = build.fleet(build.scale_set(), build.ephemeral(), pod)
    assert fleet.runners[KEY].pods == (pod.key,)


def test_the_job_pod_of_container_mode_kubernetes_belongs_to_its_runner() -> None:
    pod = build.pod(f"{RUNNER}-workflow", PodRole.JOB, namespace="arc")
    fleet = build.fleet(build.scale_set(), build.ephemeral(), pod)
    assert fleet.runner_of_pod[pod.key] == KEY


def test_a_listener_pod_without_labels_joins_by_the_name_of_its_listener() -> None:
    pod = build.listener_pod(scale_set_namespace=None, scale_set=None)
    fleet = build.fleet(build.scale_set(), build.listener(), pod)
    assert fleet.runner_of_pod[pod.key] == KEY
    assert fleet.runners[KEY].manager_ready == 1


def test_scale_sets_of_one_name_in_two_namespaces_keep_apart() -> None:
    fleet = build.fleet(
        build.scale_set(),
        build.scale_set(namespace="arc2"),
        build.ephemeral(),
        build.listener(),
        build.listener(name="two", scale_set_namespace="arc2"),
    )
    assert fleet.runners[KEY].ephemeral_runners
    assert fleet.runners["prod/scaleset/arc2/gh-nix"].ephemeral_runners == ()
    assert fleet.runners["prod/scaleset/arc2/gh-nix"].listener == "prod/listener/arc-systems/two"


def test_of_two_listeners_the_younger_counts() -> None:
    old = build.listener(name="old", created_at=build.ago(build.DAY))
    new = build.listener(name="new", created_at=build.ago(30))
    for rows in ((old, new), (new, old)):
        assert build.fleet(build.scale_set(), *rows).runners[KEY].listener == new.key


def test_of_two_listener_pods_the_one_that_stays_counts() -> None:
    leaving = build.listener_pod(name="leaving", created_at=build.ago(10), deleted_at=build.ago(5))
    staying = build.listener_pod(name="staying", created_at=build.ago(60))
    for rows in ((leaving, staying), (staying, leaving)):
        assert build.fleet(build.scale_set(), build.listener(), *rows).runners[KEY].manager_ready == 1


class TestLiveness:
    def test_no_listener_among_listed_ones_is_offline(self) -> None:
        fleet = build.fleet(build.scale_set(), build.scale_set("other"), build.listener("other"))
        runner = fleet.runners[KEY]
        assert (runner.state, runner.status) == (RunnerState.OFFLINE, RunnerStatus.OFFLINE)
        assert [verdict.rule for verdict in runner.verdicts] == ["listener_missing"]
        assert (runner.manager_ready, runner.manager_total) == (0, 1)

    def test_a_listener_whose_pod_is_gone_is_offline(self) -> None:
        runner = build.only_runner(build.fleet(build.scale_set(), build.listener()))
        assert runner.state is RunnerState.OFFLINE
        assert runner.why == "listener has no pod: no jobs are fetched"

    def test_a_listener_pod_that_is_not_ready_is_offline(self) -> None:
        runner = build.only_runner(build.fleet(build.scale_set(), build.listener(), build.listener_pod(ready=False)))
        assert runner.state is RunnerState.OFFLINE

    def test_listeners_that_may_not_be_read_leave_the_state_unknown(self) -> None:
        """A missing right is no missing listener."""
        fleet = build.fleet(build.scale_set(), build.runner_set(), partial=(SourceKind.KUBERNETES,))
        runner = build.only_runner(fleet)
        assert (runner.state, runner.status) == (RunnerState.UNKNOWN, RunnerStatus.UNKNOWN)
        assert runner.verdicts == ()
        assert runner.manager_ready is None

    def test_a_working_runner_proves_life_where_listeners_may_not_be_read(self) -> None:
        fleet = build.fleet(
            build.scale_set(current_runners=1), build.ephemeral(job_id="1"), partial=(SourceKind.KUBERNETES,)
        )
        assert build.only_runner(fleet).state is RunnerState.ONLINE

    def test_a_reading_with_gaps_that_shows_other_listeners_proves_absence(self) -> None:
        fleet = build.fleet(
            build.scale_set(), build.scale_set("other"), build.listener("other"), partial=(SourceKind.KUBERNETES,)
        )
        assert fleet.runners[KEY].state is RunnerState.OFFLINE

    def test_a_listener_whose_pods_may_not_be_read_is_no_fault(self) -> None:
        fleet = build.fleet(build.scale_set(), build.listener(), partial=(SourceKind.KUBERNETES,))
        runner = build.only_runner(fleet)
        assert runner.state is RunnerState.UNKNOWN
        assert runner.verdicts == ()

    def test_a_controllers_namespace_that_was_not_looked_at_proves_nothing(self) -> None:
        """The configured namespaces were read whole, but the listeners may live in another one."""
        runner = build.only_runner(build.fleet(build.scale_set(), findings=(build.FALLBACK,)))
        assert runner.state is RunnerState.UNKNOWN
        assert runner.verdicts == ()

    def test_the_controller_itself_proves_that_its_namespace_was_looked_at(self) -> None:
        controller = build.pod("arc-controller", PodRole.CONTROLLER, namespace="arc-systems")
        runner = build.only_runner(build.fleet(build.scale_set(), controller, findings=(build.FALLBACK,)))
        assert runner.state is RunnerState.OFFLINE

    def test_the_controller_does_not_prove_a_right_to_read_listeners(self) -> None:
        controller = build.pod("arc-controller", PodRole.CONTROLLER, namespace="arc-systems")
        fleet = build.fleet(build.scale_set(), controller, partial=(SourceKind.KUBERNETES,))
        assert build.only_runner(fleet).state is RunnerState.UNKNOWN

    def test_a_new_scale_set_is_pending(self) -> None:
        runner = build.only_runner(build.fleet(build.scale_set(phase="Pending", created_at=build.ago(20))))
        assert (runner.state, runner.status) == (RunnerState.OFFLINE, RunnerStatus.PENDING)
        assert [verdict.severity for verdict in runner.verdicts] == ["warning"]

    def test_a_listener_that_starts_anew_is_pending(self) -> None:
        fleet = build.fleet(
            build.scale_set(phase="Pending"),
            build.listener(created_at=build.ago(8)),
            build.listener_pod(phase="Pending", ready=False, created_at=build.ago(5)),
        )
        assert build.only_runner(fleet).status is RunnerStatus.PENDING

    def test_an_outdated_scale_set_is_offline_and_says_only_that(self) -> None:
        runner = build.only_runner(build.fleet(build.scale_set(phase="Outdated")))
        assert runner.status is RunnerStatus.OFFLINE
        assert [verdict.rule for verdict in runner.verdicts] == ["outdated"]

    def test_a_paused_scale_set_is_paused(self) -> None:
        rows = (build.scale_set(max_runners=0, paused_by="mira"), build.listener(), build.listener_pod())
        runner = build.only_runner(build.fleet(*rows))
        assert (runner.status, runner.paused, runner.capacity) == (RunnerStatus.PAUSED, True, 0)

    def test_annotations_left_behind_by_a_resume_do_not_pause(self) -> None:
        rows = (build.scale_set(max_runners=4, paused_by="mira"), build.listener(), build.listener_pod())
        assert build.only_runner(build.fleet(*rows)).paused is False


class TestFigures:
    def test_assigned_but_not_running_jobs_are_the_queue(self) -> None:
        told = [
            build.sample("arc_assigned_jobs", 7, name="gh-nix-x7k2p", namespace="arc", pod="listener"),
            build.sample("arc_running_jobs", 4, name="gh-nix-x7k2p", namespace="arc", pod="listener"),
        ]
        runner = build.only_runner(build.fleet(*healthy(), *told))
        assert runner.queued == 3
        assert "prod/prometheus" in runner.sources

    @pytest.mark.parametrize(
        "labels",
        [
            {"name": "gh-nix-x7k2p", "namespace": "arc"},
            {"name": "gh-nix-x7k2p", "namespace": "arc-systems", "exported_namespace": "arc"},
            {"name": "gh-nix-x7k2p", "namespace": "arc-systems"},
            {"name": "gh-nix", "namespace": "arc"},
            {"namespace": "arc-systems", "pod": "gh-nix-754b578d-listener"},
        ],
        ids=["own labels", "exported", "scrape's namespace", "scale set's name", "pod only"],
    )
    def test_a_listeners_samples_join_however_they_are_scraped(self, labels: dict[str, str]) -> None:
        told = [build.sample("arc_assigned_jobs", 5, **labels), build.sample("arc_running_jobs", 5, **labels)]
        assert build.only_runner(build.fleet(*healthy(), *told)).queued == 0

    def test_a_restarted_listeners_series_do_not_add_up(self) -> None:
        told = [
            build.sample(query, 2, name="gh-nix-x7k2p", namespace="arc", pod=pod)
            for query in ("arc_assigned_jobs", "arc_running_jobs")
            for pod in ("old", "new")
        ]
        fleet = build.fleet(build.scale_set(), build.runner_set(), *told, partial=(SourceKind.KUBERNETES,))
        assert build.only_runner(fleet).busy == 2

    def test_half_a_queue_is_no_queue(self) -> None:
        told = build.sample("arc_assigned_jobs", 7, name="gh-nix-x7k2p", namespace="arc")
        assert build.only_runner(build.fleet(*healthy(), told)).queued is None

    def test_runners_that_are_over_are_not_busy(self) -> None:
        rows = (
            build.ephemeral("a", phase="Succeeded", job_id="1"),
            build.ephemeral("b", phase="Failed", job_id="2"),
            build.ephemeral("c", job_name="build"),
            build.ephemeral("d"),
        )
        assert build.only_runner(build.fleet(build.scale_set(), *rows)).busy == 1

    def test_busy_comes_from_the_listener_where_runners_may_not_be_listed(self) -> None:
        told = build.sample("arc_running_jobs", 3, name="gh-nix", namespace="arc")
        fleet = build.fleet(build.scale_set(current_runners=3), told, partial=(SourceKind.KUBERNETES,))
        assert build.only_runner(fleet).busy == 3

    @pytest.mark.parametrize(("current", "busy"), [(0, 0), (3, None), (None, None)])
    def test_busy_is_unknown_where_runners_exist_but_may_not_be_listed(
        self, current: int | None, busy: int | None
    ) -> None:
        fleet = build.fleet(build.scale_set(current_runners=current), partial=(SourceKind.KUBERNETES,))
        assert build.only_runner(fleet).busy == busy

    def test_an_unbounded_scale_set_has_no_capacity(self) -> None:
        assert build.only_runner(build.fleet(build.scale_set(max_runners=None))).capacity is None

    def test_the_failure_rate_leaves_cancelled_jobs_out(self) -> None:
        told = [
            build.sample(
                "arc_jobs_completed_1h", count, namespace="arc-systems", pod="l", name="gh-nix", job_result=word
            )
            for word, count in (("succeeded", 15), ("failed", 3), ("canceled", 2))
        ]
        assert build.only_runner(build.fleet(*healthy(), *told)).failure_rate == pytest.approx(3 / 20)

    def test_results_without_their_label_make_no_rate(self) -> None:
        told = build.sample("arc_jobs_completed_1h", 10, name="gh-nix", namespace="arc")
        assert build.only_runner(build.fleet(*healthy(), told)).failure_rate is None


@pytest.mark.parametrize(
    ("url", "scope"),
    [
        ("https://github.com/acme", "acme"),
        ("https://github.com/acme/api/", "acme/api"),
        ("https://ghe.example.com/enterprises/big", "enterprises/big"),
        ("http://[evil", "http://[evil"),
        ("", ""),
    ],
)
def test_the_scope_is_what_the_address_names(url: str, scope: str) -> None:
    assert build.only_runner(build.fleet(build.scale_set(github_config_url=url))).scope == scope


def test_a_scale_set_carries_the_worst_verdict_on_its_runner() -> None:
    """Its own status says Running even when nobody fetches jobs for it."""
    healthy, paused = build.scale_set("gh-nix"), build.scale_set("gh-gpu", paused_by="rosa", max_runners=0)
    fleet = build.fleet(healthy, paused)
    for row in (healthy, paused):
        judged, runner = fleet.scale_sets[row.key], fleet.runners[row.key]
        assert (judged.severity, judged.why) == (runner.severity, runner.why or None)
    assert fleet.scale_sets[paused.key].why is not None
