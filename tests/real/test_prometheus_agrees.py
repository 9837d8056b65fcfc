"""A real Prometheus scrapes the running simulator; then both are asked the same and answer the same.

The simulated Prometheus is told at which times the real one scraped each page, and what was on a page is known from
when it was written: so both have the same samples and the answers must be equal, but for the last digits of sums.
"""

import math
import re
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import yaml
from starlette.applications import Starlette
from starlette.routing import Mount

from flywheel_tui.simulator.prometheus.app import build_app
from flywheel_tui.simulator.prometheus.series import RecordedScrapes
from flywheel_tui.simulator.prometheus.server import Setup
from flywheel_tui.simulator.world import Clock, build_world
from flywheel_tui.sources.prometheus.catalogue import CATALOGUE
from tests.contract.simulator.serving import Served, served
from tests.real.conftest import ServerRoom
from tests.real.servers.programs import require
from tests.real.servers.prometheus import Prometheus
from tests.real.servers.waiting import wait_for

SAMPLES = 20
"""Scrapes of each page, one a second, before anything is compared."""
TOLERANCE = 1e-9
"""Relative: sums are added up in another order."""

Rows = dict[frozenset[tuple[str, str]], float]
FURTHER = [
    "up",
    '{__name__=~"gitlab_runner_.*|gha_.*|kube_.*|container_.*|process_.*"}',
    "increase(gitlab_runner_jobs_total[5m])",
    "irate(gitlab_runner_job_queue_duration_seconds_bucket[5m])",
    "rate(gha_job_execution_duration_seconds_sum[1m])",
    "changes(kube_pod_status_phase[1m]) > 0",
    "count by (job) (up)",
    "sum by (namespace, phase) (kube_pod_status_phase)",
    "avg_over_time(gha_busy_runners[1m])",
    'sum by (namespace) (rate(container_cpu_usage_seconds_total{container!=""}[1m]))',
]


class Twins:
    """A real Prometheus and a simulated one that know the same samples, and a moment at which both can be asked."""

    def __init__(self, real: Prometheus, simulated: str, at: float) -> None:
        self.real = real
        self.simulated = simulated
        self.at = at

    def ask(self, url: str, query: str) -> Rows:
        """The instant vector of a query at the common moment."""
        form = {"query": query, "time": f"{self.at:.3f}"}
        answer = httpx.post(f"{url}/api/v1/query", data=form, timeout=30.0, trust_env=False)
        assert answer.status_code == 200, answer.text
        result = answer.json()["data"]["result"]
        found = {frozenset(item["metric"].items()): float(item["value"][1]) for item in result}
        assert len(found) == len(result)
        return found


