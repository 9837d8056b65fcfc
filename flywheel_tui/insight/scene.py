"""One configured context at one moment: which upstreams answered, and how far absence means anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from flywheel_tui.config.settings import StalePolicy
from flywheel_tui.domain.feed import Feed, SourceKind
from flywheel_tui.domain.scaleset import Listener


class Turn:
    """When time alone changes an answer."""

    __slots__ = ("in_s",)

    def __init__(self) -> None:
        self.in_s: float | None = None

    def forget(self) -> None:
        """Forget what was noted, before the next runner is judged."""
        self.in_s = None

    def note(self, seconds: float) -> None:
        """Note that an answer changes in that many seconds."""
        if self.in_s is None or seconds < self.in_s:
            self.in_s = seconds


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for all runners of a context.

    Attributes:
        feeds: The context's feeds by kind; a kind that is not configured is absent.
        pod_namespaces: Namespaces that at least one pod was read from.
        sees_controller: Whether ARC's controller was seen, beside which the listeners live.
        turn: Notes what :meth:`older` was asked.
    """

    context: str
    now: datetime
    policy: StalePolicy
    feeds: Mapping[SourceKind, Feed]
    pod_namespaces: frozenset[str] = frozenset()
    sees_controller: bool = False
    turn: Turn = msgspec.field(default_factory=Turn)

    def source(self, kind: SourceKind) -> str:
        """Return the name of the context's feed of a kind, as evidence names it."""
        feed = self.feeds.get(kind)
        return f"{self.context}/{kind}" if feed is None else feed.name

    def answered(self, kind: SourceKind) -> bool:
        """Return whether the upstream was ever read."""
        feed = self.feeds.get(kind)
        return feed is not None and feed.fetched_at is not None

    def whole(self, kind: SourceKind) -> bool:
        """Return whether the upstream was read without known gaps."""
        feed = self.feeds.get(kind)
        return feed is not None and feed.fetched_at is not None and feed.complete

    def whole_cluster(self) -> bool:
        """Return whether all namespaces were read: only then an object that is absent is nowhere.

        With few rights a source falls back to the configured namespaces, which is a whole reading of a smaller thing.
        """
        feed = self.feeds.get(SourceKind.KUBERNETES)
        if feed is None or feed.fetched_at is None or not feed.complete:
            return False
        return not any(finding.code == "fallback" for finding in feed.findings)

    def lists_listeners(self) -> bool:
        """Return whether a listener that is absent does not exist.

        Listeners live in the controller's namespace, which the credentials or the configuration may leave out. Having
        seen any listener there, or the controller itself in a reading without gaps, proves that it was looked at.
        """
        feed = self.feeds.get(SourceKind.KUBERNETES)
        if feed is None or feed.fetched_at is None:
            return False
        return self.whole_cluster() or bool(feed.tables.get(Listener)) or (feed.complete and self.sees_controller)

    def lists_pods_of(self, namespace: str) -> bool:
        """Return whether a pod that is absent from the namespace does not exist."""
        return namespace in self.pod_namespaces or self.whole_cluster()

    def older(self, since: datetime | None, seconds: float) -> bool | None:
        """Return whether something is that old; None where its time is unknown.

        Every question of a rule about time comes here, so that :attr:`turn` tells until when its answers hold.
        """
        if since is None:
            return None
        left = seconds - (self.now - since).total_seconds()
        if left <= 0 or seconds <= 0:
            return True
        self.turn.note(left)
        return False

    def young(self, since: datetime | None) -> bool:
        """Return whether something is so new that it may still be starting; without a time it is not."""
        return self.older(since, self.policy.pending_pod_s) is False
