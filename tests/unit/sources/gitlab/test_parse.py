from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.domain.job import Job, JobState
from flywheel_tui.domain.runner import ForgeRunner, RunnerKind, RunnerState
from flywheel_tui.sources.gitlab import parse, wire
from tests.unit.sources.gitlab.fake_gitlab import Json, job, runner

URL = "https://gitlab.example.com"


def row(node: Json, asked: str = "infra") -> ForgeRunner:
    return parse.runner_row(msgspec.convert(node, wire.RunnerNode), context="prod", url=URL, asked=asked)


def job_row(node: Json, url: str = URL) -> Job | None:
    return parse.job_row(msgspec.convert(node, wire.JobNode), context="prod", url=url)


def test_a_runner_with_nothing_but_an_id_claims_nothing() -> None:
    bare = row({"id": "gid://gitlab/Ci::Runner/12"})
    assert bare == ForgeRunner(
        key="prod/gitlab/12",
        context="prod",
        forge=bare.forge,
        kind=RunnerKind.GROUP,
        id="12",
        scope="infra",
        name="#12",
        state=RunnerState.UNKNOWN,
    )


@pytest.mark.parametrize(
    ("changes", "field", "wanted"),
    [
        ({"status": "ONLINE"}, "state", RunnerState.ONLINE),
        ({"status": "OFFLINE"}, "state", RunnerState.OFFLINE),
        ({"status": "STALE"}, "state", RunnerState.STALE),
        ({"status": "NEVER_CONTACTED"}, "state", RunnerState.NEVER_CONTACTED),
        ({"status": "SOMETHING_NEW"}, "state", RunnerState.UNKNOWN),
        ({"paused": True, "status": "ONLINE"}, "state", RunnerState.ONLINE),
        ({"runnerType": "INSTANCE_TYPE"}, "scope", "instance"),
        ({"runnerType": "PROJECT_TYPE", "ownerProject": {"fullPath": "infra/app"}}, "scope", "infra/app"),
        ({"runnerType": "PROJECT_TYPE", "ownerProject": None}, "scope", "infra"),
        ({"groups": {"nodes": [{"fullPath": "infra/deep"}]}}, "scope", "infra/deep"),
        ({"groups": {"nodes": [None]}}, "groups", ()),
        ({"groups": None}, "groups", ()),
        ({"jobExecutionStatus": "IDLE"}, "busy", False),
        ({"jobExecutionStatus": None}, "busy", None),
        ({"accessLevel": "REF_PROTECTED"}, "protected", True),
        ({"accessLevel": "NEW_LEVEL"}, "protected", None),
        ({"tagList": []}, "tags", ()),
        ({"tagList": None}, "tags", None),
        ({"tagList": ["a", "", "\x1b[31mred\x1b[0m"]}, "tags", ("a", "red")),
        ({"managers": None}, "managers", None),
        ({"managers": {"count": 3, "nodes": [None]}}, "managers", ()),
        ({"running": 0}, "running_jobs", 0),
        ({"creationMethod": "REGISTRATION_TOKEN"}, "creation_method", "registration_token"),
        ({"createdBy": None}, "created_by", None),
        ({"createdAt": None}, "created_at", None),
        ({"createdAt": "yesterday"}, "created_at", None),
        ({"createdAt": "2026-01-02T05:04:05+02:00"}, "created_at", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ({"createdAt": "2026-01-02T03:04:05"}, "created_at", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ({"createdAt": "0001-01-01T00:00:00+14:00"}, "created_at", None),
        ({"description": "[/evil]"}, "name", "[/evil]"),
        ({"description": "\x1b]0;owned\x07evil\u202e"}, "name", "evil"),
        ({"description": "two\nlines"}, "name", "two lines"),
        ({"description": " \x00 "}, "name", "#7"),
        (
            {"adminUrl": "https://gitlab.example.com/admin/runners/7"},
            "web_url",
            "https://gitlab.example.com/admin/runners/7",
        ),
        ({"adminUrl": "javascript:alert(1)"}, "web_url", "https://gitlab.example.com/groups/infra/-/runners/7"),
        (
            {"runnerType": "PROJECT_TYPE", "ownerProject": {"fullPath": "infra/a b"}},
            "web_url",
            "https://gitlab.example.com/infra/a%20b/-/runners/7",
        ),
        ({"runnerType": "PROJECT_TYPE", "ownerProject": None}, "web_url", None),
        ({"runnerType": "INSTANCE_TYPE"}, "web_url", None),
        ({"maintenanceNote": "  "}, "maintenance_note", None),
    ],
)
def test_fields_of_a_runner(changes: Json, field: str, wanted: object) -> None:
    assert getattr(row(runner(7, **changes)), field) == wanted


@pytest.mark.parametrize(
    ("online", "status", "wanted"),
    [
        (True, "paused", RunnerState.ONLINE),
        (False, "paused", RunnerState.OFFLINE),
        (True, "online", RunnerState.ONLINE),
        (False, "offline", RunnerState.OFFLINE),
        (False, "stale", RunnerState.STALE),
        (None, "never_contacted", RunnerState.NEVER_CONTACTED),
        (None, "paused", RunnerState.UNKNOWN),
        (None, "online", RunnerState.ONLINE),
        (None, None, RunnerState.UNKNOWN),
        (False, "not_connected", RunnerState.OFFLINE),
    ],
)
def test_rest_blends_paused_into_the_status(online: bool | None, status: str | None, wanted: RunnerState) -> None:
    assert parse.rest_state(online, status) is wanted


def test_a_job() -> None:
    waiting = job_row(job(11), "https://example.com/gitlab")
    assert waiting is not None
    assert (waiting.key, waiting.state, waiting.project) == ("prod/gitlab/job/11", JobState.PENDING, "infra/app")
    assert (waiting.pipeline, waiting.started_by, waiting.runner_id) == ("9", "jun", None)
    assert waiting.queued_at == datetime(2026, 11, 21, 11, 58, tzinfo=UTC)
    assert waiting.web_url == "https://example.com/infra/app/-/jobs/11"


@pytest.mark.parametrize(
    "changes",
    [{"status": "SUCCESS"}, {"status": None}, {"id": None}, {"id": ""}],
)
def test_what_neither_waits_nor_runs_is_no_row(changes: Json) -> None:
    assert job_row(job(11, **changes)) is None


@pytest.mark.parametrize("path", [None, "", "//evil.example", "javascript:x"])
def test_a_job_links_to_this_gitlab_only(path: str | None) -> None:
    found = job_row(job(11, webPath=path))
    assert found is not None
    assert found.web_url in {None, "https://gitlab.example.com//evil.example"}


hostile = st.one_of(
    st.none(), st.text(max_size=20), st.sampled_from(["\x1b[2J", "[/evil]", "\u202e", "\x9b31m", "a\nb"])
)
manager = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(msgspec.json.schema(wire.ManagerNode)["$defs"]["ManagerNode"]["properties"], hostile)
)
groups = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {"nodes": st.lists(st.one_of(st.none(), st.fixed_dictionaries({"fullPath": hostile})), max_size=3)}
    ),
)
nodes = st.fixed_dictionaries(
    {"id": st.text(max_size=30)},
    optional={
        **dict.fromkeys(
            [
                "shortSha",
                "description",
                "status",
                "runnerType",
                "jobExecutionStatus",
                "accessLevel",
                "contactedAt",
                "createdAt",
                "creationMethod",
                "maintenanceNote",
                "adminUrl",
                "upgradeStatus",
            ],
            hostile,
        ),
        "paused": st.one_of(st.none(), st.booleans()),
        "tagList": st.one_of(st.none(), st.lists(st.text(max_size=9), max_size=3)),
        "createdBy": st.one_of(st.none(), st.fixed_dictionaries({"username": hostile})),
        "ownerProject": st.one_of(st.none(), st.fixed_dictionaries({"fullPath": hostile})),
        "groups": groups,
        "managers": st.one_of(
            st.none(), st.fixed_dictionaries({"nodes": st.lists(st.one_of(st.none(), manager), max_size=3)})
        ),
    },
)


