"""The join that follows changes gives what the join from nothing gives, whatever happens in whatever order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from flywheel_tui.domain.errors import UnreachableError
from flywheel_tui.domain.feed import Observation, SourceKind, tables_of
from flywheel_tui.domain.fleet import Fleet, FleetChange
from flywheel_tui.domain.job import JobState
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.runner import RunnerState
from flywheel_tui.domain.snapshot import Change, Snapshot
from flywheel_tui.domain.workload import PodRole
from flywheel_tui.insight.difference import diff_fleet
from flywheel_tui.insight.join import join
from flywheel_tui.insight.live import LiveJoin
from flywheel_tui.store.store import Store
from tests.unit.insight import build

TOKEN = "tok000007"
ARC_NAME = {"name": "gh-nix-x7k2p", "namespace": "arc"}
ARC_POD = {"pod": "gh-nix-754b578d-listener", "namespace": "arc-systems"}


def manager_sample(value: float, **labels: str) -> Row:
    return build.sample("gitlab_jobs_running", value, **labels)


SLOTS: Sequence[Sequence[Row]] = (
    # Forges.
    (
        build.gitlab(),
        build.gitlab(running_jobs=3, busy=True),
        build.gitlab(paused=True, maintenance_note="no disk"),
        build.gitlab(name="docker-a: big ones"),
        build.gitlab(short_token="tok00000x"),
        build.gitlab(managers=(build.manager("r_9"), build.manager("r_7", state=RunnerState.OFFLINE)), manager_count=2),
        build.gitlab(state=RunnerState.NEVER_CONTACTED, created_at=build.ago(100)),
    ),
    (build.gitlab("8"), build.gitlab("8", name="docker-a"), build.gitlab("8", short_token=TOKEN)),
    (build.gitlab("9", context="beta"), build.gitlab("9", context="beta", running_jobs=2)),
    (build.github(), build.github(busy=True), build.github(name="gh-nix-x7k2p-runner-aaaaa")),
    (
        build.github("2", name="gh-nix-x7k2p-runner-aaaaa"),
        build.github("2", name="gh-nix-x7k2p-runner-aaaaa", busy=True, version="2.1.0"),
        build.github("2", name="gh-nix-x7k2p-runner-zzzzz", ephemeral=True),
        build.github("2", name="gh-nix-x7k2p-runner-aaaaa", ephemeral=False),
        build.github("2", name="odd", ephemeral=False),
    ),
    (build.job("1", JobState.PENDING), build.job("1", JobState.RUNNING)),
    # ARC.
    (
        build.scale_set(),
        build.scale_set(max_runners=0),
        build.scale_set(phase="Outdated"),
        build.scale_set(current_runners=2, failed_runners=2),
        build.scale_set(runner_scale_set_name="odd"),
    ),
    (build.scale_set("gh-two"), build.scale_set("gh-two", created_at=build.ago(100))),
    (build.runner_set(), build.runner_set("gh-two", name="gh-nix-x7k2p"), build.runner_set(replicas=3)),
    (
        build.ephemeral(),
        build.ephemeral(job_id="1"),
        build.ephemeral(scale_set_name=None, name="gh-nix-x7k2p-runner-aaaaa"),
        build.ephemeral(scale_set_name="gone", name="gh-nix-x7k2p-runner-aaaaa"),
        build.ephemeral(failures=1, created_at=build.ago(100)),
        build.ephemeral(phase="Failed", failures=6),
    ),
    (build.ephemeral("bbbbb"), build.ephemeral("bbbbb", failures=1, phase="Pending", created_at=build.ago(200))),
    (build.ephemeral("ccccc", "gh-two"), build.ephemeral("ccccc", "gone")),
    (build.listener(), build.listener("gh-two"), build.listener("gone")),
    (build.listener(name="second"), build.listener(name="second", created_at=build.ago(5))),
    (
        build.listener_pod(),
        build.listener_pod(ready=False),
        build.listener_pod(deleted_at=build.ago(3)),
        build.listener_pod(scale_set=None),
    ),
    (build.listener_pod(name="second"), build.listener_pod(name="second", ready=False, created_at=build.ago(9))),
    (
        build.runner_pod(),
        build.runner_pod(scale_set=None),
        build.runner_pod(phase="Pending", created_at=build.ago(100)),
        msgspec.structs.replace(build.runner_pod(scale_set=None), role=PodRole.OTHER),
    ),
    (build.runner_pod(name="gh-nix-x7k2p-runner-aaaaa-workflow", scale_set=None, scale_set_namespace=None),),
    (build.runner_pod(name="stray", scale_set=None), build.runner_pod(name="stray", scale_set="gh-two")),
    (build.pod("controller", PodRole.CONTROLLER, namespace="arc-systems"),),
    # GitLab in the cluster.
    (
        build.deployment("docker-a"),
        build.deployment("docker-a", ready_replicas=0),
        build.deployment("docker-a", chart=None),
        build.deployment("docker-a", release="docker-b"),
    ),
    (build.deployment("docker-b"), build.deployment("docker-a", namespace="other")),
    (
        build.manager_pod("docker-a"),
        build.manager_pod("docker-a", manager_short_token=TOKEN),
        build.manager_pod("docker-a", manager_short_token="tok000008"),
        build.manager_pod("docker-a", ready=False),
        msgspec.structs.replace(
            build.manager_pod("docker-a", owner_kind="ReplicaSet", owner_name="docker-a-abc"), release=None, app=None
        ),
        build.manager_pod("docker-a", containers=(build.container(state="waiting", reason="CrashLoopBackOff"),)),
    ),
    (build.manager_pod("docker-a", "abc-2"), build.manager_pod("docker-a", "abc-2", phase="Pending")),
    (build.manager_pod("docker-b"), build.manager_pod("docker-b", manager_short_token="tok000008")),
    (
        build.job_pod("one", TOKEN, "docker-a"),
        build.job_pod("one", TOKEN, "docker-a", phase="Pending", created_at=build.ago(290)),
        build.job_pod("one", TOKEN, "docker-a", namespace="jobs"),
        build.job_pod("one", "tok000008", "docker-a"),
        build.job_pod("one", "elsewhere", "docker-a"),
        build.job_pod("one", None, "docker-a"),
        build.job_pod("one", None, None),
    ),
    (build.job_pod("two", TOKEN, "docker-a"), build.job_pod("two", TOKEN, "docker-b", started_at=build.ago(10))),
    (
        build.job_pod("three", TOKEN, containers=(build.container(cpu_limit=1.0, memory_limit=10.0),)),
        build.job_pod(
            "three",
            TOKEN,
            containers=(build.container(last_reason="OOMKilled", last_finished_at=build.ago(3500)),),
        ),
    ),
    (build.autoscaler("hpa", "docker-a"), build.autoscaler("hpa", "docker-a", current_replicas=3)),
    (
        build.autoscaler("lost", "nothing", conditions=(("AbleToScale", "False", "x", "y"),)),
        build.autoscaler("lost", "docker-a"),
    ),
    (build.cron_job("warm-docker-a"), build.cron_job("warm-vm-1", namespace="jobs"), build.cron_job("warm-docker-b")),
    (
        build.quota(("pods", 10, 2)),
        build.quota(("pods", 10, 3)),
        build.quota(("pods", 10, 9)),
        build.quota(("pods", 10, 10)),
    ),
    (build.quota(("pods", 10, 10), namespace="jobs"),),
    (
        build.event("Pod", "one"),
        build.event("Pod", "one", message="exceeded quota"),
        build.event("HorizontalPodAutoscaler", "hpa", name="one.1"),
    ),
    (build.event("EphemeralRunner", "gh-nix-x7k2p-runner-aaaaa", namespace="arc"),),
    (build.event("CronJob", "warm-docker-a"), build.event("Deployment", "docker-a")),
    # Prometheus and Alertmanager.
    (manager_sample(1, runner=TOKEN), manager_sample(2, runner=TOKEN), manager_sample(2, runner="unknown")),
    (
        manager_sample(1, runner="tok000008", runner_name="docker-b"),
        manager_sample(1, runner="tok000008", namespace="runners", pod="docker-a-abc-1"),
        manager_sample(3, system_id="r_7", namespace="runners", pod="docker-a-abc-1"),
    ),
    (build.sample("gitlab_job_limit", 4, runner=TOKEN), build.sample("gitlab_job_limit", None, runner=TOKEN)),
    (
        build.sample("gitlab_jobs_completed_1h", 7, runner=TOKEN),
        build.sample("gitlab_jobs_completed_1h", 9, runner=TOKEN),
    ),
    (build.sample("gitlab_jobs_failed_1h", 2, runner=TOKEN, failure_reason="x"),),
    (
        build.sample("pod_cpu_cores", 0.5, namespace="runners", pod="three"),
        build.sample("pod_cpu_cores", 0.9, namespace="runners", pod="three"),
        build.sample("pod_cpu_cores", None, namespace="runners", pod="three"),
    ),
    (
        build.sample("pod_cpu_cores", 0.1, namespace="runners", pod="three", container="helper"),
        build.sample("pod_cpu_cores", 0.3, namespace="runners", pod="three", container="helper"),
    ),
    (build.sample("pod_memory_bytes", 9.0, namespace="runners", pod="three"),),
    (
        build.sample("arc_assigned_jobs", 5, **ARC_NAME),
        build.sample("arc_assigned_jobs", 6, **ARC_POD),
        build.sample("arc_assigned_jobs", 6, pod="stray", namespace="arc"),
    ),
    (build.sample("arc_running_jobs", 2, **ARC_NAME), build.sample("arc_running_jobs", 3, **ARC_NAME)),
    (
        build.sample("arc_jobs_completed_1h", 3, job_result="failed", **ARC_POD),
        build.sample("arc_jobs_completed_1h", 3, **ARC_POD),
    ),
    (build.sample("fleet_failure_rate_1h", 0.25), build.sample("fleet_failure_rate_1h", 0.5)),
    (build.sample("fleet_queue_p95_s", 20), build.sample("fleet_queue_p95_s", None)),
    (
        build.alert(labels={"runner": TOKEN}),
        build.alert(labels={"pod": "one", "namespace": "runners"}, severity="critical"),
        build.alert(labels={"runner_name": "vm-1"}),
        build.alert(labels={"runner": "nobody"}),
    ),
    (build.alert("Other", "f2", labels={"cronjob": "warm-docker-a", "namespace": "runners"}),),
)

FEEDS = [
    *((build.CONTEXT, kind) for kind in SourceKind),
    ("beta", SourceKind.GITLAB),
]
TIMES = (0.0, 1.0, 15.0, 200.0, 300.0, 4000.0, -50.0)

slots = st.integers(0, len(SLOTS) - 1)
moves = st.lists(st.tuples(slots, st.integers(-2, 6)), min_size=1, max_size=5)
twists = st.sampled_from([None, None, None, "fail", "gaps", "silent"])
steps = st.tuples(moves, st.sampled_from(TIMES), twists, st.sampled_from(FEEDS))


class World:
    """A store that rows are put into, and the join that follows it.

    Args:
        tells: Whether the join learns from the store what changed, or has to find it.
    """

    def __init__(self, *, tells: bool = True) -> None:
        self.tells = tells
        self.now = build.NOW
        self.chosen: dict[int, Row] = {}
        self.store = Store(clock=lambda: self.now)
        for context, kind in FEEDS:
            self.store.expect(f"{context}/{kind}", context, kind, 20.0)
        self.gaps: set[tuple[str, SourceKind]] = set()
        self.silent: set[tuple[str, SourceKind]] = {("beta", SourceKind.GITLAB)}
        self.live = LiveJoin(build.POLICY)
        self.steps: list[tuple[Snapshot, Change]] = []
        self.store.subscribe(lambda snapshot, change: self.steps.append((snapshot, change)))
        self.fleet = Fleet()

    def choose(self, slot: int, variant: int) -> None:
        """Put another row in a slot's place; a negative variant takes it away."""
        if variant < 0:
            self.chosen.pop(slot, None)
        else:
            self.chosen[slot] = SLOTS[slot][variant % len(SLOTS[slot])]

    def read(self) -> None:
        """Let every upstream tell what it has."""
        for context, kind in FEEDS:
            rows = [row for row in self.chosen.values() if row.context == context and build.kind_of(row) is kind]
            if (context, kind) not in self.silent:
                observation = Observation(tables=tables_of(*rows), complete=(context, kind) not in self.gaps)
                self.store.put(f"{context}/{kind}", observation)

    def check(self) -> FleetChange:
        """Compare both joins; return the change."""
        before = self.fleet
        self.fleet, change = self.live.update(self.store.current, self.now, self.steps if self.tells else ())
        self.steps.clear()
        expected = join(self.store.current, self.now, build.POLICY)
        for field in Fleet.__struct_fields__:
            assert getattr(self.fleet, field) == getattr(expected, field), field
        assert list(self.fleet.runners) == list(expected.runners)
        assert change == diff_fleet(before, self.fleet)
        for key, runner in self.fleet.runners.items():
            if key in before.runners and key not in change.runners.changed:
                assert runner is before.runners[key]
        return change


# Every slot is filled at first, or rows would rarely meet those that they belong to.
worlds = st.tuples(*(st.integers(-1, len(variants) - 1) for variants in SLOTS))


@given(first=worlds, whole=st.booleans(), tells=st.booleans(), then=st.lists(steps, max_size=10))
@settings(max_examples=150, deadline=None)
def test_following_changes_gives_what_joining_anew_gives(
    first: tuple[int, ...],
    whole: bool,
    tells: bool,
    then: list[tuple[list[tuple[int, int]], float, str | None, tuple[str, SourceKind]]],
) -> None:
    world = World(tells=tells)
    if not whole:
        world.gaps.add((build.CONTEXT, SourceKind.KUBERNETES))
    for slot, variant in enumerate(first):
        world.choose(slot, variant)
    world.read()
    world.check()
    for chosen, seconds, twist, feed in then:
        for slot, variant in chosen:
            world.choose(slot, variant)
        world.now += timedelta(seconds=seconds)
        if twist == "gaps":
            world.gaps ^= {feed}
        elif twist == "silent":
            world.silent ^= {feed}
        elif twist == "fail":
            world.store.fail(f"{feed[0]}/{feed[1]}", UnreachableError("gone"))
        world.read()
        world.check()
