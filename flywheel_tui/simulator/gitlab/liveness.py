"""When GitLab calls a runner or a manager online, offline, stale or never contacted.

The rules are those of GitLab's ``has_runner_status.rb``; that a runner is 'stale' hides that it never came.
"""

from __future__ import annotations

from enum import StrEnum

from flywheel_tui.simulator.world import World
from flywheel_tui.simulator.world.model_forge import GitLabManager, GitLabRunner
from flywheel_tui.simulator.world.views import contacted_at, runner_contacted_at

ONLINE_WITHIN = 2 * 3600.0
STALE_AFTER = 7 * 86_400.0


class Liveness(StrEnum):
    """GitLab's four words; paused is none of them."""

    ONLINE = "online"
    OFFLINE = "offline"
    STALE = "stale"
    NEVER_CONTACTED = "never_contacted"


def liveness(*, created: float, contacted: float | None, finished: bool, at: float) -> Liveness:
    """Return the status from the times, seconds since 1970.

    Args:
        created: When it was created.
        contacted: When it last asked for a job; None if never.
        finished: Whether its creation is finished: by its first contact, or by a registration token.
        at: The present.
    """
    if max(created, contacted or 0.0) <= at - STALE_AFTER:
        return Liveness.STALE
    if not finished:
        return Liveness.NEVER_CONTACTED
    return Liveness.ONLINE if contacted is not None and contacted > at - ONLINE_WITHIN else Liveness.OFFLINE


def creation_finished(runner: GitLabRunner) -> bool:
    """Return whether the runner came by a registration token or has already contacted GitLab."""
    return runner.creator is None or bool(runner.managers)


def runner_liveness(world: World, runner: GitLabRunner, at: float) -> Liveness:
    """Return the status that a read of the runner shows: by its true last contact."""
    contacted = runner_contacted_at(world, runner, at)
    return liveness(created=runner.created_at, contacted=contacted, finished=creation_finished(runner), at=at)


def manager_liveness(world: World, manager: GitLabManager, at: float) -> Liveness:
    """Return the status of one manager."""
    contacted = contacted_at(world, manager, at)
    return liveness(created=manager.created_at, contacted=contacted, finished=True, at=at)


def filter_matches(word: Liveness, *, created: float, persisted: float | None, at: float) -> bool:
    """Return whether a list with this status filter contains a runner: by the contact that the database has.

    GitLab's filters overlap: offline includes what is stale.
    """
    if word is Liveness.NEVER_CONTACTED:
        return persisted is None
    if word is Liveness.STALE:
        return max(created, persisted or 0.0) <= at - STALE_AFTER
    if persisted is None:
        return False
    return (persisted > at - ONLINE_WITHIN) is (word is Liveness.ONLINE)
