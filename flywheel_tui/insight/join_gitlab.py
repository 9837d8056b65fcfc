"""GitLab runners and what runs them in the cluster: managers of a Helm release, and the pods of their jobs.

A job pod names its runner by the start of the token (label ``manager.runner.gitlab.com/id-short``) and by the name in
config.toml (``…/name``). A manager pod names only its Helm release. A release is joined by the best proof there is:

1. a manager pod carries the token label,
2. a metric of a manager pod carries the token or a system id,
3. job pods or metrics that carry the token also carry the release's name, which the chart writes into config.toml,
4. the runner's description is the release's name, or starts with it and a colon.

Where a proof points at several runners the release stays unjoined: a guess could stop the wrong runner.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.fleet import Unjoined
from flywheel_tui.domain.metric import Sample
from flywheel_tui.domain.runner import ForgeRunner, RunnerState
from flywheel_tui.domain.workload import Deployment, Pod, PodRole
from flywheel_tui.insight.cluster import NONE, Belongings, Names, ObjectName
from flywheel_tui.insight.scene import Scene
from flywheel_tui.insight.tokens import RunnerTokens

_CHART: Final = "gitlab-runner"


class Release(msgspec.Struct, gc=False):
    """One Helm release of gitlab-runner.

    Attributes:
        deployments, pods: Its Deployments and manager pods by key, as they were when they came: only what tells their
            identity is read.
        claimed_by: The runners that the best proof points at.
    """

    namespace: str
    name: str
    deployments: dict[str, Deployment] = msgspec.field(default_factory=dict)
    pods: dict[str, Pod] = msgspec.field(default_factory=dict)
    claimed_by: frozenset[str] = NONE


class GitLabJoin:
    """Gives every GitLab runner its Deployments and pods.

    After :meth:`settle` single pods and samples can come and go. Whoever lets them asks by the return value whether the
    releases are still whose they were; where not, the join has to be made anew.

    Args:
        runners: GitLab's list.
        deployments: All Deployments of the cluster.
        belongings: Takes the result.
        tokens: Index of the runners.
    """

    def __init__(
        self,
        runners: Iterable[ForgeRunner],
        deployments: Iterable[Deployment],
        belongings: Belongings,
        tokens: RunnerTokens,
    ) -> None:
        self._belongings = belongings
        self._tokens = tokens
        self._releases: dict[ObjectName, Release] = {}
        self._by_name: dict[str, list[Release]] = {}
        self._release_of_pod: dict[ObjectName, Release] = {}
        self._by_deployment = self._collect_deployments(deployments)
        self._described = _descriptions(runners)
        # What job pods tell of the releases that started them: runners by namespace and name in config.toml, and by
        # that name alone, which metrics tell, too.
        self._runners_by_place: dict[str, Names] = {}
        self._runners_by_name = Names()
        self._runners_by_metrics: dict[ObjectName, list[str]] = {}
        self._release_names = Names()
        self._nameless: list[Pod] = []
        self._orphans: dict[str, dict[str, Pod]] = {}
        self._settled = False

    def add_pod(self, pod: Pod) -> bool:
        """Take in any pod; return whether the releases stay whose they are."""
        if pod.role is PodRole.MANAGER:
            return self._add_manager(pod)
        token = pod.manager_short_token
        if token is None:
            if pod.role is PodRole.JOB:
                self._add_nameless(pod)
            return True
        runner = self._tokens.by_token(token)
        if runner is None:
            self._orphans.setdefault(token, {})[pod.key] = pod
            return True
        self._belongings.give_pod(runner, pod)
        if pod.manager_name is None:
            return True
        names = self._runners_by_place.get(pod.namespace)
        if names is None:
            names = self._runners_by_place[pod.namespace] = Names()
        news = (names.add(pod.manager_name, runner), self._runners_by_name.add(pod.manager_name, runner))
        return not any(news) or self._stands(self._by_name.get(pod.manager_name, ()))

    def remove_pod(self, pod: Pod) -> bool:
        """Forget any pod that :meth:`add_pod` took in; return whether the releases stay whose they are."""
        if pod.role is PodRole.MANAGER:
            return self._remove_manager(pod)
        token = pod.manager_short_token
        runner = None if token is None else self._tokens.by_token(token)
        if token is not None and runner is None:
            orphans = self._orphans[token]
            del orphans[pod.key]
            if not orphans:
                del self._orphans[token]
        self._belongings.take_pod(pod)
        if runner is None or pod.manager_name is None:
            return True
        place = self._runners_by_place[pod.namespace]
        news = (place.remove(pod.manager_name, runner), self._runners_by_name.remove(pod.manager_name, runner))
        return not any(news) or self._stands(self._by_name.get(pod.manager_name, ()))

    def add_sample(self, sample: Sample) -> bool:
        """Take in a sample of a query that every manager answers; return whether the releases stay whose they are."""
        runner, pod, name = self._told_by(sample)
        if runner is None:
            return True
        if pod is not None:
            self._runners_by_metrics.setdefault(pod, []).append(runner)
        news = name is not None and self._runners_by_name.add(name, runner)
        return self._stands_after(pod, name if news else None)

    def remove_sample(self, sample: Sample) -> bool:
        """Forget such a sample; return whether the releases stay whose they are."""
        runner, pod, name = self._told_by(sample)
        if runner is None:
            return True
        if pod is not None:
            runners = self._runners_by_metrics[pod]
            runners.remove(runner)
            if not runners:
                del self._runners_by_metrics[pod]
        news = name is not None and self._runners_by_name.remove(name, runner)
        return self._stands_after(pod, name if news else None)

    def settle(self) -> None:
        """Give the releases to their runners, once all pods and samples are in."""
        for release in self._releases.values():
            release.claimed_by = self._claims(release)
            if len(release.claimed_by) == 1:
                self._give(release, min(release.claimed_by))
        self._settled = True
        for pod in self._nameless:
            self._add_nameless(pod)
        self._nameless.clear()

    def unjoined(self, scene: Scene, runners: Iterable[ForgeRunner]) -> Iterator[Unjoined]:
        """Yield what no runner claims, and the runners that should have pods and have none."""
        yield from self._loose_releases(scene)
        yield from self._orphaned_pods(scene)
        yield from _runners_without_pods(scene, runners, self._belongings)

    def _add_nameless(self, pod: Pod) -> None:
        """Give a job's pod without a token, where it at least carries its release's name."""
        if not self._settled:
            self._nameless.append(pod)
            return
        runner = None if pod.manager_name is None else self._release_names.get(pod.manager_name)
        if runner is not None:
            self._belongings.give_pod(runner, pod)

    def _add_manager(self, pod: Pod) -> bool:
        owned = None
        if pod.owner_kind == "ReplicaSet" and pod.owner_name is not None:
            # A Deployment names its ReplicaSets after itself and a hash.
            owned = self._by_deployment.get((pod.namespace, pod.owner_name.rpartition("-")[0]))
        name = pod.release or (owned[1] if owned is not None else None) or pod.app or pod.owner_name or pod.name
        if self._settled and (pod.namespace, name) not in self._releases:
            return False
        release = self._release(pod.namespace, name)
        release.pods[pod.key] = pod
        self._release_of_pod[pod.namespace, pod.name] = release
        if owned is not None and owned[0].key not in release.deployments:
            release.deployments[owned[0].key] = owned[0]
            if self._settled:
                return False
        if not self._settled:
            return True
        if not self._stands((release,)):
            return False
        if len(release.claimed_by) == 1:
            self._belongings.give_pod(min(release.claimed_by), pod)
        return True

    def _remove_manager(self, pod: Pod) -> bool:
        release = self._release_of_pod.pop((pod.namespace, pod.name))
        del release.pods[pod.key]
        self._belongings.take_pod(pod)
        # A Deployment without the chart's label is in a release only by its pods.
        only_by_pods = any(not _is_charts(each) for each in release.deployments.values())
        return bool(release.deployments or release.pods) and not only_by_pods and self._stands((release,))

    def _collect_deployments(self, deployments: Iterable[Deployment]) -> dict[ObjectName, tuple[Deployment, str]]:
        """Return all Deployments by name with the name of their release; open a release for each of the chart's."""
        by_name: dict[ObjectName, tuple[Deployment, str]] = {}
        for deployment in deployments:
            name = deployment.release or deployment.name
            by_name[deployment.namespace, deployment.name] = (deployment, name)
            if _is_charts(deployment):
                self._release(deployment.namespace, name).deployments[deployment.key] = deployment
        return by_name

    def _release(self, namespace: str, name: str) -> Release:
        release = self._releases.get((namespace, name))
        if release is None:
            release = self._releases[namespace, name] = Release(namespace, name)
            self._by_name.setdefault(name, []).append(release)
        return release

    def _told_by(self, sample: Sample) -> tuple[str | None, ObjectName | None, str | None]:
        """Return the runner, the pod and the release's name that a sample tells of."""
        namespace = pod = name = token = system_id = None
        for label, value in sample.labels:
            if label == "runner":
                token = value
            elif label == "runner_name":
                name = value
            elif label == "system_id":
                system_id = value
            elif label == "namespace":
                namespace = value
            elif label == "pod":
                pod = value
        place = None if namespace is None or pod is None else (namespace, pod)
        return self._tokens.find(token, system_id), place, name

    def _claims(self, release: Release) -> frozenset[str]:
        """Return the runners that the best proof there is points at."""
        find = self._tokens.by_token
        tokens = {find(pod.manager_short_token) for pod in release.pods.values() if pod.manager_short_token is not None}
        told = tokens - {None}
        if not told:
            for pod in release.pods.values():
                told.update(self._runners_by_metrics.get((pod.namespace, pod.name), ()))
        if told:
            return frozenset(runner for runner in told if runner is not None)
        names = self._runners_by_place.get(release.namespace)
        found = NONE if names is None else names.all(release.name)
        if not found and len(self._by_name[release.name]) == 1:
            found = self._runners_by_name.all(release.name) or self._described.all(release.name)
        return found

    def _stands_after(self, pod: ObjectName | None, name: str | None) -> bool:
        if not self._settled:
            return True
        release = None if pod is None else self._release_of_pod.get(pod)
        return (release is None or self._stands((release,))) and (
            name is None or self._stands(self._by_name.get(name, ()))
        )

    def _stands(self, releases: Iterable[Release]) -> bool:
        return not self._settled or all(self._claims(release) == release.claimed_by for release in releases)

    def _give(self, release: Release, runner: str) -> None:
        own = self._belongings
        for name in (release.name, *(deployment.name for deployment in release.deployments.values())):
            own.names.add(name, runner)
            self._release_names.add(name, runner)
        for deployment in release.deployments.values():
            own.give_deployment(runner, deployment)
        for pod in release.pods.values():
            own.give_pod(runner, pod)

    def _loose_releases(self, scene: Scene) -> Iterator[Unjoined]:
        gitlab = scene.feeds.get(SourceKind.GITLAB)
        if gitlab is not None and gitlab.fetched_at is None:
            return  # Nobody knows yet which runners there are.
        for release in self._releases.values():
            claims = release.claimed_by
            if len(claims) == 1:
                continue
            if claims:
                reason = f"{len(claims)} GitLab runners claim it: {', '.join(sorted(claims)[:3])}"
            elif gitlab is None:
                reason = "no GitLab is configured for this context"
            else:
                reason = "no GitLab runner that is known carries its token or its name"
            key = min([*release.deployments, *release.pods])
            yield Unjoined(key=key, context=scene.context, kind="release", name=release.name, reason=reason)

    def _orphaned_pods(self, scene: Scene) -> Iterator[Unjoined]:
        if not scene.answered(SourceKind.GITLAB):
            return
        for token, pods in self._orphans.items():
            reason = f"{len(pods)} job pods of a runner that GitLab does not list here, token {token}…"
            first = pods[min(pods)]
            yield Unjoined(key=first.key, context=first.context, kind="pod", name=first.name, reason=reason)


def _is_charts(deployment: Deployment) -> bool:
    return deployment.chart is not None and deployment.chart.startswith(_CHART)


def _descriptions(runners: Iterable[ForgeRunner]) -> Names:
    """Return the runners by description, and by what stands before a description's colon."""
    names = Names()
    for runner in runners:
        names.add(runner.name, runner.key)
        head, colon, _ = runner.name.partition(":")
        if colon:
            names.add(head.strip(), runner.key)
    return names


def _runners_without_pods(scene: Scene, runners: Iterable[ForgeRunner], belongings: Belongings) -> Iterator[Unjoined]:
    if not scene.whole_cluster():
        return
    for runner in runners:
        if runner.state is not RunnerState.ONLINE or runner.key in belongings.pods:
            continue
        if any(
            manager.executor == "kubernetes" and manager.state is RunnerState.ONLINE
            for manager in runner.managers or ()
        ):
            reason = "its managers start pods in Kubernetes, but no pod of this cluster is known to be its own"
            yield Unjoined(key=runner.key, context=runner.context, kind="runner", name=runner.name, reason=reason)
