"""What a runner's pods use of CPU and memory, against their limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from flywheel_tui.domain.workload import Pod, PodRole
from flywheel_tui.insight.case import Case, PodUsage
from flywheel_tui.insight.samples import PodName
from flywheel_tui.insight.scene import Scene

# A rate needs a few scrapes: until then a pod has no figure, and that is no gap in the measuring.
MEASURED_AFTER_S: Final = 300.0


class Usage:
    """CPU and memory of all pods of a context.

    Args:
        scene: The context.
        cpu: Cores in use by pod.
        memory: Working set in bytes by pod.
    """

    def __init__(self, scene: Scene, cpu: Mapping[PodName, float], memory: Mapping[PodName, float]) -> None:
        self._scene = scene
        self._cpu = cpu
        self._memory = memory

    def measure(self, case: Case) -> None:
        """Set the usage figures of a case from its running pods.

        A figure is None where a pod that should have a sample has none: a sum with a hole would look like idleness.
        """
        working = [pod for pod in case.pods if pod.phase == "Running" and pod.role is not PodRole.LISTENER]
        if not working:
            return
        cpu_limits = [cpu_limit(pod) for pod in working]
        memory_limits = [memory_limit(pod) for pod in working]
        case.cpu_limit = _sum(cpu_limits)
        case.memory_limit = _sum(memory_limits)
        if self._cpu:
            case.cpu_cores, case.highest_cpu = self._used(working, cpu_limits, self._cpu)
        if self._memory:
            case.memory_bytes, case.highest_memory = self._used(working, memory_limits, self._memory)
            case.highest_manager_memory = self._highest_manager(working, memory_limits)
        if case.cpu_cores is not None or case.memory_bytes is not None:
            case.measured = True

    def _used(
        self, pods: Sequence[Pod], limits: Sequence[float | None], samples: Mapping[PodName, float]
    ) -> tuple[float | None, PodUsage | None]:
        total: float | None = None
        highest: PodUsage | None = None
        hole = False
        for pod, limit in zip(pods, limits, strict=True):
            used = samples.get((pod.namespace, pod.name))
            if used is None:
                hole = hole or not self._too_young(pod)
                continue
            total = used if total is None else total + used
            if limit and (highest is None or used * highest.limit > highest.used * limit):
                highest = PodUsage(pod, used, limit)
        return (None if hole else total), highest

    def _highest_manager(self, pods: Sequence[Pod], limits: Sequence[float | None]) -> PodUsage | None:
        highest: PodUsage | None = None
        for pod, limit in zip(pods, limits, strict=True):
            if pod.role is PodRole.MANAGER and limit:
                used = self._memory.get((pod.namespace, pod.name))
                if used is not None and (highest is None or used * highest.limit > highest.used * limit):
                    highest = PodUsage(pod, used, limit)
        return highest

    def _too_young(self, pod: Pod) -> bool:
        age = self._scene.age(pod.started_at or pod.created_at)
        return age is not None and age < MEASURED_AFTER_S


def cpu_limit(pod: Pod) -> float | None:
    """Return the cores that a pod's containers may use, or None where none of them has a limit."""
    return _sum_of_known([each.cpu_limit for each in pod.containers if not each.init])


def memory_limit(pod: Pod) -> float | None:
    """Return the bytes that a pod's containers may use, or None where none of them has a limit.

    A helper beside the container that works often has no limit; the limit of the latter is what is run into.
    """
    return _sum_of_known([each.memory_limit for each in pod.containers if not each.init])


def _sum_of_known(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _sum(values: Sequence[float | None]) -> float | None:
    total = 0.0
    for value in values:
        if value is None:
            return None
        total += value
    return total
