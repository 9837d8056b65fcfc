"""All series of the world: found by their labels for a query, and by their page for a scrape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from flywheel_tui.simulator.prometheus.evaluator import Matcher
from flywheel_tui.simulator.prometheus.evaluator.model import METRIC_NAME
from flywheel_tui.simulator.prometheus.series.alert_series import ALERTS, alert_series
from flywheel_tui.simulator.prometheus.series.arc_controller import ArcController
from flywheel_tui.simulator.prometheus.series.arc_listeners import ArcListeners
from flywheel_tui.simulator.prometheus.series.cadvisor import Cadvisor
from flywheel_tui.simulator.prometheus.series.family import Exporter, Family, Window
from flywheel_tui.simulator.prometheus.series.gitlab_managers import GitLabManagers
from flywheel_tui.simulator.prometheus.series.kube_state import KubeState
from flywheel_tui.simulator.prometheus.series.pod_lives import PodLives
from flywheel_tui.simulator.prometheus.series.scrapes import Scrapes, TargetKey
from flywheel_tui.simulator.prometheus.series.series import Series, Value
from flywheel_tui.simulator.prometheus.series.target import FOREVER, Target
from flywheel_tui.simulator.world.world import World

UP = Family("up", "gauge", "")
"""Written by Prometheus itself for each scrape: 1 when the target answered."""


class Collection:
    """The series of a world; a `Storage` for the evaluator. Call `refresh` after the world has moved.

    Args:
        world: The world.
        scrapes: When the targets are scraped.
    """

    def __init__(self, world: World, scrapes: Scrapes) -> None:
        self._world = world
        self._scrapes = scrapes
        self._lives = PodLives(world)
        self._exporters: tuple[Exporter, ...] = (
            GitLabManagers(world, scrapes),
            ArcListeners(world, scrapes),
            ArcController(world, scrapes),
            KubeState(world, scrapes, self._lives),
            Cadvisor(world, scrapes, self._lives),
        )
        self._by_name = {
            name: exporter for exporter in self._exporters for family in exporter.families for name in family.names
        }
        self._known_pages: dict[TargetKey, list[tuple[Exporter, Target]]] | None = None
        self._refreshed: tuple[float, int] | None = None

    @property
    def families(self) -> tuple[Family, ...]:
        """All metric families that pages expose."""
        return tuple(family for exporter in self._exporters for family in exporter.families)

    def refresh(self) -> None:
        """Take note of what has changed in the world since the last call."""
        state = (self._world.time, self._world.history.revision)
        if state != self._refreshed:
            self._refreshed = state
            self._lives.refresh()
            for exporter in self._exporters:
                exporter.refresh()
            self._known_pages = None

    @property
    def _pages(self) -> dict[TargetKey, list[tuple[Exporter, Target]]]:
        if self._known_pages is None:
            self._known_pages = {}
            for exporter in self._exporters:
                for target in exporter.targets():
                    self._known_pages.setdefault(target.key, []).append((exporter, target))
        return self._known_pages

    def targets(self, at: int) -> list[Target]:
        """Return the targets that are discovered at a time in milliseconds, by job and instance."""
        found = (target for pages in self._pages.values() for _, target in pages if target.there(at))
        return sorted(found, key=lambda target: target.key)

    def families_of(self, target: Target) -> tuple[Family, ...]:
        """Return the families that a target's page may have."""
        return next((exporter.families for exporter, _ in self._pages.get(target.key, ())), ())

    def find_target(self, key: TargetKey, at: int) -> Target | None:
        """Return the target with a job and instance, or None when it is not discovered."""
        return next((target for _, target in self._pages.get(key, ()) if target.there(at)), None)

    def on_page(self, target: Target, at: int) -> Iterator[Series]:
        """Yield the series on a target's page at a time; more than those that exist may be yielded."""
        for exporter, _ in self._pages.get(target.key, ())[:1]:
            for family in exporter.families:
                for name in family.names:
                    yield from exporter.page(target, name, at)

    def everything(self, at: int) -> Iterator[Series]:
        """Yield the series of all pages at a time; more than those that exist may be yielded."""
        for name, exporter in self._by_name.items():
            yield from exporter.series(name, Window(at - 1, at))

    def select(self, matchers: Sequence[Matcher], after: int, until: int, *, newest: bool = False) -> Iterator[Series]:
        """Yield the series that match and may have samples in the window."""
        if newest:
            after = self._scrapes.newest(after, until)
        naming = [matcher.matches for matcher in matchers if matcher.name == METRIC_NAME]
        others = [(matcher.name, matcher.matches) for matcher in matchers if matcher.name != METRIC_NAME]
        only = {matcher.name: values for matcher in matchers if (values := matcher.values()) and "" not in values}
        window = Window(after, until, only)
        for name in (*self._by_name, UP.name, ALERTS.name):
            if all(matches(name) for matches in naming):
                for series in self._named(name, window):
                    if not series.lives(after, until):
                        continue
                    labels = series.labels
                    for label, matches in others:
                        if not matches(labels.get(label, "")):
                            break
                    else:
                        yield series

    def _named(self, name: str, window: Window) -> Iterable[Series]:
        if name == UP.name:
            return self._ups()
        if name == ALERTS.name:
            return alert_series(self._world, self._scrapes)
        return self._by_name[name].series(name, window)

    def _ups(self) -> Iterator[Series]:
        for exporter in self._exporters:
            for target in exporter.targets():
                always = msgspec.structs.replace(target, down_since=FOREVER)
                value = _up(target)
                yield Series(UP.name, target.labels, always, self._scrapes, value, begin=target.begin, end=target.end)


def _up(target: Target) -> Value:
    return lambda at: float(target.up(round(at * 1000)))
