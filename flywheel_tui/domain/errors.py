"""The one exception tree of the product.

    FlywheelError                    every failure a user can be told about
    ├── UsageError                   the words of a command are wrong              exit 2
    │   └── ConfigError              a configuration file is wrong: file and line  exit 2
    ├── NotAllowedError              the role or the credentials forbid it         exit 3
    ├── NotFoundError                nothing has that name
    └── SourceError                  an upstream did not give what was asked
        ├── UnreachableError         no connection, or it broke
        ├── UpstreamTimeoutError     connected, but no answer within the time limit
        ├── UnauthorizedError        the credentials are not accepted (401)
        ├── ForbiddenError           the credentials lack a right (403)
        ├── MissingError             the upstream has no such thing (404)
        ├── RateLimitedError         the upstream asks to wait (429, secondary limits)
        ├── UpstreamFailedError      the upstream failed by itself (5xx)
        ├── RefusedError             the upstream does not accept the request (other 4xx)
        └── BadAnswerError           an answer came, but not of the agreed form

A ``SourceError`` is expected: polling turns it into data (a feed with an error and the last good rows).
Every error is one sentence for the user and, where there is one, the next step.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar


class FlywheelError(Exception):
    """A failure that is told to the user in one sentence.

    Attributes:
        code: The stable word for this class of failure, the same in the command line, API and MCP.
        exit_code: The exit code of the command line.
        message: One sentence: what is wrong.
        next_step: What the user can do about it, or an empty string.
    """

    code: ClassVar[str] = "failed"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


class UsageError(FlywheelError):
    """The words of a command, a filter or an option are wrong."""

    code = "invalid"
    exit_code = 2


class ConfigError(UsageError):
    """A configuration file cannot be used; the message names the file and the line where it is known."""

    code = "config_invalid"

    def __init__(self, message: str, *, path: Path | None = None, line: int | None = None, next_step: str = "") -> None:
        place = "" if path is None else f"{path}:{line}: " if line is not None else f"{path}: "
        super().__init__(f"{place}{message}", next_step=next_step)
        self.path = path
        self.line = line


class NotAllowedError(FlywheelError):
    """The role of this console or the credentials do not allow it."""

    code = "forbidden"
    exit_code = 3


class NotFoundError(FlywheelError):
    """Nothing in the fleet has that name or key."""

    code = "not_found"


class SourceError(FlywheelError):
    """An upstream did not give what was asked.

    Attributes:
        status: The HTTP status, where there was one.
        retry_after: Seconds the upstream asks to wait, where it said so.
    """

    code = "source_failed"

    def __init__(
        self,
        message: str,
        *,
        next_step: str = "",
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.status = status
        self.retry_after = retry_after


class UnreachableError(SourceError):
    """No connection could be made, or it broke before the answer was whole."""

    code = "unreachable"


class UpstreamTimeoutError(SourceError):
    """The upstream did not answer within the time limit."""

    code = "timeout"


class UnauthorizedError(SourceError):
    """The upstream does not accept the credentials (HTTP 401)."""

    code = "unauthorized"


class ForbiddenError(SourceError):
    """The credentials are known but lack a right (HTTP 403)."""

    code = "missing_right"


class MissingError(SourceError):
    """The upstream has no such thing, or hides it (HTTP 404)."""

    code = "missing"


class RateLimitedError(SourceError):
    """The upstream asks to wait (HTTP 429, or GitHub's secondary limits on 403)."""

    code = "rate_limited"


class UpstreamFailedError(SourceError):
    """The upstream failed by itself (HTTP 5xx)."""

    code = "upstream_failed"


class RefusedError(SourceError):
    """The upstream does not accept the request as it stands (any other HTTP 4xx)."""

    code = "refused"


class BadAnswerError(SourceError):
    """An answer came, but it is not of the agreed form: not JSON, half a page, wrong types, GraphQL errors."""

    code = "bad_answer"
