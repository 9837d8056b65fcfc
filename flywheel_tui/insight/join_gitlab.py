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

from collections.abc import Iterable, Mapping, Sequence
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
    """One Helm release of gitlab-runner: its Deployments, its manager pods, and the runners that proofs point at."""

    namespace: str
    name: str
    deployments: list[Deployment] = msgspec.field(default_factory=list)
    pods: list[Pod] = msgspec.field(default_factory=list)
    proven: frozenset[str] = NONE


class JobPods(msgspec.Struct, gc=False):
    """What job pods tell of the releases that started them, and those that carry no usable token.

    Attributes:
        runners_by_place: Runners by namespace and name in config.toml.
        runners_by_name: Runners by that name alone; metrics tell it too.
        orphans: Pods whose token no known runner has, by token.
        nameless: Pods without a token that at least carry the name.
    """

    runners_by_place: dict[str, Names] = msgspec.field(default_factory=dict)
    runners_by_name: Names = msgspec.field(default_factory=Names)
    orphans: dict[str, list[Pod]] = msgspec.field(default_factory=dict)
    nameless: list[Pod] = msgspec.field(default_factory=list)


def join_gitlab(
    scene: Scene,
    runners: Sequence[ForgeRunner],
    pods: Iterable[Pod],
    deployments: Iterable[Deployment],
    samples: Iterable[Sample],
    belongings: Belongings,
    tokens: RunnerTokens,
) -> None:
    """Give every GitLab runner its Deployments and pods; list what no runner claims.

    Args:
        scene: The context.
        runners: GitLab's list.
        pods: All pods of the cluster.
        deployments: All Deployments of the cluster.
        samples: Of a query that every manager answers, busy or not.
        belongings: Takes the result.
        tokens: Index of the runners.
    """
    releases: dict[ObjectName, Release] = {}
    by_deployment = _collect_deployments(deployments, releases)
    jobs = JobPods()
    for pod in pods:
        if pod.role is PodRole.MANAGER:
            _collect_manager(pod, releases, by_deployment, tokens)
        elif pod.manager_short_token is not None or pod.role is PodRole.JOB:
            _give_job(pod, jobs, belongings, tokens)
    _prove_by_metrics(releases, samples, jobs, tokens)
    described = _descriptions(runners)
    counts: dict[str, int] = {}
    for release in releases.values():
        counts[release.name] = counts.get(release.name, 0) + 1
    for release in releases.values():
        candidates = release.proven or _proof_by_name(release, jobs, described, unique=counts[release.name] == 1)
        if len(candidates) == 1:
            _give_release(release, min(candidates), belongings)
        else:
            _list_release(scene, release, candidates, belongings)
    for pod in jobs.nameless:
        runner = None if pod.manager_name is None else belongings.names.get(pod.manager_name)
        if runner is not None:
            belongings.give_pod(runner, pod)
    _list_orphans(scene, jobs, belongings)
    _list_runners_without_pods(scene, runners, belongings)


def _collect_deployments(
    deployments: Iterable[Deployment], releases: dict[ObjectName, Release]
) -> dict[ObjectName, tuple[Deployment, str]]:
    """Return all Deployments by name with the name of their release; open a release for each of the chart's."""
    by_name: dict[ObjectName, tuple[Deployment, str]] = {}
    for deployment in deployments:
        name = deployment.release or deployment.name
        by_name[deployment.namespace, deployment.name] = (deployment, name)
        if deployment.chart is not None and deployment.chart.startswith(_CHART):
            release = _release(releases, deployment.namespace, name)
            release.deployments.append(deployment)
    return by_name


def _collect_manager(
    pod: Pod,
    releases: dict[ObjectName, Release],
    by_deployment: Mapping[ObjectName, tuple[Deployment, str]],
    tokens: RunnerTokens,
) -> None:
    owned = None
    if pod.owner_kind == "ReplicaSet" and pod.owner_name is not None:
        # A Deployment names its ReplicaSets after itself and a hash.
        owned = by_deployment.get((pod.namespace, pod.owner_name.rpartition("-")[0]))
    name = pod.release or (owned[1] if owned is not None else None) or pod.app or pod.owner_name or pod.name
    release = _release(releases, pod.namespace, name)
    release.pods.append(pod)
    if owned is not None and owned[0] not in release.deployments:
        release.deployments.append(owned[0])
    if pod.manager_short_token is not None:
        runner = tokens.by_token(pod.manager_short_token)
        if runner is not None:
            release.proven |= {runner}


