from __future__ import annotations

import pytest

from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.fleet import Fleet
from flywheel_tui.domain.runner import RunnerState
from flywheel_tui.domain.workload import PodRole
from flywheel_tui.insight.join import join
from tests.unit.insight import build

KEY = "prod/gitlab/7"
TOKEN = "tok000007"


def pods_of(fleet: Fleet, key: str = KEY) -> list[str]:
    return [fleet.pods[pod].name for pod in fleet.runners[key].pods]


def reasons(fleet: Fleet, kind: str) -> dict[str, str]:
    return {thing.name: thing.reason for thing in fleet.unjoined if thing.kind == kind}


def test_job_pods_join_by_the_token_label_in_any_namespace() -> None:
    fleet = build.fleet(
        build.gitlab(managers=None),
        build.job_pod("job-a", TOKEN),
        build.job_pod("job-b", TOKEN, namespace="ci-job-42"),
        build.job_pod("other", "tok000008"),
    )
    assert pods_of(fleet) == ["job-b", "job-a"]
    assert fleet.runner_of_pod["prod/pod/ci-job-42/job-b"] == KEY


@pytest.mark.parametrize("label", ["tok00000", "tok000007"])
def test_tokens_of_eight_and_nine_characters_match(label: str) -> None:
    assert pods_of(build.fleet(build.gitlab(), build.job_pod("job", label))) == ["job"]


def test_a_short_token_that_fits_two_runners_joins_none() -> None:
    fleet = build.fleet(build.gitlab("7"), build.gitlab("8"), build.job_pod("job", "tok00000"))
    assert fleet.runner_of_pod == {}
    assert "runner that GitLab does not list here" in reasons(fleet, "pod")["job"]


def test_a_manager_pod_with_the_token_label_brings_its_release_along() -> None:
    fleet = build.fleet(
        build.gitlab(),
        build.deployment("docker"),
        build.manager_pod("docker", manager_short_token=TOKEN),
        build.manager_pod("docker", "abc-2"),
    )
    runner = fleet.runners[KEY]
    assert pods_of(fleet) == ["docker-abc-1", "docker-abc-2"]
    assert runner.deployments == ("prod/deployment/runners/docker",)
    assert runner.sources == ("prod/gitlab", "prod/kubernetes")


def test_the_metrics_of_a_manager_pod_tell_whose_release_it_is() -> None:
    told = build.sample("gitlab_jobs_running", 1, runner=TOKEN, namespace="runners", pod="docker-abc-1")
    fleet = build.fleet(build.gitlab(), build.manager_pod("docker"), told)
    assert pods_of(fleet) == ["docker-abc-1"]


def test_the_system_id_of_a_metric_tells_it_where_the_token_is_unknown() -> None:
    told = build.sample("gitlab_jobs_running", 1, system_id="r_7", namespace="runners", pod="docker-abc-1")
    fleet = build.fleet(build.gitlab(short_token=None), build.manager_pod("docker"), told)
    assert pods_of(fleet) == ["docker-abc-1"]


def test_a_system_id_shared_by_several_runners_of_one_process_tells_nothing() -> None:
    shared = (build.manager("s_host"),)
    told = build.sample("gitlab_jobs_running", 1, system_id="s_host", namespace="runners", pod="docker-abc-1")
    fleet = build.fleet(
        build.gitlab("7", managers=shared), build.gitlab("8", managers=shared), build.manager_pod("docker"), told
    )
    assert fleet.runner_of_pod == {}


def test_the_name_in_a_metric_tells_whose_release_it_is() -> None:
    told = build.sample("gitlab_jobs_running", 0, runner=TOKEN, runner_name="docker", system_id="r_7")
    fleet = build.fleet(build.gitlab(), build.deployment("docker"), build.manager_pod("docker"), told)
    assert pods_of(fleet) == ["docker-abc-1"]


def test_a_name_that_two_namespaces_use_proves_only_the_place_of_its_job_pods() -> None:
    fleet = build.fleet(
        build.gitlab(),
        build.manager_pod("docker"),
        build.manager_pod("docker", namespace="elsewhere"),
        build.job_pod("job", TOKEN, "docker"),
    )
    assert pods_of(fleet) == ["docker-abc-1", "job"]
    assert reasons(fleet, "release") == {"docker": "no GitLab runner that is known carries its token or its name"}


def test_job_pods_tell_the_release_that_started_them() -> None:
    fleet = build.fleet(
        build.gitlab(), build.deployment("docker"), build.manager_pod("docker"), build.job_pod("job", TOKEN, "docker")
    )
    assert pods_of(fleet) == ["docker-abc-1", "job"]


@pytest.mark.parametrize("description", ["docker", "docker: small jobs of the platform team"])
def test_a_description_names_the_release(description: str) -> None:
    fleet = build.fleet(build.gitlab(name=description), build.deployment("docker"), build.manager_pod("docker"))
    assert pods_of(fleet) == ["docker-abc-1"]


