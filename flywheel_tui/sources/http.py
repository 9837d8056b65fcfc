"""HTTP to an upstream: time limits, a request budget, credentials that are read again on 401, errors as a tree.

A request is sent once. A failed one becomes a :class:`SourceError` with the wait that the upstream asked for, and
polling decides when to try again. Reads that may be repeated at once go through :attr:`UpstreamClient.again`.
"""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import functools
import importlib
import random
import ssl
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol, TypeVar

import httpcore  # noqa: F401 - httpx would import it with the first client or request, on the event loop
import httpx
import msgspec

from flywheel_tui import __version__
from flywheel_tui.domain.clock import Clock, utc_now
from flywheel_tui.domain.errors import (
    BadAnswerError,
    ConfigError,
    ForbiddenError,
    MissingError,
    RateLimitedError,
    RefusedError,
    SourceError,
    UnauthorizedError,
    UnreachableError,
    UpstreamFailedError,
    UpstreamTimeoutError,
)
from flywheel_tui.domain.secret import Secret
from flywheel_tui.domain.text import clean
from flywheel_tui.sources.budget import RequestBudget
from flywheel_tui.sources.repeating import BrokenOffError, NotJsonError, Repeating

with contextlib.suppress(ImportError):
    # Likewise: the part of anyio that httpcore uses under asyncio comes with the first connection.
    importlib.import_module("anyio._backends._asyncio")

T = TypeVar("T")

USER_AGENT: Final = f"flywheel/{__version__}"
DEFAULT_TIMEOUT_S: Final = 15.0
TOKEN_RETRY_S: Final = 1.0
MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024
_MOST_TEXT_BYTES: Final = 2000


class TokenReader(Protocol):
    """Where a token comes from; config.secrets fulfils it."""

    def read(self) -> Secret | None:
        """Return the token as it is now: environment, file or command are read again on every call.

        Raises:
            ConfigError: The token cannot be had.
        """
        ...


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the wait that ``Retry-After`` asks for: seconds or an HTTP date (RFC 9110, 10.2.3)."""
    value = headers.get("retry-after")
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    at = _http_date(value)
    return None if at is None else max(0.0, (at - now).total_seconds())


def answer_time(headers: Mapping[str, str]) -> datetime | None:
    """Return the upstream's clock at the answer, from the ``Date`` header."""
    return _http_date(headers.get("date", ""))


def _http_date(text: str) -> datetime | None:
    # A number too large for a date is an OverflowError.
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        at = email.utils.parsedate_to_datetime(text)
        # RFC 9110 has all HTTP dates in GMT, said or not.
        return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return None


def answer_text(response: httpx.Response) -> str:
    """Return the start of an answer's body as text.

    It is read as UTF-8 whatever the answer says of itself: some names of character sets are no character sets to
    Python and would raise.
    """
    return response.content[:_MOST_TEXT_BYTES].decode(errors="replace")


def tls_for(address: httpx.URL) -> ssl.SSLContext:
    """Return what connections to an address are secured with: all clients of public authorities share one context.

    Reading the authorities takes 20 to 50 ms of one processor, so no client reads them again, and none whose server
    speaks plain HTTP reads them at all: redirections are not followed, so it never comes to speak TLS.
    """
    return _public_authorities() if address.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@functools.cache
def _public_authorities() -> ssl.SSLContext:
    return httpx.create_ssl_context()


