from __future__ import annotations

import msgspec
import pytest

from flywheel_tui.simulator.gitlab.releases import runner_upgrade_status, upgrade_status
from flywheel_tui.simulator.world import World


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ("19.6.1", "NOT_AVAILABLE"),
        ("v19.6.1", "NOT_AVAILABLE"),
        ("19.6.0", "RECOMMENDED"),
        ("19.5.2", "AVAILABLE"),
        ("19.5.1", "RECOMMENDED"),
        ("19.4.0", "AVAILABLE"),
        ("19.3.0", "RECOMMENDED"),
        ("18.11.4", "RECOMMENDED"),
        ("14.0.0", "RECOMMENDED"),
        ("20.1.0", "NOT_AVAILABLE"),
        ("development version", "INVALID"),
        ("19.6", "INVALID"),
        ("", "INVALID"),
    ],
)
def test_an_upgrade_is_urged_outside_the_backports_and_behind_a_patch(version: str, status: str) -> None:
    assert upgrade_status(version) == status


def test_the_most_urgent_manager_speaks_for_the_runner(world: World) -> None:
    manager = next(runner for runner in world.gitlab_runners.values() if runner.managers).managers[0]
    versions = ("19.6.1", "18.0.0", "19.5.2")
    managers = [msgspec.structs.replace(manager, version=version) for version in versions]
    assert runner_upgrade_status(managers) == "RECOMMENDED"
    assert runner_upgrade_status(managers[:1]) == "NOT_AVAILABLE"
    assert runner_upgrade_status([]) is None
