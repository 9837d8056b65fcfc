"""Who may do what, and how it is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.simulator.kubernetes.api import ADMIN, NAMESPACED, VIEWER, Api

REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
RULES = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"


async def allowed(api: Api, token: str, **attributes: str) -> bool:
    answer = await api.ask("POST", REVIEW, token=token, body={"spec": {"resourceAttributes": attributes}})
    assert answer.status_code == 201
    verdict: bool = answer.json()["status"]["allowed"]
    return verdict


async def test_a_wrong_token_is_unauthorized_and_no_token_is_anonymous() -> None:
    api = Api()
    wrong = await api.get("/api/v1/pods", token="wrong")
    assert (wrong.status_code, wrong.json()["reason"], wrong.json()["message"]) == (401, "Unauthorized", "Unauthorized")
    none = await api.get("/api/v1/pods", token=None)
    assert none.status_code == 403
    assert "system:anonymous" in none.json()["message"]
    assert (await api.get("/version", token=None)).json()["gitVersion"].startswith("v1.")
    assert (await api.get("/readyz", token=None)).text == "ok"


async def test_a_namespaced_account_lists_namespaces_one_by_one() -> None:
    api = Api()
    refused = await api.get("/api/v1/pods", token=NAMESPACED)
    status = refused.json()
    assert (refused.status_code, status["reason"], status["details"]) == (403, "Forbidden", {"kind": "pods"})
    assert status["message"] == (
        'pods is forbidden: User "system:serviceaccount:flywheel:namespaced" cannot list resource "pods" '
        'in API group "" at the cluster scope'
    )
    assert (await api.get("/api/v1/namespaces/gitlab-runners/pods", token=NAMESPACED)).status_code == 200
    elsewhere = await api.get("/api/v1/namespaces/arc-systems/pods", token=NAMESPACED)
    assert elsewhere.status_code == 403
    assert elsewhere.json()["message"].endswith('in the namespace "arc-systems"')
    assert (await api.get("/api/v1/namespaces", token=NAMESPACED)).status_code == 403
    sets = "/apis/actions.github.com/v1alpha1/autoscalingrunnersets"
    assert 'in API group "actions.github.com"' in (await api.get(sets, token=NAMESPACED)).json()["message"]


async def test_a_viewer_changes_nothing() -> None:
    api = Api()
    pod = next(iter(api.world.pods)).meta
    path = f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}"
    assert (await api.get(path, token=VIEWER)).status_code == 200
    refused = await api.ask("DELETE", path, token=VIEWER)
    assert refused.status_code == 403
    assert f'pods "{pod.name}" is forbidden' in refused.json()["message"]
    assert api.world.pods.get(pod.namespace, pod.name) is not None
    scale_set = next(iter(api.world.scale_sets)).meta
    arc = f"/apis/actions.github.com/v1alpha1/namespaces/{scale_set.namespace}"
    target = f"{arc}/autoscalingrunnersets/{scale_set.name}"
    assert (await api.patch(target, {"spec": {"maxRunners": 0}}, token=VIEWER)).status_code == 403


async def test_reviews_answer_as_the_requests_would() -> None:
    api = Api()
    sets = {"group": "actions.github.com", "resource": "autoscalingrunnersets"}
    patch = {**sets, "verb": "patch", "namespace": "arc-runners"}
    assert await allowed(api, ADMIN, **patch)
    assert not await allowed(api, VIEWER, **patch)
    logs = {"resource": "pods", "subresource": "log", "verb": "get", "namespace": "gitlab-runners"}
    assert await allowed(api, VIEWER, **logs)
    assert await allowed(api, NAMESPACED, **logs)
    assert not await allowed(api, NAMESPACED, resource="pods", verb="list")
    senseless = await api.ask("POST", REVIEW, body={"spec": {}})
    assert senseless.status_code == 422


async def test_a_rules_review_lists_the_rules_of_a_namespace() -> None:
    api = Api()

    async def resources(token: str, namespace: str) -> set[str]:
        answer = await api.ask("POST", RULES, token=token, body={"spec": {"namespace": namespace}})
        status: dict[str, Any] = answer.json()["status"]
        assert status["incomplete"] is False
        return {resource for rule in status["resourceRules"] for resource in rule["resources"]}

    assert "pods/log" in await resources(VIEWER, "default")
    assert "pods" in await resources(NAMESPACED, "arc-runners")
    assert "pods" not in await resources(NAMESPACED, "default")
    assert "*" in await resources(ADMIN, "default")


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/api/v2/pods", 404),
        ("GET", "/apis/nothing.example.com/v1/things", 404),
        ("GET", "/api/v1/namespaces/gitlab-runners/pods/none", 404),
        ("GET", "/api/v1/namespaces/nowhere", 404),
        ("GET", "/nonsense", 404),
        ("POST", "/api/v1/namespaces/gitlab-runners/pods", 405),
        ("DELETE", "/apis/apps/v1/namespaces/gitlab-runners/deployments/none", 405),
        ("POST", "/api/v1/namespaces", 405),
    ],
)
async def test_what_there_is_not_is_refused_by_a_status(method: str, path: str, code: int) -> None:
    answer = await Api().ask(method, path)
    assert answer.status_code == code
    assert answer.json()["kind"] == "Status"
    assert answer.json()["status"] == "Failure"


async def test_a_client_that_takes_only_tables_is_refused() -> None:
    api = Api()
    table = "application/json;as=Table;v=v1;g=meta.k8s.io"
    assert (await api.ask("GET", "/api/v1/pods", headers={"accept": table})).status_code == 406
    assert (await api.ask("GET", "/api/v1/pods", headers={"accept": f"{table},application/json"})).status_code == 200
    proto = "application/vnd.kubernetes.protobuf"
    assert (await api.ask("GET", "/api/v1/pods", headers={"accept": proto})).status_code == 406


async def test_discovery_knows_every_resource() -> None:
    api = Api()
    groups = {group["name"] for group in (await api.get("/apis")).json()["groups"]}
    assert groups == {"apps", "autoscaling", "batch", "actions.github.com", "authorization.k8s.io", "metrics.k8s.io"}
    assert (await api.get("/api")).json()["versions"] == ["v1"]
    core = (await api.get("/api/v1")).json()["resources"]
    names = {entry["name"] for entry in core}
    assert names == {"pods", "pods/log", "pods/eviction", "events", "namespaces", "configmaps", "resourcequotas"}
    assert (await api.get("/apis/apps")).json()["preferredVersion"]["groupVersion"] == "apps/v1"
    assert (await api.get("/apis/autoscaling/v2")).json()["resources"][0]["shortNames"] == ["hpa"]
    assert (await api.get("/apis/autoscaling/v1")).status_code == 404
