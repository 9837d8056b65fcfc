"""Names of the Prometheus catalogue's queries that the join reads."""

from __future__ import annotations

from typing import Final

POD_CPU_CORES: Final = "pod_cpu_cores"
POD_MEMORY_BYTES: Final = "pod_memory_bytes"

GITLAB_JOBS_RUNNING: Final = "gitlab_jobs_running"
GITLAB_JOB_LIMIT: Final = "gitlab_job_limit"
GITLAB_JOBS_COMPLETED_1H: Final = "gitlab_jobs_completed_1h"
GITLAB_JOBS_FAILED_1H: Final = "gitlab_jobs_failed_1h"

ARC_ASSIGNED_JOBS: Final = "arc_assigned_jobs"
ARC_RUNNING_JOBS: Final = "arc_running_jobs"
ARC_JOBS_COMPLETED_1H: Final = "arc_jobs_completed_1h"

FLEET_FAILURE_RATE_1H: Final = "fleet_failure_rate_1h"
FLEET_QUEUE_P95_S: Final = "fleet_queue_p95_s"
