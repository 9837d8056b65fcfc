"""Runners, groups and people as GitHub's objects."""

from __future__ import annotations

import base64
from typing import Any

from flywheel_tui.simulator.github.answers import moment
from flywheel_tui.simulator.github.call import Call
from flywheel_tui.simulator.github.roster import Entry
from flywheel_tui.simulator.world.model_forge import Project, RunnerGroup, RunnerLabel

Json = dict[str, Any]

_REPOSITORY_ADDRESSES = {
    "archive_url": "/{archive_format}{/ref}", "assignees_url": "/assignees{/user}", "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}", "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}", "commits_url": "/commits{/sha}", "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}", "contributors_url": "/contributors", "deployments_url": "/deployments",
    "downloads_url": "/downloads", "events_url": "/events", "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}", "git_refs_url": "/git/refs{/sha}", "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks", "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}", "issues_url": "/issues{/number}", "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}", "languages_url": "/languages", "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}", "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}", "stargazers_url": "/stargazers", "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers", "subscription_url": "/subscription", "tags_url": "/tags",
    "teams_url": "/teams", "trees_url": "/git/trees{/sha}",
}  # fmt: skip


def node_id(kind: str, ident: int) -> str:
    """Return an opaque node id."""
    return f"{kind}_" + base64.urlsafe_b64encode(ident.to_bytes(8, "big")).decode().rstrip("=")


def label(row: RunnerLabel) -> Json:
    """Return a label of a runner."""
    return {"id": row.id, "name": row.name, "type": "custom" if row.custom else "read-only"}


def labels(rows: tuple[RunnerLabel, ...]) -> Json:
    """Return the labels of a runner."""
    return {"total_count": len(rows), "labels": [label(row) for row in rows]}


def runner(call: Call, entry: Entry) -> Json:
    """Return a runner. GitHub tells neither when it was last seen nor who registered it."""
    row, busy = call.site.roster.present(entry, call.at)
    return {
        "id": row.id,
        "name": row.name,
        "os": row.os,
        "status": "online" if row.offline_since is None else "offline",
        "busy": busy,
        "ephemeral": row.ephemeral,
        "runner_group_id": row.group_id,
        "version": row.version,
        "labels": [label(each) for each in row.labels],
    }


def group(call: Call, row: RunnerGroup) -> Json:
    """Return a runner group of an organization."""
    address = f"{call.base}/orgs/{row.org}/actions/runner-groups/{row.id}"
    selected = {"selected_repositories_url": f"{address}/repositories"} if row.visibility == "selected" else {}
    return {
        "id": row.id,
        "name": row.name,
        "visibility": row.visibility,
        "default": row.default,
        **selected,
        "runners_url": f"{address}/runners",
        "hosted_runners_url": f"{address}/hosted-runners",
        "inherited": False,
        "allows_public_repositories": row.allows_public_repositories,
        "restricted_to_workflows": False,
        "selected_workflows": [],
        "workflow_restrictions_read_only": False,
    }


def account(call: Call, login: str, ident: int, kind: str = "User") -> Json:
    """Return a user or an organization as other objects mention one."""
    address = f"{call.base}/users/{login}"
    return {
        "login": login,
        "id": ident,
        "node_id": node_id("U" if kind == "User" else "O", ident),
        "avatar_url": f"{call.base}/avatars/u/{ident}?v=4",
        "gravatar_id": "",
        "url": address,
        "html_url": f"{call.base}/{login}",
        "followers_url": f"{address}/followers",
        "following_url": f"{address}/following{{/other_user}}",
        "gists_url": f"{address}/gists{{/gist_id}}",
        "starred_url": f"{address}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{address}/subscriptions",
        "organizations_url": f"{address}/orgs",
        "repos_url": f"{address}/repos",
        "events_url": f"{address}/events{{/privacy}}",
        "received_events_url": f"{address}/received_events",
        "type": kind,
        "site_admin": False,
    }


def repository(call: Call, row: Project) -> Json:
    """Return a repository as other objects mention one."""
    address = f"{call.base}/repos/{row.full_path}"
    return {
        "id": row.id,
        "node_id": node_id("R", row.id),
        "name": row.name,
        "full_name": row.full_path,
        "owner": account(call, row.namespace, 90_000 + call.world.orgs.index(row.namespace), "Organization"),
        "private": True,
        "html_url": f"{call.base}/{row.full_path}",
        "description": None,
        "fork": False,
        "url": address,
        **{name: address + rest for name, rest in _REPOSITORY_ADDRESSES.items()},
    }


def repository_full(call: Call, row: Project) -> Json:
    """Return a repository."""
    return {
        **repository(call, row),
        "default_branch": row.default_branch,
        "visibility": "private",
        "archived": False,
        "disabled": False,
        "created_at": moment(call.world.birth),
        "updated_at": moment(call.world.birth),
        "pushed_at": moment(call.at),
        "permissions": {"admin": True, "maintain": True, "push": True, "triage": True, "pull": True},
    }
