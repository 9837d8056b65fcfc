"""Turns a patched object back into a change of the world: what may be changed here, and what that starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from flywheel_tui.simulator.kubernetes.forms import Json
from flywheel_tui.simulator.kubernetes.resources import Resource
from flywheel_tui.simulator.kubernetes.status import ApiError, conflict
from flywheel_tui.simulator.world.cluster_actions import change_scale_set
from flywheel_tui.simulator.world.managers import restart_release, scale_release
from flywheel_tui.simulator.world.model_cluster import (
    CronJob,
    Deployment,
    HorizontalPodAutoscaler,
    Kind,
    Meta,
    Object,
    ScaleSet,
)
from flywheel_tui.simulator.world.world import World


def change(world: World, resource: Resource, row: Object, old: Json, new: Json, *, dry: bool, replace: bool) -> Object:
    """Make an object what a patched (or replaced) form says.

    Args:
        world: The world.
        resource: The resource of the object.
        row: The object as it is.
        old: Its form.
        new: The form that it shall have.
        dry: Only check.
        replace: Whether the request replaces the whole object (a custom one must then name its version).

    Returns:
        The object as it is then.

    Raises:
        ApiError: 409 for an outdated resourceVersion, 422 for what the schema does not allow.
    """
    meta = new.get("metadata")
    if not isinstance(meta, dict):
        raise ApiError(400, "metadata: Required value")
    version = str(meta.get("resourceVersion") or "")
    if replace and resource.custom and not version:
        raise _invalid(resource, row, "metadata.resourceVersion", "Invalid value: 0: must be specified for an update")
    if version and version != str(row.meta.revision):
        why = "the object has been modified; please apply your changes to the latest version and try again"
        raise conflict(resource.plural, resource.group, row.meta.name, why)
    for field in ("name", "namespace", "uid"):
        if meta.get(field, old["metadata"].get(field)) != old["metadata"].get(field):
            raise _invalid(resource, row, f"metadata.{field}", "Invalid value: field is immutable")
    fresh_meta = msgspec.structs.replace(
        row.meta, labels=_texts(resource, row, meta, "labels"), annotations=_texts(resource, row, meta, "annotations")
    )
    return _CHANGES[resource.kind](world, resource, row, fresh_meta, new, dry)


def _texts(resource: Resource, row: Object, meta: Json, field: str) -> dict[str, str]:
    value = meta.get(field) or {}
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise _invalid(resource, row, f"metadata.{field}", "Invalid value: must be a map of strings")
    return {key: each for key, each in value.items() if key != "deployment.kubernetes.io/revision"}


def _invalid(resource: Resource, row: Object, field: str, why: str) -> ApiError:
    full = f"{resource.kind}.{resource.group}" if resource.group else resource.kind.value
    details = {
        "name": row.meta.name,
        "group": resource.group,
        "kind": resource.kind.value,
        "causes": [{"reason": "FieldValueInvalid", "message": why, "field": field}],
    }
    return ApiError(422, f'{full} "{row.meta.name}" is invalid: {field}: {why}', details=details)


def _count(resource: Resource, row: Object, spec: Json, field: str) -> int | None:
    value = spec.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        kind = {str: "string", bool: "boolean", float: "number"}.get(type(value), "object")
        why = f'Invalid value: "{kind}": spec.{field} in body must be of type integer: "{kind}"'
        raise _invalid(resource, row, f"spec.{field}", why)
    if value < 0:
        why = f"Invalid value: {value}: spec.{field} in body should be greater than or equal to 0"
        raise _invalid(resource, row, f"spec.{field}", why)
    return value


def _spec(resource: Resource, row: Object, new: Json) -> Json:
    spec = new.get("spec")
    if not isinstance(spec, dict):
        raise _invalid(resource, row, "spec", "Required value")
    return spec


def _change_scale_set(world: World, resource: Resource, row: ScaleSet, meta: Meta, new: Json, dry: bool) -> Object:
    spec = _spec(resource, row, new)
    maximum = _count(resource, row, spec, "maxRunners")
    fresh = msgspec.structs.replace(
        row,
        meta=meta,
        min_runners=_count(resource, row, spec, "minRunners") or 0,
        max_runners=maximum,
        runner_group=str(spec.get("runnerGroup", row.runner_group)),
        label=str(spec.get("runnerScaleSetName", row.label)),
        container=msgspec.structs.replace(row.container, image=_image(spec, row.container.image)),
    )
    return row if dry else change_scale_set(world, row, fresh)


def _image(spec: Json, otherwise: str) -> str:
    containers = spec.get("template", {}).get("spec", {}).get("containers", [])
    found = next((each.get("image") for each in containers if each.get("name") == "runner"), None)
    return found if isinstance(found, str) else otherwise


def _change_deployment(world: World, resource: Resource, row: Deployment, meta: Meta, new: Json, dry: bool) -> Object:
    spec = _spec(resource, row, new)
    replicas = _count(resource, row, spec, "replicas")
    template_meta = spec.get("template", {}).get("metadata", {})
    annotations = _texts(resource, row, template_meta, "annotations")
    if dry:
        return row
    made = row
    if meta != row.meta:
        made = world.deployments.put(msgspec.structs.replace(made, meta=meta))
    if annotations != row.template_annotations:
        made = restart_release(world, made, annotations)
    if replicas is not None and replicas != made.replicas:
        made = scale_release(world, made, replicas)
    return made


def _change_autoscaler(
    world: World, resource: Resource, row: HorizontalPodAutoscaler, meta: Meta, new: Json, dry: bool
) -> Object:
    spec = _spec(resource, row, new)
    low = _count(resource, row, spec, "minReplicas") or 1
    high = _count(resource, row, spec, "maxReplicas") or 0
    if high < max(1, low):
        why = f"Invalid value: {high}: must be greater than or equal to `minReplicas`"
        raise _invalid(resource, row, "spec.maxReplicas", why)
    fresh = msgspec.structs.replace(row, meta=meta, min_replicas=low, max_replicas=high)
    return row if dry else world.autoscalers.put(fresh)


def _change_cron_job(world: World, resource: Resource, row: CronJob, meta: Meta, new: Json, dry: bool) -> Object:
    spec = _spec(resource, row, new)
    suspended = spec.get("suspend", row.suspended)
    if not isinstance(suspended, bool):
        raise _invalid(resource, row, "spec.suspend", "Invalid value: must be a boolean")
    fresh = msgspec.structs.replace(row, meta=meta, suspended=suspended)
    return row if dry else world.cron_jobs.put(fresh)


_CHANGES: dict[Kind, Callable[[World, Resource, Any, Meta, Json, bool], Object]] = {
    Kind.SCALE_SET: _change_scale_set,
    Kind.DEPLOYMENT: _change_deployment,
    Kind.HORIZONTAL_POD_AUTOSCALER: _change_autoscaler,
    Kind.CRON_JOB: _change_cron_job,
}
