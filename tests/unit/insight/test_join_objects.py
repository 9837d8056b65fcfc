from __future__ import annotations

import pytest

from flywheel_tui.domain.fleet import Fleet
from flywheel_tui.domain.job import JobState
from flywheel_tui.domain.row import Row
from tests.unit.insight import build

GITLAB = "prod/gitlab/7"
ARC = "prod/scaleset/arc/gh-nix"


LOST = (("AbleToScale", "False", "FailedGetScale", 'deployments.apps "old" not found'),)


def release(name: str = "docker", ident: str = "7") -> tuple[Row, ...]:
    """Return a GitLab runner with its release in the namespace ``runners``."""
    return (build.gitlab(ident, name=name), build.deployment(name), build.manager_pod(name))


class TestAutoscalers:
    def test_the_target_reference_joins_and_not_the_name(self) -> None:
        fleet = build.fleet(
            *release("docker", "7"),
            *release("nix", "8"),
            build.autoscaler("nix-hpa", "docker"),
        )
        assert fleet.runners[GITLAB].autoscaler == "prod/autoscaler/runners/nix-hpa"
        assert fleet.runners["prod/gitlab/8"].autoscaler is None

    def test_a_target_in_another_namespace_is_another_target(self) -> None:
        fleet = build.fleet(*release(), build.autoscaler("docker-hpa", "docker", namespace="elsewhere"))
        assert fleet.runners[GITLAB].autoscaler is None
        assert fleet.unjoined == ()

    def test_a_target_that_does_not_exist_is_listed(self) -> None:
        (thing,) = build.fleet(*release(), build.autoscaler("old-hpa", "old", conditions=LOST)).unjoined
        assert (thing.kind, thing.name) == ("autoscaler", "old-hpa")
        assert thing.reason == "its target Deployment runners/old does not exist"

    def test_a_target_that_is_only_not_the_fleets_is_not_listed(self) -> None:
        """Deployments of others are not among the rows: absence there proves nothing."""
        assert build.fleet(*release(), build.autoscaler("shop-hpa", "shop")).unjoined == ()

    def test_a_target_that_is_there_is_not_listed_whatever_the_condition_still_says(self) -> None:
        shop = build.deployment("shop", chart=None)
        assert build.fleet(*release(), shop, build.autoscaler("shop-hpa", "shop", conditions=LOST)).unjoined == ()

    def test_other_kinds_of_target_are_nobodys(self) -> None:
        fleet = build.fleet(*release(), build.autoscaler("hpa", "docker", target_kind="StatefulSet"))
        assert fleet.runners[GITLAB].autoscaler is None


class TestCronJobs:
    @pytest.mark.parametrize("name", ["docker-warm-pool", "warm-pool-docker", "clean-docker-nightly", "docker"])
    def test_a_name_that_contains_the_runners_joins(self, name: str) -> None:
        fleet = build.fleet(*release(), build.cron_job(name))
        assert fleet.runners[GITLAB].cron_jobs == (f"prod/cronjob/runners/{name}",)

    @pytest.mark.parametrize("name", ["runner-cleanup", "dockerhub-mirror", "redocker"])
    def test_a_name_that_only_resembles_it_does_not(self, name: str) -> None:
        assert build.fleet(*release(), build.cron_job(name)).runners[GITLAB].cron_jobs == ()

    def test_another_namespace_is_another_thing(self) -> None:
        fleet = build.fleet(*release(), build.cron_job("docker-warm-pool", namespace="elsewhere"))
        assert fleet.runners[GITLAB].cron_jobs == ()

    def test_the_longest_name_wins(self) -> None:
        fleet = build.fleet(
            build.scale_set("gh-nix"), build.scale_set("gh-nix-gpu"), build.cron_job("warm-gh-nix-gpu", namespace="arc")
        )
        assert fleet.runners[ARC].cron_jobs == ()
        assert fleet.runners["prod/scaleset/arc/gh-nix-gpu"].cron_jobs == ("prod/cronjob/arc/warm-gh-nix-gpu",)

    def test_scale_sets_of_one_name_are_told_apart_by_the_namespace(self) -> None:
        fleet = build.fleet(
            build.scale_set(), build.scale_set(namespace="arc2"), build.cron_job("gh-nix-warm", namespace="arc2")
        )
        assert fleet.runners[ARC].cron_jobs == ()
        assert len(fleet.runners["prod/scaleset/arc2/gh-nix"].cron_jobs) == 1


