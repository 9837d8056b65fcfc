"""python-gitlab, which nobody here wrote, against the simulated GitLab."""

from __future__ import annotations

from collections.abc import Iterator

import gitlab
import pytest
from gitlab.exceptions import GitlabAuthenticationError, GitlabDeleteError, GitlabGetError, GitlabUpdateError

from flywheel_tui.simulator.gitlab.app import build_app
from flywheel_tui.simulator.world import Clock, World, build_world
from flywheel_tui.simulator.world.model_forge import RunnerType
from tests.contract.simulator.serving import Served, served

pytestmark = pytest.mark.contract

TOKEN = "glpat-simulated"
AT = 1_795_262_400.0


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(runners=400, clock=Clock(frozen_at=AT))


@pytest.fixture(scope="module")
def server(world: World) -> Iterator[Served]:
    with served(build_app(world, TOKEN)) as found:
        yield found


@pytest.fixture
def client(server: Served) -> Iterator[gitlab.Gitlab]:
    with gitlab.Gitlab(server.url, private_token=TOKEN, timeout=10) as found:
        yield found


def test_it_knows_whom_it_talks_to(client: gitlab.Gitlab) -> None:
    client.auth()
    assert client.user is not None
    assert client.user.username == "root"
    assert client.version() == ("19.6.1-ee", "6a1f0c42d9b")
    assert client.personal_access_tokens.get("self").scopes == ["api", "read_api"]


@pytest.mark.parametrize("per_page", [100, 33])
def test_an_iterator_over_pages_yields_every_runner_once(client: gitlab.Gitlab, world: World, per_page: int) -> None:
    runners = client.runners_all.list(iterator=True, per_page=per_page)
    assert runners.total == len(world.gitlab_runners)
    ids = [runner.id for runner in runners]
    assert sorted(ids) == sorted(world.gitlab_runners)


def test_all_pages_and_filters(client: gitlab.Gitlab, world: World) -> None:
    owned = client.runners.list(get_all=True, per_page=100)
    assert {runner.id for runner in owned} <= set(world.gitlab_runners)
    shared = client.runners_all.list(get_all=True, type="instance_type")
    assert {runner.id for runner in shared} == {
        row.id for row in world.gitlab_runners.values() if row.type is RunnerType.INSTANCE
    }
    new = client.runners_all.list(get_all=True, version_prefix="19.6", tag_list="nix,linux")
    assert {runner.id for runner in new} == {
        row.id
        for row in world.gitlab_runners.values()
        if {"nix", "linux"} <= set(row.tags) and any(each.version.startswith("19.6") for each in row.managers)
    }


def test_runners_of_a_group_and_a_project(client: gitlab.Gitlab, world: World) -> None:
    group = client.groups.get("acme/infra")
    assert group.full_path == "acme/infra"
    listed = {runner.id for runner in group.runners.list(get_all=True)}
    assert {row.id for row in world.gitlab_runners.values() if row.group == "acme/infra"} <= listed
    project = client.projects.get("acme/infra/api")
    assert {runner.id for runner in project.runners.list(iterator=True, per_page=10)} >= {
        row.id for row in world.gitlab_runners.values() if project.id in row.projects
    }


def test_one_runner_its_managers_and_its_jobs(client: gitlab.Gitlab, world: World) -> None:
    busy = next(row for row in world.gitlab_runners.values() if len(row.managers) > 1)
    runner = client.runners.get(busy.id)
    assert runner.tag_list == list(busy.tags)
    managers = client.http_list(f"/runners/{busy.id}/managers", get_all=True)
    assert {each["system_id"] for each in managers} == {each.system_id for each in busy.managers}
    jobs = runner.jobs.list(per_page=5, get_all=False)
    assert len(jobs) == 5
    running = runner.jobs.list(status="running", get_all=True)
    assert all(job.status == "running" for job in running)


def test_jobs_of_a_project_by_keyset(client: gitlab.Gitlab) -> None:
    project = client.projects.get("acme/infra/api")
    jobs = project.jobs.list(
        iterator=True, pagination="keyset", order_by="id", per_page=4, scope=["running", "pending"]
    )
    found = [job.id for job in jobs]
    assert len(found) == len(set(found)) > 4
    assert project.jobs.get(found[0]).id == found[0]


def test_pausing_both_ways(client: gitlab.Gitlab, world: World) -> None:
    ident = next(row.id for row in world.gitlab_runners.values() if not row.paused)
    client.runners.update(ident, {"paused": True})
    assert world.gitlab_runners[ident].paused
    runner = client.runners.get(ident)
    runner.paused = False
    runner.maintenance_note = "seen"
    runner.save()
    assert not world.gitlab_runners[ident].paused
    assert world.gitlab_runners[ident].maintenance_note == "seen"


def test_refusals_come_as_the_clients_own_errors(client: gitlab.Gitlab, server: Served, world: World) -> None:
    with pytest.raises(GitlabGetError) as missing:
        client.runners.get(9)
    assert (missing.value.response_code, missing.value.error_message) == (404, "404 Runner Not Found")
    with pytest.raises(GitlabUpdateError) as invalid:
        client.runners.update(next(iter(world.gitlab_runners)), {"maximum_timeout": 5})
    # A dictionary, whatever the client's annotation says.
    told: object = invalid.value.error_message
    assert told == {"maximum_timeout": ["needs to be at least 10 minutes"]}
    with pytest.raises(GitlabDeleteError) as gone:
        client.runners.delete(9)
    assert gone.value.response_code == 404
    with gitlab.Gitlab(server.url, private_token="wrong") as stranger, pytest.raises(GitlabAuthenticationError):
        stranger.auth()


def test_resetting_a_token_and_deleting(client: gitlab.Gitlab, world: World) -> None:
    ident = max(world.gitlab_runners)
    answer = client.http_post(f"/runners/{ident}/reset_authentication_token")
    assert isinstance(answer, dict)
    assert answer["token"] == world.gitlab_runners[ident].token
    client.runners.delete(ident)
    assert ident not in world.gitlab_runners