def version_of_prometheus() -> str:
    said = subprocess.run([require("prometheus"), "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"version (\d+\.\d+\.\d+)", said.stdout + said.stderr)
    assert found is not None, said
    return found[1]


@pytest.fixture(scope="module")
def twins(server_room: ServerRoom) -> Iterator[Twins]:
    version = version_of_prometheus()
    world = build_world("incident", runners=30, clock=Clock())
    written, told = RecordedScrapes(), RecordedScrapes()
    app = Starlette(
        routes=[
            Mount("/told", app=build_app(world, setup=Setup(version=version, interval=1_000, scrapes=told))),
            Mount("/", app=build_app(world, setup=Setup(interval=1_000, scrapes=written))),
        ]
    )
    with served(app) as simulator:
        real = scraping(server_room, simulator)
        at = moment_of_comparison(real, len(httpx.get(f"{simulator.url}/sd", trust_env=False).json()))
        stamps = kept_scrapes(real, at)
        simulator.run(lambda: tell(told, written, stamps))
        yield Twins(real, f"{simulator.url}/told", at)


def scraping(room: ServerRoom, simulator: Served) -> Prometheus:
    """A Prometheus that finds its targets, each a page of its own, by asking the simulator."""
    folder = room.folder("prometheus")
    server = Prometheus(folder, [], interval="1s")
    file = folder / "prometheus.yml"
    config = yaml.safe_load(file.read_text())
    discovery = {"url": f"{simulator.url}/sd", "refresh_interval": "1s"}
    config["scrape_configs"] = [{"job_name": "simulator", "http_sd_configs": [discovery]}]
    file.write_text(yaml.safe_dump(config))
    room.start(server.process)
    return server


def moment_of_comparison(real: Prometheus, targets: int) -> float:
    """A moment before which every target has been scraped often enough, and behind which it has been scraped again."""

    enough = f"count(count_over_time(up[5m]) >= {SAMPLES}) == {targets}"
    # Otherwise counters that stand still would be compared with counters that stand still.
    lively = "sum(increase(gitlab_runner_jobs_total[5m])) > 0 and sum(increase(gha_completed_jobs_total[5m])) > 0"
    wait_for(
        f"{SAMPLES} scrapes of each of {targets} pages, and jobs that begin and end meanwhile",
        lambda: real.query(f"({enough}) and ({lively})"),
        seconds=90,
        every=0.5,
    )

    def settled() -> float | None:
        at = round(time.time(), 3)
        # Scrapes that are under way at the moment itself have ended when the next ones have.
        wait_for("the next scrapes", lambda: real.query(f"count(timestamp(up) > {at + 0.1}) == {targets}"), seconds=20)
        health = real.get("/query", query="up unless on (job, instance) (up offset 5s)", time=str(at))["result"]
        changed = real.get("/query", query="count(changes(up[10s]) > 0)", time=str(at))["result"]
        return None if health or changed else at

    return wait_for("a moment at which no scrape failed", settled, seconds=60)


def kept_scrapes(real: Prometheus, at: float) -> dict[tuple[str, str], list[tuple[int, bool]]]:
    """When each target was scraped, in milliseconds, and whether it answered."""
    data = real.get("/query", query="up[10m]", time=f"{at:.3f}")
    return {
        (row["metric"]["job"], row["metric"]["instance"]): [
            (round(stamp * 1000), value == "1") for stamp, value in row["values"]
        ]
        for row in data["result"]
    }


def tell(told: RecordedScrapes, written: RecordedScrapes, kept: dict[tuple[str, str], list[tuple[int, bool]]]) -> None:
    """Tell the simulated Prometheus of the scrapes that the real one made, each with the page that it got."""
    for target, scrapes in kept.items():
        never = not any(answered for _, answered in scrapes)
        for stamp, answered in scrapes:
            # A stamp is up to 2 ms off the time of asking; the page is written later.
            pages = written.times(target, stamp - 3, stamp + 1_000)
            if pages and (answered or never):
                told.note(target, stamp, pages[0])


def differences(ours: Rows, theirs: Rows) -> list[str]:
    found = [f"only simulated: {dict(row)}" for row in ours.keys() - theirs.keys()]
    found += [f"only real: {dict(row)}" for row in theirs.keys() - ours.keys()]
    for row in ours.keys() & theirs.keys():
        one, other = ours[row], theirs[row]
        same = (math.isnan(one) and math.isnan(other)) or math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=1e-12)
        if not same:
            found.append(f"{one!r} simulated, {other!r} real: {dict(row)}")
    return found


@pytest.mark.parametrize("name", [query.name for query in CATALOGUE])
def test_the_catalogue(twins: Twins, name: str) -> None:
    query = next(each for each in CATALOGUE if each.name == name).instant()
    theirs = twins.ask(twins.real.url, query)
    assert theirs, "the real Prometheus has no rows: nothing would be compared"
    assert differences(twins.ask(twins.simulated, query), theirs) == []


@pytest.mark.parametrize("query", FURTHER)
def test_further_queries(twins: Twins, query: str) -> None:
    theirs = twins.ask(twins.real.url, query)
    assert theirs
    assert differences(twins.ask(twins.simulated, query), theirs) == []


def test_targets_are_the_same(twins: Twins) -> None:
    def labels(url: str) -> list[dict[str, Any]]:
        data = httpx.get(f"{url}/api/v1/targets", params={"state": "active"}, timeout=10, trust_env=False).json()[
            "data"
        ]
        return sorted((each["labels"] for each in data["activeTargets"]), key=lambda found: str(sorted(found.items())))

    assert labels(twins.simulated) == labels(twins.real.url)


def test_pages_hold_no_surprise_for_promtool(twins: Twins) -> None:
    """promtool reads a page as Prometheus does, and knows what a metric should look like."""
    url = twins.simulated.removesuffix("/told")
    for job in ("gitlab-runner", "arc-listener", "arc-controller", "kube-state-metrics", "kubelet"):
        path = next(
            target["labels"]["__metrics_path__"]
            for target in httpx.get(f"{url}/sd", trust_env=False).json()
            if target["labels"]["job"] == job
            and httpx.get(url + target["labels"]["__metrics_path__"], trust_env=False).status_code == 200
        )
        page = httpx.get(url + path, trust_env=False).text
        checked = subprocess.run(
            [require("promtool"), "check", "metrics"], input=page, capture_output=True, text=True, check=False
        )
        complaints = [line for line in checked.stderr.splitlines() if "no help text" not in line]
        # Names are those of the programs that are simulated, where promtool would have chosen others.
        assert [line for line in complaints if "should" not in line and "use base unit" not in line] == [], complaints
