"""What the product needs of the outside: the protocols that sources fulfil."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol, runtime_checkable

from flywheel_tui.domain.feed import Observation, SourceKind


class Source(Protocol):
    """An upstream that can be read as a whole."""

    @property
    def name(self) -> str:
        """``<context>/<kind>``; unique."""
        ...

    @property
    def context(self) -> str:
        """The configured context."""
        ...

    @property
    def kind(self) -> SourceKind:
        """Which upstream."""
        ...

    @property
    def interval_s(self) -> float:
        """Seconds between two readings when all is well."""
        ...

    async def fetch(self) -> Observation:
        """Read everything once, to the last page.

        Raises:
            SourceError: The upstream did not give it; nothing else is raised for what an upstream does.
        """
        ...

    async def aclose(self) -> None:
        """Let go of connections. The source is not used afterwards."""
        ...


@runtime_checkable
class GradualSource(Source, Protocol):
    """A source whose reading takes many requests, and that can show what it has of its first one."""

    async def read(self, show: Callable[[Observation], Awaitable[None]]) -> Observation:
        """Read everything once, as ``fetch`` does.

        Args:
            show: Awaited with parts of the first reading, marked as such, about once a second at most.

        Raises:
            SourceError: The upstream did not give it.
        """
        ...


@runtime_checkable
class FollowedSource(Source, Protocol):
    """A source that tells of changes by itself (a watch)."""

    def follow(self) -> AsyncIterator[Observation]:
        """Yield the whole picture first, then again whenever it changed or was confirmed unchanged.

        Each observation is whole; only before the first whole one there may be some with a part of it, marked so. A
        source yields at least once an interval while its connection is proven alive, and at most about once a second.

        Raises:
            SourceError: The connection is lost; the caller waits and calls again.
        """
        ...
