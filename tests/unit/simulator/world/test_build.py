"""What a new world holds, and that it is the same each time."""

from __future__ import annotations

from collections import Counter

import pytest

from flywheel_tui.simulator.world import SCENARIOS, Clock, World, build_world, views
from flywheel_tui.simulator.world.model_cluster import PodRole
from flywheel_tui.simulator.world.model_forge import Forge, RunnerType

EPOCH = 1.79e9


def world(scenario: str = "calm", runners: int = 148, seed: int = 7) -> World:
    return build_world(scenario, runners, seed, Clock(frozen_at=EPOCH))


def rows(built: World) -> int:
    return len(built.gitlab_runners) + len(built.github_runners) + len(built.scale_sets)


@pytest.mark.parametrize("runners", [0, 1, 2, 3, 10, 148, 333])
def test_there_are_exactly_as_many_rows_as_asked_for(runners: int) -> None:
    assert rows(world(runners=runners)) == runners


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("seed", [1, 2])
def test_hostile_names_are_in_every_world(scenario: str, seed: int) -> None:
    descriptions = {runner.description for runner in world(scenario, 30, seed).gitlab_runners.values()}
    assert {"[/evil]", "\x1b[31mred\x1b[0m"} <= descriptions
    assert any(ord(letter) > 0x3000 for description in descriptions for letter in description)


def test_one_seed_gives_one_world_and_another_gives_another() -> None:
    assert world().gitlab_runners == world().gitlab_runners
    assert list(world("incident").pods) == list(world("incident").pods)
    assert world(seed=8).gitlab_runners != world().gitlab_runners


def test_an_unknown_scenario_and_a_negative_number_are_refused() -> None:
    with pytest.raises(ValueError, match="there are calm, incident"):
        world("sunny")
    with pytest.raises(ValueError, match="0 or more"):
        world(runners=-1)


def test_runners_join_with_what_belongs_to_them() -> None:
    built = world()
    by_short = {runner.short_sha: runner for runner in built.gitlab_runners.values()}
    assert len(by_short) == len(built.gitlab_runners)
    releases = [runner for runner in built.gitlab_runners.values() if runner.release is not None]
    assert len(releases) > 20
    for runner in releases:
        deployment = built.deployments.get(runner.namespace or "", runner.release or "")
        assert deployment is not None
        assert deployment.meta.labels["release"] == runner.release
        scaler = built.autoscalers.get(runner.namespace or "", f"{runner.release}-hpa")
        assert scaler is not None
        assert scaler.target == runner.release
        assert deployment.replicas == len(runner.managers)
        assert all(built.pods.get(manager.namespace or "", manager.pod or "") for manager in runner.managers)
        assert all(manager.system_id.startswith("r_") for manager in runner.managers)
    jobs = [pod for pod in built.pods if pod.role is PodRole.GITLAB_JOB]
    assert len(jobs) > 20
    for pod in jobs:
        runner = by_short[pod.meta.labels["manager.runner.gitlab.com/id-short"]]
        assert pod.runner == f"gitlab/{runner.id}"
        job = views.find_job(built, Forge.GITLAB, int(pod.meta.annotations["job.runner.gitlab.com/id"]), built.time)
        assert job is not None
        assert job.runner == pod.runner
        assert job.status == "running"


def test_ephemeral_runners_pods_and_registrations_carry_one_name() -> None:
    built = world()
    ready = [each for each in built.ephemeral_runners if each.ready]
    assert len(ready) > 20
    for each in ready:
        pod = built.pods.get(each.meta.namespace, each.meta.name)
        assert pod is not None
        assert pod.meta.owner is not None
        assert pod.meta.owner[1:3] == ("EphemeralRunner", each.meta.name)
        assert pod.meta.labels["actions.github.com/scale-set-name"] == each.scale_set
        registered = built.registered(each)
        assert registered is not None
        assert (registered.name, registered.id) == (each.meta.name, each.runner_id)


def test_scale_sets_count_what_they_have_within_their_bounds() -> None:
    built = world()
    for scale_set in built.scale_sets:
        own = [each for each in built.ephemeral_runners if each.scale_set == scale_set.meta.name]
        phases = Counter(each.phase for each in own)
        assert scale_set.current == len(own)
        assert (scale_set.pending, scale_set.running) == (phases["Pending"], phases["Running"])
        assert len(own) <= (scale_set.max_runners or 0)
        assert len(own) >= scale_set.min_runners


def test_all_types_of_runner_and_both_levels_are_there() -> None:
    built = world()
    assert {runner.type for runner in built.gitlab_runners.values()} == set(RunnerType)
    assert {runner.repository is None for runner in built.github_runners.values()} == {True, False}
    assert any(not runner.managers for runner in world(runners=1_000).gitlab_runners.values())


def test_job_ids_are_unique() -> None:
    built = world()
    jobs = [*views.running_jobs(built, built.time), *views.pending_jobs(built, built.time)]
    assert len(jobs) > 200
    assert len({job.id for job in jobs}) == len(jobs)
    assert all(views.find_job(built, job.forge, job.id, built.time) == job for job in jobs[:20])


def test_the_persisted_contact_is_old_and_the_true_one_is_fresh() -> None:
    built = world()
    managers = [each for runner in built.gitlab_runners.values() for each in runner.managers if each.gone_at is None]
    ages = [built.time - views.persisted_contacted_at(built, manager, built.time) for manager in managers]
    assert max(ages) > 1_200
    assert all(0 <= age <= 3_300 for age in ages)
    assert all(built.time - views.contacted_at(built, manager, built.time) <= 30 for manager in managers)


def test_runners_that_never_came_are_young_and_somebody_made_them() -> None:
    built = world(runners=2_000)
    never = [runner for runner in built.gitlab_runners.values() if not runner.managers]
    assert never
    assert all(built.epoch - 5 * 86_400 <= runner.created_at < built.epoch for runner in never)
    assert all(runner.creator in built.users for runner in never)


def test_nothing_in_the_cluster_was_created_in_the_future() -> None:
    built = world(runners=200)
    for later in range(0, 600, 7):
        built.advance_to(built.epoch + later)
        ahead = [pod.meta.name for pod in built.pods if pod.meta.created_at > built.time]
        assert not ahead


def test_the_pods_of_the_arc_controller_say_what_they_belong_to() -> None:
    built = world(runners=20)
    (pod,) = (pod for pod in built.pods if pod.role is PodRole.ARC_CONTROLLER)
    assert pod.meta.labels["app.kubernetes.io/part-of"] == "gha-rs-controller"
    assert pod.meta.labels["app.kubernetes.io/component"] == "controller-manager"
