"""The series of kube-state-metrics about Deployments, autoscalers and quotas.

The world keeps these objects as they are now. What they were is noted from the moment the exporter is there; before
that a Deployment or an autoscaler was as it was then, and of a quota nothing is known.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator

from flywheel_tui.simulator.prometheus.series.family import Family
from flywheel_tui.simulator.prometheus.series.scrapes import Scrapes
from flywheel_tui.simulator.prometheus.series.series import Series
from flywheel_tui.simulator.prometheus.series.target import Target
from flywheel_tui.simulator.world.model_cluster import (
    Deployment,
    HorizontalPodAutoscaler,
    Kind,
    Object,
    ResourceQuota,
)
from flywheel_tui.simulator.world.table import Change
from flywheel_tui.simulator.world.world import World

OBJECT_FAMILIES = (
    Family("kube_deployment_spec_replicas", "gauge", "Number of desired pods for a deployment."),
    Family("kube_deployment_status_replicas_ready", "gauge", "The number of ready replicas per deployment."),
    Family(
        "kube_horizontalpodautoscaler_spec_min_replicas", "gauge",
        "Lower limit for the number of pods that can be set by the autoscaler, default 1.",
    ),
    Family(
        "kube_horizontalpodautoscaler_spec_max_replicas", "gauge",
        "Upper limit for the number of pods that can be set by the autoscaler; cannot be smaller than MinReplicas.",
    ),
    Family(
        "kube_horizontalpodautoscaler_status_current_replicas", "gauge",
        "Current number of replicas of pods managed by this autoscaler.",
    ),
    Family(
        "kube_horizontalpodautoscaler_status_desired_replicas", "gauge",
        "Desired number of replicas of pods managed by this autoscaler.",
    ),
    Family("kube_resourcequota", "gauge", "Information about resource quota."),
)  # fmt: skip
_KEPT = (Kind.DEPLOYMENT, Kind.HORIZONTAL_POD_AUTOSCALER, Kind.RESOURCE_QUOTA)
_DEPLOYMENT: dict[str, Callable[[Deployment], int]] = {
    "kube_deployment_spec_replicas": lambda each: each.replicas,
    "kube_deployment_status_replicas_ready": lambda each: each.ready_replicas,
}
_AUTOSCALER: dict[str, Callable[[HorizontalPodAutoscaler], int]] = {
    "kube_horizontalpodautoscaler_spec_min_replicas": lambda each: each.min_replicas,
    "kube_horizontalpodautoscaler_spec_max_replicas": lambda each: each.max_replicas,
    "kube_horizontalpodautoscaler_status_current_replicas": lambda each: each.current_replicas,
    "kube_horizontalpodautoscaler_status_desired_replicas": lambda each: each.desired_replicas,
}
_LONGEST = 5_000  # changes that are kept of one object


class _Past:
    """What one object was: its states, oldest first, each with the time from which on it was so."""

    def __init__(self, begin: float, state: Object) -> None:
        self.times = [begin]
        self.states: list[Object | None] = [state]

    def note(self, at: float, state: Object | None) -> None:
        self.times.append(at)
        self.states.append(state)
        if len(self.times) > _LONGEST:
            del self.times[0], self.states[0]

    def at(self, at: float) -> Object | None:
        place = bisect_right(self.times, at)
        return self.states[place - 1] if place else None


class ObjectSeries:
    """Makes the series.

    Args:
        world: The world.
        scrapes: When the page is read.
        target: The page.
    """

    def __init__(self, world: World, scrapes: Scrapes, target: Target) -> None:
        self._world = world
        self._scrapes = scrapes
        self._target = target
        self._pasts: dict[tuple[Kind, str, str], _Past] = {}
        for table in (world.deployments, world.autoscalers):
            for each in table:
                self._pasts[table.kind, each.meta.namespace, each.meta.name] = _Past(each.meta.created_at, each)
        for quota in world.quotas:
            self._pasts[Kind.RESOURCE_QUOTA, quota.meta.namespace, quota.meta.name] = _Past(world.time, quota)
        world.history.subscribe(self._note)

    def _note(self, change: Change) -> None:
        if change.kind not in _KEPT:
            return
        state = None if change.verb == "DELETED" else change.object
        key = (change.kind, change.object.meta.namespace, change.object.meta.name)
        past = self._pasts.get(key)
        if past is None:
            self._pasts[key] = _Past(self._world.time, change.object)
        else:
            past.note(self._world.time, state)

    def series(self, name: str) -> Iterator[Series]:
        """Yield the series of a name."""
        for (kind, namespace, object_name), past in self._pasts.items():
            if kind is Kind.DEPLOYMENT and name in _DEPLOYMENT:
                own = {"namespace": namespace, "deployment": object_name}
                yield self._made(name, own, past, _deployment(_DEPLOYMENT[name]))
            elif kind is Kind.HORIZONTAL_POD_AUTOSCALER and name in _AUTOSCALER:
                own = {"namespace": namespace, "horizontalpodautoscaler": object_name}
                yield self._made(name, own, past, _autoscaler(_AUTOSCALER[name]))
            elif kind is Kind.RESOURCE_QUOTA and name == "kube_resourcequota":
                last = past.states[-1]
                if isinstance(last, ResourceQuota):
                    own = {"namespace": namespace, "resourcequota": object_name}
                    for resource in last.hard:
                        for sort in ("hard", "used"):
                            labels = {**own, "resource": resource, "type": sort}
                            yield self._made(name, labels, past, _quota(resource, sort))

    def _made(
        self, name: str, own: dict[str, str], past: _Past, read: Callable[[Object | None], float | None]
    ) -> Series:
        return Series(name, self._target.label(own), self._target, self._scrapes, lambda at: read(past.at(at)))


def _deployment(pick: Callable[[Deployment], int]) -> Callable[[Object | None], float | None]:
    return lambda state: float(pick(state)) if isinstance(state, Deployment) else None


def _autoscaler(pick: Callable[[HorizontalPodAutoscaler], int]) -> Callable[[Object | None], float | None]:
    return lambda state: float(pick(state)) if isinstance(state, HorizontalPodAutoscaler) else None


def _quota(resource: str, sort: str) -> Callable[[Object | None], float | None]:
    return lambda state: getattr(state, sort).get(resource) if isinstance(state, ResourceQuota) else None
