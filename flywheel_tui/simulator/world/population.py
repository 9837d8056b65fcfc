"""Peoples the world: users, groups, projects, and the runners of both forges that are not in the cluster's custody."""

from __future__ import annotations

import re

import msgspec

from flywheel_tui.simulator.world import vocabulary as words
from flywheel_tui.simulator.world.chance import ALPHANUMERIC, LOWER
from flywheel_tui.simulator.world.model_forge import (
    Forge,
    GitHubRunner,
    GitLabManager,
    GitLabRunner,
    Group,
    Project,
    RunnerGroup,
    RunnerLabel,
    RunnerType,
    User,
)
from flywheel_tui.simulator.world.tape import DAY
from flywheel_tui.simulator.world.usage import usage_for
from flywheel_tui.simulator.world.vocabulary import Workload
from flywheel_tui.simulator.world.world import World

FIRST_GITLAB_RUNNER = 101
FIRST_GITHUB_RUNNER = 2_001
KUBERNETES_SHARE = 0.42
REPOSITORIES = 4  # so many have runners of their own


def shares(size: int) -> tuple[int, int, int]:
    """Return how many of `size` rows are GitLab runners, GitHub runners and ARC scale sets: 60, 25 and 15 %."""
    gitlab = round(size * 0.6)
    github = min(size - gitlab, round(size * 0.25))
    return gitlab, github, size - gitlab - github


