"""The simulated GitLab instance: what all its handlers share."""

from __future__ import annotations

from flywheel_tui.simulator.gitlab.account import Account, number_in
from flywheel_tui.simulator.gitlab.job_book import JobBook
from flywheel_tui.simulator.gitlab.roster import Roster
from flywheel_tui.simulator.world import World
from flywheel_tui.simulator.world import vocabulary as words
from flywheel_tui.simulator.world.model_forge import Group, Project

JOB_LISTS_A_MINUTE = 600
"""How often a user may list the jobs of projects: the one limit that is on wherever GitLab is installed."""
REVISION = "6a1f0c42d9b"


class MinuteLimit:
    """Lets so many requests through in each minute of the world's clock.

    Args:
        limit: How many.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._minute = -1
        self._taken = 0

    def take(self, at: float) -> bool:
        """Count a request; returns whether it may go on."""
        minute = int(at // 60)
        if minute != self._minute:
            self._minute, self._taken = minute, 0
        self._taken += 1
        return self._taken <= self._limit


class Site:
    """One GitLab.

    Args:
        world: What it reports on.
        token: The token that it accepts; empty accepts everybody.
        account: Whose token that is.
        enterprise: Whether it is the Enterprise Edition.
    """

    def __init__(self, world: World, token: str, account: Account, *, enterprise: bool) -> None:
        self.world = world
        self.token = token
        self.account = account
        self.enterprise = enterprise
        self.version = words.GITLAB_VERSION + ("-ee" if enterprise else "")
        self.roster = Roster(world)
        self.jobs = JobBook(world)
        self.job_lists = MinuteLimit(JOB_LISTS_A_MINUTE)
        self._groups = {group.full_path.lower(): group for group in world.groups.values()}
        self._projects = {project.full_path.lower(): project for project in world.gitlab_projects.values()}

    def group(self, name: str) -> Group | None:
        """Return a group by its id or full path, in any case."""
        number = number_in(name)
        return self._groups.get(name.lower()) if number is None else self.world.groups.get(number)

    def project(self, name: str) -> Project | None:
        """Return a project by its id or full path, in any case."""
        number = number_in(name)
        return self._projects.get(name.lower()) if number is None else self.world.gitlab_projects.get(number)
