"""Lists: pages of one consistent picture, selectors, revisions, expiry."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.simulator.kubernetes.api import Api

PODS = "/api/v1/pods"


async def pages(api: Api, limit: int) -> list[dict[str, Any]]:
    found = [(await api.get(PODS, limit=limit)).json()]
    while token := found[-1]["metadata"].get("continue"):
        found.append((await api.get(PODS, limit=limit, **{"continue": token})).json())
    return found


def names(page: dict[str, Any]) -> list[tuple[str, str]]:
    return [(item["metadata"]["namespace"], item["metadata"]["name"]) for item in page["items"]]


async def test_pages_add_up_to_the_list_in_order() -> None:
    api = Api()
    whole = (await api.get(PODS)).json()
    assert "continue" not in whole["metadata"]
    assert "remainingItemCount" not in whole["metadata"]
    assert names(whole) == sorted(names(whole))
    assert len(whole["items"]) == len(api.world.pods) > 20
    found = await pages(api, 7)
    assert [name for page in found for name in names(page)] == names(whole)
    assert len({page["metadata"]["resourceVersion"] for page in found}) == 1
    counted = [page["metadata"].get("remainingItemCount", 0) for page in found]
    assert counted == [max(0, len(whole["items"]) - 7 * (place + 1)) for place in range(len(found))]


async def test_pages_show_the_picture_of_the_first_page_while_the_world_moves() -> None:
    api = Api()
    first = (await api.get(PODS, limit=5)).json()
    before = {(pod.meta.namespace, pod.meta.name) for pod in api.world.pods}
    found = names(first)
    token = first["metadata"]["continue"]
    while token:
        api.world.clock.advance(20)
        page = (await api.get(PODS, limit=5, **{"continue": token})).json()
        assert page["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
        found += names(page)
        token = page["metadata"].get("continue")
    assert set(found) == before
    assert before != {(pod.meta.namespace, pod.meta.name) for pod in api.world.pods}


@pytest.mark.parametrize("how", ["time", "compaction"])
async def test_an_old_token_expires_and_offers_an_inconsistent_rest(how: str) -> None:
    api = Api()
    first = (await api.get(PODS, limit=5)).json()
    if how == "time":
        api.world.clock.advance(301)
    else:
        api.world.clock.advance(20)
        api.world.now()
        api.world.history.forget()
    gone = await api.get(PODS, limit=5, **{"continue": first["metadata"]["continue"]})
    assert gone.status_code == 410
    status = gone.json()
    assert (status["kind"], status["reason"], status["code"]) == ("Status", "Expired", 410)
    rest = await api.get(PODS, limit=1_000, **{"continue": status["metadata"]["continue"]})
    assert rest.status_code == 200
    assert names(rest.json())[0] > names(first)[-1]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"limit": "many"}, 400),
        ({"continue": "bm9uc2Vuc2U"}, 400),
        ({"continue": "%%%"}, 400),
        ({"resourceVersion": "abc"}, 400),
        ({"resourceVersionMatch": "Exact"}, 422),
        ({"resourceVersion": "1", "resourceVersionMatch": "Sometimes"}, 422),
        ({"resourceVersion": "99999999"}, 504),
        ({"resourceVersion": "1", "resourceVersionMatch": "Exact"}, 410),
        ({"fieldSelector": "spec.colour=red"}, 400),
        ({"fieldSelector": "nonsense"}, 400),
        ({"labelSelector": "a in (b"}, 400),
        ({"labelSelector": "=,"}, 400),
    ],
)
async def test_senseless_parameters_are_refused(query: dict[str, str], code: int) -> None:
    answer = await Api().get(PODS, **query)
    assert answer.status_code == code
    assert answer.json()["kind"] == "Status"
    assert answer.json()["code"] == code


async def test_selectors_select_and_hide_the_remaining_count() -> None:
    api = Api()
    by_label = (await api.get(PODS, labelSelector="actions.github.com/scale-set-name", limit=1)).json()
    assert "remainingItemCount" not in by_label["metadata"]
    assert "continue" in by_label["metadata"]
    running = (await api.get(PODS, fieldSelector="status.phase=Running")).json()["items"]
    others = (await api.get(PODS, fieldSelector="status.phase!=Running")).json()["items"]
    assert {item["status"]["phase"] for item in running} == {"Running"}
    assert len(running) + len(others) == len(api.world.pods)
    one = running[0]["metadata"]
    selector = f"metadata.name={one['name']},metadata.namespace={one['namespace']}"
    assert len((await api.get(PODS, fieldSelector=selector)).json()["items"]) == 1
    inside = (await api.get(f"/api/v1/namespaces/{one['namespace']}/pods")).json()["items"]
    assert {item["metadata"]["namespace"] for item in inside} == {one["namespace"]}
    assert (await api.get("/api/v1/namespaces/nowhere/pods")).json()["items"] == []


async def test_events_are_selected_by_type_and_object() -> None:
    api = Api("incident", 148)
    every = (await api.get("/api/v1/events")).json()["items"]
    warnings = (await api.get("/api/v1/events", fieldSelector="type=Warning")).json()["items"]
    assert 0 < len(warnings) < len(every)
    about = warnings[0]["involvedObject"]
    selector = f"involvedObject.kind={about['kind']},involvedObject.name={about['name']}"
    found = (await api.get("/api/v1/events", fieldSelector=selector)).json()["items"]
    assert found
    assert {item["involvedObject"]["uid"] for item in found} == {about["uid"]}


async def test_only_custom_resources_name_their_kind_within_a_list() -> None:
    api = Api()
    assert "kind" not in (await api.get(PODS)).json()["items"][0]
    sets = (await api.get("/apis/actions.github.com/v1alpha1/autoscalingrunnersets")).json()
    assert sets["kind"] == "AutoscalingRunnerSetList"
    assert sets["items"][0]["kind"] == "AutoscalingRunnerSet"


async def test_old_scale_sets_tell_their_phase_in_state() -> None:
    api = Api("upgrade", 148)
    items = (await api.get("/apis/actions.github.com/v1alpha1/autoscalingrunnersets")).json()["items"]
    for item in items:
        old = item["metadata"]["labels"]["app.kubernetes.io/version"].startswith("0.13")
        assert ("state" in item["status"]) is old
        assert ("phase" in item["status"]) is not old
    assert len({"state" in item["status"] for item in items}) == 2


async def test_a_resource_that_is_not_installed_is_not_found() -> None:
    api = Api(missing=frozenset(("autoscalingrunnersets", "metrics.k8s.io")))
    answer = await api.get("/apis/actions.github.com/v1alpha1/autoscalingrunnersets")
    assert answer.status_code == 404
    assert answer.json()["message"] == "the server could not find the requested resource"
    listed = (await api.get("/apis/actions.github.com/v1alpha1")).json()["resources"]
    assert {entry["name"] for entry in listed} == {"ephemeralrunnersets", "ephemeralrunners", "autoscalinglisteners"}
    assert (await api.get("/apis/metrics.k8s.io/v1beta1/pods")).status_code == 404


async def test_use_of_pods_is_that_of_the_world() -> None:
    api = Api()
    items = (await api.get("/apis/metrics.k8s.io/v1beta1/pods")).json()["items"]
    pods = {pod.meta.name: pod for pod in api.world.pods}
    assert len(items) > 10
    item = items[0]
    pod = pods[item["metadata"]["name"]]
    at = api.world.time - api.world.time % 15
    assert item["containers"][0]["usage"]["cpu"] == f"{round(pod.containers[0].usage.cpu_cores(at) * 1e9)}n"
    single = f"/apis/metrics.k8s.io/v1beta1/namespaces/{pod.meta.namespace}/pods/{pod.meta.name}"
    assert (await api.get(single)).json()["kind"] == "PodMetrics"
