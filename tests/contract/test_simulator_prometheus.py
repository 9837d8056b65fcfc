"""The simulated Prometheus: its answers against Prometheus's own OpenAPI document, the catalogue against the world."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import openapi_core
import pytest
import yaml
from openapi_core.testing import MockRequest, MockResponse
from starlette.applications import Starlette

from flywheel_tui.config.settings import PrometheusSettings
from flywheel_tui.simulator.prometheus.app import build_app
from flywheel_tui.simulator.world import Clock, World, build_world
from flywheel_tui.simulator.world.views import jobs_running
from flywheel_tui.sources.prometheus.catalogue import CATALOGUE
from flywheel_tui.sources.prometheus.source import PrometheusSource
from flywheel_tui.sources.prometheus.windows import Window

pytestmark = pytest.mark.contract

NOW = 1_790_000_010.0
Rows = dict[tuple[str, ...], float]


@pytest.fixture(scope="module", params=["calm", "incident"])
def world(request: pytest.FixtureRequest) -> World:
    return build_world(request.param, runners=148, clock=Clock(frozen_at=NOW))


@pytest.fixture(scope="module")
def app(world: World) -> Starlette:
    return build_app(world)


@pytest.fixture
async def client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://prom:9090") as client:
        yield client


class Contract:
    """The OpenAPI document and what it says of an answer."""

    def __init__(self, path: Path) -> None:
        self._openapi = openapi_core.OpenAPI.from_dict(yaml.safe_load(path.read_text()))

    def check(self, response: httpx.Response) -> None:
        request = response.request
        asked = MockRequest(
            "http://prom:9090",
            request.method,
            request.url.path,
            args=dict(request.url.params),
            data=request.content,
            content_type=request.headers.get("Content-Type", "application/json"),
        )
        assert response.headers["content-type"] == "application/json"
        self._openapi.validate_response(asked, MockResponse(response.content, status_code=response.status_code))


@pytest.fixture(scope="module")
def contract(contracts: Path) -> Contract:
    return Contract(contracts / "prometheus-3.14-openapi31.yaml")


RANGE = {"start": str(NOW - 600), "end": str(NOW), "step": "60"}


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("query", {"query": "up"}),
        ("query", {"query": "vector(NaN)"}),
        ("query", {"query": "up[1m]"}),
        ("query", {"query": "1"}),
        ("query", {"query": "up", "limit": "1"}),
        ("query", {"query": "sum("}),
        ("query", {"query": "up * on () up"}),
        ("query", {"query": "up", "timeout": "0s"}),
        ("query_range", {"query": "gha_busy_runners", **RANGE}),
        ("query_range", {"query": "gha_busy_runners", **RANGE, "step": "0"}),
        ("labels", {}),
        ("labels", {"limit": "2"}),
        ("label/job/values", {}),
        ("label/a-b/values", {}),
        ("series", {"match[]": "up"}),
        ("series", {"match[]": "{"}),
        ("metadata", {}),
        ("metadata", {"metric": "nothing"}),
        ("rules", {}),
        ("rules", {"type": "alert", "group_limit": "1"}),
        ("rules", {"type": "x"}),
        ("alerts", {}),
        ("targets", {}),
        ("targets", {"state": "active"}),
        ("status/buildinfo", {}),
    ],
)
async def test_answers_are_of_the_contract(
    client: httpx.AsyncClient, contract: Contract, path: str, parameters: dict[str, str]
) -> None:
    response = await client.get(f"/api/v1/{path}", params=parameters)
    contract.check(response)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("query", {"query": "up", "timeout": "15s", "limit": "3"}),
        ("query_range", {"query": "up", "timeout": "15s", **RANGE}),
        ("labels", {}),
        ("series", {"match[]": "up"}),
    ],
)
async def test_posted_forms_too(client: httpx.AsyncClient, contract: Contract, path: str, form: dict[str, str]) -> None:
    contract.check(await client.post(f"/api/v1/{path}", data=form))


async def rows(client: httpx.AsyncClient, name: str, identity: int | None = None) -> Rows:
    """What a catalogue query gives, by the labels that identify a row (by so many of them, where told)."""
    query = next(each for each in CATALOGUE if each.name == name)
    response = await client.post("/api/v1/query", data={"query": query.instant(), "timeout": "15s"})
    assert response.status_code == 200, response.text
    found: Rows = {}
    for item in response.json()["data"]["result"]:
        labels = item["metric"]
        key = tuple(labels.get(f"exported_{label}", labels.get(label, "")) for label in query.labels[:identity])
        assert key not in found
        # The contract allows a number here; Prometheus never sends one.
        assert isinstance(item["value"][1], str)
        found[key] = float(item["value"][1])
    return found


@pytest.mark.parametrize("name", [query.name for query in CATALOGUE])
async def test_every_query_of_the_catalogue_has_an_answer(client: httpx.AsyncClient, name: str) -> None:
    found = await rows(client, name)
    assert found
    assert all(math.isnan(value) or value >= 0 for value in found.values())


async def test_jobs_of_managers(client: httpx.AsyncClient, world: World) -> None:
    running, limits = await rows(client, "gitlab_jobs_running", 3), await rows(client, "gitlab_job_limit")
    versions = await rows(client, "gitlab_manager_version")
    assert running.keys() == limits.keys() == {key[:3] for key in versions}
    managers = {
        each.system_id: (runner, each) for runner in world.gitlab_runners.values() for each in runner.managers
    }  # fmt: skip
    for (short, name, system_id), jobs in running.items():
        runner, manager = managers[system_id]
        assert (short, name) == (runner.short_sha, runner.config_name)
        assert jobs == jobs_running(world, f"gitlab/{runner.id}", world.time, system_id)
        assert limits[short, name, system_id] == manager.slots >= jobs
        assert versions[short, name, system_id, manager.version] == 1


async def test_jobs_of_the_last_hour(client: httpx.AsyncClient, world: World) -> None:
    completed = await rows(client, "gitlab_jobs_completed_1h")
    checked = 0
    for runner in world.gitlab_runners.values():
        owner = f"gitlab/{runner.id}"
        hit = any(incident.runner == owner for incident in world.incidents)
        for manager in runner.managers:
            key = (runner.short_sha, runner.config_name, manager.system_id)
            if key not in completed or hit or manager.started_at > NOW - 7_200:
                continue
            lanes = [lane for lane in world.lanes_of[owner] if lane.process == manager.system_id]
            # The hour holds 240 samples and so 3,585 s between the first and the last; the rest is extrapolated.
            seen = sum(lane.finished(NOW) - lane.finished(NOW - 3_585) for lane in lanes)
            assert seen <= completed[key] <= seen * 3_600 / 3_585 + 1e-9
            checked += 1
    assert checked > 50


async def test_runners_of_scale_sets(client: httpx.AsyncClient, world: World) -> None:
    busy, registered = await rows(client, "arc_busy_runners"), await rows(client, "arc_registered_runners")
    idle, running = await rows(client, "arc_idle_runners"), await rows(client, "arc_running_jobs")
    most, desired = await rows(client, "arc_max_runners"), await rows(client, "arc_desired_runners")
    assigned = await rows(client, "arc_assigned_jobs")
    with_job = Counter(each.scale_set for each in world.ephemeral_runners if each.job_id)
    listeners = {each.scale_set: each for each in world.listeners if each.pod is not None}
    expected = {
        (each.meta.namespace, world.runner_set_name(each.meta.name), listeners[each.meta.name].meta.name): each
        for each in world.scale_sets
        if each.meta.name in listeners
    }
    assert busy.keys() == registered.keys() == expected.keys()
    for key, scale_set in expected.items():
        assert busy[key] == running[key] == with_job[scale_set.meta.name]
        assert registered[key] == busy[key] + idle[key]
        assert most.get(key) == scale_set.max_runners
        assert busy[key] <= assigned[key]
        assert desired[key] <= most.get(key, math.inf)


async def test_what_the_controller_counts(client: httpx.AsyncClient, world: World) -> None:
    pending, failed = await rows(client, "arc_pending_runners"), await rows(client, "arc_failed_runners")
    for scale_set in world.scale_sets:
        key = (scale_set.meta.namespace, scale_set.meta.name)
        assert (pending[key], failed[key]) == (scale_set.pending, scale_set.failed)
    alive = await rows(client, "arc_running_listeners")
    assert alive == {
        (each.meta.namespace, each.meta.name): float(each.pod is not None) for each in world.listeners
    }  # fmt: skip


async def test_pods_against_their_limits(client: httpx.AsyncClient, world: World) -> None:
    cpu, memory = await rows(client, "pod_cpu_cores"), await rows(client, "pod_memory_bytes")
    cpu_limit, memory_limit = await rows(client, "pod_cpu_limit"), await rows(client, "pod_memory_limit")
    declared: Rows = {}
    for pod in world.pods:
        for container in pod.containers:
            if container.cpu_limit is not None and pod.meta.created_at <= world.time:
                declared[pod.meta.namespace, pod.meta.name, container.name] = container.cpu_limit
    assert cpu_limit == declared
    assert len(memory) > 100
    assert all(value <= memory_limit.get(key, math.inf) for key, value in memory.items())
    assert all(value <= 1.001 * cpu_limit.get(key, math.inf) for key, value in cpu.items())
    # Twice the truth would be more than the limits allow.
    assert sum(cpu[key] for key in cpu_limit if key in cpu) < sum(cpu_limit.values())


async def test_the_fleet(client: httpx.AsyncClient) -> None:
    ((failures,), (wait,)) = [
        (await rows(client, name)).values() for name in ("fleet_failure_rate_1h", "fleet_queue_p95_s")
    ]
    assert 0 < failures < 0.3
    assert 1 <= wait <= 3600


async def test_absent_metrics_are_absent(client: httpx.AsyncClient, world: World) -> None:
    """Some machines have no metrics at all: a runner without a row is unknown, not idle."""
    running = {system_id for _, _, system_id in await rows(client, "gitlab_jobs_running", 3)}
    alive = {m.system_id for r in world.gitlab_runners.values() for m in r.managers if m.gone_at is None}
    assert running < alive


async def test_the_source_reads_it(app: Starlette) -> None:
    settings = PrometheusSettings(url="http://prom:9090", requests_per_minute=10_000)
    source = PrometheusSource(
        "prod",
        settings,
        with_rules=True,
        clock=lambda: datetime.fromtimestamp(NOW, UTC),
        transport=httpx.ASGITransport(app),
    )
    observation = await source.fetch()
    assert observation.complete, observation
    (series, *_) = await source.range("arc_busy_runners", window=Window.HOUR)
    assert any(point.value is not None for point in series.points)
    await source.aclose()


async def test_an_empty_world_answers_the_catalogue(contract: Contract) -> None:
    app = build_app(build_world(runners=0, clock=Clock(frozen_at=NOW)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://prom:9090") as client:
        for query in CATALOGUE:
            response = await client.post("/api/v1/query", data={"query": query.instant()})
            contract.check(response)
            assert response.status_code == 200
            assert all(math.isfinite(float(item["value"][1])) for item in response.json()["data"]["result"])


def _names(found: Any) -> set[str]:  # noqa: ANN401 - JSON of any shape
    return {item["metric"]["__name__"] for item in found["data"]["result"]}


async def test_the_question_which_metrics_there_are(client: httpx.AsyncClient) -> None:
    wanted = sorted({metric for query in CATALOGUE for metric in query.metrics})
    text = f'count by (__name__) ({{__name__=~"{"|".join(wanted)}|nothing_of_the_sort"}})'
    assert _names((await client.post("/api/v1/query", data={"query": text})).json()) == set(wanted)
