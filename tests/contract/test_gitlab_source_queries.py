"""Every GraphQL text that is sent, held against GitLab's schema and GitLab's limit on what a query may cost."""

from __future__ import annotations

import pytest
from graphql import parse, validate

from flywheel_tui.sources.gitlab.queries import JOBS, PAGE_SIZE, PROBE, Root, Tier, fleet_query
from tests.unit.sources.gitlab.schema import CE_17, CE_18, EE_18, EE_19, complexity, schema_of

pytestmark = pytest.mark.contract

# What GitLab allows a signed-in user; administrators have 300 (lib/gitlab/graphql of GitLab, GitlabSchema).
ALLOWED = 250
LONGEST = 10_000

BEFORE_18_3 = [Root.GROUP, Root.INSTANCE, Root.SHARED]


def faults(parts: tuple[str, ...], query: str) -> list[str]:
    return [error.message for error in validate(schema_of(parts), parse(query))]


@pytest.mark.parametrize("root", BEFORE_18_3)
@pytest.mark.parametrize("parts", [CE_17, CE_18, EE_18, EE_19])
def test_the_community_query_fits_every_gitlab(parts: tuple[str, ...], root: Root) -> None:
    assert faults(parts, fleet_query(root, Tier.COMMUNITY)) == []


@pytest.mark.parametrize("root", list(Root))
@pytest.mark.parametrize("parts", [EE_18, EE_19])
def test_the_enterprise_query_fits_the_enterprise_edition(parts: tuple[str, ...], root: Root) -> None:
    assert faults(parts, fleet_query(root, Tier.ENTERPRISE)) == []


def test_the_enterprise_query_does_not_fit_the_community_edition() -> None:
    assert faults(CE_18, fleet_query(Root.GROUP, Tier.ENTERPRISE)) == [
        "Cannot query field 'upgradeStatus' on type 'CiRunner'."
    ]


def test_what_one_manages_is_known_since_18_3() -> None:
    assert faults(CE_18, fleet_query(Root.MINE, Tier.COMMUNITY)) == []
    assert len(faults(CE_17, fleet_query(Root.MINE, Tier.COMMUNITY))) == 1


@pytest.mark.parametrize("query", [JOBS, PROBE])
@pytest.mark.parametrize("parts", [CE_17, CE_18, EE_18, EE_19])
def test_jobs_and_probe_fit_every_gitlab(parts: tuple[str, ...], query: str) -> None:
    assert faults(parts, query) == []


@pytest.mark.parametrize(
    "query", [JOBS, PROBE, *(fleet_query(root, tier) for root in Root for tier in (Tier.ENTERPRISE, Tier.COMMUNITY))]
)
def test_a_full_page_stays_within_gitlabs_limits(query: str) -> None:
    assert complexity(schema_of(EE_18), query, {"first": PAGE_SIZE}) <= ALLOWED / 2
    assert len(query) < LONGEST
