"""A simulated GitHub to ask."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from flywheel_tui.simulator.github.app import build_app
from flywheel_tui.simulator.world import Clock, World, build_world

TOKEN = "ghp_right"
AT = 1_795_262_400.0
Json = dict[str, Any]


class GitHub:
    """A GitHub and a caller with the right token."""

    def __init__(self, world: World, client: httpx.AsyncClient) -> None:
        self.world = world
        self.client = client

    async def get(self, path: str, headers: dict[str, str] | None = None, **params: object) -> httpx.Response:
        given = {key: str(value) for key, value in params.items()}
        return await self.client.get(path, params=given, headers=headers)

    async def body(self, path: str, **params: object) -> Json:
        answer = await self.get(path, None, **params)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def plain(self, org: str = "acme", *, busy: bool | None = None) -> list[int]:
        """Return the ids of an organization's own runners that are not ARC's."""
        return [
            ident
            for ident, row in self.world.github_runners.items()
            if row.org == org
            and row.repository is None
            and (busy is None or busy is any(lane.current(AT) for lane in self.world.lanes_of[f"github/{ident}"]))
        ]


@pytest.fixture(scope="session")
def world() -> World:
    """Return a world that no test changes."""
    return build_world(runners=148, clock=Clock(frozen_at=AT))


@pytest.fixture
def live_world() -> World:
    """Return a world of one's own, to change."""
    return build_world(runners=80, clock=Clock(frozen_at=AT))


@pytest.fixture
async def make() -> AsyncIterator[Callable[..., GitHub]]:
    """Return a maker of GitHubs that differ in their limits and in what their token may do."""
    async with AsyncExitStack() as stack:

        def made(world: World, **changes: Any) -> GitHub:  # noqa: ANN401 - arguments of build_app
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(build_app(world, TOKEN, **changes)),
                base_url="http://github.test",
                headers={"Authorization": f"Bearer {TOKEN}", "User-Agent": "tests"},
            )
            stack.push_async_callback(client.aclose)
            return GitHub(world, client)

        yield made


@pytest.fixture
def github(make: Callable[..., GitHub], world: World) -> GitHub:
    return make(world)


@pytest.fixture
def live(make: Callable[..., GitHub], live_world: World) -> GitHub:
    return make(live_world)
