"""The simulated GitLab instance: what all its handlers share."""

from __future__ import annotations

from flywheel_tui.simulator.gitlab.account import Account
from flywheel_tui.simulator.gitlab.job_book import JobBook
from flywheel_tui.simulator.gitlab.roster import Roster
from flywheel_tui.simulator.world import World
from flywheel_tui.simulator.world import vocabulary as words
from flywheel_tui.simulator.world.model_forge import Group, Project

REVISION = "6a1f0c42d9b"


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
        self._groups = {group.full_path.lower(): group for group in world.groups.values()}
        self._projects = {project.full_path.lower(): project for project in world.gitlab_projects.values()}

    def group(self, name: str) -> Group | None:
        """Return a group by its id or full path, in any case."""
        return self.world.groups.get(int(name)) if name.isdecimal() else self._groups.get(name.lower())

    def project(self, name: str) -> Project | None:
        """Return a project by its id or full path, in any case."""
        return self.world.gitlab_projects.get(int(name)) if name.isdecimal() else self._projects.get(name.lower())
