"""The file that the next start begins with: it comes back as it was, or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from flywheel_tui.config.secrets import TokenSource
from flywheel_tui.config.settings import ContextSettings, GitLabSettings, PrometheusSettings
from flywheel_tui.domain import alert, fleet, job, metric, runner, scaleset, workload
from flywheel_tui.domain.feed import Failure, Feed, FeedState, Finding, SourceKind, tables_of
from flywheel_tui.domain.fleet import Fleet, FleetTotals, Runner, RunnerStatus, Unjoined
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.runner import Forge, ForgeRunner, RunnerKind, RunnerState
from flywheel_tui.domain.secret import Secret
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.domain.verdict import Severity
from flywheel_tui.domain.workload import Pod, PodRole
from flywheel_tui.store import last_session
from flywheel_tui.store.last_session import (
    FIRST_ROWS,
    ROW_TYPES,
    fingerprint,
    open_last_session,
    save_last_session,
    session_path,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OURS = "prod"


def forge_runner(number: int) -> ForgeRunner:
    return ForgeRunner(
        key=f"prod/gitlab/{number}",
        context="prod",
        forge=Forge.GITLAB,
        kind=RunnerKind.GROUP,
        id=str(number),
        scope="acme",
        name=f"linux-{number}",
        state=RunnerState.ONLINE,
        tags=("nix", "arm"),
        contacted_at=NOW - timedelta(minutes=3),
    )


def joined(number: int) -> Runner:
    return Runner(
        key=f"prod/gitlab/{number}",
        context="prod",
        forge=Forge.GITLAB,
        kind=RunnerKind.GROUP,
        id=str(number),
        name=f"linux-{number}",
        scope="acme",
        state=RunnerState.ONLINE,
        status=RunnerStatus.BUSY,
        severity=Severity.WARNING,
        sources=("prod/gitlab",),
    )


def feed(age: timedelta = timedelta(minutes=1), rows: int = 3, kind: SourceKind = SourceKind.GITLAB) -> Feed:
    return Feed(
        name=f"prod/{kind}",
        context="prod",
        kind=kind,
        interval_s=20.0,
        tables=tables_of(*(forge_runner(number) for number in range(rows))),
        fetched_at=NOW - age,
        findings=(Finding(code="edition", text="GitLab 18 EE"),),
    )


def picture(*feeds: Feed, rows: int = 3) -> tuple[Snapshot, Fleet]:
    runners = {row.key: row for row in map(joined, range(rows))}
    totals = FleetTotals(runners=rows, by_status={"busy": rows}, jobs_running=7)
    return Snapshot(generation=5, feeds={feed.name: feed for feed in feeds}), Fleet(runners=runners, totals=totals)


def save(folder: Path, *feeds: Feed, rows: int = 3) -> Path:
    snapshot, joined_fleet = picture(*feeds, rows=rows)
    assert save_last_session(folder, OURS, snapshot, joined_fleet, first=tuple(joined_fleet.runners.values()))
    return session_path(folder, OURS)


def test_a_session_comes_back_head_first_and_then_whole(tmp_path: Path) -> None:
    pod = Pod(key="prod/pod/ci/p", context="prod", namespace="ci", name="p", uid="u", role=PodRole.JOB, phase="Running")
    cluster = msgspec.structs.replace(feed(kind=SourceKind.KUBERNETES), tables={**tables_of(pod), ForgeRunner: {}})
    save(tmp_path, feed(rows=4500), cluster)
    last = open_last_session(tmp_path, OURS, NOW)
    assert last is not None
    assert [row.name for row in last.fleet.runners.values()] == ["linux-0", "linux-1", "linux-2"]
    assert last.fleet.totals.jobs_running == 7
    head = last.snapshot.feeds["prod/gitlab"]
    assert (head.fetched_at, head.tables, head.from_last_session) == (NOW - timedelta(minutes=1), {}, True)
    assert head.state(NOW) is FeedState.STALE
    whole = last.tables()
    assert whole is not None
    assert whole.feeds["prod/gitlab"].tables == feed(rows=4500).tables
    assert whole.feeds["prod/kubernetes"].tables == cluster.tables


def test_the_head_holds_no_more_rows_than_a_screen(tmp_path: Path) -> None:
    save(tmp_path, feed(), rows=FIRST_ROWS + 50)
    last = open_last_session(tmp_path, OURS, NOW)
    assert last is not None
    assert len(last.fleet.runners) == FIRST_ROWS
    assert last.fleet.totals.runners == FIRST_ROWS + 50
    last.close()


def test_only_the_owner_may_look(tmp_path: Path) -> None:
    folder = tmp_path / "flywheel"
    path = save(folder, feed())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [entry.name for entry in folder.iterdir()] == [path.name]


def test_what_failed_and_what_is_left_of_a_budget_is_of_that_session_alone(tmp_path: Path) -> None:
    save(tmp_path, msgspec.structs.replace(feed(), failure=Failure(code="down", message="no")))
    last = open_last_session(tmp_path, OURS, NOW)
    assert last is not None
    assert last.snapshot.feeds["prod/gitlab"].failure is None
    last.close()


def test_a_source_older_than_a_day_is_left_out_and_so_is_what_was_joined_from_it(tmp_path: Path) -> None:
    save(tmp_path, feed(), feed(age=timedelta(hours=25), kind=SourceKind.GITHUB))
    last = open_last_session(tmp_path, OURS, NOW)
    assert last is not None
    assert list(last.snapshot.feeds) == ["prod/gitlab"]
    assert last.fleet == Fleet()
    whole = last.tables()
    assert whole is not None
    assert list(whole.feeds) == ["prod/gitlab"]


@pytest.mark.parametrize("age", [timedelta(hours=25), -timedelta(hours=1)], ids=["too old", "from the future"])
def test_nothing_comes_back_where_no_source_is_of_today(tmp_path: Path, age: timedelta) -> None:
    save(tmp_path, feed(age=age))
    assert open_last_session(tmp_path, OURS, NOW) is None


def test_there_is_no_file_yet(tmp_path: Path) -> None:
    assert open_last_session(tmp_path, OURS, NOW) is None


def test_another_configuration_has_another_session(tmp_path: Path) -> None:
    path = save(tmp_path, feed())
    path.rename(session_path(tmp_path, "other"))
    assert open_last_session(tmp_path, "other", NOW) is None


def test_another_version_is_none_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, feed())
    monkeypatch.setattr(last_session, "__version__", "99.0")
    assert open_last_session(tmp_path, OURS, NOW) is None


@pytest.mark.parametrize("content", [b"", b"flywheel", b"\xff" * 4000, b"flywheel last session\n\x7f\xff\xff\xff"])
def test_a_damaged_file_is_none(tmp_path: Path, content: bytes) -> None:
    session_path(tmp_path, OURS).write_bytes(content)
    session_path(tmp_path, OURS).chmod(0o600)
    assert open_last_session(tmp_path, OURS, NOW) is None


def test_a_file_cut_anywhere_is_used_up_to_its_head_or_not_at_all(tmp_path: Path) -> None:
    path = save(tmp_path, feed())
    whole = path.read_bytes()
    outcomes = set()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        last = open_last_session(tmp_path, OURS, NOW)
        tables = None if last is None else last.tables()
        outcomes.add((last is None, tables is None))
        # Cut exactly between two blocks, a file is as good as one without the rest: its rows are gone, not wrong.
        assert tables is None or not tables.feeds["prod/gitlab"].tables
    assert outcomes == {(True, True), (False, True), (False, False)}


def test_a_file_that_others_could_have_written_is_not_read(tmp_path: Path) -> None:
    path = save(tmp_path, feed())
    path.chmod(0o622)
    assert open_last_session(tmp_path, OURS, NOW) is None


def test_a_link_and_a_pipe_in_its_place_are_refused_at_once(tmp_path: Path) -> None:
    path = save(tmp_path, feed())
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert open_last_session(tmp_path, OURS, NOW) is None
    path.unlink()
    os.mkfifo(path, 0o600)
    assert open_last_session(tmp_path, OURS, NOW) is None


def test_a_session_that_read_nothing_leaves_the_one_before(tmp_path: Path) -> None:
    path = save(tmp_path, feed())
    before = path.read_bytes()
    snapshot, joined_fleet = picture(msgspec.structs.replace(feed(), from_last_session=True, fetched_at=NOW))
    assert not save_last_session(tmp_path, OURS, snapshot, joined_fleet, first=())
    assert path.read_bytes() == before


def test_sessions_that_nobody_will_see_again_are_taken_away(tmp_path: Path) -> None:
    old, half, fresh = (
        session_path(tmp_path, "old"),
        tmp_path / ".last-session-1.msgpack.7",
        session_path(tmp_path, "fresh"),
    )
    for path in (old, half, fresh):
        path.write_bytes(b"")
    for path in (old, half):
        os.utime(path, (1.0, 1.0))
    kept = save(tmp_path, feed())
    assert {entry.name for entry in tmp_path.iterdir()} == {kept.name, fresh.name}


def contexts(**changes: Any) -> tuple[ContextSettings, ...]:  # noqa: ANN401 - any setting
    gitlab = GitLabSettings(url="https://gitlab.test", token=TokenSource(env="NAME"))
    return (ContextSettings(name="prod", gitlab=msgspec.structs.replace(gitlab, **changes)),)


def test_a_configuration_is_told_by_what_it_looks_at() -> None:
    assert fingerprint(contexts()) == fingerprint(contexts(interval_s=5.0, token=TokenSource(env="OTHER")))
    assert fingerprint(contexts()) != fingerprint(contexts(url="https://other.test"))
    assert fingerprint(contexts()) != fingerprint(contexts(groups=("acme",)))


def test_no_secret_and_no_place_of_one_is_in_the_fingerprint() -> None:
    headers = (("X-Scope", Secret("s3cret")),)
    prometheus = PrometheusSettings(url="https://p.test", token=TokenSource(env="WHERE_IT_IS"), headers=headers)
    said = fingerprint((ContextSettings(name="prod", prometheus=prometheus),))
    assert "https://p.test" in said
    assert not any(word in said for word in ("s3cret", "WHERE_IT_IS", "X-Scope"))


def parts(kind: Any, seen: set[Any]) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any type
    """Yield every field, with its type, of all that can be reached from a type."""
    if kind in seen:
        return
    seen.add(kind)
    for inner in get_args(kind):
        yield from parts(inner, seen)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        for name, of in get_type_hints(kind).items():
            yield name, of
            yield from parts(of, seen)


def test_nothing_that_is_kept_has_room_for_a_secret() -> None:
    seen: set[Any] = set()
    found = [part for kind in (*ROW_TYPES.values(), Runner, FleetTotals, Finding) for part in parts(kind, seen)]
    assert ("short_token", str | None) in found, "the public part of a runner's token, which its pods carry as a label"
    names = {name for name, _ in found} - {"short_token", "manager_short_token"}
    suspicious = ("token", "secret", "password", "annotation", "env", "header", "certificate", "credential")
    assert not [name for name in names if any(word in name for word in suspicious)]
    assert Secret not in seen
    with pytest.raises(TypeError):
        msgspec.msgpack.encode(Secret("s3cret"))


def test_every_type_of_row_that_a_source_brings_is_kept() -> None:
    modules = (alert, fleet, job, metric, runner, scaleset, workload)
    known = {
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Row) and kind not in {Row, Runner, Unjoined}
    }
    assert known == set(ROW_TYPES.values())


def test_a_part_of_a_first_reading_is_not_kept_as_the_whole(tmp_path: Path) -> None:
    snapshot, joined_fleet = picture(msgspec.structs.replace(feed(), whole=False, complete=False))
    assert not save_last_session(tmp_path, OURS, snapshot, joined_fleet, first=())
    assert not session_path(tmp_path, OURS).exists()
