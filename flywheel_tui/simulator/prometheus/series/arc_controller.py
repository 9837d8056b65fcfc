"""What the ARC controller exposes: one page for all scale sets.

Names and labels: ARC `controllers/actions.github.com/metrics`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from flywheel_tui.simulator.prometheus.series.family import Family, Window
from flywheel_tui.simulator.prometheus.series.runner_lives import RunnerCounts, count_runners
from flywheel_tui.simulator.prometheus.series.scrapes import Scrapes
from flywheel_tui.simulator.prometheus.series.series import Remembered, Series
from flywheel_tui.simulator.prometheus.series.target import Target
from flywheel_tui.simulator.world.incident import Trouble
from flywheel_tui.simulator.world.listeners import listener_of
from flywheel_tui.simulator.world.model_cluster import EphemeralRunner, Listener, Pod, PodRole, ScaleSet
from flywheel_tui.simulator.world.world import World

JOB = "arc-controller"
PORT = 8080

FAMILIES = (
    Family("gha_controller_pending_ephemeral_runners", "gauge", "Number of ephemeral runners in a pending state."),
    Family("gha_controller_running_ephemeral_runners", "gauge", "Number of ephemeral runners in a running state."),
    Family("gha_controller_failed_ephemeral_runners", "gauge", "Number of ephemeral runners in a failed state."),
    Family("gha_controller_running_listeners", "gauge", "Number of listeners in a running state."),
)
_COUNTS: dict[str, Callable[[RunnerCounts], int]] = {
    "gha_controller_pending_ephemeral_runners": lambda counts: counts.pending,
    "gha_controller_running_ephemeral_runners": lambda counts: counts.idle + counts.busy,
    "gha_controller_failed_ephemeral_runners": lambda counts: counts.failed,
}


class ArcController:
    """Exposes the controller's view of the scale sets.

    Args:
        world: The world.
        scrapes: When its page is read.
    """

    def __init__(self, world: World, scrapes: Scrapes) -> None:
        self.families = FAMILIES
        self._world = world
        self._scrapes = scrapes
        self._target: Target | None = None
        self._pod: Pod | None = None
        self._revision = -1
        self._made: dict[str, tuple[Series, ...]] = {}

    def refresh(self) -> None:
        """Take note of whatever changed in the cluster."""
        world = self._world
        pod = next((each for each in world.pods if each.role is PodRole.ARC_CONTROLLER), None)
        if pod is not None and pod is not self._pod:
            labels = {"job": JOB, "namespace": pod.meta.namespace, "pod": pod.meta.name}
            labels["instance"] = f"{pod.meta.name}:{PORT}"
            self._target = Target(labels, round(max(world.birth, pod.meta.created_at) * 1000))
            self._revision = -1
        self._pod = pod or self._pod
        revision = max(
            world.scale_sets.changed_at,
            world.listeners.changed_at,
            world.ephemeral_runners.changed_at,
            len(world.lanes),
        )
        if revision != self._revision:
            self._made = {}
            self._revision = revision

    def targets(self) -> Iterable[Target]:
        """Return its page, none in a world without scale sets."""
        return () if self._target is None else (self._target,)

    def series(self, name: str, window: Window) -> Iterable[Series]:
        """Return the series of a name."""
        del window
        found = self._made.get(name)
        if found is None and self._target is not None:
            found = self._made[name] = tuple(self._make(name, self._target))
        return found or ()

    def page(self, target: Target, name: str, at: int) -> Iterable[Series]:
        """Return the series of a name."""
        del target
        return self.series(name, Window(at - 1, at))

    def _make(self, name: str, target: Target) -> Iterator[Series]:
        world = self._world
        if name == "gha_controller_running_listeners":
            for scale_set in world.scale_sets:
                listener = listener_of(world, scale_set)
                if listener is not None:
                    yield self._listener(name, target, scale_set, listener)
            return
        leftovers: dict[str, list[EphemeralRunner]] = {}
        for runner in world.ephemeral_runners:
            if runner.lane is None:
                leftovers.setdefault(f"arc/{runner.meta.namespace}/{runner.scale_set}", []).append(runner)
        read = _COUNTS[name]
        for scale_set in world.scale_sets:
            counts = Remembered(self._counter(scale_set, leftovers.get(scale_set.key, [])))
            own = {**_place(scale_set), "name": scale_set.meta.name, "namespace": scale_set.meta.namespace}
            begin = round(scale_set.meta.created_at * 1000)
            yield Series(
                name, target.label(own), target, self._scrapes, partial(_read, read, counts),
                begin=begin,
            )  # fmt: skip

    def _counter(self, scale_set: ScaleSet, leftovers: list[EphemeralRunner]) -> Callable[[float], RunnerCounts]:
        lanes = list(self._world.lanes_of.get(scale_set.key, ()))
        return lambda at: count_runners(self._world, scale_set, lanes, leftovers, at)

    def _listener(self, name: str, target: Target, scale_set: ScaleSet, listener: Listener) -> Series:
        hit = self._world.trouble(scale_set.key, Trouble.LISTENER_DOWN)
        down_since = None if listener.pod is not None else hit.since if hit is not None else self._world.time
        own = {**_place(scale_set), "name": listener.meta.name, "namespace": listener.meta.namespace}
        return Series(
            name, target.label(own), target, self._scrapes,
            lambda at: float(down_since is None or at < down_since),
            begin=round(scale_set.meta.created_at * 1000),
        )  # fmt: skip


def _place(scale_set: ScaleSet) -> dict[str, str]:
    return {"organization": scale_set.org, "repository": (scale_set.repository or "").partition("/")[2]}


def _read(pick: Callable[[RunnerCounts], int], counts: Callable[[float], RunnerCounts], at: float) -> float:
    return float(pick(counts(at)))
