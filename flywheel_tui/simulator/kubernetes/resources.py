"""What the API server serves: one entry for each resource, with its names, verbs, selectable fields and form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from flywheel_tui.simulator.kubernetes import arc_forms, workload_forms
from flywheel_tui.simulator.kubernetes.forms import Json
from flywheel_tui.simulator.kubernetes.pod_form import pod_form
from flywheel_tui.simulator.world.model_cluster import (
    EphemeralRunner,
    EphemeralRunnerSet,
    Event,
    Kind,
    Listener,
    Object,
    Pod,
    ScaleSet,
)
from flywheel_tui.simulator.world.table import Table
from flywheel_tui.simulator.world.world import World

ARC_GROUP = "actions.github.com"
_READ = ("get", "list", "watch")
_NAMES = frozenset(("metadata.name", "metadata.namespace"))


class Resource(msgspec.Struct, frozen=True):
    """A resource.

    Attributes:
        kind: Its kind.
        group: API group, empty for the core.
        version: API version.
        plural, singular, short: Its names.
        verbs: What can be done with it here.
        rows: The table of a world that its objects are in.
        form: An object of a world as JSON, without apiVersion and kind.
        fields: The selectable fields of an object.
        supported: The names of the selectable fields.
        custom: Whether a CustomResourceDefinition defines it: its items name their kind in lists, and it has no
            strategic merge patch.
        namespaced: Whether it lives in namespaces.
    """

    kind: Kind
    group: str
    version: str
    plural: str
    singular: str
    rows: Callable[[World], Table[Any]]
    form: Callable[[World, Any], Json]
    short: tuple[str, ...] = ()
    verbs: tuple[str, ...] = _READ
    fields: Callable[[Any], dict[str, str]] | None = None
    supported: frozenset[str] = _NAMES
    custom: bool = False
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        """`v1` or `group/version`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def selectable(self, row: Object) -> dict[str, str]:
        """Return the values of an object's selectable fields."""
        made = {"metadata.name": row.meta.name, "metadata.namespace": row.meta.namespace}
        return made if self.fields is None else made | self.fields(row)


def _pod_fields(pod: Pod) -> dict[str, str]:
    return {
        "spec.nodeName": pod.node or "",
        "spec.restartPolicy": pod.restart_policy,
        "spec.schedulerName": "default-scheduler",
        "spec.serviceAccountName": pod.service_account,
        "status.phase": pod.phase,
        "status.podIP": pod.ip or "",
        "status.nominatedNodeName": "",
    }


def _event_fields(event: Event) -> dict[str, str]:
    return {
        "involvedObject.kind": event.involved_kind,
        "involvedObject.namespace": event.meta.namespace,
        "involvedObject.name": event.involved_name,
        "involvedObject.uid": event.involved_uid,
        "involvedObject.apiVersion": event.involved_api_version,
        "involvedObject.resourceVersion": "",
        "involvedObject.fieldPath": "",
        "reason": event.reason,
        "reportingComponent": event.component,
        "source": event.component,
        "type": event.type,
    }


def _scale_set(world: World, namespace: str, name: str) -> ScaleSet:
    found = world.scale_sets.get(namespace, name)
    if found is None:
        raise LookupError(f"no scale set {namespace}/{name}")
    return found


def _runner_set(world: World, row: EphemeralRunnerSet) -> Json:
    return arc_forms.runner_set_form(row, _scale_set(world, row.meta.namespace, row.scale_set))


def _ephemeral_runner(world: World, row: EphemeralRunner) -> Json:
    return arc_forms.ephemeral_runner_form(row, _scale_set(world, row.meta.namespace, row.scale_set))


def _listener(world: World, row: Listener) -> Json:
    scale_set = _scale_set(world, row.scale_set_namespace, row.scale_set)
    return arc_forms.listener_form(row, scale_set, world.runner_set_name(row.scale_set))


RESOURCES = (
    Resource(
        Kind.POD, "", "v1", "pods", "pod", lambda world: world.pods, lambda _, row: pod_form(row), ("po",),
        (*_READ, "delete"), _pod_fields,
        _NAMES | {"spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
                  "status.phase", "status.podIP", "status.nominatedNodeName"},
    ),
    Resource(
        Kind.EVENT, "", "v1", "events", "event", lambda world: world.events,
        lambda _, row: workload_forms.event_form(row), ("ev",), _READ, _event_fields,
        _NAMES | {"involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
                  "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
                  "reportingComponent", "source", "type"},
    ),
    Resource(
        Kind.CONFIG_MAP, "", "v1", "configmaps", "configmap", lambda world: world.config_maps,
        lambda _, row: workload_forms.config_map_form(row), ("cm",),
    ),
    Resource(
        Kind.RESOURCE_QUOTA, "", "v1", "resourcequotas", "resourcequota", lambda world: world.quotas,
        lambda _, row: workload_forms.quota_form(row), ("quota",),
    ),
    Resource(
        Kind.DEPLOYMENT, "apps", "v1", "deployments", "deployment", lambda world: world.deployments,
        lambda _, row: workload_forms.deployment_form(row), ("deploy",), (*_READ, "patch", "update"),
    ),
    Resource(
        Kind.HORIZONTAL_POD_AUTOSCALER, "autoscaling", "v2", "horizontalpodautoscalers", "horizontalpodautoscaler",
        lambda world: world.autoscalers, lambda _, row: workload_forms.autoscaler_form(row), ("hpa",),
        (*_READ, "patch", "update"),
    ),
    Resource(
        Kind.CRON_JOB, "batch", "v1", "cronjobs", "cronjob", lambda world: world.cron_jobs,
        lambda _, row: workload_forms.cron_job_form(row), ("cj",), (*_READ, "patch", "update"),
    ),
    Resource(
        Kind.SCALE_SET, ARC_GROUP, "v1alpha1", "autoscalingrunnersets", "autoscalingrunnerset",
        lambda world: world.scale_sets, lambda _, row: arc_forms.scale_set_form(row), (), (*_READ, "patch", "update"),
        custom=True,
    ),
    Resource(
        Kind.EPHEMERAL_RUNNER_SET, ARC_GROUP, "v1alpha1", "ephemeralrunnersets", "ephemeralrunnerset",
        lambda world: world.ephemeral_runner_sets, _runner_set, custom=True,
    ),
    Resource(
        Kind.EPHEMERAL_RUNNER, ARC_GROUP, "v1alpha1", "ephemeralrunners", "ephemeralrunner",
        lambda world: world.ephemeral_runners, _ephemeral_runner, (), (*_READ, "delete"), custom=True,
    ),
    Resource(
        Kind.LISTENER, ARC_GROUP, "v1alpha1", "autoscalinglisteners", "autoscalinglistener",
        lambda world: world.listeners, _listener, custom=True,
    ),
)  # fmt: skip
