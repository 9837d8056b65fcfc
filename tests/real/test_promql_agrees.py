"""The simulator's PromQL evaluator against a real Prometheus: the same samples and expressions, the same answers."""

import math
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from flywheel_tui.simulator.prometheus.evaluator import (
    Dialect,
    Limits,
    Matcher,
    Matrix,
    QueryError,
    StoredSeries,
    instant_query,
    range_query,
)
from flywheel_tui.simulator.prometheus.evaluator.model import METRIC_NAME, ListedSeries, Value
from tests.real.conftest import ServerRoom
from tests.real.servers.programs import require
from tests.real.servers.prometheus import Prometheus

START = 1_790_000_010_000  # ms, on the grid of 15 s
STEP = 15_000
COUNT = 600  # 2.5 hours
MOMENTS = (START + 7_400_000, START + 7_407_123, START + 4_000_500, START + 330_007, START + COUNT * STEP + 200_001)

Values = Callable[[int], float | None]


def counter(rate: float, *, first: int = 0, last: int = COUNT, reset: int = 0, every: int = 1) -> Values:
    """A counter that exists from one sample to another, starts again at a third, and lacks samples between."""

    def value(number: int) -> float | None:
        if not first <= number < last or number % every:
            return None
        since = reset if reset and number >= reset else first
        return math.floor((number - since) * rate * 7) / 7

    return value


def listed(name: str, values: Values, **labels: str) -> ListedSeries:
    points = [(START + number * STEP, value) for number in range(COUNT) if (value := values(number)) is not None]
    return ListedSeries(name, {key: text for key, text in labels.items() if text}, points)


def flapping(turn: int, number: int) -> float:
    return float((number + turn) % 9 != 0)


def wave(place: int, number: int) -> float:
    return 50 + 40 * math.sin(number / (7 + place)) * place


def constant(value: float, number: int) -> float:
    del number
    return value


def everything() -> list[ListedSeries]:
    series = [
        listed("jobs_total", counter(0.31), job="ci", instance="a", runner="r1"),
        listed("jobs_total", counter(0.07, reset=480), job="ci", instance="b", runner="r2"),
        listed("jobs_total", counter(3.3, first=470), job="ci", instance="c", runner="r3"),
        listed("jobs_total", counter(1.1, last=485), job="ci", instance="d", runner="r4"),
        listed("jobs_total", counter(1.9, every=7), job="ci", instance="e", runner="r5"),
        listed("jobs_total", counter(2.0, first=492, last=493), job="ci", instance="f", runner="r6"),
        listed("failed_total", counter(0.02), job="ci", instance="a", reason="script"),
        listed("failed_total", counter(0.01, first=400), job="ci", instance="a", reason="system"),
        listed("failed_total", counter(0.03, reset=200), job="ci", instance="b", reason="script"),
        listed("version_info", lambda _: 1.0, job="ci", instance="a", version="1.2.3"),
        listed("version_info", lambda _: 1.0, job="ci", instance="b", version="1.2.4"),
        listed("odd", lambda number: math.nan if number % 5 == 0 else float(number), kind="sometimes"),
        listed("odd", lambda _: math.inf, kind="inf"),
        listed("odd", lambda number: -float(number) / 3, kind="minus"),
        listed("odd", lambda _: 0.0, kind="zero", note='a "quote", a \\ and ü'),
    ]
    series += [listed("up", partial(flapping, turn), job="ci", instance="abcd"[turn]) for turn in range(4)]
    for place in range(7):
        labels = {"pod": f"pod-{place % 3}", "container": ("build", "helper", "")[place % 3], "node": f"n{place % 2}"}
        series.append(listed("memory", partial(wave, place), id=str(place), **labels))
        if place % 3:
            series.append(listed("limit", partial(constant, 100.0 * place), id=str(place), **labels))
    bounds = (("0.5", 0.2), ("1.0", 0.5), ("10.0", 0.55), ("30.0", 0.9), ("+Inf", 1.0))
    for runner, speed in (("r1", 1.0), ("r2", 0.2), ("idle", 0.0)):
        for bound, share in bounds:
            values = counter(share * speed)
            series.append(listed("wait_bucket", values, job="ci", runner=runner, le=bound))
    return series


