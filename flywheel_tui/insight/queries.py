"""Names of the Prometheus catalogue's queries that the join reads."""

from __future__ import annotations

from typing import Final

POD_CPU_CORES: Final = "pod_cpu_cores"
POD_MEMORY_BYTES: Final = "pod_memory_bytes"

GITLAB_JOBS_RUNNING: Final = "gitlab_jobs_running"
GITLAB_JOB_LIMIT: Final = "gitlab_job_limit"
GITLAB_JOBS_COMPLETED_1H: Final = "gitlab_jobs_completed_1h"
GITLAB_JOBS_FAILED_1H: Final = "gitlab_jobs_failed_1h"
GITLAB_QUEUE_P95_S: Final = "gitlab_queue_p95_s"

ARC_ASSIGNED_JOBS: Final = "arc_assigned_jobs"
ARC_RUNNING_JOBS: Final = "arc_running_jobs"
ARC_REGISTERED_RUNNERS: Final = "arc_registered_runners"
ARC_BUSY_RUNNERS: Final = "arc_busy_runners"
ARC_JOBS_COMPLETED_1H: Final = "arc_jobs_completed_1h"

FLEET_FAILURE_RATE_1H: Final = "fleet_failure_rate_1h"
FLEET_QUEUE_P95_S: Final = "fleet_queue_p95_s"

OF_GITLAB: Final = (
    GITLAB_JOBS_RUNNING,
    GITLAB_JOB_LIMIT,
    GITLAB_JOBS_COMPLETED_1H,
    GITLAB_JOBS_FAILED_1H,
    GITLAB_QUEUE_P95_S,
)
"""Queries whose samples carry GitLab Runner's labels ``runner``, ``runner_name`` or ``system_id``."""

OF_SCALE_SETS: Final = (
    ARC_ASSIGNED_JOBS,
    ARC_RUNNING_JOBS,
    ARC_REGISTERED_RUNNERS,
    ARC_BUSY_RUNNERS,
    ARC_JOBS_COMPLETED_1H,
)
"""Queries whose samples carry an ARC listener's labels ``name`` and ``namespace``, or that of its pod."""
