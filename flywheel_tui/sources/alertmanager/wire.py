"""The fields in use of Alertmanager's answers (API v2), decoded from bytes."""

from __future__ import annotations

from datetime import datetime

import msgspec


class AlertStatus(msgspec.Struct, frozen=True, rename="camel"):
    """Where an alert is: ``unprocessed``, ``active`` or ``suppressed``."""

    state: str
    silenced_by: tuple[str, ...] | None = None
    inhibited_by: tuple[str, ...] | None = None


class GettableAlert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert as Alertmanager keeps it."""

    labels: dict[str, str]
    annotations: dict[str, str] = {}
    fingerprint: str
    status: AlertStatus
    starts_at: datetime | None = msgspec.field(name="startsAt", default=None)
    generator_url: str = msgspec.field(name="generatorURL", default="")


class VersionInfo(msgspec.Struct, frozen=True):
    """The version of the program."""

    version: str = ""


class ClusterStatus(msgspec.Struct, frozen=True):
    """How the instance stands to its peers: ``ready``, ``settling`` or ``disabled``."""

    status: str = ""


class Status(msgspec.Struct, frozen=True, rename="camel"):
    """The answer of ``/status``."""

    version_info: VersionInfo = VersionInfo()
    cluster: ClusterStatus = ClusterStatus()
