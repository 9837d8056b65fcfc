"""Health verdicts: what is wrong with a runner, why we say so, what to do.

A rule is a function of a :class:`~flywheel_tui.insight.case.Case` that returns a Verdict or None; its docstring says
when it fires and how severe it is. A rule whose input is unknown returns None: it never takes "not told" for "absent".
To add a rule: write it beside its kin, and name it in ``RULES``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flywheel_tui.domain.verdict import Verdict
from flywheel_tui.insight.case import Case
from flywheel_tui.insight.verdicts.alerts import firing_alert
from flywheel_tui.insight.verdicts.arc import arc_churn, failed_ephemeral_runners, listener_missing, outdated
from flywheel_tui.insight.verdicts.liveness import never_contacted, offline, paused, stale
from flywheel_tui.insight.verdicts.load import high_cpu, high_memory, quota_bound, saturated
from flywheel_tui.insight.verdicts.pods import crash_loop, image_pull, oom_killed, pending_pods

Rule = Callable[[Case], Verdict | None]

RULES: Final[tuple[Rule, ...]] = (
    paused,
    outdated,
    listener_missing,
    oom_killed,
    crash_loop,
    image_pull,
    offline,
    never_contacted,
    stale,
    failed_ephemeral_runners,
    arc_churn,
    pending_pods,
    firing_alert,
    quota_bound,
    saturated,
    high_memory,
    high_cpu,
)
"""All rules. Of equally severe verdicts the earlier stands first: a decision before a fault, a cause before effects."""


def judge(case: Case) -> tuple[Verdict, ...]:
    """Return all verdicts on a runner, the worst first."""
    found = [verdict for rule in RULES if (verdict := rule(case)) is not None]
    if len(found) > 1:
        found.sort(key=lambda verdict: -verdict.severity.rank)
    return tuple(found)
