from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest

from flywheel_tui.config.settings import StalePolicy
from flywheel_tui.domain.errors import NotFoundError, UnreachableError, UsageError
from flywheel_tui.domain.feed import FeedState, Observation, SourceKind, tables_of
from flywheel_tui.domain.runner import Forge, ForgeRunner, Manager, RunnerKind, RunnerState
from flywheel_tui.domain.scaleset import EphemeralRunner, Listener, ScaleSet
from flywheel_tui.domain.verdict import Severity
from flywheel_tui.domain.workload import Container, Event, Pod, PodRole, Quota, QuotaLine
from flywheel_tui.insight.join import join
from flywheel_tui.services.describe import Fact, Section, describe_runner, find_runner
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.store.store import Store


def gitlab_runner(number: int, name: str, now: datetime) -> ForgeRunner:
    return ForgeRunner(
        key=f"prod/gitlab/{number}",
        context="prod",
        forge=Forge.GITLAB,
        kind=RunnerKind.GROUP,
        id=str(number),
        scope="infra",
        name=name,
        state=RunnerState.ONLINE,
        short_token=f"tok{number}45678",
        paused=False,
        tags=("nix", "gpu"),
        managers=(
            Manager(
                system_id="r_1", state=RunnerState.ONLINE, version="19.3.0", executor="kubernetes", contacted_at=now
            ),
        ),
        manager_count=3,
        maintenance_note="draining",
    )


def picture(now: datetime) -> Picture:
    store = Store(clock=lambda: now - timedelta(seconds=12))
    for kind in (SourceKind.GITLAB, SourceKind.KUBERNETES):
        store.expect(f"prod/{kind}", "prod", kind, 20.0)
    rows = [gitlab_runner(7, "builder", now), gitlab_runner(8, "twin", now), gitlab_runner(9, "twin", now)]
    store.put("prod/gitlab", Observation(tables=tables_of(*rows)))
    crashed = Container(
        name="runner",
        restarts=4,
        state="waiting",
        reason="CrashLoopBackOff",
        last_reason="OOMKilled",
        last_exit_code=137,
        last_finished_at=now - timedelta(minutes=3),
    )
    store.put(
        "prod/kubernetes",
        Observation(
            tables=tables_of(
                Pod(
                    key="prod/pod/ci/builder-1",
                    context="prod",
                    namespace="ci",
                    name="builder-1",
                    uid="u",
                    role=PodRole.JOB,
                    phase="Running",
                    manager_short_token="tok745678",
                    node="n-17",
                    containers=(crashed,),
                    created_at=now - timedelta(hours=3),
                ),
                Event(
                    key="prod/event/ci/e",
                    context="prod",
                    namespace="ci",
                    name="e",
                    object_kind="Pod",
                    object_name="builder-1",
                    reason="BackOff",
                    message="Back-off restarting failed container",
                    count=9,
                    last_at=now - timedelta(minutes=1),
                ),
                ScaleSet(
                    key="prod/scaleset/arc/gpu",
                    context="prod",
                    namespace="arc",
                    name="gpu",
                    uid="s",
                    resource_version="1",
                    runner_scale_set_name="tinyland-gpu",
                    github_config_url="https://github.com/acme",
                    min_runners=0,
                    phase="Running",
                ),
                EphemeralRunner(
                    key="prod/ephemeralrunner/arc/gpu-x",
                    context="prod",
                    namespace="arc",
                    name="gpu-x",
                    scale_set="gpu",
                    phase="Failed",
                    reason="InvalidPod",
                    failures=2,
                ),
                Listener(
                    key="prod/listener/arc-systems/gpu-l",
                    context="prod",
                    namespace="arc-systems",
                    name="gpu-l",
                    scale_set_namespace="arc",
                    scale_set="gpu",
                ),
                Quota(
                    key="prod/quota/ci/runner-quota",
                    context="prod",
                    namespace="ci",
                    name="runner-quota",
                    lines=(QuotaLine(resource="requests.memory", hard=2.0**35, used=2.0**34),),
                ),
            )
        ),
    )
    store.fail("prod/kubernetes", UnreachableError("no route"))
    return Picture(store.current, join(store.current, now, StalePolicy()))


def facts(sections: tuple[Section, ...], title: str) -> dict[str, Fact]:
    return {fact.label: fact for section in sections if section.title == title for fact in section.facts}


