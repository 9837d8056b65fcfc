"""The pods of the world, present and past, with the times in which their containers ran."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

import msgspec

from flywheel_tui.simulator.prometheus.series.family import Window
from flywheel_tui.simulator.prometheus.series.runner_lives import runner_created_at, runner_ready_at
from flywheel_tui.simulator.world import vocabulary as words
from flywheel_tui.simulator.world.ephemeral import past_runner_pod
from flywheel_tui.simulator.world.incident import Trouble
from flywheel_tui.simulator.world.job_pods import job_pod, started_pod, stuck_pod
from flywheel_tui.simulator.world.model_cluster import Container, ContainerStatus, Pod
from flywheel_tui.simulator.world.tape import Lane, Run
from flywheel_tui.simulator.world.troubles import CRASH_EVERY, LEAK
from flywheel_tui.simulator.world.world import World


class ContainerRun(msgspec.Struct, frozen=True):
    """One run of a container: `[begin, end)`, in seconds; `number` counts the restarts before it.

    A run that lasts no time is a crash at once.
    """

    container: Container
    number: int
    begin: float
    end: float


class PodLife(msgspec.Struct, frozen=True, eq=False):
    """A pod and its times, in seconds.

    Attributes:
        running_since: When its containers ran first, inf when they never do.
        end: When it is deleted, inf while nothing says so.
        runs: The runs of its containers.
    """

    pod: Pod
    begin: float
    running_since: float
    end: float
    runs: tuple[ContainerRun, ...]

    def meets(self, window: Window) -> bool:
        """Return whether it lived within the window."""
        return self.begin * 1000 <= window.until and self.end * 1000 > window.after


class PodLives:
    """Finds pods by time. What it has found it remembers, because every query of the last minutes asks for the same.

    Args:
        world: The world.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._living: dict[str, PodLife] = {}
        self._living_lanes: frozenset[tuple[int, int]] = frozenset()
        self._past: dict[tuple[int, int], PodLife | None] = {}
        self._revision = -1

    def refresh(self) -> None:
        """Take note of the pods that are there now."""
        history = self._world.history
        if self._revision == history.revision:
            return
        if self._revision < history.oldest:
            self._living = {pod.meta.uid: self._living_as(pod) for pod in self._world.pods}
        else:
            for change in history.since(self._revision):
                if isinstance(change.object, Pod):
                    if change.verb == "DELETED":
                        self._living.pop(change.object.meta.uid, None)
                    else:
                        self._living[change.object.meta.uid] = self._living_as(change.object)
        self._revision = history.revision
        self._living_lanes = frozenset(life.pod.lane for life in self._living.values() if life.pod.lane is not None)
        if len(self._past) > 4 * len(self._living) + 20_000:
            self._past.clear()

    def _living_as(self, pod: Pod) -> PodLife:
        known = self._living.get(pod.meta.uid)
        return known if known is not None and known.pod is pod else self._life(pod)

    def between(self, window: Window) -> Iterator[PodLife]:
        """Yield the pods that lived within a window and may have the wanted labels."""
        for life in self._living.values():
            if life.meets(window) and window.wants("namespace", life.pod.meta.namespace):
                yield life
        for forge, namespace in (("gitlab/", words.RUNNERS_NAMESPACE), ("arc/", words.ARC_NAMESPACE)):
            if window.wants("namespace", namespace):
                yield from self._past_between(forge, window)

    def _past_between(self, forge: str, window: Window) -> Iterator[PodLife]:
        world, begin, end = self._world, window.after / 1000, window.until / 1000
        for owner, lanes in world.lanes_of.items():
            if not owner.startswith(forge) or (forge == "gitlab/" and not self._in_cluster(owner)):
                continue
            for lane in lanes:
                for run in _runs(lane, begin, end, world.time):
                    key = (lane.index, run.number)
                    if key in self._living_lanes:
                        continue
                    if key not in self._past:
                        self._past[key] = self._past_life(lane, run)
                    life = self._past[key]
                    if life is not None and life.meets(window):
                        yield life

    def _in_cluster(self, owner: str) -> bool:
        runner = self._world.gitlab_runners.get(int(owner.removeprefix("gitlab/")))
        return runner is not None and runner.release is not None

    def _past_life(self, lane: Lane, run: Run) -> PodLife | None:
        """Return the pod that a job that has ended ran in; None where there is nothing to tell of it."""
        world = self._world
        if lane.owner.startswith("arc/"):
            _, namespace, name = lane.owner.split("/")
            scale_set, pod = world.scale_sets.get(namespace, name), past_runner_pod(world, lane, run)
            if pod is None or scale_set is None:
                return None
            created = runner_created_at(world, scale_set, lane, run)
            ready = runner_ready_at(world, lane, run, created)
            return _finished(pod, created, ready, run.finished_at)
        runner = world.gitlab_runners.get(int(lane.owner.removeprefix("gitlab/")))
        if runner is None:
            return None
        pod = job_pod(world, runner, lane, run)
        pulled = run.started_at + world.chance.between(3, 9, "pull", lane.index, run.number)
        hit = world.trouble(lane.owner, Trouble.PODS_UNSCHEDULABLE, Trouble.IMAGE_PULL)
        if hit is not None and hit.since <= run.started_at:
            life = self._life(stuck_pod(pod, hit.trouble, pulled, len(world.nodes)))
            return msgspec.structs.replace(life, begin=run.started_at, end=run.finished_at)
        return _finished(pod, run.started_at, pulled, run.finished_at)

    def _life(self, pod: Pod) -> PodLife:
        """Return the life of a pod that is there."""
        runs = tuple(
            run for place, status in enumerate(pod.statuses) for run in self._container_runs(pod, place, status)
        )
        return PodLife(pod, pod.meta.created_at, min((run.begin for run in runs), default=inf), inf, runs)

    def _container_runs(self, pod: Pod, place: int, status: ContainerStatus) -> Iterator[ContainerRun]:
        container = pod.containers[place]
        hit = self._world.trouble(pod.runner or "", Trouble.MANAGER_OUT_OF_MEMORY, Trouble.MANAGER_CRASH_LOOP)
        if hit is not None and hit.detail == pod.meta.name:
            ready = pod.meta.created_at + 8
            if hit.trouble is Trouble.MANAGER_CRASH_LOOP:
                yield ContainerRun(container, 0, ready, max(ready, hit.since))
                # It runs for moments only: what is kept of them is that they were.
                before = status.restarts - int((self._world.time - hit.since) // CRASH_EVERY)
                for number in range(max(0, before), status.restarts + 1):
                    crash = hit.since + (number - before) * CRASH_EVERY
                    yield ContainerRun(container, number, crash, crash)
                return
            # It is killed each time its memory is full; the pod's record keeps the latest time only.
            yield ContainerRun(container, 0, ready, max(ready, hit.since))
            for number in range(1, status.restarts):
                kill = hit.since + (number - 1) * LEAK
                yield ContainerRun(container, number, kill + 1, kill + LEAK)
        elif status.last is not None:
            ended = status.last
            yield ContainerRun(container, max(0, status.restarts - 1), ended.started_at, ended.finished_at)
        if status.running_since is not None:
            yield ContainerRun(container, status.restarts, status.running_since, inf)
        elif status.terminated is not None:
            done = status.terminated
            yield ContainerRun(container, status.restarts, done.started_at, done.finished_at)


def _finished(pod: Pod, begin: float, running_since: float, end: float) -> PodLife:
    if end > running_since:
        pod = started_pod(pod, running_since)
    runs = tuple(ContainerRun(container, 0, running_since, end) for container in pod.containers if end > running_since)
    return PodLife(pod, begin, running_since, end, runs)


def _runs(lane: Lane, begin: float, end: float, present: float) -> Iterator[Run]:
    """Yield the jobs that have ended and whose pods may have lived within [begin, end].

    The pod of a warm runner is there before its job is, so the first job behind the window counts too.
    """
    first = max(0, lane.started(begin) - 1)
    for number in range(first, lane.started(end) + 1):
        run = lane.run(number)
        if run.finished_at > present:
            return
        if run.finished_at > begin:
            yield run
