from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.domain.fleet import Runner, RunnerStatus
from flywheel_tui.domain.runner import Forge, RunnerKind, RunnerState
from flywheel_tui.domain.verdict import Severity
from flywheel_tui.services.listing.filter import parse_age, parse_filter
from flywheel_tui.services.listing.order import sort_rows
from flywheel_tui.services.listing.registry import KINDS, kind_named
from flywheel_tui.services.listing.runners import RUNNERS, trouble
from tests.conftest import NOW


def runner(name: str, **more: object) -> Runner:
    known: dict[str, object] = {
        "key": f"prod/gitlab/{name}",
        "context": "prod",
        "forge": Forge.GITLAB,
        "kind": RunnerKind.GROUP,
        "id": name,
        "name": name,
        "scope": "infra",
        "state": RunnerState.ONLINE,
        "status": RunnerStatus.ONLINE,
        "severity": Severity.OK,
    }
    return Runner(**{**known, **more})  # type: ignore[arg-type]


GPU = runner(
    "gpu-1",
    tags=("gpu", "Nix"),
    cpu_cores=1.8,
    cpu_limit=2.0,
    queued=4,
    busy=38,
    capacity=40,
    versions=("18.9.0", "18.10.1"),
    created_at=NOW - timedelta(hours=3),
    status=RunnerStatus.DEGRADED,
    severity=Severity.WARNING,
)
IDLE = runner("linux-2", tags=("linux",), cpu_cores=0.1, cpu_limit=2.0, queued=0, created_at=NOW - timedelta(days=41))
BARE = runner("bare [/evil]", forge=Forge.GITHUB, tags=None)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["gpu-1", "linux-2", "bare [/evil]"]),
        ("GPU", ["gpu-1"]),
        ("forge:gitlab", ["gpu-1", "linux-2"]),
        ("!forge:gitlab", ["bare [/evil]"]),
        ("tag:nix", ["gpu-1"]),
        ("tag:ni", []),
        ("tag:unknown", ["bare [/evil]"]),
        ("status:degraded", ["gpu-1"]),
        ("cpu>80", ["gpu-1"]),
        ("cpu>80%", ["gpu-1"]),
        ("cpu<80", ["linux-2"]),
        ("!cpu>80", ["linux-2", "bare [/evil]"]),
        ("cpu>=90 cpu<=90", ["gpu-1"]),
        ("queue=0", ["linux-2"]),
        ("queue:unknown", ["bare [/evil]"]),
        ("busy:38/40", ["gpu-1"]),
        ("age<4h", ["gpu-1"]),
        ("age>40d", ["linux-2"]),
        ("name:/^(gpu|linux)-\\d$/", ["gpu-1", "linux-2"]),
        ("/evil]/", ["bare [/evil]"]),
        ("/bare \\[/", ["bare [/evil]"]),
        ("[/evil]", ["bare [/evil]"]),
        ("forge=github", ["bare [/evil]"]),
        ("infra !gpu forge:gitlab", ["linux-2"]),
        ("why:x", []),
        ("mem:unknown stat:degraded", ["gpu-1"]),
    ],
)
def test_which_runners_a_filter_keeps(text: str, names: list[str], now: datetime) -> None:
    condition = parse_filter(text, RUNNERS.fields)
    assert [row.name for row in (GPU, IDLE, BARE) if condition.matches(row, now)] == names


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("staus:online", "no field staus. Did you mean status?"),
        ("zzz:1", "There are name,"),
        ("cpu>high", "not a number to compare cpu with"),
        ("name>5", "name is text: it has no order"),
        ("age<soon", "not an age"),
        ("/(/", "not a regular expression"),
        ("name:/[/", "not a regular expression"),
        (f"/{'a' * 300}/", "longer than 200"),
        ("c:1", "There are context, capacity, cpu, creator"),
        ("!", "! needs a term"),
        ("gpu !", "! needs a term"),
        ("cpu>", "cpu> needs a value"),
        ("!age<=", "Write !age<=2h."),
        ("queue>", "Write queue>80."),
        ("/^build-", "has no end"),
        ("name:/^build-", "has no end"),
        ("!/", "has no end"),
        ("//", "has no end"),
    ],
)
def test_a_filter_that_makes_no_sense_says_why(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says.replace("?", r"\?")):
        parse_filter(text, RUNNERS.fields)


@pytest.mark.parametrize(
    ("text", "field", "shown", "parts"),
    [
        ("", "name", "gpu-1", []),
        ("GPU", "name", "gpu-1-gpu", ["gpu", "gpu"]),
        ("gpu", "tag", "big,gpu", ["gpu"]),
        ("forge:hub", "forge", "github", ["hub"]),
        ("forge:hub", "name", "github", []),
        ("!gpu", "name", "gpu-1", []),
        ("tag:nix", "tag", "nixos,Nix,x-nix", ["Nix"]),
        ("tag:/^ni/", "tag", "nixos,Nix", ["ni"]),
        ("/[0-9]+/", "name", "grün-12-7", ["12", "7"]),
        ("name:/x*/", "name", "axxb", ["xx"]),
        ("cpu>80", "cpu", "90", []),
        ("status=online", "status", "online", ["online"]),
        ("owner:unknown", "owner", "unknown", []),
        ("ab bc", "name", "abcd", ["abc"]),
        ("ab cd", "name", "abcd", ["abcd"]),
        ("(", "name", "a(b", ["("]),
    ],
)
def test_where_a_filter_matched(text: str, field: str, shown: str, parts: list[str]) -> None:
    spans = parse_filter(text, RUNNERS.fields).found(field, shown)
    assert [shown[start:end] for start, end in spans] == parts


