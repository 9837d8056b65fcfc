"""The fleet's pods: managers, jobs, runners, listeners, controller."""

from __future__ import annotations

from typing import Final

from flywheel_tui.domain.workload import Pod
from flywheel_tui.services.listing.field import Field, FieldType, Kind


def pod_status(pod: Pod) -> str:
    """Return the one word for a pod that kubectl shows: the first container's trouble, or the phase."""
    if pod.deleted_at is not None:
        return "Terminating"
    if pod.reason and pod.phase in {"Failed", "Pending"}:
        return pod.reason
    for container in pod.containers:
        if container.reason and container.state != "running" and container.reason != "Completed":
            return container.reason
    return "Completed" if pod.phase == "Succeeded" else pod.phase


def ready_containers(pod: Pod) -> str:
    """Return ``ready/all`` over the containers that are not init containers."""
    usual = [container for container in pod.containers if not container.init]
    return f"{sum(container.ready for container in usual)}/{len(usual)}"


PODS: Final[Kind[Pod]] = Kind(
    name="pods",
    singular="pod",
    aliases=("pod", "po"),
    help="pods that belong to the fleet",
    rows=lambda fleet: fleet.pods,
    told_by=(Pod,),
    label=lambda row: f"{row.namespace}/{row.name}",
    default_sort=("namespace", "name"),
    fields=(
        Field(name="name", title="NAME", help="name of the pod", value=lambda row: row.name),
        Field(name="namespace", title="NAMESPACE", help="its namespace", value=lambda row: row.namespace),
        Field(name="context", title="CONTEXT", help="the configured context", value=lambda row: row.context),
        Field(
            name="role",
            title="ROLE",
            help="manager, job, runner, listener, controller or other",
            value=lambda row: row.role.value,
        ),
        Field(
            name="ready",
            title="READY",
            help="containers ready of containers",
            value=ready_containers,
        ),
        Field(name="status", title="STATUS", help="phase, or what is wrong", value=pod_status),
        Field(
            name="restarts",
            title="RESTARTS",
            help="restarts over all containers",
            value=lambda row: sum(container.restarts for container in row.containers),
            type=FieldType.COUNT,
            descending=True,
        ),
        Field(name="node", title="NODE", help="where it runs", value=lambda row: row.node, wide=True),
        Field(
            name="owner",
            title="OWNER",
            help="what controls it",
            value=lambda row: f"{row.owner_kind}/{row.owner_name}" if row.owner_kind else None,
            wide=True,
        ),
        Field(name="job", title="JOB", help="the GitLab job it runs", value=lambda row: row.job_id, wide=True),
        Field(name="age", title="AGE", help="since creation", value=lambda row: row.created_at, type=FieldType.TIME),
    ),
)
