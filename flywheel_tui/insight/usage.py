"""What a runner's pods use of CPU and memory, against their limits."""

from __future__ import annotations

from typing import Final

from flywheel_tui.domain.workload import Pod, PodRole
from flywheel_tui.insight.case import Case, PodUsage
from flywheel_tui.insight.cluster import ObjectName
from flywheel_tui.insight.samples import OwnedSamples, sum_of
from flywheel_tui.insight.scene import Scene

# A rate needs a few scrapes: until then a pod has no figure, and that is no gap in the measuring.
MEASURED_AFTER_S: Final = 300.0


class Usage:
    """CPU and memory of all pods of a context.

    Args:
        cpu: Samples of cores in use by pod; a query may tell them by container.
        memory: Samples of working sets in bytes by pod.
    """

    def __init__(self, cpu: OwnedSamples[ObjectName], memory: OwnedSamples[ObjectName]) -> None:
        self._cpu = cpu
        self._memory = memory

    def measure(self, case: Case) -> None:
        """Set the usage figures of a case from its running pods.

        A figure is None where a pod that should have a sample has none: a sum with a hole would look like idleness.
        """
        cpu, memory = _Sum(), _Sum()
        for pod in case.pods:
            role = pod.role
            if pod.phase != "Running" or role is PodRole.LISTENER:
                continue
            cpu_limit, memory_limit = pod_limits(pod)
            place = (pod.namespace, pod.name)
            cores = sum_of(self._cpu.of(place))
            size = sum_of(self._memory.of(place))
            excused = (cores is None or size is None) and self._too_young(case.scene, pod)
            cpu.add(pod, cores, cpu_limit, excused)
            memory.add(pod, size, memory_limit, excused)
            if role is PodRole.MANAGER and size is not None and memory_limit:
                case.highest_manager_memory = _higher(case.highest_manager_memory, pod, size, memory_limit)
        case.cpu_limit, case.memory_limit = cpu.limit, memory.limit
        case.cpu_cores, case.memory_bytes = cpu.used, memory.used
        case.highest_cpu, case.highest_memory = cpu.highest, memory.highest
        if cpu.used is not None or memory.used is not None:
            case.measured = True

    @staticmethod
    def _too_young(scene: Scene, pod: Pod) -> bool:
        return scene.older(pod.started_at or pod.created_at, MEASURED_AFTER_S) is False


class _Sum:
    """Adds up one resource over pods, and notices holes."""

    __slots__ = ("_hole", "_limit", "_used", "_without_limit", "highest")

    def __init__(self) -> None:
        self._used: float | None = None
        self._limit: float | None = None
        self._hole = False
        self._without_limit = False
        self.highest: PodUsage | None = None

    def add(self, pod: Pod, used: float | None, limit: float | None, excused: bool) -> None:
        """Add a pod; ``excused`` where a missing figure is no hole."""
        if limit is None:
            self._without_limit = True
        else:
            self._limit = limit if self._limit is None else self._limit + limit
        if used is None:
            self._hole = self._hole or not excused
            return
        self._used = used if self._used is None else self._used + used
        if limit:
            self.highest = _higher(self.highest, pod, used, limit)

    @property
    def used(self) -> float | None:
        """Return what all pods use, or None where a pod that should tell does not."""
        return None if self._hole else self._used

    @property
    def limit(self) -> float | None:
        """Return the sum of the limits, or None where a pod has none."""
        return None if self._without_limit else self._limit


def _higher(known: PodUsage | None, pod: Pod, used: float, limit: float) -> PodUsage:
    if known is not None and known.used * limit >= used * known.limit:
        return known
    return PodUsage(pod, used, limit)


def pod_limits(pod: Pod) -> tuple[float | None, float | None]:
    """Return the cores and the bytes that a pod's containers may use; None where none of them has a limit.

    A helper beside the container that works often has no limit; the limit of the latter is what is run into.
    """
    cpu: float | None = None
    memory: float | None = None
    for container in pod.containers:
        if container.init:
            continue
        if container.cpu_limit is not None:
            cpu = container.cpu_limit if cpu is None else cpu + container.cpu_limit
        if container.memory_limit is not None:
            memory = container.memory_limit if memory is None else memory + container.memory_limit
    return cpu, memory
