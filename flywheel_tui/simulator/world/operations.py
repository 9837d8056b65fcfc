"""What operators keep in the cluster beside the runners: quotas and CronJobs."""

from __future__ import annotations

from math import ceil

import msgspec

from flywheel_tui.simulator.world import vocabulary as words
from flywheel_tui.simulator.world.incident import Trouble
from flywheel_tui.simulator.world.model_cluster import CronJob, Meta, ResourceQuota
from flywheel_tui.simulator.world.tape import DAY
from flywheel_tui.simulator.world.world import World

_REFRESH = 30.0  # seconds between two looks of the quota controller
_JOBS = (
    (words.RUNNERS_NAMESPACE, "runner-cleanup", "*/5 * * * *", 300, ("/bin/sh", "/scripts/cleanup.sh")),
    (words.ARC_NAMESPACE, "runner-cleanup", "*/5 * * * *", 300, ("/bin/sh", "/scripts/cleanup.sh")),
    (words.ARC_NAMESPACE, "warm-pool-scale-up", "0 7 * * 1-5", 86_400, ("/bin/sh", "/scripts/warm.sh", "up")),
    (words.ARC_NAMESPACE, "warm-pool-scale-down", "0 19 * * 1-5", 86_400, ("/bin/sh", "/scripts/warm.sh", "down")),
)


def populate_operations(world: World) -> None:
    """Add the CronJobs and the quota of each namespace of runners, and keep both moving."""
    for namespace, name, schedule, every, command in _JOBS:
        last = world.epoch - world.epoch % every
        job = CronJob(
            meta=Meta(
                name=name,
                namespace=namespace,
                uid=world.chance.uuid("cronjob", namespace, name),
                created_at=world.birth - 30 * DAY,
                labels={"app.kubernetes.io/managed-by": "terraform", "app.kubernetes.io/name": name},
            ),
            schedule=schedule,
            every_seconds=every,
            image="docker.io/bitnami/kubectl:1.34",
            command=command,
            last_schedule_at=last,
            last_success_at=last + 14,
        )
        world.cron_jobs.put(job)
        world.every(_CronStep(world, namespace, name).step, last + every)
    for namespace in (words.RUNNERS_NAMESPACE, words.ARC_NAMESPACE):
        meta = Meta("runner-quota", namespace, world.chance.uuid("quota", namespace), world.birth - 30 * DAY)
        world.quotas.put(ResourceQuota(meta, {}, {}))
        step = QuotaStep(world, namespace)
        world.quota_steps[namespace] = world.every(step.step, world.epoch)


class _CronStep:
    def __init__(self, world: World, namespace: str, name: str) -> None:
        self.world, self.namespace, self.name = world, namespace, name

    def step(self, now: float) -> float:
        job = self.world.cron_jobs.get(self.namespace, self.name)
        if job is None or job.suspended:
            return now + 300
        last = now - now % job.every_seconds
        self.world.cron_jobs.put(msgspec.structs.replace(job, last_schedule_at=last, last_success_at=last + 14))
        return last + job.every_seconds


class QuotaStep:
    """Counts what the pods of a namespace use of its quota."""

    def __init__(self, world: World, namespace: str) -> None:
        self.world, self.namespace = world, namespace

    def step(self, now: float) -> float:
        """Publish the present use; the first call also sets limits with room to spare."""
        quota = self.world.quotas.get(self.namespace, "runner-quota")
        if quota is None:
            return now + _REFRESH
        used = {"pods": 0.0, "limits.cpu": 0.0, "limits.memory": 0.0, "requests.cpu": 0.0, "requests.memory": 0.0}
        for pod in self.world.pods:
            if pod.meta.namespace != self.namespace or pod.phase in ("Succeeded", "Failed"):
                continue
            used["pods"] += 1
            for container in pod.containers:
                used["requests.cpu"] += container.cpu_request or 0
                used["limits.cpu"] += container.cpu_limit or 0
                used["requests.memory"] += container.memory_request or 0
                used["limits.memory"] += container.memory_limit or 0
        used = {name: round(value, 3) for name, value in used.items()}
        if self.world.trouble(self.namespace, Trouble.QUOTA_BOUND) is not None:
            # A bound quota admits nothing above its limits, which it meets here from the first look on.
            limits = quota.hard or used
            used = {name: min(value, limits[name]) for name, value in used.items()}
            self.world.quotas.put(msgspec.structs.replace(quota, used=used, hard=limits))
            return now + _REFRESH
        hard = quota.hard or {
            name: float(max(50 if name == "pods" else 16 if "cpu" in name else 32 * words.GIB, 10 * ceil(value * 0.2)))
            for name, value in used.items()
        }
        if (used, hard) != (quota.used, quota.hard):
            self.world.quotas.put(msgspec.structs.replace(quota, used=used, hard=hard))
        return now + _REFRESH
