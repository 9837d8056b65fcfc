"""GitLab's answers made into domain rows: pure functions that clean every text and invent nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlsplit

from flywheel_tui.domain.job import Job, JobState
from flywheel_tui.domain.runner import Forge, ForgeRunner, Manager, RunnerKind, RunnerState
from flywheel_tui.domain.text import clean_or_none
from flywheel_tui.sources.gitlab import wire

INSTANCE_SCOPE: Final = "instance"

_STATES: Final = {
    "online": RunnerState.ONLINE,
    "offline": RunnerState.OFFLINE,
    "stale": RunnerState.STALE,
    "never_contacted": RunnerState.NEVER_CONTACTED,
}
_KINDS: Final = {
    "instance_type": RunnerKind.INSTANCE,
    "group_type": RunnerKind.GROUP,
    "project_type": RunnerKind.PROJECT,
}
_PROTECTED: Final = {"not_protected": False, "ref_protected": True}
_BUSY: Final = {"active": True, "idle": False}
_JOB_STATES: Final = {"pending": JobState.PENDING, "running": JobState.RUNNING}


def number_of(global_id: str) -> str:
    """Return the number in a global id: ``gid://gitlab/Ci::Runner/12`` gives ``12``."""
    return clean_or_none(global_id.rsplit("/", 1)[-1]) or ""


def moment(text: str | None) -> datetime | None:
    """Return a time as GitLab writes it (ISO 8601) in UTC, or None where there is none or it is unreadable.

    GitLab always writes the zone; a time without one is taken as UTC.
    """
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def runner_row(node: wire.RunnerNode, *, context: str, url: str, asked: str) -> ForgeRunner:
    """Return the row of a runner from GraphQL.

    Args:
        node: The answer's runner.
        context: The configured context.
        url: Address of the GitLab instance.
        asked: The group that was asked for it; its scope where the runner itself does not tell. Empty if none was.
    """
    kind = _kind(node.runner_type)
    groups = _paths(node.groups.nodes if node.groups and node.groups.nodes else ())
    projects = _paths((node.owner_project,))
    identity = number_of(node.id)
    managers = node.managers.nodes if node.managers else None
    scope = _scope(kind, groups=groups, projects=projects, asked=asked)
    return ForgeRunner(
        key=f"{context}/{Forge.GITLAB}/{identity}",
        context=context,
        forge=Forge.GITLAB,
        kind=kind,
        id=identity,
        scope=scope,
        name=clean_or_none(node.description) or f"#{identity}",
        state=_STATES.get(_word(node.status), RunnerState.UNKNOWN),
        short_token=clean_or_none(node.short_sha),
        paused=node.paused,
        busy=_busy(node.job_execution_status),
        running_jobs=node.running,
        tags=_texts(node.tag_list),
        run_untagged=node.run_untagged,
        locked=node.locked,
        protected=_PROTECTED.get(_word(node.access_level)),
        maximum_timeout=node.maximum_timeout,
        managers=None if managers is None else tuple(_manager(manager) for manager in managers if manager is not None),
        manager_count=node.managers.count if node.managers else None,
        upgrade_status=_word(node.upgrade_status) or None,
        groups=groups,
        projects=projects,
        project_count=node.project_count,
        created_by=clean_or_none(node.created_by.username) if node.created_by else None,
        creation_method=_word(node.creation_method) or None,
        created_at=moment(node.created_at),
        contacted_at=moment(node.contacted_at),
        maintenance_note=clean_or_none(node.maintenance_note),
        web_url=_web_address(node.admin_url) or _settings_address(url, kind, groups, projects, identity),
    )


def rest_row(
    listed: wire.RestRunner,
    details: wire.RestDetails | None,
    managers: Sequence[wire.RestManager] | None,
    *,
    context: str,
    url: str,
    asked: str,
) -> ForgeRunner:
    """Return the row of a runner from REST; what the details would tell is None until they were read."""
    kind = _kind(listed.runner_type)
    identity = str(listed.id)
    known = details or wire.RestDetails()
    groups = tuple(path for group in known.groups or () if (path := _group_path(group.web_url)))
    projects = tuple(path for project in known.projects or () if (path := clean_or_none(project.path_with_namespace)))
    # Until the details are there, the group that was asked is only a guess: it also lists runners of its ancestors.
    scope = _scope(kind, groups=groups, projects=projects, asked=asked)
    return ForgeRunner(
        key=f"{context}/{Forge.GITLAB}/{identity}",
        context=context,
        forge=Forge.GITLAB,
        kind=kind,
        id=identity,
        scope=scope,
        name=clean_or_none(listed.description) or f"#{identity}",
        state=rest_state(listed.online, listed.status),
        paused=listed.paused,
        busy=_busy(listed.job_execution_status),
        tags=_texts(known.tag_list),
        run_untagged=known.run_untagged,
        locked=known.locked,
        protected=_PROTECTED.get(_word(known.access_level)),
        maximum_timeout=known.maximum_timeout,
        managers=None if managers is None else tuple(_rest_manager(manager) for manager in managers),
        manager_count=None if managers is None else len(managers),
        groups=groups,
        projects=projects,
        created_by=clean_or_none(listed.created_by.username) if listed.created_by else None,
        created_at=moment(listed.created_at),
        contacted_at=moment(known.contacted_at),
        maintenance_note=clean_or_none(known.maintenance_note),
        web_url=_settings_address(url, kind, groups, projects, identity),
    )


