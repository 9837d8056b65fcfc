"""The simulated GitHub: what all its handlers share."""

from __future__ import annotations

import msgspec

from flywheel_tui.simulator.github.limits import HourlyLimit, MinuteLimit
from flywheel_tui.simulator.github.roster import Roster
from flywheel_tui.simulator.github.run_book import RunBook
from flywheel_tui.simulator.world import World
from flywheel_tui.simulator.world.model_forge import Project


class Token(msgspec.Struct, frozen=True):
    """The one token that is accepted.

    Attributes:
        text: The token itself; empty accepts everybody.
        scopes: Scopes of a classic token; None for a fine-grained one, which has permissions instead.
        permissions: Permissions of a fine-grained token, such as ``organization_self_hosted_runners=read``.
    """

    text: str
    scopes: frozenset[str] | None = frozenset({"admin:org", "repo"})
    permissions: frozenset[str] = frozenset()


class Site:
    """One GitHub.

    Args:
        world: What it reports on.
        token: What it accepts.
        hourly: Requests an hour that the token has.
        points: Points a minute that an address has.
    """

    def __init__(self, world: World, token: Token, *, hourly: int, points: int) -> None:
        self.world = world
        self.token = token
        self.hourly = HourlyLimit(hourly)
        self.minute = MinuteLimit(points)
        self.roster = Roster(world)
        self.runs = RunBook(world)
        self._orgs = {org.lower(): org for org in world.orgs}
        self._repositories = {repository.full_path.lower(): repository for repository in world.repositories.values()}

    def org(self, name: str) -> str | None:
        """Return an organization by its name in any case."""
        return self._orgs.get(name.lower())

    def repository(self, owner: str, name: str) -> Project | None:
        """Return a repository by its names in any case."""
        return self._repositories.get(f"{owner}/{name}".lower())
