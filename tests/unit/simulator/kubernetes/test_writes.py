"""Patches and deletions: optimistic locks, schemas, preconditions, and what they start."""

from __future__ import annotations

import pytest

from tests.unit.simulator.kubernetes.api import Api

ARC = "/apis/actions.github.com/v1alpha1/namespaces/arc-runners"
MANAGERS = "/apis/apps/v1/namespaces/gitlab-runners/deployments"


def a_scale_set(api: Api) -> str:
    return max(api.world.scale_sets, key=lambda each: each.running).meta.name


def a_release(api: Api) -> str:
    return next(each.meta.name for each in api.world.deployments if each.runner_id is not None)


async def test_a_pause_restarts_the_listener_and_then_runs_on() -> None:
    api = Api()
    path = f"{ARC}/autoscalingrunnersets/{a_scale_set(api)}"
    before = (await api.get(path)).json()
    notes = {"flywheel.dev/paused-by": "mira", "flywheel.dev/max": "5"}
    version = before["metadata"]["resourceVersion"]
    body = {
        "metadata": {"resourceVersion": version, "annotations": notes},
        "spec": {"minRunners": 0, "maxRunners": 0},
    }
    answer = await api.patch(path, body)
    assert answer.status_code == 200
    after = answer.json()
    assert after["spec"]["maxRunners"] == 0
    assert after["status"]["phase"] == "Pending"
    assert after["metadata"]["generation"] == before["metadata"]["generation"] + 1
    assert after["metadata"]["annotations"].items() >= notes.items()
    assert after["metadata"]["labels"] == before["metadata"]["labels"]
    stale = await api.patch(path, body)
    assert stale.status_code == 409
    assert stale.json()["reason"] == "Conflict"
    assert "the object has been modified" in stale.json()["message"]
    api.world.clock.advance(30)
    assert (await api.get(path)).json()["status"]["phase"] == "Running"
    undone = {"metadata": {"annotations": dict.fromkeys(notes)}, "spec": {"maxRunners": 5}}
    restored = (await api.patch(path, undone)).json()
    assert not restored["metadata"]["annotations"].keys() & notes.keys()


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        ({"spec": {"maxRunners": -1}}, "merge-patch", 422),
        ({"spec": {"maxRunners": "5"}}, "merge-patch", 422),
        ({"spec": None}, "merge-patch", 422),
        ({"metadata": {"name": "other"}}, "merge-patch", 422),
        ({"metadata": {"annotations": {"a": 1}}}, "merge-patch", 422),
        ([1], "merge-patch", 400),
        ({"spec": {}}, "strategic-merge-patch", 415),
        ({"spec": {}}, "apply-patch", 415),
        ({"spec": {}}, "json-patch", 400),
        ([{"op": "test", "path": "/spec/minRunners", "value": 77}], "json-patch", 422),
        ([{"op": "replace", "path": "/spec/none/deeper", "value": 1}], "json-patch", 422),
    ],
)
async def test_a_patch_that_makes_no_sense_changes_nothing(body: object, kind: str, code: int) -> None:
    api = Api()
    path = f"{ARC}/autoscalingrunnersets/{a_scale_set(api)}"
    before = (await api.get(path)).json()
    answer = await api.patch(path, body, kind)
    assert answer.status_code == code
    assert answer.json()["kind"] == "Status"
    assert (await api.get(path)).json() == before


async def test_json_patch_and_replacement_work_too() -> None:
    api = Api()
    path = f"{ARC}/autoscalingrunnersets/{a_scale_set(api)}"
    steps = [
        {"op": "replace", "path": "/spec/maxRunners", "value": 7},
        {"op": "add", "path": "/metadata/annotations/example.com~1why", "value": "test"},
    ]
    patched = (await api.patch(path, steps, "json-patch")).json()
    assert patched["spec"]["maxRunners"] == 7
    assert patched["metadata"]["annotations"]["example.com/why"] == "test"
    patched["spec"]["maxRunners"] = 6
    assert (await api.ask("PUT", path, body=patched)).json()["spec"]["maxRunners"] == 6
    patched["metadata"].pop("resourceVersion")
    blind = await api.ask("PUT", path, body=patched)
    assert blind.status_code == 422
    assert "must be specified for an update" in blind.json()["message"]


async def test_a_dry_run_shows_and_changes_nothing() -> None:
    api = Api()
    path = f"{ARC}/autoscalingrunnersets/{a_scale_set(api)}"
    before = (await api.get(path)).json()
    shown = await api.patch(path, {"spec": {"maxRunners": 1}}, query={"dryRun": "All"})
    assert shown.json()["spec"]["maxRunners"] == 1
    assert (await api.get(path)).json() == before
    pod = next(iter(api.world.pods)).meta
    target = f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}"
    assert (await api.ask("DELETE", target, query={"dryRun": "All"})).status_code == 200
    assert api.world.pods.get(pod.namespace, pod.name) is not None
    assert (await api.patch(path, {}, query={"dryRun": "Some"})).status_code == 422


