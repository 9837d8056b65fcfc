"""Deployments, autoscalers, CronJobs, quotas, events, ConfigMaps and namespaces as the API serves them."""

from __future__ import annotations

from flywheel_tui.simulator.kubernetes.forms import (
    Json,
    condition,
    cores,
    metadata,
    quantity,
    resources_of,
    size,
    stamp,
)
from flywheel_tui.simulator.world.model_cluster import (
    ConfigMap,
    CronJob,
    Deployment,
    Event,
    HorizontalPodAutoscaler,
    ResourceQuota,
)


def deployment_form(deployment: Deployment) -> Json:
    """Return an apps/v1 Deployment."""
    meta = metadata(deployment.meta, "helm", "apps/v1", generation=True)
    meta["annotations"] = {
        "deployment.kubernetes.io/revision": str(deployment.meta.generation),
        **meta.get("annotations", {}),
    }
    ready, wanted = deployment.ready_replicas, deployment.replicas
    container = deployment.container
    created = deployment.meta.created_at
    enough = ready >= max(0, wanted - max(1, wanted // 4)) and (ready > 0 or wanted == 0)
    status: Json = {
        "observedGeneration": deployment.meta.generation,
        "replicas": wanted,
        "updatedReplicas": wanted,
        "conditions": [
            {
                **condition(
                    "Available",
                    enough,
                    created,
                    reason="MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
                    message=f"Deployment {'has' if enough else 'does not have'} minimum availability.",
                ),
                "lastUpdateTime": stamp(created),
            }
        ],
    }
    if ready:
        status |= {"readyReplicas": ready, "availableReplicas": ready}
    if ready < wanted:
        status["unavailableReplicas"] = wanted - ready
    template_meta: Json = {"labels": deployment.template_labels}
    if deployment.template_annotations:
        template_meta["annotations"] = deployment.template_annotations
    return {
        "metadata": meta,
        "spec": {
            "replicas": wanted,
            "selector": {
                "matchLabels": {key: value for key, value in deployment.template_labels.items() if key in _SELECTING}
            },
            "template": {
                "metadata": template_meta,
                "spec": {
                    "containers": [
                        {
                            "name": container.name,
                            "image": container.image,
                            "command": list(container.command),
                            "imagePullPolicy": "IfNotPresent",
                            "resources": resources_of(container),
                            "terminationMessagePath": "/dev/termination-log",
                            "terminationMessagePolicy": "File",
                        }
                    ],
                    "restartPolicy": "Always",
                    "terminationGracePeriodSeconds": 3600,
                    "dnsPolicy": "ClusterFirst",
                    "serviceAccountName": deployment.service_account,
                    "serviceAccount": deployment.service_account,
                    "securityContext": {},
                    "schedulerName": "default-scheduler",
                },
            },
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}},
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
        },
        "status": status,
    }


_SELECTING = ("app", "release", "app.kubernetes.io/name", "app.kubernetes.io/instance")


