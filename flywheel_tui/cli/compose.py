"""The composition root: the only place that names concrete sources.

Client libraries are imported inside the functions, so that the console's first frame comes before any of them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from flywheel_tui.config.settings import ContextSettings, Settings
from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.ports import Source
from flywheel_tui.services.fleet_service import FleetService, PlannedSource

if TYPE_CHECKING:
    from flywheel_tui.sources.kubernetes.credentials import Credentials

Prepared = Mapping[str, "Credentials"]
"""Cluster credentials by context, of those whose plugin asked on the terminal before the screen was taken."""


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


def prepare(settings: Settings, announce: Callable[[str], None]) -> Prepared:
    """Run the credential plugins that ask on the terminal, as long as there is a plain one.

    Other plugins run when their cluster is first read: one that hangs holds up nothing else.
    """
    prepared: dict[str, Credentials] = {}
    for context in settings.contexts:
        cluster = context.kubernetes
        if cluster is None:
            continue
        from flywheel_tui.sources.kubernetes.kubeconfig_files import may_ask

        if may_ask(cluster.kubeconfig, os.environ):
            from flywheel_tui.sources.kubernetes.credentials import Credentials

            prepared[context.name] = Credentials(cluster)
            prepared[context.name].ask(announce)
    return prepared


def connect(settings: Settings, prepared: Prepared) -> Iterator[Source]:
    """Yield the sources of all contexts, those that are there soonest first: each imports its client library."""
    for source_of in _LIGHTEST_FIRST:
        for context in settings.contexts:
            source = source_of(context, prepared)
            if source is not None:
                yield source


def fleet_service(settings: Settings) -> FleetService:
    """Return the service over the configured sources."""
    prepared = prepare(settings, _announce)
    return FleetService(plan(settings), lambda: connect(settings, prepared), policy=settings.stale)


def _announce(sentence: str) -> None:
    sys.stderr.write(f"flywheel: {sentence}\n")
    sys.stderr.flush()


def _gitlab(context: ContextSettings, prepared: Prepared) -> Source | None:
    if context.gitlab is None:
        return None
    from flywheel_tui.sources.gitlab.source import GitLabSource

    return GitLabSource(context=context.name, settings=context.gitlab)


def _github(context: ContextSettings, prepared: Prepared) -> Source | None:
    if context.github is None:
        return None
    from flywheel_tui.sources.github.source import GitHubSource

    return GitHubSource(context=context.name, settings=context.github)


def _alertmanager(context: ContextSettings, prepared: Prepared) -> Source | None:
    if context.alertmanager is None:
        return None
    from flywheel_tui.sources.alertmanager.source import AlertmanagerSource

    return AlertmanagerSource(context=context.name, settings=context.alertmanager)


def _prometheus(context: ContextSettings, prepared: Prepared) -> Source | None:
    if context.prometheus is None:
        return None
    from flywheel_tui.sources.prometheus.source import PrometheusSource

    with_rules = context.alertmanager is None
    return PrometheusSource(context=context.name, settings=context.prometheus, with_rules=with_rules)


def _kubernetes(context: ContextSettings, prepared: Prepared) -> Source | None:
    if context.kubernetes is None:
        return None
    from flywheel_tui.sources.kubernetes.credentials import Credentials
    from flywheel_tui.sources.kubernetes.source import KubernetesSource

    credentials = prepared.get(context.name) or Credentials(context.kubernetes)
    return KubernetesSource(context=context.name, settings=context.kubernetes, credentials=credentials)


_LIGHTEST_FIRST: Final = (_gitlab, _github, _alertmanager, _prometheus, _kubernetes)
