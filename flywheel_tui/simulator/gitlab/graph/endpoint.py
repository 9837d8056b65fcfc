"""The address of GraphQL: who may ask, what was asked, and the forms in which it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from flywheel_tui.simulator.gitlab.account import READ_API, accepted
from flywheel_tui.simulator.gitlab.answers import json_answer
from flywheel_tui.simulator.gitlab.graph.context import Context
from flywheel_tui.simulator.gitlab.graph.engine import Engine
from flywheel_tui.simulator.gitlab.site import Site

LONGEST_QUERY = 10_000
"""Characters of a query text, all of a batch together."""


class GraphEndpoint:
    """Answers GraphQL requests.

    Args:
        site: The GitLab that answers.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._engine = Engine(enterprise=site.enterprise)

    async def answer(self, request: Request) -> Response:
        """Return the answer to one request, or to a batch of them."""
        at = self._site.world.now()
        right = accepted(request, self._site.token)
        # GraphQL does not tell a token without the scope from one that is wrong; without a token one is nobody.
        if right is False or (right and not self._site.account.may(READ_API)):
            return _refused("Invalid token", 401)
        account = self._site.account if right else None
        try:
            asked = await _read(request)
        except ClientDisconnect:
            return Response(status_code=499)
        if asked is None:
            return json_answer({"status": 400, "error": "Bad Request"}, 400)
        batch = asked if isinstance(asked, list) else [asked]
        if sum(len(str(each.get("query") or "")) for each in batch) > LONGEST_QUERY:
            return _refused("Query too large", 422)
        base = f"{request.url.scheme}://{request.url.netloc}"
        answers = []
        for each in batch:
            variables = _variables(each.get("variables"))
            if variables is None:
                return _refused("Variables are not valid JSON", 422)
            name = each.get("operationName")
            answers.append(
                self._engine.run(
                    str(each.get("query") or ""),
                    variables,
                    name if isinstance(name, str) and name else None,
                    Context(self._site, account, at, base),
                )
            )
        return json_answer(answers if isinstance(asked, list) else answers[0])


async def _read(request: Request) -> dict[str, Any] | list[dict[str, Any]] | None:
    if request.method != "POST":
        return dict(request.query_params.items())
    try:
        asked = msgspec.json.decode(await request.body())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if isinstance(asked, list):
        return asked if all(isinstance(each, dict) for each in asked) else None
    return asked if isinstance(asked, dict) else None


def _variables(given: object) -> Mapping[str, Any] | None:
    if given is None or given == "":
        return {}
    if isinstance(given, str):
        try:
            given = msgspec.json.decode(given)
        except (msgspec.DecodeError, RecursionError):
            return None
    return given if isinstance(given, dict) else None


def _refused(text: str, status: int) -> Response:
    return json_answer({"errors": [{"message": text}]}, status)
