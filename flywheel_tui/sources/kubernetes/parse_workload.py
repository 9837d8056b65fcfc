"""Deployments, autoscalers, cron jobs and quotas: wire objects to rows. Pure; every text is cleaned."""

from __future__ import annotations

from collections.abc import Iterable

from flywheel_tui.domain.quantity import quantity_or_none
from flywheel_tui.domain.text import clean, clean_or_none
from flywheel_tui.domain.workload import Autoscaler, CronJob, Deployment, Quota, QuotaLine
from flywheel_tui.sources.kubernetes import wire
from flywheel_tui.sources.kubernetes.parse import amount, row_key


def main_container(template: wire.PodTemplate | None, name: str) -> wire.Container:
    """Return the container of that name, else the first one, else an empty one: sidecars are not the workload."""
    containers = (template.spec.containers if template and template.spec else None) or ()
    return next((c for c in containers if c.name == name), containers[0] if containers else wire.Container())


def parse_deployment(deployment: wire.Deployment, context: str) -> Deployment:
    """Return a Deployment's row. Image and resources are those of its main container."""
    metadata = deployment.metadata
    labels = metadata.labels
    spec = deployment.spec or wire.DeploymentSpec()
    status = deployment.status or wire.DeploymentStatus()
    container = main_container(spec.template, labels.app or "")
    resources = container.resources or wire.Resources()
    # Zero is left out on the wire; before the controller's first look it is unknown.
    zero = 0 if status.observed_generation else None
    return Deployment(
        key=row_key(context, "deployment", metadata.namespace, metadata.name),
        context=context,
        namespace=clean(metadata.namespace),
        name=clean(metadata.name),
        release=clean_or_none(labels.release or labels.instance or metadata.annotations.helm_release),
        chart=clean_or_none(labels.chart or labels.helm_chart),
        image=clean_or_none(container.image),
        replicas=spec.replicas,
        ready_replicas=zero if status.ready_replicas is None else status.ready_replicas,
        updated_replicas=zero if status.updated_replicas is None else status.updated_replicas,
        available_replicas=zero if status.available_replicas is None else status.available_replicas,
        cpu_request=amount(resources.requests, "cpu"),
        cpu_limit=amount(resources.limits, "cpu"),
        memory_request=amount(resources.requests, "memory"),
        memory_limit=amount(resources.limits, "memory"),
        created_at=metadata.creation_timestamp,
    )


def parse_autoscaler(autoscaler: wire.Autoscaler, context: str) -> Autoscaler:
    """Return a HorizontalPodAutoscaler's row."""
    metadata = autoscaler.metadata
    spec = autoscaler.spec or wire.AutoscalerSpec()
    status = autoscaler.status or wire.AutoscalerStatus()
    target = spec.scale_target_ref or wire.ScaleTarget()
    # ``currentReplicas`` of zero is left out on the wire, ``desiredReplicas`` never.
    current = status.current_replicas
    if current is None and status.desired_replicas is not None:
        current = 0
    return Autoscaler(
        key=row_key(context, "autoscaler", metadata.namespace, metadata.name),
        context=context,
        namespace=clean(metadata.namespace),
        name=clean(metadata.name),
        target_kind=clean(target.kind),
        target_name=clean(target.name),
        min_replicas=spec.min_replicas,
        max_replicas=spec.max_replicas,
        current_replicas=current,
        desired_replicas=status.desired_replicas,
        cpu_target=_utilisation(spec.metrics, "cpu"),
        cpu_current=_utilisation(status.current_metrics, "cpu"),
        memory_target=_utilisation(spec.metrics, "memory"),
        memory_current=_utilisation(status.current_metrics, "memory"),
        conditions=tuple(
            (clean(c.type), clean(c.status), clean(c.reason or ""), clean(c.message or ""))
            for c in status.conditions or ()
        ),
        created_at=metadata.creation_timestamp,
    )


def parse_cron_job(cron_job: wire.CronJob, context: str) -> CronJob:
    """Return a CronJob's row."""
    metadata = cron_job.metadata
    spec = cron_job.spec or wire.CronJobSpec()
    status = cron_job.status or wire.CronJobStatus()
    return CronJob(
        key=row_key(context, "cronjob", metadata.namespace, metadata.name),
        context=context,
        namespace=clean(metadata.namespace),
        name=clean(metadata.name),
        schedule=clean(spec.schedule),
        time_zone=clean_or_none(spec.time_zone),
        suspended=bool(spec.suspend),
        active=len(status.active or ()),
        last_scheduled_at=status.last_schedule_time,
        last_succeeded_at=status.last_successful_time,
        created_at=metadata.creation_timestamp,
    )


def parse_quota(quota: wire.Quota, context: str) -> Quota:
    """Return a ResourceQuota's row: the bounds in force, which are the declared ones until the status has them."""
    metadata = quota.metadata
    status = quota.status or wire.QuotaStatus()
    hard = status.hard or (quota.spec.hard if quota.spec else None) or {}
    lines = ((name, quantity_or_none(value)) for name, value in sorted(hard.items()))
    return Quota(
        key=row_key(context, "quota", metadata.namespace, metadata.name),
        context=context,
        namespace=clean(metadata.namespace),
        name=clean(metadata.name),
        lines=tuple(
            QuotaLine(resource=clean(name), hard=bound, used=amount(status.used, name))
            for name, bound in lines
            if bound is not None
        ),
    )


def _utilisation(metrics: Iterable[wire.Metric] | None, resource: str) -> int | None:
    for metric in metrics or ():
        if metric.resource is not None and metric.resource.name == resource:
            value = metric.resource.target or metric.resource.current
            return value.average_utilization if value is not None else None
    return None
