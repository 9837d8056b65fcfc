"""An API server over a small frozen world, asked in-process."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from flywheel_tui.simulator.kubernetes.access import admin_account, namespaced_account, viewer_account
from flywheel_tui.simulator.kubernetes.app import build_app
from flywheel_tui.simulator.world import Clock, World, build_world

EPOCH = 1.79e9
ADMIN, VIEWER, NAMESPACED = "admin-token", "viewer-token", "namespaced-token"


class Api:
    """Asks the API server of a world.

    Attributes:
        world: The world.
    """

    def __init__(self, scenario: str = "calm", runners: int = 40, missing: frozenset[str] = frozenset()) -> None:
        self.world: World = build_world(scenario, runners, 7, Clock(frozen_at=EPOCH))
        accounts = {
            ADMIN: admin_account(),
            VIEWER: viewer_account(),
            NAMESPACED: namespaced_account(("gitlab-runners", "arc-runners")),
        }
        self.app = build_app(self.world, accounts, missing)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        token: str | None = ADMIN,
        body: object = None,
        headers: dict[str, str] | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> httpx.Response:
        """Send a request and return the answer."""
        sent = {} if token is None else {"authorization": f"Bearer {token}"}
        sent |= headers or {}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://api") as client:
            return await client.request(method, path, params=query, json=body, headers=sent)

    async def get(self, path: str, *, token: str | None = ADMIN, **query: str | int) -> httpx.Response:
        """Send a GET request."""
        return await self.ask("GET", path, token=token, query=query)

    async def patch(
        self,
        path: str,
        body: object,
        kind: str = "merge-patch",
        *,
        token: str = ADMIN,
        query: Mapping[str, str | int] | None = None,
    ) -> httpx.Response:
        """Send a patch of the given format."""
        headers = {"content-type": f"application/{kind}+json"}
        return await self.ask("PATCH", path, token=token, body=body, headers=headers, query=query)
