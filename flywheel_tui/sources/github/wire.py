"""GitHub's answers, as structs of just the fields in use.

What the API description does not require may be missing; words stay words, so that a new one does not spoil a page.
"""

from __future__ import annotations

import msgspec


class Part(msgspec.Struct, gc=False, frozen=True):
    """A part of an answer."""


class Label(Part, frozen=True):
    """A label of a runner."""

    name: str | None = None


class Runner(Part, frozen=True):
    """A self-hosted runner. GitHub tells neither when it was last seen nor who registered it."""

    id: int
    name: str | None = None
    os: str | None = None
    status: str | None = None
    busy: bool | None = None
    labels: list[Label] | None = None
    runner_group_id: int | None = None
    ephemeral: bool | None = None
    version: str | None = None


class RunnerPage(Part, frozen=True):
    """One page of runners."""

    runners: list[Runner]
    total_count: int | None = None


class RunnerGroup(Part, frozen=True):
    """A runner group."""

    id: int
    name: str | None = None


class RunnerGroupPage(Part, frozen=True):
    """One page of runner groups."""

    runner_groups: list[RunnerGroup]
    total_count: int | None = None
