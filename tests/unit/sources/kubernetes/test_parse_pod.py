"""Pods and events become rows: recorded shapes of what goes wrong in a cluster."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.domain.text import clean
from flywheel_tui.domain.workload import Container, Event, Pod, PodRole
from flywheel_tui.sources.kubernetes import wire
from flywheel_tui.sources.kubernetes.parse import parse_event, parse_pod
from tests.unit.sources.kubernetes.objects import (
    Json,
    container,
    ending,
    event,
    job_pod,
    manager_pod,
    pod,
    runner_pod,
    running,
    terminated,
    waiting,
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-21T{text}").replace(tzinfo=UTC)


def read(item: Json) -> Pod:
    return parse_pod(msgspec.json.decode(json.dumps(item), type=wire.Pod), "prod")


def read_event(item: Json) -> Event:
    return parse_event(msgspec.json.decode(json.dumps(item), type=wire.Event), "prod")


def test_a_manager_pod() -> None:
    row = read(manager_pod())
    assert row.key == "prod/pod/runners/docker-7d9-x"
    assert (row.role, row.release, row.app) == (PodRole.MANAGER, "docker", "docker-gitlab-runner")
    assert (row.owner_kind, row.owner_name) == ("ReplicaSet", "docker-gitlab-runner-7d9")
    assert (row.phase, row.ready, row.node, row.uid) == ("Running", True, "node-1", "uid-runners-docker-7d9-x")
    assert (row.created_at, row.started_at, row.deleted_at) == (at("11:00:00"), at("11:00:01"), None)


def test_a_job_pod_leads_to_its_job() -> None:
    row = read(job_pod())
    assert (row.manager_short_token, row.manager_name) == ("abcDEF123", "docker-7d9-x")
    assert (row.job_id, row.job_url) == ("4711", "https://gitlab.example.com/acme/web/shop/-/jobs/4711")
    assert row.job_project == "acme/web/shop"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (None, "web/shop"),
        ("https://x/other", "web/shop"),
        ("https://[", "web/shop"),
        ("https://x/-/jobs/1", "web/shop"),
    ],
)
def test_without_a_good_address_the_project_is_that_of_the_labels(url: str | None, expected: str) -> None:
    item = job_pod()
    item["metadata"]["annotations"] = {} if url is None else {"job.runner.gitlab.com/url": url}
    assert read(item).job_project == expected


def test_a_runner_pod_leads_to_its_scale_set() -> None:
    row = read(runner_pod())
    assert (row.scale_set_namespace, row.scale_set) == ("arc-runners", "linux")
    assert (row.owner_kind, row.owner_name) == ("EphemeralRunner", row.name)


def test_a_running_container_with_its_resources() -> None:
    limits = {"requests": {"cpu": "250m", "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "1024Mi"}}
    (found,) = read(pod(containers=[container(resources=limits)])).containers
    assert found == Container(
        name="build",
        image="alpine:3",
        ready=True,
        state="running",
        started_at=at("11:00:05"),
        cpu_request=0.25,
        cpu_limit=2.0,
        memory_request=2.0**30,
        memory_limit=2.0**30,
    )


def test_a_crash_loop_keeps_how_the_last_run_ended() -> None:
    message = "back-off 5m0s restarting failed container=build"
    status = waiting("CrashLoopBackOff", message=message, restartCount=9, lastState={"terminated": ending("Error", 1)})
    (found,) = read(pod(statuses=[status], conditions=[{"type": "Ready", "status": "False"}])).containers
    assert (found.state, found.reason, found.message, found.restarts) == ("waiting", "CrashLoopBackOff", message, 9)
    assert (found.last_reason, found.last_exit_code, found.last_finished_at) == ("Error", 1, at("11:20:00"))
    assert found.ready is False
    assert found.exit_code is None


def test_out_of_memory_now_and_before() -> None:
    now = read(pod(phase="Failed", statuses=[terminated("OOMKilled", 137)])).containers[0]
    assert (now.state, now.reason, now.exit_code, now.started_at) == ("terminated", "OOMKilled", 137, at("11:10:00"))
    before = running(restartCount=2, lastState={"terminated": ending("OOMKilled", 137)})
    again = read(pod(statuses=[before])).containers[0]
    assert (again.state, again.reason, again.last_reason, again.last_exit_code) == ("running", None, "OOMKilled", 137)


def test_an_image_that_cannot_be_pulled() -> None:
    status = waiting("ImagePullBackOff", message='Back-off pulling image "alpine:nope"')
    row = read(pod(phase="Pending", statuses=[status]))
    assert row.phase == "Pending"
    assert (row.containers[0].reason, row.containers[0].message) == (
        "ImagePullBackOff",
        'Back-off pulling image "alpine:nope"',
    )


def test_a_pod_that_fits_nowhere() -> None:
    message = "0/3 nodes are available: 3 Insufficient cpu."
    scheduled = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
    item = pod(phase="Pending", conditions=[scheduled], statuses=[])
    del item["spec"]["nodeName"], item["status"]["startTime"]
    row = read(item)
    assert (row.reason, row.message, row.node, row.ready, row.started_at) == (
        "Unschedulable",
        message,
        None,
        False,
        None,
    )
    assert row.containers[0].state is None


def test_an_evicted_pod_says_so_itself() -> None:
    scheduled = {"type": "PodScheduled", "status": "True"}
    row = read(pod(phase="Failed", reason="Evicted", message="node was low on memory", conditions=[scheduled]))
    assert (row.reason, row.message) == ("Evicted", "node was low on memory")


def test_init_containers_are_marked_and_have_their_own_status() -> None:
    row = read(
        pod(
            phase="Pending",
            init=[container("clone"), container("certs")],
            statuses=[waiting("PodInitializing")],
            init_statuses=[terminated("Completed", 0, "clone"), waiting("CrashLoopBackOff", "certs")],
        )
    )
    assert [(c.name, c.init, c.reason) for c in row.containers] == [
        ("build", False, "PodInitializing"),
        ("clone", True, "Completed"),
        ("certs", True, "CrashLoopBackOff"),
    ]


def test_a_pod_that_is_being_deleted_says_since_when() -> None:
    item = pod()
    item["metadata"]["deletionTimestamp"] = "2026-11-21T11:59:00Z"
    assert read(item).deleted_at == at("11:59:00")


def test_null_is_as_good_as_absent() -> None:
    bare = read({"metadata": {"name": "a", "namespace": "b"}})
    nulls = {
        "metadata": {
            "name": "a",
            "namespace": "b",
            "labels": None,
            "annotations": None,
            "ownerReferences": None,
            "creationTimestamp": None,
        },
        "spec": {"containers": None, "initContainers": None, "nodeName": None},
        "status": {"phase": None, "conditions": None, "containerStatuses": None, "startTime": None},
    }
    assert read(nulls) == bare
    assert (bare.phase, bare.containers, bare.ready) == ("Unknown", (), False)
    assert read({"metadata": {"name": "a", "namespace": "b"}, "spec": None, "status": None}) == bare


def test_quantities_that_are_none_are_unknown() -> None:
    limits = {"requests": {"cpu": "lots"}, "limits": {"memory": 1073741824, "nvidia.com/gpu": "1"}}
    (found,) = read(pod(containers=[container(resources=limits)])).containers
    assert (found.cpu_request, found.cpu_limit, found.memory_limit) == (None, None, 2.0**30)


hostile = st.text(max_size=20) | st.sampled_from(["[/evil]", "\x1b[31mred", "a\u202eb", "x\ny"])


@given(st.lists(hostile, min_size=12, max_size=12))
def test_every_text_is_cleaned(texts: list[str]) -> None:
    item = pod(
        texts[0],
        texts[1],
        labels={"release": texts[2], "manager.runner.gitlab.com/id-short": texts[3], "app": texts[4]},
        annotations={"job.runner.gitlab.com/url": texts[5], "job.runner.gitlab.com/id": texts[6]},
        containers=[container(texts[7], texts[8])],
        statuses=[waiting(texts[9], texts[7], message=texts[10])],
        phase=texts[11],
        reason=texts[9],
        message=texts[10],
    )
    row = read(item)
    shown = [value for value in msgspec.structs.astuple(row) if isinstance(value, str)]
    shown += [value for value in msgspec.structs.astuple(row.containers[0]) if isinstance(value, str)]
    assert all(clean(value) == value for value in shown)


def test_an_event_of_the_old_kind() -> None:
    assert read_event(event()) == Event(
        key="prod/event/runners/build-1.17a",
        context="prod",
        namespace="runners",
        name="build-1.17a",
        object_kind="Pod",
        object_name="build-1",
        reason="BackOff",
        message="Back-off restarting failed container build in pod build-1",
        count=12,
        component="kubelet",
        first_at=at("11:00:00"),
        last_at=at("11:30:00"),
    )


def test_an_event_of_the_new_kind() -> None:
    new = event(
        source={},
        reportingComponent="default-scheduler",
        firstTimestamp=None,
        lastTimestamp=None,
        count=None,
        eventTime="2026-11-21T11:05:00.123456Z",
        series={"count": 40, "lastObservedTime": "2026-11-21T11:40:00.5Z"},
    )
    row = read_event(new)
    assert (row.component, row.count) == ("default-scheduler", 40)
    assert row.first_at == at("11:05:00.123456")
    assert row.last_at == at("11:40:00.500000")
    once = read_event({**new, "series": None})
    assert (once.count, once.last_at) == (1, once.first_at)
