"""Questions about jobs and contacts at one instant, answered from the lanes: nothing here changes the world."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flywheel_tui.simulator.world import vocabulary as words
from flywheel_tui.simulator.world.chance import HEX
from flywheel_tui.simulator.world.model_forge import (
    Forge,
    GitHubRunner,
    GitLabManager,
    GitLabRunner,
    Job,
    JobStatus,
    Project,
)
from flywheel_tui.simulator.world.tape import Lane, Run
from flywheel_tui.simulator.world.world import World

FIRST_JOB = 1_000_000
_CANCELED = frozenset(("job_canceled", "cancelled"))


def forge_of(owner: str) -> Forge:
    """Return the forge of a runner key: ARC scale sets are GitHub's."""
    return Forge.GITLAB if owner.startswith("gitlab/") else Forge.GITHUB


def job_of(world: World, lane: Lane, run: Run, at: float) -> Job:
    """Return the job that a run of a lane is, as it looks at the time."""
    chance, forge = world.chance, forge_of(lane.owner)
    parts = (lane.index, run.number)
    ident = FIRST_JOB + run.number * world.job_stride + lane.index
    kind = chance.bits("job-kind", *parts) % len(words.JOB_NAMES)
    project = _project(world, lane, run)
    started = run.started_at if at >= run.started_at else None
    finished = run.finished_at if at >= run.finished_at else None
    outcome = world.outcome(lane, run)
    status = JobStatus.PENDING
    if finished is not None:
        status = JobStatus.SUCCESS if outcome == "success" else JobStatus.FAILED
        if outcome in _CANCELED:
            status = JobStatus.CANCELED
    elif started is not None:
        status = JobStatus.RUNNING
    users = tuple(world.users.values())
    branch = chance.bits("branch", *parts) % 5
    return Job(
        forge=forge,
        id=ident,
        run_id=400_000 + ident // 4,
        name=words.JOB_NAMES[kind],
        stage=words.STAGES[kind] if forge is Forge.GITLAB else chance.choice(words.WORKFLOWS, "workflow", *parts),
        project=project,
        ref=project.default_branch if branch == 0 else f"feature/{chance.letters(6, HEX, 'ref', *parts)}",
        sha=chance.letters(40, HEX, "sha", *parts),
        status=status,
        tags=_tags(world, lane),
        created_at=run.queued_at - chance.between(0.5, 20, "created", *parts),
        queued_at=run.queued_at,
        runner=lane.owner,
        started_at=started,
        finished_at=finished,
        runner_name=_runner_name(world, lane, run) if started is not None else None,
        process=(lane.process or None) if started is not None else None,
        failure_reason=outcome if status is JobStatus.FAILED else None,
        user=chance.choice(users, "user", *parts) if users else None,
    )


def _project(world: World, lane: Lane, run: Run) -> Project:
    forge, _, ident = lane.owner.partition("/")
    if forge == "gitlab":
        candidates = list(world.gitlab_projects.values())
        runner = world.gitlab_runners.get(int(ident))
        if runner is not None and runner.projects:
            candidates = [world.gitlab_projects[number] for number in runner.projects]
        elif runner is not None and runner.group is not None:
            inside = [each for each in candidates if each.full_path.startswith(runner.group + "/")]
            candidates = inside or candidates
        return world.chance.choice(candidates, "project", lane.index, run.number)
    repositories = list(world.repositories.values())
    org: str | None = None
    if forge == "github":
        plain = world.github_runners.get(int(ident))
        if plain is not None and plain.repository is not None:
            repositories = [each for each in repositories if each.full_path == plain.repository]
        org = plain.org if plain is not None else None
    else:
        namespace, _, name = ident.partition("/")
        scale_set = world.scale_sets.get(namespace, name)
        if scale_set is not None and scale_set.repository is not None:
            repositories = [each for each in repositories if each.full_path == scale_set.repository]
        org = scale_set.org if scale_set is not None else None
    owned = [each for each in repositories if each.namespace == org]
    return world.chance.choice(owned or repositories, "project", lane.index, run.number)


