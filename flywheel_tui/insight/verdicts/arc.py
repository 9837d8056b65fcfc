"""Rules on ARC scale sets: listener, outdated runners, churn, failed ephemeral runners."""

from __future__ import annotations

from typing import Final

from flywheel_tui.domain.scaleset import EphemeralRunner
from flywheel_tui.domain.verdict import Evidence, Severity, Verdict
from flywheel_tui.insight.case import Case, ListenerHealth
from flywheel_tui.insight.listener import OUTDATED
from flywheel_tui.insight.verdicts.evidence import cluster_fact, counted, first_facts, kubectl

# The first failure may be a node that went away; ARC itself gives up at six (maxFailures 5).
CHURN_FAILURES: Final = 2
# So many new runners that each failed once already are no accident either.
CHURN_YOUNG: Final = 3


def listener_missing(case: Case) -> Verdict | None:
    """Nobody fetches jobs for the scale set: critical; a warning while it starts or is paused.

    No verdict where listeners or their pods could not be listed, nor for an outdated scale set, whose listener the
    controller removes on purpose.
    """
    scale_set, health = case.scale_set, case.listener_health
    if scale_set is None or health is ListenerHealth.READY or health is ListenerHealth.UNKNOWN:
        return None
    if scale_set.phase == OUTDATED:
        return None
    name = f"{scale_set.namespace}/{scale_set.name}"
    listener, pod = case.listener, case.listener_pod
    if health is ListenerHealth.NOT_READY and pod is not None:
        summary = "listener pod not ready"
        told = [text for text in (pod.phase, pod.reason, pod.message) if text]
        evidence = cluster_fact(case, f"{pod.name} is not ready: {': '.join(told)}", pod.created_at)
        next_step = f"Read why: {kubectl(pod, 'logs')}; deleting the pod makes a new one."
    elif health is ListenerHealth.NO_POD and listener is not None:
        summary = "listener has no pod"
        # Since when is not told by anything: the listener's own age is that of the scale set.
        evidence = cluster_fact(case, f"AutoscalingListener {listener.name} has no pod")
        next_step = f"Read the ARC controller's log in {listener.namespace}: it makes the pod."
    else:
        summary = "no listener"
        evidence = cluster_fact(case, f"no AutoscalingListener names {name}; phase {scale_set.phase or 'unknown'}")
        next_step = "Read the ARC controller's log: a wrong GitHub secret, runner group or URL keeps it from starting."
    return Verdict(
        rule="listener_missing",
        severity=Severity.WARNING if case.starting or case.paused else Severity.CRITICAL,
        summary=f"{summary}: no jobs are fetched",
        evidence=(evidence,),
        next_step=next_step,
    )


def outdated(case: Case) -> Verdict | None:
    """GitHub refuses the runner's version: critical, the scale set stands still until its template changes."""
    scale_set = case.scale_set
    if scale_set is None:
        return None
    refused = [row for row in case.ephemeral_runners if row.phase == OUTDATED]
    if scale_set.phase != OUTDATED and not refused:
        return None
    image = f", image {scale_set.image}" if scale_set.image else ""
    return Verdict(
        rule="outdated",
        severity=Severity.CRITICAL,
        summary="runner version refused by GitHub",
        evidence=(
            cluster_fact(case, f"scale set in phase {scale_set.phase or 'unknown'}{image}"),
            *first_facts(case, refused, lambda row: cluster_fact(case, f"{row.name} is Outdated", row.created_at)),
        ),
        next_step="Raise the runner image to a current version with a merge request.",
    )


def arc_churn(case: Case) -> Verdict | None:
    """Runner pods fail to start again and again: a warning; critical where no ephemeral runner gets to run.

    From ARC 0.12 on such a runner is deleted and made anew after its sixth failed pod, so the crash loop shows as young
    runners with failures and never as a phase.
    """
    failing = [row for row in case.ephemeral_runners if row.failures and row.phase not in {"Failed", "Succeeded"}]
    if not failing:
        return None
    repeated = any(row.failures >= CHURN_FAILURES for row in failing)
    if not repeated and sum(case.scene.young(row.created_at) for row in failing) < CHURN_YOUNG:
        return None
    failing.sort(key=lambda row: (-row.failures, row.key))
    works = any(row.phase == "Running" and not row.failures for row in case.ephemeral_runners)
    return Verdict(
        rule="arc_churn",
        severity=Severity.WARNING if works else Severity.CRITICAL,
        summary=f"{counted(len(failing), 'runner')} failing to start",
        evidence=first_facts(case, failing, lambda row: _failing(case, row)),
        next_step="Read the newest runner pod's events and log; check image, init containers and container mode.",
    )


def _failing(case: Case, row: EphemeralRunner) -> Evidence:
    told = [text for text in (row.reason, row.message) if text]
    why = f": {': '.join(told)}" if told else ""
    return cluster_fact(case, f"{row.name}: {counted(row.failures, 'failed pod')}{why}", row.last_failure_at)


def failed_ephemeral_runners(case: Case) -> Verdict | None:
    """Ephemeral runners in phase Failed stay and count against maxRunners: a warning; critical where they fill it.

    Where ephemeral runners cannot be listed, the scale set's own counter tells.
    """
    scale_set = case.scale_set
    if scale_set is None:
        return None
    failed = [row for row in case.ephemeral_runners if row.phase == "Failed"]
    count = len(failed) if case.ephemeral_runners else scale_set.failed_runners or 0
    if not count:
        return None
    maximum = scale_set.max_runners
    slots = counted(count, "slot") if maximum is None else f"{count} of {maximum} slots"
    evidence = first_facts(case, failed, lambda row: _failed(case, row)) or (
        cluster_fact(case, f"the scale set counts {counted(count, 'failed ephemeral runner')}"),
    )
    return Verdict(
        rule="failed_ephemeral_runners",
        severity=Severity.CRITICAL if maximum and count >= maximum else Severity.WARNING,
        summary=f"{slots} held by failed runners",
        evidence=evidence,
        next_step=(
            "Repair the cause, then free the slots: "
            f"kubectl -n {scale_set.namespace} delete ephemeralrunner {failed[0].name if failed else '…'}"
        ),
    )


def _failed(case: Case, row: EphemeralRunner) -> Evidence:
    told = [text for text in (row.reason, row.message) if text]
    return cluster_fact(case, f"{row.name}: {': '.join(told) or 'Failed'}", row.last_failure_at or row.created_at)
