"""Jobs running, possible, waiting and failed. What no upstream tells stays None."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.metric import Sample
from flywheel_tui.domain.runner import ForgeRunner, RunnerState
from flywheel_tui.domain.scaleset import EphemeralRunner, ScaleSet
from flywheel_tui.insight import queries
from flywheel_tui.insight.case import Case
from flywheel_tui.insight.samples import Owned, largest, total

# GitLab Runner's words for failures that are the job's own; an operator cannot repair them.
USER_FAILURES: Final = frozenset({"script_failure", "job_canceled"})
# GitHub writes succeeded, failed, canceled, skipped, …; older listeners success.
_NOT_FAILED: Final = ("succe", "cancel", "skip")
_OVER: Final = frozenset({"Succeeded", "Failed", "Outdated"})


def count_github(case: Case, row: ForgeRunner) -> None:
    """Set the figures of a single GitHub runner: its process runs one job at a time."""
    case.state = row.state
    if row.busy is not None:
        case.busy = int(row.busy)
    case.capacity = 1


def count_gitlab(case: Case, row: ForgeRunner, owned: Owned) -> None:
    """Set the figures of a GitLab runner.

    Busy is GitLab's own count, else that of its managers' metrics. Capacity is known only through metrics: the sum of
    the managers' limits, where every manager that is online reports one above zero (zero means no limit). GitLab does
    not tell how many jobs wait for one runner alone.
    """
    case.state = row.state
    case.paused = row.paused
    _count_managers(case, row)
    running = total(owned.get(queries.GITLAB_JOBS_RUNNING, {}).get(case.key))
    if row.running_jobs is not None:
        case.busy = row.running_jobs
    elif row.busy is False:
        case.busy = 0
    elif running is not None:
        case.busy = round(running)
    case.capacity = _job_limit(owned.get(queries.GITLAB_JOB_LIMIT, {}).get(case.key), case.manager_ready)
    case.failure_rate = _gitlab_failure_rate(case, owned)
    case.measured = case.measured or any(case.key in samples for samples in owned.values())


def _count_managers(case: Case, row: ForgeRunner) -> None:
    if row.managers is None:
        case.manager_total = row.manager_count
        return
    case.manager_total = max(row.manager_count or 0, len(row.managers))
    if case.manager_total == len(row.managers):
        case.manager_ready = sum(manager.state is RunnerState.ONLINE for manager in row.managers)


def _job_limit(samples: Sequence[Sample] | None, online: int | None) -> int | None:
    if not samples:
        return None
    limit = 0.0
    reporting = set()
    for sample in samples:
        if sample.value is None or sample.value <= 0:
            return None
        limit += sample.value
        reporting.add(sample.label("system_id"))
    if None not in reporting and online is not None and len(reporting) < online:
        return None
    return round(limit)


def _gitlab_failure_rate(case: Case, owned: Owned) -> float | None:
    completed = total(owned.get(queries.GITLAB_JOBS_COMPLETED_1H, {}).get(case.key))
    if not completed:
        return None
    failures = owned.get(queries.GITLAB_JOBS_FAILED_1H, {}).get(case.key)
    if failures is None:
        # A failure counter does not exist before the first failure; in a reading without gaps its absence says zero.
        return 0.0 if case.scene.whole(SourceKind.PROMETHEUS) else None
    counted = [sample for sample in failures if sample.label("failure_reason") not in USER_FAILURES]
    failed = total(counted) if counted else 0.0
    return None if failed is None else min(1.0, failed / completed)


def count_arc(case: Case, scale_set: ScaleSet, owned: Owned) -> None:
    """Set the figures of a scale set.

    Busy counts ephemeral runners with a job. Queued is what GitHub assigned to the set and no runner runs yet, by the
    listener's metrics. ARC's job results tell cancelled jobs apart, but not a failed script from a failed runner: its
    failure rate holds both.
    """
    case.paused = scale_set.max_runners == 0
    case.capacity = scale_set.max_runners
    assigned = largest(owned.get(queries.ARC_ASSIGNED_JOBS, {}).get(case.key))
    running = largest(owned.get(queries.ARC_RUNNING_JOBS, {}).get(case.key))
    if _sees_all(case, scale_set):
        case.busy = sum(works(row) for row in case.ephemeral_runners)
    elif running is not None:
        case.busy = round(running)
    elif scale_set.current_runners == 0:
        case.busy = 0
    if assigned is not None and running is not None:
        case.queued = max(0, round(assigned - running))
    case.failure_rate = _arc_failure_rate(owned.get(queries.ARC_JOBS_COMPLETED_1H, {}).get(case.key))
    case.measured = case.measured or any(case.key in samples for samples in owned.values())


def _arc_failure_rate(samples: Sequence[Sample] | None) -> float | None:
    completed = total(samples)
    if not completed:
        return None
    failed = 0.0
    for sample in samples or ():
        result = sample.label("job_result")
        if result is None:
            return None  # A scrape configuration that drops the label leaves nothing to tell failures by.
        if not result.lower().startswith(_NOT_FAILED):
            failed += sample.value or 0.0
    return min(1.0, failed / completed)


def _sees_all(case: Case, scale_set: ScaleSet) -> bool:
    if case.scene.whole(SourceKind.KUBERNETES):
        return True
    seen, counted = len(case.ephemeral_runners), scale_set.current_runners
    return counted is not None and 0 < counted <= seen


def works(row: EphemeralRunner) -> bool:
    """Return whether an ephemeral runner has a job now; one that is over keeps the fields of its job until it goes."""
    if row.phase in _OVER:
        return False
    return row.job_id is not None or row.workflow_run_id is not None or row.job_name is not None