def test_every_fact_names_its_source_its_age_and_how_far_it_can_be_believed(now: datetime) -> None:
    sections = describe_runner(picture(now), "prod/gitlab/7", now)
    assert [section.title for section in sections][:3] == ["Verdict", "Runner", "Work"]
    assert facts(sections, "Runner")["tags"] == Fact("tags", "nix, gpu", "prod/gitlab", 12.0, FeedState.LIVE)
    pod = facts(sections, "Pods")["ci/builder-1"]
    assert (pod.source, pod.state) == ("prod/kubernetes", FeedState.STALE)
    assert pod.value == "job · CrashLoopBackOff · 0/1 ready · 4 restarts · node n-17 · age 3h"


def test_the_verdicts_come_first_with_evidence_and_next_step(now: datetime) -> None:
    verdict = next(section for section in describe_runner(picture(now), "prod/gitlab/7", now))
    labels = [fact.label.strip() for fact in verdict.facts]
    assert labels[0] == "warning"
    assert {"because", "next"} <= set(labels)


def test_a_runner_of_unknown_state_is_not_called_ok(now: datetime) -> None:
    shown = picture(now)
    runner = msgspec.structs.replace(
        shown.fleet.runners["prod/gitlab/7"], state=RunnerState.UNKNOWN, severity=Severity.UNKNOWN, verdicts=()
    )
    fleet = msgspec.structs.replace(shown.fleet, runners={runner.key: runner})
    live = msgspec.structs.replace(shown.snapshot, feeds={"prod/gitlab": shown.snapshot.feeds["prod/gitlab"]})
    sections = describe_runner(Picture(live, fleet), runner.key, now)
    assert facts(sections, "Verdict")["unknown"].value == "no rule finds anything wrong"


def test_what_stands_behind_a_runner_is_told(now: datetime) -> None:
    sections = describe_runner(picture(now), "prod/gitlab/7", now)
    assert facts(sections, "Managers")["not listed"].value == "2 more managers"
    assert "19.3.0 · kubernetes" in facts(sections, "Managers")["r_1"].value
    assert facts(sections, "Pods")["  runner"].value == "ended: OOMKilled, exit code 137 (3m ago)"
    assert facts(sections, "Warnings")["BackOff"].value.endswith("container (x9) (60s ago)")
    assert facts(sections, "Quotas")["ci/runner-quota requests.memory"].value == "16Gi of 32Gi"
    assert facts(sections, "Runner")["maintenance note"].value == "draining"


def test_a_scale_set_tells_its_listener_and_its_failed_runners(now: datetime) -> None:
    sections = describe_runner(picture(now), "prod/scaleset/arc/gpu", now)
    told = facts(sections, "Scale set")
    assert told["runners from"].value == "0 to no bound"
    assert told["listener"].value == "arc-systems/gpu-l"
    assert told["current"].value == "–"
    assert facts(sections, "Ephemeral runners")["gpu-x"].value == "Failed · 2 failed pods · InvalidPod"


def test_without_metrics_nothing_is_zero(now: datetime) -> None:
    work = facts(describe_runner(picture(now), "prod/gitlab/7", now), "Work")
    for label in ("jobs queued", "failed in the last hour", "CPU of limit", "memory of limit"):
        assert work[label].value == "–"


def test_a_runner_is_found_by_name_key_or_id(now: datetime) -> None:
    known = picture(now)
    assert find_runner(known, "builder").id == "7"
    assert find_runner(known, "prod/gitlab/8").id == "8"
    assert find_runner(known, "9").name == "twin"
    with pytest.raises(UsageError, match="2 runners are called twin"):
        find_runner(known, "twin")
    assert find_runner(known, "gpu").key == "prod/scaleset/arc/gpu"
    with pytest.raises(NotFoundError, match=r"No runner that could be read .* prod/kubernetes did not answer"):
        find_runner(known, "nobody")
    whole = Picture(Store().current, known.fleet)
    with pytest.raises(NotFoundError, match="No runner is called nobody"):
        find_runner(whole, "nobody")
    with pytest.raises(NotFoundError, match="not in the fleet any more"):
        describe_runner(known, "prod/gitlab/99", now)


def test_no_all_clear_is_given_while_a_source_is_silent(now: datetime) -> None:
    known = picture(now)
    (verdict,) = facts(describe_runner(known, "prod/gitlab/8", now), "Verdict").values()
    assert verdict.label == "unknown"
    assert verdict.value.endswith("not read: prod/kubernetes (stale)")
    only_gitlab = {"prod/gitlab": known.snapshot.feeds["prod/gitlab"]}
    calm = Picture(msgspec.structs.replace(known.snapshot, feeds=only_gitlab), known.fleet)
    (verdict,) = facts(describe_runner(calm, "prod/gitlab/8", now), "Verdict").values()
    assert (verdict.label, verdict.value) == ("ok", "no rule finds anything wrong")
