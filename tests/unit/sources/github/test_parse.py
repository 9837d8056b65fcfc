from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.domain.runner import Forge, ForgeRunner, RunnerKind, RunnerState
from flywheel_tui.sources.github import parse, wire
from flywheel_tui.sources.github.etags import Page, PageCache, page_address
from flywheel_tui.sources.github.probe import TokenFacts, findings_of
from tests.conftest import NOW
from tests.unit.sources.github.fake_github import Json, runner


def row(node: Json) -> ForgeRunner:
    return parse.runner_row(
        msgspec.convert(node, wire.Runner),
        context="prod",
        scope="acme",
        kind=RunnerKind.ORGANIZATION,
        groups={1: "Default"},
        site=None,
    )


def test_a_runner_with_nothing_but_an_id_claims_nothing() -> None:
    assert row({"id": 12}) == ForgeRunner(
        key="prod/github/acme/12",
        context="prod",
        forge=Forge.GITHUB,
        kind=RunnerKind.ORGANIZATION,
        id="12",
        scope="acme",
        name="#12",
        state=RunnerState.UNKNOWN,
    )


@pytest.mark.parametrize(
    ("changes", "field", "wanted"),
    [
        ({"status": "online"}, "state", RunnerState.ONLINE),
        ({"status": "offline"}, "state", RunnerState.OFFLINE),
        ({"status": "sleeping"}, "state", RunnerState.UNKNOWN),
        ({"busy": True}, "busy", True),
        ({}, "paused", None),
        ({}, "tags", ("self-hosted", "nix")),
        ({"labels": []}, "tags", ()),
        ({"labels": None}, "tags", None),
        ({"labels": [{"name": "\x1b[31mred"}, {"name": None}]}, "tags", ("red",)),
        ({"version": None}, "version", None),
        ({"version": "2.335.1"}, "version", "2.335.1"),
        ({"ephemeral": True}, "ephemeral", True),
        ({"os": "unknown"}, "operating_system", None),
        ({"os": "Linux"}, "operating_system", "Linux"),
        ({"runner_group_id": 1}, "runner_group", "Default"),
        ({"runner_group_id": 9}, "runner_group", None),
        ({"runner_group_id": None}, "runner_group", None),
        ({"name": "[/evil]"}, "name", "[/evil]"),
        ({"name": "\x1b]8;;http://evil\x07click\x1b]8;;\x07"}, "name", "click"),
        ({"name": ""}, "name", "#7"),
    ],
)
def test_fields_of_a_runner(changes: Json, field: str, wanted: object) -> None:
    assert getattr(row(runner(7, **changes)), field) == wanted


@pytest.mark.parametrize(
    ("api", "site"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://api.github.com/", "https://github.com"),
        ("https://api.acme.ghe.com", "https://acme.ghe.com"),
        ("https://git.example.com/api/v3", "https://git.example.com"),
        ("https://git.example.com:8443/sub/api/v3/", "https://git.example.com:8443/sub"),
        ("http://127.0.0.1:8080/github", None),
        ("https://api.github.com.evil.example", None),
    ],
)
def test_where_the_pages_are(api: str, site: str | None) -> None:
    assert parse.site_of(api) == site


def test_groups_without_a_name_are_left_out() -> None:
    page = wire.RunnerGroupPage(runner_groups=[wire.RunnerGroup(id=1, name="a\x07"), wire.RunnerGroup(id=2)])
    assert parse.group_names(page) == {1: "a"}


hostile = st.one_of(
    st.none(), st.text(max_size=20), st.sampled_from(["\x1b[2J", "[/evil]", "\u202e", "\x9b31m", "a\nb"])
)


@given(
    st.fixed_dictionaries(
        {"id": st.integers(1, 2**53)},
        optional={
            **dict.fromkeys(["name", "os", "status", "version"], hostile),
            "busy": st.one_of(st.none(), st.booleans()),
            "ephemeral": st.one_of(st.none(), st.booleans()),
            "runner_group_id": st.one_of(st.none(), st.integers(0, 3)),
            "labels": st.one_of(st.none(), st.lists(st.fixed_dictionaries({}, optional={"name": hostile}), max_size=3)),
        },
    )
)
def test_whatever_github_sends_is_a_row_that_is_safe_to_show(node: Json) -> None:
    made = row(node)
    texts = [made.name, *(made.tags or ()), made.version or "", made.operating_system or ""]
    assert all(text.isprintable() or "\u200d" in text for text in texts)
    assert made.name


def facts(**headers: str) -> TokenFacts:
    return TokenFacts.seen_in({name.replace("_", "-"): value for name, value in headers.items()}, TokenFacts())


@pytest.mark.parametrize(
    ("seen", "orgs", "repos", "wanted"),
    [
        (facts(x_oauth_scopes="admin:org, repo"), True, True, ["edition", "scopes"]),
        (facts(x_oauth_scopes="repo"), True, False, ["edition", "scopes", "missing_right"]),
        (facts(x_oauth_scopes=""), True, True, ["edition", "scopes", "missing_right", "missing_right"]),
        (facts(x_oauth_scopes="manage_runners:org"), True, False, ["edition", "scopes"]),
        (facts(), True, True, ["edition", "scopes"]),
        (TokenFacts(), True, True, []),
        (
            facts(github_authentication_token_expiration="2026-11-30 09:00:00 UTC"),
            True,
            True,
            ["edition", "scopes", "token_expires"],
        ),
        (facts(github_authentication_token_expiration="2027-11-30 09:00:00 +0200"), True, True, ["edition", "scopes"]),
        (facts(github_authentication_token_expiration="soon"), True, True, ["edition", "scopes"]),
    ],
)
def test_what_is_told_of_the_token(seen: TokenFacts, orgs: bool, repos: bool, wanted: list[str]) -> None:
    assert [finding.code for finding in findings_of(seen, NOW, orgs=orgs, repos=repos)] == wanted


def test_what_an_answer_leaves_out_stays_known() -> None:
    before = facts(
        x_oauth_scopes="repo",
        x_github_enterprise_version="3.17.0",
        github_authentication_token_expiration="2026-11-30 11:00:00 +0200",
    )
    after = TokenFacts.seen_in({}, before)
    assert after == before
    assert after.expires_at == datetime(2026, 11, 30, 9, tzinfo=UTC)
    told = findings_of(after, NOW, orgs=False, repos=True)
    assert told[-1].text == "The token expires on 2026-11-30, in 8 days."
    assert findings_of(after, NOW - timedelta(days=30), orgs=False, repos=True)[-1].code == "scopes"


def test_pages_are_kept_by_address_and_kind() -> None:
    cache = PageCache()
    address = page_address("/x", {"page": "2", "per_page": "100"})
    assert address == page_address("/x", {"per_page": "100", "page": "2"})
    cache.keep(address, Page("content", None, 'W/"1"'))
    assert cache.get(address, str) == Page("content", None, 'W/"1"')
    assert cache.get(address, int) is None
    cache.keep(address, Page("other", None, None))
    assert cache.get(address, str) is None, "a page without a version cannot be asked for again"
