"""Builds rows, snapshots and cases for the tests of insight: everything well unless a test says otherwise."""

# Builders pass any field of their row on; naming each would repeat the domain.
# ruff: noqa: ANN401

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from flywheel_tui.config.settings import StalePolicy
from flywheel_tui.domain.alert import Alert, AlertState
from flywheel_tui.domain.feed import Feed, Finding, SourceKind
from flywheel_tui.domain.fleet import Fleet, Runner
from flywheel_tui.domain.job import Job, JobState
from flywheel_tui.domain.metric import Sample
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.runner import Forge, ForgeRunner, Manager, RunnerKind, RunnerState
from flywheel_tui.domain.scaleset import EphemeralRunner, EphemeralRunnerSet, Listener, ScaleSet
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.domain.workload import (
    Autoscaler,
    Container,
    CronJob,
    Deployment,
    Event,
    Pod,
    PodRole,
    Quota,
    QuotaLine,
)
from flywheel_tui.insight.case import Case, restless_containers
from flywheel_tui.insight.join import join
from flywheel_tui.insight.scene import Scene

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
POLICY = StalePolicy()
CONTEXT = "prod"
GIB = 2.0**30

KUBERNETES_ROWS: tuple[type[Row], ...] = (
    ScaleSet,
    EphemeralRunnerSet,
    EphemeralRunner,
    Listener,
    Pod,
    Event,
    Deployment,
    Autoscaler,
    CronJob,
    Quota,
)
ALL_KINDS = tuple(SourceKind)


def ago(seconds: float) -> datetime:
    """Return the time that many seconds before now."""
    return NOW - timedelta(seconds=seconds)


HOUR, DAY = 3600.0, 86400.0


def manager(system_id: str = "r_one", **fields: Any) -> Manager:
    defaults: dict[str, Any] = {"state": RunnerState.ONLINE, "version": "19.6.1", "executor": "kubernetes"}
    return Manager(system_id=system_id, **{**defaults, **fields})


def gitlab(ident: str = "7", **fields: Any) -> ForgeRunner:
    """Return an online GitLab group runner with one manager, token ``tok00000<id>``."""
    context = fields.pop("context", CONTEXT)
    defaults: dict[str, Any] = {
        "kind": RunnerKind.GROUP,
        "scope": "acme",
        "name": f"runner {ident}",
        "state": RunnerState.ONLINE,
        "short_token": f"tok{ident:0>6}",
        "paused": False,
        "busy": False,
        "running_jobs": 0,
        "tags": ("docker",),
        "managers": (manager(f"r_{ident}"),),
        "manager_count": 1,
        "created_at": ago(30 * DAY),
        "contacted_at": ago(60),
    }
    return ForgeRunner(
        key=f"{context}/gitlab/{ident}", context=context, forge=Forge.GITLAB, id=ident, **{**defaults, **fields}
    )


def github(ident: str = "1", **fields: Any) -> ForgeRunner:
    """Return an online, idle GitHub runner of the organisation acme."""
    context = fields.pop("context", CONTEXT)
    defaults: dict[str, Any] = {
        "kind": RunnerKind.ORGANIZATION,
        "scope": "acme",
        "name": f"vm-{ident}",
        "state": RunnerState.ONLINE,
        "busy": False,
        "tags": ("self-hosted",),
        "version": "2.337.0",
    }
    return ForgeRunner(
        key=f"{context}/github/acme/{ident}", context=context, forge=Forge.GITHUB, id=ident, **{**defaults, **fields}
    )


def _place(noun: str, namespace: str, name: str, fields: dict[str, Any]) -> dict[str, Any]:
    context = fields.pop("context", CONTEXT)
    return {"key": f"{context}/{noun}/{namespace}/{name}", "context": context, "namespace": namespace, "name": name}


def container(name: str = "main", **fields: Any) -> Container:
    """Return a running container without limits."""
    return Container(name=name, **{"state": "running", "ready": True, **fields})


def pod(name: str, role: PodRole = PodRole.OTHER, *, namespace: str = "runners", **fields: Any) -> Pod:
    """Return a pod that has run well for an hour."""
    defaults: dict[str, Any] = {
        "uid": name,
        "phase": "Running",
        "ready": True,
        "containers": (container(),),
        "created_at": ago(HOUR),
        "started_at": ago(HOUR),
    }
    return Pod(**_place("pod", namespace, name, fields), role=role, **{**defaults, **fields})


def deployment(name: str, *, namespace: str = "runners", **fields: Any) -> Deployment:
    """Return the Deployment of a gitlab-runner release of the same name."""
    defaults: dict[str, Any] = {"release": name, "chart": "gitlab-runner-0.90.0", "replicas": 1, "ready_replicas": 1}
    return Deployment(**_place("deployment", namespace, name, fields), **{**defaults, **fields})


