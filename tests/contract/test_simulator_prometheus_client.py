"""prometheus-api-client, which nobody here wrote, against the simulated Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_api_client import PrometheusConnect
from prometheus_api_client.exceptions import PrometheusApiClientException
from urllib3.util.retry import Retry

from flywheel_tui.simulator.prometheus.app import build_app
from flywheel_tui.simulator.world import Clock, World, build_world
from flywheel_tui.sources.prometheus.catalogue import CATALOGUE
from tests.contract.simulator.serving import Served, served

pytestmark = pytest.mark.contract

NOW = 1_790_000_010.0
TOKEN = "simulated"


@pytest.fixture(scope="module")
def world() -> World:
    return build_world("incident", runners=60, clock=Clock(frozen_at=NOW))


@pytest.fixture(scope="module")
def server(world: World) -> Iterator[Served]:
    with served(build_app(world, TOKEN)) as found:
        yield found


@pytest.fixture
def client(server: Served) -> PrometheusConnect:
    return connect(server, TOKEN)


def connect(server: Served, token: str) -> PrometheusConnect:
    return PrometheusConnect(
        url=server.url, headers={"Authorization": f"Bearer {token}"}, retry=Retry(0), timeout=10
    )  # fmt: skip


def test_the_connection_is_good(client: PrometheusConnect, server: Served) -> None:
    assert client.check_prometheus_connection() is True
    assert connect(server, "wrong").check_prometheus_connection() is False


def test_current_values(client: PrometheusConnect, world: World) -> None:
    values = client.get_current_metric_value("gha_max_runners", label_config={"job": "arc-listener"})
    listeners = [each for each in world.listeners if each.pod is not None]
    assert {value["metric"]["pod"] for value in values} == {each.meta.name for each in listeners}
    assert all(value["value"][0] == NOW and float(value["value"][1]) > 0 for value in values)


@pytest.mark.parametrize("name", [query.name for query in CATALOGUE])
def test_the_catalogue_as_custom_queries(client: PrometheusConnect, name: str) -> None:
    query = next(each for each in CATALOGUE if each.name == name)
    found = client.custom_query(query.instant())
    assert found
    assert all(set(item) == {"metric", "value"} for item in found)


def test_a_custom_query_by_post(client: PrometheusConnect) -> None:
    text = "sum by (job) (up)"
    assert client.custom_query(text, params={"time": NOW}) == client.custom_query(text)


def test_ranges(client: PrometheusConnect) -> None:
    end = datetime.fromtimestamp(NOW, UTC)
    found = client.custom_query_range(
        "sum(gitlab_runner_jobs)", start_time=end - timedelta(hours=1), end_time=end, step="60"
    )
    (row,) = found
    assert [at for at, _ in row["values"]] == [NOW - 3600 + 60 * number for number in range(61)]
    week = client.custom_query_range(
        "sum(gha_busy_runners)", start_time=end - timedelta(days=7), end_time=end, step="1800"
    )
    assert len(week[0]["values"]) == 337


def test_metric_range_data(client: PrometheusConnect) -> None:
    end = datetime.fromtimestamp(NOW, UTC)
    found = client.get_metric_range_data(
        "gha_busy_runners", start_time=end - timedelta(minutes=10), end_time=end, chunk_size=timedelta(minutes=5)
    )
    assert found
    assert all(20 <= len(row["values"]) <= 21 for row in found)


def test_names_labels_series_targets_and_metadata(client: PrometheusConnect) -> None:
    names = client.all_metrics()
    assert {"up", "gitlab_runner_jobs", "kube_pod_owner"} <= set(names)
    assert "system_id" in client.get_label_names()
    assert client.get_label_values("job") == sorted(set(client.get_label_values("job")))
    end = datetime.fromtimestamp(NOW, UTC)
    series = client.get_series(end - timedelta(minutes=5), end, {"match[]": "gha_busy_runners"})
    assert {each["__name__"] for each in series} == {"gha_busy_runners"}
    assert client.get_targets()["activeTargets"]
    assert "kubelet" in {each["labels"]["job"] for each in client.get_targets()["activeTargets"]}
    (metadata,) = client.get_metric_metadata("gha_busy_runners")
    assert metadata["type"] == "gauge"


def test_errors_are_raised(client: PrometheusConnect, server: Served) -> None:
    with pytest.raises(PrometheusApiClientException, match="parse error"):
        client.custom_query("sum(")
    with pytest.raises(PrometheusApiClientException, match="HTTP Status Code 401"):
        connect(server, "wrong").custom_query("up")
