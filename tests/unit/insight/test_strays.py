from __future__ import annotations

from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.fleet import Fleet
from flywheel_tui.domain.workload import PodRole
from flywheel_tui.insight.join import join
from tests.unit.insight import build


def strays(fleet: Fleet) -> list[tuple[str, str]]:
    return [(thing.key, thing.reason) for thing in fleet.unjoined if thing.kind == "pod"]


def test_pods_that_name_nobody_are_listed_together_by_role_and_namespace() -> None:
    fleet = build.fleet(
        build.gitlab(),
        build.job_pod("job-b", None),
        build.job_pod("job-a", None),
        build.job_pod("job-c", None, namespace="ci"),
        build.pod("lost", PodRole.RUNNER, namespace="arc"),
        build.pod("deaf", PodRole.LISTENER, namespace="arc-systems"),
        build.pod("warm", PodRole.OTHER),
        build.pod("controller", PodRole.CONTROLLER, namespace="arc-systems"),
    )
    assert strays(fleet) == [
        ("prod/pod/arc-systems/deaf", "1 listener pods that name no scale set that is there, in arc-systems"),
        ("prod/pod/arc/lost", "1 runner pods that name no scale set that is there, in arc"),
        ("prod/pod/ci/job-c", "1 job pods that name no GitLab runner that is known, in ci"),
        ("prod/pod/runners/job-a", "2 job pods that name no GitLab runner that is known, in runners"),
    ]
    assert {thing.context for thing in fleet.unjoined} == {"prod"}


def test_every_pod_of_the_fleet_is_joined_or_listed() -> None:
    fleet = build.fleet(
        build.gitlab(),
        build.scale_set(),
        build.runner_set(),
        build.ephemeral(),
        build.runner_pod(),
        build.listener(),
        build.listener_pod(),
        build.job_pod("job", "tok000007"),
    )
    assert len(fleet.runner_of_pod) == 3
    assert strays(fleet) == []


def test_the_pods_of_orphans_are_told_with_their_resource_only() -> None:
    orphan = build.ephemeral("a", "gone")
    fleet = build.fleet(orphan, build.pod(orphan.name, PodRole.RUNNER, namespace=orphan.namespace))
    assert [thing.kind for thing in fleet.unjoined] == ["ephemeral_runner"]


def test_no_job_is_a_stray_before_gitlab_was_read() -> None:
    snapshot = build.snapshot(build.job_pod("job", None))
    feeds = {**snapshot.feeds, "prod/gitlab": build.feed(SourceKind.GITLAB, fetched_at=None)}
    assert join(type(snapshot)(generation=2, feeds=feeds), build.NOW, build.POLICY).unjoined == ()
