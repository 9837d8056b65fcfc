from __future__ import annotations

import pytest

from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.fleet import RunnerStatus
from flywheel_tui.domain.metric import Sample
from flywheel_tui.domain.runner import RunnerState
from tests.unit.insight import build

TOKEN = "tok000007"


def told(query: str, value: float | None, **labels: str) -> Sample:
    return build.sample(query, value, **{"runner": TOKEN, "system_id": "r_7", **labels})


class TestGitLabBusy:
    def test_gitlabs_count_comes_first(self) -> None:
        fleet = build.fleet(build.gitlab(running_jobs=3, busy=True), told("gitlab_jobs_running", 9))
        assert build.only_runner(fleet).busy == 3

    def test_an_idle_runner_is_not_busy(self) -> None:
        assert build.only_runner(build.fleet(build.gitlab(running_jobs=None, busy=False))).busy == 0

    def test_metrics_count_where_gitlab_only_says_active(self) -> None:
        row = build.gitlab(running_jobs=None, busy=True)
        samples = (told("gitlab_jobs_running", 2), told("gitlab_jobs_running", 1, system_id="r_other"))
        assert build.only_runner(build.fleet(row, *samples)).busy == 3

    def test_active_without_a_count_is_an_unknown_number_of_jobs(self) -> None:
        runner = build.only_runner(build.fleet(build.gitlab(running_jobs=None, busy=True)))
        assert runner.busy is None
        assert runner.status is RunnerStatus.BUSY

    def test_nan_is_unknown(self) -> None:
        row = build.gitlab(running_jobs=None, busy=True)
        samples = (told("gitlab_jobs_running", 2), told("gitlab_jobs_running", None, system_id="r_other"))
        assert build.only_runner(build.fleet(row, *samples)).busy is None


class TestGitLabCapacity:
    def test_it_is_the_sum_of_the_managers_limits(self) -> None:
        row = build.gitlab(managers=(build.manager("a"), build.manager("b")), manager_count=2)
        samples = (told("gitlab_job_limit", 4, system_id="a"), told("gitlab_job_limit", 6, system_id="b"))
        assert build.only_runner(build.fleet(row, *samples)).capacity == 10

    def test_a_manager_that_does_not_report_makes_it_unknown(self) -> None:
        row = build.gitlab(managers=(build.manager("a"), build.manager("b")), manager_count=2)
        assert build.only_runner(build.fleet(row, told("gitlab_job_limit", 4, system_id="a"))).capacity is None

    def test_a_manager_that_is_offline_need_not_report(self) -> None:
        gone = build.manager("b", state=RunnerState.OFFLINE)
        row = build.gitlab(managers=(build.manager("a"), gone), manager_count=2)
        runner = build.only_runner(build.fleet(row, told("gitlab_job_limit", 4, system_id="a")))
        assert (runner.capacity, runner.manager_ready, runner.manager_total) == (4, 1, 2)

    @pytest.mark.parametrize("value", [0.0, None])
    def test_no_limit_is_no_capacity(self, value: float | None) -> None:
        assert build.only_runner(build.fleet(build.gitlab(), told("gitlab_job_limit", value))).capacity is None

    def test_without_metrics_it_is_unknown(self) -> None:
        assert build.only_runner(build.fleet(build.gitlab())).capacity is None


class TestGitLabFailureRate:
    def test_the_jobs_own_failures_do_not_count(self) -> None:
        samples = (
            told("gitlab_jobs_completed_1h", 50),
            build.sample("gitlab_jobs_failed_1h", 20, runner=TOKEN, failure_reason="script_failure"),
            build.sample("gitlab_jobs_failed_1h", 1, runner=TOKEN, failure_reason="job_canceled"),
            build.sample("gitlab_jobs_failed_1h", 4, runner=TOKEN, failure_reason="runner_system_failure"),
            build.sample("gitlab_jobs_failed_1h", 1, runner=TOKEN, failure_reason="image_pull_failure"),
        )
        assert build.only_runner(build.fleet(build.gitlab(), *samples)).failure_rate == pytest.approx(0.1)

    def test_only_failures_of_the_jobs_own_are_none(self) -> None:
        samples = (
            told("gitlab_jobs_completed_1h", 50),
            build.sample("gitlab_jobs_failed_1h", 20, runner=TOKEN, failure_reason="script_failure"),
        )
        assert build.only_runner(build.fleet(build.gitlab(), *samples)).failure_rate == 0.0

    def test_a_counter_that_does_not_exist_means_zero_in_a_whole_reading(self) -> None:
        assert build.only_runner(build.fleet(build.gitlab(), told("gitlab_jobs_completed_1h", 50))).failure_rate == 0.0

    def test_a_counter_that_is_missing_from_a_reading_with_gaps_is_unknown(self) -> None:
        fleet = build.fleet(build.gitlab(), told("gitlab_jobs_completed_1h", 50), partial=(SourceKind.PROMETHEUS,))
        assert build.only_runner(fleet).failure_rate is None

    @pytest.mark.parametrize("completed", [0.0, None])
    def test_no_finished_jobs_make_no_rate(self, completed: float | None) -> None:
        samples = (told("gitlab_jobs_completed_1h", completed),)
        assert build.only_runner(build.fleet(build.gitlab(), *samples)).failure_rate is None

    def test_it_never_exceeds_one(self) -> None:
        samples = (
            told("gitlab_jobs_completed_1h", 2),
            build.sample("gitlab_jobs_failed_1h", 3, runner=TOKEN, failure_reason="runner_system_failure"),
        )
        assert build.only_runner(build.fleet(build.gitlab(), *samples)).failure_rate == 1.0


class TestManagers:
    def test_a_list_that_the_api_capped_leaves_the_ready_ones_unknown(self) -> None:
        runner = build.only_runner(build.fleet(build.gitlab(manager_count=12)))
        assert (runner.manager_ready, runner.manager_total) == (None, 12)

    def test_managers_that_were_not_read_are_unknown(self) -> None:
        runner = build.only_runner(build.fleet(build.gitlab(managers=None, manager_count=None)))
        assert (runner.manager_ready, runner.manager_total) == (None, None)

    def test_versions_and_the_last_contact_come_from_all_managers(self) -> None:
        managers = (
            build.manager("a", version="19.2.1", contacted_at=build.ago(5)),
            build.manager("b", version="19.10.0"),
            build.manager("c", version="19.2.1"),
            build.manager("d", version=None),
        )
        runner = build.only_runner(build.fleet(build.gitlab(managers=managers, manager_count=4)))
        assert runner.versions == ("19.10.0", "19.2.1")
        assert runner.contacted_at == build.ago(5)


class TestGitHub:
    @pytest.mark.parametrize(("busy", "jobs"), [(True, 1), (False, 0), (None, None)])
    def test_a_runner_runs_one_job_at_a_time(self, busy: bool | None, jobs: int | None) -> None:
        runner = build.only_runner(build.fleet(build.github(busy=busy)))
        assert (runner.busy, runner.capacity, runner.queued, runner.paused) == (jobs, 1, None, None)
