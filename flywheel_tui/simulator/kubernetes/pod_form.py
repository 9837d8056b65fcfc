"""A pod of the world as core/v1 Pod."""

from __future__ import annotations

import hashlib

from flywheel_tui.simulator.kubernetes.forms import Json, condition, metadata, resources_of, stamp
from flywheel_tui.simulator.world.model_cluster import Container, ContainerStatus, Pod, PodRole

_TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a path, not a token
_CREATORS = {
    PodRole.GITLAB_MANAGER: "kube-controller-manager",
    PodRole.GITLAB_JOB: "gitlab-runner",
    PodRole.ARC_RUNNER: "manager",
    PodRole.ARC_LISTENER: "manager",
    PodRole.ARC_CONTROLLER: "kube-controller-manager",
}


def pod_form(pod: Pod) -> Json:
    """Return the pod as the API serves it."""
    meta = metadata(pod.meta, _CREATORS[pod.role], "v1")
    if pod.meta.owner is not None and pod.meta.owner[1] == "ReplicaSet":
        meta["generateName"] = pod.meta.owner[2] + "-"
    return {"metadata": meta, "spec": pod_spec(pod), "status": _status(pod)}


def pod_spec(pod: Pod) -> Json:
    """Return the pod's spec."""
    volume = f"kube-api-access-{pod.meta.uid[-5:]}"
    spec: Json = {
        "volumes": [
            {
                "name": volume,
                "projected": {
                    "sources": [
                        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                        {
                            "configMap": {
                                "name": "kube-root-ca.crt",
                                "items": [{"key": "ca.crt", "path": "ca.crt"}],
                            }
                        },
                    ],
                    "defaultMode": 420,
                },
            }
        ],
        "containers": [_container(container, volume) for container in pod.containers],
        "restartPolicy": pod.restart_policy,
        "terminationGracePeriodSeconds": 3600 if pod.role is PodRole.GITLAB_MANAGER else 30,
        "dnsPolicy": "ClusterFirst",
        "serviceAccountName": pod.service_account,
        "serviceAccount": pod.service_account,
        "securityContext": {},
        "schedulerName": "default-scheduler",
        "tolerations": [
            {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
        ],
        "priority": 0,
        "enableServiceLinks": True,
        "preemptionPolicy": "PreemptLowerPriority",
    }
    if pod.node is not None:
        spec["nodeName"] = pod.node
    return spec


def _container(container: Container, volume: str) -> Json:
    made: Json = {
        "name": container.name,
        "image": container.image,
        "resources": resources_of(container),
        "volumeMounts": [{"name": volume, "readOnly": True, "mountPath": _TOKEN_PATH}],
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
    }
    if container.command:
        made["command"] = list(container.command)
    if container.privileged:
        made["securityContext"] = {"privileged": True}
    return made


def _status(pod: Pod) -> Json:
    status: Json = {"phase": pod.phase, "conditions": _conditions(pod)}
    if pod.reason is not None:
        status["reason"] = pod.reason
    if pod.message is not None:
        status["message"] = pod.message
    if pod.node is not None:
        # The node's address follows from its number: worker-007 is 192.0.2.17.
        status["hostIP"] = f"192.0.2.{10 + int(pod.node.rsplit('-', 1)[1]) % 240}"
        status["startTime"] = stamp(pod.started_at if pod.started_at is not None else pod.meta.created_at)
        states = dict(zip((container.name for container in pod.containers), pod.statuses, strict=False))
        status["containerStatuses"] = [
            _container_status(container, states.get(container.name)) for container in pod.containers
        ]
    if pod.ip is not None:
        status["podIP"] = pod.ip
        status["podIPs"] = [{"ip": pod.ip}]
    status["qosClass"] = _quality(pod.containers)
    return status


def _quality(containers: tuple[Container, ...]) -> str:
    amounts = [(each.cpu_request, each.cpu_limit, each.memory_request, each.memory_limit) for each in containers]
    if all(None not in each and each[0] == each[1] and each[2] == each[3] for each in amounts):
        return "Guaranteed"
    return "Burstable" if any(value is not None for each in amounts for value in each) else "BestEffort"


def _conditions(pod: Pod) -> list[Json]:
    created = pod.meta.created_at
    if pod.node is None:
        made = condition("PodScheduled", False, created, reason="Unschedulable", message=pod.unschedulable)
        return [made] if pod.unschedulable is not None else []
    ready = pod.ready_at is not None and pod.phase == "Running" and all(status.ready for status in pod.statuses)
    at = pod.ready_at if pod.ready_at is not None else created
    reason = None if ready else "ContainersNotReady"
    if not ready and pod.phase in ("Succeeded", "Failed"):
        reason = "PodCompleted" if pod.phase == "Succeeded" else "PodFailed"
    message = None
    if reason == "ContainersNotReady":
        states = {status.name: status for status in pod.statuses}
        lacking = [each.name for each in pod.containers if each.name not in states or not states[each.name].ready]
        message = f"containers with unready status: [{' '.join(lacking)}]"
    return [
        condition("Initialized", True, created),
        condition("Ready", ready, at, reason=reason, message=message),
        condition("ContainersReady", ready, at, reason=reason, message=message),
        condition("PodScheduled", True, created),
    ]


def _container_status(container: Container, status: ContainerStatus | None) -> Json:
    if status is None:
        return {
            "name": container.name,
            "image": container.image,
            "imageID": "",
            "ready": False,
            "started": False,
            "restartCount": 0,
            "lastState": {},
            "state": {"waiting": {"reason": "ContainerCreating"}},
        }
    state: Json
    if status.running_since is not None:
        state = {"running": {"startedAt": stamp(status.running_since)}}
    elif status.waiting is not None:
        state = {"waiting": {"reason": status.waiting}}
        if status.waiting_message is not None:
            state["waiting"]["message"] = status.waiting_message
    else:
        state = _ended(container, status, "terminated")
    made: Json = {
        "name": container.name,
        "image": container.image,
        "imageID": _digest(container.image),
        "ready": status.ready,
        "started": status.running_since is not None,
        "restartCount": status.restarts,
        "lastState": _ended(container, status, "last"),
        "state": state,
    }
    if status.running_since is not None or status.terminated is not None or status.last is not None:
        made["containerID"] = _container_id(container, status)
    return made


def _ended(container: Container, status: ContainerStatus, which: str) -> Json:
    ended = status.terminated if which == "terminated" else status.last
    if ended is None:
        return {}
    made: Json = {
        "exitCode": ended.exit_code,
        "reason": ended.reason,
        "startedAt": stamp(ended.started_at),
        "finishedAt": stamp(ended.finished_at),
        "containerID": _container_id(container, status),
    }
    if ended.message is not None:
        made["message"] = ended.message
    return {"terminated": made}


def _digest(image: str) -> str:
    repository = image.rsplit(":", 1)[0]
    return f"{repository}@sha256:{_hash(image)}"


def _container_id(container: Container, status: ContainerStatus) -> str:
    return f"containerd://{_hash(f'{container.name}{container.image}{status.running_since}{status.restarts}')}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
