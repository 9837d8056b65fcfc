"""Which scopes a row belongs to: those that it names itself, and those of the runner that it leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from flywheel_tui.config.settings import ContextSettings
from flywheel_tui.domain.fleet import Fleet, Runner
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.runner import Forge
from flywheel_tui.tui.finding.scope import Scope
from flywheel_tui.tui.widgets.grid.column import GridView

_INDEXED: Final = frozenset({"pods", "scalesets", "alerts"})
"""Kinds whose runners are looked up for all rows at once: asking the view for each row would look at all runners."""


class Belonging:
    """The names that rows of a view belong to, in lower case.

    Args:
        view: What the rows are.
        of_runner: Names that a runner belongs to.
        fleet: Returns the fleet that the rows are of.
    """

    def __init__(
        self, view: GridView[Any], of_runner: Callable[[Runner], tuple[str, ...]], fleet: Callable[[], Fleet]
    ) -> None:
        self._view = view
        self._of_runner = of_runner
        self._fleet = fleet
        self._owners: tuple[Fleet, Mapping[str, str]] | None = None
        self._runners: dict[str, tuple[Runner, frozenset[str]]] = {}
        self._sets: dict[tuple[str, ...], frozenset[str]] = {}

    def names(self, row: Row) -> frozenset[str]:
        """Return all names of a row."""
        own = self._lowered(self._view.scopes(row))
        runner = self._runner_of(row)
        return own if runner is None else own | self._names_of(runner)

    def within(self, scope: Scope) -> Callable[[Row], bool]:
        """Return what tells whether a row is in a scope."""
        return lambda row: scope.holds(self.names(row))

    def _lowered(self, names: tuple[str, ...]) -> frozenset[str]:
        """Return names in lower case; thousands of rows share a few sets of names."""
        known = self._sets.get(names)
        if known is None:
            known = self._sets[names] = frozenset(name.lower() for name in names)
        return known

    def _runner_of(self, row: Row) -> Runner | None:
        fleet = self._fleet()
        if isinstance(row, Runner):
            return None  # It has named everything itself.
        indexed = self._view.kind.name in _INDEXED
        key = self._owner_keys(fleet).get(row.key) if indexed else self._view.opens(row, fleet)
        return None if key is None else fleet.runners.get(key)

    def _owner_keys(self, fleet: Fleet) -> Mapping[str, str]:
        """Return each thing's runner by key."""
        if self._owners is None or self._owners[0] is not fleet:
            owners = dict(fleet.runner_of_pod)
            for key, runner in fleet.runners.items():
                if runner.scale_set is not None:
                    owners[runner.scale_set] = key
                for alert in runner.alerts:
                    owners[alert] = key
            self._owners = fleet, owners
        return self._owners[1]

    def _names_of(self, runner: Runner) -> frozenset[str]:
        known = self._runners.get(runner.key)
        if known is None or known[0] is not runner:
            known = runner, self._lowered(self._of_runner(runner))
            self._runners[runner.key] = known
        return known[1]


def configured_names(contexts: Iterable[ContextSettings]) -> frozenset[str]:
    """Return the names that the configuration mentions: a scope of that name makes sense before any row is known."""
    names = {forge.value for forge in Forge}
    for context in contexts:
        names.add(context.name)
        if context.gitlab is not None:
            names.update(context.gitlab.groups)
        if context.github is not None:
            names.update((*context.github.orgs, *context.github.repos))
        if context.kubernetes is not None:
            names.update(context.kubernetes.namespaces)
    return frozenset(names)
