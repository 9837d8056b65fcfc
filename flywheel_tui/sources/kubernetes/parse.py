"""Pods and events: wire objects to rows. Pure; every text is cleaned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from flywheel_tui.domain.quantity import quantity_or_none
from flywheel_tui.domain.text import clean, clean_or_none
from flywheel_tui.domain.workload import Container, Event, Pod
from flywheel_tui.sources.kubernetes import wire
from flywheel_tui.sources.kubernetes.roles import pod_role


def row_key(context: str, noun: str, namespace: str, name: str) -> str:
    """Return the key of a row: ``<context>/<noun>/<namespace>/<name>``."""
    return f"{context}/{noun}/{clean(namespace)}/{clean(name)}"


def parse_pod(pod: wire.Pod, context: str) -> Pod:
    """Return a pod's row."""
    metadata, spec = pod.metadata, pod.spec or wire.PodSpec()
    status = pod.status or wire.PodStatus()
    labels, annotations, owner = metadata.labels, metadata.annotations, metadata.controller
    conditions = {condition.type: condition for condition in status.conditions or ()}
    ready = conditions.get("Ready")
    reason, message = status.reason, status.message
    scheduled = conditions.get("PodScheduled")
    if reason is None and scheduled is not None and scheduled.status == "False":
        reason, message = scheduled.reason, scheduled.message
    return Pod(
        key=row_key(context, "pod", metadata.namespace, metadata.name),
        context=context,
        namespace=clean(metadata.namespace),
        name=clean(metadata.name),
        uid=clean(metadata.uid),
        role=pod_role(labels, annotations, pod.spec, owner.kind if owner else None),
        phase=clean(status.phase or "") or "Unknown",
        ready=ready is not None and ready.status == "True",
        reason=clean_or_none(reason),
        message=clean_or_none(message),
        node=clean_or_none(spec.node_name),
        owner_kind=clean_or_none(owner.kind) if owner else None,
        owner_name=clean_or_none(owner.name) if owner else None,
        app=clean_or_none(labels.app or labels.app_name),
        release=clean_or_none(labels.release or labels.instance),
        manager_short_token=clean_or_none(labels.manager_id),
        manager_name=clean_or_none(labels.manager_name),
        job_id=clean_or_none(annotations.job_id),
        job_url=clean_or_none(annotations.job_url),
        job_project=_project(annotations.job_url, labels),
        scale_set_namespace=clean_or_none(labels.scale_set_namespace),
        scale_set=clean_or_none(labels.scale_set),
        containers=(
            *_containers(spec.containers, status.container_statuses, init=False),
            *_containers(spec.init_containers, status.init_container_statuses, init=True),
        ),
        created_at=metadata.creation_timestamp,
        started_at=status.start_time,
        deleted_at=metadata.deletion_timestamp,
    )


def parse_event(event: wire.Event, context: str) -> Event:
    """Return a warning's row. Old and new reporters fill different fields."""
    metadata = event.metadata
    about = event.involved_object or wire.InvolvedObject()
    series = event.series or wire.EventSeries()
    source = event.source or wire.EventSource()
    first = event.first_timestamp or event.event_time or metadata.creation_timestamp
    return Event(
        key=row_key(context, "event", metadata.namespace, metadata.name),
        context=context,
        namespace=clean(metadata.namespace),
        name=clean(metadata.name),
        object_kind=clean(about.kind),
        object_name=clean(about.name),
        reason=clean(event.reason or ""),
        message=clean(event.message or "").strip(),
        count=series.count or event.count or 1,
        component=clean_or_none(source.component or event.reporting_component),
        first_at=first,
        last_at=series.last_observed_time or event.last_timestamp or first,
    )


def amount(amounts: Mapping[str, str | int | float] | None, resource: str) -> float | None:
    """Return one quantity in its base unit, or None where it is absent or no quantity."""
    return quantity_or_none(amounts.get(resource)) if amounts else None


def _containers(
    declared: Iterable[wire.Container] | None, statuses: Iterable[wire.ContainerStatus] | None, *, init: bool
) -> Iterable[Container]:
    known = {status.name: status for status in statuses or ()}
    for container in declared or ():
        yield _container(container, known.get(container.name) or wire.ContainerStatus(), init)


def _container(container: wire.Container, status: wire.ContainerStatus, init: bool) -> Container:
    resources = container.resources or wire.Resources()
    now = status.state or wire.ContainerState()
    last = status.last_state.terminated if status.last_state else None
    word, reason, message, started = None, None, None, None
    if now.waiting is not None:
        word, reason, message = "waiting", now.waiting.reason, now.waiting.message
    elif now.running is not None:
        word, started = "running", now.running.started_at
    elif now.terminated is not None:
        word, reason, message = "terminated", now.terminated.reason, now.terminated.message
        started = now.terminated.started_at
    return Container(
        name=clean(container.name),
        image=clean_or_none(container.image),
        init=init,
        ready=bool(status.ready),
        restarts=status.restart_count or 0,
        state=word,
        reason=clean_or_none(reason),
        message=clean_or_none(message),
        exit_code=now.terminated.exit_code if now.terminated else None,
        started_at=started,
        last_reason=clean_or_none(last.reason) if last else None,
        last_exit_code=last.exit_code if last else None,
        last_finished_at=last.finished_at if last else None,
        cpu_request=amount(resources.requests, "cpu"),
        cpu_limit=amount(resources.limits, "cpu"),
        memory_request=amount(resources.requests, "memory"),
        memory_limit=amount(resources.limits, "memory"),
    )


def _project(job_url: str | None, labels: wire.Labels) -> str | None:
    """Return the project's path: from the job's address, since labels are cut at 63 characters."""
    if job_url:
        try:
            path, found, _ = urlsplit(job_url).path.partition("/-/jobs/")
        except ValueError:
            found = path = ""
        if found and path.strip("/"):
            return clean_or_none(path.strip("/"))
    if labels.project and labels.project_namespace:
        return clean_or_none(f"{labels.project_namespace}/{labels.project}")
    return clean_or_none(labels.project)
