"""Deployments, autoscalers, cron jobs and quotas become rows."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec

from flywheel_tui.domain.workload import Autoscaler, CronJob, Deployment, Quota, QuotaLine
from flywheel_tui.sources.kubernetes import wire
from flywheel_tui.sources.kubernetes.parse_workload import (
    parse_autoscaler,
    parse_cron_job,
    parse_deployment,
    parse_quota,
)
from tests.unit.sources.kubernetes.objects import Json, autoscaler, cron_job, deployment, quota

CREATED = datetime(2026, 11, 21, 11, tzinfo=UTC)


def read_deployment(item: Json) -> Deployment:
    return parse_deployment(msgspec.json.decode(json.dumps(item), type=wire.Deployment), "prod")


def read_autoscaler(item: Json) -> Autoscaler:
    return parse_autoscaler(msgspec.json.decode(json.dumps(item), type=wire.Autoscaler), "prod")


def read_quota(item: Json) -> Quota:
    return parse_quota(msgspec.json.decode(json.dumps(item), type=wire.Quota), "prod")


def read_cron_job(item: Json) -> CronJob:
    return parse_cron_job(msgspec.json.decode(json.dumps(item), type=wire.CronJob), "prod")


def test_a_deployment_has_the_resources_of_its_main_container() -> None:
    assert read_deployment(deployment()) == Deployment(
        key="prod/deployment/runners/docker-gitlab-runner",
        context="prod",
        namespace="runners",
        name="docker-gitlab-runner",
        release="docker",
        chart="gitlab-runner-0.80.0",
        image="registry.gitlab.com/gitlab-org/gitlab-runner:alpine-v18.1.0",
        replicas=2,
        ready_replicas=1,
        updated_replicas=2,
        available_replicas=0,
        cpu_request=0.1,
        cpu_limit=1.0,
        memory_request=128 * 2.0**20,
        memory_limit=2.0**30,
        created_at=CREATED,
    )


def test_a_deployment_nobody_looked_at_yet_has_unknown_replicas() -> None:
    item = deployment()
    item["status"] = {}
    row = read_deployment(item)
    assert (row.replicas, row.ready_replicas, row.available_replicas) == (2, None, None)


def test_the_release_is_found_in_the_label_or_in_helms_annotation() -> None:
    item = deployment(release="docker")
    labels = item["metadata"]["labels"] = {"app.kubernetes.io/instance": "by-instance"}
    assert read_deployment(item).release == "by-instance"
    labels.clear()
    assert read_deployment(item).release == "docker"
    item["metadata"]["annotations"] = None
    assert read_deployment(item).release is None


def test_an_autoscaler() -> None:
    assert read_autoscaler(autoscaler()) == Autoscaler(
        key="prod/autoscaler/runners/docker",
        context="prod",
        namespace="runners",
        name="docker",
        target_kind="Deployment",
        target_name="docker-gitlab-runner",
        min_replicas=1,
        max_replicas=5,
        current_replicas=2,
        desired_replicas=3,
        cpu_target=70,
        cpu_current=91,
        memory_target=80,
        memory_current=None,
        conditions=(("ScalingLimited", "True", "TooManyReplicas", "at the maximum"),),
        created_at=CREATED,
    )


def test_an_autoscaler_without_metrics_is_unknown_and_one_at_zero_is_zero() -> None:
    item = autoscaler()
    item["status"] = None
    item["spec"]["metrics"] = [{"type": "Pods", "pods": {"metric": {"name": "queue"}}}]
    row = read_autoscaler(item)
    assert (row.current_replicas, row.desired_replicas, row.cpu_target) == (None, None, None)
    item["status"] = {"desiredReplicas": 0, "currentMetrics": None}
    assert read_autoscaler(item).current_replicas == 0


def test_a_cron_job() -> None:
    assert read_cron_job(cron_job()) == CronJob(
        key="prod/cronjob/runners/warm-pool",
        context="prod",
        namespace="runners",
        name="warm-pool",
        schedule="0 7 * * 1-5",
        time_zone="Europe/Berlin",
        suspended=True,
        active=1,
        last_scheduled_at=datetime(2026, 11, 20, 7, tzinfo=UTC),
        last_succeeded_at=datetime(2026, 11, 20, 7, 0, 40, tzinfo=UTC),
        created_at=CREATED,
    )


def test_a_quota_in_base_units() -> None:
    assert read_quota(quota()).lines == (
        QuotaLine(resource="limits.cpu", hard=40.0, used=12.5),
        QuotaLine(resource="pods", hard=100.0, used=7.0),
        QuotaLine(resource="requests.memory", hard=64 * 2.0**30, used=32 * 2.0**30),
    )


def test_a_quota_that_was_not_counted_yet_has_bounds_and_unknown_use() -> None:
    item = quota()
    item["status"] = {}
    item["spec"]["hard"] = {"pods": "3", "limits.cpu": "nonsense"}
    assert read_quota(item).lines == (QuotaLine(resource="pods", hard=3.0, used=None),)
