"""GitHub's answers made into domain rows: pure functions that clean every text and invent nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlsplit

from flywheel_tui.domain.runner import Forge, ForgeRunner, RunnerKind, RunnerState
from flywheel_tui.domain.text import clean_or_none
from flywheel_tui.sources.github import wire

_STATES: Final = {"online": RunnerState.ONLINE, "offline": RunnerState.OFFLINE}
_UNKNOWN_OS: Final = "unknown"


def runner_row(
    runner: wire.Runner, *, context: str, scope: str, kind: RunnerKind, groups: Mapping[int, str], site: str | None
) -> ForgeRunner:
    """Return the row of a runner.

    Args:
        runner: The answer's runner.
        context: The configured context.
        scope: The organisation, or ``owner/repo``.
        kind: Organisation or repository.
        groups: Names of the organisation's runner groups by id; empty where they may not be read.
        site: Address of GitHub's web pages, where it is known.
    """
    system = clean_or_none(runner.os)
    labels = runner.labels
    return ForgeRunner(
        key=f"{context}/{Forge.GITHUB}/{scope}/{runner.id}",
        context=context,
        forge=Forge.GITHUB,
        kind=kind,
        id=str(runner.id),
        scope=scope,
        name=clean_or_none(runner.name) or f"#{runner.id}",
        state=_STATES.get((clean_or_none(runner.status) or "").lower(), RunnerState.UNKNOWN),
        busy=runner.busy,
        tags=None if labels is None else tuple(text for label in labels if (text := clean_or_none(label.name))),
        version=clean_or_none(runner.version),
        runner_group=groups.get(runner.runner_group_id) if runner.runner_group_id is not None else None,
        ephemeral=runner.ephemeral,
        # GitHub writes "unknown" for a runner that was registered and never connected.
        operating_system=None if system is None or system.lower() == _UNKNOWN_OS else system,
        web_url=_settings_address(site, scope, kind, runner.id),
    )


def group_names(page: wire.RunnerGroupPage) -> dict[int, str]:
    """Return the names of runner groups by id; a group without a name is left out."""
    return {group.id: name for group in page.runner_groups if (name := clean_or_none(group.name))}


def site_of(api: str) -> str | None:
    """Return where GitHub's web pages are, from the address of its API; None where that cannot be told.

    ``https://api.github.com`` and ``https://api.TENANT.ghe.com`` have their pages one name up;
    an Enterprise server has its API under ``/api/v3``.
    """
    parts = urlsplit(api)
    host = parts.hostname or ""
    if host == "api.github.com" or (host.startswith("api.") and host.endswith(".ghe.com")):
        return f"{parts.scheme}://{host.removeprefix('api.')}"
    path = parts.path.rstrip("/")
    if path.endswith("/api/v3"):
        return f"{parts.scheme}://{parts.netloc}{path.removesuffix('/api/v3')}"
    return None


def _settings_address(site: str | None, scope: str, kind: RunnerKind, identity: int) -> str | None:
    if site is None:
        return None
    place = f"organizations/{quote(scope)}" if kind is RunnerKind.ORGANIZATION else quote(scope)
    return f"{site}/{place}/settings/actions/runners/{identity}"
