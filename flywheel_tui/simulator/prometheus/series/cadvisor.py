"""What the kubelets' cAdvisor exposes: the containers, and beside each pod's its pause container and the pod's sum.

The sum of a pod has no `container` label and the pause container has `container="POD"`: adding up without leaving both
out counts everything twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from flywheel_tui.simulator.prometheus.series.family import Family, Window
from flywheel_tui.simulator.prometheus.series.pod_lives import ContainerRun, PodLife, PodLives
from flywheel_tui.simulator.prometheus.series.scrapes import Scrapes
from flywheel_tui.simulator.prometheus.series.series import Series
from flywheel_tui.simulator.prometheus.series.target import Target
from flywheel_tui.simulator.world.world import World

JOB = "kubelet"
PORT = 10250
_PATH = "/metrics/cadvisor"
_PAUSE = "registry.k8s.io/pause:3.10"
_PAUSE_CORES, _PAUSE_BYTES = 0.00002, 585_728.0

CPU = "container_cpu_usage_seconds_total"
MEMORY = "container_memory_working_set_bytes"
FAMILIES = (
    Family(CPU, "counter", "Cumulative cpu time consumed in seconds."),
    Family(MEMORY, "gauge", "Current working set in bytes."),
    Family("container_memory_rss", "gauge", "Size of RSS in bytes."),
    Family("container_start_time_seconds", "gauge", "Start time of the container since unix epoch in seconds."),
)
_RSS_SHARE = 0.86  # of the working set


class Cadvisor:
    """Exposes the containers, on one page a node.

    Args:
        world: The world.
        scrapes: When pages are read.
        lives: The pods.
    """

    def __init__(self, world: World, scrapes: Scrapes, lives: PodLives) -> None:
        self.families = FAMILIES
        self._world = world
        self._scrapes = scrapes
        self._lives = lives
        self._targets: dict[str, Target] = {}
        self._made: dict[PodLife, dict[str, tuple[Series, ...]]] = {}

    def refresh(self) -> None:
        """Take note of the nodes, and forget what is long gone."""
        if len(self._made) > 100_000:
            self._made.clear()
        for node in self._world.nodes:
            if node not in self._targets:
                labels = {"job": JOB, "instance": f"{node}:{PORT}", "node": node, "metrics_path": _PATH}
                self._targets[node] = Target(labels, round(self._world.birth * 1000))

    def targets(self) -> Iterable[Target]:
        """Return the page of each node."""
        return list(self._targets.values())

    def series(self, name: str, window: Window) -> Iterator[Series]:
        """Yield the series of a name."""
        for life in self._lives.between(window):
            if life.runs and window.wants("pod", life.pod.meta.name):
                yield from self._of_pod(life, name)

    def page(self, target: Target, name: str, at: int) -> Iterator[Series]:
        """Yield the series of a name on the page of a node."""
        node = target.labels["node"]
        for life in self._lives.between(Window(at - 1, at)):
            if life.pod.node == node and life.runs:
                yield from self._of_pod(life, name)

    def _of_pod(self, life: PodLife, name: str) -> tuple[Series, ...]:
        made = self._made.setdefault(life, {})
        found = made.get(name)
        if found is None:
            target = self._targets.get(life.pod.node or "")
            found = made[name] = () if target is None else tuple(self._make(life, target, name))
        return found

    def _make(self, life: PodLife, target: Target, name: str) -> Iterator[Series]:
        meta = life.pod.meta
        pod = {"namespace": meta.namespace, "pod": meta.name}
        slice_id = f"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{meta.uid.replace('-', '_')}.slice"
        if name == CPU:
            pod["cpu"] = "total"
        for run in (run for run in life.runs if run.end > run.begin):
            container = run.container
            bits = f"{self._world.chance.bits('container-id', meta.uid, container.name, run.number):016x}" * 4
            own = {**pod, "container": container.name, "id": f"{slice_id}/cri-containerd-{bits}.scope", "name": bits}
            own["image"] = container.image
            yield self._series(name, own, target, run.begin, run.end, _reading(name, run))
        pause_id = f"{self._world.chance.bits('container-id', meta.uid):016x}" * 4
        own = {**pod, "container": "POD", "id": f"{slice_id}/cri-containerd-{pause_id}.scope", "name": pause_id}
        own["image"] = _PAUSE
        begin, end = life.running_since, life.end
        if life.pod.phase in ("Succeeded", "Failed"):
            end = max(run.end for run in life.runs)
        yield self._series(name, own, target, begin, end, _pause_reading(name, begin))
        yield self._series(name, {**pod, "id": slice_id}, target, begin, end, _sum_reading(name, life))

    def _series(
        self, name: str, own: dict[str, str], target: Target, begin: float, end: float, value: Callable[[float], float]
    ) -> Series:
        return Series(
            name, target.label(own), target, self._scrapes, value,
            begin=round(begin * 1000), end=round(min(end, 2**40) * 1000), counter=name == CPU,
        )  # fmt: skip


def _reading(name: str, run: ContainerRun) -> Callable[[float], float]:
    usage, begin = run.container.usage, run.begin
    if name == CPU:
        return lambda at: usage.cpu_seconds(begin, min(at, run.end))
    if name == MEMORY:
        return lambda at: float(round(usage.memory_bytes(begin, at)))
    if name == "container_memory_rss":
        return lambda at: float(round(_RSS_SHARE * usage.memory_bytes(begin, at)))
    return lambda _: float(int(begin))


def _pause_reading(name: str, begin: float) -> Callable[[float], float]:
    if name == CPU:
        return lambda at: 0.02 + _PAUSE_CORES * (at - begin)
    if name == "container_start_time_seconds":
        return lambda _: float(int(begin))
    return lambda _: _PAUSE_BYTES


def _sum_reading(name: str, life: PodLife) -> Callable[[float], float]:
    readings = [(run, _reading(name, run)) for run in life.runs]
    pause = _pause_reading(name, life.running_since)
    if name == "container_start_time_seconds":
        return pause
    if name == CPU:  # what ended runs have used stays in the pod's sum
        return lambda at: pause(at) + sum(read(at) for run, read in readings if run.begin <= at)
    return lambda at: pause(at) + sum(read(at) for run, read in readings if run.begin <= at < run.end)
