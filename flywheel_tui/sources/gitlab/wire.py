"""GitLab's answers, as structs of just the fields in use.

Everything but an identity may be missing or null: older versions do not send it, or the token may not see it. Words
of GitLab's enums stay words, so that one that is new does not spoil a page.
"""

from __future__ import annotations

import msgspec


class Node(msgspec.Struct, rename="camel", gc=False, frozen=True):
    """A part of a GraphQL answer."""


class PathHolder(Node, frozen=True):
    """A group or a project."""

    full_path: str | None = None


class PathHolders(Node, frozen=True):
    """A page of groups."""

    nodes: list[PathHolder | None] | None = None


class User(Node, frozen=True):
    """A person or a bot."""

    username: str | None = None


class ManagerNode(Node, frozen=True):
    """``CiRunnerManager``."""

    system_id: str | None = None
    version: str | None = None
    revision: str | None = None
    platform_name: str | None = None
    architecture_name: str | None = None
    ip_address: str | None = None
    executor_name: str | None = None
    status: str | None = None
    job_execution_status: str | None = None
    created_at: str | None = None
    contacted_at: str | None = None


class Managers(Node, frozen=True):
    """The first managers of a runner, and how many there are."""

    count: int | None = None
    nodes: list[ManagerNode | None] | None = None


class RunnerNode(Node, frozen=True):
    """``CiRunner``. ``id`` is a global id such as ``gid://gitlab/Ci::Runner/12``."""

    id: str
    short_sha: str | None = None
    description: str | None = None
    paused: bool | None = None
    status: str | None = None
    runner_type: str | None = None
    job_execution_status: str | None = None
    tag_list: list[str] | None = None
    locked: bool | None = None
    run_untagged: bool | None = None
    access_level: str | None = None
    maximum_timeout: int | None = None
    contacted_at: str | None = None
    created_at: str | None = None
    created_by: User | None = None
    creation_method: str | None = None
    owner_project: PathHolder | None = None
    groups: PathHolders | None = None
    project_count: int | None = None
    running: int | None = None
    maintenance_note: str | None = None
    admin_url: str | None = None
    managers: Managers | None = None
    upgrade_status: str | None = None


class PageInfo(Node, frozen=True):
    """Whether a page follows, and where it starts."""

    has_next_page: bool = False
    end_cursor: str | None = None


class RunnerPage(Node, frozen=True):
    """One page of runners. A null node is a runner that the token may not see."""

    page_info: PageInfo = PageInfo()
    count: int | None = None
    nodes: list[RunnerNode | None] | None = None


class Owner(Node, frozen=True):
    """A group, or the token's owner."""

    runners: RunnerPage | None = None


class Complexity(Node, frozen=True):
    """What GitLab reckons the query to cost, and the most it allows."""

    score: int | None = None
    limit: int | None = None


class FleetData(Node, frozen=True):
    """One page of the fleet; by root, either ``owner`` or ``runners`` is filled."""

    owner: Owner | None = None
    runners: RunnerPage | None = None
    query_complexity: Complexity | None = None


class Pipeline(Node, frozen=True):
    """The pipeline of a job."""

    id: str | None = None
    user: User | None = None


class RunnerReference(Node, frozen=True):
    """A runner, by its global id."""

    id: str


class JobNode(Node, frozen=True):
    """``CiJob``. ``id`` is a global id such as ``gid://gitlab/Ci::Build/12``."""

    id: str | None = None
    name: str | None = None
    status: str | None = None
    tags: list[str] | None = None
    queued_at: str | None = None
    started_at: str | None = None
    web_path: str | None = None
    project: PathHolder | None = None
    pipeline: Pipeline | None = None
    runner: RunnerReference | None = None


class JobPage(Node, frozen=True):
    """One page of jobs. GitLab counts to 1,000 and answers 1,001 for more."""

    page_info: PageInfo = PageInfo()
    count: int | None = None
    nodes: list[JobNode | None] | None = None


class JobsData(Node, frozen=True):
    """One page of jobs."""

    jobs: JobPage | None = None


class Metadata(Node, frozen=True):
    """Which GitLab this is. REST gives it in the same words at ``/metadata``."""

    version: str | None = None
    enterprise: bool | None = None


class Counted(Node, frozen=True):
    """A page of which only the count was asked for."""

    count: int | None = None


class ProbeData(Node, frozen=True):
    """The answer to the probe."""

    metadata: Metadata | None = None
    runners: Counted | None = None


class ErrorExtensions(Node, frozen=True):
    """What graphql-ruby adds to an error: a code such as ``undefinedField``."""

    code: str | None = None


class GraphError(Node, frozen=True):
    """One of the ``errors[]`` that come with HTTP 200. ``path`` tells which part of the data is null for it."""

    message: str = ""
    path: list[str | int] | None = None
    extensions: ErrorExtensions | None = None


class GraphErrors(Node, frozen=True):
    """The errors of any GraphQL answer."""

    errors: list[GraphError] | None = None


class FleetAnswer(GraphErrors, frozen=True):
    """Answer to ``fleet_query``."""

    data: FleetData | None = None


class JobsAnswer(GraphErrors, frozen=True):
    """Answer to ``JOBS``."""

    data: JobsData | None = None


class ProbeAnswer(GraphErrors, frozen=True):
    """Answer to ``PROBE``."""

    data: ProbeData | None = None


class Rest(msgspec.Struct, gc=False, frozen=True):
    """A part of a REST answer."""


class RestUser(Rest, frozen=True):
    """``UserBasic``."""

    username: str | None = None


class RestRunner(Rest, frozen=True):
    """A runner as the lists give it: without tags, version and last contact.

    ``status`` is a blend: it says ``paused`` of a paused runner and so hides whether it is online; ``online`` is
    null for one that never contacted GitLab.
    """

    id: int
    description: str | None = None
    paused: bool | None = None
    runner_type: str | None = None
    online: bool | None = None
    status: str | None = None
    job_execution_status: str | None = None
    created_by: RestUser | None = None
    created_at: str | None = None


class RestGroup(Rest, frozen=True):
    """``BasicGroupDetails``: GitLab tells only id, web address and name; the path is the end of the address."""

    web_url: str | None = None


class RestProject(Rest, frozen=True):
    """``BasicProjectDetails``."""

    path_with_namespace: str | None = None


class RestDetails(Rest, frozen=True):
    """What the details of one runner add to the list."""

    tag_list: list[str] | None = None
    run_untagged: bool | None = None
    locked: bool | None = None
    maximum_timeout: int | None = None
    access_level: str | None = None
    contacted_at: str | None = None
    maintenance_note: str | None = None
    projects: list[RestProject] | None = None
    groups: list[RestGroup] | None = None


class RestManager(Rest, frozen=True):
    """A manager; REST knows no executor."""

    system_id: str | None = None
    version: str | None = None
    revision: str | None = None
    platform: str | None = None
    architecture: str | None = None
    created_at: str | None = None
    contacted_at: str | None = None
    ip_address: str | None = None
    status: str | None = None
    job_execution_status: str | None = None


class TokenSelf(Rest, frozen=True):
    """``/personal_access_tokens/self``. ``expires_at`` is a date; the token ends as that day begins in UTC."""

    name: str | None = None
    scopes: list[str] | None = None
    expires_at: str | None = None