def manager_pod(release: str, suffix: str = "abc-1", **fields: Any) -> Pod:
    """Return a manager pod as the chart makes it: it names its release and no runner."""
    defaults: dict[str, Any] = {"release": release, "app": release}
    return pod(f"{release}-{suffix}", PodRole.MANAGER, **{**defaults, **fields})


def job_pod(name: str, token: str | None, manager_name: str | None = None, **fields: Any) -> Pod:
    """Return the pod of a GitLab job."""
    return pod(name, PodRole.JOB, manager_short_token=token, manager_name=manager_name, **fields)


def autoscaler(name: str, target: str, *, namespace: str = "runners", **fields: Any) -> Autoscaler:
    defaults: dict[str, Any] = {"target_kind": "Deployment", "target_name": target}
    return Autoscaler(**_place("autoscaler", namespace, name, fields), **{**defaults, **fields})


def cron_job(name: str, *, namespace: str = "runners", **fields: Any) -> CronJob:
    return CronJob(**_place("cronjob", namespace, name, fields), **{"schedule": "0 2 * * *", **fields})


def quota(*lines: tuple[str, float, float | None], name: str = "all", namespace: str = "runners") -> Quota:
    """Return a quota of lines (resource, hard, used)."""
    found = tuple(QuotaLine(resource=resource, hard=hard, used=used) for resource, hard, used in lines)
    return Quota(**_place("quota", namespace, name, {}), lines=found)


def event(kind: str, about: str, *, namespace: str = "runners", name: str = "", **fields: Any) -> Event:
    defaults: dict[str, Any] = {
        "object_kind": kind,
        "object_name": about,
        "reason": "BackOff",
        "message": "something happened",
        "last_at": ago(60),
    }
    return Event(**_place("event", namespace, name or f"{about}.1", fields), **{**defaults, **fields})


def scale_set(name: str = "gh-nix", *, namespace: str = "arc", **fields: Any) -> ScaleSet:
    """Return a scale set in phase Running, registered as ``acme-<name>``, with at most 4 runners."""
    defaults: dict[str, Any] = {
        "uid": name,
        "resource_version": "1",
        "runner_scale_set_name": f"acme-{name}",
        "github_config_url": "https://github.com/acme",
        "min_runners": 0,
        "max_runners": 4,
        "current_runners": 0,
        "phase": "Running",
        "created_at": ago(30 * DAY),
    }
    return ScaleSet(**_place("scaleset", namespace, name, fields), **{**defaults, **fields})


def runner_set(scale_set_name: str = "gh-nix", *, namespace: str = "arc", **fields: Any) -> EphemeralRunnerSet:
    """Return the EphemeralRunnerSet ``<scale set>-x7k2p``."""
    name = fields.pop("name", f"{scale_set_name}-x7k2p")
    return EphemeralRunnerSet(
        **_place("ephemeralrunnerset", namespace, name, fields), **{"scale_set": scale_set_name, **fields}
    )


def ephemeral(
    suffix: str = "aaaaa", scale_set_name: str | None = "gh-nix", *, namespace: str = "arc", **fields: Any
) -> EphemeralRunner:
    """Return a running, idle ephemeral runner ``<scale set>-x7k2p-runner-<suffix>``."""
    name = fields.pop("name", f"{scale_set_name}-x7k2p-runner-{suffix}")
    defaults: dict[str, Any] = {
        "scale_set": scale_set_name,
        "phase": "Running",
        "ready": True,
        "created_at": ago(HOUR),
    }
    return EphemeralRunner(**_place("ephemeralrunner", namespace, name, fields), **{**defaults, **fields})


def runner_pod(suffix: str = "aaaaa", scale_set_name: str = "gh-nix", **fields: Any) -> Pod:
    """Return the pod of an ephemeral runner, with ARC's labels."""
    name = fields.pop("name", f"{scale_set_name}-x7k2p-runner-{suffix}")
    defaults: dict[str, Any] = {"namespace": "arc", "scale_set_namespace": "arc", "scale_set": scale_set_name}
    return pod(name, PodRole.RUNNER, **{**defaults, **fields})


def listener(scale_set_name: str = "gh-nix", *, namespace: str = "arc-systems", **fields: Any) -> Listener:
    name = fields.pop("name", f"{scale_set_name}-754b578d-listener")
    defaults: dict[str, Any] = {"scale_set_namespace": "arc", "scale_set": scale_set_name, "created_at": ago(DAY)}
    return Listener(**_place("listener", namespace, name, fields), **{**defaults, **fields})


def listener_pod(scale_set_name: str = "gh-nix", **fields: Any) -> Pod:
    """Return the pod of the listener that :func:`listener` returns."""
    name = fields.pop("name", f"{scale_set_name}-754b578d-listener")
    defaults: dict[str, Any] = {"namespace": "arc-systems", "scale_set_namespace": "arc", "scale_set": scale_set_name}
    return pod(name, PodRole.LISTENER, **{**defaults, **fields})


