"""Silences: made, changed, expired; and which of them hold.

Source: `Set`, `canUpdate` and `expire` in Alertmanager's silence/silence.go.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from flywheel_tui.simulator.alertmanager.matchers import BadMatcher, all_match, make_matcher
from flywheel_tui.simulator.prometheus.evaluator import Matcher
from flywheel_tui.simulator.world.world import World

_RETENTION = 120 * 3600.0  # seconds that an expired silence is remembered
_ORDER = {"active": 0, "pending": 1, "expired": 2}


class SilenceInvalid(ValueError):  # noqa: N818 - named for what it is
    """A silence is not accepted."""


class SilenceUnknown(LookupError):  # noqa: N818
    """There is no silence with the id."""


class MatcherSpec(msgspec.Struct, frozen=True):
    """One condition of a silence, as it was posted."""

    name: str
    value: str
    is_regex: bool
    is_equal: bool = True

    @property
    def operator(self) -> str:
        """The operator in the words of filters."""
        if self.is_regex:
            return "=~" if self.is_equal else "!~"
        return "=" if self.is_equal else "!="

    def matcher(self) -> Matcher:
        """Return what tells whether a value fulfils it."""
        return make_matcher(self.name, self.operator, self.value)


class Silence(msgspec.Struct, frozen=True):
    """A silence; times are seconds since 1970. `id` is empty until it is kept."""

    matchers: tuple[MatcherSpec, ...]
    starts_at: float
    ends_at: float
    created_by: str
    comment: str
    annotations: Mapping[str, str] = msgspec.field(default_factory=dict)
    id: str = ""
    updated_at: float = 0.0

    def state(self, now: float) -> str:
        """Return `pending`, `active` or `expired`."""
        if now < self.starts_at:
            return "pending"
        return "expired" if now > self.ends_at or self.ends_at <= self.starts_at else "active"


class SilenceStore:
    """Holds the silences.

    Args:
        world: The world; in the scenario `incident` somebody has silenced an alert already.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._silences: dict[str, Silence] = {}
        self._count = 0
        if world.scenario == "incident":
            begun = world.epoch - 20 * 60
            self.put(
                Silence(
                    matchers=(MatcherSpec("alertname", "RunnerResourceQuotaExhausted", is_regex=False),),
                    starts_at=begun,
                    ends_at=world.epoch + 4 * 3600,
                    created_by="mira",
                    comment="The larger quota is merged and waits for its apply, see OPS-1431",
                ),
                begun,
            )

    def get(self, ident: str) -> Silence | None:
        """Return a silence, or None."""
        return self._silences.get(ident)

    def listed(self, now: float) -> list[Silence]:
        """Return all silences: active, pending, expired, each by the time that matters to it."""
        kept = {key: each for key, each in self._silences.items() if each.ends_at > now - _RETENTION}
        self._silences = kept

        def order(silence: Silence) -> tuple[int, float]:
            state = silence.state(now)
            by_time = {"active": silence.ends_at, "pending": silence.starts_at, "expired": -silence.ends_at}
            return _ORDER[state], by_time[state]

        return sorted(kept.values(), key=order)

    def silencing(self, labels: Mapping[str, str], now: float) -> list[str]:
        """Return the ids of the active silences that match labels."""
        return sorted(
            each.id
            for each in self._silences.values()
            if each.state(now) == "active" and all_match((spec.matcher() for spec in each.matchers), labels)
        )

    def put(self, silence: Silence, now: float) -> str:
        """Keep a new silence, or change the one whose id it carries, and return its id.

        What an id stands for does not change: with other matchers, or with another start once it is active, the old
        silence expires and a new one, with a new id, takes its place.

        Raises:
            SilenceInvalid: If it is not accepted.
            SilenceUnknown: If it carries an id that there is not.
        """
        _check(silence)
        known = self._silences.get(silence.id)
        if silence.id and known is None:
            raise SilenceUnknown("silence not found")
        if known is not None and _can_update(known, silence, now):
            self._silences[known.id] = msgspec.structs.replace(silence, updated_at=now)
            return known.id
        if known is not None and known.state(now) != "expired":
            self.expire(known.id, now)
        self._count += 1
        ident = self._world.chance.uuid("silence", self._count)
        self._silences[ident] = msgspec.structs.replace(
            silence, id=ident, starts_at=max(silence.starts_at, now), updated_at=now
        )
        return ident

    def expire(self, ident: str, now: float) -> None:
        """End a silence; one that has ended stays as it is.

        Raises:
            SilenceUnknown: If there is none with the id.
        """
        known = self._silences.get(ident)
        if known is None:
            raise SilenceUnknown("silence not found")
        state = known.state(now)
        if state != "expired":
            begin = now if state == "pending" else known.starts_at
            self._silences[ident] = msgspec.structs.replace(known, starts_at=begin, ends_at=now, updated_at=now)


def _can_update(known: Silence, fresh: Silence, now: float) -> bool:
    if known.matchers != fresh.matchers:
        return False
    state = known.state(now)
    if state == "active":
        return int(known.starts_at) == int(fresh.starts_at) and fresh.ends_at >= now
    return state == "pending" and fresh.starts_at >= now


def _check(silence: Silence) -> None:
    matchers = []
    for place, spec in enumerate(silence.matchers):
        reason = f"invalid silence: invalid label matcher {place} in set 0"
        if not spec.name:
            raise SilenceInvalid(f'{reason}: invalid label name "{spec.name}"')
        try:
            matchers.append(spec.matcher())
        except BadMatcher as error:
            raise SilenceInvalid(f'{reason}: invalid regular expression "{spec.value}": {error}') from error
    if all(matcher.matches("") for matcher in matchers):
        raise SilenceInvalid("invalid silence: matcher set 0: at least one matcher must not match the empty string")
