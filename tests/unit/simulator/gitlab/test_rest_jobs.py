from __future__ import annotations

from datetime import datetime

import pytest

from flywheel_tui.simulator.gitlab import site
from flywheel_tui.simulator.gitlab.rest import paging
from flywheel_tui.simulator.world import World
from flywheel_tui.simulator.world.views import running_jobs
from tests.unit.simulator.gitlab.conftest import AT, GitLab, Json

JOB_FIELDS = {
    "id", "status", "stage", "name", "ref", "tag", "coverage", "allow_failure", "created_at", "started_at",
    "finished_at", "erased_at", "duration", "queued_duration", "user", "commit", "pipeline", "web_url", "project",
}  # fmt: skip


async def keyset(gitlab: GitLab, path: str, **params: object) -> list[Json]:
    read: list[Json] = []
    answer = await gitlab.get(path, pagination="keyset", order_by="id", per_page=100, **params)
    while True:
        assert answer.status_code == 200
        assert "x-total" not in answer.headers
        read += answer.json()
        if "next" not in answer.links:
            assert "x-next-cursor" not in answer.headers
            return read
        answer = await gitlab.client.get(answer.links["next"]["url"])


@pytest.fixture
def busy(world: World) -> int:
    """Return the id of a runner that runs several jobs in a few slots."""
    counts: dict[str, int] = {}
    for job in running_jobs(world, AT):
        if job.runner.startswith("gitlab/"):
            counts[job.runner] = counts.get(job.runner, 0) + 1
    several = [key for key, running in counts.items() if running > 1]
    return int(min(several, key=lambda key: (len(world.lanes_of[key]), key)).removeprefix("gitlab/"))


async def test_running_jobs_of_a_runner_are_those_of_the_world(gitlab: GitLab, world: World, busy: int) -> None:
    rows = await gitlab.rows(f"/runners/{busy}/jobs", status="running")
    assert {row["id"] for row in rows} == {job.id for job in running_jobs(world, AT, [f"gitlab/{busy}"])}
    for row in rows:
        assert set(row) == JOB_FIELDS
        assert (row["status"], row["finished_at"]) == ("running", None)
        assert row["project"]["path_with_namespace"].startswith("acme/")


async def test_a_keyset_reads_every_job_once_and_newest_first(gitlab: GitLab, busy: int) -> None:
    read = await keyset(gitlab, f"/runners/{busy}/jobs")
    assert len(read) > 100
    assert len({row["id"] for row in read}) == len(read)
    total = (await gitlab.get(f"/runners/{busy}/jobs")).headers["x-total"]
    assert len(read) == int(total)
    upwards = await keyset(gitlab, f"/runners/{busy}/jobs", sort="asc")
    assert [row["id"] for row in upwards] == [row["id"] for row in read][::-1]


async def test_the_jobs_of_one_process_come_without_a_total(gitlab: GitLab, world: World, busy: int) -> None:
    of_all: set[int] = set()
    for manager in world.gitlab_runners[busy].managers:
        answer = await gitlab.get(f"/runners/{busy}/jobs", system_id=manager.system_id, status="running", per_page=100)
        assert "x-total" not in answer.headers
        of_all |= {row["id"] for row in answer.json()}
    assert of_all == {row["id"] for row in await gitlab.rows(f"/runners/{busy}/jobs", status="running")}


async def test_statuses_partition_the_jobs_of_a_runner(gitlab: GitLab, busy: int) -> None:
    every = await keyset(gitlab, f"/runners/{busy}/jobs")
    for status in ("running", "success", "failed", "canceled", "pending", "manual"):
        found = await keyset(gitlab, f"/runners/{busy}/jobs", status=status)
        assert [row["id"] for row in found] == [row["id"] for row in every if row["status"] == status]
        for row in found:
            assert ("failure_reason" in row) is (status == "failed")


