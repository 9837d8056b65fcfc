"""What lives on the forges: GitLab runners and their managers, GitHub runners and groups, projects, users and jobs.

All times are seconds since 1970 (UTC). All records are immutable: the world replaces them.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from flywheel_tui.simulator.world.usage import Usage


class Forge(StrEnum):
    """A code forge."""

    GITLAB = "gitlab"
    GITHUB = "github"


class RunnerType(StrEnum):
    """The scope of a GitLab runner, in GitLab's own words."""

    INSTANCE = "instance_type"
    GROUP = "group_type"
    PROJECT = "project_type"


class User(msgspec.Struct, frozen=True):
    """A person on GitLab."""

    id: int
    username: str
    name: str


class Group(msgspec.Struct, frozen=True):
    """A GitLab group."""

    id: int
    full_path: str
    name: str


class Project(msgspec.Struct, frozen=True):
    """A project (GitLab) or repository (GitHub). `full_path` is `group/…/name` or `owner/name`."""

    id: int
    forge: Forge
    full_path: str
    default_branch: str = "main"

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.full_path.rsplit("/", 1)[1]

    @property
    def namespace(self) -> str:
        """The path without its last part: the group or the owner."""
        return self.full_path.rsplit("/", 1)[0]


class GitLabManager(msgspec.Struct, frozen=True):
    """A process behind a GitLab runner.

    Attributes:
        id: GitLab's number for it.
        system_id: `r_…` for a pod, `s_…` for a machine: the join key to metrics.
        slots: How many jobs it takes at once (`concurrent`).
        usage: CPU and memory of a manager on a virtual machine (None in Kubernetes, where the pod has it).
        pod: Name of its pod in `namespace`, or None on a virtual machine.
        started_at: When the process started: its counters begin there.
        gone_at: When it last contacted GitLab, if it no longer does; None while it does.
    """

    id: int
    runner_id: int
    system_id: str
    version: str
    revision: str
    platform: str
    architecture: str
    executor: str
    ip_address: str
    created_at: float
    started_at: float
    slots: int
    gone_at: float | None = None
    pod: str | None = None
    namespace: str | None = None
    usage: Usage | None = None


class GitLabRunner(msgspec.Struct, frozen=True):
    """A runner as GitLab keeps it: a configuration that one or many managers serve.

    Attributes:
        id: GitLab's number.
        description: Free text chosen by people; hostile in three runners of every world.
        token: The authentication token (`glrt-…`), a secret of the simulated GitLab.
        config_name: The name in config.toml: metric label `runner_name`, pod label `manager.runner.gitlab.com/name`.
        group: Full path of the group of a group runner, else None.
        projects: Ids of the projects of a project runner (the first one owns it).
        managers: Its processes, newest last; empty when it was never contacted.
        creator: Id of the user who created it, None when it came by a registration token.
        release: Helm release (= Deployment name) that runs it, None outside Kubernetes.
        paused_at: Since when it is paused, None when it is not.
    """

    id: int
    description: str
    token: str
    config_name: str
    type: RunnerType
    tags: tuple[str, ...]
    created_at: float
    group: str | None = None
    projects: tuple[int, ...] = ()
    managers: tuple[GitLabManager, ...] = ()
    creator: int | None = None
    release: str | None = None
    namespace: str | None = None
    run_untagged: bool = False
    locked: bool = False
    protected: bool = False
    maximum_timeout: int | None = 3600
    maintenance_note: str | None = None
    paused_at: float | None = None
    token_expires_at: float | None = None

    @property
    def paused(self) -> bool:
        """Whether the forge gives it no jobs."""
        return self.paused_at is not None

    @property
    def short_sha(self) -> str:
        """The first nine characters of the token behind its prefix: what GitLab, pods and metrics show of it."""
        return self.token.removeprefix("glrt-")[:9]


class RunnerGroup(msgspec.Struct, frozen=True):
    """A GitHub runner group of an organization. `visibility` is all, selected or private."""

    id: int
    org: str
    name: str
    visibility: str
    default: bool = False
    allows_public_repositories: bool = False
    repositories: tuple[int, ...] = ()


class RunnerLabel(msgspec.Struct, frozen=True):
    """A label of a GitHub runner; only custom ones can be removed."""

    id: int
    name: str
    custom: bool


class GitHubRunner(msgspec.Struct, frozen=True):
    """A GitHub self-hosted runner. Busy or not is a question of time: ask the world.

    Attributes:
        org: The organization that it serves (also the owner of the repository of a repository runner).
        repository: `owner/name` of a repository-level runner, else None.
        group_id: Its runner group (1, the default group, on repository level).
        offline_since: When it went offline, None while online.
        ephemeral_runner: Name of the ARC EphemeralRunner (and pod) behind it, None for one that is not ARC's.
    """

    id: int
    name: str
    org: str
    os: str
    labels: tuple[RunnerLabel, ...]
    version: str
    group_id: int = 1
    repository: str | None = None
    offline_since: float | None = None
    ephemeral: bool = False
    ephemeral_runner: str | None = None


class JobStatus(StrEnum):
    """Where a job is in its life."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"
    CANCELED = "canceled"


class Job(msgspec.Struct, frozen=True):
    """A CI job of either forge, as seen at one instant.

    Attributes:
        id: Unique on its forge.
        run_id: Pipeline id (GitLab) or workflow run id (GitHub).
        stage: Stage (GitLab) or workflow name (GitHub).
        runner: Key of the runner that runs it, or that it waits for (`gitlab/12`, `github/34`, `arc/ns/name`).
        runner_name: On GitHub the name of the (ephemeral) runner; None while pending.
        process: system_id of the GitLab manager that runs it, else None.
        started_at: None while pending.
        finished_at: None until it has ended.
        failure_reason: GitLab's word for why it failed (`failure` on GitHub), None unless failed.
    """

    forge: Forge
    id: int
    run_id: int
    name: str
    stage: str
    project: Project
    ref: str
    sha: str
    status: JobStatus
    tags: tuple[str, ...]
    created_at: float
    queued_at: float
    runner: str
    started_at: float | None = None
    finished_at: float | None = None
    runner_name: str | None = None
    process: str | None = None
    failure_reason: str | None = None
    user: User | None = None