class Shelf:
    """A storage of listed series."""

    def __init__(self) -> None:
        self.series = everything()

    def select(
        self, matchers: Sequence[Matcher], after: int, until: int, *, newest: bool = False
    ) -> Iterable[StoredSeries]:
        del after, until, newest
        return [
            each
            for each in self.series
            if all(
                matcher.matches(each.name if matcher.name == METRIC_NAME else each.labels.get(matcher.name, ""))
                for matcher in matchers
            )
        ]


SHELF = Shelf()
LIMITS = Limits(subquery_step=1_000)  # the evaluation interval of the real one
EXPRESSIONS = [
    "1 + 2 * 3 ^ 2 ^ 0.5 - -4 % 3",
    "1 / 0 - 1",
    "0 / 0",
    "5 > bool 3",
    '"text"',
    "time()",
    "jobs_total",
    "jobs_total[2m]",
    "jobs_total offset 1h",
    "jobs_total offset -1h",
    'jobs_total{instance=~"a|b"}',
    'jobs_total{instance!~"a|b", runner!="r3"}',
    '{__name__=~".*_total", job="ci"}',
    'memory{container=""}',
    'memory{container!="",container!="POD"}',
    'memory{nothing=""}',
    'odd{kind=~"(?i)(SOME|MIN).*"}',
    'odd{note="a \\"quote\\", a \\\\ and \\u00fc"}',
    "rate(jobs_total[5m])",
    "rate(jobs_total[1h])",
    "rate(jobs_total[20s])",
    "rate(jobs_total[30s])",
    "increase(jobs_total[5m])",
    "increase(jobs_total[1h])",
    "increase(jobs_total[1h] offset 10m)",
    "irate(jobs_total[5m])",
    "idelta(memory[5m])",
    "delta(memory[10m])",
    "deriv(memory[10m])",
    "predict_linear(memory[10m], 600)",
    "changes(up[10m])",
    "resets(jobs_total[1h])",
    "resets(memory[10m])",
    "avg_over_time(memory[5m])",
    "sum_over_time(odd[5m])",
    "min_over_time(odd[5m])",
    "max_over_time(odd[5m])",
    "count_over_time(odd[5m])",
    "last_over_time(odd[5m])",
    "present_over_time(odd[5m])",
    "stddev_over_time(memory[5m])",
    "stdvar_over_time(memory[5m])",
    "quantile_over_time(0.9, memory[5m])",
    "quantile_over_time(2, memory[5m])",
    "absent_over_time(jobs_total[5m])",
    'absent_over_time(nothing{a="b",c!="d"}[5m])',
    'absent(nothing{a="b",c=~"d",a="x"})',
    "absent(jobs_total)",
    "max_over_time(rate(jobs_total[5m])[30m:1m])",
    "avg_over_time(memory[30m:])",
    "sum_over_time(up[10m:45s] offset 5m)",
    "memory @ 1790003000",
    "memory @ end()",
    "rate(jobs_total[5m] @ 1790005000)",
    "sum(memory)",
    "sum by (pod) (memory)",
    "sum by (pod, nothing) (memory)",
    "sum without (id, node) (memory)",
    "sum without (cpu) (rate(jobs_total[5m]))",
    "avg(memory) by (pod)",
    "min by (pod) (memory)",
    "max by (pod, exported_pod) (memory)",
    "max(odd)",
    "min(odd)",
    "sum(odd)",
    "count(odd)",
    'count by (__name__) ({__name__=~"jobs_total|memory|nothing"})',
    "group by (pod) (memory)",
    "stddev(memory)",
    "stdvar by (pod) (memory)",
    "quantile(0.3, memory)",
    "quantile by (pod) (0.75, memory)",
    "topk(2, memory)",
    "topk by (node) (1, memory)",
    "bottomk(3, memory)",
    "topk(0, memory)",
    "topk(3, odd)",
    'count_values("value", up)',
    'count_values by (job) ("value", version_info)',
    "memory + limit",
    "memory / on (id) limit",
    "memory / ignoring (pod, container) limit",
    "memory * on (id) group_left () limit",
    "memory % limit",
    "memory > limit",
    "memory > bool limit",
    "memory < on (id) limit",
    "memory == memory",
    "memory != 50",
    "memory > 60",
    "60 < memory",
    "memory > bool 60",
    "60 <= bool memory",
    "2 ^ memory",
    "odd / 0",
    "odd % 0",
    "-odd",
    "-memory",
    "+memory",
    "jobs_total * on (job, instance) group_left (version) version_info",
    "version_info * on (job, instance) group_right (version) jobs_total",
    "failed_total / on (instance) group_left () jobs_total",
    "jobs_total * 0 + on (job, instance) group_left () max by (job, instance) (version_info)",
    "failed_total / on (job, instance) jobs_total",
    "jobs_total * on (job) version_info",
    "jobs_total and up == 1",
    "jobs_total and on (job, instance) (up == 1)",
    "jobs_total and on (job, instance) (up offset 1h == 1)",
    "jobs_total unless jobs_total offset 1h",
    "(jobs_total unless jobs_total offset 1h) or increase(jobs_total[1h])",
    "jobs_total or memory",
    "jobs_total or on (job) memory",
    "jobs_total unless on (instance) failed_total",
    "memory and ignoring (id) limit",
    "vector(1) or on () jobs_total",
    "sum(nothing) or vector(0)",
    "vector(time())",
    "scalar(sum(memory))",
    "scalar(memory)",
    "histogram_quantile(0.95, wait_bucket)",
    "histogram_quantile(0.95, rate(wait_bucket[1h]))",
    "histogram_quantile(0.5, sum by (le) (rate(wait_bucket[5m])))",
    "histogram_quantile(0.1, sum by (le, job) (rate(wait_bucket[1h])))",
    "histogram_quantile(0.99, rate(wait_bucket[1h])) >= 0",
    "histogram_quantile(-1, wait_bucket)",
    "histogram_quantile(1.5, wait_bucket)",
    'histogram_quantile(0.5, wait_bucket{le!="+Inf"})',
    'label_replace(jobs_total, "forge", "gitlab", "", "")',
    'label_replace(jobs_total, "number", "$1", "runner", "r(.)")',
    'label_replace(jobs_total, "number", "x${1}y$2$$", "runner", "r(.)")',
    'label_replace(jobs_total, "instance", "", "runner", "r1")',
    'label_replace(jobs_total, "instance", "same", "job", ".*")',
    'label_join(memory, "where", "/", "node", "pod", "nothing")',
    "clamp_max(memory, 60)",
    "clamp_min(memory, 60)",
    "clamp(memory, 20, 70)",
    "clamp(memory, 70, 20)",
    "abs(odd)",
    "ceil(memory / 7)",
    "floor(memory / 7)",
    "round(memory / 7)",
    "round(memory, 5)",
    "round(odd, 0.1)",
    "exp(memory / 50)",
    "ln(memory)",
    "log2(odd)",
    "log10(memory)",
    "sqrt(odd)",
    "sgn(odd)",
    "sort(memory)",
    "sort_desc(memory)",
    "timestamp(memory)",
    "timestamp(memory * 1)",
    "timestamp(jobs_total offset 7m)",
    "minute()",
    "hour(vector(1790000000))",
    "day_of_week(vector(1790000000))",
    "day_of_month(vector(1790000000))",
    "days_in_month(vector(1790000000))",
    "day_of_year(vector(1790000000))",
    "month(vector(1790000000))",
    "year(vector(1790000000))",
    "pi()",
    "max(rate(jobs_total[5m])) by (job) / on (job) group_right () rate(jobs_total[5m])",
    "sum by (instance) (increase(failed_total[1h])) / on (instance) sum by (instance) (increase(jobs_total[1h])) > 0",
    'rate({__name__=~"jobs_total|failed_total"}[5m])',
    '-{__name__=~"jobs_total|version_info"}',
]


