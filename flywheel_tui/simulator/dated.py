"""Dates answers by the world's clock: a client reckons from that how far its own clock is off."""

from __future__ import annotations

from email.utils import formatdate

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flywheel_tui.simulator.world.world import World


class Dated:
    """ASGI middleware that puts a `Date` on every answer that has none: a second one would make both worthless.

    Args:
        app: What answers.
        world: Whose time it is.
    """

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with the date of the moment at which the answer begins."""

        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                if all(name.lower() != b"date" for name, _ in headers):
                    headers.append((b"date", formatdate(self._world.clock.now(), usegmt=True).encode()))
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, send_dated)
