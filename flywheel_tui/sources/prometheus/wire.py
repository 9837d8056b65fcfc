"""The fields in use of Prometheus's answers (HTTP API v1), decoded from bytes.

Lists may be null: servers written in Go, as the lookalikes are, write an empty list that way.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from flywheel_tui.sources.decoding import make_ready


class Envelope(msgspec.Struct, frozen=True, rename="camel"):
    """What every answer is wrapped in. ``data`` is decoded by whoever knows what it must be."""

    status: str
    data: msgspec.Raw = msgspec.Raw(b"null")
    error_type: str = ""
    error: str = ""
    warnings: tuple[str, ...] | None = None
    infos: tuple[str, ...] | None = None


Number = tuple[float, str | float]
"""Unix time and value. The value is text, so that it can be NaN or infinite; some lookalikes send a number."""


class VectorItem(msgspec.Struct, frozen=True, gc=False):
    """One element of an instant vector; without a ``value`` it is a native histogram."""

    metric: dict[str, str] = {}
    value: Number | None = None


class MatrixItem(msgspec.Struct, frozen=True, gc=False):
    """One series of a range query."""

    metric: dict[str, str] = {}
    values: tuple[Number, ...] | None = None


class Vector(msgspec.Struct, frozen=True, rename="camel"):
    """The ``data`` of an instant query of ours; scalars and strings are not asked for."""

    result_type: Literal["vector"]
    result: tuple[VectorItem, ...] | None


class RawVector(msgspec.Struct, frozen=True, rename="camel"):
    """A :class:`Vector` whose elements are still JSON: slices of the answer, found in a fraction of the time."""

    result_type: Literal["vector"]
    result: tuple[msgspec.Raw, ...] | None


class Matrix(msgspec.Struct, frozen=True, rename="camel"):
    """The ``data`` of a range query."""

    result_type: Literal["matrix"]
    result: tuple[MatrixItem, ...] | None


class BuildInfo(msgspec.Struct, frozen=True):
    """The ``data`` of ``/status/buildinfo``; ``application`` is Mimir's."""

    version: str = ""
    application: str = ""


class RuleAlert(msgspec.Struct, frozen=True, rename="camel"):
    """One active alert of a rule."""

    state: str
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    active_at: datetime | None = None


class Rule(msgspec.Struct, frozen=True, rename="camel"):
    """An alerting rule."""

    name: str = ""
    health: str = ""
    last_error: str = ""
    alerts: tuple[RuleAlert, ...] | None = None


class RuleGroup(msgspec.Struct, frozen=True, rename="camel"):
    """Rules that are evaluated together."""

    name: str = ""
    rules: tuple[Rule, ...] | None = None


class RulesData(msgspec.Struct, frozen=True, rename="camel"):
    """The ``data`` of ``/rules``; with a token there is a further page."""

    groups: tuple[RuleGroup, ...] | None = None
    group_next_token: str = ""


make_ready(Envelope, BuildInfo, RulesData, Matrix, RawVector, Vector, VectorItem)
