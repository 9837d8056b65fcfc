"""Answers in GitHub's forms, and the refusals that a handler raises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NoReturn

import msgspec
from starlette.responses import Response

DOCUMENTATION = "https://docs.github.com/rest"
RUNNERS_PAGE = f"{DOCUMENTATION}/actions/self-hosted-runners"
LIMITS_PAGE = f"{DOCUMENTATION}/using-the-rest-api/rate-limits-for-the-rest-api"
JSON = "application/json; charset=utf-8"


class RefusalError(Exception):
    """An answer other than the one that was asked for.

    Attributes:
        status: Of the HTTP answer.
        body: Its JSON.
        headers: More of its headers.
    """

    def __init__(self, status: int, body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def json_answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer that carries JSON."""
    return Response(msgspec.json.encode(body), status, headers, media_type=JSON)


def refuse(status: int, message: str, page: str = DOCUMENTATION, headers: Mapping[str, str] | None = None) -> NoReturn:
    """Refuse with a sentence and the page that explains it.

    Raises:
        RefusalError: Always.
    """
    raise RefusalError(status, {"message": message, "documentation_url": page, "status": str(status)}, headers)


def not_found(page: str = RUNNERS_PAGE) -> NoReturn:
    """Say that something does not exist, or that nobody is to know whether it does.

    Raises:
        RefusalError: Always.
    """
    refuse(404, "Not Found", page)


def unprocessable(message: str, errors: Sequence[str] = (), page: str = RUNNERS_PAGE) -> NoReturn:
    """Refuse a request of the right form that cannot be done.

    Raises:
        RefusalError: Always.
    """
    body: dict[str, object] = {"message": message, "documentation_url": page, "status": "422"}
    raise RefusalError(422, {**body, "errors": list(errors)} if errors else body)


def moment(at: float | None) -> str | None:
    """Return a time as GitHub writes it: ``2026-11-21T12:00:00Z``."""
    return None if at is None else datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
