"""The listeners of the scale sets as targets: pods in the controller's namespace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flywheel_tui.simulator.prometheus.series.arc_listener import FAMILIES, ListenerProcess
from flywheel_tui.simulator.prometheus.series.family import Window
from flywheel_tui.simulator.prometheus.series.scrapes import Scrapes
from flywheel_tui.simulator.prometheus.series.series import Series
from flywheel_tui.simulator.prometheus.series.target import FOREVER, Target
from flywheel_tui.simulator.world.incident import Trouble
from flywheel_tui.simulator.world.listeners import listener_of
from flywheel_tui.simulator.world.model_cluster import EphemeralRunner, Listener, ScaleSet
from flywheel_tui.simulator.world.vocabulary import ARC_SYSTEM
from flywheel_tui.simulator.world.world import World

JOB = "arc-listener"
PORT = 8080
_Known = tuple[ScaleSet, Listener | None, tuple[EphemeralRunner, ...], ListenerProcess]


class ArcListeners:
    """Exposes the listener of every scale set; its pod has the same name after each restart.

    Args:
        world: The world.
        scrapes: When pages are read.
    """

    def __init__(self, world: World, scrapes: Scrapes) -> None:
        self.families = FAMILIES
        self._world = world
        self._scrapes = scrapes
        self._known: dict[str, _Known] = {}
        self._by_instance: dict[str, ListenerProcess] = {}

    def refresh(self) -> None:
        """Take note of scale sets and listeners that changed."""
        world, fresh = self._world, {}
        leftovers: dict[str, list[EphemeralRunner]] = {}
        for runner in world.ephemeral_runners:
            if runner.lane is None:
                leftovers.setdefault(f"arc/{runner.meta.namespace}/{runner.scale_set}", []).append(runner)
        for scale_set in world.scale_sets:
            listener = listener_of(world, scale_set)
            left = tuple(leftovers.get(scale_set.key, ()))
            known = self._known.get(scale_set.key)
            if known is None or known[1] is not listener or known[2] != left or not _alike(known[0], scale_set):
                known = scale_set, listener, left, self._process(scale_set, listener, left)
            fresh[scale_set.key] = known
        self._known = fresh
        self._by_instance = {process.target.key[1]: process for _, _, _, process in fresh.values()}

    def targets(self) -> Iterable[Target]:
        """Return the page of each listener."""
        return [process.target for _, _, _, process in self._known.values()]

    def series(self, name: str, window: Window) -> Iterator[Series]:
        """Yield the series of a name."""
        for _, _, _, process in self._known.values():
            if process.target.begin <= window.until and process.target.end > window.after:
                yield from process.series(name)

    def page(self, target: Target, name: str, at: int) -> Iterable[Series]:
        """Return the series of a name on a page."""
        del at
        process = self._by_instance.get(target.key[1])
        return () if process is None else process.series(name)

    def _process(
        self, scale_set: ScaleSet, listener: Listener | None, leftovers: tuple[EphemeralRunner, ...]
    ) -> ListenerProcess:
        world = self._world
        first = max(world.birth, scale_set.meta.created_at)
        starts: tuple[float, ...] = (first,)
        end = FOREVER
        if listener is None or listener.pod is None:
            hit = world.trouble(scale_set.key, Trouble.LISTENER_DOWN)
            end = round((hit.since if hit is not None else world.time) * 1000)
        if listener is not None and listener.started_at > first:
            starts = (first, listener.started_at)
        pod = self._pod(scale_set, listener)
        labels = {"job": JOB, "instance": f"{pod}:{PORT}", "namespace": ARC_SYSTEM, "pod": pod}
        target = Target(labels, round(first * 1000), end)
        return ListenerProcess(world, scale_set, target, starts, list(leftovers), self._scrapes)

    def _pod(self, scale_set: ScaleSet, listener: Listener | None) -> str:
        """Return the name of the pod, which is the name of the AutoscalingListener."""
        if listener is not None:
            return listener.meta.name
        known = self._known.get(scale_set.key)
        return known[3].target.labels["pod"] if known is not None else f"{scale_set.meta.name}-listener"


def _alike(before: ScaleSet, after: ScaleSet) -> bool:
    """Return whether what the listener shows of the scale set is unchanged: its counts are not read from there."""
    return before is after or (
        before.meta.uid == after.meta.uid
        and before.min_runners == after.min_runners
        and before.max_runners == after.max_runners
    )
