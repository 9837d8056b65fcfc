from __future__ import annotations

from typing import Any

import pytest

from flywheel_tui.domain.verdict import Severity
from flywheel_tui.insight.case import PodUsage
from flywheel_tui.insight.verdicts.load import high_cpu, high_memory, quota_bound, saturated
from tests.unit.insight import build


@pytest.mark.parametrize(("busy", "capacity"), [(4, 4), (5, 4), (19, 20)])
def test_saturated_with_a_queue(busy: int, capacity: int) -> None:
    verdict = saturated(build.case(build.scale_set(), busy=busy, capacity=capacity, queued=3))
    assert verdict is not None
    assert verdict.severity is Severity.WARNING
    assert verdict.summary == f"{busy}/{capacity} busy, 3 waiting"
    assert verdict.evidence[1].source == "prod/prometheus"
    assert "maxRunners" in verdict.next_step


@pytest.mark.parametrize(
    "figures",
    [
        {"busy": 4, "capacity": 4, "queued": None},
        {"busy": 4, "capacity": 4, "queued": 0},
        {"busy": None, "capacity": 4, "queued": 3},
        {"busy": 4, "capacity": None, "queued": 3},
        {"busy": 0, "capacity": 0, "queued": 3, "paused": True},
        {"busy": 18, "capacity": 20, "queued": 3},
    ],
    ids=["queue unknown", "no queue", "busy unknown", "no bound", "paused", "room left"],
)
def test_saturated_is_silent(figures: dict[str, Any]) -> None:
    assert saturated(build.case(build.scale_set(), **figures)) is None


def test_quota_near_its_end_is_info() -> None:
    verdict = quota_bound(build.case(quotas=(build.quota(("pods", 50, 45), ("limits.memory", 10 * build.GIB, 1.0)),)))
    assert verdict is not None
    assert verdict.severity is Severity.INFO
    assert verdict.summary == "quota pods 90% used"
    assert verdict.evidence[0].text == "runners/all: pods 45 of 50"


def test_a_full_quota_is_a_warning() -> None:
    full = build.quota(("pods", 50, 46), ("limits.memory", 10 * build.GIB, 10 * build.GIB))
    verdict = quota_bound(build.case(quotas=(full,)))
    assert verdict is not None
    assert verdict.severity is Severity.WARNING
    assert verdict.summary == "quota limits.memory 100% used"
    assert [evidence.text for evidence in verdict.evidence] == [
        "runners/all: limits.memory 10.0 GiB of 10.0 GiB",
        "runners/all: pods 46 of 50",
    ]


@pytest.mark.parametrize("waits", [{"queued": 2}, {"pods": (build.job_pod("job", "tok", phase="Pending"),)}])
def test_a_near_quota_is_a_warning_where_something_waits(waits: dict[str, Any]) -> None:
    verdict = quota_bound(build.case(quotas=(build.quota(("pods", 50, 45)),), **waits))
    assert verdict is not None
    assert verdict.severity is Severity.WARNING


def test_a_refused_pod_is_a_warning_even_where_quotas_cannot_be_read() -> None:
    refused = build.event("EphemeralRunner", "r", message='pods "r" is forbidden: exceeded quota: all')
    verdict = quota_bound(build.case(events=(refused,)))
    assert verdict is not None
    assert verdict.severity is Severity.WARNING
    assert verdict.summary == "quota exceeded"


@pytest.mark.parametrize("line", [("pods", 50.0, 44.0), ("pods", 50.0, None), ("pods", 0.0, 0.0)])
def test_quota_bound_is_silent_with_room_without_figures_and_for_forbidden_things(
    line: tuple[str, float, float | None],
) -> None:
    assert quota_bound(build.case(quotas=(build.quota(line),))) is None


def test_quota_bound_is_silent_without_quotas_and_for_other_warnings() -> None:
    assert quota_bound(build.case()) is None
    assert quota_bound(build.case(events=(build.event("Pod", "p"),))) is None


def usage(used: float, limit: float = 1.0) -> PodUsage:
    return PodUsage(build.job_pod("job", "tok"), used, limit)


@pytest.mark.parametrize(
    ("used", "severity"), [(0.69, None), (0.70, Severity.INFO), (0.89, Severity.INFO), (0.9, Severity.WARNING)]
)
def test_high_cpu(used: float, severity: Severity | None) -> None:
    verdict = high_cpu(build.case(highest_cpu=usage(used)))
    assert (verdict.severity if verdict else None) is severity


def test_high_cpu_names_the_pod_and_the_figures() -> None:
    verdict = high_cpu(build.case(highest_cpu=usage(1.9, 2.0)))
    assert verdict is not None
    assert verdict.summary == "CPU at 95% of the limit"
    assert verdict.evidence[0].text == "job uses 1.90 of 2 cores"


@pytest.mark.parametrize(
    ("job", "manager", "severity"),
    [
        (0.6, None, None),
        (0.7, None, Severity.INFO),
        (0.95, None, Severity.WARNING),
        (0.75, 0.75, Severity.WARNING),
        (0.95, 0.95, Severity.CRITICAL),
        (0.95, 0.3, Severity.WARNING),
    ],
)
def test_high_memory(job: float, manager: float | None, severity: Severity | None) -> None:
    own = None if manager is None else PodUsage(build.manager_pod("docker"), manager * build.GIB, build.GIB)
    case = build.case(highest_memory=usage(job * build.GIB, build.GIB), highest_manager_memory=own)
    verdict = high_memory(case)
    assert (verdict.severity if verdict else None) is severity


@pytest.mark.parametrize("rule", [high_cpu, high_memory])
def test_usage_rules_are_silent_where_nothing_is_measured_or_limited(rule: object) -> None:
    assert callable(rule)
    assert rule(build.case()) is None
