"""The fleet by GraphQL: one query a page, to the last page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, Generic, NoReturn, TypeVar

from flywheel_tui.domain.errors import (
    BadAnswerError,
    ForbiddenError,
    MissingError,
    SourceError,
    UpstreamFailedError,
    UpstreamTimeoutError,
)
from flywheel_tui.domain.feed import Finding
from flywheel_tui.sources.gitlab import queries, wire
from flywheel_tui.sources.gitlab.answers import StepDownError, Trouble, first_of, sentence, trouble_of
from flywheel_tui.sources.gitlab.client import GitLabClient
from flywheel_tui.sources.gitlab.queries import PAGE_SIZE, Root, Tier
from flywheel_tui.sources.gitlab.scope import Scope

R = TypeVar("R")

SMALLEST_PAGE: Final = 10
NEAR_LIMIT: Final = 0.9
"""Share of GitLab's complexity limit from which pages get smaller."""
PENDING_SHARE: Final = 0.6
"""Share of the pages for jobs that waiting ones may take."""
COUNTED_JOBS: Final = 1000
"""GitLab counts jobs no further than this."""


@dataclass(frozen=True)
class RunnersRead(Generic[R]):
    """All runners of a scope, each once, and what is known to be missing."""

    rows: tuple[R, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class JobsRead:
    """Pending and running jobs of the instance, each once, and what is known to be missing."""

    nodes: tuple[wire.JobNode, ...]
    findings: tuple[Finding, ...] = ()
    pages: int = 0


class GraphReader:
    """Reads whole lists by GraphQL; it remembers how large a page this GitLab can stand.

    Args:
        client: Where the requests go.
    """

    def __init__(self, client: GitLabClient) -> None:
        self._client = client
        self.page_size = PAGE_SIZE
        """Rows asked for at once; it only shrinks, until the source sets it back."""

    async def runners(
        self,
        scope: Scope,
        tier: Tier,
        *,
        room: int,
        make: Callable[[wire.RunnerNode], R],
        begun: Callable[[Collection[R]], Awaitable[None]],
    ) -> RunnersRead[R]:
        """Return all runners of a scope.

        Args:
            scope: Which list.
            tier: Which fields; not REST.
            room: The most runners to return; reaching it is measured and told.
            make: Makes a row; called as each page arrives, so that 10,000 rows never hold up a screen at once.
            begun: Awaited with the rows so far after each page that is not the last.

        Raises:
            StepDownError: This GitLab does not know a field of the tier.
            SourceError: GitLab did not give the list.
        """
        found: dict[str, R] = {}
        hidden = 0
        count: int | None = None
        unsaid: list[wire.GraphError] = []
        after: str | None = None
        capped = False
        while True:
            page, errors = await self._runner_page(scope, tier, after)
            count = page.count if page.count is not None else count
            unsaid += errors
            for node in page.nodes or ():
                if node is None:
                    hidden += 1
                elif len(found) < room or node.id in found:
                    found[node.id] = make(node)
                else:
                    capped = True
            if not page.page_info.has_next_page:
                break
            if capped or len(found) >= room:
                capped = True
                break
            after = _next_cursor(page.page_info, after, scope.label)
            await begun(found.values())
        return RunnersRead(
            tuple(found.values()),
            _gaps(scope, shown=len(found), count=count, hidden=hidden, capped=capped, errors=unsaid),
        )

    async def jobs(self, *, most_pages: int) -> JobsRead:
        """Return the instance's pending and running jobs; only for a token that may list the whole instance.

        Pending ones come first and with more room: GitLab lists the newest first, so a common cap would cut off
        just those that wait longest.

        Args:
            most_pages: Where reading stops and says so; at least 2.

        Raises:
            StepDownError: This GitLab, or this token, has no such list.
            SourceError: GitLab did not give the list.
        """
        pending = await self._jobs_in("PENDING", "wait", max(1, int(most_pages * PENDING_SHARE)))
        running = await self._jobs_in("RUNNING", "run", max(1, most_pages - pending.pages))
        # A job that starts in between is in both lists; the later one knows better.
        nodes = {node.id: node for node in (*pending.nodes, *running.nodes)}
        return JobsRead(tuple(nodes.values()), pending.findings + running.findings, pending.pages + running.pages)

    async def _jobs_in(self, status: str, verb: str, most_pages: int) -> JobsRead:
        found: dict[str, wire.JobNode] = {}
        after: str | None = None
        count: int | None = None
        for pages in range(1, most_pages + 1):
            variables = {"statuses": [status], "first": self.page_size, "after": after}
            answer = await self._client.graphql(queries.JOBS, variables, wire.JobsAnswer)
            page = answer.data.jobs if answer.data else None
            if page is None:
                errors = answer.errors or ()
                if any(trouble_of(error) in {Trouble.TOO_SLOW, Trouble.OTHER} for error in errors):
                    raise BadAnswerError(f"GitLab answered an error instead of its jobs ({sentence(errors)}).")
                raise StepDownError(sentence(errors).rstrip("."))
            found.update({node.id: node for node in page.nodes or () if node is not None and node.id})
            count = page.count
            if not page.page_info.has_next_page:
                return JobsRead(tuple(found.values()), pages=pages)
            after = _next_cursor(page.page_info, after, "the jobs")
        least = min(count or 0, COUNTED_JOBS)
        exist = f"{least:,}" if len(found) < least < COUNTED_JOBS else f"Over {max(least, len(found)):,}"
        text = f"{exist} jobs {verb}, the newest {len(found):,} are shown."
        return JobsRead(tuple(found.values()), (Finding(code="truncated", text=text, limits=True),), most_pages)

    async def _runner_page(
        self, scope: Scope, tier: Tier, after: str | None
    ) -> tuple[wire.RunnerPage, Sequence[wire.GraphError]]:
        query = queries.fleet_query(scope.root, tier)
        while True:
            variables: dict[str, object] = {"first": self.page_size, "after": after}
            if scope.root is Root.GROUP:
                variables["path"] = scope.path
            try:
                answer = await self._client.graphql(query, variables, wire.FleetAnswer)
            except (UpstreamTimeoutError, UpstreamFailedError):
                # GitLab answers 503 to a query that its database gave up on; the next attempt asks for less.
                self._shrink()
                raise
            errors = answer.errors or ()
            page = _page_of(answer.data)
            if page is not None:
                self._heed(answer.data.query_complexity if answer.data else None)
                return page, errors
            if first_of(errors, Trouble.TOO_COMPLEX) and self._shrink():
                continue
            _refuse(scope, answer, errors)

    def _heed(self, complexity: wire.Complexity | None) -> None:
        if (
            complexity is not None
            and complexity.score is not None
            and complexity.limit
            and complexity.score > NEAR_LIMIT * complexity.limit
        ):
            self._shrink()

    def _shrink(self) -> bool:
        """Halve the page and return whether that was still possible."""
        before = self.page_size
        self.page_size = max(SMALLEST_PAGE, before // 2)
        return self.page_size < before


def _page_of(data: wire.FleetData | None) -> wire.RunnerPage | None:
    if data is None:
        return None
    return data.owner.runners if data.owner is not None else data.runners


def _next_cursor(info: wire.PageInfo, after: str | None, label: str) -> str:
    if not info.end_cursor or info.end_cursor == after:
        raise BadAnswerError(f"GitLab announces more pages of {label} but does not say where they start.")
    return info.end_cursor


def _refuse(scope: Scope, answer: wire.FleetAnswer, errors: Sequence[wire.GraphError]) -> NoReturn:
    """Raise what an answer without a page of runners means.

    Raises:
        StepDownError: The query does not fit this GitLab.
        SourceError: Anything else.
    """
    misfit = first_of(errors, Trouble.MISFIT) or first_of(errors, Trouble.TOO_COMPLEX)
    if misfit is not None:
        raise StepDownError(sentence((misfit,)).rstrip("."))
    if first_of(errors, Trouble.TOO_SLOW) is not None:
        raise UpstreamFailedError(f"GitLab gave up on listing {scope.label} ({sentence(errors)}).")
    if first_of(errors, Trouble.DENIED) is None and errors:
        raise BadAnswerError(f"GitLab answered an error instead of {scope.label} ({sentence(errors)}).")
    if answer.data is None:
        raise BadAnswerError(f"GitLab answered nothing when asked for {scope.label}.")
    raise denied(scope, exists=answer.data.owner is not None)


def denied(scope: Scope, *, exists: bool = False) -> SourceError:
    """Return the error for a list that GitLab hides: it does not tell a missing right from a missing thing."""
    if scope.root is Root.GROUP and not exists:
        return MissingError(
            f"{scope.label[0].upper()}{scope.label[1:]} does not exist, or the token may not see it.",
            next_step="Check the path in `groups`; the token's owner must be a member of the group.",
        )
    next_step = {
        Root.GROUP: "Its owner needs the role Maintainer or Owner in the group.",
        Root.MINE: "Name the groups to show in `groups`.",
    }.get(scope.root, "Only an administrator's token may; or name the groups to show in `groups`.")
    what = f"the runners of {scope.label}" if scope.root is Root.GROUP else scope.label
    return ForbiddenError(f"The token may not list {what}.", next_step=next_step)


def _gaps(
    scope: Scope,
    *,
    shown: int,
    count: int | None,
    hidden: int,
    capped: bool,
    errors: Sequence[wire.GraphError],
) -> tuple[Finding, ...]:
    """Return what is missing from a list that was read to its end or to its cap."""
    findings: list[Finding] = []
    if capped:
        exist = f"{count:,}" if count is not None and count > shown else f"More than {shown:,}"
        text = f"{exist} runners exist in {scope.label}, {shown:,} are shown."
        findings.append(
            Finding(code="truncated", text=text, limits=True, next_step="Configure `groups` that hold fewer runners.")
        )
    elif hidden:
        text = f"The token may not see {hidden:,} of {shown + hidden:,} runners in {scope.label}."
        findings.append(Finding(code="missing_right", text=text, limits=True))
    elif count is not None and shown < count:
        text = f"GitLab counts {count:,} runners in {scope.label} but gave {shown:,}."
        findings.append(
            Finding(
                code="partial",
                text=text,
                limits=True,
                next_step="The list changed while it was read, or the token may not see the others.",
            )
        )
    if errors:
        text = f"GitLab left out a part of {scope.label} ({sentence(errors)})."
        findings.append(Finding(code="partial", text=text, limits=True))
    return tuple(findings)
