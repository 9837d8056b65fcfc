"""What every request goes through: who it is, whether it is too much, whether the caller has the answer already."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from flywheel_tui.simulator.github.answers import RefusalError, json_answer, not_found, refuse
from flywheel_tui.simulator.github.limits import HourlyLimit, primary_refusal, secondary_refusal
from flywheel_tui.simulator.github.places import ME
from flywheel_tui.simulator.github.site import Site

API_VERSIONS = ("2022-11-28", "2026-03-10")
ANONYMOUS_HOURLY = 60
TOKEN_DAYS = 200
_ACCEPTED = re.compile(r"^(\*/\*|application/(\*|json|vnd\.github[\w.+-]*))\s*(;.*)?$")


class RawPaths:
    """Routes by the path as it was sent, so that an escaped slash stays a part of a name.

    Args:
        app: What is behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        inner: Scope = scope
        if scope["type"] == "http":
            raw: bytes = scope.get("raw_path") or scope["path"].encode()
            inner = {**scope, "path": raw.decode("ascii", "replace").partition("?")[0]}
        await self._app(inner, receive, send)


class Door:
    """Lets requests in.

    Args:
        site: The GitHub behind it.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._anonymous = HourlyLimit(ANONYMOUS_HOURLY)

    async def no_such_address(self, request: Request, error: Exception) -> Response:
        """Answer a request for what GitHub does not have, which counts like any other."""

        async def work(at: float) -> Response:
            not_found("https://docs.github.com/rest")

        return await self.let_in(request, work, address="", free=False)

    async def let_in(
        self, request: Request, work: Callable[[float], Awaitable[Response]], *, address: str, free: bool
    ) -> Response:
        """Return the answer to a request.

        Args:
            request: The request.
            work: Makes the answer at the present; may raise RefusalError.
            address: The endpoint, for the secondary limit.
            free: Whether it does not count against the hourly limit.
        """
        at = self._site.world.now()
        limit = self._anonymous
        try:
            if not request.headers.get("user-agent"):
                answer: Response = PlainTextResponse(
                    "\r\nRequest forbidden by administrative rules. Please make sure your request has a User-Agent "
                    "header (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). "
                    "Check https://developer.github.com for other possible causes.\r\n",
                    403,
                )
                return self._labelled(answer, None, at)
            self._identify(request, at)
            limit = self._site.hourly
            self._check_form(request)
            if limit.spent(at) and not free:
                raise primary_refusal(ME)
            if not self._site.minute.spend(f"{request.method} {address}", request.method, at):
                raise secondary_refusal()
            answer = await work(at)
        except RefusalError as refusal:
            answer = json_answer(refusal.body, refusal.status, refusal.headers)
        answer = self._if_changed(request, answer)
        if not free and answer.status_code != 304:
            limit.count(at)
        return self._labelled(answer, limit, at)

    def _identify(self, request: Request, at: float) -> None:
        if not self._site.token.text:
            return
        given = _presented(request.headers.get("authorization", ""))
        if given is None:
            if self._anonymous.spent(at):
                raise primary_refusal(0)
            refuse(401, "Requires authentication", headers={"WWW-Authenticate": 'Basic realm="GitHub"'})
        if not hmac.compare_digest(given.encode(), self._site.token.text.encode()):
            refuse(401, "Bad credentials")

    @staticmethod
    def _check_form(request: Request) -> None:
        version = request.headers.get("x-github-api-version")
        if version is not None and version not in API_VERSIONS:
            refuse(
                400,
                f"The API version '{version}' is not supported. Supported versions: {', '.join(API_VERSIONS)}.",
                "https://docs.github.com/rest/about-the-rest-api/api-versions",
            )
        accept = request.headers.get("accept", "*/*")
        if not any(_ACCEPTED.match(part.strip()) for part in accept.split(",")):
            refuse(415, f"Unsupported 'Accept' header: {accept!r}. Must accept 'application/json'.")

    def _if_changed(self, request: Request, answer: Response) -> Response:
        """Return an empty answer instead of one that the caller has already."""
        if answer.status_code != 200 or request.method not in ("GET", "HEAD"):
            return answer
        # The version of a page depends on who asks: GitHub mixes the token in.
        seed = request.headers.get("authorization", "").encode() + request.headers.get("accept", "").encode()
        etag = f'W/"{hashlib.sha256(seed + bytes(answer.body)).hexdigest()}"'
        answer.headers["ETag"] = etag
        answer.headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
        known = [part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")]
        if etag.removeprefix("W/") not in known:
            return answer
        kept = {name: answer.headers[name] for name in ("etag", "cache-control", "link") if name in answer.headers}
        return Response(status_code=304, headers=kept)

    def _labelled(self, answer: Response, limit: HourlyLimit | None, at: float) -> Response:
        token = self._site.token
        # Two Dates or Servers would make both worthless, so the process that serves the application adds none.
        answer.headers["Date"] = formatdate(at, usegmt=True)
        answer.headers["X-GitHub-Request-Id"] = _request_id()
        answer.headers["Vary"] = "Accept, Authorization, Cookie, X-GitHub-OTP,Accept-Encoding, Accept, X-Requested-With"
        answer.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
        if limit is not None:
            answer.headers.update(limit.headers(at))
        if limit is self._site.hourly:
            answer.headers["X-GitHub-Api-Version-Selected"] = API_VERSIONS[0]
            if token.scopes is not None:
                answer.headers["X-OAuth-Scopes"] = ", ".join(sorted(token.scopes))
            ends = datetime.fromtimestamp(self._site.world.epoch, UTC) + timedelta(days=TOKEN_DAYS)
            answer.headers["GitHub-Authentication-Token-Expiration"] = f"{ends:%Y-%m-%d %H:%M:%S} UTC"
        return answer


def _presented(header: str) -> str | None:
    scheme, _, value = header.partition(" ")
    if scheme.lower() in ("bearer", "token"):
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            return ""
    return "" if header else None


def _request_id() -> str:
    text: Any = uuid.uuid4().hex.upper()
    return f"{text[:4]}:{text[4:10]}:{text[10:16]}:{text[16:22]}:{text[22:30]}"
