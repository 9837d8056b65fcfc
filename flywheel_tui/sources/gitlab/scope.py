"""What a configuration asks for: which lists of runners make up the fleet."""

from __future__ import annotations

from dataclasses import dataclass

from flywheel_tui.domain.errors import RateLimitedError, SourceError, UnauthorizedError, UnreachableError
from flywheel_tui.domain.text import clean
from flywheel_tui.sources.gitlab.queries import Root


@dataclass(frozen=True)
class Scope:
    """One list of runners.

    Attributes:
        path: Full path of the group; empty for the other roots.
    """

    root: Root
    path: str = ""

    @property
    def label(self) -> str:
        """Return how sentences name it."""
        return {
            Root.GROUP: f"the group {clean(self.path)}",
            Root.INSTANCE: "the whole instance",
            Root.SHARED: "the instance's shared runners",
            Root.MINE: "the runners that the token's owner manages",
        }[self.root]

    def name_in(self, error: SourceError) -> SourceError:
        """Return the error with what was being read in its sentence, where that tells something.

        A wrong token, a limit or a dead connection concern all of GitLab, so those stay as they are.
        """
        if isinstance(error, (RateLimitedError, UnauthorizedError, UnreachableError)):
            return error
        if self.label.removeprefix("the ") in error.message:
            return error
        return type(error)(
            f"Reading {self.label}: {error.message}",
            next_step=error.next_step,
            status=error.status,
            retry_after=error.retry_after,
        )


def scopes_of(groups: tuple[str, ...], *, instance: bool, administrator: bool) -> tuple[Scope, ...]:
    """Return the lists to read.

    Without groups it is the whole instance where the token may, else what its owner manages. Shared runners beside
    groups are asked for even where the token may not: the refusal then says what is missing.
    """
    if groups:
        shared = (Scope(Root.SHARED),) if instance else ()
        return tuple(Scope(Root.GROUP, path) for path in dict.fromkeys(groups)) + shared
    if administrator:
        return (Scope(Root.INSTANCE),)
    return (Scope(Root.MINE), Scope(Root.SHARED)) if instance else (Scope(Root.MINE),)
