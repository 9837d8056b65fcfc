"""The join of one context: who belongs to whom, and the Runner of each.

Making it settles everything from nothing, which is what the join means. ``update.py`` then keeps a made one current.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, TypeVar

import msgspec

from flywheel_tui.config.settings import StalePolicy
from flywheel_tui.domain.alert import Alert
from flywheel_tui.domain.feed import Feed, SourceKind
from flywheel_tui.domain.fleet import Runner, Unjoined
from flywheel_tui.domain.metric import Sample
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.runner import Forge, ForgeRunner
from flywheel_tui.domain.scaleset import EphemeralRunner, EphemeralRunnerSet, Listener, ScaleSet
from flywheel_tui.domain.workload import Autoscaler, CronJob, Deployment, Event, Pod, PodRole, Quota
from flywheel_tui.insight import queries
from flywheel_tui.insight.case import Case, restless_containers
from flywheel_tui.insight.cluster import Belongings, ObjectName
from flywheel_tui.insight.figures import GitLabFigures, ScaleSetFigures, count_github
from flywheel_tui.insight.join_alerts import join_alerts
from flywheel_tui.insight.join_arc import ArcJoin
from flywheel_tui.insight.join_gitlab import GitLabJoin
from flywheel_tui.insight.join_objects import join_autoscalers, join_cron_jobs, join_events
from flywheel_tui.insight.listener import judge_liveness
from flywheel_tui.insight.present import present_forge_runner, present_scale_set
from flywheel_tui.insight.samples import OwnedSamples, pod_of, total
from flywheel_tui.insight.scene import Scene
from flywheel_tui.insight.strays import may_stray, stray_pods
from flywheel_tui.insight.tokens import RunnerTokens
from flywheel_tui.insight.totals import FleetSamples
from flywheel_tui.insight.usage import Usage

R = TypeVar("R", bound=Row)

_KEY = attrgetter("key")

OF_PODS: Final = (queries.POD_CPU_CORES, queries.POD_MEMORY_BYTES)
OF_GITLAB: Final = (
    queries.GITLAB_JOBS_RUNNING,
    queries.GITLAB_JOB_LIMIT,
    queries.GITLAB_JOBS_COMPLETED_1H,
    queries.GITLAB_JOBS_FAILED_1H,
)
OF_ARC: Final = (queries.ARC_ASSIGNED_JOBS, queries.ARC_RUNNING_JOBS, queries.ARC_JOBS_COMPLETED_1H)
OF_FLEET: Final = (queries.FLEET_FAILURE_RATE_1H, queries.FLEET_QUEUE_P95_S)
_COMPLETED: Final = frozenset({queries.GITLAB_JOBS_COMPLETED_1H, queries.ARC_JOBS_COMPLETED_1H})


class ContextJoin:
    """One context, joined.

    Args:
        context: Its name.
        feeds: Its feeds.
        now: The time that ages are told by.
        policy: From when on a verdict calls things old or full.

    Attributes:
        gitlab, scale_sets: Rows by key; GitHub's single runners are ``arc.alone``.
        pods: Pods by runner-independent facts: how many each namespace holds, and how many are ARC's controller.
        unowned: Pods that nobody owns and that are listed for it.
        revision: Grows whenever more than samples changed.
        listener_places: Pods that samples of listeners name: their coming and going decides whose those samples are.
    """

    def __init__(self, context: str, feeds: Sequence[Feed], now: datetime, policy: StalePolicy) -> None:
        self.context = context
        self.policy = policy
        self.feeds = tuple(feeds)
        self.revision = 0
        pods = self.rows(Pod)
        self.pods_in: dict[str, int] = {}
        self.controllers = 0
        for pod in pods:
            self.count_pod(pod, 1)
        self.scene = self.scene_at(now)
        self.belongings = Belongings()
        forge_runners = self.rows(ForgeRunner)
        self.gitlab = {row.key: row for row in forge_runners if row.forge is Forge.GITLAB}
        self.scale_sets = {row.key: row for row in self.rows(ScaleSet)}
        self.tokens = RunnerTokens(self.gitlab.values())
        self._index_samples()
        self.unowned: dict[str, Pod] = {}
        self.gitlab_join = GitLabJoin(self.gitlab.values(), self.rows(Deployment), self.belongings, self.tokens)
        self.arc = ArcJoin(
            self.scale_sets.values(), self.rows(EphemeralRunnerSet), self.rows(Listener), self.belongings
        )
        self._join(pods, [row for row in forge_runners if row.forge is Forge.GITHUB])

    def _join(self, pods: Sequence[Pod], github: Iterable[ForgeRunner]) -> None:
        own, arc = self.belongings, self.arc
        for pod in pods:
            self.gitlab_join.add_pod(pod)
        for sample in self._groups.get(queries.GITLAB_JOBS_RUNNING, ()):
            self.gitlab_join.add_sample(sample)
        self.gitlab_join.settle()
        for row in self.rows(EphemeralRunner):
            arc.add_ephemeral(row)
        for pod in pods:
            if pod.key not in own.runner_of_pod:
                arc.add_pod(pod)
            self.note_stray(pod)
        for each in github:
            arc.add_github(each)
        for each in self.gitlab.values():
            own.names.add(each.name, each.key)
        self._take_samples()
        self.lost_autoscalers = join_autoscalers(self.rows(Autoscaler), self.rows(Deployment), own)
        self.join_objects()
        self.join_alerts()
        self.quotas = self.quotas_by_namespace()
        self._usage = Usage(self.of_pods[queries.POD_CPU_CORES], self.of_pods[queries.POD_MEMORY_BYTES])
        self._gitlab_figures = GitLabFigures(self.of_runners)
        self._arc_figures = ScaleSetFigures(self.of_runners)

    def scene_at(self, now: datetime) -> Scene:
        """Return what holds for all runners at a time."""
        return Scene(
            context=self.context,
            now=now,
            policy=self.policy,
            feeds={feed.kind: feed for feed in self.feeds},
            pod_namespaces=frozenset(self.pods_in),
            sees_controller=self.controllers > 0,
        )

    def keys(self) -> Iterator[str]:
        """Yield the keys of all runners."""
        yield from self.gitlab
        yield from self.arc.alone
        yield from self.scale_sets

    def runner(self, key: str) -> Runner | None:
        """Measure and judge a runner and return it joined, or None where there is no such runner."""
        row = self.gitlab.get(key)
        if row is not None:
            return self._gitlab_runner(row)
        alone = self.arc.alone.get(key)
        if alone is not None:
            return self._github_runner(alone)
        scale_set = self.scale_sets.get(key)
        return None if scale_set is None else self._scale_set_runner(scale_set)

    def unjoined(self) -> Iterator[Unjoined]:
        """Yield what belongs to no runner."""
        gitlab = self.scene.feeds.get(SourceKind.GITLAB)
        yield from self.gitlab_join.unjoined(self.scene, self.gitlab.values())
        yield from self.arc.unjoined()
        yield from stray_pods(
            self.unowned.values(),
            jobs_count=gitlab is None or gitlab.fetched_at is not None,
            told=self._named_resources,
        )
        yield from self.lost_autoscalers
        yield from self.lost_alerts

    def fleet_samples(self) -> FleetSamples:
        """Return what Prometheus tells of the whole fleet."""
        rate, wait = (total(self.of_fleet[query].values()) for query in OF_FLEET)
        return FleetSamples(failure_rate=rate, queue_p95_s=wait, completed=self._completed)

    def count_pod(self, pod: Pod, times: int) -> None:
        """Count a pod in its namespace; ``times`` -1 takes it out."""
        number = self.pods_in.get(pod.namespace, 0) + times
        if number:
            self.pods_in[pod.namespace] = number
        else:
            del self.pods_in[pod.namespace]
        if pod.role is PodRole.CONTROLLER:
            self.controllers += times

    def note_stray(self, pod: Pod) -> None:
        """Note whether a pod is without an owner that should have one."""
        if may_stray(pod) and pod.key not in self.belongings.runner_of_pod:
            self.unowned[pod.key] = pod

    def join_objects(self) -> None:
        """Give CronJobs and warnings to the runners of what they are about."""
        join_cron_jobs(self.rows(CronJob), self.belongings)
        join_events(self.rows(Event), self.belongings, self.arc)

    def join_alerts(self) -> None:
        """Give alerts to the runners that they name."""
        self.lost_alerts = join_alerts(self.rows(Alert), self.belongings, self.tokens)

    def quotas_by_namespace(self) -> Mapping[str, Sequence[Quota]]:
        """Return the quotas of each namespace, ordered by key."""
        found: dict[str, list[Quota]] = {}
        for quota in self.rows(Quota):
            found.setdefault(quota.namespace, []).append(quota)
        return {namespace: _in_order(quotas) for namespace, quotas in found.items()}

    def rows(self, kind: type[R]) -> tuple[R, ...]:
        """Return all rows of a kind."""
        tables = [feed.rows(kind) for feed in self.feeds if kind in feed.tables]
        return tables[0] if len(tables) == 1 else tuple([row for rows in tables for row in rows])

    def row(self, kind: type[R], key: str) -> R | None:
        """Return the row of that key."""
        for feed in self.feeds:
            found: Any = feed.tables.get(kind, _NOTHING).get(key)
            if found is not None:
                row: R = found
                return row
        return None

    def _index_samples(self) -> None:
        self.of_pods = {query: OwnedSamples[ObjectName](pod_of) for query in OF_PODS}
        self.of_runners = {query: OwnedSamples[str](self.tokens.of_sample) for query in OF_GITLAB}
        self.of_fleet: dict[str, dict[str, Sample]] = {query: {} for query in OF_FLEET}
        self.listener_places: set[ObjectName] = set()
        self._groups: dict[str, list[Sample]] = {}
        for sample in self.rows(Sample):
            group = self._groups.get(sample.query)
            if group is None:
                self._groups[sample.query] = [sample]
            else:
                group.append(sample)

    def _take_samples(self) -> None:
        self.of_runners |= {query: OwnedSamples[str](self.arc.of_sample) for query in OF_ARC}
        for owned in (self.of_pods, self.of_runners):
            for query, index in owned.items():
                for sample in self._groups.get(query, ()):
                    index.add(sample)
        for query, samples in self.of_fleet.items():
            samples.update({sample.key: sample for sample in self._groups.get(query, ())})
        for query in OF_ARC:
            for sample in self._groups.get(query, ()):
                self.note_listener(sample)
        self._groups = {}

    def note_listener(self, sample: Sample) -> None:
        """Note the pod that a listener's sample may find its scale set by."""
        labels = dict(sample.labels)
        pod = labels.get("pod")
        if pod is not None:
            places = (labels.get("namespace"), labels.get("exported_namespace"))
            self.listener_places.update((place, pod) for place in places if place is not None)

    def _completed(self) -> float | None:
        return total([sample for sample in self.rows(Sample) if sample.query in _COMPLETED])

    def _gitlab_runner(self, row: ForgeRunner) -> Runner:
        own, key = self.belongings, row.key
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
        self._gitlab_figures.count(case, row)
        self._usage.measure(case)
        return present_forge_runner(case, row)

    def _github_runner(self, row: ForgeRunner) -> Runner:
        alerts = _in_order(self.belongings.alerts.get(row.key, ()))
        case = Case(scene=self.scene, key=row.key, forge_runner=row, alerts=alerts)
        count_github(case, row)
        return present_forge_runner(case, row)

    def _scale_set_runner(self, row: ScaleSet) -> Runner:
        own, arc, key = self.belongings, self.arc, row.key
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
        self._arc_figures.count(case, row)
        judge_liveness(case, row)
        self._usage.measure(case)
        return present_scale_set(case, row)

    def _quotas_of(self, key: str) -> Sequence[Quota]:
        if not self.quotas:
            return ()
        namespaces = self.belongings.namespaces.get(key, ())
        return [quota for namespace in sorted(namespaces) for quota in self.quotas.get(namespace, ())]

    def _named_resources(self) -> frozenset[ObjectName]:
        runners, listeners = self.rows(EphemeralRunner), self.rows(Listener)
        return frozenset([(row.namespace, row.name) for rows in (runners, listeners) for row in rows])


_NOTHING: Final[Mapping[str, Row]] = {}


def _in_order(rows: Sequence[R]) -> Sequence[R]:
    return sorted(rows, key=_KEY) if len(rows) > 1 else rows


def judged(row: ScaleSet, runner: Runner | None) -> ScaleSet:
    """Return a scale set with the worst verdict on the runner that it is: its own status knows no listener."""
    if runner is None:
        return row
    return msgspec.structs.replace(row, severity=runner.severity, why=runner.why or None)
