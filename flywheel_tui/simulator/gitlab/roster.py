"""The runners in the orders and selections that GitLab lists them in."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import lru_cache
from math import inf

import msgspec

from flywheel_tui.simulator.gitlab.liveness import Liveness, filter_matches
from flywheel_tui.simulator.gitlab.releases import runner_upgrade_status
from flywheel_tui.simulator.world import World
from flywheel_tui.simulator.world.model_forge import GitLabRunner, RunnerType
from flywheel_tui.simulator.world.views import runner_contacted_at

KEPT = 64
"""How many selections are remembered."""
REFRESH = 5.0
"""For how many seconds of the world's time: contacts move on without any change of a runner."""


class Membership(StrEnum):
    """Which runners a group's list holds."""

    DIRECT = "DIRECT"
    DESCENDANTS = "DESCENDANTS"
    ALL_AVAILABLE = "ALL_AVAILABLE"


class Order(StrEnum):
    """The orders of GraphQL's lists."""

    CREATED_ASC = "CREATED_ASC"
    CREATED_DESC = "CREATED_DESC"
    CONTACTED_ASC = "CONTACTED_ASC"
    CONTACTED_DESC = "CONTACTED_DESC"
    TOKEN_EXPIRES_AT_ASC = "TOKEN_EXPIRES_AT_ASC"  # noqa: S105 - an order, no password
    TOKEN_EXPIRES_AT_DESC = "TOKEN_EXPIRES_AT_DESC"  # noqa: S105 - an order, no password


class Selection(msgspec.Struct, frozen=True):
    """What to list. Every condition that is not None narrows it.

    Attributes:
        group: Full path of a group, with `membership`.
        project: Id of a project: its own runners, those of the groups above it and the instance's.
        owned: Leave out what only administrators manage: the instance's runners.
        tags: All of them must be there.
        search: The whole token or a part of the description, any case.
    """

    group: str | None = None
    membership: Membership = Membership.DESCENDANTS
    project: int | None = None
    owned: bool = False
    type: RunnerType | None = None
    paused: bool | None = None
    status: Liveness | None = None
    tags: tuple[str, ...] = ()
    search: str | None = None
    version_prefix: str | None = None
    upgrade_status: str | None = None
    creator: int | None = None
    creator_name: str | None = None


Key = tuple[float, int]


class Ranked(msgspec.Struct, frozen=True):
    """Runners in an order, with the sort key of each: ascending, so that a position is found by halving."""

    keys: list[Key]
    rows: list[GitLabRunner]

    def after(self, key: Key) -> int:
        """Return the position behind a key, whether a runner still stands at it or not."""
        return bisect_right(self.keys, key)

    def before(self, key: Key) -> int:
        """Return the position of the first runner that does not come before a key."""
        return bisect_left(self.keys, key)


class Roster:
    """Answers which runners a list holds, and remembers the answer until a runner changes.

    Args:
        world: The world.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._rows: list[GitLabRunner] = []
        self._at = -inf
        self._select: Callable[[Selection, Order, float], Ranked] = self._ranked

    def ranked(self, selection: Selection, order: Order, at: float) -> Ranked:
        """Return the runners of a selection in an order, as the database has them at the time."""
        rows = list(self._world.gitlab_runners.values())
        # The records are immutable: equal lists of the same objects mean that nothing has changed, and are told fast.
        if rows != self._rows or at - self._at >= REFRESH:
            self._rows, self._at = rows, at
            self._select = lru_cache(maxsize=KEPT)(self._ranked)
        return self._select(selection, order, self._at)

    def newest_first(self, selection: Selection, at: float) -> Sequence[GitLabRunner]:
        """Return the runners of a selection as the REST lists have them."""
        return self.ranked(selection, Order.CREATED_DESC, at).rows

    def _ranked(self, selection: Selection, order: Order, at: float) -> Ranked:
        keyed = sorted(
            ((self._key(row, order, at), row) for row in self._rows if self._matches(row, selection, at)),
            key=lambda pair: pair[0],
        )
        return Ranked([key for key, _ in keyed], [row for _, row in keyed])

    def _key(self, row: GitLabRunner, order: Order, at: float) -> Key:
        value: float | None = row.created_at
        if order in (Order.CONTACTED_ASC, Order.CONTACTED_DESC):
            value = runner_contacted_at(self._world, row, at, persisted=True)
        elif order in (Order.TOKEN_EXPIRES_AT_ASC, Order.TOKEN_EXPIRES_AT_DESC):
            value = row.token_expires_at
        # PostgreSQL takes null for the greatest value.
        value = inf if value is None else value
        return (value, row.id) if order.endswith("_ASC") else (-value, -row.id)

    def _matches(self, row: GitLabRunner, wanted: Selection, at: float) -> bool:
        if wanted.group is not None and not self._in_group(row, wanted.group, wanted.membership):
            return False
        if wanted.project is not None and not self._usable_by(row, wanted.project):
            return False
        if wanted.owned and row.type is RunnerType.INSTANCE:
            return False
        if wanted.type is not None and row.type is not wanted.type:
            return False
        if wanted.paused is not None and row.paused is not wanted.paused:
            return False
        if not set(wanted.tags) <= set(row.tags):
            return False
        if wanted.creator is not None and row.creator != wanted.creator:
            return False
        if wanted.creator_name is not None:
            user = self._world.users.get(row.creator) if row.creator is not None else None
            if user is None or user.username != wanted.creator_name:
                return False
        text = wanted.search
        if text and text != row.token and text.casefold() not in row.description.casefold():
            return False
        prefix = wanted.version_prefix
        if prefix is not None and not any(manager.version.startswith(prefix) for manager in row.managers):
            return False
        if wanted.upgrade_status is not None and runner_upgrade_status(row.managers) != wanted.upgrade_status:
            return False
        if wanted.status is None:
            return True
        persisted = runner_contacted_at(self._world, row, at, persisted=True)
        return filter_matches(wanted.status, created=row.created_at, persisted=persisted, at=at)

    def _in_group(self, row: GitLabRunner, path: str, membership: Membership) -> bool:
        if membership is Membership.ALL_AVAILABLE:
            return row.type is RunnerType.INSTANCE or (row.group is not None and f"{path}/".startswith(f"{row.group}/"))
        if membership is Membership.DIRECT:
            return row.group == path
        below = f"{path}/"
        if row.group is not None:
            return f"{row.group}/".startswith(below)
        projects = self._world.gitlab_projects
        return any(projects[each].full_path.startswith(below) for each in row.projects if each in projects)

    def _usable_by(self, row: GitLabRunner, project: int) -> bool:
        if row.type is RunnerType.PROJECT:
            return project in row.projects
        path = self._world.gitlab_projects[project].full_path
        return row.group is None or path.startswith(f"{row.group}/")
