"""Objects as an apiserver sends them: the recorded shapes, with the fields nobody reads left in."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

CREATED = "2026-11-21T11:00:00Z"

SPEC = {
    "githubConfigUrl": "https://github.com/acme",
    "githubConfigSecret": "github",
    "runnerScaleSetId": 5,
    "spec": {"containers": []},
}
"""Of an ephemeral runner."""


def metadata(name: str, namespace: str = "runners", **more: object) -> Json:
    return {
        "name": name,
        "namespace": namespace,
        "uid": f"uid-{namespace}-{name}",
        "resourceVersion": "1",
        "creationTimestamp": CREATED,
        "managedFields": [{"manager": "kubelet", "operation": "Update", "fieldsV1": {"f:status": {}}}],
        **more,
    }


def owner(kind: str, name: str) -> list[Json]:
    return [
        {"apiVersion": "v1", "kind": kind, "name": name, "uid": "u", "controller": True, "blockOwnerDeletion": True}
    ]


def container(name: str = "build", image: str = "alpine:3", resources: Json | None = None) -> Json:
    return {
        "name": name,
        "image": image,
        "resources": resources or {},
        "terminationMessagePath": "/dev/termination-log",
        "imagePullPolicy": "Always",
    }


def running(name: str = "build", **more: object) -> Json:
    return {
        "name": name,
        "state": {"running": {"startedAt": "2026-11-21T11:00:05Z"}},
        "lastState": {},
        "ready": True,
        "restartCount": 0,
        "image": "alpine:3",
        "imageID": "sha256:1",
        "started": True,
        **more,
    }


def waiting(reason: str, name: str = "build", message: str | None = None, **more: object) -> Json:
    said = {"reason": reason} if message is None else {"reason": reason, "message": message}
    return {"name": name, "state": {"waiting": said}, "lastState": {}, "ready": False, "restartCount": 0, **more}


def terminated(reason: str, code: int, name: str = "build", **more: object) -> Json:
    return {"name": name, "state": {"terminated": ending(reason, code)}, "ready": False, "restartCount": 0, **more}


def ending(reason: str, code: int) -> Json:
    return {
        "exitCode": code,
        "reason": reason,
        "startedAt": "2026-11-21T11:10:00Z",
        "finishedAt": "2026-11-21T11:20:00Z",
        "containerID": "containerd://1",
    }


def pod(
    name: str = "build-1",
    namespace: str = "runners",
    *,
    labels: Json | None = None,
    annotations: Json | None = None,
    owners: list[Json] | None = None,
    containers: list[Json] | None = None,
    init: list[Json] | None = None,
    statuses: list[Json] | None = None,
    init_statuses: list[Json] | None = None,
    phase: str = "Running",
    conditions: list[Json] | None = None,
    **status: object,
) -> Json:
    about = metadata(name, namespace)
    for field, value in (("labels", labels), ("annotations", annotations), ("ownerReferences", owners)):
        if value is not None:
            about[field] = value
    spec: Json = {"containers": containers or [container()], "nodeName": "node-1", "restartPolicy": "Never"}
    if init is not None:
        spec["initContainers"] = init
    whole: Json = {"phase": phase, "startTime": "2026-11-21T11:00:01Z", "qosClass": "Burstable", **status}
    whole["conditions"] = [{"type": "Ready", "status": "True"}] if conditions is None else conditions
    whole["containerStatuses"] = [running()] if statuses is None else statuses
    if init_statuses is not None:
        whole["initContainerStatuses"] = init_statuses
    return {"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": spec, "status": whole}


def manager_pod(name: str = "docker-7d9-x", namespace: str = "runners", release: str = "docker") -> Json:
    labels = {
        "app": f"{release}-gitlab-runner",
        "chart": "gitlab-runner-0.80.0",
        "release": release,
        "heritage": "Helm",
        "pod-template-hash": "7d9",
    }
    return pod(
        name,
        namespace,
        labels=labels,
        owners=owner("ReplicaSet", f"{release}-gitlab-runner-7d9"),
        containers=[
            container(f"{release}-gitlab-runner", "registry.gitlab.com/gitlab-org/gitlab-runner:alpine-v18.1.0")
        ],
        statuses=[running(f"{release}-gitlab-runner")],
    )


def job_pod(name: str = "runner-abc-project-7-concurrent-0-xyz", namespace: str = "runners") -> Json:
    labels = {
        "pod": "runner-abc-project-7-concurrent-0",
        "job.runner.gitlab.com/pod": "runner-abc-project-7-concurrent-0",
        "manager.runner.gitlab.com/id-short": "abcDEF123",
        "manager.runner.gitlab.com/name": "docker-7d9-x",
        "project.runner.gitlab.com/id": "7",
        "project.runner.gitlab.com/name": "shop",
        "project.runner.gitlab.com/namespace": "web",
        "project.runner.gitlab.com/root-namespace": "acme",
    }
    annotations = {
        "job.runner.gitlab.com/id": "4711",
        "job.runner.gitlab.com/url": "https://gitlab.example.com/acme/web/shop/-/jobs/4711",
        "job.runner.gitlab.com/name": "test",
    }
    return pod(name, namespace, labels=labels, annotations=annotations)


def runner_pod(name: str = "linux-abcde-runner-1", namespace: str = "arc-runners") -> Json:
    labels = {
        "actions.github.com/scale-set-name": "linux",
        "actions.github.com/scale-set-namespace": namespace,
        "actions.github.com/organization": "acme",
        "app.kubernetes.io/component": "runner",
        "app.kubernetes.io/part-of": "gha-runner-scale-set",
        "app.kubernetes.io/version": "0.14.2",
        "actions-ephemeral-runner": "True",
        "pod-template-hash": "5c4",
    }
    return pod(name, namespace, labels=labels, owners=owner("EphemeralRunner", name))


def event(name: str = "build-1.17a", namespace: str = "runners", **more: object) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": metadata(name, namespace),
        "involvedObject": {"kind": "Pod", "namespace": namespace, "name": "build-1", "uid": "u", "apiVersion": "v1"},
        "reason": "BackOff",
        "message": "Back-off restarting failed container build in pod build-1",
        "source": {"component": "kubelet", "host": "node-1"},
        "firstTimestamp": "2026-11-21T11:00:00Z",
        "lastTimestamp": "2026-11-21T11:30:00Z",
        "count": 12,
        "type": "Warning",
        "eventTime": None,
        "reportingComponent": "kubelet",
        "reportingInstance": "node-1",
        **more,
    }


def deployment(name: str = "docker-gitlab-runner", namespace: str = "runners", release: str = "docker") -> Json:
    labels = {"app": name, "chart": "gitlab-runner-0.80.0", "release": release, "heritage": "Helm"}
    image = "registry.gitlab.com/gitlab-org/gitlab-runner:alpine-v18.1.0"
    limits = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"cpu": "1", "memory": "1Gi"}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(
            name, namespace, labels=labels, annotations={"meta.helm.sh/release-name": release}, generation=3
        ),
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"creationTimestamp": None, "labels": labels},
                "spec": {"containers": [container(name, image, limits), container("sidecar", "proxy:1")]},
            },
        },
        "status": {"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 1},
    }


def autoscaler(name: str = "docker", namespace: str = "runners") -> Json:
    def metric(resource: str, field: str, value: int) -> Json:
        return {"type": "Resource", "resource": {"name": resource, field: {"averageUtilization": value}}}

    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": metadata(name, namespace),
        "spec": {
            "scaleTargetRef": {"kind": "Deployment", "name": "docker-gitlab-runner", "apiVersion": "apps/v1"},
            "minReplicas": 1,
            "maxReplicas": 5,
            "metrics": [metric("cpu", "target", 70), metric("memory", "target", 80)],
        },
        "status": {
            "currentReplicas": 2,
            "desiredReplicas": 3,
            "currentMetrics": [{"type": ""}, metric("cpu", "current", 91)],
            "conditions": [
                {"type": "ScalingLimited", "status": "True", "reason": "TooManyReplicas", "message": "at the maximum"}
            ],
        },
    }


def cron_job(name: str = "warm-pool", namespace: str = "runners") -> Json:
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": metadata(name, namespace),
        "spec": {
            "schedule": "0 7 * * 1-5",
            "timeZone": "Europe/Berlin",
            "suspend": True,
            "concurrencyPolicy": "Forbid",
        },
        "status": {
            "active": [{"kind": "Job", "namespace": namespace, "name": "warm-pool-1"}],
            "lastScheduleTime": "2026-11-20T07:00:00Z",
            "lastSuccessfulTime": "2026-11-20T07:00:40Z",
        },
    }


def quota(name: str = "runners", namespace: str = "runners") -> Json:
    hard = {"limits.cpu": "40", "requests.memory": "64Gi", "pods": "100"}
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": metadata(name, namespace),
        "spec": {"hard": hard},
        "status": {"hard": hard, "used": {"limits.cpu": "12500m", "requests.memory": "32768Mi", "pods": "7"}},
    }


def scale_set(name: str = "linux", namespace: str = "arc-runners", **status: object) -> Json:
    limits = {"requests": {"cpu": 2, "memory": "4Gi"}, "limits": {"cpu": "4", "memory": "8Gi"}}
    return {
        "apiVersion": "actions.github.com/v1alpha1",
        "kind": "AutoscalingRunnerSet",
        "metadata": metadata(
            name,
            namespace,
            labels={"app.kubernetes.io/version": "0.14.2", "app.kubernetes.io/part-of": "gha-runner-scale-set"},
            annotations={"runner-scale-set-id": "5", "actions.github.com/runner-group-name": "Default"},
        ),
        "spec": {
            "githubConfigUrl": "https://github.com/acme",
            "githubConfigSecret": "github",
            "runnerGroup": "default",
            "runnerScaleSetName": "linux-x64",
            "runnerScaleSetLabels": ["linux-x64", "big"],
            "minRunners": 1,
            "maxRunners": 10,
            "template": {
                "spec": {
                    "containers": [
                        container("dind", "docker:dind"),
                        container("runner", "ghcr.io/actions/actions-runner:2.335.1", limits),
                    ]
                }
            },
        },
        "status": status
        or {
            "currentRunners": 3,
            "phase": "Running",
            "pendingEphemeralRunners": 1,
            "runningEphemeralRunners": 2,
            "failedEphemeralRunners": 0,
        },
    }


def runner_set(name: str = "linux-abcde", namespace: str = "arc-runners") -> Json:
    return {
        "apiVersion": "actions.github.com/v1alpha1",
        "kind": "EphemeralRunnerSet",
        "metadata": metadata(
            name,
            namespace,
            labels={"actions.github.com/scale-set-name": "linux"},
            ownerReferences=owner("AutoscalingRunnerSet", "linux"),
        ),
        "spec": {"replicas": 3, "patchID": 9, "ephemeralRunnerSpec": SPEC},
        "status": {
            "currentReplicas": 3,
            "phase": "Running",
            "runningEphemeralRunners": 2,
            "pendingEphemeralRunners": 1,
        },
    }


def ephemeral_runner(name: str = "linux-abcde-runner-1", namespace: str = "arc-runners", **status: object) -> Json:
    return {
        "apiVersion": "actions.github.com/v1alpha1",
        "kind": "EphemeralRunner",
        "metadata": metadata(
            name,
            namespace,
            labels={"actions.github.com/scale-set-name": "linux", "actions.github.com/scale-set-namespace": namespace},
            ownerReferences=owner("EphemeralRunnerSet", "linux-abcde"),
        ),
        "spec": SPEC,
        "status": status
        or {
            "ready": True,
            "phase": "Running",
            "runnerId": 77,
            "runnerName": name,
            "jobRequestId": 12,
            "jobId": "c0ffee",
            "jobRepositoryName": "acme/shop",
            "jobWorkflowRef": "acme/shop/.github/workflows/ci.yml@refs/heads/main",
            "workflowRunId": 9_000_000_001,
            "jobDisplayName": "test",
        },
    }


def listener(name: str = "linux-1-listener", namespace: str = "arc-systems", **spec: object) -> Json:
    return {
        "apiVersion": "actions.github.com/v1alpha1",
        "kind": "AutoscalingListener",
        "metadata": metadata(name, namespace),
        "spec": {
            "autoscalingRunnerSetName": "linux",
            "autoscalingRunnerSetNamespace": "arc-runners",
            "ephemeralRunnerSetName": "linux-abcde",
            "runnerScaleSetId": 5,
            "image": "ghcr.io/actions/gha-runner-scale-set-controller:0.14.2",
            **(spec or {"minRunners": 1, "maxRunners": 10}),
        },
        "status": {},
    }
