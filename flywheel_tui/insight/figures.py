"""Jobs running, possible, waiting and failed. What no upstream tells stays None."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.metric import Sample
from flywheel_tui.domain.runner import ForgeRunner, RunnerState
from flywheel_tui.domain.scaleset import EphemeralRunner, ScaleSet
from flywheel_tui.insight import queries
from flywheel_tui.insight.case import Case
from flywheel_tui.insight.samples import OwnedSamples, largest_of, sum_of

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


class GitLabFigures:
    """The figures of a context's GitLab runners.

    Args:
        samples: Samples by query, then by runner.
    """

    def __init__(self, samples: Mapping[str, OwnedSamples[str]]) -> None:
        self._running = samples[queries.GITLAB_JOBS_RUNNING]
        self._limits = samples[queries.GITLAB_JOB_LIMIT]
        self._completed = samples[queries.GITLAB_JOBS_COMPLETED_1H]
        self._failed = samples[queries.GITLAB_JOBS_FAILED_1H]

    def count(self, case: Case, row: ForgeRunner) -> None:
        """Set the figures of a GitLab runner.

        Busy is GitLab's own count, else that of its managers' metrics. Capacity is known only through metrics: the sum
        of the managers' limits, where every manager that is online reports one. GitLab does not tell how many jobs wait
        for one runner alone.
        """
        key = case.key
        case.state = row.state
        case.paused = row.paused
        _count_managers(case, row)
        running = sum_of(self._running.of(key))
        if row.running_jobs is not None:
            case.busy = row.running_jobs
        elif row.busy is False:
            case.busy = 0
        elif running is not None:
            case.busy = round(running)
        limits = self._limits.of(key)
        limit = sum_of(limits)
        if limit and len(limits) >= (case.manager_ready or 0):
            case.capacity = round(limit)
        finished = sum_of(self._completed.of(key))
        if finished:
            case.failure_rate = self._failure_rate(case, finished)
        case.measured = running is not None or limit is not None or finished is not None

    def _failure_rate(self, case: Case, finished: float) -> float | None:
        failures = self._failed.of(case.key)
        if failures:
            failed = sum_of(failures, counts=_is_runners_fault)
        else:
            # The counter does not exist before the first failure; in a reading without gaps that means zero.
            failed = 0.0 if case.scene.whole(SourceKind.PROMETHEUS) else None
        return None if failed is None else min(1.0, failed / finished)


def _is_runners_fault(sample: Sample) -> bool:
    return sample.label("failure_reason") not in USER_FAILURES


def _count_managers(case: Case, row: ForgeRunner) -> None:
    managers = row.managers
    if managers is None:
        case.manager_total = row.manager_count
        return
    known = len(managers)
    case.manager_total = max(row.manager_count or 0, known)
    if case.manager_total == known:
        case.manager_ready = sum([manager.state is RunnerState.ONLINE for manager in managers])


class ScaleSetFigures:
    """The figures of a context's scale sets.

    Args:
        samples: Samples by query, then by scale set.
    """

    def __init__(self, samples: Mapping[str, OwnedSamples[str]]) -> None:
        self._assigned = samples[queries.ARC_ASSIGNED_JOBS]
        self._running = samples[queries.ARC_RUNNING_JOBS]
        self._completed = samples[queries.ARC_JOBS_COMPLETED_1H]

    def count(self, case: Case, scale_set: ScaleSet) -> None:
        """Set the figures of a scale set.

        Busy counts ephemeral runners with a job. Queued is what GitHub assigned to the set and no runner runs yet, by
        the listener's metrics. ARC's job results tell cancelled jobs apart, but not a failed script from a failed
        runner: its failure rate holds both.
        """
        key = case.key
        case.paused = scale_set.max_runners == 0
        case.capacity = scale_set.max_runners
        assigned, running = largest_of(self._assigned.of(key)), largest_of(self._running.of(key))
        if _sees_all(case, scale_set):
            case.busy = sum([works(row) for row in case.ephemeral_runners])
        elif running is not None:
            case.busy = round(running)
        elif scale_set.current_runners == 0:
            case.busy = 0
        if assigned is not None and running is not None:
            case.queued = max(0, round(assigned - running))
        completed = self._completed.of(key)
        # A scrape configuration that drops the label leaves nothing to tell failures by.
        labelled = all(sample.label("job_result") is not None for sample in completed)
        finished = sum_of(completed) if labelled else None
        failed = sum_of(completed, counts=_is_failed)
        if finished and failed is not None:
            case.failure_rate = min(1.0, failed / finished)
        case.measured = assigned is not None or running is not None or finished is not None


def _is_failed(sample: Sample) -> bool:
    return not (sample.label("job_result") or "").lower().startswith(_NOT_FAILED)


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
