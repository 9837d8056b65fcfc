"""What follows a page's name: scope, filter and contexts, as a k9s user types them."""

from __future__ import annotations

import pytest

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.tui.finding.page_words import PageWords, read_page_words

SCOPES = frozenset({"prod-eu", "prod-us", "gitlab", "ci-jobs", "ci-tools"})


@pytest.mark.parametrize(
    ("text", "scope", "terms"),
    [
        ("", "", ""),
        ("gpu", "", "gpu"),
        ("/gpu", "", "gpu"),
        ("/gpu cpu>80", "", "gpu cpu>80"),
        ("/^build-\\d+$/", "", "/^build-\\d+$/"),
        ("ci-jobs", "ci-jobs", ""),
        ("CI-Jobs", "CI-Jobs", ""),
        ("ci-jobs,ci-tools", "ci-jobs,ci-tools", ""),
        ("!ci-jobs oom", "!ci-jobs", "oom"),
        ("ci-jobs /oom", "ci-jobs", "oom"),
        ("ci-jobs,other", "", "ci-jobs,other"),
        ("oom ci-jobs", "", "oom ci-jobs"),
        ("@prod-eu", "prod-eu", ""),
        ("@prod-eu,prod-us gpu", "prod-eu,prod-us", "gpu"),
        ("gpu @prod-eu", "prod-eu", "gpu"),
        ("ci-jobs gpu @prod-eu", "ci-jobs", "gpu context:prod-eu"),
    ],
)
def test_the_words_mean(text: str, scope: str, terms: str) -> None:
    assert read_page_words(text, SCOPES) == PageWords(scope, terms)


@pytest.mark.parametrize("text", ["@", "@,", "ci-jobs @prod-eu,prod-us"])
def test_what_makes_no_sense_is_refused_with_the_next_step(text: str) -> None:
    with pytest.raises(UsageError) as told:
        read_page_words(text, SCOPES)
    assert told.value.next_step