def _tags(world: World, lane: Lane) -> tuple[str, ...]:
    forge, _, ident = lane.owner.partition("/")
    if forge == "gitlab":
        runner = world.gitlab_runners.get(int(ident))
        return runner.tags if runner is not None else ()
    if forge == "github":
        plain = world.github_runners.get(int(ident))
        return tuple(label.name for label in plain.labels) if plain is not None else ()
    namespace, _, name = ident.partition("/")
    scale_set = world.scale_sets.get(namespace, name)
    return (scale_set.label,) if scale_set is not None else ()


def _runner_name(world: World, lane: Lane, run: Run) -> str | None:
    if lane.owner.startswith("github/"):
        runner = world.github_runners.get(int(lane.owner.removeprefix("github/")))
        return runner.name if runner is not None else None
    if lane.owner.startswith("arc/"):
        return world.ephemeral_name(lane, run.number)
    return None


def running_jobs(world: World, at: float, owners: Iterable[str] | None = None) -> Iterator[Job]:
    """Yield the jobs that run at the time, on the given runners (keys) or on all."""
    for lane in world.lanes if owners is None else world.lanes_for(owners):
        run = lane.current(at)
        if run is not None:
            yield job_of(world, lane, run, at)


def pending_jobs(world: World, at: float, owners: Iterable[str] | None = None) -> Iterator[Job]:
    """Yield the jobs that wait in a queue at the time, for the given runners (keys) or for all."""
    for lane in world.lanes if owners is None else world.lanes_for(owners):
        for run in lane.pending(at):
            yield job_of(world, lane, run, at)


def find_job(world: World, forge: Forge, ident: int, at: float) -> Job | None:
    """Return the job with this id on the forge, or None when there is none (yet)."""
    number, index = divmod(ident - FIRST_JOB, world.job_stride)
    if ident < FIRST_JOB or index >= len(world.lanes):
        return None
    lane = world.lanes[index]
    run = lane.run(number)
    return job_of(world, lane, run, at) if forge_of(lane.owner) is forge and run.queued_at <= at else None


def jobs_running(world: World, owner: str, at: float, process: str | None = None) -> int:
    """Return how many jobs a runner (one process of it, if given) runs at the time."""
    return sum(
        lane.current(at) is not None
        for lane in world.lanes_of.get(owner, ())
        if process is None or lane.process == process
    )


def contacted_at(world: World, manager: GitLabManager, at: float) -> float:
    """Return when the manager last asked GitLab for a job: seconds ago while it lives."""
    if manager.gone_at is not None and manager.gone_at <= at:
        return manager.gone_at
    phase = world.chance.between(0, 30, "contact", manager.system_id)
    return max(manager.created_at, at - (at + phase) % 30)


def persisted_contacted_at(world: World, manager: GitLabManager, at: float) -> float:
    """Return the last contact as GitLab's database has it: written every 40 to 55 minutes only."""
    period = world.chance.between(2400, 3300, "persist", manager.system_id)
    end = at if manager.gone_at is None else min(at, manager.gone_at)
    return max(manager.created_at, end - (end - manager.created_at) % period)


def runner_contacted_at(world: World, runner: GitLabRunner, at: float, *, persisted: bool = False) -> float | None:
    """Return the latest contact of any manager, None when the runner was never contacted."""
    ask = persisted_contacted_at if persisted else contacted_at
    return max((ask(world, manager, at) for manager in runner.managers), default=None)


def registered_github_runners(world: World, at: float) -> Iterator[tuple[GitHubRunner, bool]]:
    """Yield every runner in GitHub's lists, ARC's registered ephemeral ones included, with whether it is busy."""
    for plain in world.github_runners.values():
        yield plain, jobs_running(world, f"github/{plain.id}", at) > 0
    for ephemeral in world.ephemeral_runners:
        runner = world.registered(ephemeral)
        if runner is not None:
            yield runner, bool(ephemeral.job_id)
