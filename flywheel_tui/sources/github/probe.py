"""What GitHub tells of itself and of the token: it is in the headers of every answer, so it costs no request."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from flywheel_tui.domain.feed import Finding
from flywheel_tui.domain.text import clean, clean_or_none

EXPIRES_SOON: Final = timedelta(days=14)
LISTING_ORGS: Final = frozenset({"admin:org", "manage_runners:org"})
LISTING_REPOS: Final = frozenset({"repo"})


@dataclass(frozen=True)
class TokenFacts:
    """What the headers told so far.

    Attributes:
        answered: Whether there was an answer at all.
        scopes: Scopes of a classic token; None for the other kinds, which have permissions instead.
        expires_at: When the token ends, where GitHub says so.
        server_version: Version of a GitHub Enterprise server; None for GitHub.com.
    """

    answered: bool = False
    scopes: frozenset[str] | None = None
    expires_at: datetime | None = None
    server_version: str | None = None

    @classmethod
    def seen_in(cls, headers: Mapping[str, str], before: TokenFacts) -> TokenFacts:
        """Return the facts after one more answer; a 304 may leave headers out, so what it lacks stays known."""
        listed = headers.get("x-oauth-scopes")
        scopes = None if listed is None else frozenset(word for part in listed.split(",") if (word := part.strip()))
        return cls(
            answered=True,
            scopes=before.scopes if scopes is None else scopes,
            expires_at=_moment(headers.get("github-authentication-token-expiration")) or before.expires_at,
            server_version=clean_or_none(headers.get("x-github-enterprise-version")) or before.server_version,
        )


def findings_of(facts: TokenFacts, now: datetime, *, orgs: bool, repos: bool) -> tuple[Finding, ...]:
    """Return what is worth knowing of the server and the token.

    Args:
        facts: What the headers told.
        now: The current time.
        orgs: Whether organisations are configured.
        repos: Whether repositories are configured.
    """
    if not facts.answered:
        return ()
    server = "GitHub.com" if facts.server_version is None else f"GitHub Enterprise Server {facts.server_version}"
    findings = [Finding(code="edition", text=f"{server}.")]
    if facts.scopes is None:
        findings.append(Finding(code="scopes", text="The token is fine-grained or an app's: it has no scopes to show."))
    else:
        named = ", ".join(clean(scope) for scope in sorted(facts.scopes)) or "no scopes"
        findings.append(Finding(code="scopes", text=f"The token is a classic one with {named}."))
        if orgs and not facts.scopes & LISTING_ORGS:
            findings.append(_lacks("admin:org", "runners of organisations"))
        if repos and not facts.scopes & LISTING_REPOS:
            findings.append(_lacks("repo", "runners of private repositories"))
    if facts.expires_at is not None and facts.expires_at - now < EXPIRES_SOON:
        days = max(0, (facts.expires_at - now).days)
        text = f"The token expires on {facts.expires_at.date()}, in {days} days."
        findings.append(Finding(code="token_expires", text=text, next_step="Rotate it; no restart is needed."))
    return tuple(findings)


def _lacks(scope: str, what: str) -> Finding:
    return Finding(
        code="missing_right",
        text=f"The token lacks the scope {scope}, which listing {what} needs.",
        limits=True,
        next_step=f"Add {scope} to the token, or use a fine-grained one that may read self-hosted runners.",
    )


def _moment(text: str | None) -> datetime | None:
    """Return the time in GitHub's own form: ``2025-12-31 09:00:00 UTC`` or with an offset instead of ``UTC``."""
    for form in ("%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%d %H:%M:%S %z"):
        with contextlib.suppress(ValueError):
            read = datetime.strptime(text or "", form)  # noqa: DTZ007 - the first form names UTC in words
            return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    return None
