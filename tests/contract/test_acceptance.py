"""The product over a whole simulated fleet in a process of its own: what an operator may rely on."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import pytest

from flywheel_tui.cli import compose
from flywheel_tui.config.load import load_settings
from flywheel_tui.config.settings import ContextSettings, Settings
from flywheel_tui.domain.clock import utc_now
from flywheel_tui.domain.feed import FeedState, SourceKind
from flywheel_tui.domain.fleet import Runner
from flywheel_tui.domain.runner import Forge
from flywheel_tui.services.fleet_service import FleetService, Picture
from flywheel_tui.simulator.launch import RunningSimulator, running_simulator

pytestmark = [pytest.mark.contract, pytest.mark.timeout(180)]

RUNNERS = 260
"""More than one page of GitLab and of GitHub."""


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    """Run one fleet with an incident for all tests that only look."""
    config = tmp_path_factory.mktemp("fleet") / "config.toml"
    with running_simulator(config, scenario="incident", runners=RUNNERS, seed=3) as running:
        yield running


def control(simulator: RunningSimulator, method: str, path: str) -> None:
    answer = httpx.request(
        method,
        simulator.urls["control"].partition("/simulator")[0] + path,
        headers={"Authorization": f"Bearer {simulator.tokens['control']}"},
    )
    answer.raise_for_status()


def states(picture: Picture) -> dict[SourceKind, FeedState]:
    now = utc_now()
    return {feed.kind: feed.state(now) for feed in picture.snapshot.feeds.values()}


def of_forge(picture: Picture, forge: Forge) -> dict[str, Runner]:
    return {key: runner for key, runner in picture.fleet.runners.items() if runner.forge is forge}


def change_context(settings: Settings, **changes: object) -> Settings:
    context: ContextSettings = msgspec.structs.replace(settings.contexts[0], **changes)
    return msgspec.structs.replace(settings, contexts=(context,))


async def read_once(settings: Settings) -> Picture:
    return await compose.fleet_service(settings).once()


class Live:
    """A fleet service that runs, and a way to wait for what it shows."""

    def __init__(self, service: FleetService) -> None:
        self.service = service
        self._news = asyncio.Event()
        service.subscribe(lambda picture, change: self._news.set())

    async def until(self, holds: Callable[[Picture], bool]) -> Picture:
        async with asyncio.timeout(60):
            while not holds(self.service.current):
                self._news.clear()
                await self._news.wait()
        return self.service.current


@asynccontextmanager
async def live(settings: Settings) -> AsyncIterator[Live]:
    service = compose.fleet_service(settings)
    watched = Live(service)
    running = asyncio.create_task(service.run())
    try:
        yield watched
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_every_runner_of_every_page_is_there_and_every_source_is_live(simulator: RunningSimulator) -> None:
    picture = await read_once(load_settings(simulator.config))
    assert len(picture.fleet.runners) == RUNNERS
    assert len(of_forge(picture, Forge.GITLAB)) > 100
    assert set(states(picture).values()) == {FeedState.LIVE}
    joined = [runner for runner in picture.fleet.runners.values() if runner.pods]
    assert len(joined) > 50
    assert any(runner.cpu_cores for runner in joined)
    assert any(runner.alerts for runner in picture.fleet.runners.values())


async def test_the_incident_is_seen_with_evidence_and_next_step(simulator: RunningSimulator) -> None:
    picture = await read_once(load_settings(simulator.config))
    verdicts = [verdict for runner in picture.fleet.runners.values() for verdict in runner.verdicts]
    rules = {verdict.rule for verdict in verdicts}
    assert {"crash_loop", "oom_killed", "image_pull", "listener_missing", "failed_ephemeral_runners", "paused"} <= rules
    assert all(verdict.evidence and verdict.next_step for verdict in verdicts)


async def test_hostile_names_are_plain_text(simulator: RunningSimulator) -> None:
    picture = await read_once(load_settings(simulator.config))
    names = {runner.name for runner in picture.fleet.runners.values()}
    assert "[/evil]" in names
    assert "red" in names
    assert all(name.isprintable() for name in names)


async def test_without_gitlab_its_rows_go_stale_and_nothing_else_changes(simulator: RunningSimulator) -> None:
    async with live(load_settings(simulator.config)) as fleet:
        before = await fleet.until(
            lambda picture: set(states(picture).values()) == {FeedState.LIVE} and len(picture.fleet.runners) == RUNNERS
        )
        control(simulator, "POST", "/simulator/upstreams/gitlab/stop")
        try:
            after = await fleet.until(lambda picture: states(picture)[SourceKind.GITLAB] is FeedState.STALE)
            others = {kind: state for kind, state in states(after).items() if kind is not SourceKind.GITLAB}
            assert set(others.values()) == {FeedState.LIVE}
            gitlab = after.snapshot.feeds["demo/gitlab"]
            assert gitlab.failure is not None
            assert "cannot be reached" in gitlab.failure.message
            assert gitlab.fetched_at is not None
            assert of_forge(after, Forge.GITLAB).keys() == of_forge(before, Forge.GITLAB).keys()
            assert len(after.fleet.runners) == RUNNERS
        finally:
            control(simulator, "POST", "/simulator/upstreams/gitlab/resume")
        recovered = await fleet.until(lambda picture: states(picture)[SourceKind.GITLAB] is FeedState.LIVE)
        assert recovered.snapshot.feeds["demo/gitlab"].failure is None


async def test_a_wrong_token_is_told_and_a_mended_one_needs_no_restart(simulator: RunningSimulator) -> None:
    token = simulator.config.with_name("config.gitlab-token")
    good = token.read_text()
    async with live(load_settings(simulator.config)) as fleet:
        token.write_text("glpat-wrong\n")
        try:
            picture = await fleet.until(lambda picture: states(picture)[SourceKind.GITLAB] is FeedState.DOWN)
            failure = picture.snapshot.feeds["demo/gitlab"].failure
            assert failure is not None
            assert failure.code == "unauthorized"
            assert "glpat" not in failure.message
        finally:
            token.write_text(good)
        await fleet.until(lambda picture: states(picture)[SourceKind.GITLAB] is FeedState.LIVE)


async def test_without_prometheus_metrics_are_unknown_and_never_zero_or_whole(simulator: RunningSimulator) -> None:
    picture = await read_once(change_context(load_settings(simulator.config), prometheus=None))
    assert len(picture.fleet.runners) == RUNNERS
    for runner in picture.fleet.runners.values():
        assert runner.cpu_cores is None
        assert runner.memory_bytes is None
        assert runner.failure_rate is None
    assert picture.fleet.totals.failure_rate is None
    assert picture.fleet.totals.queue_p95_s is None


async def test_an_unreachable_prometheus_is_down_and_blanks_only_its_own(simulator: RunningSimulator) -> None:
    settings = load_settings(simulator.config)
    prometheus = settings.contexts[0].prometheus
    assert prometheus is not None
    nowhere = msgspec.structs.replace(prometheus, url="http://127.0.0.1:9")
    picture = await read_once(change_context(settings, prometheus=nowhere))
    assert states(picture)[SourceKind.PROMETHEUS] is FeedState.DOWN
    assert len(picture.fleet.runners) == RUNNERS
    assert picture.fleet.totals.failure_rate is None
    assert picture.fleet.totals.partial


async def test_an_account_of_some_namespaces_sees_those_and_says_so(
    simulator: RunningSimulator, tmp_path: Path
) -> None:
    settings = load_settings(simulator.config)
    kubernetes = settings.contexts[0].kubernetes
    assert kubernetes is not None
    assert kubernetes.kubeconfig is not None
    text = kubernetes.kubeconfig.read_text()
    tokens = simulator.tokens
    assert tokens["kubernetes"] in text
    narrow = tmp_path / "kubeconfig"
    narrow.write_text(text.replace(tokens["kubernetes"], tokens["kubernetes_namespaced"]))
    picture = await read_once(
        change_context(settings, kubernetes=msgspec.structs.replace(kubernetes, kubeconfig=narrow))
    )
    findings = {finding.code for finding in picture.snapshot.feeds["demo/kubernetes"].findings}
    assert "fallback" in findings
    assert picture.fleet.pods


async def test_a_cluster_without_arc_is_told_and_the_rest_is_there(tmp_path: Path) -> None:
    arc = ("autoscalingrunnersets", "ephemeralrunnersets", "ephemeralrunners", "autoscalinglisteners")
    with running_simulator(tmp_path / "config.toml", runners=30, without=arc) as simulator:
        picture = await read_once(load_settings(simulator.config))
    assert "not_installed" in {finding.code for finding in picture.snapshot.feeds["demo/kubernetes"].findings}
    assert picture.fleet.pods
    assert of_forge(picture, Forge.GITLAB)


async def test_scale_sets_of_arc_0_13_and_0_14_both_tell_their_phase(tmp_path: Path) -> None:
    with running_simulator(tmp_path / "config.toml", scenario="upgrade", runners=120) as simulator:
        picture = await read_once(load_settings(simulator.config))
    found = picture.fleet.scale_sets.values()
    assert {"0.13", "0.14"} <= {(row.version or "").rpartition(".")[0] for row in found}
    assert all(row.phase for row in found)
    assert all(row.current_runners is not None for row in found)


async def test_a_fleet_of_nobody_is_empty_and_whole(tmp_path: Path) -> None:
    with running_simulator(tmp_path / "config.toml", runners=0) as simulator:
        picture = await read_once(load_settings(simulator.config))
    assert picture.fleet.runners == {}
    assert set(states(picture).values()) == {FeedState.LIVE}


async def test_a_storm_falsifies_nothing(tmp_path: Path) -> None:
    with running_simulator(tmp_path / "config.toml", scenario="storm", runners=60) as simulator:
        async with live(load_settings(simulator.config)) as fleet:
            picture = await fleet.until(
                lambda picture: (
                    all(feed.fetched_at is not None for feed in picture.snapshot.feeds.values())
                    and len(picture.fleet.runners) == 60
                )
            )
    for feed in picture.snapshot.feeds.values():
        if feed.failure is not None:
            assert feed.failure.message.isprintable()
            assert "Traceback" not in feed.failure.message


def test_ten_thousand_runners_are_ten_thousand_rows(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    words = [sys.executable, "-m", "flywheel_tui"]
    simulator = subprocess.Popen(
        [*words, "simulate", "--runners", "10000", "--config-out", str(config)], text=True, stdout=subprocess.PIPE
    )
    try:
        assert simulator.stdout is not None
        for line in simulator.stdout:
            if line.startswith("configuration"):
                break
        done = subprocess.run(
            [*words, "--config", str(config), "get", "runners", "-o", "json"],
            capture_output=True,
            text=True,
            check=False,
        )
        simulator.send_signal(signal.SIGTERM)
        simulator.communicate(timeout=20)
    finally:
        simulator.kill()
        simulator.wait()
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["data"]) == 10_000
    assert simulator.returncode == 0, "SIGTERM is an orderly end"
