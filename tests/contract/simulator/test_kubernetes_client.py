"""The official Python client, as it is, against the simulated API server: its strict models are a second opinion."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client as client_package
from kubernetes import config as config_package
from kubernetes import watch as watch_package
from kubernetes.client.exceptions import ApiException

from flywheel_tui.simulator.credentials import fresh_credentials
from flywheel_tui.simulator.faults import Upstream
from flywheel_tui.simulator.handover import write_handover
from flywheel_tui.simulator.kubernetes.access import admin_account, namespaced_account, viewer_account
from flywheel_tui.simulator.kubernetes.app import build_app
from flywheel_tui.simulator.world import Clock, World, build_world
from tests.contract.simulator.serving import Served, served

# In its types every field may be absent; where one is, the test fails by itself.
client: Any = client_package
config: Any = config_package
watch: Any = watch_package

EPOCH = 1.79e9
ARC = ("actions.github.com", "v1alpha1")
KINDS = ("autoscalingrunnersets", "ephemeralrunnersets", "ephemeralrunners", "autoscalinglisteners")


class Cluster:
    """A served cluster, its world, and clients for it."""

    def __init__(self, world: World, server: Served) -> None:
        self.world = world
        self.server = server

    def api(self, token: str = "admin") -> Any:  # noqa: ANN401 - the client's own type
        settings = client.Configuration()
        settings.host = self.server.url
        settings.api_key = {"authorization": f"Bearer {token}"}
        settings.retries = False
        return client.ApiClient(settings)

    def pass_time(self, seconds: float) -> None:
        def step() -> float:
            self.world.clock.advance(seconds)
            return self.world.now()

        self.server.run(step)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    world = build_world("incident", 60, 7, Clock(frozen_at=EPOCH))
    accounts = {"admin": admin_account(), "viewer": viewer_account(), "narrow": namespaced_account(("gitlab-runners",))}
    with served(build_app(world, accounts)) as server:
        yield Cluster(world, server)


def test_its_models_take_everything_that_is_listed(cluster: Cluster) -> None:
    with cluster.api() as api:
        core = client.CoreV1Api(api)
        pods = core.list_pod_for_all_namespaces()
        assert len(pods.items) == len(cluster.world.pods)
        assert pods.metadata.resource_version == str(cluster.world.history.revision)
        assert len(core.list_event_for_all_namespaces(field_selector="type=Warning").items) > 3
        assert len(core.list_resource_quota_for_all_namespaces().items) == 2
        assert core.list_namespaced_config_map("gitlab-runners").items
        assert {each.metadata.name for each in core.list_namespace().items} >= {"gitlab-runners", "arc-systems"}
        assert client.AppsV1Api(api).list_deployment_for_all_namespaces().items
        scalers = client.AutoscalingV2Api(api).list_namespaced_horizontal_pod_autoscaler("gitlab-runners").items
        assert scalers[0].spec.scale_target_ref.kind == "Deployment"
        assert len(client.BatchV1Api(api).list_cron_job_for_all_namespaces().items) == 4
        custom = client.CustomObjectsApi(api)
        for plural in KINDS:
            assert custom.list_cluster_custom_object(*ARC, plural)["items"], plural
        usage = custom.list_cluster_custom_object("metrics.k8s.io", "v1beta1", "pods")
        assert usage["items"]
        assert client.VersionApi(api).get_code().git_version.startswith("v1.")


def test_it_pages_through_a_list(cluster: Cluster) -> None:
    with cluster.api() as api:
        core = client.CoreV1Api(api)
        names, token = [], None
        while True:
            page = core.list_pod_for_all_namespaces(limit=7, **({"_continue": token} if token else {}))
            names += [pod.metadata.name for pod in page.items]
            token = page.metadata._continue
            if not token:
                break
            cluster.pass_time(5)
        assert len(names) == len(set(names)) > 7


def test_it_watches(cluster: Cluster) -> None:
    with cluster.api() as api:
        core = client.CoreV1Api(api)
        listed = core.list_pod_for_all_namespaces()
        known = {pod.metadata.uid for pod in listed.items}
        cluster.pass_time(120)
        seen: dict[str, int] = {}
        news = watch.Watch()
        for event in news.stream(
            core.list_pod_for_all_namespaces,
            resource_version=listed.metadata.resource_version,
            allow_watch_bookmarks=True,
            timeout_seconds=1,
        ):
            seen[event["type"]] = seen.get(event["type"], 0) + 1
            if event["type"] == "ADDED":
                known.add(event["object"].metadata.uid)
            elif event["type"] == "DELETED":
                known.remove(event["object"].metadata.uid)
        assert known == {pod.meta.uid for pod in cluster.world.pods}
        assert seen.keys() >= {"ADDED", "MODIFIED", "DELETED"}


def test_a_watch_from_too_long_ago_is_gone(cluster: Cluster) -> None:
    with cluster.api() as api:
        core = client.CoreV1Api(api)
        old = core.list_pod_for_all_namespaces(limit=1).metadata.resource_version
        cluster.pass_time(120)
        cluster.server.run(cluster.world.history.forget)
        with pytest.raises(ApiException) as gone:
            list(watch.Watch().stream(core.list_pod_for_all_namespaces, resource_version=old, timeout_seconds=1))
        assert gone.value.status == 410


def test_rights_and_refusals_are_its_exceptions(cluster: Cluster) -> None:
    def status(token: str) -> int:
        with cluster.api(token) as api:
            try:
                client.CoreV1Api(api).list_pod_for_all_namespaces(limit=1)
            except ApiException as refused:
                return int(refused.status or 0)
        return 200

    assert [status(token) for token in ("admin", "viewer", "narrow", "wrong")] == [200, 200, 403, 401]
    with cluster.api("narrow") as api:
        assert client.CoreV1Api(api).list_namespaced_pod("gitlab-runners").items
        with pytest.raises(ApiException) as missing:
            client.CoreV1Api(api).read_namespaced_pod("none", "gitlab-runners")
        assert missing.value.status == 404
        review = client.AuthorizationV1Api(api).create_self_subject_access_review(
            client.V1SelfSubjectAccessReview(
                spec=client.V1SelfSubjectAccessReviewSpec(
                    resource_attributes=client.V1ResourceAttributes(verb="list", resource="pods", namespace="default")
                )
            )
        )
        assert review.status.allowed is False
        rules = client.AuthorizationV1Api(api).create_self_subject_rules_review(
            client.V1SelfSubjectRulesReview(spec=client.V1SelfSubjectRulesReviewSpec(namespace="gitlab-runners"))
        )
        assert any("pods" in rule.resources for rule in rules.status.resource_rules)


def test_it_pauses_a_scale_set_with_an_optimistic_lock(cluster: Cluster) -> None:
    name = next(each.meta.name for each in cluster.world.scale_sets if each.running)
    place = (*ARC, "arc-runners", "autoscalingrunnersets", name)
    with cluster.api() as api:
        custom = client.CustomObjectsApi(api)
        before: Any = custom.get_namespaced_custom_object(*place)
        version = before["metadata"]["resourceVersion"]
        body = {"metadata": {"resourceVersion": version}, "spec": {"minRunners": 0, "maxRunners": 0}}
        after: Any = custom.patch_namespaced_custom_object(*place, body)
        assert after["status"]["phase"] == "Pending"
        with pytest.raises(ApiException) as conflict:
            custom.patch_namespaced_custom_object(*place, body)
        assert conflict.value.status == 409
        cluster.pass_time(30)
        settled: Any = custom.get_namespaced_custom_object(*place)
        assert settled["status"]["phase"] == "Running"


def test_it_deletes_restarts_and_reads_logs(cluster: Cluster) -> None:
    with cluster.api() as api:
        core, custom = client.CoreV1Api(api), client.CustomObjectsApi(api)
        failed = next(each.meta for each in cluster.world.ephemeral_runners if each.phase == "Failed")
        custom.delete_namespaced_custom_object(*ARC, failed.namespace, "ephemeralrunners", failed.name)
        assert cluster.world.ephemeral_runners.get(failed.namespace, failed.name) is None
        job = next(pod for pod in cluster.world.pods if pod.role == "gitlab-job" and pod.phase == "Running").meta
        text = core.read_namespaced_pod_log(job.name, job.namespace, container="build", tail_lines=5)
        assert len(text.split("\n")) == 6
        with pytest.raises(ApiException) as conflict:
            core.delete_namespaced_pod(
                job.name,
                job.namespace,
                body=client.V1DeleteOptions(preconditions=client.V1Preconditions(uid="another")),
            )
        assert conflict.value.status == 409
        core.delete_namespaced_pod(job.name, job.namespace)
        assert cluster.world.pods.get(job.namespace, job.name) is None
        release = next(each.meta for each in cluster.world.deployments if each.runner_id is not None)
        notes = {"kubectl.kubernetes.io/restartedAt": "2026-11-21T12:00:00Z"}
        restarted = client.AppsV1Api(api).patch_namespaced_deployment(
            release.name, release.namespace, {"spec": {"template": {"metadata": {"annotations": notes}}}}
        )
        assert restarted.spec.template.metadata.annotations == notes


def test_the_written_kubeconfig_leads_it_to_the_cluster(tmp_path: Path) -> None:
    world = build_world("calm", 12, 7, Clock(frozen_at=EPOCH))
    credentials = fresh_credentials()
    accounts = {credentials.kubernetes: admin_account(), credentials.kubernetes_viewer: viewer_account()}
    with served(build_app(world, accounts)) as server:
        urls = dict.fromkeys(Upstream, server.url)
        write_handover(tmp_path / "config.toml", world, credentials, urls, server.url)
        for context in ("demo", "demo-viewer"):
            settings = client.Configuration()
            config.load_kube_config(str(tmp_path / "config.kubeconfig"), context, client_configuration=settings)
            with client.ApiClient(settings) as api:
                assert client.CoreV1Api(api).list_namespaced_pod("gitlab-runners").items
