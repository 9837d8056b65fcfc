"""Status objects: how the API server says no."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

_REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    409: "Conflict",
    410: "Expired",
    415: "UnsupportedMediaType",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}


class ApiError(Exception):
    """A request that the API server refuses.

    Args:
        code: HTTP status.
        message: What is wrong, in the server's own words.
        reason: Machine-readable reason; the usual one of the code unless given.
        details: `details` of the Status.
        metadata: `metadata` of the Status (an inconsistent `continue` token).
        headers: Further headers of the response.
    """

    def __init__(
        self,
        code: int,
        message: str,
        *,
        reason: str | None = None,
        details: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": metadata or {},
            "status": "Failure",
            "message": message,
            "reason": reason or _REASONS.get(code, ""),
            "code": code,
        }
        if details is not None:
            self.status["details"] = details
        self.headers = headers

    def response(self) -> Response:
        """Return the response that carries the Status."""
        return json_response(self.status, self.code, self.headers)


def json_response(body: Any, code: int = 200, headers: dict[str, str] | None = None) -> Response:  # noqa: ANN401
    """Return a JSON response."""
    return Response(msgspec.json.encode(body), code, headers, media_type="application/json")


def not_found(plural: str, group: str, name: str) -> ApiError:
    """Return the refusal for an object that does not exist."""
    full = f"{plural}.{group}" if group else plural
    details = {"name": name, "kind": plural} | ({"group": group} if group else {})
    return ApiError(404, f'{full} "{name}" not found', details=details)


def conflict(plural: str, group: str, name: str, why: str) -> ApiError:
    """Return the refusal for a precondition that does not hold."""
    full = f"{plural}.{group}" if group else plural
    details = {"name": name, "kind": plural} | ({"group": group} if group else {})
    return ApiError(409, f'Operation cannot be fulfilled on {full} "{name}": {why}', details=details)


def no_path() -> ApiError:
    """Return the refusal for a path (or a resource type) that the server does not know."""
    return ApiError(404, "the server could not find the requested resource", details={})
