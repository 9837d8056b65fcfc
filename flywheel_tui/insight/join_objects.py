"""What hangs on the runners' objects: autoscalers, CronJobs, warnings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from flywheel_tui.domain.fleet import Unjoined
from flywheel_tui.domain.workload import Autoscaler, CronJob, Deployment, Event
from flywheel_tui.insight.cluster import Belongings
from flywheel_tui.insight.join_arc import RUNNER_KIND, ArcJoin


def join_autoscalers(
    autoscalers: Iterable[Autoscaler], deployments: Sequence[Deployment], belongings: Belongings
) -> list[Unjoined]:
    """Give each HorizontalPodAutoscaler to the runner of the Deployment that its ``scaleTargetRef`` names.

    One whose target does not exist is returned. Only its own condition proves that: Deployments that are not the
    fleet's are not among the rows.
    """
    unjoined = []
    for row in autoscalers:
        if row.target_kind != "Deployment":
            continue
        runner = belongings.owner("Deployment", row.namespace, row.target_name)
        if runner is not None:
            belongings.own("HorizontalPodAutoscaler", row.namespace, row.name, runner)
            known = belongings.autoscalers.get(runner)
            if known is None or row.key < known.key:
                belongings.autoscalers[runner] = row
        elif cannot_scale(row):
            reason = f"its target Deployment {row.namespace}/{row.target_name} does not exist"
            if (row.namespace, row.target_name) not in {(each.namespace, each.name) for each in deployments}:
                unjoined.append(
                    Unjoined(key=row.key, context=row.context, kind="autoscaler", name=row.name, reason=reason)
                )
    return unjoined


def cannot_scale(row: Autoscaler) -> bool:
    """Return whether an autoscaler says that it cannot reach its target."""
    return any(kind == "AbleToScale" and status == "False" for kind, status, _, _ in row.conditions)


def join_cron_jobs(cron_jobs: Iterable[CronJob], belongings: Belongings) -> None:
    """Give each CronJob to the runner of its namespace that its name contains, in whole words between dashes.

    ``warm-pool-gh-nix`` and ``gh-nix-warm-pool`` are of ``gh-nix``. The longest name wins.
    """
    given: dict[str, list[CronJob]] = {}
    belongings.disown_all("CronJob")
    for row in cron_jobs:
        runner = _named_in(row, belongings)
        if runner is not None:
            belongings.own("CronJob", row.namespace, row.name, runner)
            given.setdefault(runner, []).append(row)
    belongings.cron_jobs = given


def _named_in(row: CronJob, belongings: Belongings) -> str | None:
    words = row.name.split("-")
    for length in range(len(words), 0, -1):
        for start in range(len(words) - length + 1):
            called = belongings.names.all("-".join(words[start : start + length]))
            here = [key for key in called if row.namespace in belongings.namespaces.get(key, ())]
            if len(here) == 1:
                return here[0]
    return None


def join_events(events: Iterable[Event], belongings: Belongings, arc: ArcJoin) -> None:
    """Give each warning to the runner of the object it is about, newest first."""
    given: dict[str, list[Event]] = {}
    for row in events:
        runner = _event_owner(row, belongings, arc)
        if runner is not None:
            given.setdefault(runner, []).append(row)
    for rows in given.values():
        rows.sort(key=_newest_first)
    belongings.events = given


def _event_owner(row: Event, belongings: Belongings, arc: ArcJoin) -> str | None:
    kind, namespace, name = row.object_kind, row.namespace, row.object_name
    runner = belongings.owner(kind, namespace, name)
    if runner is None and kind == "ReplicaSet":
        runner = belongings.owner("Deployment", namespace, name.rpartition("-")[0])
    if runner is None and kind in {"Pod", RUNNER_KIND}:
        runner = arc.gone_runner(namespace, name)
    return runner


def _newest_first(row: Event) -> tuple[float, str]:
    at: datetime | None = row.last_at or row.first_at
    return (-at.timestamp() if at is not None else 0.0, row.key)
