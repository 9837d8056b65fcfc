"""Rules on what the forge says of a runner: offline, stale, never contacted, paused."""

from __future__ import annotations

from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.runner import Forge, ForgeRunner, RunnerState
from flywheel_tui.domain.scaleset import ScaleSet
from flywheel_tui.domain.verdict import Evidence, Severity, Verdict
from flywheel_tui.insight.case import Case
from flywheel_tui.insight.verdicts.evidence import cut, fact


def paused(case: Case) -> Verdict | None:
    """Somebody took the runner out of work: info, with who and why as far as anybody wrote it down.

    GitLab keeps neither; its maintenance note is where people write it. A scale set is paused by ``maxRunners: 0``, and
    this product notes who, when and why in annotations.
    """
    if not case.paused:
        return None
    if case.scale_set is not None:
        return _paused_scale_set(case, case.scale_set)
    row = case.forge_runner
    note = None if row is None else row.maintenance_note
    evidence = [fact(case, case.lister, "GitLab gives it no new jobs; it does not tell who paused it")]
    if note:
        evidence.append(fact(case, case.lister, f"maintenance note: {note}"))
    return Verdict(
        rule="paused",
        severity=Severity.INFO,
        summary=cut(f"paused: {note}") if note else "paused, no reason noted",
        evidence=tuple(evidence),
        next_step="Resume it when the reason is gone." if note else "Ask who paused it, then resume it or note why.",
    )


def _paused_scale_set(case: Case, scale_set: ScaleSet) -> Verdict:
    evidence = [fact(case, SourceKind.KUBERNETES, "maxRunners is 0: the listener takes no new jobs")]
    if scale_set.paused_by is None:
        return Verdict(
            rule="paused",
            severity=Severity.INFO,
            summary="maxRunners is 0, nobody noted why",
            evidence=tuple(evidence),
            next_step="See in Git whether 0 is meant; else raise maxRunners with a merge request.",
        )
    why = f": {scale_set.pause_reason}" if scale_set.pause_reason else ""
    by = f"paused by {scale_set.paused_by}{why}"
    evidence.append(fact(case, SourceKind.KUBERNETES, by, scale_set.paused_at))
    bounds = [
        f"{name} {value}"
        for name, value in (
            ("minRunners", scale_set.saved_min_runners),
            ("maxRunners", scale_set.saved_max_runners),
        )
        if value is not None
    ]
    if bounds:
        evidence.append(fact(case, SourceKind.KUBERNETES, f"before the pause: {', '.join(bounds)}"))
    return Verdict(
        rule="paused",
        severity=Severity.INFO,
        summary=cut(by),
        evidence=tuple(evidence),
        next_step="Resume it when the reason is gone; the bounds from before are kept in its annotations.",
    )


def offline(case: Case) -> Verdict | None:
    """The forge does not hear from the runner: critical; only info while it is paused, for then it is not missed.

    Scale sets have no such state; what stops them is told by ``listener_missing`` and ``outdated``.
    """
    row = case.forge_runner
    if row is None or row.state is not RunnerState.OFFLINE:
        return None
    if row.forge is Forge.GITLAB:
        summary = "no contact for over 2 h"
        evidence = (
            fact(case, case.lister, "GitLab calls it offline: no contact for more than 2 hours", row.contacted_at),
            *_managers_gone(case, row),
        )
    else:
        summary = "GitHub lists it as offline"
        evidence = (fact(case, case.lister, "GitHub lists it as offline and does not tell since when"),)
    return Verdict(
        rule="offline",
        severity=Severity.INFO if case.paused else Severity.CRITICAL,
        summary=f"{summary}, while paused" if case.paused else summary,
        evidence=evidence,
        next_step=_start_again(case, row),
    )


def _managers_gone(case: Case, row: ForgeRunner) -> tuple[Evidence, ...]:
    if not row.managers or case.manager_ready is None:
        return ()
    return (fact(case, case.lister, f"{case.manager_ready} of {case.manager_total} managers are online"),)


def _start_again(case: Case, row: ForgeRunner) -> str:
    if case.deployments:
        deployment = case.deployments[0]
        return (
            "See why its manager does not reach GitLab: "
            f"kubectl -n {deployment.namespace} logs deployment/{deployment.name}"
        )
    if row.forge is Forge.GITLAB:
        return "See on its machine whether gitlab-runner runs and reaches GitLab; its log names the reason."
    return "See on its machine whether the runner service runs; start it again, or remove the runner if it is gone."


def never_contacted(case: Case) -> Verdict | None:
    """The runner was created, but no process ever used its token: warning; info while it is new."""
    row = case.forge_runner
    if row is None or row.state is not RunnerState.NEVER_CONTACTED:
        return None
    by = f" by {row.created_by}" if row.created_by else ""
    return Verdict(
        rule="never_contacted",
        severity=Severity.INFO if case.scene.young(row.created_at) else Severity.WARNING,
        summary="registered, never contacted",
        evidence=(fact(case, case.lister, f"created{by}; no manager ever contacted GitLab", row.created_at),),
        next_step="See the manager's log for 401, 403 or 410: a wrong or expired token. Or delete the runner.",
    )


def stale(case: Case) -> Verdict | None:
    """GitLab has not heard from the runner for 7 days: warning; info while it is paused."""
    row = case.forge_runner
    if row is None or row.state is not RunnerState.STALE:
        return None
    return Verdict(
        rule="stale",
        severity=Severity.INFO if case.paused else Severity.WARNING,
        summary="no contact for over 7 d",
        evidence=(
            fact(case, case.lister, "GitLab calls it stale: no contact for more than 7 days", row.contacted_at),
            *_managers_gone(case, row),
        ),
        next_step="Delete the runner if its machine is gone for good; else start gitlab-runner there again.",
    )
