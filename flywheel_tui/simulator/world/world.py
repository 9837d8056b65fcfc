"""The simulated world: its people, forges, cluster, jobs and time.

Jobs are never stored: each slot of each runner (a `Lane`) plays a tape whose state at any instant is known in closed
form. What a cluster really stores (pods, ephemeral runners, statuses) is kept in tables and brought forward by
`advance_to`.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from math import inf
from typing import Protocol

from flywheel_tui.simulator.world import vocabulary as words
from flywheel_tui.simulator.world.chance import KUBERNETES, Chance
from flywheel_tui.simulator.world.clock import Clock
from flywheel_tui.simulator.world.incident import Incident, Trouble
from flywheel_tui.simulator.world.model_cluster import (
    ConfigMap,
    CronJob,
    Deployment,
    EphemeralRunner,
    EphemeralRunnerSet,
    Event,
    HorizontalPodAutoscaler,
    Kind,
    Listener,
    Pod,
    ResourceQuota,
    ScaleSet,
)
from flywheel_tui.simulator.world.model_forge import (
    GitHubRunner,
    GitLabRunner,
    Group,
    Project,
    RunnerGroup,
    RunnerLabel,
    User,
)
from flywheel_tui.simulator.world.table import History, Table
from flywheel_tui.simulator.world.tape import HISTORY, Lane, Run, Tape, record_tape
from flywheel_tui.simulator.world.vocabulary import Workload

_TICK = 0.01  # seconds; no part of the world moves twice within it
Step = Callable[[float], float]
"""Brings one part of the world to the given time and returns when it wants to be called again (inf: never)."""


class Mover(Protocol):
    """A part of the world that can be woken: its step number."""

    number: int


class World:
    """Everything that the five upstreams report on. Build one with `build_world`.

    Args:
        seed: Same seed, scenario, size and clock give the same world.
        scenario: One of `scenarios.SCENARIOS`.
        size: How many rows a console shows: GitLab runners + GitHub runners that are not ARC's + ARC scale sets.
        clock: The time of the world; its value at construction is the `epoch`.
    """

    def __init__(self, *, seed: int, scenario: str, size: int, clock: Clock) -> None:
        self.seed = seed
        self.scenario = scenario
        self.size = size
        self.clock = clock
        self.chance = Chance(seed)
        self.epoch = clock.now()
        self.time = self.epoch
        self.birth = self.epoch - HISTORY

        self.users: dict[int, User] = {}
        self.groups: dict[int, Group] = {}
        self.gitlab_projects: dict[int, Project] = {}
        self.gitlab_runners: dict[int, GitLabRunner] = {}
        self.orgs: tuple[str, ...] = words.GITHUB_ORGS
        self.repositories: dict[int, Project] = {}
        self.runner_groups: dict[int, RunnerGroup] = {}
        self.github_runners: dict[int, GitHubRunner] = {}

        self.history = History()
        self.pods: Table[Pod] = Table(Kind.POD, self.history)
        self.deployments: Table[Deployment] = Table(Kind.DEPLOYMENT, self.history)
        self.autoscalers: Table[HorizontalPodAutoscaler] = Table(Kind.HORIZONTAL_POD_AUTOSCALER, self.history)
        self.cron_jobs: Table[CronJob] = Table(Kind.CRON_JOB, self.history)
        self.quotas: Table[ResourceQuota] = Table(Kind.RESOURCE_QUOTA, self.history)
        self.events: Table[Event] = Table(Kind.EVENT, self.history)
        self.config_maps: Table[ConfigMap] = Table(Kind.CONFIG_MAP, self.history)
        self.scale_sets: Table[ScaleSet] = Table(Kind.SCALE_SET, self.history)
        self.ephemeral_runner_sets: Table[EphemeralRunnerSet] = Table(Kind.EPHEMERAL_RUNNER_SET, self.history)
        self.ephemeral_runners: Table[EphemeralRunner] = Table(Kind.EPHEMERAL_RUNNER, self.history)
        self.listeners: Table[Listener] = Table(Kind.LISTENER, self.history)

        self.lanes: list[Lane] = []
        self.lanes_of: dict[str, list[Lane]] = {}
        self.workloads: dict[str, Workload] = {}
        self.incidents: list[Incident] = []
        self._group_ids: dict[tuple[str, str], int] = {}
        self._gitlab_group_ids: dict[str, int] = {}
        self._incidents_of: dict[str, list[Incident]] = {}
        self.ephemeral_counts: dict[str, dict[str, int]] = {}
        self.occupied: dict[str, int] = {}  # slots of a scale set that failed or failing runners hold
        self.manager_numbers: dict[int, int] = {}  # the number of the next manager of a runner that got new ones
        self.movers: dict[int, Mover] = {}
        self.quota_steps: dict[str, int] = {}
        self.incarnations: dict[tuple[int, int], int] = {}
        self.job_stride = 1  # job ids are number * stride + lane; fixed once the world is built
        self.nodes: tuple[str, ...] = ()
        self._tapes: dict[tuple[str, str, int, int], Tape] = {}
        self._steps: list[Step] = []
        self._due: list[tuple[float, int, int]] = []
        self._turn: list[int] = []

    def now(self) -> float:
        """Bring the world to the present of its clock and return it."""
        self.advance_to(self.clock.now())
        return self.time

    def advance_to(self, now: float) -> None:
        """Bring the world forward to the time, one due step after another in order of time.

        A time before the present of the world changes nothing.
        """
        while self._due and self._due[0][0] <= now:
            at, turn, index = heapq.heappop(self._due)
            if turn != self._turn[index]:
                continue
            self.time = max(self.time, at)
            self._run(index)
        self.time = max(self.time, now)

    def every(self, step: Step, first: float) -> int:
        """Add a part of the world that moves by itself.

        Returns:
            Its number, for `wake`.
        """
        self._steps.append(step)
        self._turn.append(0)
        self._schedule(len(self._steps) - 1, max(first, self.time))
        return len(self._steps) - 1

    def later(self, delay: float, act: Callable[[], None]) -> None:
        """Let something happen once, a delay in seconds from now."""

        def step(now: float) -> float:
            act()
            return inf

        self.every(step, self.time + delay)

    def wake(self, index: int) -> None:
        """Run a part now, because something that it depends on has changed."""
        self._run(index)

    def _run(self, index: int) -> None:
        # A step may name the very instant that it stands at, a rounding error short of what it waits for.
        self._schedule(index, max(self._steps[index](self.time), self.time + _TICK))

    def _schedule(self, index: int, at: float) -> None:
        self._turn[index] += 1
        if at < inf:
            heapq.heappush(self._due, (at, self._turn[index], index))

    def tape(self, workload: Workload, failures: tuple[tuple[str, float], ...], *, load: int, variant: int) -> Tape:
        """Return one of the shared tapes of a workload.

        Args:
            workload: What the jobs are like.
            failures: Probability of each failure reason.
            load: How busy, in percent of the workload's usual.
            variant: Which of the tapes.
        """
        key = (workload.name, failures[0][0], load, variant)
        found = self._tapes.get(key)
        if found is None:
            found = self._tapes[key] = record_tape(
                self.chance, *key, busy=min(0.97, workload.busy * load / 100),
                durations=workload.durations, waits=workload.waits, failures=failures,
            )  # fmt: skip
        return found

    def add_lane(self, owner: str, workload: Workload, failures: tuple[tuple[str, float], ...], load: int) -> Lane:
        """Give a runner one more slot."""
        lanes = self.lanes_of.setdefault(owner, [])
        index, slot = len(self.lanes), len(lanes)
        tape = self.tape(workload, failures, load=load, variant=self.chance.integer(0, 7, "variant", owner, slot))
        origin = self.birth + self.chance.between(-3600, 3600, "origin", owner, slot) - 3600
        lane = Lane(index, tape, origin, owner, slot)
        self.lanes.append(lane)
        lanes.append(lane)
        self.workloads[owner] = workload
        return lane

    def copy_lane(self, model: Lane) -> Lane:
        """Give the owner of a lane one more slot, which plays its tape at another hour; idle until resumed."""
        lanes = self.lanes_of[model.owner]
        lane = Lane(len(self.lanes), model.tape, model.origin - 1_800.0 * len(lanes), model.owner, len(lanes))
        lane.process = model.process
        lane.stall(self.time)
        self.lanes.append(lane)
        lanes.append(lane)
        return lane

    def lanes_for(self, owners: Iterable[str]) -> list[Lane]:
        """Return the lanes of the runners with these keys."""
        return [lane for owner in owners for lane in self.lanes_of.get(owner, ())]

    def trouble(self, owner: str, *sorts: Trouble) -> Incident | None:
        """Return the first incident of these sorts that hits the runner, or None."""
        return next((each for each in self._incidents_of.get(owner, ()) if each.trouble in sorts), None)

    def happen(self, incident: Incident) -> None:
        """Let an incident begin."""
        self.incidents.append(incident)
        self._incidents_of.setdefault(incident.runner, []).append(incident)

    def heal(self, incident: Incident) -> None:
        """Let an incident be over."""
        self.incidents.remove(incident)
        self._incidents_of[incident.runner].remove(incident)

    def outcome(self, lane: Lane, run: Run) -> str:
        """Return how a run ends, an incident that hits its runner taken into account."""
        hit = self.trouble(lane.owner, Trouble.PODS_UNSCHEDULABLE, Trouble.IMAGE_PULL)
        return run.outcome if hit is None or run.started_at < hit.since else self.troubled_outcome(hit)

    @staticmethod
    def troubled_outcome(hit: Incident) -> str:
        """Return how every job ends that an incident keeps from running."""
        return "image_pull_failure" if hit.trouble is Trouble.IMAGE_PULL else "runner_system_failure"

    def ephemeral_name(self, lane: Lane, number: int) -> str:
        """Return the name that the ephemeral runner (and its pod) for a job of an ARC lane has."""
        _, _, name = lane.owner.split("/")
        times = self.incarnations.get((lane.index, number), 0)
        suffix = self.chance.letters(5, KUBERNETES, "ephemeral", lane.index, number, times)
        return f"{self.runner_set_name(name)}-runner-{suffix}"

    def runner_set_name(self, scale_set: str) -> str:
        """Return the name of the EphemeralRunnerSet of a scale set."""
        return f"{scale_set}-{self.chance.letters(5, KUBERNETES, 'ers', scale_set)}"

    def registered(self, ephemeral: EphemeralRunner) -> GitHubRunner | None:
        """Return an ephemeral runner as GitHub lists it, or None while it is not registered."""
        if not ephemeral.runner_id or ephemeral.phase != "Running":
            return None
        scale_set = self.scale_sets.get(ephemeral.meta.namespace, ephemeral.scale_set)
        if scale_set is None:
            return None
        pod = self.pods.get(ephemeral.meta.namespace, ephemeral.meta.name)
        return GitHubRunner(
            id=ephemeral.runner_id,
            name=ephemeral.meta.name,
            org=scale_set.org,
            os="Linux",
            labels=(RunnerLabel(0, scale_set.label, custom=True),),
            version=scale_set.container.image.rsplit(":", 1)[1],
            group_id=self.group_id(scale_set),
            repository=scale_set.repository,
            offline_since=None if pod is not None and pod.phase == "Running" else self.time,
            ephemeral=True,
            ephemeral_runner=ephemeral.meta.name,
        )

    def gitlab_group_id(self, full_path: str) -> int:
        """Return the id of the GitLab group with the path (0 if there is none)."""
        if len(self._gitlab_group_ids) != len(self.groups):
            self._gitlab_group_ids = {group.full_path: group.id for group in self.groups.values()}
        return self._gitlab_group_ids.get(full_path, 0)

    def group_id(self, scale_set: ScaleSet) -> int:
        """Return the id of the runner group that a scale set is in."""
        if len(self._group_ids) != len(self.runner_groups):
            self._group_ids = {(each.org, each.name.lower()): each.id for each in self.runner_groups.values()}
        return self._group_ids.get((scale_set.org, scale_set.runner_group.lower()), 1)