@pytest.fixture(scope="module")
def twin(server_room: ServerRoom) -> Prometheus:
    """A real Prometheus that holds the samples above and scrapes nothing."""
    folder = server_room.folder("prometheus")
    server = Prometheus(folder, [])
    lines = []
    for each in SHELF.series:
        labels = ",".join(f"{name}={quoted(text)}" for name, text in each.labels.items())
        lines += [f"{each.name}{{{labels}}} {number(value)} {at / 1000:.3f}" for at, value in each.listed]
    page = folder / "samples.txt"
    page.write_text("\n".join([*lines, "# EOF\n"]))
    command: list[str | Path] = [
        require("promtool"),
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        page,
        folder / "data",
    ]
    subprocess.run(command, check=True, capture_output=True)
    server.process.command.append("--storage.tsdb.retention.time=100y")
    server_room.start(server.process)
    return server


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def number(value: float) -> str:
    return {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}.get(str(value), repr(value))


@pytest.fixture(scope="module")
def dialect(twin: Prometheus) -> Dialect:
    return Dialect.of(twin.get("/status/buildinfo")["version"])


def ask(server: Prometheus, path: str, **parameters: str) -> tuple[int, Any]:
    answer = httpx.post(f"{server.url}/api/v1{path}", data=parameters, timeout=10.0, trust_env=False).json()
    return (200, answer["data"]) if answer["status"] == "success" else (422, answer)


