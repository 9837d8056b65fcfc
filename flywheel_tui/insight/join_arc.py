"""ARC: a scale set with its ephemeral runners, pods and listener, and the GitHub runners that are its own.

AutoscalingRunnerSet -> EphemeralRunnerSet ``<set>-xxxxx`` -> EphemeralRunner ``<runner set>-runner-xxxxx`` -> pod of
the same name, and GitHub lists the runner under that name too. The AutoscalingListener lives in the controller's
namespace and names its scale set; its pod has its name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flywheel_tui.domain.fleet import Unjoined
from flywheel_tui.domain.metric import Sample
from flywheel_tui.domain.runner import ForgeRunner
from flywheel_tui.domain.scaleset import EphemeralRunner, EphemeralRunnerSet, Listener, ScaleSet
from flywheel_tui.domain.workload import Pod, PodRole
from flywheel_tui.insight.cluster import Belongings, Names, ObjectName

SCALE_SET_KIND: Final = "AutoscalingRunnerSet"
RUNNER_SET_KIND: Final = "EphemeralRunnerSet"
RUNNER_KIND: Final = "EphemeralRunner"
LISTENER_KIND: Final = "AutoscalingListener"

_RUNNER_INFIX: Final = "-runner-"
_WORKFLOW_SUFFIX: Final = "-workflow"


class ArcJoin:
    """Who belongs to which scale set, by the scale set's key."""

    def __init__(self, scale_sets: Iterable[ScaleSet], belongings: Belongings) -> None:
        self._belongings = belongings
        self._runner_names = Names()
        self._runner_set_names = Names()
        self._metric_names = Names()
        self.ephemeral_runners: dict[str, list[EphemeralRunner]] = {}
        self.listeners: dict[str, Listener] = {}
        self.listener_pods: dict[str, Pod] = {}
        self.members: dict[str, list[ForgeRunner]] = {}
        for scale_set in scale_sets:
            belongings.own(SCALE_SET_KIND, scale_set.namespace, scale_set.name, scale_set.key)
            belongings.give_namespace(scale_set.key, scale_set.namespace)
            belongings.names.add(scale_set.name, scale_set.key)
            belongings.names.add(scale_set.runner_scale_set_name, scale_set.key)
            self._metric_names.add(scale_set.name, scale_set.key)

    def add_runner_sets(self, runner_sets: Iterable[EphemeralRunnerSet]) -> None:
        """Join the EphemeralRunnerSets; from ARC 0.15 on one has the very name of its scale set."""
        for row in runner_sets:
            key = self._scale_set(row.namespace, row.scale_set or row.name)
            if key is not None:
                self._belongings.own(RUNNER_SET_KIND, row.namespace, row.name, key)
                self._runner_set_names.add(row.name, key)
                self._metric_names.add(row.name, key)

    def add_ephemeral_runners(self, runners: Iterable[EphemeralRunner]) -> None:
        """Join the EphemeralRunners; list those whose scale set is not there."""
        orphans: dict[ObjectName, list[EphemeralRunner]] = {}
        for row in runners:
            key = self._scale_set(row.namespace, row.scale_set)
            if key is None:
                key = self._by_runner_name(row.namespace, row.name)
            if key is None:
                orphans.setdefault((row.namespace, row.scale_set or row.name), []).append(row)
                continue
            self._belongings.own(RUNNER_KIND, row.namespace, row.name, key)
            self._runner_names.add(row.name, key)
            self.ephemeral_runners.setdefault(key, []).append(row)
        for (namespace, name), rows in orphans.items():
            reason = f"{len(rows)} ephemeral runners of a scale set {namespace}/{name} that is not there"
            first = min(rows, key=lambda row: row.key)
            self._belongings.unjoined.append(
                Unjoined(key=first.key, context=first.context, kind="ephemeral_runner", name=name, reason=reason)
            )

    def add_listeners(self, listeners: Iterable[Listener]) -> None:
        """Join the listeners; of two (one is on its way out) the younger counts."""
        for row in listeners:
            key = self._scale_set(row.scale_set_namespace, row.scale_set)
            if key is None:
                reason = f"its scale set {row.scale_set_namespace}/{row.scale_set} is not there"
                self._belongings.unjoined.append(
                    Unjoined(key=row.key, context=row.context, kind="listener", name=row.name, reason=reason)
                )
                continue
            self._belongings.own(LISTENER_KIND, row.namespace, row.name, key)
            known = self.listeners.get(key)
            if known is None or _age_order(row) > _age_order(known):
                self.listeners[key] = row

    def add_pods(self, pods: Iterable[Pod]) -> None:
        """Join runner pods, the job pods of container mode ``kubernetes``, and listener pods."""
        for pod in pods:
            role = pod.role
            if role is PodRole.MANAGER or role is PodRole.CONTROLLER:
                continue
            if pod.key in self._belongings.runner_of_pod:
                continue
            if role is PodRole.LISTENER:
                self._add_listener_pod(pod)
                continue
            key = self._scale_set(pod.scale_set_namespace or pod.namespace, pod.scale_set)
            if key is None:
                key = self._belongings.owner(RUNNER_KIND, pod.namespace, pod.name.removesuffix(_WORKFLOW_SUFFIX))
            if key is None and role is PodRole.RUNNER:
                key = self._by_runner_name(pod.namespace, pod.name)
            if key is not None:
                self._belongings.give_pod(key, pod)

    def _add_listener_pod(self, pod: Pod) -> None:
        key = self._scale_set(pod.scale_set_namespace or pod.namespace, pod.scale_set)
        if key is None:
            key = self._belongings.owner(LISTENER_KIND, pod.namespace, pod.name)
        if key is None:
            return
        self._belongings.give_pod(key, pod, workload=False)
        known = self.listener_pods.get(key)
        if known is None or _pod_order(pod) > _pod_order(known):
            self.listener_pods[key] = pod

    def add_github_runners(self, runners: Iterable[ForgeRunner]) -> list[ForgeRunner]:
        """Join GitHub's runners; return those that belong to no scale set.

        A name of the form ``<runner set>-runner-<suffix>`` is ARC's own too when its resource is already gone: the two
        lists are never read at the same moment, and a runner of one job lives for seconds.
        """
        alone: list[ForgeRunner] = []
        for row in runners:
            key = self._runner_names.get(row.name)
            if key is None and row.ephemeral is not False:
                runner_set, infix, suffix = row.name.rpartition(_RUNNER_INFIX)
                if infix and "-" not in suffix:
                    key = self._runner_set_names.get(runner_set)
            if key is None:
                alone.append(row)
            else:
                self.members.setdefault(key, []).append(row)
        return alone

    def gone_runner(self, namespace: str, name: str) -> str | None:
        """Return the scale set of an ephemeral runner or pod by its name alone: warnings outlive their object."""
        return self._by_runner_name(namespace, name.removesuffix(_WORKFLOW_SUFFIX))

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
