"""Runners and their managers, as a forge knows them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from flywheel_tui.domain.row import Row, Value


class Forge(StrEnum):
    """Where jobs come from."""

    GITLAB = "gitlab"
    GITHUB = "github"


class RunnerKind(StrEnum):
    """What a runner is registered for, or that it is an ARC scale set."""

    INSTANCE = "instance"
    GROUP = "group"
    PROJECT = "project"
    ORGANIZATION = "organization"
    REPOSITORY = "repository"
    SCALE_SET = "scaleset"


class RunnerState(StrEnum):
    """Liveness by the forge's own rules (GitLab: contact within 2 hours is online, 7 days without is stale)."""

    ONLINE = "online"
    OFFLINE = "offline"
    STALE = "stale"
    NEVER_CONTACTED = "never_contacted"
    UNKNOWN = "unknown"


class Manager(Value, frozen=True):
    """One gitlab-runner process behind a GitLab runner; the forge's word for it is runner manager.

    Attributes:
        system_id: ``s_…`` (machine id) or ``r_…`` (random); the Prometheus label of the same name.
        executor: ``kubernetes``, ``docker``, ``shell``, …; None where the API does not tell (REST).
        contacted_at: Last contact; GitLab stores it only every 40 to 55 minutes.
    """

    system_id: str
    state: RunnerState = RunnerState.UNKNOWN
    version: str | None = None
    revision: str | None = None
    platform: str | None = None
    architecture: str | None = None
    ip_address: str | None = None
    executor: str | None = None
    busy: bool | None = None
    created_at: datetime | None = None
    contacted_at: datetime | None = None


class ForgeRunner(Row, frozen=True):
    """A runner as its forge lists it. None means that the forge did not tell.

    Attributes:
        key: ``<context>/gitlab/<id>`` or ``<context>/github/<org or owner/repo>/<id>``.
        scope: Group path, project path, organisation or ``owner/repo`` that it is registered in; ``instance`` for
            GitLab instance runners.
        name: What people call it: GitLab's description, GitHub's name.
        short_token: GitLab only: the first characters of the token, which the pods carry as a label.
        paused: GitLab's switch. GitHub has none: None.
        busy: Whether it runs a job now.
        running_jobs: Jobs it runs now, over all managers.
        tags: GitLab tags or GitHub labels.
        manager_count: Managers the forge counts; ``managers`` may hold fewer where the API caps them.
        version: GitHub only; GitLab tells versions per manager.
        upgrade_status: GitLab Enterprise's own judgement of the managers' versions: ``recommended``, ``available``,
            ``not_available`` or ``invalid``; None where it does not judge (Community, no licence, no network).
    """

    forge: Forge
    kind: RunnerKind
    id: str
    scope: str
    name: str
    state: RunnerState
    short_token: str | None = None
    paused: bool | None = None
    busy: bool | None = None
    running_jobs: int | None = None
    tags: tuple[str, ...] | None = None
    run_untagged: bool | None = None
    locked: bool | None = None
    protected: bool | None = None
    maximum_timeout: int | None = None
    managers: tuple[Manager, ...] | None = None
    manager_count: int | None = None
    version: str | None = None
    upgrade_status: str | None = None
    groups: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    project_count: int | None = None
    runner_group: str | None = None
    ephemeral: bool | None = None
    operating_system: str | None = None
    created_by: str | None = None
    creation_method: str | None = None
    created_at: datetime | None = None
    contacted_at: datetime | None = None
    maintenance_note: str | None = None
    web_url: str | None = None
