"""Which runners an organization, a repository or a group has: GitHub's own and those that ARC has registered."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from flywheel_tui.simulator.world import World
from flywheel_tui.simulator.world.model_cluster import EphemeralRunner
from flywheel_tui.simulator.world.model_forge import GitHubRunner
from flywheel_tui.simulator.world.views import jobs_running


class Entry(msgspec.Struct, frozen=True):
    """A registered runner.

    Attributes:
        runner: As it was when it was listed.
        ephemeral: The custom resource behind it, None for one that is not ARC's.
    """

    runner: GitHubRunner
    ephemeral: EphemeralRunner | None = None


class Roster:
    """Answers which runners a place has, in the order of their ids.

    Args:
        world: The world.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._plain: list[GitHubRunner] = []
        self._revisions = (-1, -1)
        self._by_place: dict[str, list[Entry]] = {}

    def of(self, place: str) -> list[Entry]:
        """Return the runners of a place: an organization, or ``owner/name`` of a repository."""
        plain = list(self._world.github_runners.values())
        revisions = (self._world.ephemeral_runners.changed_at, self._world.scale_sets.changed_at)
        # The records are immutable: equal lists of the same objects mean that nothing has changed, and are told fast.
        if revisions != self._revisions or plain != self._plain:
            self._plain, self._revisions = plain, revisions
            self._by_place = {}
            for entry in sorted(self._entries(), key=lambda entry: entry.runner.id):
                self._by_place.setdefault(entry.runner.repository or entry.runner.org, []).append(entry)
        return self._by_place.get(place, [])

    def find(self, place: str, ident: int) -> Entry | None:
        """Return one runner of a place, or None."""
        return next((entry for entry in self.of(place) if entry.runner.id == ident), None)

    def present(self, entry: Entry, at: float) -> tuple[GitHubRunner, bool]:
        """Return the runner as it is at the present, and whether it is busy."""
        if entry.ephemeral is None:
            return entry.runner, jobs_running(self._world, f"github/{entry.runner.id}", at) > 0
        # A pod may have come up or gone since the list was made.
        return self._world.registered(entry.ephemeral) or entry.runner, bool(entry.ephemeral.job_id)

    def _entries(self) -> Iterator[Entry]:
        for runner in self._plain:
            yield Entry(runner)
        for ephemeral in self._world.ephemeral_runners:
            registered = self._world.registered(ephemeral)
            if registered is not None:
                yield Entry(registered, ephemeral)
