"""What kube-state-metrics exposes of the pods, and of the objects around them.

Names and labels: kube-state-metrics docs, "Pod metrics", "Deployment metrics", "HorizontalPodAutoscaler metrics" and
"ResourceQuota metrics".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from flywheel_tui.simulator.prometheus.series.family import Family, Window
from flywheel_tui.simulator.prometheus.series.kube_state_objects import OBJECT_FAMILIES, ObjectSeries
from flywheel_tui.simulator.prometheus.series.pod_lives import ContainerRun, PodLife, PodLives
from flywheel_tui.simulator.prometheus.series.scrapes import Scrapes
from flywheel_tui.simulator.prometheus.series.series import Series, Value
from flywheel_tui.simulator.prometheus.series.target import Target
from flywheel_tui.simulator.world.model_cluster import Container
from flywheel_tui.simulator.world.world import World

JOB = "kube-state-metrics"
_PHASES = ("Pending", "Succeeded", "Failed", "Unknown", "Running")

_POD_FAMILIES = (
    Family("kube_pod_info", "gauge", "Information about pod."),
    Family("kube_pod_owner", "gauge", "Information about the Pod's owner."),
    Family("kube_pod_created", "gauge", "Unix creation timestamp"),
    Family("kube_pod_status_phase", "gauge", "The pods current phase."),
    Family("kube_pod_container_resource_requests", "gauge", "The number of requested request resource by a container."),
    Family("kube_pod_container_resource_limits", "gauge", "The number of requested limit resource by a container."),
    Family("kube_pod_container_status_restarts_total", "counter", "The number of container restarts per container."),
    Family(
        "kube_pod_container_status_waiting_reason", "gauge",
        "Describes the reason the container is currently in waiting state.",
    ),
    Family(
        "kube_pod_container_status_last_terminated_reason", "gauge",
        "Describes the last reason the container was in terminated state.",
    ),
    Family(
        "kube_pod_container_status_running", "gauge",
        "Describes whether the container is currently in running state.",
    ),
)  # fmt: skip
FAMILIES = (*_POD_FAMILIES, *OBJECT_FAMILIES)
_OF_OBJECTS = frozenset(family.name for family in OBJECT_FAMILIES)
_Made = tuple[dict[str, str], Value]
"""Labels and value of one series of a pod."""


class KubeState:
    """Exposes the objects of the cluster, on one page.

    Args:
        world: The world.
        scrapes: When the page is read.
        lives: The pods.
    """

    def __init__(self, world: World, scrapes: Scrapes, lives: PodLives) -> None:
        self.families = FAMILIES
        self._world = world
        self._scrapes = scrapes
        self._lives = lives
        self._target = Target({"job": JOB, "instance": f"{JOB}:8080"}, round(world.birth * 1000))
        self._objects = ObjectSeries(world, scrapes, self._target)
        self._made: dict[PodLife, dict[str, tuple[Series, ...]]] = {}

    def refresh(self) -> None:
        """Take note of what has changed, and forget what is long gone."""
        if len(self._made) > 100_000:
            self._made.clear()

    def targets(self) -> Iterable[Target]:
        """Return its page."""
        return (self._target,)

    def series(self, name: str, window: Window) -> Iterator[Series]:
        """Yield the series of a name."""
        if name in _OF_OBJECTS:
            yield from self._objects.series(name)
            return
        for life in self._lives.between(window):
            if window.wants("pod", life.pod.meta.name):
                yield from self._of_pod(life, name)

    def page(self, target: Target, name: str, at: int) -> Iterator[Series]:
        """Yield the series of a name."""
        del target
        return self.series(name, Window(at - 1, at))

    def _of_pod(self, life: PodLife, name: str) -> tuple[Series, ...]:
        made = self._made.setdefault(life, {})
        found = made.get(name)
        if found is None:
            meta = life.pod.meta
            pod = {"namespace": meta.namespace, "pod": meta.name, "uid": meta.uid}
            begin, end = round(life.begin * 1000), round(min(life.end, 2**40) * 1000)
            counter = name.endswith("_total")
            found = made[name] = tuple(
                Series(
                    name, self._target.label({**pod, **own}), self._target, self._scrapes, value,
                    begin=begin, end=end, counter=counter,
                )
                for own, value in _READERS[name](life)
            )  # fmt: skip
        return found


def _always(value: float) -> Value:
    return lambda _: value


def _info(life: PodLife) -> Iterator[_Made]:
    pod = life.pod
    owner = pod.meta.owner
    own = {
        "host_ip": pod.node or "",
        "node": pod.node or "",
        "created_by_kind": owner[1] if owner else "<none>",
        "created_by_name": owner[2] if owner else "<none>",
        "priority_class": "",
        "host_network": "false",
    }
    # The address comes with the first run, and with it the series gets other labels.
    yield own, partial(_until, life.running_since)
    yield {**own, "pod_ip": pod.ip or ""}, partial(_since, life.running_since)


def _owner(life: PodLife) -> Iterator[_Made]:
    owner = life.pod.meta.owner
    kind, name, controls = (owner[1], owner[2], "true") if owner else ("<none>", "<none>", "<none>")
    yield {"owner_kind": kind, "owner_name": name, "owner_is_controller": controls}, _always(1.0)


def _created(life: PodLife) -> Iterator[_Made]:
    yield {}, _always(float(int(life.begin)))


def _phases(life: PodLife) -> Iterator[_Made]:
    for phase in _PHASES:
        yield {"phase": phase}, partial(_in_phase, life, phase)


def _in_phase(life: PodLife, phase: str, at: float) -> float:
    present = life.pod.phase
    # A pod of the past ended with its deletion; of one that is there the present phase is known.
    finished = present in ("Succeeded", "Failed") and all(run.end <= at for run in life.runs)
    stuck = present == "Pending" and bool(life.pod.statuses)
    was = "Pending" if at < life.running_since else present if finished or stuck else "Running"
    return float(was == phase)


def _resources(pick: Callable[[Container], tuple[float | None, int | None]]) -> Callable[[PodLife], Iterator[_Made]]:
    def read(life: PodLife) -> Iterator[_Made]:
        for container in life.pod.containers:
            own = {"container": container.name, "node": life.pod.node or ""}
            cores, memory = pick(container)
            if cores is not None:
                yield {**own, "resource": "cpu", "unit": "core"}, _always(float(cores))
            if memory is not None:
                yield {**own, "resource": "memory", "unit": "byte"}, _always(float(memory))

    return read


def _restarts(life: PodLife) -> Iterator[_Made]:
    for status in life.pod.statuses:
        starts = [(run.begin, run.number) for run in life.runs if run.container.name == status.name]
        # Where only the last two runs are known, the earlier restarts count from the beginning.
        last = status.last.finished_at if status.last is not None else 0.0
        steps = starts if len(starts) > 2 else [(0.0, max(0, status.restarts - 1)), (last, status.restarts)]
        known_since = life.begin if status.waiting is not None else life.running_since
        yield {"container": status.name}, partial(_step, known_since, steps)


def _step(since: float, steps: list[tuple[float, int]], at: float) -> float | None:
    if at < since:
        return None
    return float(max((number for begin, number in steps if begin <= at), default=0))


def _waiting(life: PodLife) -> Iterator[_Made]:
    for status in life.pod.statuses:
        if status.waiting is not None:
            since = min((run.end for run in life.runs if run.container.name == status.name), default=life.begin)
            yield {"container": status.name, "reason": status.waiting}, partial(_since, since)


def _last_terminated(life: PodLife) -> Iterator[_Made]:
    for status in life.pod.statuses:
        if status.last is not None:
            since = min((run.end for run in life.runs if run.container.name == status.name), default=life.begin)
            since = min(since, status.last.finished_at)
            yield {"container": status.name, "reason": status.last.reason}, partial(_since, since)


def _until(end: float, at: float) -> float | None:
    return 1.0 if at < end else None


def _since(begin: float, at: float) -> float | None:
    return 1.0 if at >= begin else None


def _running(life: PodLife) -> Iterator[_Made]:
    for container in life.pod.containers:
        runs = [run for run in life.runs if run.container.name == container.name]
        yield {"container": container.name}, partial(_runs_at, runs)


def _runs_at(runs: list[ContainerRun], at: float) -> float:
    return float(any(run.begin <= at < run.end for run in runs))


_READERS: dict[str, Callable[[PodLife], Iterator[_Made]]] = {
    "kube_pod_info": _info,
    "kube_pod_owner": _owner,
    "kube_pod_created": _created,
    "kube_pod_status_phase": _phases,
    "kube_pod_container_resource_requests": _resources(lambda each: (each.cpu_request, each.memory_request)),
    "kube_pod_container_resource_limits": _resources(lambda each: (each.cpu_limit, each.memory_limit)),
    "kube_pod_container_status_restarts_total": _restarts,
    "kube_pod_container_status_waiting_reason": _waiting,
    "kube_pod_container_status_last_terminated_reason": _last_terminated,
    "kube_pod_container_status_running": _running,
}