class UpstreamClient:
    """An HTTP client for one upstream in one context.

    Args:
        label: How messages name the upstream: ``GitLab``, ``Prometheus``.
        base_url: Where it lives, with any path prefix.
        token: Read at the first request and again after a 401.
        authorize: Makes the request headers from the token.
        requests_per_minute: Our own limit; a request over it waits for its turn.
        timeout_s: For a whole request, from connecting to the last byte.
        transport: For tests.
        sleep, random_share: For tests: the pauses before a read is repeated.
    """

    def __init__(
        self,
        *,
        label: str,
        base_url: str,
        token: TokenReader | None = None,
        authorize: Callable[[Secret], dict[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        requests_per_minute: int = 300,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        clock: Clock = utc_now,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random_share: Callable[[], float] = random.random,
    ) -> None:
        self.label = label
        # httpx would send a user and password of the address instead of the token.
        base = httpx.URL(base_url).copy_with(userinfo=b"", query=None)
        self.address = str(base)
        self.budget = RequestBudget(requests_per_minute)
        self.again: Final = Repeating(sleep=sleep, random_share=random_share)
        """Repeats a read that fails in passing."""
        self.clock = clock
        self.last_answer_at: datetime | None = None
        self.token_changes = 0
        """How often a 401 led to another token: what was remembered for the old one is then void."""
        self._token = token
        self._authorize = authorize or (lambda secret: {"Authorization": f"Bearer {secret.reveal()}"})
        self._secret: Secret | None = None
        self._no_token: tuple[float, UnauthorizedError] | None = None
        self._one_reader = asyncio.Lock()
        self._timeout_s = timeout_s
        self._client = httpx.AsyncClient(
            base_url=base,
            headers={"User-Agent": USER_AGENT, "Accept": "application/json", **(headers or {})},
            timeout=httpx.Timeout(timeout_s, connect=min(5.0, timeout_s)),
            transport=transport,
            # A transport has its own.
            verify=tls_for(base) if transport is None else False,
            follow_redirects=False,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,  # noqa: ANN401 - any JSON value
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        accept: frozenset[int] = frozenset({200}),
    ) -> httpx.Response:
        """Send a request and return the whole answer when its status is one of ``accept``.

        Raises:
            SourceError: Whatever went wrong, as the matching class of the tree.
        """
        response, used = await self._send(method, path, params=params, json=json, data=data, headers=headers)
        if response.status_code == 401 and await self._has_other_secret(used):
            response, _ = await self._send(method, path, params=params, json=json, data=data, headers=headers)
        self.last_answer_at = answer_time(response.headers)
        if response.status_code not in accept:
            raise self.failure(response)
        return response

    def failure(self, response: httpx.Response) -> SourceError:
        """Return the error that an unwanted answer means. Sources with rules of their own override this."""
        status = response.status_code
        said = self.said(response)
        wait = retry_after_seconds(response.headers, self.clock())
        if status == 401:
            return UnauthorizedError(
                f"{self.label} does not accept the token{said}.",
                status=status,
                next_step="Check the token in the configuration; it is read again at the next attempt.",
            )
        if status == 403:
            return ForbiddenError(f"{self.label} refuses access{said}.", status=status)
        if status == 404:
            return MissingError(f"{self.label} does not have what was asked{said}.", status=status)
        if status == 429:
            return RateLimitedError(f"{self.label} asks to slow down{said}.", status=status, retry_after=wait)
        if status >= 500:
            return UpstreamFailedError(
                f"{self.label} failed with HTTP {status}{said}.", status=status, retry_after=wait
            )
        if response.has_redirect_location:
            return RefusedError(
                f"{self.label} redirects to another address (HTTP {status}).",
                status=status,
                next_step="Check the url in the configuration; a login page in front of it needs a token.",
            )
        return RefusedError(f"{self.label} answered HTTP {status}{said}.", status=status, retry_after=wait)

    @staticmethod
    def said(response: httpx.Response) -> str:
        """Return what the answer's body says, short and safe, as `` (…)``; an HTML page or nothing gives nothing."""
        text = answer_text(response).strip()
        if not text or text.startswith("<"):
            return ""
        with contextlib.suppress(msgspec.DecodeError, RecursionError):
            body = msgspec.json.decode(text.encode())
            if isinstance(body, dict):
                said = body.get("message") or body.get("error_description") or body.get("error") or ""
                text = said if isinstance(said, str) else msgspec.json.encode(said).decode()
        text = clean(text).strip()
        return f" ({text[:160]})" if text else ""

    def decode(self, content: bytes, kind: type[T]) -> T:
        """Return an answer's body as typed structs.

        Raises:
            BadAnswerError: It is not JSON of that form.
        """
        with self._explained():
            return msgspec.json.decode(content, type=kind)

    def decode_each(self, parts: Iterable[msgspec.Raw], kind: type[T]) -> Iterator[T]:
        """Yield parts of an answer as typed structs, so that nobody waits for all of them at once.

        Raises:
            BadAnswerError: One is not of that form.
        """
        decoder = msgspec.json.Decoder(kind)
        with self._explained():
            yield from map(decoder.decode, parts)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Make errors of decoding an error that an operator understands."""
        try:
            yield
        except msgspec.ValidationError as error:
            raise BadAnswerError(f"{self.label} answered in an unexpected form: {clean(str(error))}.") from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            # Endless nesting is a RecursionError.
            raise NotJsonError(f"{self.label} answered something that is not JSON.") from error

    async def _has_other_secret(self, refused: Secret | None) -> bool:
        """Return whether there is another token than the refused one.

        A token may have been rotated on disk while the console runs: one fresh reading, then the answer counts. Of
        several requests that are refused at once the first reads it anew, and the others find it there.
        """
        if self._token is None:
            return False
        async with self._one_reader:
            if self._secret == refused:
                self._secret = await self._read_token(self._token)
                self.token_changes += self._secret != refused
            return self._secret != refused

    async def _current_secret(self) -> Secret | None:
        if self._token is not None and self._secret is None:
            # One at a time: a token command may ask its owner something, and should not ask it once a request.
            async with self._one_reader:
                if self._secret is None:
                    self._secret = await self._read_token_unless_lately(self._token)
        return self._secret

    async def _read_token_unless_lately(self, token: TokenReader) -> Secret | None:
        """Read the token, or fail again at once: a command that hangs is waited for once, not once a request."""
        now = asyncio.get_running_loop().time()
        if self._no_token is not None and now - self._no_token[0] < TOKEN_RETRY_S:
            raise self._no_token[1]
        try:
            return await self._read_token(token)
        except UnauthorizedError as error:
            self._no_token = (asyncio.get_running_loop().time(), error)
            raise

    @staticmethod
    async def _read_token(token: TokenReader) -> Secret | None:
        try:
            return await asyncio.to_thread(token.read)
        except ConfigError as error:
            raise UnauthorizedError(error.message, next_step=error.next_step) from error

    async def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None,
        json: Any,  # noqa: ANN401 - any JSON value
        data: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
    ) -> tuple[httpx.Response, Secret | None]:
        """Send a request; return the whole answer, and the token that went along."""
        # The secret comes after the wait: another request's 401 may have replaced the one from before it.
        await self.budget.take()
        secret = await self._current_secret()
        sent = dict(headers or {})
        if secret is not None:
            sent.update(self._authorize(secret))
        try:
            async with asyncio.timeout(self._timeout_s):
                request = self._client.build_request(method, path, params=params, json=json, data=data, headers=sent)
                response = await self._client.send(request, stream=True)
                try:
                    await self._read(response)
                finally:
                    await response.aclose()
                return response, secret
        except (TimeoutError, httpx.TimeoutException) as error:
            raise UpstreamTimeoutError(
                f"{self.label} did not answer within {self._timeout_s:g} s.",
                next_step="Check the address and the network.",
            ) from error
        except httpx.RequestError as error:
            raise self._kind_of(error)(
                f"{self.label} cannot be reached at {self.address} ({clean(str(error)) or type(error).__name__}).",
                next_step="Check the address and the network.",
            ) from error

    @staticmethod
    def _kind_of(error: httpx.RequestError) -> type[UnreachableError]:
        # A ConnectError is a NetworkError too.
        connected = isinstance(error, (httpx.NetworkError, httpx.RemoteProtocolError))
        return BrokenOffError if connected and not isinstance(error, httpx.ConnectError) else UnreachableError

    async def _read(self, response: httpx.Response) -> None:
        size = 0
        chunks: list[bytes] = []
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if size > MAX_ANSWER_BYTES:
                raise BadAnswerError(f"{self.label} sent an answer of over {MAX_ANSWER_BYTES // 2**20} MiB.")
            chunks.append(chunk)
        # httpx has no public way to cap a body and keep the response object: aread() would return these bytes.
        response._content = b"".join(chunks)  # noqa: SLF001
