"""HTTP to an apiserver: pages and watches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

import httpx

from flywheel_tui.domain.clock import Clock, utc_now
from flywheel_tui.domain.errors import (
    BadAnswerError,
    RefusedError,
    SourceError,
    UnauthorizedError,
    UnreachableError,
    UpstreamTimeoutError,
)
from flywheel_tui.domain.text import clean
from flywheel_tui.sources.http import UpstreamClient, answer_time
from flywheel_tui.sources.kubernetes import wire
from flywheel_tui.sources.kubernetes.transport import CONNECT_TIMEOUT_S

LABEL: Final = "Kubernetes"
MAX_LINE_BYTES: Final = 16 * 1024 * 1024
"""An object is at most 1.5 MiB in etcd; as JSON it is a few times that."""


class GoneError(RefusedError):
    """The version asked for is no longer kept (HTTP 410): list again."""

    code = "gone"


class KubernetesClient(UpstreamClient):
    """An :class:`UpstreamClient` that can watch. Its transport signs the requests.

    Args:
        server: Address of the apiserver, with any path prefix.
        transport: Signs and sends.
    """

    def __init__(
        self,
        *,
        server: str,
        transport: httpx.AsyncBaseTransport,
        requests_per_minute: int,
        timeout_s: float,
        clock: Clock = utc_now,
    ) -> None:
        super().__init__(
            label=LABEL,
            base_url=server,
            requests_per_minute=requests_per_minute,
            timeout_s=timeout_s,
            clock=clock,
            transport=transport,
        )
        self.server = server
        self._ahead: timedelta | None = None

    @property
    def server_time(self) -> datetime | None:
        """Return what the apiserver's clock shows now, from its last answer, to the second."""
        return None if self._ahead is None else self.clock() + self._ahead

    def failure(self, response: httpx.Response) -> SourceError:
        """Return the error that an unwanted answer means."""
        if response.status_code == httpx.codes.GONE:
            return GoneError(f"{self.label} no longer has that version{self.said(response)}.", status=410)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            return UnauthorizedError(
                f"{self.label} does not accept the credentials of the kubeconfig{self.said(response)}.",
                status=401,
                next_step="Log in again; the kubeconfig is read again at the next attempt.",
            )
        return super().failure(response)

    async def page(self, path: str, params: Mapping[str, str]) -> bytes:
        """Return the body of one GET.

        Raises:
            SourceError: It was not given. ``GoneError`` where the continue token has run out.
        """
        response = await self.request("GET", path, params=params)
        self._compare_clocks(response)
        return response.content

    async def version(self) -> wire.Version:
        """Return what the apiserver says of itself: the smallest thing that it answers.

        Raises:
            SourceError: It does not answer, or not to us.
        """

        async def read() -> wire.Version:
            return self.decode(await self.page("/version", {}), wire.Version)

        return await self.again(read)

    @asynccontextmanager
    async def watch(
        self, path: str, params: Mapping[str, str], *, silence_s: float
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Open a watch; entering means that the apiserver accepted it. Gives its lines as they come.

        Args:
            path: Of the collection.
            params: Of the query, ``watch`` included.
            silence_s: A watch that sends nothing for this long counts as broken.

        Raises:
            SourceError: It was refused, or it broke.
        """
        await self.budget.take()
        timeout = httpx.Timeout(silence_s, connect=min(CONNECT_TIMEOUT_S, self._timeout_s))
        request = self._client.build_request("GET", path, params=params, timeout=timeout)
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._client.send(request, stream=True)
        except TimeoutError as error:
            raise UpstreamTimeoutError(f"{self.label} did not open a watch within {self._timeout_s:g} s.") from error
        except httpx.HTTPError as error:
            raise self._broken(error, silence_s) from error
        self._compare_clocks(response)
        lines = self._lines(response, silence_s)
        try:
            if response.status_code != httpx.codes.OK:
                await self._read_refusal(response)
                raise self.failure(response)
            yield lines
        finally:
            await lines.aclose()
            await response.aclose()

    async def _read_refusal(self, response: httpx.Response) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                await response.aread()
        except (TimeoutError, httpx.HTTPError) as error:
            raise UnreachableError(f"{self.label} refused a watch, but the connection broke.") from error

    async def _lines(self, response: httpx.Response, silence_s: float) -> AsyncGenerator[bytes, None]:
        # Split on the byte: httpx's own lines also break at U+2028 and the like, which JSON strings may hold.
        rest = bytearray()
        try:
            async for chunk in response.aiter_bytes():
                *lines, tail = chunk.split(b"\n")
                for line in lines:
                    rest += line
                    if rest:
                        yield bytes(rest)
                    rest.clear()
                rest += tail
                if len(rest) > MAX_LINE_BYTES:
                    raise BadAnswerError(f"{self.label} sent a watch event of over {MAX_LINE_BYTES // 2**20} MiB.")
        except httpx.HTTPError as error:
            raise self._broken(error, silence_s) from error
        # What is left is half an event: the resumed watch sends it again, whole.

    def _broken(self, error: httpx.HTTPError, silence_s: float) -> SourceError:
        if isinstance(error, httpx.ReadTimeout):
            return UpstreamTimeoutError(f"{self.label} said nothing on a watch for {silence_s:g} s.")
        if isinstance(error, httpx.TimeoutException):
            return UpstreamTimeoutError(f"{self.label} did not answer in time at {self.address}.")
        return UnreachableError(
            f"{self.label} cannot be reached at {self.address} ({clean(str(error)) or type(error).__name__}).",
            next_step="Check the address and the network.",
        )

    def _compare_clocks(self, response: httpx.Response) -> None:
        shown = answer_time(response.headers)
        if shown is not None and shown.tzinfo is not None:
            self._ahead = shown - self.clock()
