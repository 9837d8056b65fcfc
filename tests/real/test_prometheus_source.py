"""The source against a real Prometheus, which scrapes pages written here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from flywheel_tui.config.settings import PrometheusSettings
from flywheel_tui.domain.alert import Alert, AlertState
from flywheel_tui.domain.errors import RefusedError, UnreachableError
from flywheel_tui.domain.feed import Observation
from flywheel_tui.domain.metric import Sample, Series
from flywheel_tui.sources.prometheus.catalogue import CATALOGUE
from flywheel_tui.sources.prometheus.client import PrometheusClient
from flywheel_tui.sources.prometheus.query import Family
from flywheel_tui.sources.prometheus.source import PrometheusSource
from flywheel_tui.sources.prometheus.windows import Grid, Window
from tests.real.conftest import ServerRoom, StartPrometheus
from tests.real.servers.alertmanager import Alertmanager
from tests.real.servers.ports import free_port
from tests.real.servers.prometheus import Prometheus, ScrapeTarget
from tests.real.servers.waiting import wait_for


@contextmanager
def metrics_page(text: Callable[[int], str]) -> Iterator[str]:
    """Serve a page of metrics on loopback, made anew from the number of times it was read; yield its address."""

    class Page(BaseHTTPRequestHandler):
        reads = 0

        def do_GET(self) -> None:
            Page.reads += 1
            body = text(Page.reads).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, code: object = "-", size: object = "-") -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/metrics"
        server.shutdown()
        thread.join()


def settings(url: str) -> PrometheusSettings:
    return PrometheusSettings(url=url, requests_per_minute=10_000)


def read(url: str, *, with_rules: bool = False) -> Observation:
    """Return one reading."""

    async def fetch() -> Observation:
        source = PrometheusSource("real", settings(url), with_rules=with_rules, queries=CATALOGUE)
        try:
            return await source.fetch()
        finally:
            await source.aclose()

    return asyncio.run(fetch())


def series(url: str, query: str, **labels: str) -> tuple[Series, ...]:
    """Return a query over the last hour."""

    async def ask() -> tuple[Series, ...]:
        source = PrometheusSource("real", settings(url), with_rules=False)
        try:
            return await source.range(query, window=Window.HOUR, labels=labels)
        finally:
            await source.aclose()

    return asyncio.run(ask())


def values(observation: Observation, query: str) -> dict[tuple[tuple[str, str], ...], float | None]:
    rows = observation.tables.get(Sample, {}).values()
    return {row.labels: row.value for row in rows if isinstance(row, Sample) and row.query == query}


def one(observation: Observation, query: str) -> float | None:
    (value,) = values(observation, query).values()
    return value


def texts(observation: Observation, code: str) -> list[str]:
    return [finding.text for finding in observation.findings if finding.code == code]


@pytest.fixture(scope="module")
def empty(prometheus: StartPrometheus) -> Prometheus:
    return prometheus([])


def test_every_question_is_accepted_and_nothing_measured_is_unknown(empty: Prometheus) -> None:
    observation = read(empty.url, with_rules=True)
    assert texts(observation, "query_failed") == []
    assert observation.complete
    assert observation.tables == {Alert: {}}
    assert len(texts(observation, "metrics_absent")) == len(Family)
    assert observation.budget.last_cycle == len(CATALOGUE) + 3
    assert observation.server_time is not None


def test_the_version_is_found(empty: Prometheus) -> None:
    (version,) = texts(read(empty.url), "version")
    assert version.startswith(f"Prometheus {empty.get('/status/buildinfo')['version']}")


@pytest.mark.parametrize("window", Window)
def test_every_question_is_accepted_over_every_window(empty: Prometheus, window: Window) -> None:
    async def ask() -> list[tuple[Series, ...]]:
        source = PrometheusSource("real", settings(empty.url), with_rules=False, namespaces=("ci", "a.b"))
        try:
            hostile = '"} or vector(1) # \\ \n\x00'
            return [
                await source.range(query.name, window=window, labels=dict.fromkeys(query.labels, hostile))
                for query in CATALOGUE
            ]
        finally:
            await source.aclose()

    assert asyncio.run(ask()) == [()] * len(CATALOGUE)


def test_beyond_the_limit_of_points_prometheus_refuses_in_a_sentence(empty: Prometheus) -> None:
    async def ask() -> None:
        client = PrometheusClient(settings(empty.url))
        try:
            await client.query_range("up", Grid(start=0, end=11_001 * 15, step=15))
        finally:
            await client.aclose()

    with pytest.raises(
        RefusedError, match=r"does not accept the request: exceeded maximum resolution of 11,000 points"
    ):
        asyncio.run(ask())


def test_a_query_that_is_no_promql_is_refused_in_a_sentence(empty: Prometheus) -> None:
    async def ask() -> None:
        client = PrometheusClient(settings(empty.url))
        try:
            await client.query("sum(")
        finally:
            await client.aclose()

    with pytest.raises(RefusedError, match=r"does not accept the request: .*parse error"):
        asyncio.run(ask())


def test_nobody_listens() -> None:
    with pytest.raises(UnreachableError):
        read(f"http://127.0.0.1:{free_port()}")


def fleet_page(reads: int) -> str:
    """Return what a GitLab manager, an ARC listener and kube-state-metrics show; half of ARC's jobs fail."""
    runner = 'runner="abc12345",runner_name="nix [/evil]",system_id="s_1"'
    return f"""
gitlab_runner_jobs{{{runner},state="idle",stage="idle",executor_stage="idle"}} 0
gitlab_runner_jobs{{{runner},state="running",stage="step_script",executor_stage="docker_run"}} 3
gitlab_runner_limit{{{runner}}} 0
gitlab_runner_concurrent 10
gitlab_runner_version_info{{name="gitlab-runner",version="19.3.0",revision="abc"}} 1
gha_assigned_jobs{{name="linux-x64-7d9f8",namespace="arc-runners",organization="acme",repository="",enterprise=""}} 7
gha_max_runners{{name="linux-x64-7d9f8",namespace="arc-runners"}} 2147483647
gha_completed_jobs_total{{organization="acme",job_name="build",event_name="push",job_result="succeeded"}} {reads}
gha_completed_jobs_total{{organization="acme",job_name="build",event_name="push",job_result="failed"}} {reads}
gha_completed_jobs_total{{organization="acme",job_name="build",event_name="push",job_result="canceled"}} 5
gha_job_startup_duration_seconds_bucket{{organization="acme",le="1"}} 0
gha_job_startup_duration_seconds_bucket{{organization="acme",le="2"}} {reads}
gha_job_startup_duration_seconds_bucket{{organization="acme",le="+Inf"}} {reads}
gitlab_runner_job_queue_duration_seconds_bucket{{{runner},le="1"}} 4
gitlab_runner_job_queue_duration_seconds_bucket{{{runner},le="+Inf"}} 4
kube_pod_container_resource_limits{{namespace="ci",pod="p-1",container="build",resource="cpu"}} 2
"""


