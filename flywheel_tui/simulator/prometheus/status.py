"""/api/v1/targets and /api/v1/status/…."""

from __future__ import annotations

from starlette.responses import Response

from flywheel_tui.simulator.prometheus import parameters
from flywheel_tui.simulator.prometheus.answers import rfc3339, success
from flywheel_tui.simulator.prometheus.exposition import page_path
from flywheel_tui.simulator.prometheus.parameters import Form
from flywheel_tui.simulator.prometheus.series import Target
from flywheel_tui.simulator.prometheus.server import Server


def targets(server: Server, form: Form) -> Response:
    """List what is scraped."""
    now = server.now()
    state, pool = parameters.text(form, "state").lower(), parameters.text(form, "scrapePool")
    found = [] if state == "dropped" else server.series.targets(now)
    shown = [_target(server, each, now) for each in found if not pool or each.labels["job"] == pool]
    jobs = sorted({each.labels["job"] for each in found})
    counts = {} if state == "active" else dict.fromkeys(jobs, 0)
    return success({"activeTargets": shown, "droppedTargets": [], "droppedTargetCounts": counts})


def build_info(server: Server, form: Form) -> Response:
    """Tell the version."""
    del form
    return success(
        {
            "version": server.setup.version,
            "revision": "simulated",
            "branch": "HEAD",
            "buildUser": "flywheel@simulator",
            "buildDate": "20260801-00:00:00",
            "goVersion": "go1.26.0",
        }
    )


def _target(server: Server, target: Target, now: int) -> dict[str, object]:
    up = target.up(now)
    last = server.scrapes.latest(target.key, 0, now)
    seconds = f"{server.setup.interval / 1000:g}s"
    address = target.labels["instance"]
    path = target.labels.get("metrics_path", "/metrics")
    return {
        "discoveredLabels": {
            "__address__": address,
            "__metrics_path__": page_path(target),
            "__scheme__": "http",
            "__scrape_interval__": seconds,
            "__scrape_timeout__": "10s",
            "job": target.labels["job"],
        },
        "labels": dict(target.labels),
        "scrapePool": target.labels["job"],
        "scrapeUrl": f"http://{address}{path}",
        "globalUrl": f"http://{address}{path}",
        "lastError": "" if up else f'Get "http://{address}{path}": context deadline exceeded',
        "lastScrape": "0001-01-01T00:00:00Z" if last is None else rfc3339(last / 1000),
        "lastScrapeDuration": 0.004 if up else 10.0,
        "health": ("up" if up else "down") if last is not None else "unknown",
        "scrapeInterval": seconds,
        "scrapeTimeout": "10s",
    }
