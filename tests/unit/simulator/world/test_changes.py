"""What people do has the consequences that it has in a real fleet."""

from __future__ import annotations

import msgspec
import pytest

from flywheel_tui.simulator.world import Clock, World, actions, build_world, views
from flywheel_tui.simulator.world.cluster_actions import change_scale_set, delete_ephemeral_runner, delete_pod
from flywheel_tui.simulator.world.incident import Trouble
from flywheel_tui.simulator.world.listeners import LISTENER_RESTART, listener_of
from flywheel_tui.simulator.world.managers import restart_release, scale_release
from flywheel_tui.simulator.world.model_cluster import PodRole, ScaleSet
from flywheel_tui.simulator.world.model_forge import GitLabRunner

EPOCH = 1.79e9


def world(scenario: str = "calm") -> World:
    return build_world(scenario, 60, 7, Clock(frozen_at=EPOCH))


def later(built: World, seconds: float) -> None:
    built.clock.advance(seconds)
    built.now()


def busy_release(built: World) -> GitLabRunner:
    releases = [runner for runner in built.gitlab_runners.values() if runner.release is not None]
    return max(releases, key=lambda runner: views.jobs_running(built, f"gitlab/{runner.id}", built.time))


def busy_scale_set(built: World, *, idle: bool = False) -> ScaleSet:
    def score(scale_set: ScaleSet) -> int:
        own = [each for each in built.ephemeral_runners if each.scale_set == scale_set.meta.name]
        return sum(bool(each.job_id) is not idle for each in own)

    return max(built.scale_sets, key=score)


def test_a_paused_runner_ends_its_jobs_and_takes_no_more() -> None:
    built = world()
    runner = busy_release(built)
    owner = f"gitlab/{runner.id}"
    running = views.jobs_running(built, owner, built.time)
    assert running > 0
    paused = actions.pause_gitlab_runner(built, runner.id, True, "because")
    assert (paused.paused, paused.maintenance_note) == (True, "because")
    assert views.jobs_running(built, owner, built.time) == running
    later(built, 3 * 3_600)
    assert views.jobs_running(built, owner, built.time) == 0
    assert not [pod for pod in built.pods if pod.runner == owner and pod.role is PodRole.GITLAB_JOB]
    assert len(list(views.pending_jobs(built, built.time, [owner]))) > 0
    assert views.runner_contacted_at(built, paused, built.time) == pytest.approx(built.time, abs=31)
    actions.pause_gitlab_runner(built, runner.id, False)
    later(built, 20)
    assert views.jobs_running(built, owner, built.time) > 0


def test_pausing_twice_keeps_the_first_moment() -> None:
    built = world()
    runner = busy_release(built)
    first = actions.pause_gitlab_runner(built, runner.id, True)
    later(built, 60)
    assert actions.pause_gitlab_runner(built, runner.id, True).paused_at == first.paused_at


def test_a_deleted_runner_is_gone() -> None:
    built = world()
    runner = busy_release(built)
    actions.delete_gitlab_runner(built, runner.id)
    assert runner.id not in built.gitlab_runners
    later(built, 5)
    with pytest.raises(KeyError):
        actions.delete_gitlab_runner(built, runner.id)


def test_a_cancelled_job_ends_as_canceled() -> None:
    built = world()
    job = next(job for job in views.running_jobs(built, built.time) if job.runner.startswith("gitlab/"))
    assert actions.cancel_job(built, job)
    ended = views.find_job(built, job.forge, job.id, built.time)
    assert ended is not None
    assert ended.status == "canceled"
    assert not actions.cancel_job(built, job)


def test_github_labels_and_groups_change() -> None:
    built = world()
    ident = next(ident for ident, runner in built.github_runners.items() if runner.repository is None)
    runner = actions.set_github_labels(built, ident, ("new", "new", "other"))
    assert [label.name for label in runner.labels if label.custom] == ["new", "other"]
    assert runner.labels[0].name == "self-hosted"
    quarantine = next(group for group in built.runner_groups.values() if group.name == "quarantine")
    actions.move_github_runner(built, ident, quarantine.id)
    later(built, 4 * 3_600)
    assert views.jobs_running(built, f"github/{ident}", built.time) == 0


def test_a_scale_set_with_maximum_0_keeps_busy_runners_and_loses_idle_ones() -> None:
    built = world()
    scale_set = busy_scale_set(built)
    fresh = msgspec.structs.replace(scale_set, min_runners=0, max_runners=0)
    changed = change_scale_set(built, scale_set, fresh)
    assert changed.phase == "Pending"
    assert listener_of(built, changed) is None
    busy = {each.meta.name for each in built.ephemeral_runners if each.scale_set == scale_set.meta.name and each.job_id}
    assert busy
    later(built, LISTENER_RESTART + 1)
    present = built.scale_sets.get(*scale_set.key.split("/")[1:])
    assert present is not None
    assert present.phase == "Running"
    listener = listener_of(built, present)
    assert listener is not None
    assert listener.max_runners == 0
    left = [each for each in built.ephemeral_runners if each.scale_set == scale_set.meta.name]
    assert all(each.job_id for each in left)
    later(built, 3 * 3_600)
    assert not [each for each in built.ephemeral_runners if each.scale_set == scale_set.meta.name]
    again = change_scale_set(built, present, msgspec.structs.replace(present, min_runners=2, max_runners=12))
    later(built, 60)
    assert len(built.lanes_of[again.key]) >= 12
    assert len([each for each in built.ephemeral_runners if each.scale_set == scale_set.meta.name]) >= 2


