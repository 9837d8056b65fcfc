"""The one catalogue of what is asked of Prometheus, each query with a name, a unit and the labels that identify a row.

It keeps to functions and operators that Prometheus 2.42 has and 3.x still has. Two rules run through it.

*Renamed labels.* Where a scrape does not honour the metric's own labels, ``namespace`` becomes ``exported_namespace``.
Every aggregation keeps both forms, and the parser takes the renamed one where there is one.

*Idle is unknown, not zero and not 100 %.* Ratios have a guarded denominator: without a finished job there is no row.
Quantiles of nothing are NaN, which the parser makes None.

Sources of the metrics: GitLab Runner ``commands/builds_helper.go`` and docs "Monitor runners"; ARC
``cmd/ghalistener/metrics`` and ``controllers/actions.github.com/metrics``; kubelet's cAdvisor; kube-state-metrics docs
"Pod metrics".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from flywheel_tui.sources.prometheus.promql import duration, labels_by, series
from flywheel_tui.sources.prometheus.query import CatalogueQuery, Family, Parameters

JOB_WINDOW_S: Final = 3600
"""What "of the last hour" means."""
QUANTILE: Final = 0.95
UNBOUNDED_RUNNERS: Final = 2**31 - 1
"""What an ARC listener reports as its maximum where the scale set has none."""

NOT_RUNNER_CAUSED: Final = "script_failure|job_canceled"
"""GitLab failure reasons that are the user's doing."""
ARC_NOT_FAILED: Final = "(?i)(succe|cancel|skip).*"
"""ARC job results that are no failure; the case of the words differs between versions."""


# --- Pods: kubelet's cAdvisor and kube-state-metrics ----------------------------------------------------------------

_POD_LABELS: Final = ("namespace", "pod", "container")
# cAdvisor also reports the pod's own cgroup (no container) and, with some runtimes, the pause container (POD).
_REAL_CONTAINER: Final = ('container!=""', 'container!="POD"')


def _pod_cpu(parameters: Parameters) -> str:
    used = series(
        "container_cpu_usage_seconds_total",
        *_REAL_CONTAINER,
        selection=parameters.selection,
        namespaced=True,
        function="rate",
        window_s=parameters.rate_window_s,
    )
    # `max` because one container often has several series: a second kubelet endpoint (/metrics/resource), or the
    # cgroup of the run before a restart. Only the label `cpu` divides one usage into parts, so it alone is summed.
    return f"max by ({labels_by(*_POD_LABELS)}) (sum without (cpu) ({used}))"


def _pod_memory(parameters: Parameters) -> str:
    used = series(
        "container_memory_working_set_bytes", *_REAL_CONTAINER, selection=parameters.selection, namespaced=True
    )
    return f"max by ({labels_by(*_POD_LABELS)}) ({used})"


def _pod_resource(metric: str, resource: str) -> Callable[[Parameters], str]:
    def build(parameters: Parameters) -> str:
        amount = series(metric, f'resource="{resource}"', selection=parameters.selection, namespaced=True)
        return f"max by ({labels_by(*_POD_LABELS)}) ({amount})"

    return build


def _pod_resource_query(name: str, help_text: str, unit: str, metric: str, resource: str) -> CatalogueQuery:
    return CatalogueQuery(
        name=name,
        help=help_text,
        unit=unit,
        labels=_POD_LABELS,
        metrics=(metric,),
        families=(Family.KUBE_STATE,),
        build=_pod_resource(metric, resource),
        namespaced=True,
    )