@pytest.mark.parametrize("kind", ["merge-patch", "strategic-merge-patch"])
async def test_a_rollout_restart_replaces_the_managers(kind: str) -> None:
    api = Api()
    name = a_release(api)
    before = {pod.meta.name for pod in api.world.pods if pod.meta.labels.get("release") == name}
    body = {"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "2026-01-01"}}}}}
    answer = await api.patch(f"{MANAGERS}/{name}", body, kind)
    assert answer.status_code == 200
    found = answer.json()["spec"]["template"]["metadata"]["annotations"]
    assert found == {"kubectl.kubernetes.io/restartedAt": "2026-01-01"}
    api.world.clock.advance(30)
    api.world.now()
    after = {pod.meta.name for pod in api.world.pods if pod.meta.labels.get("release") == name}
    assert len(after) == len(before)
    assert not after & before
    assert (await api.get(f"{MANAGERS}/{name}")).json()["status"]["readyReplicas"] == len(after)


async def test_the_scale_of_a_deployment_changes() -> None:
    api = Api()
    path = f"{MANAGERS}/{a_release(api)}/scale"
    now = (await api.get(path)).json()["spec"]["replicas"]
    assert (await api.patch(path, {"spec": {"replicas": now + 1}})).json()["spec"]["replicas"] == now + 1
    assert (await api.patch(path, {"spec": {"replicas": -1}})).status_code == 422
    sets = f"{ARC}/autoscalingrunnersets/{a_scale_set(api)}/scale"
    assert (await api.get(sets)).status_code == 404


async def test_bounds_of_an_autoscaler_change() -> None:
    api = Api()
    name = next(each.meta.name for each in api.world.autoscalers)
    path = f"/apis/autoscaling/v2/namespaces/gitlab-runners/horizontalpodautoscalers/{name}"
    body = {"spec": {"minReplicas": 2, "maxReplicas": 9}}
    assert (await api.patch(path, body)).json()["spec"]["maxReplicas"] == 9
    assert (await api.patch(path, {"spec": {"maxReplicas": 1}})).status_code == 422


async def test_a_cron_job_is_suspended() -> None:
    api = Api()
    path = "/apis/batch/v1/namespaces/arc-runners/cronjobs/runner-cleanup"
    before = (await api.get(path)).json()["status"]["lastScheduleTime"]
    assert (await api.patch(path, {"spec": {"suspend": True}})).json()["spec"]["suspend"] is True
    api.world.clock.advance(1_200)
    assert (await api.get(path)).json()["status"]["lastScheduleTime"] == before
    assert (await api.patch(path, {"spec": {"suspend": "no"}})).status_code == 422


async def test_preconditions_guard_a_deletion() -> None:
    api = Api()
    runner = next(each for each in api.world.ephemeral_runners if each.ready).meta
    path = f"{ARC}/ephemeralrunners/{runner.name}"
    other = await api.ask("DELETE", path, body={"kind": "DeleteOptions", "preconditions": {"uid": "other"}})
    assert other.status_code == 409
    assert "Precondition failed: UID in precondition: other" in other.json()["message"]
    old = await api.ask("DELETE", path, body={"kind": "DeleteOptions", "preconditions": {"resourceVersion": "1"}})
    assert old.status_code == 409
    gone = await api.ask("DELETE", path, body={"kind": "DeleteOptions", "preconditions": {"uid": runner.uid}})
    assert gone.json()["status"] == "Success"
    assert (await api.ask("DELETE", path)).status_code == 404


async def test_a_deleted_pod_is_answered_as_terminating() -> None:
    api = Api()
    manager = next(pod for pod in api.world.pods if pod.role == "gitlab-manager").meta
    path = f"/api/v1/namespaces/{manager.namespace}/pods/{manager.name}"
    answer = await api.ask("DELETE", path)
    assert answer.json()["metadata"]["deletionTimestamp"]
    assert (await api.get(path)).json()["metadata"]["deletionGracePeriodSeconds"] == 30
    api.world.clock.advance(10)
    assert (await api.get(path)).status_code == 404


async def test_an_eviction_deletes_the_pod() -> None:
    api = Api()
    pod = next(pod for pod in api.world.pods if pod.role == "gitlab-job").meta
    path = f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}"
    assert (await api.ask("POST", f"{path}/eviction", body={"kind": "Eviction"})).status_code == 201
    assert (await api.get(path)).status_code == 404


async def test_a_body_that_is_no_json_is_refused() -> None:
    api = Api()
    path = f"{ARC}/autoscalingrunnersets/{a_scale_set(api)}"
    answer = await api.patch(path, None)
    assert answer.status_code == 400
