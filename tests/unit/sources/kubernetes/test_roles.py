"""What a pod is for, by its marks."""

from __future__ import annotations

import json

import msgspec
import pytest

from flywheel_tui.domain.workload import PodRole
from flywheel_tui.sources.kubernetes import wire
from flywheel_tui.sources.kubernetes.parse import parse_pod
from flywheel_tui.sources.kubernetes.roles import deployment_belongs, pod_belongs
from tests.unit.sources.kubernetes.objects import (
    Json,
    container,
    deployment,
    job_pod,
    manager_pod,
    owner,
    pod,
    runner_pod,
)

LISTENER = {"app.kubernetes.io/component": "runner-scale-set-listener", "actions.github.com/scale-set-name": "linux"}
CONTROLLER = {"app.kubernetes.io/part-of": "gha-rs-controller", "app.kubernetes.io/component": "controller-manager"}
WARM = {"runner.gitlab.com/pause-pod": "true", "manager.runner.gitlab.com/id-short": "abc"}


def read(item: Json) -> wire.Pod:
    return msgspec.json.decode(json.dumps(item), type=wire.Pod)


@pytest.mark.parametrize(
    ("item", "role"),
    [
        (manager_pod(), PodRole.MANAGER),
        (pod(labels={"helm.sh/chart": "gitlab-runner-0.80.0"}), PodRole.MANAGER),
        (pod(containers=[container(image="gitlab/gitlab-runner:latest")]), PodRole.MANAGER),
        (pod(containers=[container(image="r.test:5000/x/gitlab-runner-ocp@sha256:1")]), PodRole.MANAGER),
        (pod(containers=[container(image="gitlab/gitlab-runner-helper:x86_64")]), PodRole.OTHER),
        (pod(labels={"chart": "gitlab-runnerx-1"}), PodRole.OTHER),
        (job_pod(), PodRole.JOB),
        (pod(annotations={"job.runner.gitlab.com/id": "1"}), PodRole.JOB),
        (pod(labels={"runner-pod": "linux-abcde-runner-1"}), PodRole.JOB),
        (runner_pod(), PodRole.RUNNER),
        (pod(owners=owner("EphemeralRunner", "x")), PodRole.RUNNER),
        (pod(labels=LISTENER), PodRole.LISTENER),
        (pod(labels=CONTROLLER), PodRole.CONTROLLER),
        (pod(labels={"app.kubernetes.io/name": "gha-rs-controller"}), PodRole.CONTROLLER),
        (pod(labels=WARM), PodRole.OTHER),
        (pod(), PodRole.OTHER),
        (pod(labels={}, annotations={}), PodRole.OTHER),
    ],
)
def test_a_pod_has_the_role_of_its_marks(item: Json, role: PodRole) -> None:
    read_pod = read(item)
    assert parse_pod(read_pod, "prod").role is role
    assert pod_belongs(read_pod) is (role is not PodRole.OTHER or item["metadata"].get("labels") == WARM)


def test_what_carries_a_scale_set_belongs_whatever_it_does() -> None:
    assert pod_belongs(read(pod(labels={"actions.github.com/scale-set-name": "linux"})))


def test_a_deployment_belongs_by_its_chart_or_by_the_pods_it_makes() -> None:
    charted = deployment()
    by_template = deployment()
    by_template["metadata"]["labels"] = {}
    foreign = deployment()
    foreign["metadata"]["labels"] = {"chart": "shop-1.0"}
    foreign["spec"]["template"] = {"metadata": {}, "spec": {"containers": [container()]}}
    empty = deployment()
    empty["metadata"].pop("labels")
    empty["spec"].pop("template")
    items = [charted, by_template, foreign, empty]
    found = [deployment_belongs(msgspec.json.decode(json.dumps(item), type=wire.Deployment)) for item in items]
    assert found == [True, True, False, False]