@given(st.text(max_size=12), st.text(max_size=30))
def test_spans_are_within_the_text_and_apart(text: str, shown: str) -> None:
    try:
        condition = parse_filter(text, RUNNERS.fields)
    except UsageError:
        return
    ends = [place for span in condition.found("name", shown) for place in span]
    assert ends == sorted(set(ends))
    assert all(0 <= end <= len(shown) for end in ends)


@given(st.text(alphabet="abcXYZ-19.", min_size=1, max_size=4), st.text(alphabet="abcXYZ-19.", max_size=12))
def test_a_row_that_shows_a_bare_word_shows_where(word: str, name: str) -> None:
    condition = parse_filter(word, RUNNERS.fields[:1])
    assert condition.matches(runner(name), NOW) is bool(name and condition.found("name", name))


def test_no_pattern_takes_longer_than_the_text_is_long() -> None:
    """A backtracking engine would need longer than the universe for this one."""
    condition = parse_filter("name:/^(([a-z0-9-])+)+!/", RUNNERS.fields)
    assert not condition.matches(runner("a" * 5_000), NOW)


@given(st.text(max_size=40))
def test_any_text_filters_or_is_refused(text: str) -> None:
    for kind in KINDS:
        try:
            condition = parse_filter(text, kind.fields)
        except UsageError:
            continue
        if kind is RUNNERS:
            condition.matches(GPU, NOW)
            condition.matches(BARE, NOW)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("2h", 7200), ("1d12h", 129_600), ("1w", 604_800), ("5", 5)]
)
def test_ages(text: str, seconds: float) -> None:
    assert parse_age(text) == seconds


@pytest.mark.parametrize(
    ("by", "names"),
    [
        (("name",), ["bare [/evil]", "gpu-1", "linux-2"]),
        (("-name",), ["linux-2", "gpu-1", "bare [/evil]"]),
        (("cpu",), ["gpu-1", "linux-2", "bare [/evil]"]),
        (("+cpu",), ["linux-2", "gpu-1", "bare [/evil]"]),
        (("age",), ["gpu-1", "linux-2", "bare [/evil]"]),
        (("forge", "-name"), ["bare [/evil]", "linux-2", "gpu-1"]),
        (("version",), ["gpu-1", "bare [/evil]", "linux-2"]),
        (RUNNERS.default_sort, ["gpu-1", "bare [/evil]", "linux-2"]),
    ],
)
def test_the_order_of_rows_with_the_unknown_last(by: tuple[str, ...], names: list[str]) -> None:
    assert [row.name for row in sort_rows([BARE, IDLE, GPU], RUNNERS, by)] == names


def test_what_fails_comes_before_what_works_under_the_same_warning() -> None:
    quota = runner("a-quota", status=RunnerStatus.BUSY, severity=Severity.WARNING)
    broken = runner("b-broken", status=RunnerStatus.DEGRADED, severity=Severity.WARNING)
    down = runner("c-down", status=RunnerStatus.OFFLINE, severity=Severity.WARNING)
    worse = runner("d-worse", status=RunnerStatus.BUSY, severity=Severity.CRITICAL)
    assert sort_rows([quota, broken, down, worse], RUNNERS, RUNNERS.default_sort) == [worse, down, broken, quota]
    assert sort_rows([worse, quota, broken, down], RUNNERS, ["status"]) == [down, broken, quota, worse]


def test_every_status_has_its_place_in_the_order() -> None:
    places = [trouble(runner("x", status=status)) for status in RunnerStatus]
    assert len(set(places)) == len(places)
    assert max(places) < trouble(runner("x", severity=Severity.INFO))


def test_versions_are_ordered_by_number() -> None:
    old, new = runner("old", versions=("18.9.0",)), runner("new", versions=("18.10.0",))
    assert sort_rows([new, old], RUNNERS, ["+version"]) == [old, new]


def test_an_unknown_column_is_told() -> None:
    with pytest.raises(UsageError, match="runners have no field colour"):
        sort_rows([], RUNNERS, ["colour"])


@given(st.permutations([GPU, IDLE, BARE]), st.sampled_from([field.name for field in RUNNERS.fields]))
def test_the_order_does_not_depend_on_how_rows_came(rows: list[Runner], field: str) -> None:
    assert sort_rows(rows, RUNNERS, [field]) == sort_rows([GPU, IDLE, BARE], RUNNERS, [field])


def test_kinds_are_found_by_name_and_alias() -> None:
    assert kind_named("ru") is RUNNERS
    with pytest.raises(UsageError, match="Did you mean runners"):
        kind_named("runer")
    words = [word for kind in KINDS for word in (kind.name, *kind.aliases)]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_field_has_words_and_the_default_order_exists(kind: object) -> None:
    from flywheel_tui.services.listing.field import Kind

    assert isinstance(kind, Kind)
    assert all(field.help and field.title.isupper() and field.name.islower() for field in kind.fields)
    assert len({field.name for field in kind.fields}) == len(kind.fields)
    assert sort_rows([], kind, kind.default_sort) == []
