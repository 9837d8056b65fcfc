"""A GitLab for tests: it executes the very queries that the source sends, against GitLab's schema."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
from graphql import GraphQLError, graphql_sync

from flywheel_tui.config.secrets import TokenSource
from flywheel_tui.config.settings import GitLabSettings
from flywheel_tui.domain.clock import Clock
from flywheel_tui.sources.gitlab.source import MOST_RUNNERS, GitLabSource
from tests.conftest import NOW
from tests.unit.sources.gitlab.schema import EE_18, complexity, schema_of

DENIED = (
    "The resource that you are attempting to access does not exist or you don't have permission to perform this action"
)
DATE = "Sat, 21 Nov 2026 12:00:03 GMT"
URL = "https://gitlab.example.com"

Json = dict[str, Any]
Interceptor = Callable[[httpx.Request, int], "httpx.Response | None"]


def runner(number: int, **changes: object) -> Json:
    """Return a runner in the words of GraphQL."""
    return {
        "id": f"gid://gitlab/Ci::Runner/{number}",
        "shortSha": f"abc{number:06}"[:9],
        "description": f"runner-{number}",
        "paused": False,
        "status": "ONLINE",
        "runnerType": "GROUP_TYPE",
        "jobExecutionStatus": "ACTIVE",
        "tagList": ["nix", "linux"],
        "locked": False,
        "runUntagged": True,
        "accessLevel": "NOT_PROTECTED",
        "maximumTimeout": 3600,
        "contactedAt": "2026-11-21T11:20:00Z",
        "createdAt": "2026-01-02T03:04:05Z",
        "createdBy": {"username": "mira"},
        "creationMethod": "AUTHENTICATED_USER",
        "ownerProject": None,
        "groups": {"nodes": [{"fullPath": "infra"}]},
        "projectCount": None,
        "jobCount": 2,
        "maintenanceNote": None,
        "adminUrl": None,
        "upgradeStatus": "RECOMMENDED",
        "managers": {
            "count": 7,
            "nodes": [
                {
                    "systemId": "r_1",
                    "version": "19.3.0",
                    "revision": "abcdef12",
                    "platformName": "linux",
                    "architectureName": "amd64",
                    "ipAddress": "10.0.0.1",
                    "executorName": "kubernetes",
                    "status": "ONLINE",
                    "jobExecutionStatus": "ACTIVE",
                    "createdAt": "2026-11-01T00:00:00Z",
                    "contactedAt": "2026-11-21T11:59:00Z",
                }
            ],
        },
        **changes,
    }


def job(number: int, **changes: object) -> Json:
    """Return a job in the words of GraphQL."""
    return {
        "id": f"gid://gitlab/Ci::Build/{number}",
        "name": "build",
        "status": "PENDING",
        "tags": ["nix"],
        "queuedAt": "2026-11-21T11:58:00Z",
        "startedAt": None,
        "webPath": f"/infra/app/-/jobs/{number}",
        "project": {"fullPath": "infra/app"},
        "pipeline": {"id": "gid://gitlab/Ci::Pipeline/9", "user": {"username": "jun"}},
        "runner": None,
        **changes,
    }


class FakeGitLab:
    """GitLab behind ``httpx.MockTransport``. Tests change its attributes between requests.

    Attributes:
        groups: Runners by group path, in the order of their creation. A None is one that the token may not see.
        instance: All runners; listed to administrators.
        mine: Runners that the token's owner manages.
        schema: Parts of the schema that this GitLab knows; none at all means that GraphQL is switched off.
        tokens: What is accepted; anything is while it is empty.
        intercept: Sees each request first, with its number, and may answer it.
    """

    def __init__(self, token_file: Path) -> None:
        self.token_file = token_file
        self.token_file.write_text("glpat-right\n")
        self.groups: dict[str, list[Json | None]] = {}
        self.unlisted: set[str] = set()
        self.instance: list[Json | None] = []
        self.mine: list[Json | None] = []
        self.jobs: list[Json] = []
        self.administrator = False
        self.enterprise = True
        self.schema: tuple[str, ...] = EE_18
        self.complexity_limit = 250
        self.tokens: set[str] = set()
        self.token_self: Json | None = {"name": "console", "scopes": ["read_api"], "expires_at": "2027-11-01"}
        self.details: dict[int, Json] = {}
        self.managers: dict[int, list[Json]] = {}
        self.totals_told = True
        self.intercept: Interceptor = lambda request, number: None
        self.requests: list[httpx.Request] = []

    def source(
        self, clock: Clock = lambda: NOW, *, most_runners: int = MOST_RUNNERS, **changes: object
    ) -> GitLabSource:
        """Return the source that reads this GitLab: the group ``infra``, unless the changes say otherwise."""
        settings: Json = {"url": URL, "groups": ("infra",), "token": TokenSource(file=self.token_file), **changes}
        return GitLabSource(
            context="prod",
            settings=GitLabSettings(**settings),
            clock=clock,
            transport=httpx.MockTransport(self.answer),
            most_runners=most_runners,
        )

    def paths(self) -> list[str]:
        return [request.url.path for request in self.requests]

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        intercepted = self.intercept(request, len(self.requests))
        if intercepted is not None:
            return intercepted
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.tokens and token not in self.tokens:
            return self._json({"message": "401 Unauthorized"}, 401)
        if request.url.path == "/api/graphql":
            return self._graphql(json.loads(request.content))
        return self._rest(request)

    def _json(self, body: object, status: int = 200, headers: dict[str, str] | None = None) -> httpx.Response:
        return httpx.Response(status, json=body, headers={"Date": DATE, **(headers or {})})

    def _graphql(self, body: Json) -> httpx.Response:
        if not self.schema:
            return self._json({"message": "404 Not Found"}, 404)
        schema = schema_of(self.schema)
        query, variables = body["query"], body["variables"]
        done = graphql_sync(schema, query, self._root(0), variable_values=variables)
        if done.data is not None:
            score = complexity(schema, query, variables)
            if score > self.complexity_limit:
                text = f"Query has complexity of {score}, which exceeds max complexity of {self.complexity_limit}"
                return self._json({"errors": [{"message": text}]})
            done = graphql_sync(schema, query, self._root(score), variable_values=variables)
        answer: Json = {"data": done.data} if done.data is not None else {}
        if done.errors:
            answer["errors"] = [_in_ruby(error) for error in done.errors]
        return self._json(answer)

    def _root(self, score: int) -> Json:
        return {
            "metadata": {"version": "18.5.1-ee" if self.enterprise else "18.5.1", "enterprise": self.enterprise},
            "queryComplexity": {"score": score, "limit": self.complexity_limit},
            "runners": lambda info, **arguments: self._admins(self.instance, arguments),
            "jobs": self._jobs,
            "currentUser": {"runners": lambda info, **arguments: _page(self.mine, arguments)},
            "group": self._group,
        }

    def _admins(self, rows: list[Json | None], arguments: Json) -> Json:
        if not self.administrator:
            raise GraphQLError(DENIED)
        kind = arguments.get("type")
        return _page([row for row in rows if kind is None or row is None or row["runnerType"] == kind], arguments)

    def _jobs(self, info: object, *, statuses: list[str], **arguments: object) -> Json:
        listed = self.jobs if self.administrator else []
        return _page([row for row in listed if row["status"] in statuses], arguments)

    def _group(self, info: object, *, fullPath: str) -> Json | None:  # noqa: N803 - GraphQL's own name
        if fullPath not in self.groups:
            return None

        def runners(info: object, **arguments: object) -> Json:
            if fullPath in self.unlisted:
                raise GraphQLError(DENIED)
            return _page(self.groups[fullPath], arguments)

        return {"fullPath": fullPath, "runners": runners}

    def _rest(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().partition("?")[0].removeprefix("/api/v4")
        if path == "/personal_access_tokens/self":
            return self._json(self.token_self) if self.token_self else self._json({"message": "400 Bad request"}, 400)
        if path == "/metadata":
            return self._json({"version": "18.5.1", "enterprise": self.enterprise})
        if path == "/runners/all":
            if not self.administrator:
                return self._json({"message": "403 Forbidden"}, 403)
            return self._list(request, self.instance)
        if path == "/runners":
            return self._list(request, self.mine)
        if found := re.fullmatch(r"/groups/([^/]+)/runners", path):
            group = found[1].replace("%2F", "/")
            if group not in self.groups:
                return self._json({"message": "404 Group Not Found"}, 404)
            return self._list(request, self.groups[group])
        if found := re.fullmatch(r"/runners/(\d+)(/managers)?", path):
            number = int(found[1])
            if number not in self.details:
                return self._json({"message": "403 Forbidden - No access granted"}, 403)
            return self._json(self.managers.get(number, []) if found[2] else self.details[number])
        return self._json({"error": "404 Not Found"}, 404)

    def _list(self, request: httpx.Request, rows: list[Json | None]) -> httpx.Response:
        number, size = int(request.url.params.get("page", 1)), int(request.url.params.get("per_page", 20))
        kind = request.url.params.get("type")
        listed = [_rest_runner(row) for row in rows if row is not None]
        listed = [row for row in listed if kind is None or row["runner_type"] == kind]
        page = listed[(number - 1) * size : number * size]
        more = number * size < len(listed)
        headers = {"x-next-page": str(number + 1) if more else ""}
        if self.totals_told:
            headers["x-total"] = str(len(listed))
        return self._json(page, headers=headers)


def _page(rows: Sequence[Json | None], arguments: Mapping[str, Any]) -> Json:
    # The cursor is the identity of the last row, as GitLab's keyset cursors are: what comes or goes moves nothing.
    known = [row["id"] if row else "" for row in rows]
    after = arguments.get("after")
    start = 0 if after is None else next((i + 1 for i, key in enumerate(known) if key == after), len(rows))
    size = min(arguments.get("first") or 100, 100)
    nodes = rows[start : start + size]
    more = start + size < len(rows)
    return {
        "count": len(rows),
        "nodes": nodes,
        "pageInfo": {"hasNextPage": more, "endCursor": known[start + len(nodes) - 1] if nodes else None},
    }


def _rest_runner(row: Json) -> Json:
    status = row["status"].lower()
    online = None if status == "never_contacted" else status == "online"
    return {
        "id": int(row["id"].rsplit("/", 1)[1]),
        "description": row["description"],
        "ip_address": None,
        "active": not row["paused"],
        "paused": row["paused"],
        "is_shared": row["runnerType"] == "INSTANCE_TYPE",
        "runner_type": row["runnerType"].lower(),
        "name": "gitlab-runner",
        "online": online,
        "status": "paused" if row["paused"] and status in {"online", "offline"} else status,
        "created_by": row["createdBy"],
        "created_at": row["createdAt"],
        "job_execution_status": row["jobExecutionStatus"].lower(),
    }


def _in_ruby(error: GraphQLError) -> Json:
    """Return an error of the validator as graphql-ruby writes it."""
    formatted: Json = dict(error.formatted)
    if found := re.match(r"Cannot query field '(\w+)' on type '(\w+)'", error.message):
        formatted["message"] = f"Field '{found[1]}' doesn't exist on type '{found[2]}'"
        formatted["path"] = ["query FlywheelFleet", found[1]]
        formatted["extensions"] = {"code": "undefinedField", "typeName": found[2], "fieldName": found[1]}
    return formatted