def _release(releases: dict[ObjectName, Release], namespace: str, name: str) -> Release:
    release = releases.get((namespace, name))
    if release is None:
        release = releases[namespace, name] = Release(namespace, name)
    return release


def _give_job(pod: Pod, jobs: JobPods, belongings: Belongings, tokens: RunnerTokens) -> None:
    token = pod.manager_short_token
    if token is None:
        jobs.nameless.append(pod)
        return
    runner = tokens.by_token(token)
    if runner is None:
        jobs.orphans.setdefault(token, []).append(pod)
        return
    belongings.give_pod(runner, pod)
    if pod.manager_name is not None:
        names = jobs.runners_by_place.get(pod.namespace)
        if names is None:
            names = jobs.runners_by_place[pod.namespace] = Names()
        names.add(pod.manager_name, runner)
        jobs.runners_by_name.add(pod.manager_name, runner)


def _prove_by_metrics(
    releases: Mapping[ObjectName, Release], samples: Iterable[Sample], jobs: JobPods, tokens: RunnerTokens
) -> None:
    release_of_pod: dict[ObjectName, Release] = {}
    for release in releases.values():
        if not release.proven:
            for pod in release.pods:
                release_of_pod[pod.namespace, pod.name] = release
    if not release_of_pod:
        return
    for sample in samples:
        namespace = pod_name = name = token = system_id = None
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
                pod_name = value
        runner = tokens.find(token, system_id)
        if runner is None:
            continue
        if namespace is not None and pod_name is not None and (namespace, pod_name) in release_of_pod:
            release_of_pod[namespace, pod_name].proven |= {runner}
        if name is not None:
            jobs.runners_by_name.add(name, runner)


def _descriptions(runners: Iterable[ForgeRunner]) -> Names:
    """Return the runners by description, and by what stands before a description's colon."""
    names = Names()
    for runner in runners:
        names.add(runner.name, runner.key)
        head, colon, _ = runner.name.partition(":")
        if colon:
            names.add(head.strip(), runner.key)
    return names


def _proof_by_name(release: Release, jobs: JobPods, described: Names, *, unique: bool) -> frozenset[str]:
    names = jobs.runners_by_place.get(release.namespace)
    found = NONE if names is None else names.all(release.name)
    if not found and unique:
        found = jobs.runners_by_name.all(release.name) or described.all(release.name)
    return found


def _give_release(release: Release, runner: str, belongings: Belongings) -> None:
    belongings.names.add(release.name, runner)
    for deployment in release.deployments:
        belongings.give_deployment(runner, deployment)
        belongings.names.add(deployment.name, runner)
    for pod in release.pods:
        belongings.give_pod(runner, pod)


def _list_release(scene: Scene, release: Release, candidates: frozenset[str], belongings: Belongings) -> None:
    gitlab = scene.feeds.get(SourceKind.GITLAB)
    if gitlab is not None and gitlab.fetched_at is None:
        return  # Nobody knows yet which runners there are.
    if candidates:
        reason = f"{len(candidates)} GitLab runners claim it: {', '.join(sorted(candidates)[:3])}"
    elif gitlab is None:
        reason = "no GitLab is configured for this context"
    else:
        reason = "no GitLab runner that is known carries its token or its name"
    keys = [row.key for row in (*release.deployments, *release.pods)]
    belongings.unjoined.append(
        Unjoined(key=min(keys), context=scene.context, kind="release", name=release.name, reason=reason)
    )


def _list_orphans(scene: Scene, jobs: JobPods, belongings: Belongings) -> None:
    if not scene.answered(SourceKind.GITLAB):
        return
    for token, pods in jobs.orphans.items():
        reason = f"{len(pods)} job pods of a runner that GitLab does not list here, token {token}…"
        first = min(pods, key=lambda pod: pod.key)
        belongings.unjoined.append(
            Unjoined(key=first.key, context=first.context, kind="pod", name=first.name, reason=reason)
        )


def _list_runners_without_pods(scene: Scene, runners: Iterable[ForgeRunner], belongings: Belongings) -> None:
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
            belongings.unjoined.append(
                Unjoined(key=runner.key, context=runner.context, kind="runner", name=runner.name, reason=reason)
            )
