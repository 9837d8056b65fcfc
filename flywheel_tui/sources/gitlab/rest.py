"""The fleet by REST, where GraphQL is not to be had: whole lists every round, details a slice at a time.

A list tells neither tags nor versions nor the last contact; those take two requests a runner. So each round reads all
lists, then the details of the runners that wait longest for theirs, within a share of the request budget.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from flywheel_tui.domain.errors import (
    BadAnswerError,
    ForbiddenError,
    MissingError,
    RefusedError,
    UpstreamFailedError,
    UpstreamTimeoutError,
)
from flywheel_tui.domain.feed import Finding
from flywheel_tui.sources.gitlab import wire
from flywheel_tui.sources.gitlab.client import GitLabClient
from flywheel_tui.sources.gitlab.queries import Root
from flywheel_tui.sources.gitlab.scope import Scope

REQUESTS_PER_RUNNER: Final = 2
_LISTS: Final = {Root.INSTANCE: "/runners/all", Root.SHARED: "/runners/all", Root.MINE: "/runners"}


@dataclass(frozen=True)
class Listed:
    """All runners of a scope as the list gives them, each once, and what is known to be missing."""

    runners: tuple[wire.RestRunner, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Known:
    """What was last read of one runner; ``details`` is None where the token may not read them."""

    details: wire.RestDetails | None
    managers: tuple[wire.RestManager, ...] | None
    read_at: datetime


class RestReader:
    """Reads lists and remembers details by runner id.

    Args:
        client: Where the requests go.
    """

    def __init__(self, client: GitLabClient) -> None:
        self._client = client
        self._known: dict[int, Known] = {}

    def known(self, runner: int) -> Known | None:
        """Return what was last read of a runner, or None before its first turn."""
        return self._known.get(runner)

    async def runners(self, scope: Scope, *, room: int) -> Listed:
        """Return all runners of a scope.

        Args:
            scope: Which list.
            room: The most runners to return; reaching it is measured and told.

        Raises:
            SourceError: GitLab did not give the list.
        """
        path = _LISTS.get(scope.root) or f"/groups/{quote(scope.path, safe='')}/runners"
        kinds = {Root.GROUP: "group_type", Root.SHARED: "instance_type"}
        params = {"type": kinds[scope.root]} if scope.root in kinds else {}
        found: dict[int, wire.RestRunner] = {}
        total: int | None = None
        capped = False
        number: int | None = 1
        while number is not None:
            page, following, told = await self._client.rest_page(path, list[wire.RestRunner], number, params)
            total = told if told is not None else total
            for runner in page:
                if len(found) < room or runner.id in found:
                    found[runner.id] = runner
                else:
                    capped = True
            if following is not None and (capped or len(found) >= room):
                capped = True
                break
            if following is not None and following <= number:
                raise BadAnswerError(f"GitLab's pages of {scope.label} do not go on: after {number} comes {following}.")
            number = following
        return Listed(tuple(found.values()), _gaps(scope, shown=len(found), total=total, capped=capped))

    async def enrich(self, runners: Iterable[int], *, requests: int, now: datetime) -> tuple[Finding, ...]:
        """Read the details of the runners whose turn it is, and forget runners that are gone.

        Args:
            runners: Ids of all runners there are.
            requests: How many requests this may take.
            now: When this round is.

        Returns:
            What is still missing.

        Raises:
            SourceError: GitLab asks to slow down, cannot be reached or does not accept the token any more.
        """
        present = list(runners)
        self._known = {runner: known for runner in present if (known := self._known.get(runner)) is not None}
        waiting = [runner for runner in present if runner not in self._known]
        oldest = sorted(self._known, key=lambda runner: self._known[runner].read_at)
        trouble = ""
        for runner in (*waiting, *oldest)[: max(1, requests // REQUESTS_PER_RUNNER)]:
            try:
                self._known[runner] = await self._read(runner, now)
            except (UpstreamFailedError, UpstreamTimeoutError, BadAnswerError, RefusedError) as error:
                trouble = error.message
                break
        missing = sum(1 for runner in present if runner not in self._known)
        denied = sum(1 for known in self._known.values() if known.details is None)
        return _progress(total=len(present), missing=missing, denied=denied, trouble=trouble)

    async def _read(self, runner: int, now: datetime) -> Known:
        try:
            details = await self._client.rest(f"/runners/{runner}", wire.RestDetails)
            managers = await self._client.rest(f"/runners/{runner}/managers", list[wire.RestManager])
        except (ForbiddenError, MissingError):
            return Known(None, None, now)
        return Known(details, tuple(managers), now)


def _gaps(scope: Scope, *, shown: int, total: int | None, capped: bool) -> tuple[Finding, ...]:
    findings: list[Finding] = []
    if scope.root is Root.GROUP:
        findings.append(
            Finding(
                code="partial",
                text=f"REST lists no runners of projects and subgroups of {scope.label}.",
                limits=True,
                next_step="GraphQL lists them.",
            )
        )
    if capped:
        exist = f"{total:,}" if total is not None and total > shown else f"More than {shown:,}"
        findings.append(
            Finding(
                code="truncated",
                text=f"{exist} runners exist in {scope.label}, {shown:,} are shown.",
                limits=True,
                next_step="Configure `groups` that hold fewer runners.",
            )
        )
    elif total is not None and shown < total:
        findings.append(
            Finding(
                code="partial",
                text=f"GitLab counts {total:,} runners in {scope.label} but gave {shown:,}.",
                limits=True,
                next_step="The list changed while it was read; the next round reads it again.",
            )
        )
    return tuple(findings)


def _progress(*, total: int, missing: int, denied: int, trouble: str) -> tuple[Finding, ...]:
    findings: list[Finding] = []
    if missing:
        why = f" {trouble}" if trouble else ""
        text = f"Details of {total - missing:,} of {total:,} runners are read, the others follow.{why}"
        findings.append(Finding(code="partial", text=text, limits=True))
    elif trouble:
        findings.append(Finding(code="partial", text=f"Details of runners are not read anew. {trouble}", limits=True))
    if denied:
        text = f"The token may not read the details of {denied:,} of {total:,} runners."
        findings.append(Finding(code="missing_right", text=text, limits=True))
    return tuple(findings)