_POD_QUERIES: Final = (
    CatalogueQuery(
        name="pod_cpu_cores",
        help="CPU that a container uses, averaged over the rate window.",
        unit="cores",
        labels=_POD_LABELS,
        metrics=("container_cpu_usage_seconds_total",),
        families=(Family.CONTAINERS,),
        build=_pod_cpu,
        namespaced=True,
    ),
    CatalogueQuery(
        name="pod_memory_bytes",
        help="Working set of a container: what the kernel cannot reclaim, and what the OOM killer counts.",
        unit="bytes",
        labels=_POD_LABELS,
        metrics=("container_memory_working_set_bytes",),
        families=(Family.CONTAINERS,),
        build=_pod_memory,
        namespaced=True,
    ),
    _pod_resource_query(
        "pod_cpu_request", "CPU that a container asks for.", "cores", "kube_pod_container_resource_requests", "cpu"
    ),
    _pod_resource_query(
        "pod_cpu_limit", "CPU that a container may use.", "cores", "kube_pod_container_resource_limits", "cpu"
    ),
    _pod_resource_query(
        "pod_memory_request",
        "Memory that a container asks for.",
        "bytes",
        "kube_pod_container_resource_requests",
        "memory",
    ),
    _pod_resource_query(
        "pod_memory_limit", "Memory that a container may use.", "bytes", "kube_pod_container_resource_limits", "memory"
    ),
)

# --- Events of the last hour ----------------------------------------------------------------------------------------


def _last_hour(metric: str, *matchers: str, parameters: Parameters) -> str:
    """Return, per series of a counter, its growth over the last hour.

    ``increase()`` sees no growth in the first sample of a series, so the very first failure of a runner would count as
    none. A series that its target did not expose an hour ago, although it was scraped then, started from nothing:
    its value is the growth. For all others (a new process, a Prometheus without ``up``) it is ``increase()``, which
    also bridges counter resets.
    """
    selection = parameters.selection
    now = series(metric, *matchers, selection=selection)
    hour = duration(JOB_WINDOW_S)
    before = series(metric, *matchers, selection=selection, offset=hour)
    grown = series(metric, *matchers, selection=selection, function="increase", window_s=JOB_WINDOW_S)
    return f"(({now} unless {before}) and on (job, instance) (up offset {hour} == 1)) or {grown}"


def _quantile(metric: str, *labels: str, parameters: Parameters) -> str:
    buckets = series(metric, selection=parameters.selection, function="rate", window_s=JOB_WINDOW_S)
    return f"histogram_quantile({QUANTILE}, sum by ({labels_by(*labels, 'le')}) ({buckets}))"


# --- GitLab Runner managers -----------------------------------------------------------------------------------------

# `runner` is the short token that GitLab's API calls short_sha; `system_id` tells the managers of one runner apart.
_RUNNER_LABELS: Final = ("runner", "runner_name", "system_id")
# Target labels that a manager's pod has: they join an idle manager, which starts no job pods, to its release.
_MANAGER_POD: Final = ("namespace", "pod")
_PROCESS: Final = "job, instance"


def _gitlab_running(parameters: Parameters) -> str:
    jobs = series("gitlab_runner_jobs", selection=parameters.selection)
    return f"sum by ({labels_by(*_RUNNER_LABELS, *_MANAGER_POD)}) ({jobs})"


def _gitlab_limit(parameters: Parameters) -> str:
    labels = labels_by(*_RUNNER_LABELS)
    limit = series("gitlab_runner_limit", selection=parameters.selection)
    # `limit = 0` in config.toml means no limit of its own: then, as in any case, the process's `concurrent` holds.
    own = f"max by ({labels}, {_PROCESS}) ({limit} > 0)"
    process = (
        f"max by ({labels}, {_PROCESS}) ({limit}) * 0 "
        f"+ on ({_PROCESS}) group_left () max by ({_PROCESS}) (gitlab_runner_concurrent)"
    )
    return f"max by ({labels}) ({own} < ({process}) or ({process}) or {own})"


def _gitlab_completed(parameters: Parameters) -> str:
    jobs = _last_hour("gitlab_runner_job_duration_seconds_count", parameters=parameters)
    return f"sum by ({labels_by(*_RUNNER_LABELS)}) ({jobs})"


def _gitlab_failed(parameters: Parameters) -> str:
    jobs = _last_hour("gitlab_runner_failed_jobs_total", parameters=parameters)
    return f"sum by (runner, runner_name, failure_reason) ({jobs})"