@pytest.fixture(scope="module")
def scraping(prometheus: StartPrometheus) -> Iterator[Prometheus]:
    """A Prometheus whose scrape renames labels, as one of a PodMonitor without honorLabels does."""
    with metrics_page(fleet_page) as url:
        labels = {"namespace": "arc-systems", "pod": "linux-x64-6b7c-listener"}
        server = prometheus([ScrapeTarget("fleet", url, labels=labels)])
        server.wait_for("rate(gha_completed_jobs_total[1h]) > 0")
        yield server
        server.process.stop()


def test_a_gitlab_manager(scraping: Prometheus) -> None:
    observation = read(scraping.url)
    identity = (("runner", "abc12345"), ("runner_name", "nix [/evil]"), ("system_id", "s_1"))
    where = (("namespace", "arc-systems"), ("pod", "linux-x64-6b7c-listener"))
    assert values(observation, "gitlab_jobs_running") == {(*where, *identity): 3.0}
    assert values(observation, "gitlab_job_limit") == {identity: 10.0}
    assert values(observation, "gitlab_manager_version") == {(*identity, ("version", "19.3.0")): 1.0}


def test_a_queue_that_nothing_entered_has_no_quantile(scraping: Prometheus) -> None:
    observation = read(scraping.url)
    assert one(observation, "gitlab_queue_p95_s") is None
    assert one(observation, "fleet_queue_p95_s") == pytest.approx(1.95)


def test_a_renamed_namespace_is_the_scale_sets_and_that_of_a_counter_the_listeners(scraping: Prometheus) -> None:
    observation = read(scraping.url)
    listener = ("pod", "linux-x64-6b7c-listener")
    assert values(observation, "arc_assigned_jobs") == {
        (("name", "linux-x64-7d9f8"), ("namespace", "arc-runners"), listener): 7.0
    }
    assert set(values(observation, "arc_jobs_completed_1h")) == {
        (("job_result", result), ("namespace", "arc-systems"), listener)
        for result in ("succeeded", "failed", "canceled")
    }
    assert values(observation, "pod_cpu_limit") == {(("container", "build"), ("namespace", "ci"), ("pod", "p-1")): 2.0}


