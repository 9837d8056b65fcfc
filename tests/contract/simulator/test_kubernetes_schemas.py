"""What the simulated API server serves, against schemas that nobody here wrote."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml

from flywheel_tui.simulator.kubernetes.forms import Json
from flywheel_tui.simulator.kubernetes.resources import RESOURCES, Resource
from flywheel_tui.simulator.kubernetes.workload_forms import namespace_form
from flywheel_tui.simulator.world import SCENARIOS, Clock, World, build_world
from flywheel_tui.simulator.world.cluster_actions import delete_pod
from flywheel_tui.simulator.world.model_cluster import Deployment, EphemeralRunner, Event, Kind, Object, Pod

VERSION = "1.34"
EPOCH = 1.79e9
BUILT_IN = [resource for resource in RESOURCES if not resource.custom]
CUSTOM = [resource for resource in RESOURCES if resource.custom]


@cache
def world(scenario: str) -> World:
    """Return a world in which time has passed and a pod is being deleted."""
    built = build_world(scenario, 148, 7, Clock(frozen_at=EPOCH))
    built.clock.advance(400)
    built.now()
    manager = next((pod for pod in built.pods if pod.role == "gitlab-manager"), None)
    if manager is not None:
        delete_pod(built, manager.meta.namespace, manager.meta.name)
    return built


def shape(row: Object) -> object:
    """Return what makes an object look different from others of its kind: one of each shape is enough."""
    marks: tuple[object, ...] = (row.meta.deleted_at is None, row.meta.owner is None)
    if isinstance(row, Pod):
        states = tuple(
            (status.waiting, status.terminated is None, status.last is None, status.running_since is None)
            for status in row.statuses
        )
        return (*marks, row.role, row.phase, row.unschedulable is None, states)
    if isinstance(row, Event):
        return (*marks, row.type, row.involved_kind, row.host is None)
    if isinstance(row, Deployment):
        return (*marks, row.ready_replicas, row.replicas)
    if isinstance(row, EphemeralRunner):
        return (*marks, row.phase, bool(row.job_id), bool(row.failures))
    return marks


def samples(scenario: str, resource: Resource) -> list[Json]:
    """Return one object of each shape, as it stands alone."""
    built = world(scenario)
    one_of_each = {shape(row): row for row in resource.rows(built)}
    head = {"apiVersion": resource.api_version, "kind": resource.kind.value}
    return [head | resource.form(built, row) for row in one_of_each.values()]


@pytest.mark.parametrize("scenario", ["incident", "drift"])
@pytest.mark.parametrize("resource", BUILT_IN, ids=lambda resource: resource.plural)
def test_built_in_objects_are_strictly_valid(scenario: str, resource: Resource) -> None:
    found = samples(scenario, resource)
    assert found
    for each in found:
        kubernetes_validate.validate(each, VERSION, strict=True)


def test_pods_of_every_sort_were_among_them() -> None:
    pods = samples("incident", BUILT_IN[0])
    assert len(pods) >= 10
    reasons = {
        status["state"].get("waiting", {}).get("reason")
        for pod in pods
        for status in pod["status"].get("containerStatuses", [])
    }
    assert reasons >= {"CrashLoopBackOff", "ImagePullBackOff"}
    assert any("deletionTimestamp" in pod["metadata"] for pod in pods)


def test_namespaces_are_strictly_valid() -> None:
    form = namespace_form("gitlab-runners", "0a0dcc97-6b04-4b38-a1cb-b9786f5adf76", EPOCH)
    kubernetes_validate.validate({"apiVersion": "v1", "kind": "Namespace"} | form, VERSION, strict=True)


def strict(schema: Any) -> Any:  # noqa: ANN401 - JSON schema
    """Return a CRD's schema in which an unknown field is an error, as a server that prunes would drop it."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items()}
    open_ended = made.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in made
    if isinstance(made.get("properties"), dict) and not open_ended:
        made["additionalProperties"] = False
    return made


@pytest.fixture
def definition(contracts: Path) -> Callable[[Resource], Any]:
    """Return the strict schema of a resource of ARC 0.14.2."""

    def read(resource: Resource) -> Any:  # noqa: ANN401 - JSON schema
        text = (contracts / f"arc-0.14.2-{resource.plural}.yaml").read_text()
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        document = yaml.load(text, loader)
        version = next(each for each in document["spec"]["versions"] if each["name"] == resource.version)
        schema = strict(version["schema"]["openAPIV3Schema"])
        schema["properties"]["metadata"] = {"type": "object"}
        return schema

    return read


@pytest.mark.parametrize("resource", CUSTOM, ids=lambda resource: resource.plural)
def test_arc_objects_fit_their_definitions(resource: Resource, definition: Callable[[Resource], Any]) -> None:
    validator = jsonschema.Draft202012Validator(definition(resource))
    made = {scenario: samples(scenario, resource) for scenario in SCENARIOS}
    assert any(made.values())
    for scenario, objects in made.items():
        for each in objects:
            if scenario == "upgrade" and "state" in each.get("status", {}):
                # ARC 0.13 keeps in `state` what 0.14 calls `phase`; its definition has no strict twin here.
                each["status"]["phase"] = each["status"].pop("state")
            errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(each)]
            assert errors == []


def test_the_definitions_catch_what_is_wrong(definition: Callable[[Resource], Any]) -> None:
    resource = next(each for each in CUSTOM if each.kind is Kind.SCALE_SET)
    validator = jsonschema.Draft202012Validator(definition(resource))
    good = samples("calm", resource)[0]
    assert list(validator.iter_errors(good)) == []
    for spoiled in (
        good | {"spec": good["spec"] | {"maxRunners": -1}},
        good | {"spec": good["spec"] | {"surprise": 1}},
        good | {"status": good["status"] | {"phase": 3}},
    ):
        assert list(validator.iter_errors(spoiled))


def test_a_pod_has_the_size_of_a_real_one() -> None:
    sizes = [len(str(each)) for each in samples("incident", BUILT_IN[0])]
    assert min(sizes) > 2_000