def _gitlab_queue(parameters: Parameters) -> str:
    return _quantile("gitlab_runner_job_queue_duration_seconds_bucket", *_RUNNER_LABELS, parameters=parameters)


def _gitlab_version(parameters: Parameters) -> str:
    labels = labels_by(*_RUNNER_LABELS)
    limit = series("gitlab_runner_limit", selection=parameters.selection)
    # The version metric names no runner; the process that exposes both joins them. topk keeps the join one-to-many
    # where an upgrade leaves two versions of one process in the lookback.
    return (
        f"max by ({labels}, version) (max by ({labels}, {_PROCESS}) ({limit}) * 0 "
        f"+ on ({_PROCESS}) group_left (version) "
        f"topk by ({_PROCESS}) (1, max by ({_PROCESS}, version) (gitlab_runner_version_info)))"
    )


_GITLAB_QUERIES: Final = (
    CatalogueQuery(
        name="gitlab_jobs_running",
        help="Jobs that a manager holds now, in any state; an idle manager reports 0.",
        unit="jobs",
        labels=(*_RUNNER_LABELS, *_MANAGER_POD),
        metrics=("gitlab_runner_jobs",),
        families=(Family.GITLAB_RUNNER,),
        build=_gitlab_running,
    ),
    CatalogueQuery(
        name="gitlab_job_limit",
        help="Jobs that a manager may run at once for a runner: the smaller of the runner's limit, where it has one, "
        "and concurrent, which all runners of the process share.",
        unit="jobs",
        labels=_RUNNER_LABELS,
        metrics=("gitlab_runner_limit", "gitlab_runner_concurrent"),
        families=(Family.GITLAB_RUNNER,),
        build=_gitlab_limit,
    ),
    CatalogueQuery(
        name="gitlab_jobs_completed_1h",
        help="Jobs finished within the last hour, whatever the result; an estimate where the counter restarted.",
        unit="jobs",
        labels=_RUNNER_LABELS,
        metrics=("gitlab_runner_job_duration_seconds_count",),
        families=(Family.GITLAB_RUNNER,),
        build=_gitlab_completed,
    ),
    CatalogueQuery(
        name="gitlab_jobs_failed_1h",
        help="Jobs failed within the last hour by reason; script_failure and job_canceled are the user's doing.",
        unit="jobs",
        labels=("runner", "runner_name", "failure_reason"),
        metrics=("gitlab_runner_failed_jobs_total",),
        families=(Family.GITLAB_RUNNER,),
        build=_gitlab_failed,
    ),
    CatalogueQuery(
        name="gitlab_queue_p95_s",
        help="95 % of the jobs taken within the last hour had waited at most this long; 3600 means an hour or more.",
        unit="seconds",
        labels=_RUNNER_LABELS,
        metrics=("gitlab_runner_job_queue_duration_seconds_bucket",),
        families=(Family.GITLAB_RUNNER,),
        build=_gitlab_queue,
    ),
    CatalogueQuery(
        name="gitlab_manager_version",
        help="The version a manager runs, as a label; the value is always 1.",
        unit="info",
        labels=(*_RUNNER_LABELS, "version"),
        metrics=("gitlab_runner_version_info", "gitlab_runner_limit"),
        families=(Family.GITLAB_RUNNER,),
        build=_gitlab_version,
    ),
)

# --- ARC: listeners and controller ----------------------------------------------------------------------------------

# In gauges `namespace` and `name` are those of the EphemeralRunnerSet (in 0.14 its name is the scale set's with a
# generated ending). Counters and histograms have neither by default: there `namespace` and `pod` are the scrape
# target's, that is the listener's, whose pod's name begins with the scale set's.
_LISTENER_LABELS: Final = ("namespace", "name", "pod")
_CONTROLLER_LABELS: Final = ("namespace", "name")


