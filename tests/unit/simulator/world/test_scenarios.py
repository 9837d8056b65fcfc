"""Each scenario shows what it is for."""

from __future__ import annotations

import pytest

from flywheel_tui.simulator.world import Clock, World, build_world
from flywheel_tui.simulator.world.alerts import RULES, active_alerts
from flywheel_tui.simulator.world.incident import Trouble
from flywheel_tui.simulator.world.listeners import listener_of

EPOCH = 1.79e9


def world(scenario: str, runners: int = 148) -> World:
    return build_world(scenario, runners, 7, Clock(frozen_at=EPOCH))


@pytest.mark.parametrize("runners", [0, 1, 2, 5, 12])
@pytest.mark.parametrize("scenario", ["incident", "drift", "upgrade", "storm"])
def test_small_worlds_have_every_scenario(scenario: str, runners: int) -> None:
    built = world(scenario, runners)
    built.clock.advance(600)
    built.now()
    assert active_alerts(built, built.time) is not None


def test_calm_is_calm() -> None:
    built = world("calm")
    assert built.incidents == []
    assert [alert for alert in active_alerts(built, EPOCH) if alert.labels["severity"] == "critical"] == []
    assert all(pod.phase in ("Running", "Pending") for pod in built.pods)
    assert all(status.waiting is None for pod in built.pods for status in pod.statuses)


def test_the_incident_has_all_that_can_go_wrong() -> None:
    built = world("incident")
    assert {incident.trouble for incident in built.incidents} == set(Trouble)
    waiting = {status.waiting for pod in built.pods for status in pod.statuses}
    assert {"CrashLoopBackOff", "ImagePullBackOff"} <= waiting
    ended = [(status.last or status.terminated) for pod in built.pods for status in pod.statuses]
    assert {"OOMKilled", "Error"} <= {each.reason for each in ended if each is not None}
    assert any(pod.unschedulable for pod in built.pods)
    assert any(runner.paused and runner.maintenance_note for runner in built.gitlab_runners.values())
    assert any(len(each.failures) >= 2 or each.phase == "Pending" for each in built.ephemeral_runners)
    quota = built.quotas.get("gitlab-runners", "runner-quota")
    assert quota is not None
    assert quota.used == quota.hard
    firing = {alert.name for alert in active_alerts(built, EPOCH) if alert.state == "firing"}
    assert firing >= {"GitLabRunnerManagerCrashLooping", "ArcListenerDown", "ArcEphemeralRunnersFailed"}
    assert firing <= {rule.name for rule in RULES}


def test_a_crash_loop_goes_on() -> None:
    built = world("incident")
    hit = next(each for each in built.incidents if each.trouble is Trouble.MANAGER_CRASH_LOOP)
    before = built.pods.get("gitlab-runners", hit.detail)
    built.clock.advance(1_800)
    built.now()
    after = built.pods.get("gitlab-runners", hit.detail)
    assert before is not None
    assert after is not None
    assert after.statuses[0].restarts > before.statuses[0].restarts
    event = next(each for each in built.events if each.involved_name == hit.detail)
    assert event.type == "Warning"
    assert event.count > 100


def test_churn_makes_new_runners_with_few_failures() -> None:
    built = world("incident")
    hit = next(each for each in built.incidents if each.trouble is Trouble.EPHEMERAL_RUNNERS_CHURN)
    seen: dict[str, int] = {}
    for _ in range(30):
        built.clock.advance(60)
        built.now()
        for each in built.ephemeral_runners:
            if each.lane is None and each.phase == "Pending" and hit.runner.endswith("/" + each.scale_set):
                seen[each.meta.name] = max(seen.get(each.meta.name, 0), len(each.failures))
    assert len(seen) >= 3
    assert 2 <= max(seen.values()) <= 5


def test_upgrade_has_old_versions_side_by_side_with_new_ones() -> None:
    built = world("upgrade")
    versions = {manager.version for runner in built.gitlab_runners.values() for manager in runner.managers}
    assert {version.split(".")[0] for version in versions} >= {"16", "18", "19"}
    assert {scale_set.arc_version for scale_set in built.scale_sets} == {"0.14.2", "0.13.1"}
    outdated = [scale_set for scale_set in built.scale_sets if scale_set.phase == "Outdated"]
    assert len(outdated) == 1
    assert listener_of(built, outdated[0]) is None


def test_drift_pauses_a_scale_set_with_the_annotations_that_undo_it() -> None:
    built = world("drift")
    paused = [each for each in built.scale_sets if each.max_runners == 0]
    assert len(paused) == 1
    notes = {name: value for name, value in paused[0].meta.annotations.items() if name.startswith("flywheel.dev/")}
    assert set(notes) == {f"flywheel.dev/{part}" for part in ("paused-by", "paused-at", "pause-reason", "min", "max")}
    assert int(notes["flywheel.dev/max"]) > 0
    assert any("hotfix" in runner.tags for runner in built.gitlab_runners.values())
