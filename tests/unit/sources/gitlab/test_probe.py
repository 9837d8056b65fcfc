from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from flywheel_tui.domain.errors import BadAnswerError
from flywheel_tui.sources.gitlab.answers import Trouble, sentence, trouble_of
from flywheel_tui.sources.gitlab.probe import token_findings
from flywheel_tui.sources.gitlab.queries import Root, Tier, fleet_query
from flywheel_tui.sources.gitlab.scope import Scope, scopes_of
from flywheel_tui.sources.gitlab.wire import ErrorExtensions, GraphError, TokenSelf
from tests.conftest import NOW
from tests.unit.sources.gitlab.fake_gitlab import FakeGitLab, runner
from tests.unit.sources.gitlab.reading import refused, said


@pytest.mark.parametrize(
    ("days", "wanted"),
    [
        (60, []),
        (15, []),
        (9, ["The token console expires on 2026-11-30, in 8 days."]),
        (1, ["The token console expires on 2026-11-22, in 0 days."]),
        (-1, ["The token console expired on 2026-11-20."]),
    ],
)
def test_a_token_that_ends_soon_is_told(days: int, wanted: list[str]) -> None:
    token = TokenSelf(name="console", scopes=["read_api"], expires_at=str((NOW + timedelta(days=days)).date()))
    assert [finding.text for finding in token_findings(token, NOW) if finding.code == "token_expires"] == wanted


@pytest.mark.parametrize("expires", [None, "", "never", "2026-13-77"])
def test_a_token_without_an_end(expires: str | None) -> None:
    token = TokenSelf(name="console", scopes=["read_api"], expires_at=expires)
    assert [finding.code for finding in token_findings(token, NOW)] == ["scopes"]


def test_a_token_without_the_scope_to_read() -> None:
    findings = token_findings(TokenSelf(name="\x1b[1mci", scopes=["read_registry"]), NOW)
    assert [finding.code for finding in findings] == ["scopes", "missing_right"]
    assert findings[1].limits
    assert findings[1].text == "The token ci lacks the scope read_api."


async def test_a_token_that_gitlab_tells_nothing_of_is_no_failure(gitlab: FakeGitLab) -> None:
    gitlab.token_self = None
    gitlab.groups["infra"] = [runner(1)]
    observation = await gitlab.source().fetch()
    assert said(observation, "scopes") == ["GitLab does not tell the scopes of this kind of token."]
    assert observation.complete


async def test_an_inner_error_is_no_reason_to_step_down(gitlab: FakeGitLab) -> None:
    gitlab.intercept = lambda request, number: httpx.Response(200, json={"errors": [{"message": "Internal error"}]})
    error = await refused(gitlab.source())
    assert isinstance(error, BadAnswerError)
    assert error.message == "GitLab answered an error instead of its version (Internal error)."


@pytest.mark.parametrize(
    ("message", "code", "wanted"),
    [
        ("Field 'x' doesn't exist on type 'CiRunner'", "undefinedField", Trouble.MISFIT),
        ("Field 'x' doesn't exist on type 'CiRunner'", None, Trouble.MISFIT),
        ("Field 'jobCount' doesn't accept argument 'statuses'", "argumentNotAccepted", Trouble.MISFIT),
        ("Cannot query field 'x' on type 'CiRunner'.", None, Trouble.MISFIT),
        ("anything", "argumentLiteralsIncompatible", Trouble.MISFIT),
        ("Query has complexity of 272, which exceeds max complexity of 250", None, Trouble.TOO_COMPLEX),
        ("Query has depth of 21, which exceeds max depth of 20", None, Trouble.TOO_COMPLEX),
        ("Timeout on validation of query", None, Trouble.TOO_SLOW),
        ("Request timed out. Please try a less complex query", None, Trouble.TOO_SLOW),
        (
            "The resource that you are attempting to access does not exist or you don't have permission to perform "
            "this action",
            None,
            Trouble.DENIED,
        ),
        ("Internal server error", None, Trouble.OTHER),
        ("", None, Trouble.OTHER),
    ],
)
def test_what_errors_are_about(message: str, code: str | None, wanted: Trouble) -> None:
    assert trouble_of(GraphError(message=message, extensions=ErrorExtensions(code=code))) is wanted


def test_errors_in_one_sentence() -> None:
    assert sentence([]) == "an error without a message"
    assert sentence([GraphError(message="a\x1b[2Jb")]) == "ab"
    assert sentence([GraphError(message="a"), GraphError(message="b"), GraphError(message="c")]) == "a and 2 more"
    assert len(sentence([GraphError(message="x" * 5000)])) == 200


def test_tiers_go_down_to_rest_and_stay_there() -> None:
    assert [tier.below() for tier in Tier] == [Tier.COMMUNITY, Tier.REST, Tier.REST]
    with pytest.raises(KeyError):
        fleet_query(Root.GROUP, Tier.REST)


@pytest.mark.parametrize(
    ("groups", "instance", "administrator", "wanted"),
    [
        (("a", "b"), False, False, [Scope(Root.GROUP, "a"), Scope(Root.GROUP, "b")]),
        (("a",), True, False, [Scope(Root.GROUP, "a"), Scope(Root.SHARED)]),
        ((), False, True, [Scope(Root.INSTANCE)]),
        ((), True, True, [Scope(Root.INSTANCE)]),
        ((), False, False, [Scope(Root.MINE)]),
        ((), True, False, [Scope(Root.MINE), Scope(Root.SHARED)]),
    ],
)
def test_which_lists_make_up_the_fleet(
    groups: tuple[str, ...], instance: bool, administrator: bool, wanted: list[Scope]
) -> None:
    assert list(scopes_of(groups, instance=instance, administrator=administrator)) == wanted


async def test_a_gitlab_that_is_too_old_for_the_probe_goes_by_rest(gitlab: FakeGitLab) -> None:
    gitlab.groups["infra"] = [runner(1)]
    answer = {
        "errors": [
            {
                "message": "Field 'enterprise' doesn't exist on type 'Metadata'",
                "extensions": {"code": "undefinedField", "typeName": "Metadata", "fieldName": "enterprise"},
            }
        ]
    }
    gitlab.intercept = lambda request, number: (
        httpx.Response(200, json=answer) if request.url.path == "/api/graphql" else None
    )
    observation = await gitlab.source().fetch()
    assert len(observation.tables) == 1
    assert "Field 'enterprise' doesn't exist" in said(observation, "fallback")[0]


async def test_a_gitlab_that_does_not_tell_what_it_is(gitlab: FakeGitLab) -> None:
    gitlab.groups["infra"] = [runner(1)]
    gitlab.token_self = {"name": None}
    gitlab.intercept = lambda request, number: (
        httpx.Response(200, json={"data": {"metadata": None, "runners": None}})
        if b"FlywheelProbe" in request.content
        else None
    )
    observation = await gitlab.source().fetch()
    assert [finding.code for finding in observation.findings] == ["tier"]