def autoscaler_form(scaler: HorizontalPodAutoscaler) -> Json:
    """Return an autoscaling/v2 HorizontalPodAutoscaler."""
    metrics, current = [], []
    for name, target, now in (
        ("cpu", scaler.cpu_target, scaler.cpu_now),
        ("memory", scaler.memory_target, scaler.memory_now),
    ):
        metrics.append(
            {
                "type": "Resource",
                "resource": {"name": name, "target": {"type": "Utilization", "averageUtilization": target}},
            }
        )
        if now is not None:
            value = cores(0.1 * now / 100) if name == "cpu" else size(128 * 1024**2 * now // 100)
            current.append(
                {
                    "type": "Resource",
                    "resource": {"name": name, "current": {"averageUtilization": now, "averageValue": value}},
                }
            )
    at = scaler.last_scale_at if scaler.last_scale_at is not None else scaler.meta.created_at
    measured = bool(current)
    conditions = [
        condition("AbleToScale", True, at, reason="ReadyForNewScale", message="recommended size matches current size"),
        condition(
            "ScalingActive",
            measured,
            at,
            reason="ValidMetricFound" if measured else "FailedGetResourceMetric",
            message="the HPA was able to successfully calculate a replica count from cpu resource utilization"
            if measured
            else "the HPA was unable to compute the replica count: failed to get cpu utilization",
        ),
        condition(
            "ScalingLimited",
            scaler.limited,
            at,
            reason="TooManyReplicas" if scaler.limited else "DesiredWithinRange",
            message="the desired replica count is more than the maximum replica count"
            if scaler.limited
            else "the desired count is within the acceptable range",
        ),
    ]
    status: Json = {
        "currentReplicas": scaler.current_replicas,
        "desiredReplicas": scaler.desired_replicas,
        "currentMetrics": current or None,
        "conditions": conditions,
    }
    if scaler.last_scale_at is not None:
        status["lastScaleTime"] = stamp(scaler.last_scale_at)
    return {
        "metadata": metadata(scaler.meta, "terraform", "autoscaling/v2"),
        "spec": {
            "scaleTargetRef": {"kind": "Deployment", "name": scaler.target, "apiVersion": "apps/v1"},
            "minReplicas": scaler.min_replicas,
            "maxReplicas": scaler.max_replicas,
            "metrics": metrics,
            "behavior": {
                "scaleUp": _behaviour(15, 100, 30),
                "scaleDown": _behaviour(300, 30, 60),
            },
        },
        "status": status,
    }


def _behaviour(window: int, percent: int, period: int) -> Json:
    return {
        "stabilizationWindowSeconds": window,
        "selectPolicy": "Max",
        "policies": [{"type": "Percent", "value": percent, "periodSeconds": period}],
    }


def cron_job_form(job: CronJob) -> Json:
    """Return a batch/v1 CronJob."""
    status: Json = {}
    if job.last_schedule_at is not None:
        status["lastScheduleTime"] = stamp(job.last_schedule_at)
    if job.last_success_at is not None:
        status["lastSuccessfulTime"] = stamp(job.last_success_at)
    container = {
        "name": job.meta.name,
        "image": job.image,
        "command": list(job.command),
        "imagePullPolicy": "IfNotPresent",
        "resources": {},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    }
    return {
        "metadata": metadata(job.meta, "terraform", "batch/v1", generation=True),
        "spec": {
            "schedule": job.schedule,
            "concurrencyPolicy": "Forbid",
            "suspend": job.suspended,
            "successfulJobsHistoryLimit": 1,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {
                "metadata": {},
                "spec": {
                    "template": {
                        "metadata": {},
                        "spec": {
                            "containers": [container],
                            "restartPolicy": "OnFailure",
                            "terminationGracePeriodSeconds": 30,
                            "dnsPolicy": "ClusterFirst",
                            "securityContext": {},
                            "schedulerName": "default-scheduler",
                        },
                    }
                },
            },
        },
        "status": status,
    }


def quota_form(quota: ResourceQuota) -> Json:
    """Return a core/v1 ResourceQuota."""
    hard = {name: quantity(name, value) for name, value in quota.hard.items()}
    used = {name: quantity(name, value) for name, value in quota.used.items()}
    return {
        "metadata": metadata(quota.meta, "terraform", "v1"),
        "spec": {"hard": hard},
        "status": {"hard": hard, "used": used},
    }


def event_form(event: Event) -> Json:
    """Return a core/v1 Event."""
    source = {"component": event.component}
    if event.host is not None:
        source["host"] = event.host
    return {
        "metadata": metadata(event.meta, event.component, "v1"),
        "involvedObject": {
            "kind": event.involved_kind,
            "namespace": event.meta.namespace,
            "name": event.involved_name,
            "uid": event.involved_uid,
            "apiVersion": event.involved_api_version,
        },
        "reason": event.reason,
        "message": event.message,
        "source": source,
        "firstTimestamp": stamp(event.first_at),
        "lastTimestamp": stamp(event.last_at),
        "count": event.count,
        "type": event.type,
        "eventTime": None,
        "reportingComponent": event.component,
        "reportingInstance": event.host or "",
    }


def config_map_form(config_map: ConfigMap) -> Json:
    """Return a core/v1 ConfigMap."""
    return {"metadata": metadata(config_map.meta, "helm", "v1"), "data": config_map.data}


def namespace_form(name: str, uid: str, created_at: float) -> Json:
    """Return a core/v1 Namespace."""
    return {
        "metadata": {
            "name": name,
            "uid": uid,
            "resourceVersion": "1",
            "creationTimestamp": stamp(created_at),
            "labels": {"kubernetes.io/metadata.name": name},
        },
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }
