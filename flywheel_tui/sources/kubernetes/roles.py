"""What a pod is for, by its labels: those of GitLab Runner, its Helm chart, and ARC.

Sources: docs.gitlab.com, "Kubernetes executor", default labels of job pods; the chart gitlab-runner; ARC's
``resourcebuilder.go`` and the chart gha-runner-scale-set-controller.
"""

from __future__ import annotations

import re
from typing import Final

from flywheel_tui.domain.workload import PodRole
from flywheel_tui.sources.kubernetes.wire import (
    NO_ANNOTATIONS,
    NO_LABELS,
    Annotations,
    Deployment,
    Labels,
    Pod,
    PodSpec,
)

RUNNER_CHART: Final = "gitlab-runner-"
CONTROLLER: Final = "gha-rs-controller"

# gitlab/gitlab-runner:alpine-v18.1.0, registry.gitlab.com/…/gitlab-runner-ocp@sha256:…, but not gitlab-runner-helper.
_RUNNER_IMAGE: Final = re.compile(r"(?:^|/)gitlab-runner(?:-ocp|-fips)?(?:[:@]|$)")


def pod_role(labels: Labels, annotations: Annotations, spec: PodSpec | None, owner_kind: str | None = None) -> PodRole:
    """Return what a pod of these labels is for.

    Args:
        labels: The pod's, or those of a pod template.
        annotations: The same.
        spec: For the image: a manager that no chart installed is known by what it runs.
        owner_kind: Kind of the controlling owner.
    """
    if labels.component == "runner-scale-set-listener":
        return PodRole.LISTENER
    if CONTROLLER in (labels.part_of, labels.app_name):
        return PodRole.CONTROLLER
    if labels.pause_pod:
        # A placeholder that GitLab Runner keeps warm runs no job.
        return PodRole.OTHER
    if labels.job_pod or labels.manager_id or annotations.job_id or labels.runner_pod:
        return PodRole.JOB
    if labels.ephemeral_runner or owner_kind == "EphemeralRunner":
        return PodRole.RUNNER
    if (labels.chart or labels.helm_chart or "").startswith(RUNNER_CHART) or _runs_manager(spec):
        return PodRole.MANAGER
    return PodRole.OTHER


def pod_belongs(pod: Pod) -> bool:
    """Return whether a pod belongs to the fleet, wherever it lives."""
    metadata = pod.metadata
    owner = metadata.controller
    role = pod_role(metadata.labels, metadata.annotations, pod.spec, owner.kind if owner else None)
    return role is not PodRole.OTHER or bool(metadata.labels.pause_pod or metadata.labels.scale_set)


def deployment_belongs(deployment: Deployment) -> bool:
    """Return whether a Deployment makes pods of the fleet, wherever it lives."""
    template = deployment.spec.template if deployment.spec else None
    if (deployment.metadata.labels.chart or "").startswith(RUNNER_CHART):
        return True
    if template is None:
        return False
    labels = template.metadata.labels if template.metadata else NO_LABELS
    annotations = template.metadata.annotations if template.metadata else NO_ANNOTATIONS
    return pod_role(labels, annotations, template.spec) is not PodRole.OTHER


def _runs_manager(spec: PodSpec | None) -> bool:
    containers = spec.containers if spec else None
    return any(container.image and _RUNNER_IMAGE.search(container.image) for container in containers or ())
