"""PyGithub, which nobody here wrote, against the simulated GitHub."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from github import Auth, BadCredentialsException, Github, GithubException, RateLimitExceededException

from flywheel_tui.simulator.github.app import build_app
from flywheel_tui.simulator.world import Clock, World, build_world
from flywheel_tui.simulator.world.views import registered_github_runners
from tests.contract.simulator.serving import Served, served

pytestmark = pytest.mark.contract

TOKEN = "ghp_simulated"
AT = 1_795_262_400.0


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(runners=600, clock=Clock(frozen_at=AT))


@pytest.fixture(scope="module")
def server(world: World) -> Iterator[Served]:
    with served(build_app(world, TOKEN, points_a_minute=100_000)) as found:
        yield found


def github(url: str, token: str = TOKEN) -> Github:
    return Github(
        base_url=url, auth=Auth.Token(token), retry=None, timeout=10, per_page=100, lazy=True,
        seconds_between_requests=None, seconds_between_writes=None,
    )  # fmt: skip


@pytest.fixture
def client(server: Served) -> Iterator[Github]:
    found = github(server.url)
    yield found
    found.close()


def registered(world: World, place: str) -> dict[int, tuple[str, bool]]:
    return {
        row.id: (row.name, busy)
        for row, busy in registered_github_runners(world, AT)
        if place == (row.repository or row.org)
    }


def test_an_organizations_runners_over_several_pages(client: Github, world: World) -> None:
    wanted = registered(world, "acme")
    assert len(wanted) > 100
    runners = client.get_organization("acme").get_self_hosted_runners()
    assert runners.totalCount == len(wanted)
    found = list(runners)
    assert {runner.id: (runner.name, runner.busy) for runner in found} == wanted
    assert len(found) == len(wanted)
    for runner in found:
        assert runner.status in {"online", "offline"}
        assert runner.raw_data["version"].startswith("2.")
        assert runner.labels


def test_a_repositorys_runners(client: Github, world: World) -> None:
    place = next(row.repository for row in world.github_runners.values() if row.repository)
    repository = client.get_repo(place)
    found = {runner.id: (runner.name, runner.busy) for runner in repository.get_self_hosted_runners()}
    assert found == registered(world, place)
    one = next(iter(found))
    assert repository.get_self_hosted_runner(one).id == one


def test_an_unchanged_page_is_free(client: Github) -> None:
    url = "/orgs/acme/actions/runners?per_page=100"
    headers, body = client.requester.requestJsonAndCheck("GET", url)
    assert isinstance(body, dict)
    assert len(body["runners"]) == 100
    before = client.get_rate_limit().resources.core.remaining
    again, nothing = client.requester.requestJsonAndCheck("GET", url, headers={"If-None-Match": headers["etag"]})
    assert nothing is None
    assert again["etag"] == headers["etag"]
    assert client.get_rate_limit().resources.core.remaining == before
    assert client.rate_limiting[1] == 5_000
    assert client.oauth_scopes == ["admin:org", "repo"]


def test_groups_and_labels_that_the_client_has_no_words_for(client: Github, world: World) -> None:
    _, body = client.requester.requestJsonAndCheck("GET", "/orgs/acme/actions/runner-groups")
    assert [group["name"] for group in body["runner_groups"]] == ["Default", "restricted", "quarantine"]
    ident = next(ident for ident, row in world.github_runners.items() if (row.org, row.repository) == ("acme", None))
    url = f"/orgs/acme/actions/runners/{ident}/labels"
    _, body = client.requester.requestJsonAndCheck("PUT", url, input={"labels": ["one"]})
    assert [label["name"] for label in body["labels"] if label["type"] == "custom"] == ["one"]


def test_runs_and_their_jobs(client: Github, world: World) -> None:
    place = next(row.repository for row in world.github_runners.values() if row.repository)
    runs = list(client.get_repo(place).get_workflow_runs(status="in_progress"))
    assert runs
    for run in runs[:5]:
        jobs = list(run.jobs())
        assert {job.run_id for job in jobs} == {run.id}
        assert any(job.status in {"in_progress", "queued"} for job in jobs)
        assert run.head_commit.author.name
        assert client.get_repo(place).get_workflow_job(jobs[0].id).name == jobs[0].name


def test_who_one_is(client: Github) -> None:
    assert client.get_user().login == "root"
    assert client.get_organization("acme").id == 90_000
    names = [repository.name for repository in client.get_organization("acme").get_repos()]
    assert len(names) == len(set(names)) > 0


def test_removing(client: Github, world: World) -> None:
    busy = next(ident for ident, (_, works) in registered(world, "acme").items() if works)
    idle = next(
        ident
        for ident, (_, works) in registered(world, "acme-labs").items()
        if not works and ident in world.github_runners
    )
    with pytest.raises(GithubException) as refused:
        client.get_organization("acme").delete_self_hosted_runner(busy)
    assert refused.value.status == 422
    client.get_organization("acme-labs").delete_self_hosted_runner(idle)
    assert idle not in world.github_runners


def test_refusals_come_as_the_clients_own_errors(server: Served, client: Github, world: World) -> None:
    with pytest.raises(GithubException) as missing:
        client.get_organization("acme").get_self_hosted_runner(1)
    assert missing.value.status == 404
    stranger = github(server.url, "wrong")
    with pytest.raises(BadCredentialsException):
        stranger.get_user().login  # noqa: B018 - reading the attribute asks
    stranger.close()
    with served(build_app(world, TOKEN, hourly_limit=0)) as exhausted:
        late = github(exhausted.url)
        with pytest.raises(RateLimitExceededException):
            late.get_user().login  # noqa: B018 - reading the attribute asks
        late.close()