async def test_jobs_of_a_project_by_scope(gitlab: GitLab, world: World) -> None:
    found = (await gitlab.client.get("/api/v4/projects/501/jobs?scope[]=running&scope[]=pending&per_page=100")).json()
    running = {job.id for job in running_jobs(world, AT) if job.project.id == 501}
    assert running
    assert {row["id"] for row in found if row["status"] == "running"} == running
    assert {row["status"] for row in found} <= {"running", "pending"}
    for row in found:
        assert row["tag_list"]
        assert (row["runner"] is None) is (row["status"] == "pending")
        assert (row["runner_manager"] is None) is (row["status"] == "pending")
        one = (await gitlab.get(f"/projects/501/jobs/{row['id']}")).json()
        assert one == row
    queued = [datetime.fromisoformat(row["created_at"]).timestamp() for row in found]
    assert queued
    assert max(queued) <= AT


async def test_pages_of_a_projects_jobs_have_no_total_and_do_not_overlap(gitlab: GitLab) -> None:
    first = await gitlab.get("/projects/501/jobs", per_page=30)
    second = await gitlab.client.get(first.links["next"]["url"])
    assert "x-total" not in first.headers
    assert "last" not in first.links
    assert (second.headers["x-page"], second.headers["x-prev-page"]) == ("2", "1")
    assert not {row["id"] for row in first.json()} & {row["id"] for row in second.json()}
    by_keyset = await gitlab.get("/projects/501/jobs", pagination="keyset", per_page=60)
    assert by_keyset.json() == first.json() + second.json()


async def test_offsets_end_somewhere(gitlab: GitLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MOST_OFFSET", 40)
    assert (await gitlab.get("/projects/501/jobs", per_page=20, page=3)).status_code == 200
    answer = await gitlab.get("/projects/501/jobs", per_page=20, page=4)
    assert answer.status_code == 405
    assert "Remaining records can be retrieved using keyset pagination" in answer.json()["error"]


async def test_cancelling_ends_a_running_job_and_only_that(live: GitLab, live_world: World) -> None:
    job = next(job for job in running_jobs(live_world, AT) if job.runner.startswith("gitlab/"))
    address = f"/projects/{job.project.id}/jobs/{job.id}"
    live_world.clock.advance(1)
    answer = await live.client.post(f"/api/v4{address}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (201, "canceled")
    assert (await live.get(address)).json()["status"] == "canceled"
    again = await live.client.post(f"/api/v4{address}/cancel")
    assert (again.status_code, again.json()["status"]) == (201, "canceled")
    other = next(each for each in live_world.gitlab_projects.values() if each.id != job.project.id)
    assert (await live.get(f"/projects/{other.id}/jobs/{job.id}")).status_code == 404


async def test_a_user_may_list_jobs_of_projects_so_often_a_minute(
    live: GitLab, live_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(site.JOB_LISTS_A_MINUTE + 1):
        answer = await live.get("/projects/501/jobs", per_page=1, **{"scope[]": "manual"})
        assert answer.status_code == (200 if number < site.JOB_LISTS_A_MINUTE else 429)
    assert "too many times" in answer.json()["message"]["error"]
    live_world.clock.advance(60)
    assert (await live.get("/projects/501/jobs", per_page=1)).status_code == 200


async def test_groups_and_projects_are_listed(gitlab: GitLab, world: World) -> None:
    groups = await gitlab.rows("/groups", per_page=100)
    assert {row["full_path"] for row in groups} == {each.full_path for each in world.groups.values()}
    projects = await gitlab.rows("/projects", per_page=100)
    assert {row["path_with_namespace"] for row in projects} == {
        each.full_path for each in world.gitlab_projects.values()
    }
    assert await gitlab.rows("/groups/acme/projects") == []
    below = await gitlab.rows("/groups/acme/projects", include_subgroups="true", per_page=100)
    assert {row["id"] for row in below} == {row["id"] for row in projects}
    found = await gitlab.rows("/projects", search="INFRA", per_page=100)
    assert found
    assert all("infra" in row["path_with_namespace"] for row in found)
