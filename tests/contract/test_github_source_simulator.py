"""The GitHub source against the simulated GitHub, which was written without knowledge of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from flywheel_tui.config.secrets import TokenSource
from flywheel_tui.config.settings import GitHubSettings
from flywheel_tui.domain.errors import RateLimitedError, UnauthorizedError
from flywheel_tui.domain.feed import Observation
from flywheel_tui.domain.runner import ForgeRunner, RunnerKind, RunnerState
from flywheel_tui.simulator.github.app import build_app
from flywheel_tui.simulator.world import Clock, World, actions, build_world
from flywheel_tui.simulator.world.views import registered_github_runners
from flywheel_tui.sources.github.source import GitHubSource

pytestmark = pytest.mark.contract

TOKEN = "ghp_simulated"
AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    return build_world(runners=400, seed=5, clock=Clock(frozen_at=AT.timestamp()))


@pytest.fixture
def token(tmp_path: Path) -> TokenSource:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    return TokenSource(file=file)


def source(
    world: World,
    token: TokenSource,
    *,
    repos: tuple[str, ...] = (),
    scopes: frozenset[str] | None = frozenset({"admin:org", "repo"}),
    hourly_limit: int = 5_000,
) -> GitHubSource:
    app = build_app(world, TOKEN, token_scopes=scopes, hourly_limit=hourly_limit)
    settings = GitHubSettings(
        url="http://github.test", token=token, orgs=world.orgs, repos=repos, requests_per_minute=100_000
    )
    return GitHubSource(
        context="prod",
        settings=settings,
        clock=lambda: datetime.fromtimestamp(world.clock.now(), UTC),
        transport=httpx.ASGITransport(app),
    )


def rows(observation: Observation) -> dict[str, ForgeRunner]:
    return {row.id: row for row in observation.tables[ForgeRunner].values() if isinstance(row, ForgeRunner)}


def repositories(world: World) -> tuple[str, ...]:
    return tuple(sorted({row.repository for row, _ in registered_github_runners(world, world.now()) if row.repository}))


async def test_every_registered_runner_is_read_with_what_the_world_knows_of_it(
    world: World, token: TokenSource
) -> None:
    observation = await source(world, token, repos=repositories(world)).fetch()
    found = rows(observation)
    real = {str(row.id): (row, busy) for row, busy in registered_github_runners(world, world.now())}
    assert len(real) > 200
    assert set(found) == set(real)
    assert observation.complete
    assert observation.server_time == AT
    for ident, (runner, busy) in real.items():
        row = found[ident]
        assert (row.name, row.busy, row.version, row.ephemeral) == (
            runner.name,
            busy,
            runner.version,
            runner.ephemeral,
        )
        assert row.tags == tuple(label.name for label in runner.labels)
        assert row.state is (RunnerState.ONLINE if runner.offline_since is None else RunnerState.OFFLINE)
        assert row.kind is (RunnerKind.REPOSITORY if runner.repository else RunnerKind.ORGANIZATION)
        assert row.scope == (runner.repository or runner.org)
        group = world.runner_groups[runner.group_id].name
        assert row.runner_group == (None if runner.repository else group)


async def test_a_quiet_world_costs_nothing_the_second_time(world: World, token: TokenSource) -> None:
    reader = source(world, token)
    first = await reader.fetch()
    second = await reader.fetch()
    assert first.budget is not None
    assert second.budget is not None
    assert first.budget.last_cycle
    assert second.budget.remaining == first.budget.remaining == 5_000 - first.budget.last_cycle
    assert rows(second) == rows(first)


async def test_what_changes_is_seen_the_next_time(world: World, token: TokenSource) -> None:
    reader = source(world, token)
    before = rows(await reader.fetch())
    ident = next(ident for ident, row in world.github_runners.items() if row.repository is None)
    actions.set_github_labels(world, ident, ("fresh",))
    world.clock.advance(600)
    after = rows(await reader.fetch())
    assert "fresh" in (after[str(ident)].tags or ())
    gone = {key for key, row in before.items() if row.ephemeral} - set(after)
    assert gone, "within ten minutes some ephemeral runner has done its job"


async def test_a_token_for_repositories_says_what_is_missing(world: World, token: TokenSource) -> None:
    observation = await source(world, token, repos=repositories(world), scopes=frozenset({"repo"})).fetch()
    assert not observation.complete
    assert {row.kind for row in rows(observation).values()} == {RunnerKind.REPOSITORY}
    assert any("admin:org" in finding.text for finding in observation.findings)


async def test_a_wrong_token_is_an_error_and_a_right_one_heals_it(world: World, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("wrong")
    reader = source(world, TokenSource(file=file))
    with pytest.raises(UnauthorizedError, match="Bad credentials"):
        await reader.fetch()
    file.write_text(TOKEN)
    assert rows(await reader.fetch())


async def test_the_hour_that_is_used_up_is_waited_for(world: World, token: TokenSource) -> None:
    reader = source(world, token, hourly_limit=3)
    with pytest.raises(RateLimitedError) as refused:
        await reader.fetch()
    assert refused.value.retry_after == pytest.approx(timedelta(hours=1).total_seconds(), abs=1)