def _arc_gauge_query(name: str, help_text: str, unit: str, metric: str, *, below: int | None = None) -> CatalogueQuery:
    def build(parameters: Parameters) -> str:
        value = series(metric, selection=parameters.selection)
        bound = f" < {below}" if below is not None else ""
        return f"max by ({labels_by(*_LISTENER_LABELS)}) ({value}{bound})"

    return CatalogueQuery(
        name=name,
        help=help_text,
        unit=unit,
        labels=_LISTENER_LABELS,
        metrics=(metric,),
        families=(Family.ARC_LISTENER,),
        build=build,
    )


def _arc_completed(parameters: Parameters) -> str:
    jobs = _last_hour("gha_completed_jobs_total", parameters=parameters)
    return f"sum by ({labels_by(*_LISTENER_LABELS)}, job_result) ({jobs})"


def _arc_startup(parameters: Parameters) -> str:
    return _quantile("gha_job_startup_duration_seconds_bucket", *_LISTENER_LABELS, parameters=parameters)


def _arc_controller_query(name: str, help_text: str, unit: str, metric: str) -> CatalogueQuery:
    def build(parameters: Parameters) -> str:
        return f"max by ({labels_by(*_CONTROLLER_LABELS)}) ({series(metric, selection=parameters.selection)})"

    return CatalogueQuery(
        name=name,
        help=help_text,
        unit=unit,
        labels=_CONTROLLER_LABELS,
        metrics=(metric,),
        families=(Family.ARC_CONTROLLER,),
        build=build,
    )


_ARC_QUERIES: Final = (
    _arc_gauge_query("arc_assigned_jobs", "Jobs that GitHub assigned to the scale set.", "jobs", "gha_assigned_jobs"),
    _arc_gauge_query("arc_running_jobs", "Jobs that run, or are about to.", "jobs", "gha_running_jobs"),
    _arc_gauge_query("arc_registered_runners", "Runners that GitHub knows of.", "runners", "gha_registered_runners"),
    _arc_gauge_query("arc_busy_runners", "Runners with a job.", "runners", "gha_busy_runners"),
    _arc_gauge_query("arc_idle_runners", "Runners without a job.", "runners", "gha_idle_runners"),
    _arc_gauge_query("arc_desired_runners", "Runners that the listener wants.", "runners", "gha_desired_runners"),
    _arc_gauge_query(
        "arc_max_runners",
        "The most runners the scale set may have; no row where it has no bound.",
        "runners",
        "gha_max_runners",
        below=UNBOUNDED_RUNNERS,
    ),
    CatalogueQuery(
        name="arc_jobs_completed_1h",
        help="Jobs finished within the last hour by result; an estimate where the listener restarted.",
        unit="jobs",
        labels=(*_LISTENER_LABELS, "job_result"),
        metrics=("gha_completed_jobs_total",),
        families=(Family.ARC_LISTENER,),
        build=_arc_completed,
    ),
    CatalogueQuery(
        name="arc_job_startup_p95_s",
        help="95 % of the jobs started within the last hour got their runner at most this long after GitHub assigned "
        "them to the scale set; the wait before that is not in it.",
        unit="seconds",
        labels=_LISTENER_LABELS,
        metrics=("gha_job_startup_duration_seconds_bucket",),
        families=(Family.ARC_LISTENER,),
        build=_arc_startup,
    ),
    _arc_controller_query(
        "arc_running_listeners",
        "1 for each AutoscalingListener (its own namespace and name) that runs, 0 for one that does not.",
        "listeners",
        "gha_controller_running_listeners",
    ),
    _arc_controller_query(
        "arc_pending_runners",
        "Ephemeral runners of the AutoscalingRunnerSet that wait for their pod.",
        "runners",
        "gha_controller_pending_ephemeral_runners",
    ),
    _arc_controller_query(
        "arc_failed_runners",
        "Ephemeral runners of the AutoscalingRunnerSet that failed and still occupy a slot.",
        "runners",
        "gha_controller_failed_ephemeral_runners",
    ),
)

