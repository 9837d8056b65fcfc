"""The composition root: the only place that names concrete sources.

Client libraries are imported inside the functions, so that the console's first frame comes before any of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flywheel_tui.config.settings import ContextSettings, Settings
from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.ports import Source
from flywheel_tui.services.fleet_service import FleetService, PlannedSource

if TYPE_CHECKING:
    from flywheel_tui.sources.kubernetes.credentials import Credentials

Prepared = dict[str, "Credentials"]
"""Cluster credentials by context, made before the screen is taken."""


def plan(settings: Settings) -> tuple[PlannedSource, ...]:
    """Return the sources that the configuration names, in its order, without connecting to anything."""
    planned: list[PlannedSource] = []
    for context in settings.contexts:
        for kind in SourceKind:
            upstream = getattr(context, kind.value)
            if upstream is not None:
                name = f"{context.name}/{kind}"
                planned.append(PlannedSource(name, context.name, kind, upstream.interval_s))
    return tuple(planned)


def prepare(settings: Settings) -> Prepared:
    """Get cluster credentials, running the kubeconfig's plugins, which may need the plain terminal."""
    clusters = {context.name: context.kubernetes for context in settings.contexts if context.kubernetes is not None}
    if not clusters:
        return {}
    from flywheel_tui.sources.kubernetes.credentials import prepare as prepare_credentials

    return {name: prepare_credentials(cluster) for name, cluster in clusters.items()}


def connect(settings: Settings, prepared: Prepared) -> list[Source]:
    """Return the sources of all contexts. Slow the first time: it imports the client libraries."""
    return [source for context in settings.contexts for source in _sources(context, prepared)]


def fleet_service(settings: Settings) -> FleetService:
    """Return the service over the configured sources, after the credential plugins have run."""
    prepared = prepare(settings)
    return FleetService(plan(settings), lambda: connect(settings, prepared), policy=settings.stale)


def _sources(context: ContextSettings, prepared: Prepared) -> Sequence[Source]:
    from flywheel_tui.sources.alertmanager.source import AlertmanagerSource
    from flywheel_tui.sources.github.source import GitHubSource
    from flywheel_tui.sources.gitlab.source import GitLabSource
    from flywheel_tui.sources.kubernetes.source import KubernetesSource
    from flywheel_tui.sources.prometheus.source import PrometheusSource

    sources: list[Source] = []
    if context.gitlab is not None:
        sources.append(GitLabSource(context=context.name, settings=context.gitlab))
    if context.github is not None:
        sources.append(GitHubSource(context=context.name, settings=context.github))
    if context.kubernetes is not None:
        credentials = prepared[context.name]
        sources.append(KubernetesSource(context=context.name, settings=context.kubernetes, credentials=credentials))
    if context.prometheus is not None:
        with_rules = context.alertmanager is None
        sources.append(PrometheusSource(context=context.name, settings=context.prometheus, with_rules=with_rules))
    if context.alertmanager is not None:
        sources.append(AlertmanagerSource(context=context.name, settings=context.alertmanager))
    return sources
