"""Who asks: the account behind the one token that the simulated GitLab knows."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

import msgspec
from starlette.requests import Request

READ_API = frozenset({"api", "read_api"})
READ_USER = READ_API | {"read_user"}
WRITE_API = frozenset({"api"})
READ_RUNNER = READ_API | {"manage_runner"}
WRITE_RUNNER = frozenset({"api", "manage_runner"})
ANY_SCOPE: frozenset[str] = frozenset()
"""Every token may, whatever its scopes."""

ADMINISTRATOR = 1
OWNER = 2


class Account(msgspec.Struct, frozen=True):
    """The owner of the token.

    Attributes:
        user: Id of the user. One who is no administrator owns the root group and everything in it.
        administrator: Whether the whole instance is open to it.
        scopes: Scopes of the token.
    """

    user: int = ADMINISTRATOR
    administrator: bool = True
    scopes: frozenset[str] = frozenset({"api", "read_api"})

    def may(self, scopes: frozenset[str]) -> bool:
        """Return whether the token has one of the scopes."""
        return not scopes or bool(self.scopes & scopes)


def number_in(text: str) -> int | None:
    """Return a number of the size that GitLab's ids can have; None for any other text."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def presented_token(headers: Mapping[str, str], query: Mapping[str, str]) -> str | None:
    """Return the token that a request carries, in any of the places where GitLab looks; None without one."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    return headers.get("private-token") or query.get("private_token") or query.get("access_token")


def accepted(request: Request, token: str) -> bool | None:
    """Return whether the request's token is the right one; None when it carries none. No token set accepts all."""
    if not token:
        return True
    given = presented_token(request.headers, request.query_params)
    return None if given is None else hmac.compare_digest(given.encode(), token.encode())
