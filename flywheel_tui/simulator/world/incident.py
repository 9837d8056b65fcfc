"""What goes wrong in a world: known causes, so that alerts and job outcomes follow from them."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Trouble(StrEnum):
    """The sorts of incident."""

    MANAGER_CRASH_LOOP = "manager-crash-loop"
    MANAGER_OUT_OF_MEMORY = "manager-out-of-memory"
    JOB_OUT_OF_MEMORY = "job-out-of-memory"
    LISTENER_DOWN = "listener-down"
    EPHEMERAL_RUNNERS_FAILED = "ephemeral-runners-failed"
    EPHEMERAL_RUNNERS_CHURN = "ephemeral-runners-churn"
    PODS_UNSCHEDULABLE = "pods-unschedulable"
    IMAGE_PULL = "image-pull"
    QUOTA_BOUND = "quota-bound"
    PAUSED = "paused"


class Incident(msgspec.Struct, frozen=True):
    """One thing that is wrong.

    Attributes:
        trouble: What sort.
        runner: Key of the runner that it hits (`gitlab/12`, `arc/ns/name`), or a namespace for a quota.
        since: When it began.
        detail: Names the object concerned (a pod, an image), or is empty.
    """

    trouble: Trouble
    runner: str
    since: float
    detail: str = ""
