"""Where the five upstreams are put together: each folder's app behind its own fault gate.

Every upstream lives in a folder with an `app.py` that has a `build_app(world, token)` (Kubernetes: accounts instead of
one token, because rights differ there). It serves the world, checks its token, and knows nothing of faults and ports.
"""

from __future__ import annotations

from starlette.types import ASGIApp

from flywheel_tui.simulator.alertmanager.app import build_app as build_alertmanager
from flywheel_tui.simulator.credentials import Credentials
from flywheel_tui.simulator.dated import Dated
from flywheel_tui.simulator.fair_share import Counted, FairShare, Traffic
from flywheel_tui.simulator.faults import FaultGate, Upstream, Weather
from flywheel_tui.simulator.github.app import build_app as build_github
from flywheel_tui.simulator.github.limits import HOURLY, HOURLY_OF_AN_APP
from flywheel_tui.simulator.gitlab.app import build_app as build_gitlab
from flywheel_tui.simulator.kubernetes.access import admin_account, namespaced_account, viewer_account
from flywheel_tui.simulator.kubernetes.app import build_app as build_kubernetes
from flywheel_tui.simulator.prometheus.app import build_app as build_prometheus
from flywheel_tui.simulator.world import vocabulary as words
from flywheel_tui.simulator.world.world import World

RUNNER_NAMESPACES = (words.RUNNERS_NAMESPACE, words.ARC_NAMESPACE, words.ARC_SYSTEM)
_LARGE = 5_000  # rows from which a fleet is read by an app: its lists alone would use up the limit of a personal token


def build_upstreams(
    world: World, credentials: Credentials, missing: frozenset[str] = frozenset()
) -> dict[Upstream, ASGIApp]:
    """Return the app of each upstream, without faults.

    Args:
        world: The world that they all report on.
        credentials: The tokens that they ask for; Prometheus and Alertmanager ask for none, as most do.
        missing: Resources that the cluster does not serve.
    """
    accounts = {
        credentials.kubernetes: admin_account(),
        credentials.kubernetes_viewer: viewer_account(),
        credentials.kubernetes_namespaced: namespaced_account(RUNNER_NAMESPACES),
    }
    return {
        Upstream.GITLAB: build_gitlab(world, credentials.gitlab),
        Upstream.GITHUB: build_github(
            world, credentials.github, hourly_limit=HOURLY if world.size <= _LARGE else HOURLY_OF_AN_APP
        ),
        Upstream.KUBERNETES: build_kubernetes(world, accounts, missing),
        Upstream.PROMETHEUS: build_prometheus(world, ""),
        Upstream.ALERTMANAGER: build_alertmanager(world, ""),
    }


def behind_gates(apps: dict[Upstream, ASGIApp], weather: Weather, world: World) -> dict[Upstream, ASGIApp]:
    """Put every app behind a gate where the weather has its way; what comes out has the date of the world.

    Prometheus, whose answers alone can take seconds, leaves half of the time to the others while they are busy.
    """
    traffic = Traffic()

    def gated(upstream: Upstream, app: ASGIApp) -> ASGIApp:
        shared = FairShare(app, traffic) if upstream is Upstream.PROMETHEUS else Counted(app, traffic)
        return Dated(FaultGate(shared, upstream, weather), world)

    return {upstream: gated(upstream, app) for upstream, app in apps.items()}
