"""What people do to the forges through their APIs. Each takes effect at the world's present."""

from __future__ import annotations

from typing import Any

import msgspec

from flywheel_tui.simulator.world.chance import ALPHANUMERIC
from flywheel_tui.simulator.world.model_forge import GitHubRunner, GitLabRunner, Job, RunnerLabel
from flywheel_tui.simulator.world.regulation import regulate
from flywheel_tui.simulator.world.views import FIRST_JOB
from flywheel_tui.simulator.world.world import World


def pause_gitlab_runner(world: World, ident: int, paused: bool, note: str | None = None) -> GitLabRunner:
    """Pause or resume a runner: running jobs end by themselves, waiting ones wait on.

    Args:
        world: The world.
        ident: The runner's id.
        paused: What it shall be; nothing changes when it is so already.
        note: A new maintenance note, or None to keep the old one.

    Raises:
        KeyError: If there is no such runner.
    """
    runner = world.gitlab_runners[ident]
    since = (runner.paused_at or world.time) if paused else None
    fresh = msgspec.structs.replace(
        runner, paused_at=since, maintenance_note=runner.maintenance_note if note is None else note
    )
    world.gitlab_runners[ident] = fresh
    if fresh.paused != runner.paused:
        regulate(world, f"gitlab/{ident}")
    return fresh


def update_gitlab_runner(world: World, ident: int, **changes: Any) -> GitLabRunner:  # noqa: ANN401 - fields of many types
    """Change fields of a runner, such as description, tags, locked or maintenance_note.

    Raises:
        KeyError: If there is no such runner.
        TypeError: If there is no such field.
    """
    fresh: GitLabRunner = msgspec.structs.replace(world.gitlab_runners[ident], **changes)
    world.gitlab_runners[ident] = fresh
    return fresh


def delete_gitlab_runner(world: World, ident: int) -> None:
    """Remove a runner from GitLab; its pods stay in the cluster but get no more jobs.

    Raises:
        KeyError: If there is no such runner.
    """
    del world.gitlab_runners[ident]
    regulate(world, f"gitlab/{ident}")


def reset_gitlab_token(world: World, ident: int) -> str:
    """Give a runner a new authentication token and return it.

    Raises:
        KeyError: If there is no such runner.
    """
    token = "glrt-" + world.chance.letters(20, ALPHANUMERIC, "reset", ident, world.time)
    update_gitlab_runner(world, ident, token=token)
    return token


def cancel_job(world: World, job: Job) -> bool:
    """Cancel a running job; returns whether it was running."""
    lane = world.lanes[(job.id - FIRST_JOB) % world.job_stride]
    run = lane.current(world.time)
    if run is None or run.number != (job.id - FIRST_JOB) // world.job_stride:
        return False
    lane.cut(world.time, "job_canceled" if job.runner.startswith("gitlab/") else "cancelled")
    regulate(world, lane.owner)
    return True


def set_github_labels(world: World, ident: int, names: tuple[str, ...]) -> GitHubRunner:
    """Replace the custom labels of a runner; the fixed ones stay.

    Raises:
        KeyError: If there is no such runner.
    """
    runner = world.github_runners[ident]
    known = {label.name: label for label in runner.labels if label.custom}
    custom = tuple(
        known.get(name) or RunnerLabel(300 + world.chance.bits("label", name) % 100_000, name, custom=True)
        for name in dict.fromkeys(names)
    )
    fixed = tuple(label for label in runner.labels if not label.custom)
    world.github_runners[ident] = msgspec.structs.replace(runner, labels=fixed + custom)
    return world.github_runners[ident]


def move_github_runner(world: World, ident: int, group_id: int) -> GitHubRunner:
    """Put an organization's runner into a group; in one without repositories it gets no jobs.

    Raises:
        KeyError: If there is no such runner or group.
    """
    group = world.runner_groups[group_id]
    world.github_runners[ident] = msgspec.structs.replace(world.github_runners[ident], group_id=group_id)
    for lane in world.lanes_of.get(f"github/{ident}", ()):
        if group.visibility == "selected" and not group.repositories:
            lane.stall(world.time)
        else:
            lane.resume(world.time)
    return world.github_runners[ident]


def delete_github_runner(world: World, ident: int) -> None:
    """Remove a runner from GitHub.

    Raises:
        KeyError: If there is no such runner.
    """
    del world.github_runners[ident]
    regulate(world, f"github/{ident}")