def texts_in(value: object) -> list[str]:
    """Return all text in plain data."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for part in value.values() for text in texts_in(part)]
    if isinstance(value, list):
        return [text for part in value for text in texts_in(part)]
    return []


@given(nodes)
def test_whatever_gitlab_sends_is_a_row_that_is_safe_to_show(node: Json) -> None:
    made = row(node)
    assert all(text.isprintable() or "\u200d" in text for text in texts_in(msgspec.to_builtins(made)))
    assert made.name
    assert made.created_at is None or made.created_at.tzinfo is UTC


@given(st.one_of(st.none(), st.text(max_size=40), st.datetimes(timezones=st.timezones()).map(datetime.isoformat)))
def test_a_time_is_aware_or_unknown(text: str | None) -> None:
    read = parse.moment(text)
    assert read is None or read.tzinfo is UTC


@given(
    st.integers(1, 10**9),
    st.one_of(st.none(), st.booleans()),
    hostile,
    st.one_of(st.none(), st.lists(st.text(max_size=9), max_size=3)),
    hostile,
)
def test_whatever_rest_sends_is_a_row(
    number: int, online: bool | None, status: str | None, tags: list[str] | None, address: str | None
) -> None:
    listed = wire.RestRunner(id=number, online=online, status=status, description=address)
    details = wire.RestDetails(tag_list=tags, groups=[wire.RestGroup(web_url=address)])
    made = parse.rest_row(listed, details, [wire.RestManager(version=status)], context="prod", url=URL, asked="")
    assert made.key == f"prod/gitlab/{number}"
    assert all(text.isprintable() or "\u200d" in text for text in texts_in(msgspec.to_builtins(made)))
