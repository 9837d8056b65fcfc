"""The GitLab source against the simulated GitLab, which was written without knowledge of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from flywheel_tui.config.secrets import TokenSource
from flywheel_tui.config.settings import GitLabSettings
from flywheel_tui.domain.errors import UnauthorizedError
from flywheel_tui.domain.feed import Observation
from flywheel_tui.domain.job import Job
from flywheel_tui.domain.runner import ForgeRunner, RunnerKind
from flywheel_tui.simulator.gitlab.app import build_app
from flywheel_tui.simulator.world import Clock, World, build_world
from flywheel_tui.sources.gitlab.source import GitLabSource

pytestmark = pytest.mark.contract

TOKEN = "glpat-simulated"
AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
KINDS = {
    "instance_type": RunnerKind.INSTANCE,
    "group_type": RunnerKind.GROUP,
    "project_type": RunnerKind.PROJECT,
}
ONLY_GRAPHQL = {"short_token", "running_jobs", "upgrade_status", "creation_method", "project_count"}


class WithoutGraphQL(httpx.AsyncBaseTransport):
    """A way to GitLab on which GraphQL is blocked."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/graphql":
            return httpx.Response(404, request=request)
        return await self._inner.handle_async_request(request)


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(runners=300, seed=5, clock=Clock(frozen_at=AT.timestamp()))


@pytest.fixture
def token(tmp_path: Path) -> TokenSource:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    return TokenSource(file=file)


def source(
    world: World, token: TokenSource, *, graphql: bool = True, enterprise: bool = True, **asked: object
) -> GitLabSource:
    transport: httpx.AsyncBaseTransport = httpx.ASGITransport(build_app(world, TOKEN, enterprise=enterprise))
    settings = {"url": "http://gitlab.test", "token": token, "requests_per_minute": 100_000, **asked}
    return GitLabSource(
        context="prod",
        settings=GitLabSettings(**settings),  # type: ignore[arg-type]
        clock=lambda: AT,
        transport=transport if graphql else WithoutGraphQL(transport),
    )


def rows(observation: Observation) -> dict[str, ForgeRunner]:
    return {row.id: row for row in observation.tables[ForgeRunner].values() if isinstance(row, ForgeRunner)}


def codes(observation: Observation) -> set[str]:
    return {finding.code for finding in observation.findings}


def to_seconds(moment: datetime | None) -> datetime | None:
    """Return a time as GraphQL tells it; REST has milliseconds as well."""
    return None if moment is None else moment.replace(microsecond=0)


@pytest.mark.parametrize("enterprise", [True, False])
async def test_the_whole_instance_is_what_the_world_holds(world: World, token: TokenSource, enterprise: bool) -> None:
    observation = await source(world, token, enterprise=enterprise).fetch()
    found = rows(observation)
    assert set(found) == {str(number) for number in world.gitlab_runners}
    assert observation.complete
    assert "fallback" not in codes(observation)
    assert observation.server_time == AT
    for number, real in world.gitlab_runners.items():
        row = found[str(number)]
        assert row.kind is KINDS[real.type.value]
        assert row.paused is real.paused
        assert row.tags is not None
        assert sorted(row.tags) == sorted(real.tags)
        assert row.short_token == real.short_sha
        assert row.manager_count == len(real.managers)
        assert row.protected is real.protected
        assert row.name.isprintable()
        assert row.created_at is not None
        assert abs(row.created_at.timestamp() - real.created_at) < 1
        known = {manager.system_id: manager for manager in real.managers}
        assert row.managers is not None
        assert len(row.managers) == min(len(known), 5)
        for manager in row.managers:
            assert (manager.version, manager.executor) == (
                known[manager.system_id].version,
                known[manager.system_id].executor,
            )
    assert any(row.upgrade_status for row in found.values()) is enterprise


async def test_jobs_agree_with_what_runners_say_that_they_run(world: World, token: TokenSource) -> None:
    observation = await source(world, token).fetch()
    running: dict[str, int] = {}
    for row in observation.tables[Job].values():
        if isinstance(row, Job) and row.runner_id is not None and row.started_at is not None:
            running[row.runner_id] = running.get(row.runner_id, 0) + 1
    said = {number: row.running_jobs for number, row in rows(observation).items() if row.running_jobs}
    if "truncated" in codes(observation):
        assert sum(running.values()) <= sum(count or 0 for count in said.values())
    else:
        assert running == said


async def test_a_group_holds_the_runners_below_it_and_no_others(world: World, token: TokenSource) -> None:
    whole = rows(await source(world, token).fetch())
    team = rows(await source(world, token, groups=("acme/infra",)).fetch())
    assert team
    # A project runner may serve projects of several groups; its owner need not be in this one.
    inside = {key for key, row in whole.items() if f"{row.scope}/".startswith("acme/infra/")}
    assert inside <= set(team)
    assert all(team[key] == whole[key] or team[key].kind is RunnerKind.PROJECT for key in team)


async def test_rest_comes_to_the_same_rows_as_graphql(world: World, token: TokenSource) -> None:
    by_graphql = rows(await source(world, token).fetch())
    rest = source(world, token, graphql=False)
    by_rest = rows(await rest.fetch())
    assert set(by_rest) == set(by_graphql)
    for number, row in by_rest.items():
        wanted = by_graphql[number]
        for field in msgspec.structs.fields(ForgeRunner):
            if field.name in ONLY_GRAPHQL | {"managers", "projects", "web_url"}:
                continue
            if field.name in {"created_at", "contacted_at"}:
                assert to_seconds(getattr(row, field.name)) == to_seconds(getattr(wanted, field.name))
                continue
            assert getattr(row, field.name) == getattr(wanted, field.name), (number, field.name)
        assert row.managers is not None
        assert {manager.system_id for manager in row.managers} >= {
            manager.system_id for manager in wanted.managers or ()
        }


async def test_a_wrong_token_is_refused(world: World, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("glpat-wrong")
    with pytest.raises(UnauthorizedError, match="does not accept the token"):
        await source(world, TokenSource(file=wrong)).fetch()


async def test_the_world_moves_and_the_next_reading_sees_it(token: TokenSource) -> None:
    world = build_world(runners=60, seed=6, clock=Clock(frozen_at=AT.timestamp()))
    reader = source(world, token)
    first = await reader.fetch()
    world.clock.advance(timedelta(hours=1).total_seconds())
    second = await reader.fetch()
    assert second.server_time == AT + timedelta(hours=1)
    assert set(rows(first)) == set(rows(second))
    assert any(rows(first)[key].contacted_at != row.contacted_at for key, row in rows(second).items())
