"""The four kinds of ARC as the API serves them; up to chart 0.13 a scale set's phase stands in `status.state`."""

from __future__ import annotations

from flywheel_tui.simulator.kubernetes.forms import Json, metadata, resources_of, stamp
from flywheel_tui.simulator.world.model_cluster import EphemeralRunner, EphemeralRunnerSet, Listener, ScaleSet

API_VERSION = "actions.github.com/v1alpha1"


def _template(scale_set: ScaleSet) -> Json:
    container = scale_set.container
    return {
        "metadata": {"labels": {"app.kubernetes.io/component": "runner"}},
        "spec": {
            "containers": [
                {
                    "name": container.name,
                    "image": container.image,
                    "command": list(container.command),
                    "resources": resources_of(container),
                }
            ],
            "restartPolicy": "Never",
            "serviceAccountName": f"{scale_set.meta.name}-gha-rs-no-permission",
        },
    }


def _secret(scale_set: ScaleSet) -> str:
    return f"{scale_set.meta.name}-github-secret"


def scale_set_form(scale_set: ScaleSet) -> Json:
    """Return an AutoscalingRunnerSet."""
    spec: Json = {
        "githubConfigUrl": scale_set.config_url,
        "githubConfigSecret": _secret(scale_set),
        "runnerGroup": scale_set.runner_group,
        "runnerScaleSetName": scale_set.label,
        "template": _template(scale_set),
        "minRunners": scale_set.min_runners,
    }
    if scale_set.max_runners is not None:
        spec["maxRunners"] = scale_set.max_runners
    if scale_set.labels_extra:
        spec["runnerScaleSetLabels"] = list(scale_set.labels_extra)
    status: Json = {
        "currentRunners": scale_set.current,
        "pendingEphemeralRunners": scale_set.pending,
        "runningEphemeralRunners": scale_set.running,
        "failedEphemeralRunners": scale_set.failed,
    }
    old = _minor(scale_set.arc_version) < (0, 14)
    status["state" if old else "phase"] = scale_set.phase
    return {
        "metadata": metadata(scale_set.meta, "manager", API_VERSION, generation=True),
        "spec": spec,
        "status": status,
    }


def _minor(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


def _ephemeral_spec(scale_set: ScaleSet) -> Json:
    template = _template(scale_set)
    return {
        "githubConfigUrl": scale_set.config_url,
        "githubConfigSecret": _secret(scale_set),
        "runnerScaleSetId": scale_set.scale_set_id,
        "metadata": template["metadata"],
        "spec": template["spec"],
    }


def runner_set_form(runner_set: EphemeralRunnerSet, scale_set: ScaleSet) -> Json:
    """Return an EphemeralRunnerSet."""
    status: Json = {
        "currentReplicas": runner_set.current,
        "pendingEphemeralRunners": runner_set.pending,
        "runningEphemeralRunners": runner_set.running,
        "failedEphemeralRunners": runner_set.failed,
    }
    if _minor(scale_set.arc_version) >= (0, 14):
        status["phase"] = runner_set.phase
    return {
        "metadata": metadata(runner_set.meta, "manager", API_VERSION, generation=True),
        "spec": {
            "replicas": runner_set.replicas,
            "patchID": runner_set.patch_id,
            "ephemeralRunnerSpec": _ephemeral_spec(scale_set),
        },
        "status": status,
    }


def ephemeral_runner_form(runner: EphemeralRunner, scale_set: ScaleSet) -> Json:
    """Return an EphemeralRunner."""
    status: Json = {"phase": runner.phase, "ready": runner.ready}
    if runner.runner_id:
        status |= {"runnerId": runner.runner_id, "runnerName": runner.meta.name}
    if runner.reason:
        status |= {"reason": runner.reason, "message": runner.message}
    if runner.failures:
        status["failures"] = {uid: stamp(at) for uid, at in runner.failures.items()}
    if runner.job_id:
        status |= {
            "jobRequestId": runner.job_request_id,
            "jobId": runner.job_id,
            "jobRepositoryName": runner.job_repository,
            "jobWorkflowRef": runner.job_workflow_ref,
            "workflowRunId": runner.workflow_run_id,
            "jobDisplayName": runner.job_name,
        }
    return {
        "metadata": metadata(runner.meta, "manager", API_VERSION, generation=True),
        "spec": _ephemeral_spec(scale_set),
        "status": status,
    }


def listener_form(listener: Listener, scale_set: ScaleSet, runner_set: str) -> Json:
    """Return an AutoscalingListener."""
    return {
        "metadata": metadata(listener.meta, "manager", API_VERSION, generation=True),
        "spec": {
            "githubConfigUrl": scale_set.config_url,
            "githubConfigSecret": _secret(scale_set),
            "runnerScaleSetId": scale_set.scale_set_id,
            "autoscalingRunnerSetNamespace": listener.scale_set_namespace,
            "autoscalingRunnerSetName": listener.scale_set,
            "ephemeralRunnerSetName": runner_set,
            "maxRunners": listener.max_runners,
            "minRunners": listener.min_runners,
            "image": f"ghcr.io/actions/gha-runner-scale-set-controller:{scale_set.arc_version}",
        },
        "status": {},
    }
