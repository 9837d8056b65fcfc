"""The GraphQL texts, by tier.

One unknown field fails a whole query, so each tier asks only for what every GitLab of its kind knows:

- ``enterprise``: GitLab Enterprise Edition 18.x;
- ``community``: GitLab Community Edition 17.x and newer, and Enterprise where a field of the first tier is unknown;
- ``rest``: no GraphQL text at all; see ``rest.py``.

Cursors run along the creation date, which never changes: a runner that comes or goes while the pages are read moves
no other one across a page border. All aliases exist so that the same structs decode every root.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

PAGE_SIZE: Final = 100
"""Rows a page: the most that GitLab gives."""
MANAGERS_PER_RUNNER: Final = 5


class Tier(StrEnum):
    """How the fleet is read, best first."""

    ENTERPRISE = "enterprise"
    COMMUNITY = "community"
    REST = "rest"

    def below(self) -> Tier:
        """Return the next tier that asks for less."""
        return Tier.COMMUNITY if self is Tier.ENTERPRISE else Tier.REST


class Root(StrEnum):
    """Where in the schema runners are listed."""

    GROUP = "group"
    """Runners of a group, its subgroups and their projects."""
    INSTANCE = "instance"
    """All runners there are; for administrators."""
    SHARED = "shared"
    """The instance's shared runners; for administrators."""
    MINE = "mine"
    """Runners that the token's owner manages; GitLab 18.3 and newer."""


PROBE: Final = """\
query FlywheelProbe {
  metadata { version enterprise }
  runners(first: 1) { count }
}
"""
"""Version, edition, and whether the token may list the whole instance: ``runners`` is null where it may not."""

_COMMUNITY_FIELDS: Final = f"""\
    id
    shortSha
    description
    paused
    status
    runnerType
    jobExecutionStatus
    tagList
    locked
    runUntagged
    accessLevel
    maximumTimeout
    contactedAt
    createdAt
    createdBy {{ username }}
    creationMethod
    ownerProject {{ fullPath }}
    groups {{ nodes {{ fullPath }} }}
    projectCount
    running: jobCount(statuses: [RUNNING])
    maintenanceNote
    adminUrl
    managers(first: {MANAGERS_PER_RUNNER}) {{
      count
      nodes {{
        systemId
        version
        revision
        platformName
        architectureName
        ipAddress
        executorName
        status
        jobExecutionStatus
        createdAt
        contactedAt
      }}
    }}
"""

_FIELDS: Final = {
    Tier.COMMUNITY: _COMMUNITY_FIELDS,
    Tier.ENTERPRISE: f"{_COMMUNITY_FIELDS}    upgradeStatus\n",
}

_PAGE: Final = """{
    count
    pageInfo { hasNextPage endCursor }
    nodes { ...fleetRow }
  }"""

_ROOTS: Final = {
    Root.GROUP: (
        "$path: ID!, ",
        "owner: group(fullPath: $path) {\n"
        "  runners(membership: DESCENDANTS, sort: CREATED_ASC, first: $first, after: $after) " + _PAGE + "\n  }",
    ),
    Root.INSTANCE: ("", "runners(sort: CREATED_ASC, first: $first, after: $after) " + _PAGE),
    Root.SHARED: ("", "runners(type: INSTANCE_TYPE, sort: CREATED_ASC, first: $first, after: $after) " + _PAGE),
    Root.MINE: (
        "",
        "owner: currentUser {\n  runners(sort: CREATED_ASC, first: $first, after: $after) " + _PAGE + "\n  }",
    ),
}

JOBS: Final = """\
query FlywheelJobs($statuses: [CiJobStatus!], $first: Int!, $after: String) {
  jobs(statuses: $statuses, first: $first, after: $after) {
    count
    pageInfo { hasNextPage endCursor }
    nodes {
      id
      name
      status
      tags
      queuedAt
      startedAt
      webPath
      project { fullPath }
      pipeline { id user { username } }
      runner { id }
    }
  }
}
"""
"""Jobs of the whole instance by status; GitLab answers nothing to any but administrators."""


def fleet_query(root: Root, tier: Tier) -> str:
    """Return the query for one page of runners.

    Its variables are ``first``, ``after`` and, for a group, ``path``.

    Raises:
        KeyError: The REST tier has no query.
    """
    variables, selection = _ROOTS[root]
    return (
        f"query FlywheelFleet({variables}$first: Int!, $after: String) {{\n"
        f"  {selection}\n"
        f"  queryComplexity {{ score limit }}\n"
        f"}}\n"
        f"fragment fleetRow on CiRunner {{\n{_FIELDS[tier]}}}\n"
    )