# --- The fleet as one -----------------------------------------------------------------------------------------------


def _fleet_failure_rate(parameters: Parameters) -> str:
    gitlab_failed = _last_hour(
        "gitlab_runner_failed_jobs_total", f'failure_reason!~"{NOT_RUNNER_CAUSED}"', parameters=parameters
    )
    gitlab_all = _last_hour("gitlab_runner_job_duration_seconds_count", parameters=parameters)
    arc_failed = _last_hour("gha_completed_jobs_total", f'job_result!~"{ARC_NOT_FAILED}"', parameters=parameters)
    arc_all = _last_hour("gha_completed_jobs_total", parameters=parameters)
    # A forge whose finished jobs are not known adds no failures either, or the ratio would pass 1.
    failed = (
        f"(sum({gitlab_failed}) and sum({gitlab_all}) or vector(0)) "
        f"+ (sum({arc_failed}) and sum({arc_all}) or vector(0))"
    )
    finished = f"(sum({gitlab_all}) or vector(0)) + (sum({arc_all}) or vector(0))"
    return f"clamp_max(({failed}) / ({finished} > 0), 1)"


def _fleet_queue(parameters: Parameters) -> str:
    def known(metric: str, forge: str) -> str:
        return f'label_replace({_quantile(metric, parameters=parameters)} >= 0, "forge", "{forge}", "", "")'

    gitlab = known("gitlab_runner_job_queue_duration_seconds_bucket", "gitlab")
    github = known("gha_job_startup_duration_seconds_bucket", "github")
    return f"max({gitlab} or {github})"


_FLEET_QUERIES: Final = (
    CatalogueQuery(
        name="fleet_failure_rate_1h",
        help="Share of the jobs finished within the last hour that failed. GitLab's script failures and cancelled jobs "
        "do not count as failed; ARC tells cancelled jobs apart, but not a failed script from a failed runner.",
        unit="ratio",
        labels=(),
        metrics=(
            "gitlab_runner_failed_jobs_total",
            "gitlab_runner_job_duration_seconds_count",
            "gha_completed_jobs_total",
        ),
        families=(Family.GITLAB_RUNNER, Family.ARC_LISTENER),
        build=_fleet_failure_rate,
    ),
    CatalogueQuery(
        name="fleet_queue_p95_s",
        help="95 % of the jobs started within the last hour had waited at most this long, on the slower of the forges: "
        "their histograms have different buckets and cannot be added.",
        unit="seconds",
        labels=(),
        metrics=("gitlab_runner_job_queue_duration_seconds_bucket", "gha_job_startup_duration_seconds_bucket"),
        families=(Family.GITLAB_RUNNER, Family.ARC_LISTENER),
        build=_fleet_queue,
    ),
)

CATALOGUE: Final[tuple[CatalogueQuery, ...]] = (*_POD_QUERIES, *_GITLAB_QUERIES, *_ARC_QUERIES, *_FLEET_QUERIES)
"""Everything that can be asked for."""

CHARTS_ONLY: Final = frozenset(
    {
        "pod_cpu_request",
        "pod_cpu_limit",
        "pod_memory_request",
        "pod_memory_limit",
        "gitlab_queue_p95_s",
        "gitlab_manager_version",
        "arc_registered_runners",
        "arc_busy_runners",
        "arc_idle_runners",
        "arc_desired_runners",
        "arc_max_runners",
        "arc_job_startup_p95_s",
        "arc_running_listeners",
        "arc_pending_runners",
        "arc_failed_runners",
    }
)
"""What nobody reads for the whole fleet at once: a forge or the cluster tells it too, or only a chart shows it. With
10,000 runners these are 68,000 rows, nearly half of all."""

POLLED: Final = tuple(query for query in CATALOGUE if query.name not in CHARTS_ONLY)
"""What is asked every cycle, in the order in which it is read."""

BY_NAME: Final[Mapping[str, CatalogueQuery]] = MappingProxyType({query.name: query for query in CATALOGUE})
