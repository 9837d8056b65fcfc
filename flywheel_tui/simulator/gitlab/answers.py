"""Answers in GitLab's forms, and the refusals that a handler raises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import msgspec
from starlette.responses import Response


class RefusalError(Exception):
    """An answer other than the one that was asked for.

    Attributes:
        status: Of the HTTP answer.
        body: Its JSON.
    """

    def __init__(self, status: int, body: object) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.body = body


def json_answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer that carries JSON."""
    return Response(msgspec.json.encode(body), status, headers, media_type="application/json")


def refusal_answer(refusal: RefusalError) -> Response:
    """Return a refusal as an answer."""
    return json_answer(refusal.body, refusal.status)


def unauthorized() -> NoReturn:
    """Refuse a request whose token is wrong or missing.

    Raises:
        RefusalError: Always.
    """
    raise RefusalError(401, {"message": "401 Unauthorized"})


def forbidden(reason: str = "") -> NoReturn:
    """Refuse what the token's owner may not do.

    Raises:
        RefusalError: Always.
    """
    raise RefusalError(403, {"message": f"403 Forbidden - {reason}" if reason else "403 Forbidden"})


def insufficient_scope(wanted: frozenset[str]) -> NoReturn:
    """Refuse a token whose scopes do not reach.

    Raises:
        RefusalError: Always.
    """
    raise RefusalError(
        403,
        {
            "error": "insufficient_scope",
            "error_description": "The request requires higher privileges than provided by the access token.",
            "scope": " ".join(sorted(wanted)),
        },
    )


def not_found(what: str) -> NoReturn:
    """Say that something does not exist, or that nobody is to know whether it does.

    Raises:
        RefusalError: Always.
    """
    raise RefusalError(404, {"message": f"404 {what} Not Found"})


def bad_parameter(text: str) -> NoReturn:
    """Refuse a parameter of the wrong form, as GitLab's API framework words it.

    Raises:
        RefusalError: Always.
    """
    raise RefusalError(400, {"error": text})


def invalid(field: str, problem: str) -> NoReturn:
    """Refuse a change that the model does not allow.

    Raises:
        RefusalError: Always.
    """
    messages: dict[str, Any] = {field: [problem]}
    raise RefusalError(400, {"message": messages})
