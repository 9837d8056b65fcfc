"""A GitHub for tests: pages, versions of pages, rate limits and rights as the real one has them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from flywheel_tui.config.secrets import TokenSource
from flywheel_tui.config.settings import GitHubSettings
from flywheel_tui.domain.clock import Clock
from flywheel_tui.sources.github.source import MOST_RUNNERS, GitHubSource
from tests.conftest import NOW

Json = dict[str, Any]
Interceptor = Callable[[httpx.Request, int], "httpx.Response | None"]

DATE = "Sat, 21 Nov 2026 12:00:02 GMT"
RESET = int(NOW.timestamp()) + 1800


def runner(number: int, **changes: object) -> Json:
    """Return a runner in the words of GitHub."""
    return {
        "id": number,
        "runner_group_id": 1,
        "name": f"runner-{number}",
        "os": "Linux",
        "status": "online",
        "busy": False,
        "labels": [
            {"id": 1, "name": "self-hosted", "type": "read-only"},
            {"id": 2, "name": "nix", "type": "custom"},
        ],
        "ephemeral": False,
        "version": "2.335.1",
        **changes,
    }


def group(number: int, name: str) -> Json:
    """Return a runner group in the words of GitHub."""
    return {
        "id": number,
        "name": name,
        "visibility": "all",
        "default": number == 1,
        "runners_url": f"https://api.github.com/orgs/acme/actions/runner-groups/{number}/runners",
        "inherited": False,
        "allows_public_repositories": False,
    }


class FakeGitHub:
    """GitHub behind ``httpx.MockTransport``. Tests change its attributes between requests.

    Attributes:
        orgs, repos: Runners by name.
        groups: Runner groups by organisation; a missing one may not be listed.
        forbidden: Names whose runners the token may not list.
        scopes: What the header tells; None for a fine-grained token.
        intercept: Sees each request first, with its number, and may answer it.
    """

    def __init__(self, token_file: Path) -> None:
        self.token_file = token_file
        self.token_file.write_text("ghp_right\n")
        self.orgs: dict[str, list[Json]] = {}
        self.repos: dict[str, list[Json]] = {}
        self.groups: dict[str, list[Json]] = {"acme": [group(1, "Default"), group(2, "heavy")]}
        self.forbidden: set[str] = set()
        self.scopes: str | None = "admin:org, repo"
        self.tokens: set[str] = set()
        self.remaining = 5000
        self.headers: dict[str, str] = {}
        self.versioned = True
        self.intercept: Interceptor = lambda request, number: None
        self.requests: list[httpx.Request] = []
        self.statuses: list[int] = []

    def source(
        self, clock: Clock = lambda: NOW, *, most_runners: int = MOST_RUNNERS, **changes: object
    ) -> GitHubSource:
        """Return the source that reads this GitHub: the organisation ``acme``, unless the changes say otherwise."""
        settings: Json = {"orgs": ("acme",), "token": TokenSource(file=self.token_file), **changes}
        return GitHubSource(
            context="prod",
            settings=GitHubSettings(**settings),
            clock=clock,
            transport=httpx.MockTransport(self.answer),
            most_runners=most_runners,
        )

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        response = self.intercept(request, len(self.requests)) or self._answer(request)
        self.statuses.append(response.status_code)
        return response

    def _answer(self, request: httpx.Request) -> httpx.Response:
        token = request.headers.get("authorization", "")
        if self.tokens and token not in {f"Bearer {known}" for known in self.tokens}:
            return self._json({"message": "Bad credentials", "status": "401"}, 401)
        found = re.fullmatch(r"/(orgs/([^/]+)|repos/([^/]+/[^/]+))/actions/(runners|runner-groups)", request.url.path)
        if not found:
            return self._json({"message": "Not Found", "status": "404"}, 404)
        name = found[2] or found[3]
        if found[4] == "runner-groups":
            if name not in self.groups:
                return self._json({"message": "Resource not accessible by personal access token"}, 403)
            return self._page(request, token, "runner_groups", self.groups[name])
        if name in self.forbidden:
            headers = {"X-Accepted-GitHub-Permissions": "organization_self_hosted_runners=read"}
            return self._json({"message": "Must have admin rights"}, 403, headers)
        rows = self.orgs.get(name) if found[2] else self.repos.get(name)
        if rows is None:
            return self._json({"message": "Not Found", "status": "404"}, 404)
        return self._page(request, token, "runners", rows)

    def _page(self, request: httpx.Request, token: str, name: str, rows: list[Json]) -> httpx.Response:
        number, size = int(request.url.params.get("page", 1)), int(request.url.params.get("per_page", 30))
        body = {"total_count": len(rows), name: rows[(number - 1) * size : number * size]}
        content = json.dumps(body)
        etag = f'W/"{hashlib.sha256((token + content).encode()).hexdigest()}"'
        headers = {"ETag": etag} if self.versioned else {}
        if number * size < len(rows):
            following = request.url.copy_merge_params({"page": str(number + 1)})
            last = request.url.copy_merge_params({"page": str(-(-len(rows) // size))})
            headers["Link"] = f'<{following}>; rel="next", <{last}>; rel="last"'
        if request.headers.get("if-none-match") == etag and self.versioned:
            return httpx.Response(304, headers={**self._common(), **headers})
        self.remaining -= 1
        return self._json(body, headers=headers)

    def _common(self) -> dict[str, str]:
        headers = {
            "Date": DATE,
            "X-RateLimit-Limit": "5000",
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(RESET),
            **self.headers,
        }
        if self.scopes is not None:
            headers["X-OAuth-Scopes"] = self.scopes
        return headers

    def _json(self, body: object, status: int = 200, headers: dict[str, str] | None = None) -> httpx.Response:
        return httpx.Response(status, json=body, headers={**self._common(), **(headers or {})})
