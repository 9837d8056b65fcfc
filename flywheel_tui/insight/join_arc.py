"""ARC: a scale set with its ephemeral runners, pods and listener, and the GitHub runners that are its own.

AutoscalingRunnerSet -> EphemeralRunnerSet ``<set>-xxxxx`` -> EphemeralRunner ``<runner set>-runner-xxxxx`` -> pod of
the same name, and GitHub lists the runner under that name too. The AutoscalingListener lives in the controller's
namespace and names its scale set; its pod has its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

from flywheel_tui.domain.fleet import Unjoined
from flywheel_tui.domain.metric import Sample
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.runner import ForgeRunner
from flywheel_tui.domain.scaleset import EphemeralRunner, EphemeralRunnerSet, Listener, ScaleSet
from flywheel_tui.domain.workload import Pod, PodRole
from flywheel_tui.insight.cluster import Belongings, Names, ObjectName

SCALE_SET_KIND: Final = "AutoscalingRunnerSet"
RUNNER_SET_KIND: Final = "EphemeralRunnerSet"
RUNNER_KIND: Final = "EphemeralRunner"
LISTENER_KIND: Final = "AutoscalingListener"

R = TypeVar("R", bound=Row)

_RUNNER_INFIX: Final = "-runner-"
WORKFLOW_SUFFIX: Final = "-workflow"


class ArcJoin:
    """Who belongs to which scale set, by the scale set's key.

    Ephemeral runners, GitHub runners and pods can come and go one by one; scale sets, runner sets and listeners not.

    Args:
        scale_sets: All scale sets.
        runner_sets: All EphemeralRunnerSets; from ARC 0.15 on one has the very name of its scale set.
        listeners: All listeners; of two of one scale set (one is on its way out) the younger counts.
        belongings: Takes what other parts need, too.

    Attributes:
        alone: GitHub's runners that belong to no scale set, by key.
    """

    def __init__(
        self,
        scale_sets: Iterable[ScaleSet],
        runner_sets: Iterable[EphemeralRunnerSet],
        listeners: Iterable[Listener],
        belongings: Belongings,
    ) -> None:
        self._belongings = belongings
        self._runner_names = Names()
        self._runner_set_names = Names()
        self._metric_names = Names()
        self._orphans: dict[ObjectName, dict[str, EphemeralRunner]] = {}
        self._lost_listeners: list[Unjoined] = []
        self._owner_of_github: dict[str, str] = {}
        self.ephemeral_runners: dict[str, list[EphemeralRunner]] = {}
        self.listeners: dict[str, Listener] = {}
        self.listener_pods: dict[str, Pod] = {}
        self.members: dict[str, list[ForgeRunner]] = {}
        self.alone: dict[str, ForgeRunner] = {}
        for scale_set in scale_sets:
            belongings.own(SCALE_SET_KIND, scale_set.namespace, scale_set.name, scale_set.key)
            belongings.give_home(scale_set.key, scale_set.namespace)
            belongings.names.add(scale_set.name, scale_set.key)
            belongings.names.add(scale_set.runner_scale_set_name, scale_set.key)
            self._metric_names.add(scale_set.name, scale_set.key)
        for runner_set in runner_sets:
            key = self._scale_set(runner_set.namespace, runner_set.scale_set or runner_set.name)
            if key is not None:
                belongings.own(RUNNER_SET_KIND, runner_set.namespace, runner_set.name, key)
                self._runner_set_names.add(runner_set.name, key)
                self._metric_names.add(runner_set.name, key)
        for listener in listeners:
            self._add_listener(listener)

    def _add_listener(self, row: Listener) -> None:
        key = self._scale_set(row.scale_set_namespace, row.scale_set)
        if key is None:
            reason = f"its scale set {row.scale_set_namespace}/{row.scale_set} is not there"
            self._lost_listeners.append(
                Unjoined(key=row.key, context=row.context, kind="listener", name=row.name, reason=reason)
            )
            return
        self._belongings.own(LISTENER_KIND, row.namespace, row.name, key)
        known = self.listeners.get(key)
        if known is None or _age_order(row) > _age_order(known):
            self.listeners[key] = row

    def add_ephemeral(self, row: EphemeralRunner) -> str | None:
        """Join an ephemeral runner; return its scale set, or None where that is not there."""
        key = self._owner_of_ephemeral(row)
        if key is None:
            self._orphans.setdefault((row.namespace, row.scale_set or row.name), {})[row.key] = row
            return None
        self._belongings.own(RUNNER_KIND, row.namespace, row.name, key)
        self._runner_names.add(row.name, key)
        self.ephemeral_runners.setdefault(key, []).append(row)
        return key

    def remove_ephemeral(self, row: EphemeralRunner) -> str | None:
        """Forget an ephemeral runner; return its scale set."""
        key = self._owner_of_ephemeral(row)
        if key is None:
            place = (row.namespace, row.scale_set or row.name)
            del self._orphans[place][row.key]
            if not self._orphans[place]:
                del self._orphans[place]
            return None
        self._belongings.disown(RUNNER_KIND, row.namespace, row.name)
        self._runner_names.remove(row.name, key)
        _drop(self.ephemeral_runners, key, row)
        return key

    def replace_ephemeral(self, before: EphemeralRunner, after: EphemeralRunner) -> str | None:
        """Put the new word on an ephemeral runner in the place of the old; return its scale set."""
        key = self._owner_of_ephemeral(before)
        if key is None:
            self._orphans[before.namespace, before.scale_set or before.name][before.key] = after
        else:
            _put(self.ephemeral_runners[key], before, after)
        return key

    def _owner_of_ephemeral(self, row: EphemeralRunner) -> str | None:
        return self._scale_set(row.namespace, row.scale_set) or self._by_runner_name(row.namespace, row.name)

    def add_pod(self, pod: Pod) -> None:
        """Join a pod that has no owner yet: of a runner, of a job in container mode ``kubernetes``, of a listener."""
        role = pod.role
        if role is PodRole.MANAGER or role is PodRole.CONTROLLER:
            return
        key = self._scale_set(pod.scale_set_namespace or pod.namespace, pod.scale_set)
        if role is PodRole.LISTENER:
            if key is None:
                key = self._belongings.owner(LISTENER_KIND, pod.namespace, pod.name)
            if key is not None:
                self._belongings.give_pod(key, pod, workload=False)
                self._offer_listener_pod(key, pod)
            return
        if key is None:
            key = self._belongings.owner(RUNNER_KIND, pod.namespace, pod.name.removesuffix(WORKFLOW_SUFFIX))
        if key is None and role is PodRole.RUNNER:
            key = self._by_runner_name(pod.namespace, pod.name)
        if key is not None:
            self._belongings.give_pod(key, pod)

    def choose_listener_pod(self, key: str) -> None:
        """Choose anew which of a scale set's listener pods counts, after one of them changed."""
        candidates = [pod for pod in self._belongings.pods.get(key, ()) if pod.role is PodRole.LISTENER]
        if key in self.listener_pods:
            del self.listener_pods[key]
            for pod in candidates:
                self._offer_listener_pod(key, pod)

    def _offer_listener_pod(self, key: str, pod: Pod) -> None:
        known = self.listener_pods.get(key)
        if known is None or _pod_order(pod) > _pod_order(known):
            self.listener_pods[key] = pod

    def add_github(self, row: ForgeRunner) -> str | None:
        """Join one of GitHub's runners; return its scale set, or None where it belongs to none.

        A name of the form ``<runner set>-runner-<suffix>`` is ARC's own too when its resource is already gone: the two
        lists are never read at the same moment, and a runner of one job lives for seconds.
        """
        key = self._runner_names.get(row.name)
        if key is None and row.ephemeral is not False:
            runner_set, infix, suffix = row.name.rpartition(_RUNNER_INFIX)
            if infix and "-" not in suffix:
                key = self._runner_set_names.get(runner_set)
        if key is None:
            self.alone[row.key] = row
            self._belongings.names.add(row.name, row.key)
        else:
            self._owner_of_github[row.key] = key
            self.members.setdefault(key, []).append(row)
        return key

    def remove_github(self, row: ForgeRunner) -> str | None:
        """Forget one of GitHub's runners; return its scale set, or None where it belonged to none."""
        key = self._owner_of_github.pop(row.key, None)
        if key is None:
            del self.alone[row.key]
            self._belongings.names.remove(row.name, row.key)
        else:
            _drop(self.members, key, row)
        return key

    def replace_github(self, before: ForgeRunner, after: ForgeRunner) -> str | None:
        """Put the new word on one of GitHub's runners in the place of the old; return its scale set, if any."""
        key = self._owner_of_github.get(before.key)
        if key is None:
            self.alone[before.key] = after
        else:
            _put(self.members[key], before, after)
        return key

    def unjoined(self) -> Iterator[Unjoined]:
        """Yield ephemeral runners and listeners whose scale set is not there."""
        for (namespace, name), rows in self._orphans.items():
            reason = f"{len(rows)} ephemeral runners of a scale set {namespace}/{name} that is not there"
            first = rows[min(rows)]
            yield Unjoined(key=first.key, context=first.context, kind="ephemeral_runner", name=name, reason=reason)
        yield from self._lost_listeners

    def gone_runner(self, namespace: str, name: str) -> str | None:
        """Return the scale set of an ephemeral runner or pod by its name alone: warnings outlive their object."""
        return self._by_runner_name(namespace, name.removesuffix(WORKFLOW_SUFFIX))

    def of_sample(self, sample: Sample) -> str | None:
        """Return the scale set that a listener's sample is about.

        The listener puts the EphemeralRunnerSet's name and namespace into its labels ``name`` and ``namespace``. A
        scrape without ``honor_labels`` moves the latter to ``exported_namespace`` and writes its own namespace and pod.
        Metrics of jobs carry no name at all, so only the pod tells.
        """
        name = namespace = exported = pod = None
        for label, value in sample.labels:
            if label == "name":
                name = value
            elif label == "namespace":
                namespace = value
            elif label == "exported_namespace":
                exported = value
            elif label == "pod":
                pod = value
        if name is not None:
            for place in (exported, namespace):
                if place is not None:
                    key = self._belongings.owner(RUNNER_SET_KIND, place, name) or self._scale_set(place, name)
                    if key is not None:
                        return key
            key = self._metric_names.get(name)
            if key is not None:
                return key
        if pod is None:
            return None
        for place in (namespace, exported):
            if place is not None:
                key = self._belongings.owner(LISTENER_KIND, place, pod) or self._belongings.owner("Pod", place, pod)
                if key is not None:
                    return key
        return None

    def _by_runner_name(self, namespace: str, name: str) -> str | None:
        return self._belongings.owner(RUNNER_SET_KIND, namespace, name.rpartition(_RUNNER_INFIX)[0])

    def _scale_set(self, namespace: str, name: str | None) -> str | None:
        return None if name is None else self._belongings.owner(SCALE_SET_KIND, namespace, name)


def _age_order(listener: Listener) -> tuple[float, str]:
    return (listener.created_at.timestamp() if listener.created_at else 0.0, listener.key)


def _pod_order(pod: Pod) -> tuple[bool, float, str]:
    return (pod.deleted_at is None, pod.created_at.timestamp() if pod.created_at else 0.0, pod.key)


def _put(rows: list[R], before: R, after: R) -> None:
    rows[next(place for place, row in enumerate(rows) if row.key == before.key)] = after


def _drop(groups: dict[str, list[R]], key: str, gone: R) -> None:
    rows = [row for row in groups[key] if row.key != gone.key]
    if rows:
        groups[key] = rows
    else:
        del groups[key]
