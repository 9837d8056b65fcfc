"""Makes the Runner of a judged case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.fleet import Runner
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.runner import Forge, ForgeRunner, RunnerKind
from flywheel_tui.domain.scaleset import ScaleSet
from flywheel_tui.insight.case import Case
from flywheel_tui.insight.status import severity_of, status_of
from flywheel_tui.insight.verdicts import judge
from flywheel_tui.insight.versions import newest_first, version_of_image


def present_forge_runner(case: Case, row: ForgeRunner) -> Runner:
    """Judge a GitLab runner or a single GitHub runner and return it joined."""
    verdicts = judge(case)
    managers = row.managers or ()
    return Runner(
        key=row.key,
        context=row.context,
        forge=row.forge,
        kind=row.kind,
        id=row.id,
        name=row.name,
        scope=row.scope,
        state=case.state,
        status=status_of(
            case.state, paused=case.paused, busy=bool(case.busy or row.busy), starting=case.starting, verdicts=verdicts
        ),
        severity=severity_of(case.state, verdicts),
        paused=case.paused,
        busy=case.busy,
        capacity=case.capacity,
        queued=case.queued,
        manager_ready=case.manager_ready,
        manager_total=case.manager_total,
        tags=row.tags,
        versions=newest_first({row.version, *[manager.version for manager in managers]}),
        owner=_owner(row),
        groups=row.groups or ((row.runner_group,) if row.runner_group else ()),
        created_by=row.created_by,
        created_at=row.created_at,
        contacted_at=_latest_contact(row),
        cpu_cores=case.cpu_cores,
        cpu_limit=case.cpu_limit,
        memory_bytes=case.memory_bytes,
        memory_limit=case.memory_limit,
        failure_rate=case.failure_rate,
        web_url=row.web_url,
        forge_runner=row.key,
        deployments=_keys(case.deployments),
        autoscaler=None if case.autoscaler is None else case.autoscaler.key,
        cron_jobs=_keys(case.cron_jobs),
        quotas=_keys(case.quotas),
        pods=_keys(case.pods),
        events=_keys(case.events),
        alerts=_keys(case.alerts),
        verdicts=verdicts,
        sources=_sources(case),
    )


def present_scale_set(case: Case, row: ScaleSet) -> Runner:
    """Judge a scale set and return it joined with everything that belongs to it."""
    verdicts = judge(case)
    scope = github_scope(row.github_config_url)
    return Runner(
        key=row.key,
        context=row.context,
        forge=Forge.GITHUB,
        kind=RunnerKind.SCALE_SET,
        id=f"{row.namespace}/{row.name}",
        name=row.runner_scale_set_name or row.name,
        scope=scope,
        state=case.state,
        status=status_of(
            case.state, paused=case.paused, busy=bool(case.busy), starting=case.starting, verdicts=verdicts
        ),
        severity=severity_of(case.state, verdicts),
        paused=case.paused,
        busy=case.busy,
        capacity=case.capacity,
        queued=case.queued,
        manager_ready=case.manager_ready,
        manager_total=case.manager_total,
        tags=tuple(dict.fromkeys((row.runner_scale_set_name or row.name, *row.labels))),
        versions=newest_first({version_of_image(row.image), *[member.version for member in case.members]}),
        owner=scope or None,
        groups=(row.runner_group,) if row.runner_group else (),
        created_at=row.created_at,
        cpu_cores=case.cpu_cores,
        cpu_limit=case.cpu_limit,
        memory_bytes=case.memory_bytes,
        memory_limit=case.memory_limit,
        failure_rate=case.failure_rate,
        scale_set=row.key,
        members=_keys(case.members),
        ephemeral_runners=_keys(case.ephemeral_runners),
        listener=None if case.listener is None else case.listener.key,
        cron_jobs=_keys(case.cron_jobs),
        quotas=_keys(case.quotas),
        pods=_keys(case.pods),
        events=_keys(case.events),
        alerts=_keys(case.alerts),
        verdicts=verdicts,
        sources=_sources(case),
    )


def github_scope(url: str) -> str:
    """Return what a ``githubConfigUrl`` names: an organisation, ``owner/repo`` or ``enterprises/<name>``."""
    try:
        return urlsplit(url).path.strip("/")
    except ValueError:
        return url  # No address at all: show it as it stands.


def _owner(row: ForgeRunner) -> str | None:
    if row.kind is RunnerKind.INSTANCE:
        return None
    if row.kind is RunnerKind.PROJECT and row.projects:
        return row.projects[0]
    if row.kind is RunnerKind.GROUP and row.groups:
        return row.groups[0]
    return row.scope


def _latest_contact(row: ForgeRunner) -> datetime | None:
    latest = row.contacted_at
    for manager in row.managers or ():
        contact = manager.contacted_at
        if contact is not None and (latest is None or contact > latest):
            latest = contact
    return latest


def _keys(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple([row.key for row in rows]) if rows else ()


def _sources(case: Case) -> tuple[str, ...]:
    scene, lister = case.scene, case.lister
    names = [scene.source(lister)]
    if lister is SourceKind.KUBERNETES:
        if case.members:
            names.append(scene.source(SourceKind.GITHUB))
    elif case.pods or case.deployments:
        names.append(scene.source(SourceKind.KUBERNETES))
    if case.measured:
        names.append(scene.source(SourceKind.PROMETHEUS))
    if case.alerts and SourceKind.ALERTMANAGER in scene.feeds:
        names.append(scene.source(SourceKind.ALERTMANAGER))
    return tuple(names)
