"""Each real server does what the tests of this tier rely on, by itself: no code of the product is in play here."""

import json
import subprocess
from collections.abc import Callable, Iterator

import httpx
import pytest
from kubernetes import client as kubernetes_client
from kubernetes import config as kubernetes_config

from tests.real.conftest import StartPrometheus
from tests.real.servers.alertmanager import Alertmanager
from tests.real.servers.arc import ARC_API, ARC_RESOURCES
from tests.real.servers.etcd import Etcd
from tests.real.servers.kube_apiserver import KubeApiserver
from tests.real.servers.prometheus import ScrapeTarget
from tests.real.servers.service_accounts import ServiceAccount, create_service_account
from tests.real.servers.waiting import wait_for

StartApiserver = Callable[[], KubeApiserver]

POD = {"metadata": {"name": "runner-1"}, "spec": {"containers": [{"name": "build", "image": "registry.invalid/build"}]}}


def names(answer: httpx.Response) -> list[str]:
    answer.raise_for_status()
    return [item["metadata"]["name"] for item in answer.json()["items"]]


def next_event(lines: Iterator[str]) -> tuple[str, str]:
    event = json.loads(next(lines))
    return event["type"], event["object"]["metadata"]["name"]


def events_until(kind: str, lines: Iterator[str]) -> list[str]:
    """The kinds of the events up to the first of that kind; the server ends the watch when it does not come."""
    kinds: list[str] = []
    while kind not in kinds:
        kinds.append(next_event(lines)[0])
    return kinds


def pods_of(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/pods"


@pytest.fixture
def pod_reader(kube_apiserver: KubeApiserver, namespace: str) -> ServiceAccount:
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]}]
    return create_service_account(kube_apiserver, namespace=namespace, name="pod-reader", rules=rules)


class TestKubeApiserver:
    def test_a_pod_is_created_listed_and_deleted_before_the_eyes_of_a_watch(
        self, kube_apiserver: KubeApiserver, namespace: str
    ) -> None:
        pods = pods_of(namespace)
        with kube_apiserver.client() as client:
            start = client.get(pods).json()["metadata"]["resourceVersion"]
            parameters = {"watch": "1", "resourceVersion": start, "timeoutSeconds": "20"}
            with client.stream("GET", pods, params=parameters) as watch:
                events = watch.iter_lines()
                kube_apiserver.create(pods, POD)
                assert next_event(events) == ("ADDED", "runner-1")
                assert names(client.get(pods)) == ["runner-1"]
                client.delete(f"{pods}/runner-1", params={"gracePeriodSeconds": "0"}).raise_for_status()
                assert events_until("DELETED", events) == ["MODIFIED", "DELETED"]  # marked for deletion, then gone

    def test_initial_events_end_with_a_bookmark(self, kube_apiserver: KubeApiserver, namespace: str) -> None:
        kube_apiserver.create(pods_of(namespace), POD)
        parameters = {
            "watch": "1",
            "sendInitialEvents": "true",
            "resourceVersionMatch": "NotOlderThan",
            "allowWatchBookmarks": "true",
            "timeoutSeconds": "20",
        }
        with kube_apiserver.client() as client, client.stream("GET", pods_of(namespace), params=parameters) as watch:
            events = watch.iter_lines()
            assert next_event(events) == ("ADDED", "runner-1")
            bookmark = json.loads(next(events))
        assert bookmark["type"] == "BOOKMARK"
        assert bookmark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}

    def test_the_kubernetes_client_logs_in_with_the_kubeconfig(self, kube_apiserver: KubeApiserver) -> None:
        settings = kubernetes_client.Configuration()
        kubernetes_config.load_kube_config(  # type: ignore[no-untyped-call]
            str(kube_apiserver.kubeconfig), client_configuration=settings
        )
        with kubernetes_client.ApiClient(settings) as api_client:
            listed = kubernetes_client.CoreV1Api(api_client).list_namespace()
        assert "kube-system" in [item.metadata.name for item in listed.items if item.metadata]

    def test_the_administrator_also_logs_in_with_a_token(self, kube_apiserver: KubeApiserver) -> None:
        with kube_apiserver.client(kube_apiserver.admin_token) as client:
            assert "kube-system" in names(client.get("/api/v1/namespaces"))

    def test_a_wrong_token_is_401(self, kube_apiserver: KubeApiserver) -> None:
        with kube_apiserver.client("not-a-token") as client:
            assert client.get("/api/v1/namespaces").status_code == httpx.codes.UNAUTHORIZED

    def test_a_refused_object_is_an_error_with_the_servers_words(
        self, kube_apiserver: KubeApiserver, namespace: str
    ) -> None:
        with pytest.raises(httpx.HTTPStatusError, match="containers: Required value"):
            kube_apiserver.create(pods_of(namespace), {"metadata": {"name": "empty"}, "spec": {"containers": []}})

    def test_kubectl_speaks_to_it(self, kube_apiserver: KubeApiserver, namespace: str) -> None:
        pod = json.dumps({"apiVersion": "v1", "kind": "Pod", **POD})
        kube_apiserver.kubectl("apply", "--namespace", namespace, "--filename=-", stdin=pod)
        assert kube_apiserver.kubectl("get", "pods", "--namespace", namespace, "--output=name") == "pod/runner-1\n"