def test_two_runners_of_that_description_leave_the_release_unjoined() -> None:
    fleet = build.fleet(build.gitlab("7", name="docker"), build.gitlab("8", name="docker"), build.manager_pod("docker"))
    assert fleet.runner_of_pod == {}
    assert reasons(fleet, "release")["docker"] == "2 GitLab runners claim it: prod/gitlab/7, prod/gitlab/8"


def test_a_name_in_the_middle_of_a_description_proves_nothing() -> None:
    fleet = build.fleet(build.gitlab(name="team docker runner"), build.manager_pod("docker"))
    assert fleet.runner_of_pod == {}


def test_a_manager_pod_without_release_label_joins_through_its_deployment() -> None:
    pod = build.pod("docker-abc-1", PodRole.MANAGER, owner_kind="ReplicaSet", owner_name="docker-6f7c9")
    fleet = build.fleet(build.gitlab(name="docker"), build.deployment("docker", chart=None, release=None), pod)
    assert fleet.runners[KEY].deployments == ("prod/deployment/runners/docker",)
    assert pods_of(fleet) == ["docker-abc-1"]


def test_one_runner_may_have_several_releases() -> None:
    fleet = build.fleet(
        build.gitlab(),
        build.manager_pod("east", manager_short_token=TOKEN),
        build.manager_pod("west", manager_short_token=TOKEN),
    )
    assert pods_of(fleet) == ["east-abc-1", "west-abc-1"]


def test_a_job_pod_with_only_a_name_joins_through_the_release() -> None:
    fleet = build.fleet(build.gitlab(name="docker"), build.manager_pod("docker"), build.job_pod("job", None, "docker"))
    assert pods_of(fleet) == ["docker-abc-1", "job"]


def test_what_nobody_claims_is_listed_once_a_release_and_once_a_token() -> None:
    fleet = build.fleet(
        build.gitlab(managers=None),
        build.deployment("old"),
        build.manager_pod("old"),
        build.manager_pod("old", "abc-2"),
        build.job_pod("job-a", "gone00001"),
        build.job_pod("job-b", "gone00001"),
        build.pod("coredns", PodRole.OTHER, namespace="kube-system"),
    )
    assert [(thing.kind, thing.key, thing.name) for thing in fleet.unjoined] == [
        ("pod", "prod/pod/runners/job-a", "job-a"),
        ("release", "prod/deployment/runners/old", "old"),
    ]
    assert reasons(fleet, "pod")["job-a"].startswith("2 job pods")


def test_nothing_is_called_unclaimed_before_gitlab_was_read() -> None:
    snapshot = build.snapshot(build.manager_pod("docker"), build.job_pod("job", TOKEN))
    feeds = {**snapshot.feeds, "prod/gitlab": build.feed(SourceKind.GITLAB, fetched_at=None)}
    fleet = join(type(snapshot)(generation=2, feeds=feeds), build.NOW, build.POLICY)
    assert fleet.unjoined == ()


def test_a_context_without_gitlab_says_why_its_managers_are_nobodys() -> None:
    fleet = build.fleet(build.manager_pod("docker"), kinds=(SourceKind.KUBERNETES,))
    assert reasons(fleet, "release") == {"docker": "no GitLab is configured for this context"}


def test_an_online_runner_that_should_have_pods_here_and_has_none_is_listed() -> None:
    fleet = build.fleet(build.gitlab("7", name="lost"), build.gitlab("8", managers=(build.manager(executor="shell"),)))
    assert set(reasons(fleet, "runner")) == {"lost"}


@pytest.mark.parametrize(
    ("kinds", "partial", "state"),
    [
        ((SourceKind.GITLAB,), (), RunnerState.ONLINE),
        (build.ALL_KINDS, (SourceKind.KUBERNETES,), RunnerState.ONLINE),
        (build.ALL_KINDS, (), RunnerState.OFFLINE),
    ],
    ids=["no cluster", "cluster with gaps", "offline"],
)
def test_a_runner_without_pods_is_not_listed_where_that_proves_nothing(
    kinds: tuple[SourceKind, ...], partial: tuple[SourceKind, ...], state: RunnerState
) -> None:
    fleet = build.fleet(build.gitlab(state=state), kinds=kinds, partial=partial)
    assert reasons(fleet, "runner") == {}


def test_a_runner_without_pods_in_the_configured_namespaces_may_have_them_elsewhere() -> None:
    assert reasons(build.fleet(build.gitlab(), findings=(build.FALLBACK,)), "runner") == {}


def test_contexts_do_not_meet() -> None:
    fleet = build.fleet(build.gitlab("7"), build.gitlab("7", context="lab"), build.job_pod("job", TOKEN, context="lab"))
    assert fleet.runners["prod/gitlab/7"].pods == ()
    assert fleet.runners["lab/gitlab/7"].pods == ("lab/pod/runners/job",)