def test_annotations_alone_restart_nothing() -> None:
    built = world()
    scale_set = busy_scale_set(built)
    meta = msgspec.structs.replace(scale_set.meta, annotations={"a": "b"})
    assert change_scale_set(built, scale_set, msgspec.structs.replace(scale_set, meta=meta)).phase == "Running"
    assert listener_of(built, scale_set) is not None


def test_bounds_that_exclude_each_other_leave_a_scale_set_pending() -> None:
    built = world()
    scale_set = busy_scale_set(built)
    change_scale_set(built, scale_set, msgspec.structs.replace(scale_set, min_runners=5, max_runners=1))
    later(built, 60)
    present = built.scale_sets.get(*scale_set.key.split("/")[1:])
    assert present is not None
    assert present.phase == "Pending"
    assert [event.reason for event in built.events if event.involved_name == scale_set.meta.name] == ["InvalidSpec"]


def test_a_deleted_ephemeral_runner_loses_its_job_and_is_replaced() -> None:
    built = world()
    busy = next(each for each in built.ephemeral_runners if each.job_id)
    assert delete_ephemeral_runner(built, busy.meta.namespace, busy.meta.name)
    assert built.ephemeral_runners.get(busy.meta.namespace, busy.meta.name) is None
    assert built.pods.get(busy.meta.namespace, busy.meta.name) is None
    assert not delete_ephemeral_runner(built, busy.meta.namespace, busy.meta.name)


def test_a_deleted_manager_pod_comes_back_as_another_manager() -> None:
    built = world()
    runner = busy_release(built)
    manager = runner.managers[0]
    assert manager.pod is not None
    deleted = delete_pod(built, manager.namespace or "", manager.pod)
    assert deleted is not None
    assert deleted.meta.deleted_at == built.time
    later(built, 30)
    assert built.pods.get(manager.namespace or "", manager.pod) is None
    present = built.gitlab_runners[runner.id]
    assert len(present.managers) == len(runner.managers) + 1
    newest = present.managers[-1]
    assert newest.system_id != manager.system_id
    pod = built.pods.get(newest.namespace or "", newest.pod or "")
    assert pod is not None
    assert pod.phase == "Running"
    deployment = built.deployments.get(runner.namespace or "", runner.release or "")
    assert deployment is not None
    assert deployment.ready_replicas == deployment.replicas


def test_a_restart_heals_a_crash_loop() -> None:
    built = world("incident")
    hit = next(each for each in built.incidents if each.trouble is Trouble.MANAGER_CRASH_LOOP)
    runner = built.gitlab_runners[int(hit.runner.removeprefix("gitlab/"))]
    deployment = built.deployments.get(runner.namespace or "", runner.release or "")
    assert deployment is not None
    assert deployment.ready_replicas == deployment.replicas - 1
    restart_release(built, deployment, {"kubectl.kubernetes.io/restartedAt": "now"})
    later(built, 30)
    healed = built.deployments.get(runner.namespace or "", runner.release or "")
    assert healed is not None
    assert healed.ready_replicas == healed.replicas
    assert hit not in built.incidents
    assert not [
        status
        for pod in built.pods
        if pod.runner == hit.runner
        for status in pod.statuses
        if status.waiting is not None
    ]


def test_scaling_adds_and_removes_managers() -> None:
    built = world()
    runner = busy_release(built)
    deployment = built.deployments.get(runner.namespace or "", runner.release or "")
    assert deployment is not None
    bigger = scale_release(built, deployment, deployment.replicas + 2)
    later(built, 30)
    alive = [each for each in built.gitlab_runners[runner.id].managers if each.gone_at is None]
    assert len(alive) == bigger.replicas
    present = built.deployments.get(runner.namespace or "", runner.release or "")
    assert present is not None
    scale_release(built, present, 0)
    later(built, 30)
    assert all(each.gone_at is not None for each in built.gitlab_runners[runner.id].managers)
    assert views.jobs_running(built, f"gitlab/{runner.id}", built.time) == 0


def test_deleting_failed_ephemeral_runners_frees_their_slots() -> None:
    built = world("incident")
    hit = next(each for each in built.incidents if each.trouble is Trouble.EPHEMERAL_RUNNERS_FAILED)
    failed = [each for each in built.ephemeral_runners if each.phase == "Failed"]
    assert built.occupied[hit.runner] == len(failed) > 0
    for each in failed:
        delete_ephemeral_runner(built, each.meta.namespace, each.meta.name)
    assert built.occupied[hit.runner] == 0
    assert hit not in built.incidents
    scale_set = built.scale_sets.get(*hit.runner.split("/")[1:])
    assert scale_set is not None
    assert scale_set.failed == 0


def test_a_deleted_listener_pod_comes_back_unless_its_secret_is_missing() -> None:
    built = world("incident")
    hit = next(each for each in built.incidents if each.trouble is Trouble.LISTENER_DOWN)
    healthy = next(each for each in built.listeners if each.pod is not None)
    assert delete_pod(built, healthy.meta.namespace, healthy.pod or "")
    later(built, 10)
    assert built.pods.get(healthy.meta.namespace, healthy.meta.name) is not None
    dead = next(each for each in built.listeners if each.pod is None)
    assert hit.runner.endswith("/" + dead.scale_set)
