"""What a cycle found out about Prometheus itself: version, what is not scraped, what failed, its warnings. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flywheel_tui.domain.errors import SourceError
from flywheel_tui.domain.feed import Finding
from flywheel_tui.domain.text import clean
from flywheel_tui.sources.prometheus.catalogue import CATALOGUE
from flywheel_tui.sources.prometheus.promql import one_of
from flywheel_tui.sources.prometheus.query import Family
from flywheel_tui.sources.prometheus.wire import BuildInfo

_NAMES_SHOWN: Final = 3
_NOTES_SHOWN: Final = 10


@dataclass(frozen=True)
class _Absence:
    text: str
    next_step: str


_ABSENCES: Final[Mapping[Family, _Absence]] = {
    Family.CONTAINERS: _Absence(
        "Container metrics are not scraped: CPU and memory in use are unknown.",
        "Let Prometheus scrape /metrics/cadvisor of the kubelets.",
    ),
    Family.KUBE_STATE: _Absence(
        "kube-state-metrics is not scraped: requests and limits of pods are unknown to Prometheus.",
        "Install kube-state-metrics and let Prometheus scrape it with honor_labels.",
    ),
    Family.GITLAB_RUNNER: _Absence(
        "GitLab Runner metrics are not scraped: job counts, failures and queue times of GitLab runners are unknown.",
        "Set listen_address in config.toml (metrics.enabled in the chart) and let Prometheus scrape port 9252.",
    ),
    Family.ARC_LISTENER: _Absence(
        "ARC listener metrics are not scraped: ARC's queue and busy figures are unknown.",
        "Set metrics.listenerAddr and metrics.listenerEndpoint of the gha-runner-scale-set-controller chart and scrape "
        "the listener pods.",
    ),
    Family.ARC_CONTROLLER: _Absence(
        "ARC controller metrics are not scraped: its counts of listeners, pending and failed runners are unknown.",
        "Set metrics.controllerManagerAddr of the gha-runner-scale-set-controller chart and scrape the controller pod.",
    ),
}


def presence_query(families: Iterable[Family]) -> str:
    """Return the one query that tells which metrics of the families exist now."""
    wanted = set(families)
    names = sorted({name for query in CATALOGUE if wanted & set(query.families) for name in query.metrics})
    return f"count by (__name__) ({{{one_of('__name__', names)}}})"


def absence_findings(families: Iterable[Family], present: frozenset[str]) -> tuple[Finding, ...]:
    """Return a finding for each family of which not one metric is present.

    A family and not a metric is looked at, because counters with labels appear with their first event only.
    """
    return tuple(
        Finding(code="metrics_absent", text=_ABSENCES[family].text, limits=True, next_step=_ABSENCES[family].next_step)
        for family in families
        if not any(present & set(query.metrics) for query in CATALOGUE if query.families == (family,))
    )


def version_finding(info: BuildInfo | None) -> Finding:
    """Return what server this is; None where it does not tell."""
    if info is None or not info.version:
        return Finding(
            code="version",
            text="The server does not tell its version: Thanos, Mimir or another one, not Prometheus itself.",
        )
    return Finding(code="version", text=clean(f"{info.application or 'Prometheus'} {info.version}").strip())


def failure_findings(failures: Mapping[str, SourceError]) -> tuple[Finding, ...]:
    """Return one finding for each different reason why queries failed, with the names of the queries."""
    reasons: dict[str, tuple[SourceError, list[str]]] = {}
    for name, error in failures.items():
        reasons.setdefault(error.message, (error, []))[1].append(name)
    return tuple(
        Finding(
            code="query_failed",
            text=f"{_some(names)} unknown: {message}",
            limits=True,
            next_step=error.next_step,
        )
        for message, (error, names) in reasons.items()
    )


def note_findings(code: str, notes: Mapping[str, Sequence[str]], *, limits: bool) -> tuple[Finding, ...]:
    """Return a finding for each different remark of the server, with the names of the queries it belongs to."""
    shown = [
        Finding(code=code, text=f"Prometheus remarks on {_some(names)}: {text}", limits=limits)
        for text, names in list(notes.items())[:_NOTES_SHOWN]
    ]
    if len(notes) > _NOTES_SHOWN:
        shown.append(Finding(code=code, text=f"… and {len(notes) - _NOTES_SHOWN} more remarks.", limits=limits))
    return tuple(shown)


def _some(names: Sequence[str]) -> str:
    unique = list(dict.fromkeys(names))
    if len(unique) <= _NAMES_SHOWN:
        return ", ".join(unique)
    return f"{', '.join(unique[:_NAMES_SHOWN])} and {len(unique) - _NAMES_SHOWN} more"
