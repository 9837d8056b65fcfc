"""What this GitLab is and what the token may do: asked once, and again when an error suggests that it changed."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, TypeVar

from flywheel_tui.domain.errors import (
    BadAnswerError,
    ForbiddenError,
    MissingError,
    RefusedError,
    UnauthorizedError,
    UpstreamFailedError,
)
from flywheel_tui.domain.feed import Finding
from flywheel_tui.domain.text import clean, clean_or_none
from flywheel_tui.sources.gitlab import queries, wire
from flywheel_tui.sources.gitlab.answers import StepDownError, Trouble, first_of, sentence
from flywheel_tui.sources.gitlab.client import GitLabClient
from flywheel_tui.sources.gitlab.queries import Tier

T = TypeVar("T")

EXPIRES_SOON: Final = timedelta(days=14)
READING_SCOPES: Final = frozenset({"api", "read_api"})


@dataclass(frozen=True)
class Capabilities:
    """What a probe found.

    Attributes:
        tier: The best tier that this GitLab should understand.
        administrator: Whether the token may list the whole instance.
        findings: For the operator.
    """

    tier: Tier
    administrator: bool
    findings: tuple[Finding, ...]


async def probe(client: GitLabClient, now: datetime) -> Capabilities:
    """Ask GitLab what it is and what the token may do: two requests, four where there is no GraphQL.

    Raises:
        UnauthorizedError: The token is not accepted.
        SourceError: GitLab did not answer.
    """
    no_graphql = ""
    refused: UnauthorizedError | None = None
    answer = wire.ProbeAnswer()
    try:
        answer = await client.graphql(queries.PROBE, {}, wire.ProbeAnswer)
        misfit = first_of(answer.errors or (), Trouble.MISFIT)
        if misfit is not None:
            no_graphql = sentence((misfit,))
        elif answer.data is None:
            raise BadAnswerError(f"GitLab answered an error instead of its version ({sentence(answer.errors or ())}).")
        elif answer.data.runners is None and first_of(answer.errors or (), Trouble.TOO_SLOW) is not None:
            # Not a no: taken for one, an administrator would see only the own runners, as if there were no others.
            raise UpstreamFailedError(f"GitLab gave up on counting its runners ({sentence(answer.errors or ())}).")
    except StepDownError as error:
        no_graphql = error.reason
    except UnauthorizedError as error:
        refused = error
    # OAuth and job tokens have no such page; GitLab then answers 400, 401 or 404.
    token = await _ask(client, "/personal_access_tokens/self", wire.TokenSelf)
    if refused is not None:
        # GraphQL wants read_api or api, and calls a token without them invalid; REST may still take it.
        if token is None or READING_SCOPES & set(token.scopes or ()):
            raise refused
        no_graphql = "the token has neither of the scopes read_api and api"
    if no_graphql:
        told = await _ask(client, "/metadata", wire.Metadata)
        if token is None and told is None:
            raise MissingError(
                f"There is no GitLab at {client.address}.", next_step="Check `url` in the configuration."
            )
        metadata = told or wire.Metadata()
        administrator = await _ask(client, "/runners/all", list[wire.RestRunner], {"per_page": 1}) is not None
        tier = Tier.REST
    else:
        data = answer.data or wire.ProbeData()
        metadata = data.metadata or wire.Metadata()
        administrator = data.runners is not None
        tier = Tier.ENTERPRISE if metadata.enterprise else Tier.COMMUNITY
    findings = (*_edition(metadata), *_tier(tier, no_graphql), *token_findings(token, now))
    return Capabilities(tier=tier, administrator=administrator, findings=findings)


async def _ask(client: GitLabClient, path: str, kind: type[T], params: Mapping[str, Any] | None = None) -> T | None:
    """Return what an address gives, or None where this GitLab or this token does not have it: both are findings."""
    with contextlib.suppress(ForbiddenError, MissingError, RefusedError, UnauthorizedError, BadAnswerError):
        return await client.rest(path, kind, params)
    return None


def _edition(metadata: wire.Metadata) -> tuple[Finding, ...]:
    findings = []
    version = clean_or_none(metadata.version)
    if version is not None:
        findings.append(Finding(code="version", text=f"GitLab {version}."))
    if metadata.enterprise is not None:
        name = "Enterprise" if metadata.enterprise else "Community"
        findings.append(Finding(code="edition", text=f"GitLab {name} Edition."))
    return tuple(findings)


def _tier(tier: Tier, no_graphql: str) -> tuple[Finding, ...]:
    if tier is Tier.REST:
        return (fallback(Tier.REST, no_graphql),)
    return (Finding(code="tier", text=f"Runners are read by GraphQL with the {tier} fields."),)


def fallback(tier: Tier, reason: str) -> Finding:
    """Return the finding for a tier that is not the best one."""
    why = reason.rstrip(".")
    if tier is not Tier.REST:
        return Finding(code="fallback", text=f"Runners are read with the {tier} fields: {why}.")
    return Finding(
        code="fallback",
        text=f"Runners are read by REST, page by page and one by one: {why}.",
        limits=True,
        next_step="Numbers of running jobs, executors and token prefixes stay unknown; details take several rounds.",
    )


def token_findings(token: wire.TokenSelf | None, now: datetime) -> tuple[Finding, ...]:
    """Return what is worth knowing of the token: its scopes, a missing one, an end that is near."""
    if token is None:
        return (Finding(code="scopes", text="GitLab does not tell the scopes of this kind of token."),)
    name = clean(token.name or "").strip() or "without a name"
    findings: list[Finding] = []
    if token.scopes is not None:
        scopes = {clean(scope) for scope in token.scopes}
        findings.append(Finding(code="scopes", text=f"The token {name} has the scopes {', '.join(sorted(scopes))}."))
        if not READING_SCOPES & scopes:
            findings.append(
                Finding(
                    code="missing_right",
                    text=f"The token {name} lacks the scope read_api.",
                    limits=True,
                    next_step="Make a token with read_api; it is enough to look.",
                )
            )
    ends = _end_of(token)
    if ends is not None and ends - now < EXPIRES_SOON:
        days = max(0, (ends - now).days)
        when = f"expires on {ends.date()}, in {days} days" if ends > now else f"expired on {ends.date()}"
        findings.append(
            Finding(
                code="token_expires", text=f"The token {name} {when}.", next_step="Rotate it; no restart is needed."
            )
        )
    return tuple(findings)


def _end_of(token: wire.TokenSelf) -> datetime | None:
    with contextlib.suppress(ValueError):
        return datetime.combine(date.fromisoformat(token.expires_at or ""), time(), UTC)
    return None
