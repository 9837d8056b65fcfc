"""Logs: windows of lines that are always the same, and refusals for containers that have none."""

from __future__ import annotations

from flywheel_tui.simulator.kubernetes.logs import PodLog
from flywheel_tui.simulator.world.model_cluster import Pod, PodRole
from tests.unit.simulator.kubernetes.api import Api


def a_pod(api: Api, role: PodRole) -> Pod:
    return next(pod for pod in api.world.pods if pod.role is role and pod.phase == "Running")


def log_path(pod: Pod) -> str:
    return f"/api/v1/namespaces/{pod.meta.namespace}/pods/{pod.meta.name}/log"


async def test_the_same_window_always_holds_the_same_lines() -> None:
    api = Api()
    path = log_path(a_pod(api, PodRole.GITLAB_MANAGER))
    first = (await api.get(path, timestamps="true", tailLines=50)).text.splitlines()
    assert len(first) == 50
    assert first == sorted(first)
    api.world.clock.advance(21)
    later = (await api.get(path, timestamps="true", tailLines=53)).text.splitlines()
    assert later[:50] == first
    stamp = first[20].split(" ")[0]
    since = (await api.get(path, timestamps="true", sinceTime=stamp)).text.splitlines()
    assert since == later[20:]
    assert len((await api.get(path, sinceSeconds=70)).text.splitlines()) in (9, 10, 11)
    assert len((await api.get(path, limitBytes=100)).content) == 100
    assert (await api.get(path, tailLines=0)).text == ""


async def test_job_logs_carry_escape_sequences_as_real_ones_do() -> None:
    api = Api()
    text = (await api.get(log_path(a_pod(api, PodRole.GITLAB_JOB)), container="build")).text
    assert "\x1b[" in text


async def test_a_container_must_be_named_where_there_are_several() -> None:
    api = Api()
    pod = a_pod(api, PodRole.GITLAB_JOB)
    unnamed = await api.get(log_path(pod))
    assert unnamed.status_code == 400
    assert "choose one of: [build helper" in unnamed.json()["message"]
    wrong = await api.get(log_path(pod), container="none")
    assert wrong.json()["message"] == f"container none is not valid for pod {pod.meta.name}"
    previous = await api.get(log_path(pod), container="build", previous="true")
    assert previous.status_code == 400
    assert "previous terminated container" in previous.json()["message"]
    senseless = await api.get(log_path(pod), container="build", sinceTime="yesterday")
    assert senseless.status_code == 400


async def test_a_crash_looping_container_shows_its_last_words() -> None:
    api = Api("incident", 148)
    pod = next(pod for pod in api.world.pods if any(each.waiting == "CrashLoopBackOff" for each in pod.statuses))
    for query in ({}, {"previous": "true"}):
        assert (await api.get(log_path(pod), **query)).text.splitlines()[-1].startswith("PANIC:")
    waiting = next(pod for pod in api.world.pods if any(each.waiting == "ImagePullBackOff" for each in pod.statuses))
    answer = await api.get(log_path(waiting), container="build")
    assert answer.status_code == 400
    assert "is waiting to start: ImagePullBackOff" in answer.json()["message"]
    nowhere = next(pod for pod in api.world.pods if pod.unschedulable is not None)
    assert "does not have a host assigned" in (await api.get(log_path(nowhere), container="build")).json()["message"]


async def test_a_follower_gets_new_lines_until_the_pod_is_gone() -> None:
    api = Api()
    pod = min(
        (pod for pod in api.world.pods if pod.role is PodRole.GITLAB_JOB and pod.phase == "Running" and pod.lane),
        key=lambda pod: api.world.lanes[pod.lane[0]].run(pod.lane[1]).finished_at if pod.lane else 0.0,
    )
    api.world.now()

    async def sleep(seconds: float) -> None:
        api.world.clock.advance(seconds * 5)

    log = PodLog(api.world, pod, {"container": "build", "follow": "true", "timestamps": "true"}, sleep=sleep)
    lines = b"".join([chunk async for chunk in log.stream()]).decode().split("\n")[:-1]
    assert api.world.pods.get(pod.meta.namespace, pod.meta.name) is None
    stamps = [line.split(" ")[0] for line in lines]
    assert stamps == sorted(set(stamps))
