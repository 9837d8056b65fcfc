"""What goes in and out of the Alertmanager API: bodies, read as strictly as by the real one, and shapes of answers."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from flywheel_tui.simulator.alertmanager.alerts import AlertStatus, HeldAlert, receivers
from flywheel_tui.simulator.alertmanager.routing import RESOLVE_TIMEOUT
from flywheel_tui.simulator.alertmanager.silences import MatcherSpec, Silence

GivenT = TypeVar("GivenT")
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?")


class Refusal(Exception):  # noqa: N818 - named for what it is
    """A body is refused before anything looks at its meaning.

    Args:
        status: The HTTP status.
        code: The `code` of the answer.
        message: Its `message`.
    """

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class _PostedMatcher(msgspec.Struct, rename="camel"):
    name: str | None = None
    value: str | None = None
    is_regex: bool | None = None
    is_equal: bool | None = None


class _PostedSilence(msgspec.Struct, rename="camel"):
    id: str = ""
    matchers: list[_PostedMatcher] | None = None
    starts_at: str | None = None
    ends_at: str | None = None
    created_by: str | None = None
    comment: str | None = None
    annotations: dict[str, str] | None = None


class _PostedAlert(msgspec.Struct, rename="camel"):
    labels: dict[str, str] | None = None
    annotations: dict[str, str] = msgspec.field(default_factory=dict)
    starts_at: str | None = None
    ends_at: str | None = None
    generator_url: str = msgspec.field(default="", name="generatorURL")


def read_silence(body: bytes) -> Silence:
    """Read a posted silence.

    Raises:
        Refusal: If it is not one.
    """
    if not body:
        raise Refusal(422, 602, "silence in body is required")
    try:
        posted = msgspec.json.decode(body, type=_PostedSilence)
        starts_at, ends_at = _time(posted.starts_at), _time(posted.ends_at)
    except (msgspec.DecodeError, ValueError) as error:
        raise Refusal(400, 400, f'parsing silence body from "" failed, because {error}') from error
    comment, created_by = _there(posted.comment, "comment"), _there(posted.created_by, "createdBy")
    ends_at = _there(ends_at, "endsAt")
    matchers = _there(posted.matchers, "matchers")
    if not matchers:
        raise Refusal(422, 612, "matchers in body should have at least 1 items")
    specs = tuple(
        MatcherSpec(
            name=_there(each.name, f"matchers.{place}.name"),
            value=_there(each.value, f"matchers.{place}.value"),
            is_regex=_there(each.is_regex, f"matchers.{place}.isRegex"),
            is_equal=each.is_equal is not False,
        )
        for place, each in enumerate(matchers)
    )
    return Silence(
        matchers=specs,
        starts_at=_there(starts_at, "startsAt"),
        ends_at=ends_at,
        created_by=created_by,
        comment=comment,
        annotations=posted.annotations or {},
        id=posted.id,
    )


def read_alerts(body: bytes, now: float) -> list[HeldAlert]:
    """Read posted alerts.

    Raises:
        Refusal: If they are none.
    """
    if not body:
        raise Refusal(422, 602, "alerts in body is required")
    try:
        posted = msgspec.json.decode(body, type=list[_PostedAlert])
        times = [(_time(each.starts_at), _time(each.ends_at)) for each in posted]
    except (msgspec.DecodeError, ValueError) as error:
        raise Refusal(400, 400, f'parsing alerts body from "" failed, because {error}') from error
    held = []
    for place, (each, (starts_at, ends_at)) in enumerate(zip(posted, times, strict=True)):
        labels = _there(each.labels, f"{place}.labels")
        if starts_at is None:
            starts_at = now if ends_at is None else ends_at
        held.append(
            HeldAlert(
                labels={name: value for name, value in labels.items() if value},
                annotations=each.annotations,
                starts_at=starts_at,
                ends_at=now + RESOLVE_TIMEOUT if ends_at is None else ends_at,
                updated_at=now,
                generator_url=each.generator_url,
            )
        )
    return held


def _time(text: str | None) -> float | None:
    """Return seconds since 1970; a time without a zone is UTC, the year 1 is no time."""
    if not text:
        return None
    if not _TIME.fullmatch(text):
        raise ValueError(f'parsing time "{text}" as "2006-01-02": cannot parse "{text}" as "2006"')
    read = datetime.fromisoformat(text)
    read = read.replace(tzinfo=UTC) if read.tzinfo is None else read
    return None if read.year == 1 else read.timestamp()


def _there(value: GivenT | None, name: str) -> GivenT:
    if value is None:
        raise Refusal(422, 602, f"{name} in body is required")
    return value


def written_time(seconds: float) -> str:
    """Return a time as the API writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def alert_form(alert: HeldAlert, status: AlertStatus) -> dict[str, object]:
    """Return an alert as the API shows it."""
    return {
        "annotations": alert.annotations,
        "endsAt": written_time(alert.ends_at),
        "fingerprint": alert.fingerprint,
        "receivers": receivers(alert),
        "startsAt": written_time(alert.starts_at),
        "status": {
            "inhibitedBy": status.inhibited_by,
            "mutedBy": [],
            "silencedBy": status.silenced_by,
            "state": status.state,
        },
        "updatedAt": written_time(alert.updated_at),
        **({"generatorURL": alert.generator_url} if alert.generator_url else {}),
        "labels": alert.labels,
    }


def silence_form(silence: Silence, now: float) -> dict[str, object]:
    """Return a silence as the API shows it."""
    return {
        "id": silence.id,
        "status": {"state": silence.state(now)},
        "updatedAt": written_time(silence.updated_at),
        "annotations": silence.annotations,
        "comment": silence.comment,
        "createdBy": silence.created_by,
        "endsAt": written_time(silence.ends_at),
        "matchers": [
            {"isEqual": each.is_equal, "isRegex": each.is_regex, "name": each.name, "value": each.value}
            for each in silence.matchers
        ],
        "startsAt": written_time(silence.starts_at),
    }