def sample(query: str, value: float | None, **labels: str) -> Sample:
    pairs = tuple(sorted(labels.items()))
    text = ",".join(f"{name}={each}" for name, each in pairs)
    return Sample(key=f"{CONTEXT}/{query}{{{text}}}", context=CONTEXT, query=query, labels=pairs, value=value)


def alert(name: str = "Bad", fingerprint: str = "f1", **fields: Any) -> Alert:
    """Return a firing alert; ``labels`` may be a dict."""
    labels = fields.pop("labels", {})
    defaults: dict[str, Any] = {"state": AlertState.FIRING, "severity": "warning", "starts_at": ago(600)}
    return Alert(
        key=f"{CONTEXT}/alert/{fingerprint}",
        context=CONTEXT,
        fingerprint=fingerprint,
        name=name,
        labels=tuple(sorted(labels.items())),
        **{**defaults, **fields},
    )


def job(ident: str, state: JobState, **fields: Any) -> Job:
    return Job(
        key=f"{CONTEXT}/gitlab/job/{ident}",
        context=CONTEXT,
        forge=Forge.GITLAB,
        id=ident,
        name="build",
        state=state,
        project="acme/api",
        **fields,
    )


def kind_of(row: Row) -> SourceKind:
    """Return the upstream that brings a row."""
    if isinstance(row, ForgeRunner | Job):
        return SourceKind.GITLAB if row.forge is Forge.GITLAB else SourceKind.GITHUB
    if isinstance(row, Sample):
        return SourceKind.PROMETHEUS
    return SourceKind.ALERTMANAGER if isinstance(row, Alert) else SourceKind.KUBERNETES


def feed(kind: SourceKind, rows: Iterable[Row] = (), *, context: str = CONTEXT, **fields: Any) -> Feed:
    """Return a feed that was just read; all tables of the cluster's kinds are there, if only empty."""
    tables: dict[type[Row], dict[str, Row]] = {}
    if kind is SourceKind.KUBERNETES and fields.get("complete", True):
        tables = {each: {} for each in KUBERNETES_ROWS}
    elif kind is SourceKind.ALERTMANAGER:
        tables = {Alert: {}}
    for row in rows:
        tables.setdefault(type(row), {})[row.key] = row
    defaults: dict[str, Any] = {"interval_s": 20.0, "tables": tables, "fetched_at": NOW}
    return Feed(name=f"{context}/{kind}", context=context, kind=kind, **{**defaults, **fields})


FALLBACK = Finding(code="fallback", text="May not list pods in the whole cluster: shown for arc only.")
"""What the cluster's source says when it only looked into the configured namespaces."""


def snapshot(
    *rows: Row,
    kinds: Collection[SourceKind] = ALL_KINDS,
    partial: Collection[SourceKind] = (),
    findings: tuple[Finding, ...] = (),
    generation: int = 1,
) -> Snapshot:
    """Return a snapshot of just read feeds.

    Args:
        rows: Of the context ``prod`` or, by their own, of others.
        kinds: The upstreams that are configured; rows of others are left out.
        partial: Upstreams that were read with gaps.
        findings: Of the cluster.
        generation: Of the snapshot.
    """
    contexts = dict.fromkeys([CONTEXT, *(row.context for row in rows)])
    feeds = [
        feed(
            kind,
            [row for row in rows if row.context == context and kind_of(row) is kind],
            context=context,
            complete=kind not in partial,
            findings=findings if kind is SourceKind.KUBERNETES else (),
        )
        for context in contexts
        for kind in ALL_KINDS
        if kind in kinds
    ]
    return Snapshot(generation=generation, feeds={each.name: each for each in feeds})


def fleet(
    *rows: Row,
    kinds: Collection[SourceKind] = ALL_KINDS,
    partial: Collection[SourceKind] = (),
    findings: tuple[Finding, ...] = (),
) -> Fleet:
    """Return the joined fleet of rows that were just read."""
    return join(snapshot(*rows, kinds=kinds, partial=partial, findings=findings), NOW, POLICY)


def only_runner(joined: Fleet) -> Runner:
    """Return the one runner of a fleet."""
    (runner,) = joined.runners.values()
    return runner


def scene(*, kinds: Collection[SourceKind] = ALL_KINDS, policy: StalePolicy = POLICY) -> Scene:
    """Return a context whose upstreams were all just read."""
    return Scene(context=CONTEXT, now=NOW, policy=policy, feeds={kind: feed(kind) for kind in kinds})


def case(of: ForgeRunner | ScaleSet | None = None, **fields: Any) -> Case:
    """Return a case of a runner for the rules, as the join would make it."""
    row = of or gitlab()
    who = {"scale_set": row} if isinstance(row, ScaleSet) else {"forge_runner": row, "state": row.state}
    pods = fields.get("pods", ())
    defaults: dict[str, Any] = {"scene": scene(), "key": row.key, "restless": restless_containers(pods), **who}
    return Case(**{**defaults, **fields})
