"""The gitlab-runner managers of the world as targets: pods in the cluster and processes on machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import takewhile

from flywheel_tui.simulator.prometheus.series.family import Window
from flywheel_tui.simulator.prometheus.series.gitlab_manager import FAMILIES, ManagerProcess
from flywheel_tui.simulator.prometheus.series.scrapes import Scrapes
from flywheel_tui.simulator.prometheus.series.series import Series
from flywheel_tui.simulator.prometheus.series.target import FOREVER, Target
from flywheel_tui.simulator.world.chance import KUBERNETES
from flywheel_tui.simulator.world.incident import Trouble
from flywheel_tui.simulator.world.model_cluster import Pod
from flywheel_tui.simulator.world.model_forge import GitLabManager, GitLabRunner
from flywheel_tui.simulator.world.troubles import LEAK
from flywheel_tui.simulator.world.world import World

JOB = "gitlab-runner"
PORT = 9252
_SILENT = 0.08  # share of the managers on machines that have no listen_address and so no metrics
_SHORTEST = 60.0  # seconds; an earlier process that lived no longer is left out


class GitLabManagers:
    """Exposes every manager; those on machines keep their address over a restart, pods do not.

    Args:
        world: The world.
        scrapes: When pages are read.
    """

    def __init__(self, world: World, scrapes: Scrapes) -> None:
        self.families = FAMILIES
        self._world = world
        self._scrapes = scrapes
        self._known: dict[str, tuple[GitLabRunner, Pod | None, tuple[ManagerProcess, ...]]] = {}
        self._by_instance: dict[str, list[ManagerProcess]] | None = None
        self._runners: list[GitLabRunner] = []
        self._pods: dict[tuple[str, str], Pod | None] = {}

    def refresh(self) -> None:
        """Take note of managers that came, went or were restarted, and forget those whose runner is deleted."""
        world = self._world
        runners = list(world.gitlab_runners.values())
        if runners == self._runners and all(world.pods.get(*key) is pod for key, pod in self._pods.items()):
            return
        self._runners, self._pods = runners, {}
        fresh = {}
        changed = False
        for runner in runners:
            for manager in runner.managers:
                pod = None
                if manager.pod is not None:
                    key = manager.namespace or "", manager.pod
                    pod = self._pods[key] = world.pods.get(*key)
                known = self._known.get(manager.system_id)
                if known is None or known[0] is not runner or known[1] is not pod:
                    known = runner, pod, tuple(self._processes(runner, manager, pod, known))
                    changed = True
                fresh[manager.system_id] = known
        if changed or len(fresh) != len(self._known):
            self._by_instance = None
        self._known = fresh

    def targets(self) -> Iterable[Target]:
        """Return the page of each process."""
        return [process.target for _, _, processes in self._known.values() for process in processes]

    def series(self, name: str, window: Window) -> Iterator[Series]:
        """Yield the series of a name."""
        for _, _, processes in self._known.values():
            for process in processes:
                target = process.target
                if target.begin <= window.until and target.end > window.after and target.down_since > window.after:
                    yield from process.series(name)

    def page(self, target: Target, name: str, at: int) -> Iterator[Series]:
        """Yield the series of a name on a page."""
        if self._by_instance is None:
            self._by_instance = {}
            for _, _, processes in self._known.values():
                for process in processes:
                    self._by_instance.setdefault(process.target.key[1], []).append(process)
        for process in self._by_instance.get(target.key[1], ()):
            if process.target.up(at):
                yield from process.series(name)

    def _processes(
        self,
        runner: GitLabRunner,
        manager: GitLabManager,
        pod: Pod | None,
        known: tuple[GitLabRunner, Pod | None, tuple[ManagerProcess, ...]] | None,
    ) -> Iterator[ManagerProcess]:
        world = self._world
        first = max(manager.created_at, world.birth)
        gone = FOREVER if manager.gone_at is None else round(manager.gone_at * 1000)
        if gone <= round(first * 1000):
            return
        if runner.release is None:
            if not world.chance.happens(_SILENT, "no-listen-address", manager.system_id):
                host = f"ci-{runner.id}-{manager.id % 100}.example.com"
                target = Target({"job": JOB, "instance": f"{host}:{PORT}"}, round(first * 1000), down_since=gone)
                begins = tuple(sorted({first, max(first, manager.started_at)}))
                yield ManagerProcess(world, runner, manager, target, begins, self._scrapes)
            return
        if manager.pod is None and known is not None:
            # A pod that is gone leaves its name only in what was noted while it was there.
            for process in known[2]:
                yield process.ended(min(process.target.end, gone))
            return
        starts = tuple(self._starts(manager, pod))
        if starts[0] - first > _SHORTEST:
            name = f"{runner.release}-{world.chance.letters(10, KUBERNETES, 'earlier', manager.system_id)}-k7x2w"
            target = self._pod_target(runner, name, first, starts[0] - 8, FOREVER)
            yield ManagerProcess(world, runner, manager, target, (first,), self._scrapes)
        name = (
            manager.pod or f"{runner.release}-{world.chance.letters(10, KUBERNETES, 'gone', manager.system_id)}-9fq4m"
        )
        end = FOREVER / 1000 if manager.pod is not None else manager.gone_at or 0.0
        target = self._pod_target(runner, name, starts[0], end, gone)
        yield ManagerProcess(world, runner, manager, target, starts, self._scrapes)

    def _starts(self, manager: GitLabManager, pod: Pod | None) -> Iterator[float]:
        """Yield when the process in a pod started, each start that is known."""
        world = self._world
        hit = world.trouble(f"gitlab/{manager.runner_id}", Trouble.MANAGER_OUT_OF_MEMORY)
        if hit is None or hit.detail != manager.pod:
            yield manager.started_at
            return
        # GitLab's record holds the latest start only; this one starts again whenever its memory is full.
        created = pod.meta.created_at + 8 if pod is not None else hit.since - LEAK
        yield created
        times = (hit.since + number * LEAK + 1 for number in range(10_000))
        yield from takewhile(lambda start: start <= manager.started_at + 1, times)

    def _pod_target(self, runner: GitLabRunner, pod: str, begin: float, end: float, down_since: int) -> Target:
        labels = {"job": JOB, "instance": f"{pod}:{PORT}", "namespace": runner.namespace or "", "pod": pod}
        return Target(labels, round(begin * 1000), round(end * 1000), down_since)
