"""Keeps a joined context current at a cost that follows what changed.

Values come and go every few seconds, and so do pods, ephemeral runners and samples; GitLab's runners, scale sets,
listeners and Deployments hardly ever do. The former are taken in one by one. Where something of the latter changes in
what the join goes by (a name, a token), or a release would be another runner's, the context is joined anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar

from flywheel_tui.domain.alert import Alert
from flywheel_tui.domain.feed import Feed
from flywheel_tui.domain.metric import Sample
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.runner import Forge, ForgeRunner
from flywheel_tui.domain.scaleset import EphemeralRunner, EphemeralRunnerSet, Listener, ScaleSet
from flywheel_tui.domain.workload import Autoscaler, CronJob, Deployment, Event, Pod, PodRole, Quota
from flywheel_tui.insight import queries
from flywheel_tui.insight.changes import Changes, Step
from flywheel_tui.insight.cluster import ObjectName
from flywheel_tui.insight.context import OF_ARC, ContextJoin
from flywheel_tui.insight.join_arc import LISTENER_KIND, WORKFLOW_SUFFIX
from flywheel_tui.insight.join_objects import cannot_scale
from flywheel_tui.insight.scene import Scene
from flywheel_tui.insight.verdicts.load import near_limits

R = TypeVar("R", bound=Row)

Shape = Callable[[Any], object]
"""Returns what the join goes by in a row."""

_POD_SHAPE: Final = attrgetter(
    "namespace",
    "name",
    "role",
    "release",
    "app",
    "owner_kind",
    "owner_name",
    "manager_short_token",
    "manager_name",
    "scale_set_namespace",
    "scale_set",
)
_EPHEMERAL_SHAPE: Final = attrgetter("namespace", "name", "scale_set")
_FIXED: Final[Mapping[type[Row], Shape]] = {
    Deployment: attrgetter("namespace", "name", "release", "chart"),
    ScaleSet: attrgetter("namespace", "name", "runner_scale_set_name"),
    EphemeralRunnerSet: _EPHEMERAL_SHAPE,
    Listener: attrgetter("namespace", "name", "scale_set_namespace", "scale_set", "created_at"),
    Autoscaler: lambda row: (row.namespace, row.name, row.target_kind, row.target_name, cannot_scale(row)),
}
"""Rows whose coming, going or changing shape makes the join begin anew."""


def update(join: ContextJoin, feeds: Sequence[Feed], now: datetime, steps: Sequence[Step] = ()) -> set[str] | None:
    """Bring a joined context up to date.

    Args:
        join: Joined, or brought up to date, before; with the same feeds in the same order.
        feeds: As they are now.
        now: The time that ages are told by; never before that of the join.
        steps: What the store told since.

    Returns:
        Keys of the runners that have to be judged anew, those that are gone among them. None where the context has to
        be joined anew; ``join`` is then of no use any more.
    """
    changes = Changes(join.feeds, feeds, steps)
    if _begins_anew(changes):
        return None
    before = join.scene
    join.feeds = tuple(feeds)
    work = _Update(join, changes)
    if not work.apply():
        return None
    join.scene = join.scene_at(now)
    if changes.kinds() - {Sample}:
        join.revision += 1
    return work.dirty if _standpoint(join.scene) == _standpoint(before) else None


def _begins_anew(changes: Changes) -> bool:
    for kind, shape in _FIXED.items():
        found = changes.of(kind)
        if found.added or found.removed or any(shape(old) != shape(new) for old, new in found.changed):
            return True
    runners = changes.of(ForgeRunner)
    if any(row.forge is Forge.GITLAB for row in runners.moved):
        return True
    if any(Forge.GITLAB in (old.forge, new.forge) and _shape_of(old) != _shape_of(new) for old, new in runners.changed):
        return True
    pods = changes.of(Pod)
    listeners = [row for row in pods.moved if row.role is PodRole.LISTENER]
    return bool(listeners) or any(
        PodRole.LISTENER in (old.role, new.role) and _POD_SHAPE(old) != _POD_SHAPE(new) for old, new in pods.changed
    )


def _shape_of(row: ForgeRunner) -> object:
    return row.forge, row.name, row.short_token, [manager.system_id for manager in row.managers or ()]


def _relabelled(before: Sample, after: Sample) -> bool:
    return before.labels is not after.labels and before.labels != after.labels


def _github_shape(row: ForgeRunner) -> object:
    return row.name, row.ephemeral is not False


def _standpoint(scene: Scene) -> object:
    """Return what the upstreams as such let us say, whatever their rows."""
    return (
        [(kind, feed.name, scene.answered(kind), scene.whole(kind)) for kind, feed in sorted(scene.feeds.items())],
        scene.whole_cluster(),
        scene.lists_listeners(),
        scene.pod_namespaces,
        scene.sees_controller,
    )


class _Split(Generic[R]):
    """Rows of one type that came, went, or have a new word on them."""

    __slots__ = ("come", "gone", "same")

    def __init__(self, come: Sequence[R], gone: Sequence[R], same: Sequence[tuple[R, R]]) -> None:
        self.come = come
        self.gone = gone
        self.same = same


class _Update:
    """One bringing up to date of one context.

    Attributes:
        dirty: Runners whose inputs changed.
    """

    def __init__(self, join: ContextJoin, changes: Changes) -> None:
        self.dirty: set[str] = set()
        self._join = join
        self._own = join.belongings
        self._arc = join.arc
        self._changes = changes
        self._measured: set[ObjectName] = set()
        self._moved = False

    def apply(self) -> bool:
        """Take everything in; return whether the join still stands."""
        self._replace_fixed()
        stands = self._samples_gone() and self._pods() and self._samples_come()
        if stands:
            self._objects()
            self._quotas()
        return stands

    def _touch(self, runner: str | None) -> None:
        if runner is not None:
            self.dirty.add(runner)

    def _replace_fixed(self) -> None:
        """Put in the new word on what stays what it is for the join."""
        join, own, arc = self._join, self._own, self._arc
        for _, runner in self._changes.of(ForgeRunner).changed:
            if runner.forge is Forge.GITLAB:
                join.gitlab[runner.key] = runner
                self._touch(runner.key)
        for _, scale_set in self._changes.of(ScaleSet).changed:
            join.scale_sets[scale_set.key] = scale_set
            self._touch(scale_set.key)
        for _, listener in self._changes.of(Listener).changed:
            key = own.owner(LISTENER_KIND, listener.namespace, listener.name)
            if key is not None and arc.listeners[key].key == listener.key:
                arc.listeners[key] = listener
                self._touch(key)
        for _, deployment in self._changes.of(Deployment).changed:
            key = own.owner("Deployment", deployment.namespace, deployment.name)
            if key is not None:
                own.deployments[key] = [
                    deployment if row.key == deployment.key else row for row in own.deployments[key]
                ]
                self._touch(key)
        for _, autoscaler in self._changes.of(Autoscaler).changed:
            key = own.owner("HorizontalPodAutoscaler", autoscaler.namespace, autoscaler.name)
            if key is not None and own.autoscalers[key].key == autoscaler.key:
                own.autoscalers[key] = autoscaler
                self._touch(key)

    def _pods(self) -> bool:
        """Take in pods, ephemeral runners and GitHub's runners; return whether the join still stands."""
        pods, ephemerals = self._split(Pod, _POD_SHAPE), self._split(EphemeralRunner, _EPHEMERAL_SHAPE)
        github = self._split(ForgeRunner, _github_shape, only=lambda row: row.forge is Forge.GITHUB)
        arc = self._arc
        for row in github.gone:
            self._touch_member(row, arc.remove_github(row))
        for pod in pods.gone:
            if not self._remove_pod(pod):
                return False
        for ephemeral in ephemerals.gone:
            self._touch(arc.remove_ephemeral(ephemeral))
        for before, after in pods.same:
            self._replace_pod(before, after)
        for old, new in ephemerals.same:
            self._touch(arc.replace_ephemeral(old, new))
        for one, other in github.same:
            self._touch(arc.replace_github(one, other) or other.key)
        for ephemeral in ephemerals.come:
            self._touch(arc.add_ephemeral(ephemeral))
        for pod in pods.come:
            if not self._add_pod(pod):
                return False
        for row in github.come:
            self._touch_member(row, arc.add_github(row))
        moved = [*ephemerals.gone, *ephemerals.come]
        self._moved = self._moved or bool(moved)
        return self._look_again(moved)

    def _look_again(self, moved: Sequence[EphemeralRunner]) -> bool:
        """Find the owners anew of what goes by the names of ephemeral runners that came or went."""
        join, arc = self._join, self._arc
        for ephemeral in moved:
            for name in (ephemeral.name, ephemeral.name + WORKFLOW_SUFFIX):
                pod = join.row(Pod, f"{join.context}/pod/{ephemeral.namespace}/{name}")
                if pod is not None and pod.role not in {PodRole.MANAGER, PodRole.LISTENER}:
                    stands = self._remove_pod(pod) and self._add_pod(pod)
                    if not stands:
                        return False
        names = {ephemeral.name for ephemeral in moved}
        if names:
            for row in join.rows(ForgeRunner):
                if row.forge is Forge.GITHUB and row.name in names:
                    self._touch_member(row, arc.remove_github(row))
                    self._touch_member(row, arc.add_github(row))
        return True

    def _touch_member(self, row: ForgeRunner, scale_set: str | None) -> None:
        self._touch(scale_set or row.key)
        if scale_set is None:
            self._moved = True  # A runner by itself has a name that alerts and CronJobs may mean.

    def _add_pod(self, pod: Pod) -> bool:
        join, own = self._join, self._own
        join.count_pod(pod, 1)
        stands = join.gitlab_join.add_pod(pod) and (pod.namespace, pod.name) not in join.listener_places
        if pod.key not in own.runner_of_pod:
            self._arc.add_pod(pod)
        join.note_stray(pod)
        self._touch(own.runner_of_pod.get(pod.key))
        self._moved = True
        return stands

    def _remove_pod(self, pod: Pod) -> bool:
        join, own = self._join, self._own
        join.count_pod(pod, -1)
        join.unowned.pop(pod.key, None)
        self._touch(own.runner_of_pod.get(pod.key))
        self._moved = True
        return join.gitlab_join.remove_pod(pod) and (pod.namespace, pod.name) not in join.listener_places

    def _replace_pod(self, before: Pod, after: Pod) -> None:
        runner = self._own.replace_pod(before, after)
        if after.key in self._join.unowned:
            self._join.unowned[after.key] = after
        if runner is not None and after.role is PodRole.LISTENER:
            self._arc.choose_listener_pod(runner)
        self._touch(runner)

    def _split(self, kind: type[R], shape: Shape, *, only: Callable[[R], bool] | None = None) -> _Split[R]:
        """Return rows that came, went and stayed; one that changed its shape went and came."""
        found = self._changes.of(kind)
        come, gone, same = list(found.added), list(found.removed), []
        for before, after in found.changed:
            if shape(before) == shape(after):
                same.append((before, after))
            else:
                gone.append(before)
                come.append(after)
        if only is not None:
            come, gone = list(filter(only, come)), list(filter(only, gone))
            same = [pair for pair in same if only(pair[1])]
        return _Split(come, gone, same)

    def _samples_gone(self) -> bool:
        join, found = self._join, self._changes.of(Sample)
        gone = [*found.removed, *(old for old, new in found.changed if _relabelled(old, new))]
        stands = True
        for sample in gone:
            query = sample.query
            if query in join.of_pods:
                self._note_measured(join.of_pods[query].remove(sample))
            elif query in join.of_runners:
                self._touch(join.of_runners[query].remove(sample))
                if query == queries.GITLAB_JOBS_RUNNING:
                    stands = join.gitlab_join.remove_sample(sample) and stands
            elif query in join.of_fleet:
                del join.of_fleet[query][sample.key]
        return stands

    def _samples_come(self) -> bool:
        join, found = self._join, self._changes.of(Sample)
        of_pods, of_runners, of_fleet = join.of_pods, join.of_runners, join.of_fleet
        stands = True
        come = list(found.added)
        for before, sample in found.changed:
            query = sample.query
            if _relabelled(before, sample):
                come.append(sample)
            elif query in of_pods:
                self._note_measured(of_pods[query].replace(before, sample))
            elif query in of_runners:
                self._touch(of_runners[query].replace(before, sample))
            elif query in of_fleet:
                of_fleet[query][sample.key] = sample
        for sample in come:
            query = sample.query
            if query in of_pods:
                self._note_measured(of_pods[query].add(sample))
            elif query in of_runners:
                if query in OF_ARC:
                    join.note_listener(sample)
                elif query == queries.GITLAB_JOBS_RUNNING:
                    stands = join.gitlab_join.add_sample(sample) and stands
                self._touch(of_runners[query].add(sample))
            elif query in of_fleet:
                of_fleet[query][sample.key] = sample
        for namespace, name in self._measured:
            self._touch(self._own.owner("Pod", namespace, name))
        return stands

    def _note_measured(self, place: ObjectName | None) -> None:
        if place is not None:
            self._measured.add(place)

    def _objects(self) -> None:
        """Give warnings, CronJobs and alerts anew where they, or who owns what, changed."""
        own, kinds = self._own, self._changes.kinds()
        if self._moved or kinds & {CronJob, Event}:
            jobs, events = own.cron_jobs, own.events
            self._join.join_objects()
            self._touch_differing(jobs, own.cron_jobs)
            self._touch_differing(events, own.events)
        if self._moved or kinds & {Alert, CronJob}:
            alerts = own.alerts
            self._join.join_alerts()
            self._touch_differing(alerts, own.alerts)

    def _touch_differing(self, before: Mapping[str, Sequence[Row]], after: Mapping[str, Sequence[Row]]) -> None:
        self.dirty.update(key for key, rows in after.items() if before.get(key) != rows)
        self.dirty.update(key for key in before if key not in after)

    def _quotas(self) -> None:
        """Take in quotas; one that is far from full, before and after, concerns nobody."""
        if not self._changes.of(Quota):
            return
        before, after = self._join.quotas, self._join.quotas_by_namespace()
        self._join.quotas = after
        other = {
            namespace
            for namespace in {**before, **after}
            if self._fill(before.get(namespace, ())) != self._fill(after.get(namespace, ()))
        }
        if other:
            self.dirty.update(
                key for key, namespaces in self._own.namespaces.items() if not other.isdisjoint(namespaces)
            )

    def _fill(self, quotas: Sequence[Quota]) -> object:
        near = near_limits(quotas, self._join.policy.quota_warning)
        return [quota.key for quota in quotas], [(each.share, each.quota.key, each.line) for each in near]
