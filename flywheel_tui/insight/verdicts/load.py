"""Rules on how full a runner is: saturation, quotas, CPU and memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.verdict import Severity, Verdict
from flywheel_tui.domain.workload import Quota, QuotaLine
from flywheel_tui.insight.case import Case, PodUsage
from flywheel_tui.insight.verdicts.evidence import cluster_fact, counted, fact, first_facts
from flywheel_tui.insight.verdicts.pods import exceeds_quota, quota_fact


def saturated(case: Case) -> Verdict | None:
    """All slots are in use and jobs wait: a warning.

    Fires from a busy share of ``stale.saturation`` on. No verdict without a known queue, a known number of jobs and a
    known bound, nor for a paused runner.
    """
    if not case.queued or not case.capacity or case.busy is None or case.paused:
        return None
    if case.busy < case.scene.policy.saturation * case.capacity:
        return None
    key = "maxRunners" if case.scale_set is not None else "the job limit"
    return Verdict(
        rule="saturated",
        severity=Severity.WARNING,
        summary=f"{case.busy}/{case.capacity} busy, {case.queued} waiting",
        evidence=(
            fact(case, case.lister, f"{counted(case.busy, 'job')} running of {case.capacity} possible"),
            fact(case, SourceKind.PROMETHEUS, f"{counted(case.queued, 'job')} waiting"),
        ),
        next_step=f"Raise {key} with a merge request, if quota and nodes have room; else send jobs elsewhere.",
    )


def quota_bound(case: Case) -> Verdict | None:
    """A quota of the runner's namespace is nearly used up: info; a warning where it is full or holds something back.

    Fires from a used share of ``stale.quota_warning`` on, and whenever a warning says "exceeded quota". A quota of
    zero forbids a resource and bounds nothing.
    """
    if not case.quotas and not case.events:
        return None
    near = near_limits(case.quotas, case.scene.policy.quota_warning)
    refused = [event for event in case.events if exceeds_quota(event)]
    if not near and not refused:
        return None
    waits = bool(refused) or bool(case.queued) or any(pod.phase == "Pending" for pod in case.pods)
    full = bool(near) and near[0].share >= 1.0
    summary = f"quota {near[0].line.resource} {near[0].share:.0%} used" if near else "quota exceeded"
    return Verdict(
        rule="quota_bound",
        severity=Severity.WARNING if full or waits else Severity.INFO,
        summary=summary,
        evidence=(
            *first_facts(case, near, lambda each: cluster_fact(case, _line(each.quota, each.line))),
            *(quota_fact(case, event) for event in refused[:1]),
        ),
        next_step="Raise the namespace's quota with a merge request, or lower what a job asks for.",
    )


class Filling(NamedTuple):
    """A line of a quota and the used share of it."""

    share: float
    quota: Quota
    line: QuotaLine


def near_limits(quotas: Sequence[Quota], share: float) -> list[Filling]:
    """Return the lines that are used up to a share at least, the fullest first."""
    near = [
        Filling(line.used / line.hard, quota, line)
        for quota in quotas
        for line in quota.lines
        if line.used is not None and line.hard > 0 and line.used >= share * line.hard
    ]
    near.sort(key=lambda each: (-each.share, each.quota.key, each.line.resource))
    return near


def _line(quota: Quota, line: QuotaLine) -> str:
    return f"{quota.namespace}/{quota.name}: {line.resource} {_amount(line, line.used)} of {_amount(line, line.hard)}"


def _amount(line: QuotaLine, value: float | None) -> str:
    if value is None:
        return "–"
    if "memory" in line.resource or "storage" in line.resource:
        return f"{value / 2**30:.1f} GiB"
    return f"{value:g}"


def high_cpu(case: Case) -> Verdict | None:
    """A pod uses much of its CPU limit: info from ``stale.usage_warning`` on, a warning from ``stale.usage_critical``.

    CPU at its limit slows jobs and breaks none, so it is never critical.
    """
    highest = case.highest_cpu
    policy = case.scene.policy
    if highest is None or highest.used < policy.usage_warning * highest.limit:
        return None
    severe = highest.used >= policy.usage_critical * highest.limit
    return _usage(
        case,
        "high_cpu",
        Severity.WARNING if severe else Severity.INFO,
        "CPU",
        highest,
        f"{highest.used:.2f} of {highest.limit:g} cores",
        "Raise the CPU limit with a merge request if jobs take too long.",
    )


def high_memory(case: Case) -> Verdict | None:
    """A pod is near its memory limit, where it is killed.

    The pod of a job: info from ``stale.usage_warning`` on, a warning from ``stale.usage_critical`` on. A manager, whose
    end takes all its jobs along: a warning, then critical.
    """
    policy = case.scene.policy
    if case.highest_memory is None:
        return None
    verdicts = []
    for highest, mild, severe in (
        (case.highest_manager_memory, Severity.WARNING, Severity.CRITICAL),
        (case.highest_memory, Severity.INFO, Severity.WARNING),
    ):
        if highest is None or highest.used < policy.usage_warning * highest.limit:
            continue
        verdicts.append(
            _usage(
                case,
                "high_memory",
                severe if highest.used >= policy.usage_critical * highest.limit else mild,
                "memory",
                highest,
                f"{highest.used / 2**20:.0f} of {highest.limit / 2**20:.0f} MiB",
                "Raise the memory limit with a merge request before it is killed.",
            )
        )
    return max(verdicts, key=lambda verdict: verdict.severity.rank, default=None)


def _usage(
    case: Case, rule: str, severity: Severity, what: str, highest: PodUsage, figures: str, next_step: str
) -> Verdict:
    return Verdict(
        rule=rule,
        severity=severity,
        summary=f"{what} at {highest.share:.0%} of the limit",
        evidence=(fact(case, SourceKind.PROMETHEUS, f"{highest.pod.name} uses {figures}"),),
        next_step=next_step,
    )
