"""The series that the rules themselves write: ALERTS, for each alert that is pending or firing now.

The world does not remember alerts that have ended, and so they have no series either.
"""

from __future__ import annotations

from collections.abc import Iterator

from flywheel_tui.simulator.prometheus.series.family import Family
from flywheel_tui.simulator.prometheus.series.scrapes import Scrapes
from flywheel_tui.simulator.prometheus.series.series import Series
from flywheel_tui.simulator.prometheus.series.target import FOREVER, Target
from flywheel_tui.simulator.world.alerts import active_alerts
from flywheel_tui.simulator.world.world import World

ALERTS = Family("ALERTS", "gauge", "")


def alert_series(world: World, scrapes: Scrapes) -> Iterator[Series]:
    """Yield the series of the alerts of the present, back to when each began."""
    target = Target({"job": "", "instance": ""}, round(world.birth * 1000))
    for alert in active_alerts(world, world.time):
        begin, fires = round(alert.active_at * 1000), round(alert.fires_at * 1000)
        for state, since, until in (("pending", begin, fires), ("firing", fires, FOREVER)):
            if since < until:
                labels = {"alertname": alert.name, "alertstate": state, **alert.labels}
                yield Series("ALERTS", labels, target, scrapes, lambda _: 1.0, begin=since, end=until)
