"""Finds a GitLab runner by what Prometheus and pods know of it: the start of its token, or a manager's system id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flywheel_tui.domain.metric import Sample
from flywheel_tui.domain.runner import ForgeRunner

# GitLab shows nine characters of a token, GitLab Runner labels pods and metrics with eight or nine by its version.
_COMMON_LENGTH: Final = 8


class RunnerTokens:
    """Index of the GitLab runners of a context.

    Args:
        runners: GitLab's list.
    """

    def __init__(self, runners: Iterable[ForgeRunner]) -> None:
        self._exact: dict[str, str | None] = {}
        self._start: dict[str, str | None] = {}
        self._system: dict[str, str | None] = {}
        for runner in runners:
            token = runner.short_token
            if token:
                _note(self._exact, token, runner.key)
                _note(self._start, token[:_COMMON_LENGTH], runner.key)
            for manager in runner.managers or ():
                if manager.system_id:
                    _note(self._system, manager.system_id, runner.key)

    def by_token(self, token: str) -> str | None:
        """Return the key of the one runner whose token starts so, or None."""
        found = self._exact.get(token)
        if found is None and len(token) >= _COMMON_LENGTH:
            found = self._start.get(token[:_COMMON_LENGTH])
        return found

    def by_system_id(self, system_id: str) -> str | None:
        """Return the key of the one runner with such a manager; several runners of one process share the id: None."""
        return self._system.get(system_id)

    def of_sample(self, sample: Sample) -> str | None:
        """Return the key of the runner that a ``gitlab_runner_*`` sample is about, or None."""
        system_id = None
        for label, value in sample.labels:
            if label == "runner":
                found = self.by_token(value)
                if found is not None:
                    return found
            elif label == "system_id":
                system_id = value
        return None if system_id is None else self._system.get(system_id)


def _note(index: dict[str, str | None], name: str, key: str) -> None:
    index[name] = key if index.get(name, key) == key else None
