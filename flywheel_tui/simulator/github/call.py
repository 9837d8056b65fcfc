"""One request: its parameters, read as GitHub reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import unquote, urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from flywheel_tui.simulator.github.answers import RUNNERS_PAGE, json_answer, not_found, refuse, unprocessable
from flywheel_tui.simulator.github.roster import Entry
from flywheel_tui.simulator.github.site import Site
from flywheel_tui.simulator.world.model_forge import Project, RunnerGroup

RowT = TypeVar("RowT")

DEFAULT_ROWS = 30
MOST_ROWS = 100
MOST_BODY = 1024 * 1024


class Call:
    """A request, the GitHub that answers it, and the present.

    Args:
        request: The request.
        site: The GitHub.
        at: The present, seconds since 1970.
    """

    def __init__(self, request: Request, site: Site, at: float) -> None:
        self.request = request
        self.site = site
        self.world = site.world
        self.at = at
        self.base = f"{request.url.scheme}://{request.url.netloc}"
        self.query = request.query_params

    def name(self, part: str) -> str:
        """Return a part of the path, unescaped."""
        return unquote(self.request.path_params[part])

    def number(self, part: str) -> int:
        """Return a part of the path that is a number; anything else does not exist.

        Raises:
            RefusalError: It is none.
        """
        text = self.name(part)
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else not_found()

    def org(self) -> str:
        """Return the organization of the path.

        Raises:
            RefusalError: There is none.
        """
        return self.site.org(self.name("org")) or not_found()

    def repository(self) -> Project:
        """Return the repository of the path.

        Raises:
            RefusalError: There is none.
        """
        return self.site.repository(self.name("owner"), self.name("repo")) or not_found()

    def place(self) -> str:
        """Return the organization, or ``owner/name`` of the repository, that the path is about.

        Raises:
            RefusalError: There is none.
        """
        return self.org() if "org" in self.request.path_params else self.repository().full_path

    def entry(self) -> Entry:
        """Return the runner of the path.

        Raises:
            RefusalError: There is none.
        """
        return self.site.roster.find(self.place(), self.number("runner_id")) or not_found()

    def group(self) -> RunnerGroup:
        """Return the runner group of the path.

        Raises:
            RefusalError: The organization has none.
        """
        org, group = self.org(), self.world.runner_groups.get(self.number("group_id"))
        return group if group is not None and group.org == org else not_found()

    def whole(self, name: str, default: int) -> int:
        """Return a parameter that is a number above zero; anything else counts as not given."""
        text = self.query.get(name, "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 and int(text) > 0 else default

    async def body(self) -> dict[str, Any]:
        """Return the fields of the JSON object that was sent.

        Raises:
            RefusalError: It cannot be read.
        """
        raw = await self.request.body()
        if len(raw) > MOST_BODY:
            refuse(413, "Payload too large", RUNNERS_PAGE)
        if not raw:
            return {}
        try:
            fields = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            refuse(400, "Problems parsing JSON", RUNNERS_PAGE)
        if not isinstance(fields, dict):
            refuse(400, "Body should be a JSON object", RUNNERS_PAGE)
        return fields

    async def numbers(self, name: str) -> list[int]:
        """Return a list of numbers from the body.

        Raises:
            RefusalError: It is missing or something else.
        """
        given = (await self.body()).get(name)
        if given is None:
            unprocessable(f'Invalid request.\n\n"{name}" wasn\'t supplied.')
        if not isinstance(given, list) or any(isinstance(each, bool) or not isinstance(each, int) for each in given):
            unprocessable(f"Invalid request.\n\nFor 'properties/{name}', {given!r} is not an array of integers.")
        return given

    def page(self, field: str, rows: Sequence[RowT], show: Callable[[RowT], Any], most: int | None = None) -> Response:
        """Return one page of a list, in GitHub's form with its total.

        Args:
            field: Name of the list in the answer; empty for a bare array.
            rows: The whole list.
            show: Makes a row's JSON.
            most: Rows beyond this number cannot be reached.
        """
        size = min(self.whole("per_page", DEFAULT_ROWS), MOST_ROWS)
        number = self.whole("page", 1)
        reachable = rows if most is None else rows[:most]
        pages = max(1, -(-len(reachable) // size))
        shown = [show(row) for row in reachable[(number - 1) * size : number * size]]
        body = {"total_count": len(rows), field: shown} if field else shown
        targets = {}
        if number > 1:
            targets["prev"] = min(number - 1, pages)
        if number < pages:
            targets |= {"next": number + 1, "last": pages}
        if number > 1:
            targets["first"] = 1
        links = ", ".join(self._link(relation, target) for relation, target in targets.items())
        return json_answer(body, headers={"Link": links} if links else {})

    def _link(self, relation: str, number: int) -> str:
        kept = [(name, value) for name, value in self.query.multi_items() if name != "page"]
        path = self.request.scope["path"]
        return f'<{self.base}{path}?{urlencode([*kept, ("page", str(number))])}>; rel="{relation}"'
