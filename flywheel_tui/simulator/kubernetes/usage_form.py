"""What metrics-server says: the present use of pods, of the same world as everything else."""

from __future__ import annotations

from flywheel_tui.simulator.kubernetes.forms import Json, stamp
from flywheel_tui.simulator.world.model_cluster import Pod

API_VERSION = "metrics.k8s.io/v1beta1"
_SCRAPE = 15.0  # seconds between two looks of metrics-server


def pod_metrics(pod: Pod, now: float) -> Json | None:
    """Return the PodMetrics of a pod, None while none of its containers has been running long enough to be measured."""
    at = now - now % _SCRAPE
    states = {status.name: status for status in pod.statuses}
    containers = []
    for container in pod.containers:
        since = states[container.name].running_since if container.name in states else None
        if since is None or since > at - _SCRAPE:
            continue
        containers.append(
            {
                "name": container.name,
                "usage": {
                    "cpu": f"{round(container.usage.cpu_cores(at) * 1e9)}n",
                    "memory": f"{round(container.usage.memory_bytes(since, at) / 1024)}Ki",
                },
            }
        )
    if not containers:
        return None
    return {
        "metadata": {
            "name": pod.meta.name,
            "namespace": pod.meta.namespace,
            "creationTimestamp": stamp(now),
            "labels": pod.meta.labels,
        },
        "timestamp": stamp(at),
        "window": "15.21s",
        "containers": containers,
    }