def flat(value: Value, at: int) -> dict[object, object]:
    """An answer of the evaluator in a form that compares."""
    if isinstance(value, float):
        return {"scalar": [(at, value)]}
    if isinstance(value, str):
        return {"string": value}
    if isinstance(value, Matrix):
        return {key(row.name, row.labels): row.points for row in value.rows}
    return {key(one.name, one.labels): [(at, one.value)] for one in value}


def key(name: str, labels: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset({**labels, **({METRIC_NAME: name} if name else {})}.items())


def flat_answer(data: Mapping[str, Any]) -> dict[object, object]:
    """The real one's answer in the same form."""
    if data["resultType"] == "scalar":
        return {"scalar": [point(data["result"])]}
    if data["resultType"] == "string":
        return {"string": data["result"][1]}
    return {
        frozenset(item["metric"].items()): [point(each) for each in item.get("values", [item.get("value")])]
        for item in data["result"]
    }


def point(pair: Sequence[Any]) -> tuple[int, float]:
    return round(pair[0] * 1000), float(pair[1])


def same(ours: dict[object, object], theirs: dict[object, object]) -> bool:
    if ours.keys() != theirs.keys():
        return False
    for name, mine in ours.items():
        other = theirs[name]
        if isinstance(mine, str) or isinstance(other, str):
            if mine != other:
                return False
            continue
        assert isinstance(mine, list)
        assert isinstance(other, list)
        if [at for at, _ in mine] != [at for at, _ in other]:
            return False
        if not all(close(a, b) for (_, a), (_, b) in zip(mine, other, strict=True)):
            return False
    return True


def close(ours: float, theirs: float) -> bool:
    return (math.isnan(ours) and math.isnan(theirs)) or math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-9)


def ours_or_error(evaluate: Callable[[], Value], at: int = 0) -> tuple[int, str, dict[object, object]]:
    """Status, error type and answer of the evaluator."""
    try:
        return 200, "", flat(evaluate(), at)
    except QueryError as error:
        return error.status, error.kind, {}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_instant_queries_agree(twin: Prometheus, dialect: Dialect, expression: str) -> None:
    for at in MOMENTS:
        status, theirs = ask(twin, "/query", query=expression, time=f"{at / 1000:.3f}")
        our_status, kind, ours = ours_or_error(partial(instant_query, expression, SHELF, at, dialect, LIMITS), at)
        assert (our_status, kind) == (status, theirs.get("errorType", "")), theirs
        if status == 200:
            expected = flat_answer(theirs)
            assert same(ours, expected), f"at {at}: {ours}\n!= {expected}"


@pytest.mark.parametrize("expression", [each for each in EXPRESSIONS if "[2m]" not in each and '"text"' not in each])
def test_range_queries_agree(twin: Prometheus, dialect: Dialect, expression: str) -> None:
    start, end, step = START + 6_900_000, START + 7_500_000, 50_000
    asked = {"start": f"{start / 1000}", "end": f"{end / 1000}", "step": f"{step / 1000}"}
    status, theirs = ask(twin, "/query_range", query=expression, **asked)
    our_status, kind, ours = ours_or_error(
        partial(range_query, expression, SHELF, start, end, step, dialect, LIMITS)
    )  # fmt: skip
    assert (our_status, kind) == (status, theirs.get("errorType", "")), theirs
    if status == 200:
        expected = flat_answer(theirs)
        assert same(ours, expected), f"{ours}\n!= {expected}"
