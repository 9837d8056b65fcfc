from __future__ import annotations

import json
import re
from urllib.parse import unquote

import pytest

from flywheel_tui.simulator.prometheus.exposition import discovered, page, page_path, whole
from flywheel_tui.simulator.prometheus.series import RecordedScrapes
from flywheel_tui.simulator.prometheus.server import Server, Setup
from tests.unit.simulator.prometheus.worlds import ask, server

_SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)')
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"')


@pytest.fixture(scope="module")
def prometheus() -> Server:
    return server("incident", runners=60)


def read(text: str) -> tuple[dict[str, str], dict[tuple[str, frozenset[tuple[str, str]]], float]]:
    """The types and the samples of a page; an own reader of the format, as strict as the format is."""
    kinds: dict[str, str] = {}
    samples: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    helped, current = set(), ""
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name = line.split(" ", 3)[2]
            assert name not in helped, "a family is one group"
            helped.add(name)
        elif line.startswith("# TYPE "):
            _, _, current, kind = line.split(" ")
            kinds[current] = kind
        else:
            found = _SAMPLE.fullmatch(line)
            assert found is not None, line
            base = re.sub(r"_(bucket|sum|count)$", "", found[1]) if kinds[current] == "histogram" else found[1]
            assert base == current
            labels = frozenset(
                (name, value.replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\"))
                for name, value in _LABEL.findall(found[2] or "")
            )
            assert (found[1], labels) not in samples, "a series is there once"
            samples[found[1], labels] = float(found[3])
    return kinds, samples


def test_every_target_has_a_page_and_the_pages_are_what_is_stored(prometheus: Server) -> None:
    now = prometheus.now()
    stored: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    for target in discovered(prometheus.series, "127.0.0.1:9090", now):
        labels = target["labels"]
        assert isinstance(labels, dict)
        assert target["targets"] == ["127.0.0.1:9090"]
        path = labels.pop("__metrics_path__")
        _, job, instance = path.removeprefix("/metrics").split("/")
        text = page(prometheus.series, prometheus.scrapes, unquote(job), unquote(instance), now)
        up = prometheus.series.find_target((labels["job"], labels["instance"]), now)
        assert up is not None
        assert (text is not None) == up.up(now)
        for (name, own), value in read(text or "\n")[1].items() if text is not None else ():
            renamed = {f"exported_{key}" if key in labels else key: word for key, word in own}
            stored[name, frozenset({**renamed, **labels}.items())] = value
    asked = ask(prometheus, '{__name__=~".+",__name__!~"up|ALERTS"}')
    assert isinstance(asked, list)
    assert stored == {(one.name, frozenset(one.labels.items())): one.value for one in asked}


def test_the_whole_page_has_job_and_instance_on_every_series(prometheus: Server) -> None:
    kinds, samples = read(whole(prometheus.series, prometheus.now()))
    assert {
        "gitlab_runner_jobs",
        "gha_busy_runners",
        "container_cpu_usage_seconds_total",
        "kube_pod_info",
    } <= kinds.keys()
    assert kinds["gha_job_startup_duration_seconds"] == "histogram"
    assert kinds["gitlab_runner_jobs_total"] == "counter"
    assert all({"job", "instance"} <= {name for name, _ in labels} for _, labels in samples)


def test_hostile_names_stay_inside_their_quotes(prometheus: Server) -> None:
    text = whole(prometheus.series, prometheus.now())
    assert "\x1b" not in text
    runners = {runner.config_name for runner in prometheus.world.gitlab_runners.values() if runner.id <= 103}
    assert runners <= {dict(labels).get("runner_name") for _, labels in read(text)[1]}


def test_a_page_of_nobody(prometheus: Server) -> None:
    assert page(prometheus.series, prometheus.scrapes, "gitlab-runner", "nobody:9252", prometheus.now()) is None


def test_paths_are_quoted() -> None:
    prometheus = server(runners=10)
    for target in prometheus.series.targets(prometheus.now()):
        assert re.fullmatch(r"/metrics/[\w.~%-]+/[\w.~%:-]+", page_path(target))


def test_a_served_page_is_a_recorded_scrape() -> None:
    scrapes = RecordedScrapes()
    prometheus = server(runners=20, setup=Setup(scrapes=scrapes))
    assert ask(prometheus, "up") == []
    now = prometheus.now()
    key = ("kube-state-metrics", "kube-state-metrics:8080")
    assert page(prometheus.series, scrapes, *key, now) is not None
    assert list(scrapes.times(key, 0, now)) == [now]
    found = ask(prometheus, "up")
    assert isinstance(found, list)
    assert [one.labels["job"] for one in found] == ["kube-state-metrics"]
    prometheus.world.clock.advance(7)
    page(prometheus.series, scrapes, *key, prometheus.now())
    assert len(list(scrapes.times(key, 0, now + 10_000))) == 2


def test_discovery_is_json() -> None:
    prometheus = server(runners=10)
    text = json.dumps(discovered(prometheus.series, "h:1", prometheus.now()))
    assert all(isinstance(value, str) for group in json.loads(text) for value in group["labels"].values())


def test_an_empty_world_has_no_runners_and_no_errors() -> None:
    prometheus = server(runners=0)
    text = whole(prometheus.series, prometheus.now())
    assert "gitlab_runner" not in text
    assert ask(prometheus, "sum(gitlab_runner_jobs) or vector(0)") != []
