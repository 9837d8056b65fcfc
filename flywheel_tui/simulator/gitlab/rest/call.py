"""One REST request: its parameters, read and checked as GitLab's API framework does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec
from starlette.requests import Request

from flywheel_tui.simulator.gitlab.account import number_in
from flywheel_tui.simulator.gitlab.answers import RefusalError, bad_parameter, not_found
from flywheel_tui.simulator.gitlab.site import Site
from flywheel_tui.simulator.world.model_forge import GitLabRunner, Group, Project

_TRUE = frozenset({"true", "t", "1", "yes", "y", "on"})
_FALSE = frozenset({"false", "f", "0", "no", "n", "off"})
MOST_BODY = 1024 * 1024


class Call:
    """A request, the GitLab that answers it, and the present.

    Args:
        request: The request.
        site: The GitLab.
        at: The present, seconds since 1970.
    """

    def __init__(self, request: Request, site: Site, at: float) -> None:
        self.request = request
        self.site = site
        self.world = site.world
        self.at = at
        self.base = f"{request.url.scheme}://{request.url.netloc}"
        self.query = request.query_params

    def name(self, part: str = "id") -> str:
        """Return a part of the path, unescaped."""
        return unquote(self.request.path_params[part])

    def number(self, part: str = "id") -> int:
        """Return a part of the path that must be a number.

        Raises:
            RefusalError: It is none.
        """
        text = self.name(part)
        if not (text.isascii() and text.isdecimal()):
            bad_parameter(f"{part} is invalid")
        # A number that no database row can have is just one that does not exist.
        return number_in(text) or 0

    def runner(self) -> GitLabRunner:
        """Return the runner of the path.

        Raises:
            RefusalError: There is none.
        """
        return self.world.gitlab_runners.get(self.number()) or not_found("Runner")

    def group(self) -> Group:
        """Return the group of the path.

        Raises:
            RefusalError: There is none.
        """
        return self.site.group(self.name()) or not_found("Group")

    def project(self) -> Project:
        """Return the project of the path.

        Raises:
            RefusalError: There is none.
        """
        return self.site.project(self.name()) or not_found("Project")

    def choice(self, name: str, allowed: Sequence[str]) -> str | None:
        """Return a parameter that must be one of a few words; None where it is not given.

        Raises:
            RefusalError: It is another one.
        """
        text = self.query.get(name)
        if text is not None and text not in allowed:
            bad_parameter(f"{name} does not have a valid value")
        return text

    def flag(self, name: str) -> bool | None:
        """Return a boolean parameter; None where it is not given.

        Raises:
            RefusalError: It is no boolean.
        """
        return boolean(name, self.query.get(name))

    def whole(self, name: str, default: int) -> int:
        """Return a parameter that must be a number.

        Raises:
            RefusalError: It is none.
        """
        text = self.query.get(name)
        if not text:
            return default
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal()) or len(digits) > 18:
            bad_parameter(f"{name} is invalid")
        return int(text)

    def words(self, name: str) -> tuple[str, ...]:
        """Return a parameter that lists words: with commas, or given several times as ``name[]``."""
        listed = self.query.getlist(f"{name}[]") or (self.query.get(name) or "").split(",")
        return tuple(word.strip() for word in listed if word.strip())

    async def body(self) -> dict[str, Any]:
        """Return the fields that were sent, as JSON or as a form.

        Raises:
            RefusalError: They cannot be read.
        """
        raw = await self.request.body()
        if len(raw) > MOST_BODY:
            raise RefusalError(413, {"error": "413 Request Entity Too Large"})
        kind = self.request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not raw:
            return dict(self.query.items())
        if kind == "application/x-www-form-urlencoded":
            return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
        if kind and kind != "application/json":
            raise RefusalError(415, {"error": "The provided content-type is not supported."})
        try:
            fields = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise RefusalError(400, {"error": "Problems parsing JSON"}) from error
        if not isinstance(fields, Mapping):
            raise RefusalError(400, {"error": "Problems parsing JSON"})
        return {**dict(self.query.items()), **fields}


def boolean(name: str, value: object) -> bool | None:
    """Return a field that must be a boolean, in any of the forms that GitLab reads; None for null or nothing.

    Raises:
        RefusalError: It is no boolean.
    """
    if value is None or isinstance(value, bool):
        return value
    text = str(value).lower()
    if text == "":
        return None
    if text not in _TRUE | _FALSE:
        bad_parameter(f"{name} is invalid")
    return text in _TRUE
