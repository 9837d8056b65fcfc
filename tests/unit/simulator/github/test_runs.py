from __future__ import annotations

from datetime import datetime

import pytest

from flywheel_tui.simulator.world import World
from flywheel_tui.simulator.world.model_forge import Forge, Job, JobStatus, Project
from flywheel_tui.simulator.world.views import pending_jobs, running_jobs
from tests.unit.simulator.github.conftest import AT, GitHub, Json


def alive(world: World) -> dict[str, list[Job]]:
    """Return GitHub's jobs that wait or run, by repository."""
    found: dict[str, list[Job]] = {}
    for job in (*running_jobs(world, AT), *pending_jobs(world, AT)):
        if job.forge is Forge.GITHUB:
            found.setdefault(job.project.full_path, []).append(job)
    return found


@pytest.fixture
def place(world: World) -> Project:
    """Return the repository with most to do."""
    found = alive(world)
    path = max(found, key=lambda each: len(found[each]))
    return next(each for each in world.repositories.values() if each.full_path == path)


async def runs(github: GitHub, place: Project, **params: object) -> list[Json]:
    rows: list[Json] = []
    page = 1
    while True:
        body = await github.body(f"/repos/{place.full_path}/actions/runs", per_page=100, page=page, **params)
        rows += body["workflow_runs"]
        if len(rows) >= min(body["total_count"], 1_000):
            return rows
        page += 1


async def test_every_job_that_waits_or_runs_is_found_through_its_run(github: GitHub, world: World) -> None:
    for path, wanted in alive(world).items():
        project = wanted[0].project
        found: dict[int, str] = {}
        for status in ("queued", "in_progress"):
            for run in await runs(github, project, status=status):
                assert run["status"] == status
                body = await github.body(f"/repos/{path}/actions/runs/{run['id']}/jobs")
                found |= {job["id"]: job["status"] for job in body["jobs"] if job["status"] != "completed"}
        words = {JobStatus.RUNNING: "in_progress", JobStatus.PENDING: "queued"}
        assert found == {job.id: words[job.status] for job in wanted}


async def test_a_running_job_names_its_runner_and_a_queued_one_none(github: GitHub, world: World) -> None:
    arc = plain = 0
    for path, jobs in alive(world).items():
        for job in jobs:
            body = await github.body(f"/repos/{path}/actions/jobs/{job.id}")
            started = datetime.fromisoformat(body["started_at"]).timestamp()
            if job.status is JobStatus.PENDING:
                assert (body["runner_id"], body["runner_name"], body["steps"]) == (None, None, [])
                assert body["started_at"] == body["created_at"]
                continue
            assert job.started_at is not None
            assert abs(started - job.started_at) <= 1
            assert body["runner_name"] == job.runner_name
            if job.runner.startswith("arc/"):
                arc += 1
                ephemeral = next(each for each in world.ephemeral_runners if each.meta.name == job.runner_name)
                assert body["runner_id"] == ephemeral.runner_id
            else:
                plain += 1
                assert f"github/{body['runner_id']}" == job.runner
    assert arc
    assert plain


async def test_runs_are_newest_first_and_filtered(github: GitHub, place: Project) -> None:
    every = await runs(github, place)
    created = [run["created_at"] for run in every]
    assert created == sorted(created, reverse=True)
    assert len({run["id"] for run in every}) == len(every)
    for word in ("completed", "success", "failure", "cancelled", "queued", "in_progress"):
        found = await runs(github, place, status=word)
        wanted = [run["id"] for run in every if word in (run["status"], run["conclusion"])]
        assert [run["id"] for run in found] == wanted
    assert await runs(github, place, status="waiting") == []
    assert await runs(github, place, event="schedule") == []
    branch, sha, actor = every[0]["head_branch"], every[0]["head_sha"], every[0]["actor"]["login"]
    for params in ({"branch": branch}, {"head_sha": sha}, {"actor": actor}):
        found = await runs(github, place, **params)
        assert every[0]["id"] in {run["id"] for run in found}


async def test_unknown_words_are_refused(github: GitHub, place: Project) -> None:
    answer = await github.get(f"/repos/{place.full_path}/actions/runs", status="nope")
    assert answer.status_code == 422
    run = (await runs(github, place))[0]
    answer = await github.get(f"/repos/{place.full_path}/actions/runs/{run['id']}/jobs", filter="nope")
    assert answer.status_code == 422
    for path in ("actions/runs/1", "actions/runs/1/jobs", "actions/jobs/1", "actions/jobs/99999999999999999999"):
        assert (await github.get(f"/repos/{place.full_path}/{path}")).status_code == 404


async def test_a_job_belongs_to_one_repository(github: GitHub, world: World) -> None:
    jobs = [each[0] for each in alive(world).values()]
    assert (await github.get(f"/repos/{jobs[0].project.full_path}/actions/jobs/{jobs[1].id}")).status_code == 404


async def test_cancelling(live: GitHub, live_world: World) -> None:
    job = next(
        job
        for jobs in alive(live_world).values()
        for job in jobs
        if job.status is JobStatus.RUNNING and job.runner.startswith("github/")
    )
    path = f"/repos/{job.project.full_path}/actions/runs/{job.run_id}"
    live_world.clock.advance(1)
    answer = await live.client.post(f"{path}/cancel")
    assert (answer.status_code, answer.json()) == (202, {})
    told = await live.body(f"/repos/{job.project.full_path}/actions/jobs/{job.id}")
    assert (told["status"], told["conclusion"]) == ("completed", "cancelled")
    if (await live.body(path))["status"] == "completed":
        assert (await live.client.post(f"{path}/cancel")).status_code == 409