def rest_state(online: bool | None, status: str | None) -> RunnerState:
    """Return the liveness behind REST's blended ``status``.

    ``status`` says ``paused`` of every paused runner, whether online or not, so ``online`` decides; only ``stale``
    and ``never_contacted`` win over ``paused`` there and sharpen what is not online.
    """
    word = _word(status)
    if online:
        return RunnerState.ONLINE
    if word in {"stale", "never_contacted"}:
        return _STATES[word]
    if online is None:
        return _STATES.get(word, RunnerState.UNKNOWN)
    return RunnerState.OFFLINE


def job_row(node: wire.JobNode, *, context: str, url: str) -> Job | None:
    """Return the row of a job, or None for one that neither waits nor runs any more, or that has no identity."""
    state = _JOB_STATES.get(_word(node.status))
    identity = number_of(node.id or "")
    if state is None or not identity:
        return None
    parts = urlsplit(url)
    path = clean_or_none(node.web_path)
    pipeline = node.pipeline or wire.Pipeline()
    return Job(
        key=f"{context}/{Forge.GITLAB}/job/{identity}",
        context=context,
        forge=Forge.GITLAB,
        id=identity,
        name=clean_or_none(node.name) or f"#{identity}",
        state=state,
        project=(clean_or_none(node.project.full_path) if node.project else None) or "",
        pipeline=(number_of(pipeline.id) or None) if pipeline.id else None,
        tags=_texts(node.tags) or (),
        runner_id=(number_of(node.runner.id) or None) if node.runner else None,
        started_by=clean_or_none(pipeline.user.username) if pipeline.user else None,
        queued_at=moment(node.queued_at),
        started_at=moment(node.started_at),
        # The path starts at the host, with any prefix GitLab lives under.
        web_url=f"{parts.scheme}://{parts.netloc}{path}" if path and path.startswith("/") else None,
    )


def _manager(node: wire.ManagerNode) -> Manager:
    return Manager(
        system_id=clean_or_none(node.system_id) or "",
        state=_STATES.get(_word(node.status), RunnerState.UNKNOWN),
        version=clean_or_none(node.version),
        revision=clean_or_none(node.revision),
        platform=clean_or_none(node.platform_name),
        architecture=clean_or_none(node.architecture_name),
        ip_address=clean_or_none(node.ip_address),
        executor=clean_or_none(node.executor_name),
        busy=_busy(node.job_execution_status),
        created_at=moment(node.created_at),
        contacted_at=moment(node.contacted_at),
    )


def _rest_manager(manager: wire.RestManager) -> Manager:
    return Manager(
        system_id=clean_or_none(manager.system_id) or "",
        state=_STATES.get(_word(manager.status), RunnerState.UNKNOWN),
        version=clean_or_none(manager.version),
        revision=clean_or_none(manager.revision),
        platform=clean_or_none(manager.platform),
        architecture=clean_or_none(manager.architecture),
        ip_address=clean_or_none(manager.ip_address),
        busy=_busy(manager.job_execution_status),
        created_at=moment(manager.created_at),
        contacted_at=moment(manager.contacted_at),
    )


def _word(text: str | None) -> str:
    # GraphQL writes its enums in capitals, REST the same words in small letters.
    return (clean_or_none(text) or "").lower()


def _kind(runner_type: str | None) -> RunnerKind:
    # A type that is neither of the three does not exist; a group's runner is the least that can be said of it.
    return _KINDS.get(_word(runner_type), RunnerKind.GROUP)


def _busy(status: str | None) -> bool | None:
    return _BUSY.get(_word(status))


def _texts(texts: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if texts is None else tuple(text for raw in texts if (text := clean_or_none(raw)))


def _paths(holders: Iterable[wire.PathHolder | None]) -> tuple[str, ...]:
    return tuple(path for holder in holders if holder is not None and (path := clean_or_none(holder.full_path)))


def _scope(kind: RunnerKind, *, groups: Sequence[str], projects: Sequence[str], asked: str) -> str:
    if kind is RunnerKind.INSTANCE:
        return INSTANCE_SCOPE
    own = projects if kind is RunnerKind.PROJECT else groups
    return own[0] if own else asked


def _group_path(web_url: str | None) -> str | None:
    _, found, path = (clean_or_none(web_url) or "").partition("/groups/")
    return path.strip("/") or None if found else None


def _web_address(text: str | None) -> str | None:
    address = clean_or_none(text)
    return address if address and address.startswith(("https://", "http://")) else None


def _settings_address(
    url: str, kind: RunnerKind, groups: Sequence[str], projects: Sequence[str], identity: str
) -> str | None:
    """Return the page of a group's or project's runner; only administrators have one for an instance runner."""
    if kind is RunnerKind.GROUP and groups:
        return f"{url.rstrip('/')}/groups/{quote(groups[0])}/-/runners/{quote(identity)}"
    if kind is RunnerKind.PROJECT and projects:
        return f"{url.rstrip('/')}/{quote(projects[0])}/-/runners/{quote(identity)}"
    return None