class TestRights:
    def test_what_the_role_names_is_allowed(
        self, kube_apiserver: KubeApiserver, pod_reader: ServiceAccount, namespace: str
    ) -> None:
        kube_apiserver.create(pods_of(namespace), POD)
        with kube_apiserver.client(pod_reader.token) as client:
            assert names(client.get(pods_of(namespace))) == ["runner-1"]

    @pytest.mark.parametrize("path", ["/api/v1/pods", "/api/v1/namespaces/default/pods", "/api/v1/nodes"])
    def test_everything_else_is_403(self, kube_apiserver: KubeApiserver, pod_reader: ServiceAccount, path: str) -> None:
        with kube_apiserver.client(pod_reader.token) as client:
            answer = client.get(path)
        assert answer.status_code == httpx.codes.FORBIDDEN
        assert answer.json()["reason"] == "Forbidden"
        assert pod_reader.user in answer.json()["message"]

    def test_a_cluster_wide_account_reads_every_namespace(self, kube_apiserver: KubeApiserver, namespace: str) -> None:
        rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}]
        account = create_service_account(
            kube_apiserver, namespace=namespace, name="lister", rules=rules, cluster_wide=True
        )
        kube_apiserver.create(pods_of(namespace), POD)
        with kube_apiserver.client(account.token) as client:
            assert "runner-1" in names(client.get("/api/v1/pods"))

    def test_the_accounts_kubeconfig_carries_its_rights(
        self, kube_apiserver: KubeApiserver, pod_reader: ServiceAccount
    ) -> None:
        kubeconfig = f"--kubeconfig={pod_reader.kubeconfig}"  # the last one on the command line counts
        assert kube_apiserver.kubectl(kubeconfig, "get", "pods", "--output=name") == ""
        with pytest.raises(subprocess.CalledProcessError) as failure:
            kube_apiserver.kubectl(kubeconfig, "get", "pods", "--all-namespaces")
        assert "forbidden" in failure.value.stderr


class TestCustomResources:
    def test_the_four_kinds_are_served(self, arc_crds: KubeApiserver) -> None:
        with arc_crds.client() as client:
            served = {item["name"] for item in client.get(ARC_API).json()["resources"]}
        assert set(ARC_RESOURCES) <= served

    def test_a_scale_set_is_accepted_with_its_status(self, arc_crds: KubeApiserver) -> None:
        namespace = arc_crds.create_namespace("arc")
        collection = f"{ARC_API}/namespaces/{namespace}/autoscalingrunnersets"
        template = {"spec": POD["spec"]}
        scale_set = {
            "apiVersion": "actions.github.com/v1alpha1",
            "kind": "AutoscalingRunnerSet",
            "metadata": {"name": "nix"},
            "spec": {"githubConfigUrl": "https://github.invalid/acme", "maxRunners": 5, "template": template},
        }
        stored = arc_crds.create(collection, scale_set)
        assert stored["spec"]["maxRunners"] == 5
        with arc_crds.client() as client:
            patch = {"status": {"currentRunners": 2, "runningEphemeralRunners": 1}}
            headers = {"Content-Type": "application/merge-patch+json"}
            path = f"{collection}/nix/status"
            answer = client.patch(path, content=json.dumps(patch), headers=headers)
            answer.raise_for_status()
            assert client.get(f"{collection}/nix").json()["status"] == patch["status"]

    def test_a_scale_set_against_the_schema_is_refused(self, arc_crds: KubeApiserver) -> None:
        scale_set = {
            "apiVersion": "actions.github.com/v1alpha1",
            "kind": "AutoscalingRunnerSet",
            "metadata": {"name": "nix"},
            "spec": {"maxRunners": -1},
        }
        with pytest.raises(httpx.HTTPStatusError, match="maxRunners"):
            arc_crds.create(f"{ARC_API}/namespaces/default/autoscalingrunnersets", scale_set)

    def test_a_server_of_ones_own_has_none_of_them(
        self, arc_crds: KubeApiserver, start_kube_apiserver: StartApiserver
    ) -> None:
        bare = start_kube_apiserver()
        with bare.client() as client, arc_crds.client() as arc_client:
            assert client.get(f"{ARC_API}/autoscalingrunnersets").status_code == httpx.codes.NOT_FOUND
            assert arc_client.get(f"{ARC_API}/autoscalingrunnersets").status_code == httpx.codes.OK
        bare.stop()