def people_forges(world: World) -> None:
    """Add users, groups, projects, repositories, runner groups and the names of the nodes."""
    for number, (username, name) in enumerate(words.PEOPLE, start=1):
        world.users[number] = User(number, username, name)
    teams = words.TEAMS[: max(3, min(len(words.TEAMS), world.size // 10))]
    paths = [words.GITLAB_ROOT, *(f"{words.GITLAB_ROOT}/{team}" for team in teams)]
    for number, path in enumerate(paths, start=10):
        world.groups[number] = Group(number, path, path.rsplit("/", 1)[-1])
    per_team = max(2, min(len(words.PARTS), world.size // 40))
    names = [(team, part) for team in teams for part in words.PARTS[:per_team]]
    for number, (team, part) in enumerate(names, start=501):
        world.gitlab_projects[number] = Project(number, Forge.GITLAB, f"{words.GITLAB_ROOT}/{team}/{part}")
    for number, (team, part) in enumerate(names, start=7_001):
        org = world.orgs[number % len(world.orgs)]
        world.repositories[number] = Project(number, Forge.GITHUB, f"{org}/{team}-{part}")
    number = 1
    for org in world.orgs:
        world.runner_groups[number] = RunnerGroup(number, org, "Default", "all", default=True)
        selected = tuple(repo.id for repo in world.repositories.values() if repo.namespace == org)[:3]
        world.runner_groups[number + 1] = RunnerGroup(number + 1, org, "restricted", "selected", repositories=selected)
        world.runner_groups[number + 2] = RunnerGroup(number + 2, org, "quarantine", "selected")
        number += 3
    world.nodes = tuple(f"worker-{index:03d}" for index in range(1, max(6, world.size // 8) + 1))


def populate_gitlab(world: World, count: int) -> None:
    """Add the GitLab runners and their managers; those with a `release` still lack their objects in the cluster."""
    for position in range(count):
        runner = _gitlab_runner(world, position)
        world.gitlab_runners[runner.id] = runner
        key = f"gitlab/{runner.id}"
        workload = workload_of(world, "gitlab", position)
        load = world.chance.choice((40, 70, 100, 130, 170), "load", key)
        for manager in runner.managers:
            for _ in range(manager.slots):
                lane = world.add_lane(key, workload, words.GITLAB_FAILURES, load)
                lane.process = manager.system_id
                if manager.gone_at is not None:
                    lane.cut(manager.gone_at, "runner_system_failure")
                    lane.stall(manager.gone_at)


def workload_of(world: World, forge: str, position: int) -> Workload:
    """Return the workload of the runner at this position of its forge's population."""
    weights = (0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 5)
    return words.WORKLOADS[world.chance.choice(weights, "workload", forge, position)]


def _gitlab_runner(world: World, position: int) -> GitLabRunner:
    chance, ident = world.chance, FIRST_GITLAB_RUNNER + position
    workload = workload_of(world, "gitlab", position)
    groups = list(world.groups.values())
    group = groups[1 + chance.bits("group", ident) % (len(groups) - 1)]
    roll = chance.fraction("type", ident)
    kind = RunnerType.GROUP if roll < 0.75 else RunnerType.PROJECT if roll < 0.92 else RunnerType.INSTANCE
    created = world.birth - chance.between(0, 400 * DAY, "created", ident)
    in_cluster = chance.happens(KUBERNETES_SHARE, "cluster", ident)
    fate = chance.fraction("fate", ident)
    if position < len(words.HOSTILE_DESCRIPTIONS):
        description = words.HOSTILE_DESCRIPTIONS[position]
    else:
        place = "k8s" if in_cluster else chance.choice(("vm", "metal", "hetzner"), "place", ident)
        description = f"{group.name}-{workload.name}-{place}-{ident}"
    release = f"{workload.label}-{group.name}-{ident}" if in_cluster else None
    never = fate >= 0.995 and position >= len(words.HOSTILE_DESCRIPTIONS)
    if never:
        # GitLab calls one that is older than a week stale. The registration tokens without a creator are gone by now.
        release, created = None, world.epoch - chance.between(0.1 * DAY, 5 * DAY, "created", ident)
    legacy = chance.happens(0.25, "legacy", ident)
    tags = (*workload.tags, *((group.name,) if kind is not RunnerType.INSTANCE else ("shared",)))
    projects: tuple[int, ...] = ()
    if kind is RunnerType.PROJECT:
        own = [project.id for project in world.gitlab_projects.values() if project.namespace == group.full_path]
        projects = tuple(own[: chance.integer(1, 3, "projects", ident)])
    runner = GitLabRunner(
        id=ident,
        description=description,
        token="glrt-" + chance.letters(20, ALPHANUMERIC, "token", ident),
        config_name=release or re.sub(r"[^a-z0-9-]+", "-", description.lower()).strip("-") or f"runner-{ident}",
        type=kind,
        tags=tags,
        created_at=created,
        group=group.full_path if kind is RunnerType.GROUP else None,
        projects=projects,
        creator=chance.choice(tuple(world.users), "creator", ident) if never or not legacy else None,
        release=release,
        namespace=words.RUNNERS_NAMESPACE if release else None,
        run_untagged=chance.happens(0.15, "untagged", ident),
        locked=kind is RunnerType.PROJECT and chance.happens(0.5, "locked", ident),
        protected=chance.happens(0.2, "protected", ident),
        maximum_timeout=chance.choice((None, 3600, 3600, 7200, 10800), "timeout", ident),
    )
    if never:
        return runner
    gone = None
    if release is None and position >= len(words.HOSTILE_DESCRIPTIONS):
        if fate >= 0.985:
            gone = world.epoch - chance.between(9 * DAY, 60 * DAY, "gone", ident)
        elif fate >= 0.965:
            gone = world.epoch - chance.between(3 * 3600, 5 * DAY, "gone", ident)
    return msgspec.structs.replace(runner, managers=_managers(world, runner, workload, gone))


def _managers(world: World, runner: GitLabRunner, workload: Workload, gone: float | None) -> tuple[GitLabManager, ...]:
    chance = world.chance
    large = world.size > 1_000
    amount = chance.choice((1, 1, 2) if large else (1, 1, 2, 3), "managers", runner.id)
    slots = chance.choice((1, 2, 2, 4) if large else (2, 4, 4, 6), "slots", runner.id)
    made = []
    for number in range(amount):
        version = manager_version(world, runner.id, number)
        in_cluster = runner.release is not None
        letters = chance.letters(12, LOWER, "system", runner.id, number)
        made.append(
            GitLabManager(
                id=runner.id * 100 + number,
                runner_id=runner.id,
                system_id=("r_" if in_cluster else "s_") + letters,
                version=version,
                revision=chance.letters(8, "0123456789abcdef", "revision", version),
                platform="linux",
                architecture=chance.choice(("amd64", "amd64", "amd64", "arm64"), "architecture", runner.id, number),
                executor="kubernetes" if in_cluster else "docker" if workload.name != "gpu" else "shell",
                ip_address=_address(world, 203, runner.id, number),
                created_at=max(
                    runner.created_at, world.birth - chance.between(0, 30 * DAY, "manager", runner.id, number)
                ),
                started_at=world.epoch - chance.between(2 * 3600, 20 * DAY, "process", runner.id, number),
                slots=slots,
                gone_at=gone,
                usage=None
                if in_cluster
                else usage_for(
                    chance, runner.id, number, cpu=(0.02, 0.2), cpu_limit=None, memory=(60e6, 200e6), memory_limit=None
                ),
            )
        )
    return tuple(made)


def manager_version(world: World, *parts: object) -> str:
    """Return the gitlab-runner version of a manager: recent, except in the scenario `upgrade`."""
    chance = world.chance
    if world.scenario == "upgrade" and chance.happens(0.6, "old-version", *parts):
        return chance.choice(words.OLD_RUNNER_VERSIONS, "version", *parts)
    return chance.choice(words.RUNNER_VERSIONS, "version", *parts)


def _address(world: World, first: int, *parts: object) -> str:
    bits = world.chance.bits("address", *parts)
    return f"{first}.0.{113 if first == 203 else bits >> 8 & 255}.{1 + bits % 254}"


def populate_github(world: World, count: int) -> None:
    """Add the GitHub self-hosted runners that are not ARC's, each with its one slot."""
    chance = world.chance
    repositories = list(world.repositories.values())[:REPOSITORIES]
    for position in range(count):
        ident = FIRST_GITHUB_RUNNER + position
        workload = workload_of(world, "github", position)
        repository = chance.choice(repositories, "repository", ident) if chance.happens(0.3, "level", ident) else None
        org = repository.namespace if repository else chance.choice(world.orgs, "org", ident)
        group = 1 + 3 * world.orgs.index(org)
        if repository is None and chance.happens(0.2, "restricted", ident):
            group += 1
        system = chance.choice(("Linux", "Linux", "Linux", "Linux", "Windows", "macOS"), "os", ident)
        old = world.scenario == "upgrade" and chance.happens(0.5, "old-version", ident)
        offline = chance.happens(0.04, "offline", ident)
        machine = "ARM64" if system == "macOS" else "X64"
        fixed = [
            RunnerLabel(label, name, custom=False) for label, name in enumerate(("self-hosted", system, machine), 1)
        ]
        own = [
            RunnerLabel(100 + words.WORKLOADS.index(workload), f"{words.GITLAB_ROOT}-{workload.label}", custom=True),
            RunnerLabel(200 + group, chance.choice(words.TEAMS, "team", ident), custom=True),
        ]
        runner = GitHubRunner(
            id=ident,
            name=f"{org}-{workload.label}-{system.lower()}-{ident}",
            org=org,
            os=system,
            labels=(*fixed, *own),
            version=chance.choice(words.OLD_GITHUB_RUNNER_VERSIONS, "v", ident) if old else words.GITHUB_RUNNER_VERSION,
            group_id=1 if repository else group,
            repository=repository.full_path if repository else None,
            offline_since=world.epoch - chance.between(600, 20 * DAY, "down", ident) if offline else None,
        )
        world.github_runners[ident] = runner
        key = f"github/{ident}"
        lane = world.add_lane(key, workload, words.GITHUB_FAILURES, chance.choice((50, 90, 130), "load", key))
        if runner.offline_since is not None:
            lane.cut(runner.offline_since, "failure")
            lane.stall(runner.offline_since)
