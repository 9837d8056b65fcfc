"""An alert from its labels and annotations: the same for Alertmanager and for Prometheus rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import MAXYEAR, UTC, datetime

from flywheel_tui.domain.alert import Alert, AlertState
from flywheel_tui.domain.text import clean, clean_or_none


def alert_from_labels(
    *,
    context: str,
    fingerprint: str,
    state: AlertState,
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
    starts_at: datetime | None,
    fallback_name: str = "",
    silenced_by: tuple[str, ...] = (),
    inhibited: bool = False,
    generator_url: str | None = None,
) -> Alert:
    """Return the alert, with every text from outside cleaned.

    The name is the label ``alertname``; the annotations are those that the Prometheus world has agreed on (monitoring
    mixins): ``summary``, ``description`` or ``message``, ``runbook_url`` or ``runbook``.
    """

    def annotation(*names: str) -> str | None:
        return next((text for name in names if (text := clean_or_none(annotations.get(name)))), None)

    return Alert(
        key=f"{context}/alert/{fingerprint}",
        context=context,
        fingerprint=fingerprint,
        name=clean(labels.get("alertname") or fallback_name).strip() or "unnamed",
        state=state,
        severity=clean_or_none(labels.get("severity")),
        labels=tuple(sorted((clean(name), clean(value)) for name, value in labels.items())),
        summary=annotation("summary"),
        description=annotation("description", "message"),
        runbook_url=annotation("runbook_url", "runbook"),
        starts_at=known_time(starts_at),
        silenced_by=silenced_by,
        inhibited=inhibited,
        generator_url=generator_url,
    )


def known_time(at: datetime | None) -> datetime | None:
    """Return a time of a Go program in UTC.

    Go's zero time, the year 1, means that there is none; so does the last year, which in UTC may lie beyond it.
    """
    if at is None or not 1 < at.year < MAXYEAR:
        return None
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(UTC)