class TestRestart:
    @pytest.mark.parametrize("kill", [False, True], ids=["in order", "killed"])
    def test_the_objects_are_there_again_at_the_same_address(
        self, start_kube_apiserver: StartApiserver, kill: bool
    ) -> None:
        server = start_kube_apiserver()
        namespace = server.create_namespace()
        stored = server.create(pods_of(namespace), POD)
        url = server.url
        server.stop(kill=kill)
        assert not server.running
        with server.client() as client, pytest.raises(httpx.ConnectError):
            client.get(pods_of(namespace))
        server.start()
        with server.client() as client:
            again = client.get(f"{url}{pods_of(namespace)}/runner-1").json()
        assert again["metadata"]["uid"] == stored["metadata"]["uid"]
        server.stop()

    def test_history_is_gone_after_compaction_and_restart(
        self, start_kube_apiserver: StartApiserver, etcd: Etcd
    ) -> None:
        server = start_kube_apiserver()
        collection = f"/api/v1/namespaces/{server.create_namespace()}/configmaps"
        for name in ("a", "b", "c"):
            server.create(collection, {"metadata": {"name": name}})
        with server.client() as client:
            page = client.get(collection, params={"limit": "1"}).json()["metadata"]
        server.create(collection, {"metadata": {"name": "d"}})
        etcd.compact()
        server.stop()
        server.start()
        with server.client() as client:
            second = client.get(collection, params={"limit": "1", "continue": page["continue"]})
            old = {"watch": "1", "resourceVersion": page["resourceVersion"], "timeoutSeconds": "5"}
            watched = client.get(collection, params=old)
        assert (second.status_code, second.json()["reason"]) == (httpx.codes.GONE, "Expired")
        event = json.loads(watched.text)
        assert (event["type"], event["object"]["code"]) == ("ERROR", httpx.codes.GONE)
        server.stop()


class TestPrometheusAndAlertmanager:
    def test_prometheus_scrapes_and_its_alert_reaches_alertmanager(
        self, prometheus: StartPrometheus, alertmanager: Callable[[], Alertmanager]
    ) -> None:
        manager = alertmanager()
        targets = [
            ScrapeTarget("alertmanager", f"{manager.url}/metrics", labels={"site": "test"}),
            ScrapeTarget("nobody", "http://127.0.0.1:1/metrics"),
        ]
        rules = [{"name": "smoke", "rules": [{"alert": "TargetDown", "expr": "up == 0"}]}]
        server = prometheus(targets, rules=rules, alertmanagers=[manager])
        (up,) = server.wait_for('up{job="alertmanager"} == 1')
        assert (up.labels["site"], up.value) == ("test", 1.0)
        (down,) = server.wait_for('up{job="nobody"}')
        assert down.value == 0.0
        (alert,) = wait_for("the alert", lambda: manager.get("/alerts"), seconds=20)
        assert (alert["labels"]["alertname"], alert["labels"]["job"]) == ("TargetDown", "nobody")
        server.process.stop()
        manager.process.stop()

    def test_alertmanager_answers_its_status_and_takes_an_alert(self, alertmanager: Callable[[], Alertmanager]) -> None:
        manager = alertmanager()
        assert "route:" in manager.get("/status")["config"]["original"]
        manager.fire({"alertname": "RunnerOffline", "runner": "nix-1"}, {"summary": "no contact"})
        (alert,) = wait_for("the alert", lambda: manager.get("/alerts"))
        assert alert["labels"]["runner"] == "nix-1"
        assert alert["status"]["state"] == "active"
