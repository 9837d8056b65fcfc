"""HTTP to an upstream that has no login of its own and therefore usually lives behind somebody else's."""

from __future__ import annotations

from typing import TypeVar

import httpx

from flywheel_tui.domain.errors import BadAnswerError, MissingError, SourceError
from flywheel_tui.sources.http import UpstreamClient
from flywheel_tui.sources.repeating import NotJsonError

T = TypeVar("T")

_CHECK_LOGIN = "Check the URL; if a login page guards it, configure a token or headers that pass it."


class ProxiedClient(UpstreamClient):
    """Tells a login page from an answer: it comes as a redirection, or as HTML with status 200."""

    def failure(self, response: httpx.Response) -> SourceError:
        """Return the error that an unwanted answer means; a redirection leads to a login page or a moved address."""
        if response.is_redirect:
            return BadAnswerError(
                f"{self.label} sends us to another page instead of answering.",
                status=response.status_code,
                next_step=_CHECK_LOGIN,
            )
        error = super().failure(response)
        if isinstance(error, MissingError):
            error.next_step = "Check the URL in the configuration, with its path."
        return error

    def decode(self, content: bytes, kind: type[T]) -> T:
        """Return an answer's body as typed structs.

        Raises:
            BadAnswerError: It is not JSON of that form.
        """
        if content[:200].lstrip()[:1] == b"<":
            raise NotJsonError(f"{self.label} answered with a web page instead of JSON.", next_step=_CHECK_LOGIN)
        return super().decode(content, kind)