class TestEvents:
    @pytest.mark.parametrize(
        ("kind", "about", "namespace", "owner"),
        [
            ("Pod", "docker-abc-1", "runners", GITLAB),
            ("Deployment", "docker", "runners", GITLAB),
            ("ReplicaSet", "docker-6f7c9", "runners", GITLAB),
            ("HorizontalPodAutoscaler", "docker-hpa", "runners", GITLAB),
            ("CronJob", "docker-warm", "runners", GITLAB),
            ("AutoscalingRunnerSet", "gh-nix", "arc", ARC),
            ("EphemeralRunnerSet", "gh-nix-x7k2p", "arc", ARC),
            ("EphemeralRunner", "gh-nix-x7k2p-runner-aaaaa", "arc", ARC),
            ("AutoscalingListener", "gh-nix-754b578d-listener", "arc-systems", ARC),
            ("Pod", "gh-nix-x7k2p-runner-gone1", "arc", ARC),
            ("EphemeralRunner", "gh-nix-x7k2p-runner-gone1", "arc", ARC),
            ("Pod", "docker-abc-1", "elsewhere", None),
            ("Node", "docker", "runners", None),
        ],
    )
    def test_a_warning_belongs_to_the_runner_of_its_object(
        self, kind: str, about: str, namespace: str, owner: str | None
    ) -> None:
        row = build.event(kind, about, namespace=namespace)
        fleet = build.fleet(
            *release(),
            build.autoscaler("docker-hpa", "docker"),
            build.cron_job("docker-warm"),
            build.scale_set(),
            build.runner_set(),
            build.ephemeral(),
            build.listener(),
            row,
        )
        assert {key for key, runner in fleet.runners.items() if row.key in runner.events} == (
            {owner} if owner else set()
        )
        assert row.key in fleet.events

    def test_the_newest_comes_first_and_one_without_a_time_last(self) -> None:
        rows = (
            build.event("Pod", "docker-abc-1", name="a", last_at=build.ago(500)),
            build.event("Pod", "docker-abc-1", name="b", last_at=None, first_at=None),
            build.event("Pod", "docker-abc-1", name="c", last_at=build.ago(5)),
        )
        events = build.fleet(*release(), *rows).runners[GITLAB].events
        assert [key.rsplit("/", 1)[-1] for key in events] == ["c", "a", "b"]


class TestQuotas:
    def quotas_of(self, fleet: Fleet, key: str) -> list[str]:
        return [fleet.quotas[quota].name for quota in fleet.runners[key].quotas]

    def test_a_quota_binds_all_runners_of_its_namespace(self) -> None:
        fleet = build.fleet(
            *release("docker", "7"),
            *release("nix", "8"),
            build.scale_set(),
            build.quota(("pods", 50, 10)),
            build.quota(("pods", 9, 1), name="arc-quota", namespace="arc"),
            build.quota(("pods", 9, 1), name="other", namespace="elsewhere"),
        )
        assert self.quotas_of(fleet, GITLAB) == ["all"]
        assert self.quotas_of(fleet, "prod/gitlab/8") == ["all"]
        assert self.quotas_of(fleet, ARC) == ["arc-quota"]

    def test_the_listeners_namespace_does_not_bind_jobs(self) -> None:
        fleet = build.fleet(
            build.scale_set(),
            build.listener(),
            build.listener_pod(),
            build.quota(("pods", 1, 1), namespace="arc-systems"),
        )
        assert fleet.runners[ARC].quotas == ()

    def test_a_runner_with_job_pods_in_several_namespaces_has_all_their_quotas(self) -> None:
        fleet = build.fleet(
            build.gitlab(),
            build.job_pod("a", "tok000007"),
            build.job_pod("b", "tok000007", namespace="ci-job-1"),
            build.quota(("pods", 50, 10)),
            build.quota(("pods", 2, 1), name="per-job", namespace="ci-job-1"),
        )
        assert self.quotas_of(fleet, GITLAB) == ["per-job", "all"]


def test_jobs_are_in_the_fleet_as_the_forge_tells_them() -> None:
    waiting = build.job("1", JobState.PENDING)
    fleet = build.fleet(build.gitlab(), waiting, build.job("2", JobState.RUNNING))
    assert [job.id for job in fleet.jobs.values()] == ["1", "2"]
    assert fleet.jobs[waiting.key] is waiting
