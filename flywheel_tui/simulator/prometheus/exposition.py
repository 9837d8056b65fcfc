"""The world as pages in Prometheus's text format, for a real Prometheus to scrape.

Each process has a page of its own, and `/sd` names them all with their labels, as an HTTP service discovery:

    scrape_configs:
      - job_name: simulator
        http_sd_configs: [{url: http://127.0.0.1:9090/sd}]

`/metrics` has all of them on one page, each series with its job and instance, as `/federate` would: scrape it with
`honor_labels: true`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from flywheel_tui.simulator.prometheus.evaluator.model import Labels
from flywheel_tui.simulator.prometheus.evaluator.number import written_number
from flywheel_tui.simulator.prometheus.series import Collection, Family, RecordedScrapes, Scrapes, Series, Target

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def page_path(target: Target) -> str:
    """Return the path of a target's page."""
    job, instance = target.key
    return f"/metrics/{quote(job, safe='')}/{quote(instance, safe=':')}"


def discovered(collection: Collection, address: str, at: int) -> list[dict[str, object]]:
    """Return the targets as `http_sd_configs` reads them.

    Args:
        collection: The series of the world, refreshed.
        address: Host and port that serve the pages.
        at: The present, in milliseconds.
    """
    return [
        {"targets": [address], "labels": {**target.labels, "__metrics_path__": page_path(target)}}
        for target in collection.targets(at)
    ]


def page(collection: Collection, scrapes: Scrapes, job: str, instance: str, at: int) -> str | None:
    """Return the page of a target; None when there is no such target or it does not answer.

    Where scrapes are recorded, this is one.
    """
    target = collection.find_target((job, instance), at)
    if target is None:
        return None
    if isinstance(scrapes, RecordedScrapes):
        scrapes.note(target.key, at)
    if not target.up(at):
        return None
    own = ((each.name, target.unlabel(each.labels), each) for each in collection.on_page(target, at))
    return "".join(_text(collection.families_of(target), own, at))


def whole(collection: Collection, at: int) -> str:
    """Return one page with everything."""
    everything = [(each.name, each.labels, each) for each in collection.everything(at)]
    return "".join(_text(collection.families, everything, at))


def _text(families: Iterable[Family], found: Iterable[tuple[str, Labels, Series]], at: int) -> Iterator[str]:
    by_name: dict[str, list[str]] = {}
    for name, labels, series in found:
        value = series.value(at)
        if value is not None:
            by_name.setdefault(name, []).append(f"{name}{_labels(labels)} {written_number(value)}\n")
    for family in {each.name: each for each in families}.values():
        lines = [line for name in family.names for line in by_name.get(name, ())]
        if lines:
            yield f"# HELP {family.name} {_escaped(family.help)}\n# TYPE {family.name} {family.kind}\n"
            yield from lines


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    pairs = (f'{name}="{_escaped(value, quotes=True)}"' for name, value in labels.items())
    return "{" + ",".join(pairs) + "}"


def _escaped(text: str, *, quotes: bool = False) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quotes else text
