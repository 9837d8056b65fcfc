"""Signs every request with the credentials as they are now, over connections that fit them."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Final

import httpx

from flywheel_tui.domain.errors import ConfigError, UnauthorizedError, UnreachableError
from flywheel_tui.sources.kubernetes.access import Access
from flywheel_tui.sources.kubernetes.credentials import AccessProvider

CONNECT_TIMEOUT_S: Final = 5.0


def _keepalive_options() -> list[tuple[int, int, int]]:
    """Return socket options that let the kernel find a dead peer within half a minute.

    A quiet watch sends a bookmark once a minute at most; between two of them this is what proves the connection.
    """
    options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    # The idle time has another name on macOS.
    for name, seconds in (("TCP_KEEPIDLE", 15), ("TCP_KEEPALIVE", 15), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
        option = getattr(socket, name, None)
        if option is not None:
            options.append((socket.IPPROTO_TCP, option, seconds))
    return options


def open_transport(access: Access) -> httpx.AsyncBaseTransport:
    """Return connections to the cluster of ``access``.

    Raises:
        UnreachableError: Its proxy cannot be used.
    """
    proxy = None if access.proxy is None else access.proxy.reveal()
    try:
        return httpx.AsyncHTTPTransport(
            # For a plain server an empty context: httpx would else read all public authorities, 0.1 s on the loop.
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if access.tls is None else access.tls,
            # Every watch holds a connection for minutes.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=8),
            proxy=None if proxy is None else httpx.Proxy(proxy),
            socket_options=_keepalive_options(),
        )
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        raise UnreachableError(
            "The proxy of the kubeconfig cannot be used: its scheme is not http or https.",
            next_step="Check proxy-url of the cluster, and HTTPS_PROXY.",
        ) from error


def _connection_needs(access: Access) -> tuple[object, ...]:
    """Return the parts of an access that a connection is made for."""
    return (access.tls_fingerprint, access.verified, access.tls_server_name, access.proxy)


class SignedTransport(httpx.AsyncBaseTransport):
    """Adds the credentials to each request; asks once more with fresh ones after a 401.

    New certificates need new connections: then the old ones are closed, running watches included, as kubectl does,
    so that nothing goes on under a certificate that was withdrawn.

    Args:
        credentials: Where the access comes from.
        server: The address all requests go to; credentials for another one are not sent.
        connect: Opens connections.
    """

    def __init__(
        self,
        credentials: AccessProvider,
        *,
        server: str,
        connect: Callable[[Access], httpx.AsyncBaseTransport] = open_transport,
    ) -> None:
        self._credentials = credentials
        self._server = server
        self._connect = connect
        self._inner: httpx.AsyncBaseTransport | None = None
        self._inner_for: tuple[object, ...] = ()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, signed.

        Raises:
            UnauthorizedError: The credentials cannot be had.
            UnreachableError: The kubeconfig meanwhile names another server.
        """
        access = await current_access(self._credentials)
        response = await self._send(request, access)
        if response.status_code != httpx.codes.UNAUTHORIZED:
            return response
        fresh = await _ask(lambda: self._credentials.renew(access))
        if fresh.authorization == access.authorization and fresh.tls_fingerprint == access.tls_fingerprint:
            return response
        await response.aclose()
        return await self._send(request, fresh)

    async def aclose(self) -> None:
        """Close all connections."""
        if self._inner is not None:
            await self._inner.aclose()

    async def _send(self, request: httpx.Request, access: Access) -> httpx.Response:
        inner = await self._connections(access)
        headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"authorization"]
        if access.authorization is not None:
            headers.append((b"Authorization", access.authorization.reveal().encode("ascii")))
        headers.extend((name.encode("ascii"), value.encode("ascii")) for name, value in access.headers)
        extensions = dict(request.extensions)
        if access.tls_server_name is not None:
            extensions["sni_hostname"] = access.tls_server_name
        signed = httpx.Request(
            request.method, request.url, headers=headers, stream=request.stream, extensions=extensions
        )
        return await inner.handle_async_request(signed)

    async def _connections(self, access: Access) -> httpx.AsyncBaseTransport:
        if access.server != self._server:
            raise UnreachableError(
                "The kubeconfig now names another server for this context.", next_step="It is connected anew."
            )
        before = self._inner
        if before is not None and self._inner_for == _connection_needs(access):
            return before
        self._inner, self._inner_for = self._connect(access), _connection_needs(access)
        if before is not None:
            await before.aclose()
        return self._inner


async def current_access(credentials: AccessProvider) -> Access:
    """Return an access that has not run out.

    Raises:
        UnauthorizedError: It cannot be had.
    """
    return credentials.valid() or await _ask(credentials.access)


async def _ask(question: Callable[[], Access]) -> Access:
    # In a thread: a plugin may take its time.
    try:
        return await asyncio.to_thread(question)
    except ConfigError as error:
        raise UnauthorizedError(error.message, next_step=error.next_step) from error
