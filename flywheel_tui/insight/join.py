"""Joins a Snapshot to a Fleet: one Runner per identity with everything that belongs to it.

Contexts do not meet: each is joined by itself. Every upstream may be missing; what it would have told is then unknown.
Rows are indexed once and looked up by name, so the cost grows with the number of rows and not with its square. The
result does not depend on the order of the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeVar

import msgspec

from flywheel_tui.config.settings import StalePolicy
from flywheel_tui.domain.alert import Alert
from flywheel_tui.domain.feed import Feed, SourceKind
from flywheel_tui.domain.fleet import Fleet, Runner, Unjoined
from flywheel_tui.domain.metric import Sample
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.runner import Forge, ForgeRunner
from flywheel_tui.domain.scaleset import EphemeralRunner, EphemeralRunnerSet, Listener, ScaleSet
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.domain.workload import Autoscaler, CronJob, Deployment, Event, Pod, PodRole, Quota
from flywheel_tui.insight import queries
from flywheel_tui.insight.case import Case, restless_containers
from flywheel_tui.insight.cluster import Belongings, ObjectName
from flywheel_tui.insight.figures import GitLabFigures, ScaleSetFigures, count_github
from flywheel_tui.insight.join_alerts import join_alerts
from flywheel_tui.insight.join_arc import ArcJoin
from flywheel_tui.insight.join_gitlab import join_gitlab
from flywheel_tui.insight.join_objects import join_autoscalers, join_cron_jobs, join_events
from flywheel_tui.insight.listener import judge_liveness
from flywheel_tui.insight.present import present_forge_runner, present_scale_set
from flywheel_tui.insight.samples import by_query, sum_by_pod
from flywheel_tui.insight.scene import Scene
from flywheel_tui.insight.strays import list_stray_pods
from flywheel_tui.insight.tokens import RunnerTokens
from flywheel_tui.insight.totals import totals_of
from flywheel_tui.insight.usage import Usage

R = TypeVar("R", bound=Row)

_KEY = attrgetter("key")


def join(snapshot: Snapshot, now: datetime, policy: StalePolicy) -> Fleet:
    """Return the joined picture of a snapshot.

    Args:
        snapshot: All feeds; any may be missing, empty, or hold the rows of long ago.
        now: The time that ages are told by.
        policy: From when on a verdict calls things old or full.
    """
    contexts: dict[str, list[Feed]] = {}
    for feed in snapshot.feeds.values():
        contexts.setdefault(feed.context, []).append(feed)
    joins = [_ContextJoin(name, feeds, now, policy) for name, feeds in contexts.items()]
    runners = sorted((runner for each in joins for runner in each.runners()), key=_KEY)
    unjoined = [thing for each in joins for thing in each.belongings.unjoined]
    feeds = tuple(snapshot.feeds.values())
    alerts = _table(feeds, Alert)
    return Fleet(
        generation=snapshot.generation,
        runners={runner.key: runner for runner in runners},
        forge_runners=_table(feeds, ForgeRunner),
        scale_sets=_judged(_table(feeds, ScaleSet), {runner.key: runner for runner in runners}),
        ephemeral_runners=_table(feeds, EphemeralRunner),
        listeners=_table(feeds, Listener),
        pods=_table(feeds, Pod),
        events=_table(feeds, Event),
        deployments=_table(feeds, Deployment),
        autoscalers=_table(feeds, Autoscaler),
        cron_jobs=_table(feeds, CronJob),
        quotas=_table(feeds, Quota),
        alerts=alerts,
        runner_of_pod={pod: runner for each in joins for pod, runner in each.belongings.runner_of_pod.items()},
        unjoined=tuple(sorted(unjoined, key=_unjoined_order)),
        totals=totals_of(runners, feeds, alerts.values(), [each.samples for each in joins], now),
    )


class _ContextJoin:
    """The join of one context: who belongs to whom is settled when it is made."""

    def __init__(self, context: str, feeds: Sequence[Feed], now: datetime, policy: StalePolicy) -> None:
        self._feeds = feeds
        pods = self._rows(Pod)
        self.scene = Scene(
            context=context,
            now=now,
            policy=policy,
            feeds={feed.kind: feed for feed in feeds},
            pod_namespaces=frozenset([pod.namespace for pod in pods]),
            sees_controller=any(pod.role is PodRole.CONTROLLER for pod in pods),
        )
        self.samples = by_query(self._rows(Sample))
        self.belongings = Belongings()
        forge_runners = self._rows(ForgeRunner)
        self._gitlab = [row for row in forge_runners if row.forge is Forge.GITLAB]
        self._scale_sets = self._rows(ScaleSet)
        tokens = self._tokens = RunnerTokens(self._gitlab)
        self._join_gitlab(pods, tokens)
        self._arc = self._join_arc(pods)
        self._github = self._arc.add_github_runners(row for row in forge_runners if row.forge is Forge.GITHUB)
        gitlab = self.scene.feeds.get(SourceKind.GITLAB)
        list_stray_pods(
            pods,
            self.belongings,
            jobs_count=gitlab is None or gitlab.fetched_at is not None,
            told=self._named_resources,
        )
        for row in (*self._gitlab, *self._github):
            self.belongings.names.add(row.name, row.key)
        join_autoscalers(self._rows(Autoscaler), self._rows(Deployment), self.belongings)
        join_cron_jobs(self._rows(CronJob), self.belongings)
        join_events(self._rows(Event), self.belongings, self._arc)
        join_alerts(self._rows(Alert), self.belongings, tokens)
        self._quotas = self._quotas_by_namespace()
        self._usage = Usage(
            self.scene,
            sum_by_pod(self.samples.get(queries.POD_CPU_CORES, ())),
            sum_by_pod(self.samples.get(queries.POD_MEMORY_BYTES, ())),
        )

    def runners(self) -> Iterable[Runner]:
        """Measure, judge and yield every runner of the context."""
        return (*self._gitlab_runners(), *self._github_runners(), *self._scale_set_runners())

    def _gitlab_runners(self) -> Iterator[Runner]:
        own = self.belongings
        gapless = self.scene.whole(SourceKind.PROMETHEUS)
        figures = GitLabFigures(self.samples, self._tokens.of_sample, gapless=gapless)
        for row in self._gitlab:
            key = row.key
            pods = _in_order(own.pods.get(key, ()))
            case = Case(
                scene=self.scene,
                key=key,
                forge_runner=row,
                deployments=_in_order(own.deployments.get(key, ())),
                autoscaler=own.autoscalers.get(key),
                cron_jobs=_in_order(own.cron_jobs.get(key, ())),
                quotas=self._quotas_of(key),
                pods=pods,
                events=own.events.get(key, ()),
                alerts=_in_order(own.alerts.get(key, ())),
                restless=restless_containers(pods),
            )
            figures.count(case, row)
            self._usage.measure(case)
            yield present_forge_runner(case, row)

    def _github_runners(self) -> Iterator[Runner]:
        alerts = self.belongings.alerts
        for row in self._github:
            case = Case(scene=self.scene, key=row.key, forge_runner=row, alerts=_in_order(alerts.get(row.key, ())))
            count_github(case, row)
            yield present_forge_runner(case, row)

    def _scale_set_runners(self) -> Iterator[Runner]:
        own, arc = self.belongings, self._arc
        figures = ScaleSetFigures(self.samples, arc.of_sample)
        for row in self._scale_sets:
            key = row.key
            pods = _in_order(own.pods.get(key, ()))
            case = Case(
                scene=self.scene,
                key=key,
                scale_set=row,
                members=_in_order(arc.members.get(key, ())),
                ephemeral_runners=_in_order(arc.ephemeral_runners.get(key, ())),
                listener=arc.listeners.get(key),
                listener_pod=arc.listener_pods.get(key),
                cron_jobs=_in_order(own.cron_jobs.get(key, ())),
                quotas=self._quotas_of(key),
                pods=pods,
                events=own.events.get(key, ()),
                alerts=_in_order(own.alerts.get(key, ())),
                restless=restless_containers(pods),
            )
            figures.count(case, row)
            judge_liveness(case, row)
            self._usage.measure(case)
            yield present_scale_set(case, row)

    def _join_gitlab(self, pods: Sequence[Pod], tokens: RunnerTokens) -> None:
        if self._gitlab or pods:
            join_gitlab(
                self.scene,
                self._gitlab,
                pods,
                self._rows(Deployment),
                self.samples.get(queries.GITLAB_JOBS_RUNNING, ()),
                self.belongings,
                tokens,
            )

    def _join_arc(self, pods: Sequence[Pod]) -> ArcJoin:
        arc = ArcJoin(self._scale_sets, self.belongings)
        arc.add_runner_sets(self._rows(EphemeralRunnerSet))
        arc.add_ephemeral_runners(self._rows(EphemeralRunner))
        arc.add_listeners(self._rows(Listener))
        arc.add_pods(pods)
        return arc

    def _named_resources(self) -> frozenset[ObjectName]:
        runners, listeners = self._rows(EphemeralRunner), self._rows(Listener)
        return frozenset([(row.namespace, row.name) for rows in (runners, listeners) for row in rows])

    def _quotas_by_namespace(self) -> Mapping[str, Sequence[Quota]]:
        found: dict[str, list[Quota]] = {}
        for quota in self._rows(Quota):
            found.setdefault(quota.namespace, []).append(quota)
        return {namespace: _in_order(quotas) for namespace, quotas in found.items()}

    def _quotas_of(self, key: str) -> Sequence[Quota]:
        if not self._quotas:
            return ()
        namespaces = self.belongings.namespaces.get(key, ())
        return [quota for namespace in sorted(namespaces) for quota in self._quotas.get(namespace, ())]

    def _rows(self, kind: type[R]) -> tuple[R, ...]:
        tables = [feed.rows(kind) for feed in self._feeds if kind in feed.tables]
        return tables[0] if len(tables) == 1 else tuple([row for rows in tables for row in rows])


def _judged(scale_sets: Mapping[str, ScaleSet], runners: Mapping[str, Runner]) -> Mapping[str, ScaleSet]:
    """Return the scale sets with the worst verdict on the runners that they are: their own status knows no listener."""
    return {
        key: msgspec.structs.replace(row, severity=runners[key].severity, why=runners[key].why or None)
        if key in runners
        else row
        for key, row in scale_sets.items()
    }


def _in_order(rows: Sequence[R]) -> Sequence[R]:
    return sorted(rows, key=_KEY) if len(rows) > 1 else rows


def _table(feeds: Iterable[Feed], kind: type[R]) -> Mapping[str, R]:
    """Return all rows of a kind by key; the very mapping of the feed where only one holds them."""
    tables: list[Mapping[str, Any]] = [feed.tables[kind] for feed in feeds if kind in feed.tables]
    if len(tables) == 1:
        return tables[0]
    return {key: row for table in tables for key, row in table.items()}


def _unjoined_order(thing: Unjoined) -> tuple[str, str, str]:
    return (thing.kind, thing.key, thing.reason)
