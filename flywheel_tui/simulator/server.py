"""Serves ASGI apps on loopback ports, each of which can be stopped and started again."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Generator

import uvicorn
from starlette.types import ASGIApp

HOST = "127.0.0.1"
_SILENT = 60  # a log level above all of logging's own: a cut connection is meant, not an error


class _QuietServer(uvicorn.Server):
    """A server that leaves the process's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class Service:
    """One app on one port.

    Args:
        app: What is served.
        port: Where, 0 for any free port.

    Raises:
        OSError: If the port is taken.
    """

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        self._app = app
        self._socket: socket.socket | None = _bind(port)
        self.port: int = self._socket.getsockname()[1]
        self._server: _QuietServer | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://{HOST}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether it accepts connections."""
        return self._server is not None

    async def start(self) -> None:
        """Listen; a no-op while it does."""
        if self._server is not None:
            return
        bound = self._socket or _bind(self.port)
        self._socket = None
        config = uvicorn.Config(
            self._app,
            log_config=None,
            log_level=_SILENT,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
            timeout_keep_alive=60,
            ws="none",
            # The upstreams name themselves and tell the world's time: a second header would contradict the first.
            date_header=False,
            server_header=False,
        )
        server = _QuietServer(config)
        self._server = server
        self._task = asyncio.create_task(server.serve(sockets=[bound]))
        while not server.started:
            if self._task.done():
                await self._task
                raise OSError(errno.EADDRINUSE, f"nothing listens on port {self.port}")
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Close the port and cut every connection, as a machine that goes away does; a no-op when stopped."""
        server, task = self._server, self._task
        if server is None or task is None:
            return
        self._server = self._task = None
        for listener in server.servers:
            listener.close()
        for connection in list(server.server_state.connections):
            transport = connection.transport
            if transport is not None:
                transport.abort()
        server.should_exit = True
        await task


def _bind(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
        # Listening at once keeps the port ours and lets an early client wait instead of being refused.
        bound.listen(512)
    except OSError:
        bound.close()
        raise
    return bound
