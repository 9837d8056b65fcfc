"""ARC's resources become rows, over its versions."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest
import yaml

from flywheel_tui.domain.scaleset import EphemeralRunner, EphemeralRunnerSet, Listener, ScaleSet
from flywheel_tui.sources.kubernetes import pause, wire_arc
from flywheel_tui.sources.kubernetes.parse_arc import (
    UNBOUNDED,
    parse_ephemeral_runner,
    parse_listener,
    parse_runner_set,
    parse_scale_set,
)
from tests.unit.sources.kubernetes.objects import Json, ephemeral_runner, listener, runner_set, scale_set

CREATED = datetime(2026, 11, 21, 11, tzinfo=UTC)


def read_set(item: Json) -> ScaleSet:
    return parse_scale_set(msgspec.json.decode(json.dumps(item), type=wire_arc.ScaleSet), "prod")


def read_runner(item: Json) -> EphemeralRunner:
    return parse_ephemeral_runner(msgspec.json.decode(json.dumps(item), type=wire_arc.EphemeralRunner), "prod")


def read_runner_set(item: Json) -> EphemeralRunnerSet:
    return parse_runner_set(msgspec.json.decode(json.dumps(item), type=wire_arc.RunnerSet), "prod")


def read_listener(item: Json) -> Listener:
    return parse_listener(msgspec.json.decode(json.dumps(item), type=wire_arc.Listener), "prod")


def test_a_scale_set_of_0_14() -> None:
    assert read_set(scale_set()) == ScaleSet(
        key="prod/scaleset/arc-runners/linux",
        context="prod",
        namespace="arc-runners",
        name="linux",
        uid="uid-arc-runners-linux",
        resource_version="1",
        runner_scale_set_name="linux-x64",
        github_config_url="https://github.com/acme",
        runner_group="default",
        labels=("linux-x64", "big"),
        min_runners=1,
        max_runners=10,
        current_runners=3,
        pending_runners=1,
        running_runners=2,
        failed_runners=0,
        phase="Running",
        version="0.14.2",
        image="ghcr.io/actions/actions-runner:2.335.1",
        cpu_request=2.0,
        cpu_limit=4.0,
        memory_request=4 * 2.0**30,
        memory_limit=8 * 2.0**30,
        created_at=CREATED,
    )


def test_a_scale_set_of_0_13_tells_its_state() -> None:
    assert read_set(scale_set(currentRunners=0, state="Pending")).phase == "Pending"


def test_counts_are_unknown_before_the_first_status_and_zero_where_it_leaves_them_out() -> None:
    fresh = scale_set()
    for status in (Json(), None):
        fresh["status"] = status
        row = read_set(fresh)
        assert (row.current_runners, row.failed_runners, row.phase) == (None, None, None)
    row = read_set(scale_set(phase="Running", currentRunners=2))
    assert (row.current_runners, row.pending_runners, row.failed_runners) == (2, 0, 0)


def test_a_scale_set_without_bounds_or_a_name_of_its_own() -> None:
    item = scale_set()
    for field in ("minRunners", "maxRunners", "runnerScaleSetName", "runnerScaleSetLabels", "template"):
        del item["spec"][field]
    row = read_set(item)
    assert (row.min_runners, row.max_runners, row.runner_scale_set_name, row.labels) == (None, None, "linux", ())
    assert (row.image, row.cpu_limit) == (None, None)


def paused(**more: Any) -> Json:  # noqa: ANN401 - any part of the specification
    item = scale_set()
    item["metadata"]["annotations"] |= {
        pause.PAUSED_BY: "ann",
        pause.PAUSED_AT: "2026-11-21T11:30:00Z",
        pause.PAUSE_REASON: "out of \x1b[31mdisk",
        pause.SAVED_MIN: "1",
        pause.SAVED_MAX: "10",
    }
    item["spec"] |= {"minRunners": 0, "maxRunners": 0, **more}
    return item


def test_a_pause_tells_who_when_why_and_what_to_restore() -> None:
    row = read_set(paused())
    assert (row.paused_by, row.pause_reason) == ("ann", "out of disk")
    assert row.paused_at == datetime(2026, 11, 21, 11, 30, tzinfo=UTC)
    assert (row.saved_min_runners, row.saved_max_runners) == (1, 10)


def test_a_pause_that_was_undone_elsewhere_is_over() -> None:
    row = read_set(paused(maxRunners=10))
    assert (row.paused_by, row.paused_at, row.pause_reason) == (None, None, None)


@pytest.mark.parametrize("text", ["", "-1", "x", "1e9", "9999999999", "٣"])
def test_saved_bounds_that_are_no_numbers_are_unknown(text: str) -> None:
    item = paused()
    item["metadata"]["annotations"] |= {pause.SAVED_MAX: text, pause.PAUSED_AT: "yesterday"}
    row = read_set(item)
    assert (row.saved_max_runners, row.paused_at, row.paused_by) == (None, None, "ann")


def test_the_annotations_are_those_that_a_pause_writes() -> None:
    assert pause.PAUSED_BY == "flywheel.dev/paused-by"
    assert {pause.SAVED_MIN, pause.SAVED_MAX} == {"flywheel.dev/min", "flywheel.dev/max"}


def test_a_runner_set() -> None:
    row = read_runner_set(runner_set())
    assert (row.scale_set, row.replicas, row.current_replicas, row.phase) == ("linux", 3, 3, "Running")
    assert (row.running_runners, row.pending_runners, row.failed_runners) == (2, 1, 0)


def test_a_runner_set_without_labels_belongs_to_its_owner_and_holds_zero() -> None:
    item = runner_set()
    item["metadata"].pop("labels")
    item["spec"] = {}
    row = read_runner_set(item)
    assert (row.scale_set, row.replicas) == ("linux", 0)
    item["metadata"]["ownerReferences"] = None
    assert read_runner_set(item).scale_set is None


def test_a_busy_runner_of_0_13_and_later() -> None:
    row = read_runner(ephemeral_runner())
    assert row.key == "prod/ephemeralrunner/arc-runners/linux-abcde-runner-1"
    assert (row.scale_set, row.phase, row.ready, row.runner_id) == ("linux", "Running", True, 77)
    assert (row.job_id, row.job_name, row.job_repository) == ("c0ffee", "test", "acme/shop")
    assert (row.job_workflow, row.workflow_run_id) == (
        "acme/shop/.github/workflows/ci.yml@refs/heads/main",
        9_000_000_001,
    )
    assert (row.failures, row.last_failure_at) == (0, None)


def test_a_busy_runner_of_0_12_is_known_by_its_request() -> None:
    assert read_runner(ephemeral_runner(ready=True, jobRequestId=12, phase="Running")).job_id == "12"


def test_an_idle_runner_has_no_job() -> None:
    row = read_runner(
        ephemeral_runner(ready=True, phase="Running", runnerId=0, jobId="", jobRequestId=0, workflowRunId=0)
    )
    assert (row.job_id, row.runner_id, row.workflow_run_id) == (None, None, None)


def test_a_runner_nobody_looked_at_yet_is_not_said_to_be_unready() -> None:
    item = ephemeral_runner()
    item["status"] = None
    assert read_runner(item).ready is None
    assert read_runner(ephemeral_runner(phase="Pending")).ready is False


def test_failures_are_times_since_0_12_and_were_truths_before() -> None:
    times = {"uid-1": "2026-11-21T11:10:00Z", "uid-2": "2026-11-21T11:20:00Z", "uid-3": None, "uid-4": "soon"}
    row = read_runner(ephemeral_runner(phase="Pending", failures=times))
    assert (row.failures, row.last_failure_at) == (4, datetime(2026, 11, 21, 11, 20, tzinfo=UTC))
    row = read_runner(ephemeral_runner(phase="Failed", reason="TooManyPodFailures", failures={"a": True, "b": True}))
    assert (row.failures, row.last_failure_at, row.reason) == (2, None, "TooManyPodFailures")


def test_a_listener_points_at_its_scale_set() -> None:
    row = read_listener(listener())
    assert row.key == "prod/listener/arc-systems/linux-1-listener"
    assert (row.scale_set_namespace, row.scale_set, row.min_runners, row.max_runners) == ("arc-runners", "linux", 1, 10)


def test_a_listener_of_a_paused_set_says_zero_and_one_without_bounds_none() -> None:
    row = read_listener(listener(autoscalingRunnerSetName="linux"))
    assert (row.min_runners, row.max_runners) == (0, 0)
    assert read_listener(listener(maxRunners=UNBOUNDED)).max_runners is None


@pytest.mark.contract
@pytest.mark.parametrize(
    ("plural", "item"),
    [
        ("autoscalingrunnersets", scale_set()),
        ("autoscalingrunnersets", paused()),
        ("ephemeralrunnersets", runner_set()),
        ("ephemeralrunners", ephemeral_runner(phase="Pending", failures={"uid": "2026-11-21T11:10:00Z"})),
        ("autoscalinglisteners", listener()),
    ],
)
def test_the_shapes_used_here_are_those_of_the_published_definitions(contracts: Path, plural: str, item: Json) -> None:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    definition = yaml.load((contracts / f"arc-0.14.2-{plural}.yaml").read_bytes(), Loader=loader)
    (version,) = definition["spec"]["versions"]
    errors = jsonschema.Draft202012Validator(version["schema"]["openAPIV3Schema"]).iter_errors(item)
    assert [error.message for error in errors] == []
