"""Pending and running jobs, where the token may see them."""

from __future__ import annotations

import httpx

from flywheel_tui.domain.job import Job, JobState
from flywheel_tui.domain.runner import RunnerKind
from tests.unit.sources.gitlab.fake_gitlab import FakeGitLab, job, runner
from tests.unit.sources.gitlab.reading import runners, said


async def test_a_thousand_jobs_still_fit_the_25_requests(gitlab: FakeGitLab) -> None:
    gitlab.administrator = True
    gitlab.groups["infra"] = [runner(number) for number in range(1, 1001)]
    gitlab.jobs = [job(number) for number in range(1, 1502)]
    gitlab.jobs += [job(number, status="RUNNING") for number in range(2001, 2501)]
    observation = await gitlab.source().fetch()
    assert len(gitlab.requests) == 24, "two for the probe, ten of runners, seven and five of jobs"
    assert len(observation.tables[Job]) == 1200
    assert said(observation, "truncated") == ["Over 1,000 jobs wait, the newest 700 are shown."]
    assert not observation.complete


async def test_a_cap_on_running_jobs_is_measured_too(gitlab: FakeGitLab) -> None:
    gitlab.administrator = True
    gitlab.groups["infra"] = [runner(number) for number in range(1, 1501)]
    gitlab.jobs = [job(number) for number in range(1, 601)]
    gitlab.jobs += [job(number, status="RUNNING") for number in range(2001, 2801)]
    observation = await gitlab.source().fetch()
    assert len(gitlab.requests) == 2 + 15 + 10
    assert said(observation, "truncated") == ["800 jobs run, the newest 400 are shown."]


async def test_many_running_jobs_push_out_none_that_wait(gitlab: FakeGitLab) -> None:
    gitlab.administrator = True
    gitlab.groups["infra"] = [runner(1)]
    gitlab.jobs = [job(number, status="RUNNING") for number in range(1001, 3001)] + [job(1)]
    jobs = (await gitlab.source().fetch()).tables[Job].values()
    assert [row.id for row in jobs if isinstance(row, Job) and row.state is JobState.PENDING] == ["1"]


async def test_a_job_that_starts_while_the_lists_are_read_runs(gitlab: FakeGitLab) -> None:
    gitlab.administrator = True
    gitlab.groups["infra"] = [runner(1)]
    gitlab.jobs = [job(7)]

    def start(request: httpx.Request, number: int) -> None:
        if b"RUNNING" in request.content and b"FlywheelJobs" in request.content:
            gitlab.jobs = [job(7, status="RUNNING", startedAt="2026-11-21T12:00:00Z")]

    gitlab.intercept = start
    (row,) = (await gitlab.source().fetch()).tables[Job].values()
    assert isinstance(row, Job)
    assert row.state is JobState.RUNNING


async def test_administrators_see_the_whole_instance_and_its_jobs(gitlab: FakeGitLab) -> None:
    gitlab.administrator = True
    gitlab.instance = [
        runner(1, runnerType="INSTANCE_TYPE", adminUrl="https://gitlab.example.com/admin/runners/1"),
        runner(2),
    ]
    gitlab.jobs = [
        job(10),
        job(11, status="RUNNING", startedAt="2026-11-21T11:59:00Z", runner={"id": "gid://gitlab/Ci::Runner/2"}),
    ]
    observation = await gitlab.source(groups=()).fetch()
    assert {row.id: row.kind for row in runners(observation).values()} == {
        "1": RunnerKind.INSTANCE,
        "2": RunnerKind.GROUP,
    }
    assert runners(observation)["1"].scope == "instance"
    jobs = [row for row in observation.tables[Job].values() if isinstance(row, Job)]
    assert [(row.key, row.state, row.runner_id) for row in jobs] == [
        ("prod/gitlab/job/10", JobState.PENDING, None),
        ("prod/gitlab/job/11", JobState.RUNNING, "2"),
    ]
    assert observation.complete


async def test_jobs_are_those_of_the_configured_groups(gitlab: FakeGitLab) -> None:
    gitlab.administrator = True
    gitlab.groups["infra"] = [runner(1)]
    gitlab.jobs = [job(10), job(11, project={"fullPath": "infrared/app"}), job(12, project={"fullPath": "infra/a/b"})]
    observation = await gitlab.source().fetch()
    assert list(observation.tables[Job]) == ["prod/gitlab/job/10", "prod/gitlab/job/12"]


async def test_a_group_is_the_same_however_it_is_capitalised(gitlab: FakeGitLab) -> None:
    gitlab.administrator = True
    gitlab.groups["Infra"] = [runner(1)]
    gitlab.jobs = [job(12, project={"fullPath": "infra/a/b"})]
    observation = await gitlab.source(groups=("Infra",)).fetch()
    assert list(observation.tables[Job]) == ["prod/gitlab/job/12"]


async def test_jobs_that_nobody_may_see_are_unknown_not_none(gitlab: FakeGitLab) -> None:
    gitlab.groups["infra"] = [runner(1)]
    observation = await gitlab.source().fetch()
    assert Job not in observation.tables
    gitlab.administrator = True
    observation = await gitlab.source().fetch()
    assert observation.tables[Job] == {}


async def test_jobs_that_cannot_be_read_cost_no_runner(gitlab: FakeGitLab) -> None:
    gitlab.administrator = True
    gitlab.groups["infra"] = [runner(1)]
    gitlab.intercept = lambda request, number: (
        httpx.Response(503, json={"errors": [{"message": "Request timed out."}]})
        if b"FlywheelJobs" in request.content
        else None
    )
    observation = await gitlab.source().fetch()
    assert list(runners(observation)) == ["1"]
    assert Job not in observation.tables
    assert said(observation, "jobs_unknown") == [
        "The pending and running jobs could not be read: GitLab failed with HTTP 503."
    ]


async def test_a_gitlab_without_that_job_list_is_asked_once(gitlab: FakeGitLab) -> None:
    gitlab.schema = ("common", "enterprise")
    gitlab.administrator = True
    gitlab.groups["infra"] = [runner(1)]
    source = gitlab.source()
    await source.fetch()
    before = len(gitlab.requests)
    observation = await source.fetch()
    assert len(gitlab.requests) - before == 1
    assert "Field 'jobs' doesn't exist on type 'Query'" in said(observation, "jobs_unknown")[0]


async def test_jobs_that_end_in_an_inner_error_are_unknown(gitlab: FakeGitLab) -> None:
    gitlab.administrator = True
    gitlab.groups["infra"] = [runner(1)]
    gitlab.intercept = lambda request, number: (
        httpx.Response(200, json={"errors": [{"message": "Internal error"}]})
        if b"FlywheelJobs" in request.content
        else None
    )
    observation = await gitlab.source().fetch()
    assert Job not in observation.tables
    assert not observation.complete
    assert said(observation, "jobs_unknown") == [
        "The pending and running jobs could not be read: GitLab answered an error instead of its jobs (Internal error)."
    ]
