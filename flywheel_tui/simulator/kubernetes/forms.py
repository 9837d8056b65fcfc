"""The small forms that all objects share: times, quantities, metadata, owner references."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flywheel_tui.simulator.world.model_cluster import Container, Meta

Json = dict[str, Any]
_UNITS = ((1024**4, "Ti"), (1024**3, "Gi"), (1024**2, "Mi"), (1024, "Ki"))


def stamp(at: float) -> str:
    """Return a metav1.Time: RFC 3339 in UTC with whole seconds."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def cores(value: float) -> str:
    """Return a CPU quantity in its canonical form: `2`, `100m`."""
    milli = round(value * 1000)
    return str(milli // 1000) if milli % 1000 == 0 else f"{milli}m"


def size(value: float) -> str:
    """Return a memory quantity in its canonical form: `2Gi`, `256Mi`, plain bytes where nothing larger divides it."""
    whole = round(value)
    for unit, suffix in _UNITS:
        if whole and whole % unit == 0:
            return f"{whole // unit}{suffix}"
    return str(whole)


def quantity(resource: str, value: float) -> str:
    """Return the quantity of a resource named as in a quota (`limits.cpu`, `requests.memory`, `pods`)."""
    if resource.endswith("cpu"):
        return cores(value)
    return size(value) if resource.endswith("memory") else str(round(value))


def resources_of(container: Container) -> Json:
    """Return a container's `resources`."""
    made: Json = {}
    for key, cpu, memory in (
        ("limits", container.cpu_limit, container.memory_limit),
        ("requests", container.cpu_request, container.memory_request),
    ):
        amounts = {}
        if cpu is not None:
            amounts["cpu"] = cores(cpu)
        if memory is not None:
            amounts["memory"] = size(memory)
        if amounts:
            made[key] = amounts
    return made


def metadata(meta: Meta, field_manager: str, api_version: str, *, generation: bool = False) -> Json:
    """Return an object's `metadata`, managed fields included.

    Args:
        meta: What the world knows.
        field_manager: Who last applied the object.
        api_version: The version that it was applied in.
        generation: Whether the kind counts the generations of its spec.
    """
    made: Json = {
        "name": meta.name,
        "namespace": meta.namespace,
        "uid": meta.uid,
        "resourceVersion": str(meta.revision),
        "creationTimestamp": stamp(meta.created_at),
    }
    if generation:
        made["generation"] = meta.generation
    if meta.deleted_at is not None:
        made["deletionTimestamp"] = stamp(meta.deleted_at)
        made["deletionGracePeriodSeconds"] = 30
    if meta.labels:
        made["labels"] = meta.labels
    if meta.annotations:
        made["annotations"] = meta.annotations
    if meta.owner is not None:
        owner_version, kind, name, uid = meta.owner
        made["ownerReferences"] = [
            {
                "apiVersion": owner_version,
                "kind": kind,
                "name": name,
                "uid": uid,
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ]
    fields: Json = {"f:metadata": {f"f:{part}": {} for part in ("labels", "annotations") if part in made}, "f:spec": {}}
    made["managedFields"] = [
        {
            "manager": field_manager,
            "operation": "Update",
            "apiVersion": api_version,
            "time": stamp(meta.created_at),
            "fieldsType": "FieldsV1",
            "fieldsV1": fields,
        }
    ]
    return made


def condition(kind: str, status: bool, at: float, *, reason: str | None = None, message: str | None = None) -> Json:
    """Return a status condition."""
    made: Json = {"type": kind, "status": "True" if status else "False", "lastTransitionTime": stamp(at)}
    if reason is not None:
        made["reason"] = reason
    if message is not None:
        made["message"] = message
    return made
