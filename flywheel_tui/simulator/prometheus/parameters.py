"""Reads the parameters of the Prometheus API, as strictly as the real one.

Source: `parseTime`, `parseDuration` and `parseLimitParam` in Prometheus's web/api/v1/api.go.
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from urllib.parse import parse_qs

from starlette.requests import Request

from flywheel_tui.simulator.prometheus.answers import ApiError

Form = dict[str, list[str]]
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_DURATION = re.compile(r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?")
_UNITS = (31_536_000_000, 604_800_000, 86_400_000, 3_600_000, 60_000, 1_000, 1)
_LONGEST = 2**63 / 1e9  # seconds that fit Go's durations


async def read_form(request: Request) -> Form:
    """Return the parameters: those of a form in the body come before those of the URL."""
    form = parse_qs(request.url.query, keep_blank_values=True)
    sort = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method == "POST" and sort == "application/x-www-form-urlencoded":
        body = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
        for name, values in body.items():
            form[name] = values + form.get(name, [])
    return form


def text(form: Form, name: str) -> str:
    """Return a parameter, empty when it is missing."""
    return form.get(name, [""])[0]


def parse_time(value: str) -> int:
    """Return Unix milliseconds from seconds or an RFC 3339 time.

    Raises:
        ValueError: If it is neither.
    """
    if _NUMBER.fullmatch(value):
        seconds = float(value)
        if math.isfinite(seconds) and abs(seconds) < _LONGEST:
            return round(seconds * 1000)
    elif _RFC3339.fullmatch(value):
        return round(datetime.fromisoformat(value).timestamp() * 1000)
    raise ValueError(f'cannot parse "{value}" to a valid timestamp')


def parse_duration(value: str) -> int:
    """Return milliseconds from seconds or a duration (`15s`, `1h30m`).

    Raises:
        ValueError: If it is neither.
    """
    if _NUMBER.fullmatch(value):
        seconds = float(value)
        if not abs(seconds) < _LONGEST:
            raise ValueError(f'cannot parse "{value}" to a valid duration. It overflows int64')
        return round(seconds * 1000)
    found = _DURATION.fullmatch(value)
    if not value or found is None:
        raise ValueError(f'cannot parse "{value}" to a valid duration')
    return sum(int(amount or 0) * unit for amount, unit in zip(found.groups(), _UNITS, strict=True))


def time(form: Form, name: str) -> int:
    """Return a time that must be there."""
    try:
        return parse_time(text(form, name))
    except ValueError as error:
        raise ApiError.parameter(name, str(error)) from error


def time_or(form: Form, name: str, default: int) -> int:
    """Return a time, or the default when it is missing."""
    if not text(form, name):
        return default
    try:
        return parse_time(text(form, name))
    except ValueError as error:
        raise ApiError.parameter(name, f"invalid time value for '{name}': {error}") from error


def duration(form: Form, name: str) -> int:
    """Return a duration that must be there."""
    try:
        return parse_duration(text(form, name))
    except ValueError as error:
        raise ApiError.parameter(name, str(error)) from error


def limit(form: Form, name: str = "limit") -> int:
    """Return a limit, 0 (none) when it is missing."""
    value = text(form, name)
    if not value:
        return 0
    if not re.fullmatch(r"[+-]?\d+", value, re.ASCII):
        raise ApiError.parameter(name, f'strconv.Atoi: parsing "{value}": invalid syntax')
    if int(value) < 0:
        raise ApiError.parameter(name, "limit must be non-negative")
    return int(value)
