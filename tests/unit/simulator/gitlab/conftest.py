"""A simulated GitLab to ask."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from flywheel_tui.simulator.gitlab.app import build_app
from flywheel_tui.simulator.world import Clock, World, build_world

TOKEN = "glpat-right"
AT = 1_795_262_400.0
Json = dict[str, Any]


class GitLab:
    """A GitLab and a caller with the right token."""

    def __init__(self, world: World, client: httpx.AsyncClient) -> None:
        self.world = world
        self.client = client

    async def get(self, path: str, **params: object) -> httpx.Response:
        return await self.client.get(f"/api/v4{path}", params={key: str(value) for key, value in params.items()})

    async def rows(self, path: str, **params: object) -> list[Json]:
        answer = await self.get(path, **params)
        assert answer.status_code == 200, answer.text
        rows: list[Json] = answer.json()
        return rows

    async def graphql(self, query: str, **variables: object) -> Json:
        answer = await self.client.post("/api/graphql", json={"query": query, "variables": variables})
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found


@pytest.fixture(scope="session")
def world() -> World:
    """Return a world that no test changes."""
    return build_world(runners=120, clock=Clock(frozen_at=AT))


@pytest.fixture
def live_world() -> World:
    """Return a world of one's own, to change."""
    return build_world(runners=40, clock=Clock(frozen_at=AT))


@pytest.fixture
async def make() -> AsyncIterator[Callable[..., GitLab]]:
    """Return a maker of GitLabs that differ in edition and in what their token may do."""
    async with AsyncExitStack() as stack:

        def made(world: World, **changes: Any) -> GitLab:  # noqa: ANN401 - arguments of build_app
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(build_app(world, TOKEN, **changes)),
                base_url="http://gitlab.test",
                headers={"PRIVATE-TOKEN": TOKEN},
            )
            stack.push_async_callback(client.aclose)
            return GitLab(world, client)

        yield made


@pytest.fixture
def gitlab(make: Callable[..., GitLab], world: World) -> GitLab:
    return make(world)


@pytest.fixture
def live(make: Callable[..., GitLab], live_world: World) -> GitLab:
    return make(live_world)
