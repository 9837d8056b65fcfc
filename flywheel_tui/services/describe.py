"""Everything known of one runner, as facts that each name their source and age."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from flywheel_tui.domain.clock import age_seconds, short_age
from flywheel_tui.domain.errors import NotFoundError, UsageError
from flywheel_tui.domain.feed import FeedState, SourceKind
from flywheel_tui.domain.fleet import Runner
from flywheel_tui.domain.record import Record
from flywheel_tui.domain.runner import ForgeRunner
from flywheel_tui.domain.scaleset import ScaleSet
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.domain.verdict import Severity
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.services.listing import format as shown
from flywheel_tui.services.listing.pods import pod_status, ready_containers


class Fact(Record, frozen=True):
    """One thing known, or known to be unknown.

    Attributes:
        label: What it is.
        value: As text; ``–`` is unknown.
        source: Name of the feed it comes from; None for what is worked out from several.
        age_s: Age of that feed's last reading.
        state: How far that feed can be believed.
    """

    label: str
    value: str
    source: str | None = None
    age_s: float | None = None
    state: FeedState | None = None


class Section(Record, frozen=True):
    """Facts that belong together."""

    title: str
    facts: tuple[Fact, ...]


def find_runner(picture: Picture, name: str) -> Runner:
    """Return the runner with that name, key or forge id; for a scale set also the resource's name.

    Raises:
        NotFoundError: There is none.
        UsageError: Several have the name; the message lists their keys.
    """
    runners = picture.fleet.runners
    if name in runners:
        return runners[name]
    found = [runner for runner in runners.values() if runner.name == name] or [
        runner for runner in runners.values() if name in {runner.id, runner.id.rpartition("/")[2]}
    ]
    if len(found) > 1:
        keys = ", ".join(sorted(runner.key for runner in found)[:5])
        raise UsageError(f"{len(found)} runners are called {name}.", next_step=f"Name one by its key: {keys}.")
    if not found:
        silent = [feed.name for feed in picture.snapshot.feeds.values() if feed.failure is not None]
        if silent:
            raise NotFoundError(
                f"No runner that could be read is called {name}.", next_step=f"{', '.join(silent)} did not answer."
            )
        raise NotFoundError(f"No runner is called {name}.", next_step="The list of runners has all names.")
    return found[0]


def describe_runner(picture: Picture, key: str, now: datetime) -> tuple[Section, ...]:
    """Return all sections about a runner, the verdicts first.

    Raises:
        NotFoundError: The runner is not in the picture (any more).
    """
    runner = picture.fleet.runners.get(key)
    if runner is None:
        raise NotFoundError(f"The runner {key} is not in the fleet any more.")
    page = _Page(picture, runner, now)
    sections = (
        Section("Verdict", tuple(page.verdicts())),
        Section("Runner", tuple(page.identity())),
        Section("Work", tuple(page.work())),
        Section("Managers", tuple(page.managers())),
        Section("Scale set", tuple(page.scale_set())),
        Section("Autoscaler", tuple(page.autoscaler())),
        Section("Deployments", tuple(page.deployments())),
        Section("Pods", tuple(page.pods())),
        Section("Ephemeral runners", tuple(page.ephemeral_runners())),
        Section("Quotas", tuple(page.quotas())),
        Section("Schedules", tuple(page.cron_jobs())),
        Section("Warnings", tuple(page.events())),
        Section("Alerts", tuple(page.alerts())),
    )
    return tuple(section for section in sections if section.facts)


_SILENT: Final = (FeedState.DOWN, FeedState.STALE, FeedState.UNKNOWN)


class _Page:
    """Makes the facts of one runner at one moment."""

    def __init__(self, picture: Picture, runner: Runner, now: datetime) -> None:
        self._snapshot: Snapshot = picture.snapshot
        self._fleet = picture.fleet
        self._runner = runner
        self._now = now
        self._forge = runner.sources[0] if runner.sources else None
        self._cluster = f"{runner.context}/{SourceKind.KUBERNETES}"
        self._metrics = f"{runner.context}/{SourceKind.PROMETHEUS}"

    def verdicts(self) -> Iterator[Fact]:
        if not self._runner.verdicts:
            unread = self._unread()
            if unread:
                text = f"no rule finds anything wrong in what could be read; not read: {unread}"
                yield Fact(Severity.UNKNOWN.value, text)
            else:
                # Unknown where the forge does not tell the state: no rule can find anything then.
                yield Fact(self._runner.severity.value, "no rule finds anything wrong")
        for verdict in self._runner.verdicts:
            yield Fact(verdict.severity.value, verdict.summary)
            for evidence in verdict.evidence:
                yield self._fact("  because", self._with_age(evidence.text, evidence.at), evidence.source)
            yield Fact("  next", verdict.next_step)

    def _unread(self) -> str:
        """Return the context's sources that do not tell how things are now, with their states."""
        feeds = [feed for feed in self._snapshot.feeds.values() if feed.context == self._runner.context]
        states = [(feed.name, feed.state(self._now)) for feed in feeds]
        return ", ".join(f"{name} ({state})" for name, state in states if state in _SILENT)

    def identity(self) -> Iterator[Fact]:
        runner, forge = self._runner, self._forge
        yield self._fact("name", runner.name, forge)
        yield self._fact("id", runner.id, forge)
        yield self._fact("forge", runner.forge.value, forge)
        yield self._fact("kind", runner.kind.value, forge)
        yield self._fact("context", runner.context)
        yield self._fact("scope", runner.scope, forge)
        yield self._fact("status", runner.status.value)
        yield self._fact("state", runner.state.value, forge)
        yield self._fact("paused", self._flag(runner.paused), forge)
        yield self._fact("tags", self._words(runner.tags), forge)
        yield self._fact("versions", self._words(runner.versions), forge)
        yield self._fact("owner", runner.owner, forge)
        yield self._fact("groups", self._words(runner.groups), forge)
        yield self._fact("created by", runner.created_by, forge)
        yield self._fact("created", self._age(runner.created_at), forge)
        yield self._fact("last contact", self._age(runner.contacted_at), forge)
        listed = self._fleet.forge_runners.get(runner.forge_runner or "")
        if listed is not None:
            yield from self._registration(listed)
        yield self._fact("address", runner.web_url, forge)
        yield self._fact("key", runner.key)

    def _registration(self, listed: ForgeRunner) -> Iterator[Fact]:
        forge = self._forge
        yield self._fact("runs untagged jobs", self._flag(listed.run_untagged), forge)
        yield self._fact("protected branches only", self._flag(listed.protected), forge)
        yield self._fact("locked", self._flag(listed.locked), forge)
        if listed.maximum_timeout is not None:
            yield self._fact("longest job", short_age(listed.maximum_timeout), forge)
        if listed.runner_group is not None:
            yield self._fact("runner group", listed.runner_group, forge)
        if listed.operating_system is not None:
            yield self._fact("system", listed.operating_system, forge)
        if listed.maintenance_note is not None:
            yield self._fact("maintenance note", listed.maintenance_note, forge)
        if listed.creation_method is not None:
            yield self._fact("created through", listed.creation_method, forge)

    def work(self) -> Iterator[Fact]:
        runner = self._runner
        yield self._fact("jobs running of possible", shown.of(runner.busy, runner.capacity))
        yield self._fact("jobs queued", None if runner.queued is None else str(runner.queued), self._metrics)
        rate = shown.percent(runner.failure_rate)
        yield self._fact("failed in the last hour", rate if runner.failure_rate is None else f"{rate} %", self._metrics)
        cpu = self._usage(shown.cores(runner.cpu_cores), shown.cores(runner.cpu_limit), runner.cpu_cores)
        yield self._fact("CPU of limit", cpu, self._metrics)
        memory = self._usage(shown.size(runner.memory_bytes), shown.size(runner.memory_limit), runner.memory_bytes)
        yield self._fact("memory of limit", memory, self._metrics)

    def managers(self) -> Iterator[Fact]:
        listed = self._fleet.forge_runners.get(self._runner.forge_runner or "")
        if listed is None or listed.managers is None:
            return
        for manager in listed.managers:
            parts = (
                manager.state.value,
                manager.version,
                manager.executor,
                f"{manager.platform}/{manager.architecture}" if manager.platform else None,
                manager.ip_address,
                f"contact {self._age(manager.contacted_at)} ago" if manager.contacted_at else None,
            )
            yield self._fact(manager.system_id, " · ".join(part for part in parts if part), self._forge)
        hidden = (listed.manager_count or 0) - len(listed.managers)
        if hidden > 0:
            yield self._fact("not listed", f"{hidden} more managers", self._forge)

    def scale_set(self) -> Iterator[Fact]:
        found: ScaleSet | None = self._fleet.scale_sets.get(self._runner.scale_set or "")
        if found is None:
            return
        cluster = self._cluster
        yield self._fact("resource", f"{found.namespace}/{found.name}", cluster)
        yield self._fact("runs-on", found.runner_scale_set_name, cluster)
        yield self._fact("phase", found.phase, cluster)
        bounds = f"{self._count(found.min_runners)} to {self._count(found.max_runners, none='no bound')}"
        yield self._fact("runners from", bounds, cluster)
        yield self._fact("current", self._count(found.current_runners), cluster)
        yield self._fact("pending", self._count(found.pending_runners), cluster)
        yield self._fact("running", self._count(found.running_runners), cluster)
        yield self._fact("failed", self._count(found.failed_runners), cluster)
        yield self._fact("GitHub", found.github_config_url, cluster)
        yield self._fact("runner group", found.runner_group, cluster)
        yield self._fact("image", found.image, cluster)
        yield self._fact("chart version", found.version, cluster)
        if found.paused_by is not None:
            reason = f" because {found.pause_reason}" if found.pause_reason else ""
            yield self._fact("paused", f"by {found.paused_by}, {self._age(found.paused_at)} ago{reason}", cluster)
        listener = self._fleet.listeners.get(self._runner.listener or "")
        named = f"{listener.namespace}/{listener.name}" if listener is not None else None
        yield self._fact("listener", named, cluster)

    def autoscaler(self) -> Iterator[Fact]:
        found = self._fleet.autoscalers.get(self._runner.autoscaler or "")
        if found is None:
            return
        cluster = self._cluster
        yield self._fact("resource", f"{found.namespace}/{found.name}", cluster)
        yield self._fact(
            "replicas from", f"{self._count(found.min_replicas)} to {self._count(found.max_replicas)}", cluster
        )
        replicas = f"{self._count(found.current_replicas)}, wanted {self._count(found.desired_replicas)}"
        yield self._fact("replicas", replicas, cluster)
        yield self._fact("CPU", self._target(found.cpu_current, found.cpu_target), cluster)
        yield self._fact("memory", self._target(found.memory_current, found.memory_target), cluster)
        for kind, status, reason, message in found.conditions:
            yield self._fact(kind, f"{status} ({reason}) {message}".strip(), cluster)

    def deployments(self) -> Iterator[Fact]:
        for key in self._runner.deployments:
            found = self._fleet.deployments[key]
            ready = shown.of(found.ready_replicas, found.replicas)
            yield self._fact(f"{found.namespace}/{found.name}", f"{ready} ready · {found.image or '–'}", self._cluster)

    def pods(self) -> Iterator[Fact]:
        for key in self._runner.pods:
            pod = self._fleet.pods[key]
            restarts = sum(container.restarts for container in pod.containers)
            parts = [pod.role.value, pod_status(pod), f"{ready_containers(pod)} ready"]
            parts += [f"{restarts} restarts"] if restarts else []
            parts += [f"node {pod.node}"] if pod.node else []
            parts += [f"age {self._age(pod.created_at)}"]
            yield self._fact(f"{pod.namespace}/{pod.name}", " · ".join(parts), self._cluster)
            for container in pod.containers:
                if container.last_reason is not None:
                    ended = f"ended: {container.last_reason}, exit code {container.last_exit_code}"
                    yield self._fact(
                        f"  {container.name}", self._with_age(ended, container.last_finished_at), self._cluster
                    )

    def ephemeral_runners(self) -> Iterator[Fact]:
        for key in self._runner.ephemeral_runners:
            found = self._fleet.ephemeral_runners[key]
            parts = [found.phase or "–"]
            parts += [f"job {found.job_name or found.job_id} of {found.job_repository or '–'}"] if found.job_id else []
            parts += [f"{found.failures} failed pods"] if found.failures else []
            parts += [text for text in (found.reason, found.message) if text]
            yield self._fact(found.name, " · ".join(parts), self._cluster)

    def quotas(self) -> Iterator[Fact]:
        for key in self._runner.quotas:
            found = self._fleet.quotas[key]
            for line in found.lines:
                text = f"{self._amount(line.resource, line.used)} of {self._amount(line.resource, line.hard)}"
                yield self._fact(f"{found.namespace}/{found.name} {line.resource}", text, self._cluster)

    def cron_jobs(self) -> Iterator[Fact]:
        for key in self._runner.cron_jobs:
            found = self._fleet.cron_jobs[key]
            zone = f" {found.time_zone}" if found.time_zone else ""
            state = "suspended" if found.suspended else f"last run {self._age(found.last_scheduled_at)} ago"
            yield self._fact(f"{found.namespace}/{found.name}", f"{found.schedule}{zone} · {state}", self._cluster)

    def events(self) -> Iterator[Fact]:
        found = [self._fleet.events[key] for key in self._runner.events]
        found.sort(key=lambda event: event.last_at.timestamp() if event.last_at else 0.0, reverse=True)
        for event in found:
            text = f"{event.object_kind}/{event.object_name}: {event.message}"
            times = f" (x{event.count})" if event.count > 1 else ""
            yield self._fact(event.reason, self._with_age(text + times, event.last_at), self._cluster)

    def alerts(self) -> Iterator[Fact]:
        for key in self._runner.alerts:
            found = self._fleet.alerts[key]
            text = f"{found.state.value} · {found.severity or '–'} · {found.summary or found.description or '–'}"
            source = self._alert_source()
            yield self._fact(found.name, self._with_age(text, found.starts_at), source)
            if found.runbook_url:
                yield self._fact("  runbook", found.runbook_url, source)

    def _alert_source(self) -> str:
        name = f"{self._runner.context}/{SourceKind.ALERTMANAGER}"
        return name if name in self._snapshot.feeds else self._metrics

    def _fact(self, label: str, value: str | None, source: str | None = None) -> Fact:
        feed = self._snapshot.feeds.get(source) if source is not None else None
        if feed is None:
            return Fact(label, value or shown.UNKNOWN)
        return Fact(
            label, value or shown.UNKNOWN, source, age_seconds(feed.fetched_at, self._now), feed.state(self._now)
        )

    def _age(self, at: datetime | None) -> str:
        return short_age(age_seconds(at, self._now))

    def _with_age(self, text: str, at: datetime | None) -> str:
        return text if at is None else f"{text} ({self._age(at)} ago)"

    @staticmethod
    def _flag(value: bool | None) -> str | None:
        return None if value is None else "yes" if value else "no"

    @staticmethod
    def _words(values: Iterable[str] | None) -> str | None:
        return None if values is None else ", ".join(values) or "none"

    @staticmethod
    def _count(value: int | None, *, none: str = shown.UNKNOWN) -> str:
        return none if value is None else str(value)

    @staticmethod
    def _usage(used: str, limit: str, known: float | None) -> str | None:
        return None if known is None else f"{used} of {limit}"

    @staticmethod
    def _target(current: int | None, target: int | None) -> str | None:
        if current is None and target is None:
            return None
        return f"{'–' if current is None else current} % of the request, target {'–' if target is None else target} %"

    @staticmethod
    def _amount(resource: str, value: float | None) -> str:
        if "memory" in resource or "storage" in resource:
            return shown.size(value)
        if "cpu" in resource:
            return shown.cores(value)
        return shown.UNKNOWN if value is None else f"{value:g}"
