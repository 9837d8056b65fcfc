"""The Kubernetes source against a real kube-apiserver: rights, custom resources, changes, restarts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from flywheel_tui.config.settings import KubernetesSettings
from flywheel_tui.domain.errors import SourceError, UnauthorizedError
from flywheel_tui.domain.feed import Observation
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.scaleset import EphemeralRunner, EphemeralRunnerSet, Listener, ScaleSet
from flywheel_tui.domain.workload import Autoscaler, CronJob, Deployment, Event, Pod, PodRole, Quota
from flywheel_tui.sources.kubernetes import listing, watching
from flywheel_tui.sources.kubernetes.client import KubernetesClient
from flywheel_tui.sources.kubernetes.credentials import prepare
from flywheel_tui.sources.kubernetes.resources import Resource
from flywheel_tui.sources.kubernetes.source import KubernetesSource
from tests.real.servers.arc import install_definitions
from tests.real.servers.etcd import Etcd
from tests.real.servers.kube_apiserver import KubeApiserver
from tests.real.servers.service_accounts import create_service_account
from tests.unit.sources.kubernetes import objects
from tests.unit.sources.kubernetes.fake_apiserver import PATHS

READ = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["list", "watch"]}]


def source_for(kubeconfig: Path, **settings: Any) -> KubernetesSource:  # noqa: ANN401 - any setting
    whole = KubernetesSettings(kubeconfig=kubeconfig, **settings)
    return KubernetesSource("prod", whole, prepare(whole))


@asynccontextmanager
async def following(source: KubernetesSource) -> AsyncIterator[AsyncGenerator[Observation]]:
    async with aclosing(cast("AsyncGenerator[Observation]", source.follow())) as stream:
        yield stream
    await source.aclose()


async def observed(
    stream: AsyncGenerator[Observation], what: Callable[[Observation], object], seconds: float = 60.0
) -> Observation:
    """The first observation that shows what is looked for."""
    async with asyncio.timeout(seconds):
        while True:
            observation = await anext(stream)
            if what(observation):
                return observation


def collection(item: objects.Json) -> str:
    """The path where an object is created."""
    before, _, plural = PATHS[item["kind"]].rpartition("/")
    return f"{before}/namespaces/{item['metadata']['namespace']}/{plural}"


def create(server: KubeApiserver, item: objects.Json) -> None:
    """Creates an object, and its status, which the server takes by another door."""
    status = item.get("status")
    for field in ("uid", "resourceVersion", "creationTimestamp", "managedFields"):
        item["metadata"].pop(field, None)
    owned = item["metadata"].get("ownerReferences")
    for owner in owned or ():
        owner["blockOwnerDeletion"] = False
    server.create(collection(item), item)
    if status:
        patch(server, item, {"status": status}, "/status")


def path_of(item: objects.Json) -> str:
    return f"{collection(item)}/{item['metadata']['name']}"


def patch(server: KubeApiserver, item: objects.Json, change: objects.Json, subresource: str = "") -> None:
    with server.client() as client:
        headers = {"Content-Type": "application/merge-patch+json"}
        response = client.patch(path_of(item) + subresource, json=change, headers=headers)
    assert response.is_success, response.text


def delete(server: KubeApiserver, item: objects.Json) -> None:
    with server.client() as client:
        response = client.delete(path_of(item), params={"gracePeriodSeconds": "0"})
    assert response.is_success, response.text


def codes(observation: Observation) -> set[str]:
    return {finding.code for finding in observation.findings}


def rows(observation: Observation, kind: type[Row], namespace: str) -> list[Any]:
    table: dict[str, Any] = dict(observation.tables[kind])
    return [row for row in table.values() if row.namespace == namespace]


def named(observation: Observation, kind: type[Row], namespace: str) -> list[str]:
    return sorted(row.name for row in rows(observation, kind, namespace))


async def test_every_kind_is_read_as_the_server_stores_it(arc_crds: KubeApiserver, namespace: str) -> None:
    for item in (
        objects.manager_pod(namespace=namespace),
        objects.job_pod(namespace=namespace),
        objects.event(namespace=namespace),
        objects.event("fine", namespace, type="Normal"),
        objects.deployment(namespace=namespace),
        objects.autoscaler(namespace=namespace),
        objects.cron_job(namespace=namespace),
        objects.quota(namespace=namespace),
        objects.scale_set(namespace=namespace),
        objects.runner_set(namespace=namespace),
        objects.ephemeral_runner(namespace=namespace),
        objects.listener(namespace=namespace),
    ):
        create(arc_crds, complete(item))
    source = source_for(arc_crds.kubeconfig, namespaces=(namespace,))
    observation = await source.fetch()
    await source.aclose()
    assert named(observation, Pod, namespace) == ["docker-7d9-x", "runner-abc-project-7-concurrent-0-xyz"]
    job, manager = sorted(rows(observation, Pod, namespace), key=lambda pod: str(pod.role))
    assert (job.role, job.job_id, job.job_project) == (PodRole.JOB, "4711", "acme/web/shop")
    assert (manager.role, manager.phase, manager.containers[0].state) == (PodRole.MANAGER, "Running", "running")
    assert named(observation, Event, namespace) == ["build-1.17a"]
    (deployment,) = rows(observation, Deployment, namespace)
    assert (deployment.release, deployment.replicas, deployment.ready_replicas) == ("docker", 2, 1)
    (autoscaler,) = rows(observation, Autoscaler, namespace)
    assert (autoscaler.cpu_target, autoscaler.cpu_current, autoscaler.desired_replicas) == (70, 91, 3)
    (cron_job,) = rows(observation, CronJob, namespace)
    assert (cron_job.suspended, cron_job.time_zone) == (True, "Europe/Berlin")
    (quota,) = rows(observation, Quota, namespace)
    assert ("limits.cpu", 40.0, 12.5) in [(line.resource, line.hard, line.used) for line in quota.lines]
    (scale_set,) = rows(observation, ScaleSet, namespace)
    assert (scale_set.phase, scale_set.max_runners, scale_set.running_runners) == ("Running", 10, 2)
    assert rows(observation, EphemeralRunnerSet, namespace)[0].running_runners == 2
    (runner,) = rows(observation, EphemeralRunner, namespace)
    assert (runner.job_id, runner.workflow_run_id, runner.ready) == ("c0ffee", 9_000_000_001, True)
    assert rows(observation, Listener, namespace)[0].scale_set_namespace == "arc-runners"
    assert codes(observation) == {"version"}
    assert observation.complete
    assert observation.server_time is not None


def complete(item: objects.Json) -> objects.Json:
    """What a real server asks for and no reader does."""
    if item["kind"] == "CronJob":
        pod = {"spec": {"restartPolicy": "Never", "containers": [objects.container()]}}
        item["spec"]["jobTemplate"] = {"spec": {"template": pod}}
        item["status"]["active"] = []
    if item["kind"] == "HorizontalPodAutoscaler":
        for metric in item["spec"]["metrics"]:
            metric["resource"]["target"]["type"] = "Utilization"
        item["status"] = {
            "currentReplicas": 2,
            "desiredReplicas": 3,
            "conditions": [],
            "currentMetrics": [
                {
                    "type": "Resource",
                    "resource": {"name": "cpu", "current": {"averageUtilization": 91, "averageValue": "1"}},
                }
            ],
        }
    if item["kind"] == "Pod":
        item["spec"].pop("nodeName", None)
        for status in item["status"]["containerStatuses"]:
            status |= {"image": "x", "imageID": "x"}
    return item


async def test_what_is_created_changed_and_deleted_is_seen(arc_crds: KubeApiserver, namespace: str) -> None:
    job, scale_set = complete(objects.job_pod("job", namespace)), objects.scale_set("linux", namespace)
    async with following(source_for(arc_crds.kubeconfig)) as stream:
        first = await anext(stream)
        assert named(first, Pod, namespace) == named(first, ScaleSet, namespace) == []
        create(arc_crds, job)
        create(arc_crds, scale_set)
        await observed(stream, lambda o: named(o, Pod, namespace) == ["job"] and named(o, ScaleSet, namespace))
        crash = objects.waiting("CrashLoopBackOff", restartCount=4, image="x", imageID="x")
        patch(arc_crds, job, {"status": {"phase": "Running", "containerStatuses": [crash]}}, "/status")
        patch(arc_crds, scale_set, {"spec": {"minRunners": 0, "maxRunners": 0}})
        seen = await observed(
            stream,
            lambda o: (
                rows(o, Pod, namespace)[0].containers[0].reason == "CrashLoopBackOff"
                and rows(o, ScaleSet, namespace)[0].max_runners == 0
            ),
        )
        assert rows(seen, Pod, namespace)[0].containers[0].restarts == 4
        delete(arc_crds, job)
        delete(arc_crds, scale_set)
        await observed(stream, lambda o: not named(o, Pod, namespace) and not named(o, ScaleSet, namespace))


async def test_a_list_longer_than_a_page_is_whole(
    kube_apiserver: KubeApiserver, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE_SIZE", 7)
    names = [f"pod-{number:02}" for number in range(30)]
    for name in names:
        create(kube_apiserver, complete(objects.job_pod(name, namespace)))
    source = source_for(kube_apiserver.kubeconfig)
    observation = await source.fetch()
    await source.aclose()
    assert named(observation, Pod, namespace) == names
    assert (observation.budget.last_cycle or 0) >= 15


async def test_an_account_of_one_namespace_sees_that_and_is_told_so(
    kube_apiserver: KubeApiserver, namespace: str
) -> None:
    other = kube_apiserver.create_namespace()
    for home in (namespace, other):
        create(kube_apiserver, complete(objects.job_pod("job", home)))
    account = create_service_account(kube_apiserver, namespace=namespace, name="reader", rules=READ)
    source = source_for(account.kubeconfig, namespaces=(namespace, other), controller_namespace=namespace)
    async with following(source) as stream:
        first = await anext(stream)
        assert named(first, Pod, namespace) == ["job"]
        assert named(first, Pod, other) == []
        assert not first.complete
        assert "fallback" in codes(first)
        (denied,) = (finding for finding in first.findings if finding.code == "missing_right")
        assert denied.text.startswith("May not list pods, events, deployments,")
        assert denied.text.endswith(f"in namespace {other}.")
        create(kube_apiserver, complete(objects.job_pod("later", namespace)))
        await observed(stream, lambda o: named(o, Pod, namespace) == ["job", "later"])


async def test_an_account_that_may_list_but_not_watch_is_served_slowly(
    kube_apiserver: KubeApiserver, namespace: str
) -> None:
    rules = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["list"]}]
    account = create_service_account(kube_apiserver, namespace=namespace, name="lister", rules=rules)
    settings = {"namespaces": (namespace,), "controller_namespace": namespace, "interval_s": 2.0}
    async with following(source_for(account.kubeconfig, **settings)) as stream:
        told = await observed(stream, lambda o: "missing_right" in codes(o))
        assert "but not watch" in next(f.text for f in told.findings if f.code == "missing_right")
        create(kube_apiserver, complete(objects.job_pod("later", namespace)))
        await observed(stream, lambda o: named(o, Pod, namespace) == ["later"])


async def test_credentials_from_a_token_file_and_from_a_plugin_are_accepted(
    kube_apiserver: KubeApiserver, namespace: str, tmp_path: Path
) -> None:
    account = create_service_account(kube_apiserver, namespace=namespace, name="reader", rules=READ, cluster_wide=True)
    token = tmp_path / "token"
    token.write_text(f"{account.token}\n")
    plugin = tmp_path / "plugin"
    version = "client.authentication.k8s.io/v1"
    answer = json.dumps({"apiVersion": version, "kind": "ExecCredential", "status": {"token": account.token}})
    plugin.write_text(f"#!/bin/sh\ncat <<'end'\n{answer}\nend\n")
    plugin.chmod(0o755)
    users: dict[str, dict[str, object]] = {
        "by-file": {"tokenFile": str(token)},
        "by-plugin": {"exec": {"apiVersion": version, "command": str(plugin)}},
    }
    for name, user in users.items():
        source = source_for(kube_apiserver.write_kubeconfig(f"{name}-{namespace}", user))
        assert (await source.fetch()).complete
        await source.aclose()


async def test_impersonation_limits_the_administrator(kube_apiserver: KubeApiserver, namespace: str) -> None:
    pair = kube_apiserver.admin_certificate
    user = {"client-certificate": str(pair.certificate), "client-key": str(pair.key), "as": "nobody-special"}
    source = source_for(kube_apiserver.write_kubeconfig(f"as-{namespace}", user), controller_namespace=namespace)
    observation = await source.fetch()
    await source.aclose()
    assert {"fallback", "missing_right"} <= codes(observation)
    assert not observation.complete


async def test_a_token_that_is_not_accepted_is_one_sentence(kube_apiserver: KubeApiserver, namespace: str) -> None:
    source = source_for(kube_apiserver.write_kubeconfig(f"wrong-{namespace}", {"token": "s3cret-but-wrong"}))
    with pytest.raises(UnauthorizedError, match="does not accept the credentials of the kubeconfig") as raised:
        await source.fetch()
    await source.aclose()
    assert "s3cret" not in str(raised.value)


async def test_arc_that_is_installed_later_needs_no_restart(
    start_kube_apiserver: Callable[[], KubeApiserver], contracts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "RECHECK_S", 1.0)
    server = start_kube_apiserver()
    home = server.create_namespace()
    async with following(source_for(server.kubeconfig)) as stream:
        first = await anext(stream)
        assert "not_installed" in codes(first)
        assert first.complete
        await asyncio.to_thread(install_definitions, server, contracts)
        create(server, objects.scale_set("linux", home))
        last = await observed(stream, lambda o: named(o, ScaleSet, home) and "not_installed" not in codes(o))
        assert last.complete
        with server.client() as client:
            definition = (
                "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/autoscalingrunnersets.actions.github.com"
            )
            assert client.delete(definition).is_success
        gone = await observed(stream, lambda o: "not_installed" in codes(o))
        assert named(gone, ScaleSet, home) == []


async def test_a_server_that_goes_away_ends_the_stream_and_one_that_comes_back_is_read_again(
    start_kube_apiserver: Callable[[], KubeApiserver], etcd: Etcd
) -> None:
    server = start_kube_apiserver()
    home = server.create_namespace()
    create(server, complete(objects.job_pod("before", home)))
    source = source_for(server.kubeconfig)
    async with following(source) as stream:
        await observed(stream, lambda o: named(o, Pod, home) == ["before"])
        await asyncio.to_thread(server.stop)
        with pytest.raises(SourceError):
            await observed(stream, lambda _: False)
    await asyncio.to_thread(server.start)
    create(server, complete(objects.job_pod("after", home)))
    async with following(source_for(server.kubeconfig)) as stream:
        await observed(stream, lambda o: named(o, Pod, home) == ["after", "before"])


async def test_a_restart_that_forgets_the_past_is_survived_within_the_stream(
    start_kube_apiserver: Callable[[], KubeApiserver], etcd: Etcd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "MAX_FAILURES", 12)
    relisted: list[str] = []

    async def noting(client: KubernetesClient, resource: Resource, *arguments: Any, **more: Any) -> listing.Listing:  # noqa: ANN401
        relisted.append(resource.noun)
        return await listing.list_all(client, resource, *arguments, **more)

    monkeypatch.setattr(watching, "list_all", noting)
    server = start_kube_apiserver()
    home = server.create_namespace()
    for name in ("gone", "stays"):
        create(server, complete(objects.job_pod(name, home)))
    reachable = asyncio.Event()
    reachable.set()

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds)
        await reachable.wait()

    settings = KubernetesSettings(kubeconfig=server.kubeconfig)
    source = KubernetesSource("prod", settings, prepare(settings), sleep=sleep)
    async with following(source) as stream:
        await observed(stream, lambda o: named(o, Pod, home) == ["gone", "stays"])
        reachable.clear()  # what happens from here on, the source misses
        await asyncio.to_thread(server.stop, kill=True)
        await asyncio.to_thread(server.start)
        delete(server, objects.job_pod("gone", home))
        create(server, complete(objects.job_pod("came", home)))
        await asyncio.to_thread(etcd.compact)
        await asyncio.to_thread(server.stop, kill=True)
        await asyncio.to_thread(server.start)
        reachable.set()
        await observed(stream, lambda o: named(o, Pod, home) == ["came", "stays"])
    assert "pod" in relisted
