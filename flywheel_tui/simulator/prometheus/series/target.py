"""What is scraped: a page of one process, with the labels that service discovery gives it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from flywheel_tui.simulator.prometheus.series.scrapes import TargetKey

FOREVER = 2**62
"""A time behind every query, in milliseconds."""


class Target(msgspec.Struct, frozen=True, eq=False):
    """One page.

    Attributes:
        labels: `job`, `instance` and what service discovery adds; on every series of the page.
        begin, end: When it is discovered, in milliseconds.
        down_since: From when on it does not answer although it is discovered.
    """

    labels: Mapping[str, str]
    begin: int
    end: int = FOREVER
    down_since: int = FOREVER

    @property
    def key(self) -> TargetKey:
        """Job and instance: what tells it apart."""
        return self.labels["job"], self.labels["instance"]

    def there(self, at: int) -> bool:
        """Return whether it is discovered at the time."""
        return self.begin <= at < self.end

    def up(self, at: int) -> bool:
        """Return whether it is discovered and answers at the time."""
        return self.begin <= at < self.end and at < self.down_since

    def label(self, own: Mapping[str, str]) -> dict[str, str]:
        """Return the labels that a series of the page has in Prometheus.

        A label of its own that the target has too is renamed, as with `honor_labels: false`; empty ones are none.
        """
        labels = dict(self.labels)
        for name, value in own.items():
            if value:
                labels[f"exported_{name}" if name in self.labels else name] = value
        return labels

    def unlabel(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Return the labels that a series has on the page itself: undoes `label`."""
        own = {}
        for name, value in labels.items():
            if name in self.labels:
                continue
            bare = name.removeprefix("exported_")
            own[bare if bare in self.labels else name] = value
        return own
