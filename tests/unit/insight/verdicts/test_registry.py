from __future__ import annotations

import re

import pytest

from flywheel_tui.domain.runner import RunnerState
from flywheel_tui.domain.verdict import Severity
from flywheel_tui.insight.verdicts import RULES, Rule, judge
from tests.unit.insight import build

EXPECTED = {
    "offline",
    "never_contacted",
    "stale",
    "paused",
    "crash_loop",
    "oom_killed",
    "image_pull",
    "pending_pods",
    "arc_churn",
    "failed_ephemeral_runners",
    "listener_missing",
    "outdated",
    "saturated",
    "quota_bound",
    "high_cpu",
    "high_memory",
    "firing_alert",
}


def test_every_rule_is_registered_once() -> None:
    names = [rule.__name__ for rule in RULES]
    assert set(names) == EXPECTED
    assert len(names) == len(EXPECTED)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_rule_documents_its_severity(rule: Rule) -> None:
    assert re.search(r"\b(info|warning|critical)\b", rule.__doc__ or "")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_rule_finds_fault_with_a_healthy_runner(rule: Rule) -> None:
    assert rule(build.case(build.gitlab())) is None
    assert rule(build.case(build.github())) is None
    assert rule(build.case(build.scale_set())) is None


def test_verdicts_carry_the_name_of_their_rule_and_evidence_and_a_next_step() -> None:
    crashing = build.container(state="waiting", reason="CrashLoopBackOff", last_reason="OOMKilled")
    case = build.case(
        build.gitlab(state=RunnerState.OFFLINE),
        pods=(build.manager_pod("docker", containers=(crashing,)),),
        alerts=(build.alert(),),
        quotas=(build.quota(("pods", 10, 10)),),
    )
    verdicts = judge(case)
    assert {verdict.rule for verdict in verdicts} == {
        "offline",
        "crash_loop",
        "oom_killed",
        "firing_alert",
        "quota_bound",
    }
    for verdict in verdicts:
        assert verdict.evidence
        assert verdict.next_step
        assert verdict.summary


def test_the_worst_verdict_comes_first_and_a_cause_before_its_effect() -> None:
    crashing = build.container(state="waiting", reason="CrashLoopBackOff", last_reason="OOMKilled")
    case = build.case(
        build.gitlab(state=RunnerState.OFFLINE),
        paused=False,
        pods=(build.manager_pod("docker", containers=(crashing,)),),
        alerts=(build.alert(severity="info"),),
    )
    assert [(verdict.rule, verdict.severity) for verdict in judge(case)] == [
        ("oom_killed", Severity.CRITICAL),
        ("crash_loop", Severity.CRITICAL),
        ("offline", Severity.CRITICAL),
        ("firing_alert", Severity.INFO),
    ]


def test_a_pause_stands_before_being_offline() -> None:
    case = build.case(build.gitlab(state=RunnerState.OFFLINE, paused=True), paused=True)
    assert [verdict.rule for verdict in judge(case)] == ["paused", "offline"]


def test_texts_do_not_age() -> None:
    """A text with an age would make a row count as changed at every look."""
    crashing = build.container(
        state="waiting", reason="CrashLoopBackOff", last_reason="OOMKilled", last_finished_at=build.ago(60)
    )
    fields = {
        "pods": (build.manager_pod("docker", containers=(crashing,)),),
        "alerts": (build.alert(),),
    }
    row = build.gitlab(state=RunnerState.OFFLINE)
    later = build.scene()
    later = type(later)(context=later.context, now=build.ago(-120), policy=later.policy, feeds=later.feeds)
    assert judge(build.case(row, **fields)) == judge(build.case(row, scene=later, **fields))
