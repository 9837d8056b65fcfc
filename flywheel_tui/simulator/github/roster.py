"""Which runners an organization, a repository or a group has: GitHub's own and those that ARC has registered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
        self._revision = -1
        self._plain_by_place: dict[str, list[Entry]] = {}
        self._registered: dict[tuple[str, str], Entry] = {}
        self._registered_by_place: dict[str, list[Entry]] = {}
        self._ordered: dict[str, list[Entry]] = {}

    def of(self, place: str) -> list[Entry]:
        """Return the runners of a place: an organization, or ``owner/name`` of a repository."""
        plain, revision = list(self._world.github_runners.values()), self._world.ephemeral_runners.changed_at
        # The records are immutable: equal lists of the same objects mean that nothing has changed, and are told fast.
        if plain != self._plain:
            self._plain, self._ordered = plain, {}
            self._plain_by_place = _by_place(map(Entry, plain))
        if revision != self._revision:
            self._revision, self._ordered = revision, {}
            self._registered = dict(self._registrations())
            self._registered_by_place = _by_place(self._registered.values())
        if place not in self._ordered:
            both = [*self._plain_by_place.get(place, ()), *self._registered_by_place.get(place, ())]
            self._ordered[place] = sorted(both, key=lambda entry: entry.runner.id)
        return self._ordered[place]

    def find(self, place: str, ident: int) -> Entry | None:
        """Return one runner of a place, or None."""
        return next((entry for entry in self.of(place) if entry.runner.id == ident), None)

    def present(self, entry: Entry, at: float) -> tuple[GitHubRunner, bool]:
        """Return the runner as it is at the present, and whether it is busy."""
        if entry.ephemeral is None:
            return entry.runner, jobs_running(self._world, f"github/{entry.runner.id}", at) > 0
        # A pod may have come up or gone since the list was made.
        return self._world.registered(entry.ephemeral) or entry.runner, bool(entry.ephemeral.job_id)

    def _registrations(self) -> Iterator[tuple[tuple[str, str], Entry]]:
        """Yield ARC's registered runners; each is looked at anew only when its resource has changed."""
        for ephemeral in self._world.ephemeral_runners:
            key = (ephemeral.meta.namespace, ephemeral.meta.name)
            known = self._registered.get(key)
            if known is not None and known.ephemeral is ephemeral:
                yield key, known
                continue
            runner = self._world.registered(ephemeral)
            if runner is not None:
                yield key, Entry(runner, ephemeral)


def _by_place(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.runner.repository or entry.runner.org, []).append(entry)
    return found