def test_a_scale_set_without_bound_has_no_maximum(scraping: Prometheus) -> None:
    assert values(read(scraping.url), "arc_max_runners") == {}


def test_the_failure_rate_counts_neither_idle_nor_cancelled(scraping: Prometheus) -> None:
    assert one(read(scraping.url), "fleet_failure_rate_1h") == pytest.approx(0.5)


def test_only_what_is_not_scraped_is_told(scraping: Prometheus) -> None:
    observation = read(scraping.url)
    assert observation.complete
    assert sorted(text.split(" metrics")[0] for text in texts(observation, "metrics_absent")) == [
        "ARC controller",
        "Container",
    ]


def test_a_series_ends_with_what_is_now_and_begins_with_gaps(scraping: Prometheus) -> None:
    # The grid's last point lies up to one step back, and this Prometheus may be younger than that.
    (found,) = wait_for(
        "a first point on the grid",
        lambda: series(scraping.url, "arc_assigned_jobs", namespace="arc-runners", name="linux-x64-7d9f8"),
        every=1.0,
    )
    assert (found.step_s, len(found.points)) == (15, 241)
    assert (found.points[0].value, found.points[-1].value) == (None, 7.0)
    assert series(scraping.url, "arc_assigned_jobs", namespace="arc-systems") == ()


DISCOVERY_SECONDS = 8
"""After its start Prometheus learns of its Alertmanagers within 5 s; what fires before is next sent a minute later."""


def rules(fires_at: float) -> list[dict[str, object]]:
    """Return rules of which one fires, one waits, one is quiet and one cannot be evaluated."""
    down = {
        "alert": "ListenerDown",
        "expr": f'label_replace(vector(time()) > {fires_at:.0f}, "scale_set", "linux-x64", "", "")',
        "labels": {"severity": "critical"},
        "annotations": {"summary": "No listener", "runbook_url": "https://runbooks/1"},
    }
    later = {"alert": "Later", "expr": "vector(1)", "for": "1h"}
    never = {"alert": "Never", "expr": "vector(1) > 2"}
    broken = {"alert": "Broken", "expr": 'label_replace(vector(1), "a", "$1", "b", "(")'}
    return [{"name": "fleet", "rules": [down, later, never, broken]}]


def alerts(observation: Observation) -> dict[str, Alert]:
    rows = observation.tables.get(Alert, {}).values()
    return {row.name: row for row in rows if isinstance(row, Alert)}


def test_alerts_from_rules_and_the_same_in_alertmanager(
    prometheus: StartPrometheus, alertmanager: Callable[[], Alertmanager]
) -> None:
    manager = alertmanager()
    server = prometheus([], rules=rules(time.time() + DISCOVERY_SECONDS), alertmanagers=[manager])
    wait_for("two active alerts", lambda: len(server.get("/alerts")["alerts"]) == 2)
    observation = read(server.url, with_rules=True)
    found = alerts(observation)
    assert set(found) == {"ListenerDown", "Later"}
    down = found["ListenerDown"]
    assert (down.state, down.severity, down.summary) == (AlertState.FIRING, "critical", "No listener")
    assert (down.runbook_url, down.label("scale_set")) == ("https://runbooks/1", "linux-x64")
    assert down.starts_at is not None
    assert found["Later"].state is AlertState.PENDING
    (broken,) = texts(observation, "rule_broken")
    assert broken.startswith("One alert rule cannot be evaluated and so cannot fire (Broken: ")
    sent = wait_for("the alert in Alertmanager", lambda: manager.get("/alerts"))
    assert [alert["fingerprint"] for alert in sent] == [down.fingerprint]


def test_warnings_are_shown(server_room: ServerRoom) -> None:
    folder = server_room.folder("prometheus")
    server = Prometheus(folder, [])
    with (folder / "prometheus.yml").open("a") as config:
        config.write(f"\nremote_read: [{{url: 'http://127.0.0.1:{free_port()}/', read_recent: true}}]\n")
    server_room.start(server.process)
    observation = read(server.url)
    assert not observation.complete
    assert any("connection refused" in text for text in texts(observation, "upstream_warning"))
    server.process.stop()
