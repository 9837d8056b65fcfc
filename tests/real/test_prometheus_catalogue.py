"""What the catalogue's queries mean, by Prometheus's own evaluator (`promtool test rules`) on series written here.

Series are sampled once a minute from 0 h on; questions are asked at 2 h. In promtool's notation `0+1x120` grows by one
a minute, `5x120` stays, `_x70 1x50` appears after 70 minutes.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest
import yaml

from flywheel_tui.sources.prometheus.catalogue import BY_NAME, CATALOGUE
from flywheel_tui.sources.prometheus.promql import Selection
from flywheel_tui.sources.prometheus.query import DEFAULTS, Parameters
from tests.real.servers.programs import require

R = 'runner="a",runner_name="n",system_id="s"'
PROCESS = 'job="gitlab",instance="10.0.0.1:9252"'
LISTENER = 'job="arc",instance="10.0.0.2:8080",namespace="arc-systems",pod="linux-1-listener"'
UP = {f"up{{{PROCESS}}}": "1x120", 'up{job="arc",instance="10.0.0.2:8080"}': "1x120"}
FINISHED = f"gitlab_runner_job_duration_seconds_count{{{R},{PROCESS}}}"


class Check(Protocol):
    """Evaluates a query at 2 h and compares its elements, to the third decimal."""

    def __call__(
        self, query: str, series: Mapping[str, str], expected: Mapping[str, float], parameters: Parameters = ...
    ) -> None: ...


@pytest.fixture
def check(tmp_path: Path) -> Check:
    def run(
        query: str, series: Mapping[str, str], expected: Mapping[str, float], parameters: Parameters = DEFAULTS
    ) -> None:
        # promtool compares to the last bit, and the last bit of a quotient depends on the processor.
        expression = f"round({BY_NAME[query].instant(parameters)}, 0.001)"
        samples = [{"labels": labels, "value": round(value, 3)} for labels, value in expected.items()]
        case = {
            "interval": "1m",
            "input_series": [{"series": name, "values": values} for name, values in series.items()],
            "promql_expr_test": [{"expr": expression, "eval_time": "2h", "exp_samples": samples}],
        }
        file = tmp_path / "case.yml"
        file.write_text(yaml.safe_dump({"rule_files": [], "tests": [case]}))
        done = subprocess.run(
            [require("promtool"), "test", "rules", file], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    return run


@pytest.mark.parametrize("name", [query.name for query in CATALOGUE])
def test_without_series_there_is_no_row(check: Check, name: str) -> None:
    check(name, {}, {})


# --- Pods -----------------------------------------------------------------------------------------------------------

POD = 'namespace="ci",pod="p",container="build"'


def test_cpu_is_that_of_a_container_even_if_scraped_twice_and_never_that_of_the_pause_container(check: Check) -> None:
    check(
        "pod_cpu_cores",
        {
            f'container_cpu_usage_seconds_total{{{POD},cpu="total",metrics_path="/metrics/cadvisor"}}': "0+30x120",
            f'container_cpu_usage_seconds_total{{{POD},metrics_path="/metrics/resource"}}': "0+30x120",
            'container_cpu_usage_seconds_total{namespace="ci",pod="p",container="POD"}': "0+60x120",
            'container_cpu_usage_seconds_total{namespace="ci",pod="p",container=""}': "0+90x120",
        },
        {f"{{{POD}}}": 0.5},
    )


def test_cpu_reported_by_core_is_added(check: Check) -> None:
    cores = {f'container_cpu_usage_seconds_total{{{POD},cpu="cpu0{core}"}}': "0+15x120" for core in range(2)}
    check("pod_cpu_cores", cores, {f"{{{POD}}}": 0.5})


def test_memory_of_a_restarted_container_counts_once(check: Check) -> None:
    check(
        "pod_memory_bytes",
        {
            f'container_memory_working_set_bytes{{{POD},id="/old"}}': "100x120",
            f'container_memory_working_set_bytes{{{POD},id="/new"}}': "300x120",
        },
        {f"{{{POD}}}": 300},
    )


def test_requests_and_limits_keep_to_their_resource(check: Check) -> None:
    series = {
        f'kube_pod_container_resource_{kind}{{{POD},resource="{resource}",unit="x",node="n"}}': f"{value}x120"
        for kind, resource, value in (
            ("requests", "cpu", 1),
            ("limits", "cpu", 2),
            ("requests", "memory", 3),
            ("limits", "memory", 4),
        )
    }
    for name, value in (
        ("pod_cpu_request", 1),
        ("pod_cpu_limit", 2),
        ("pod_memory_request", 3),
        ("pod_memory_limit", 4),
    ):
        check(name, series, {f"{{{POD}}}": value})


def test_a_selection_finds_a_pod_under_its_renamed_label_too(check: Check) -> None:
    renamed = 'exported_namespace="ci",namespace="monitoring",exported_pod="p",pod="ksm-0",container="build"'
    check(
        "pod_cpu_limit",
        {
            f'kube_pod_container_resource_limits{{{renamed},resource="cpu"}}': "2x120",
            'kube_pod_container_resource_limits{namespace="ci",pod="p.",container="build",resource="cpu"}': "9x120",
        },
        {f"{{{renamed}}}": 2},
        Parameters(selection=Selection(labels=(("pod", "p"),))),
    )


# --- GitLab ---------------------------------------------------------------------------------------------------------


def test_an_idle_manager_runs_zero_jobs(check: Check) -> None:
    idle = f'gitlab_runner_jobs{{{R},state="idle",stage="idle",executor_stage="idle"}}'
    running = f'gitlab_runner_jobs{{{R},state="running",stage="step_script",executor_stage="docker_run"}}'
    check("gitlab_jobs_running", {idle: "0x120"}, {f"{{{R}}}": 0})
    check("gitlab_jobs_running", {idle: "0x120", running: "3x120"}, {f"{{{R}}}": 3})


@pytest.mark.parametrize(("limit", "concurrent", "expected"), [(0, 10, 10), (4, 10, 4), (400, 10, 10), (7, None, 7)])
def test_the_smaller_limit_holds_and_zero_is_none(
    check: Check, limit: int, concurrent: int | None, expected: int
) -> None:
    series = {f"gitlab_runner_limit{{{R},{PROCESS}}}": f"{limit}x120"}
    if concurrent is not None:
        series[f"gitlab_runner_concurrent{{{PROCESS}}}"] = f"{concurrent}x120"
    check("gitlab_job_limit", series, {f"{{{R}}}": expected})


def test_an_unlimited_runner_of_an_unknown_process_has_no_known_limit(check: Check) -> None:
    check("gitlab_job_limit", {f"gitlab_runner_limit{{{R},{PROCESS}}}": "0x120"}, {})


def test_each_process_has_its_own_concurrent_and_version(check: Check) -> None:
    series: dict[str, str] = {}
    for runner, instance, concurrent, version in (("a", "i1", 5, "18.11.4"), ("b", "i2", 9, "19.3.0")):
        series |= {
            f'gitlab_runner_limit{{runner="{runner}",instance="{instance}"}}': "0x120",
            f'gitlab_runner_concurrent{{instance="{instance}"}}': f"{concurrent}x120",
            f'gitlab_runner_version_info{{instance="{instance}",version="{version}",name="gitlab-runner"}}': "1x120",
        }
    check("gitlab_job_limit", series, {'{runner="a"}': 5, '{runner="b"}': 9})
    check(
        "gitlab_manager_version",
        series,
        {'{runner="a",version="18.11.4"}': 1, '{runner="b",version="19.3.0"}': 1},
    )


def test_two_versions_of_one_process_do_not_break_the_join(check: Check) -> None:
    check(
        "gitlab_manager_version",
        {
            f"gitlab_runner_limit{{{R},{PROCESS}}}": "0x120",
            f'gitlab_runner_version_info{{{PROCESS},version="19.3.0",revision="x"}}': "1x120",
            f'gitlab_runner_version_info{{{PROCESS},version="19.3.0",revision="y"}}': "1x120",
        },
        {f'{{{R},version="19.3.0"}}': 1},
    )


def test_jobs_of_the_last_hour_and_not_those_before(check: Check) -> None:
    check("gitlab_jobs_completed_1h", {**UP, FINISHED: "0+1x60 60x60"}, {f"{{{R}}}": 0})
    check("gitlab_jobs_completed_1h", {**UP, FINISHED: "0+1x120"}, {f"{{{R}}}": 60})


def test_a_counter_that_restarts_counts_on(check: Check) -> None:
    check("gitlab_jobs_completed_1h", {**UP, FINISHED: "1000+1x89 0+1x30"}, {f"{{{R}}}": 59})


FAILED = f'gitlab_runner_failed_jobs_total{{{R},failure_reason="image_pull_failure",mode="x",{PROCESS}}}'
FAILED_ROW = '{runner="a",runner_name="n",failure_reason="image_pull_failure"}'


def test_the_first_failure_of_a_known_process_counts(check: Check) -> None:
    check("gitlab_jobs_failed_1h", {**UP, FAILED: "_x69 1x50"}, {FAILED_ROW: 1})


def test_what_a_newly_found_process_failed_before_does_not_count(check: Check) -> None:
    check("gitlab_jobs_failed_1h", {f"up{{{PROCESS}}}": "_x69 1x50", FAILED: "_x69 500x50"}, {FAILED_ROW: 0})


def test_what_a_process_failed_before_it_was_down_an_hour_ago_does_not_count(check: Check) -> None:
    check(
        "gitlab_jobs_failed_1h",
        {f"up{{{PROCESS}}}": "1x50 0x19 1x49", FAILED: "500x50 stale _x18 500x49"},
        {FAILED_ROW: 0},
    )


BUCKET = "gitlab_runner_job_queue_duration_seconds_bucket"


def test_a_quantile_of_the_queue(check: Check) -> None:
    series = {
        f'{BUCKET}{{{R},project_jobs_running="0",le="1"}}': "0x120",
        f'{BUCKET}{{{R},project_jobs_running="0",le="21"}}': "0+1x120",
        f'{BUCKET}{{{R},project_jobs_running="0",le="+Inf"}}': "0+1x120",
    }
    check("gitlab_queue_p95_s", series, {f"{{{R}}}": 20})
    check("fleet_queue_p95_s", series, {"{}": 20})


def test_an_idle_queue_has_no_fleet_value(check: Check) -> None:
    check("fleet_queue_p95_s", {f'{BUCKET}{{{R},le="{le}"}}': "5x120" for le in ("1", "+Inf")}, {})


def test_the_fleet_waits_as_long_as_its_slower_forge(check: Check) -> None:
    startup = "gha_job_startup_duration_seconds_bucket"
    series = {f'{BUCKET}{{{R},le="{le}"}}': "0+1x120" for le in ("1", "+Inf")}
    series |= {f'{startup}{{{LISTENER},le="50"}}': "0x120"}
    series |= {f'{startup}{{{LISTENER},le="{le}"}}': "0+1x120" for le in ("60", "+Inf")}
    check("fleet_queue_p95_s", series, {"{}": 59.5})
    check("arc_job_startup_p95_s", series, {'{namespace="arc-systems",pod="linux-1-listener"}': 59.5})


# --- ARC ------------------------------------------------------------------------------------------------------------


def test_a_scale_set_without_bound_has_no_maximum(check: Check) -> None:
    scale_set = 'exported_namespace="arc-runners",name="linux-7d9f8",namespace="arc-systems",pod="l"'
    check("arc_max_runners", {f"gha_max_runners{{{scale_set}}}": "2147483647x120"}, {})
    check("arc_max_runners", {f"gha_max_runners{{{scale_set}}}": "20x120"}, {f"{{{scale_set}}}": 20})


def completed(result: str) -> str:
    return f'gha_completed_jobs_total{{job_result="{result}",organization="acme",job_name="build",{LISTENER}}}'


def test_jobs_by_result(check: Check) -> None:
    row = 'namespace="arc-systems",pod="linux-1-listener"'
    check(
        "arc_jobs_completed_1h",
        {**UP, completed("succeeded"): "0+2x120", completed("failed"): "_x99 2x20"},
        {f'{{{row},job_result="succeeded"}}': 120, f'{{{row},job_result="failed"}}': 2},
    )


# --- The fleet as one -----------------------------------------------------------------------------------------------


def test_an_idle_fleet_has_no_failure_rate(check: Check) -> None:
    check("fleet_failure_rate_1h", {**UP, FINISHED: "7x120", completed("failed"): "3x120"}, {})


def test_failures_of_either_forge_against_all_that_finished(check: Check) -> None:
    check(
        "fleet_failure_rate_1h",
        {
            **UP,
            FINISHED: "0+1x120",
            FAILED: "_x69 6x50",
            FAILED.replace("image_pull_failure", "script_failure"): "0+1x120",
            FAILED.replace("image_pull_failure", "job_canceled"): "0+1x120",
            completed("Succeeded"): "0+1x120",
            completed("Failed"): "_x69 6x50",
            completed("Canceled"): "_x69 4x50",
        },
        {"{}": 12 / 130},
    )


def test_one_forge_alone_is_a_fleet(check: Check) -> None:
    check("fleet_failure_rate_1h", {**UP, FINISHED: "0+1x120"}, {"{}": 0})
    check("fleet_failure_rate_1h", {**UP, completed("failed"): "0+1x120"}, {"{}": 1})


def test_failures_without_the_number_of_finished_jobs_are_no_rate(check: Check) -> None:
    check("fleet_failure_rate_1h", {**UP, FAILED: "0+1x120"}, {})
    check("fleet_failure_rate_1h", {**UP, FAILED: "0+1x120", completed("succeeded"): "0+1x120"}, {"{}": 0})
