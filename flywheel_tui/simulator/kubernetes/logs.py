"""The logs of pods: lines that follow from the seed and the time, so that any window of any log can be read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime

from flywheel_tui.simulator.kubernetes.library import whole_number
from flywheel_tui.simulator.kubernetes.status import ApiError
from flywheel_tui.simulator.world.model_cluster import ContainerStatus, Pod, PodRole
from flywheel_tui.simulator.world.world import World

_EVERY = {
    PodRole.GITLAB_MANAGER: 7.0,
    PodRole.GITLAB_JOB: 1.5,
    PodRole.ARC_RUNNER: 2.5,
    PodRole.ARC_LISTENER: 10.0,
    PodRole.ARC_CONTROLLER: 5.0,
}
_MOST = 20_000  # lines that a node keeps of a log before it rotates

_LINES = {
    PodRole.GITLAB_MANAGER: (
        "Checking for jobs... received                       job={number} repo_url=https://gitlab.example.com/acme/web/api.git",
        "Added job to processing list                        builds=3 job={number} max_builds=8 project=501",
        "Appending trace to coordinator...ok                 code=202 job={number} job-log=0-{size} sent-log=0-{size}",
        "Submitting job to coordinator...ok                  bytesize={size} code=200 job={number} job-status=success",
        "Removed job from processing list                    builds=2 job={number} max_builds=8 project=501",
        "Job succeeded                                       duration_s=41.2 job={number} project=501",
        "WARNING: Checking for jobs... failed                status=GET https://gitlab.example.com: 502 Bad Gateway",
    ),
    PodRole.GITLAB_JOB: (
        "section_start:{number}:step_script\r\x1b[0K\x1b[32;1m$ make test\x1b[0;m",
        "[{size}/4096] CC src/module_{number}.o",
        "PASS: test_case_{number} ({size} ms)",
        "warning: module_{number}.c:{size}: unused variable 'left'",
        "Downloading https://registry.example.com/pkg-{number}.tar.gz",
        "building '/nix/store/abc{number}-source.drv'...",
    ),
    PodRole.ARC_RUNNER: (
        "[RUNNER INFO Worker] Job message: {number}",
        "Running job: build",
        "[WORKER INFO ProcessInvokerWrapper] Process started with process id {size}, waiting for process exit.",
        "[RUNNER INFO JobDispatcher] Successfully renew job {number}",
        "Job build completed with result: Succeeded",
    ),
    PodRole.ARC_LISTENER: (
        'INFO listener-app.listener Getting next message {{"lastMessageID": {number}}}',
        'INFO listener-app.worker Calculated target runner count {{"assigned job": 3, "decision": 3, "min": 0}}',
        'INFO listener-app.listener Processing message {{"messageId": {number}, "messageType": "JobMessages"}}',
    ),
    PodRole.ARC_CONTROLLER: (
        'INFO EphemeralRunnerSet Ephemeral runner counts {{"pending": 1, "running": {number}, "failed": 0}}',
        'INFO AutoscalingListener Listener pod is running {{"version": {number}}}',
        'INFO EphemeralRunner Updated ephemeral runner status {{"runnerId": {number}}}',
    ),
}
_CRASH = (
    "Runtime platform                                    arch=amd64 os=linux pid=7 revision=8a1e2f4c",
    "Running in system-mode.",
    "ERROR: Verifying runner... is removed                runner={number}",
    "PANIC: Failed to verify the runner: 403 Forbidden",
)


def choose_container(pod: Pod, name: str | None) -> ContainerStatus:
    """Return the status of the container whose log is wanted.

    Raises:
        ApiError: 400, if it must be named and is not, does not exist, or has not started yet.
    """
    names = [container.name for container in pod.containers]
    if not name:
        if len(names) > 1:
            listed = " ".join(names)
            raise ApiError(
                400, f"a container name must be specified for pod {pod.meta.name}, choose one of: [{listed}]"
            )
        name = names[0]
    if name not in names:
        raise ApiError(400, f"container {name} is not valid for pod {pod.meta.name}")
    status = next((each for each in pod.statuses if each.name == name), None)
    reason = "ContainerCreating" if status is None else status.waiting
    if status is None or (reason is not None and status.last is None):
        if pod.unschedulable is not None:
            raise ApiError(400, f'pod "{pod.meta.name}" does not have a host assigned')
        text = f'container "{name}" in pod "{pod.meta.name}" is waiting to start: {reason}'
        raise ApiError(400, text)
    return status


class PodLog:
    """The log of one container.

    Args:
        world: The world.
        pod: The pod.
        query: The request's parameters.
        sleep: How a follower waits for more, in seconds.

    Raises:
        ApiError: 400, if the log cannot be had.
    """

    def __init__(
        self,
        world: World,
        pod: Pod,
        query: dict[str, str],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._world = world
        self._pod = pod
        self._sleep = sleep
        self._status = choose_container(pod, query.get("container"))
        self._stamps = query.get("timestamps") in ("true", "1")
        self._limit = whole_number(query, "limitBytes")
        self._tail = whole_number(query, "tailLines") if query.get("tailLines") else None
        self.follow = query.get("follow") in ("true", "1")
        self._crashed = False
        self._begin, self._end = self._span(query.get("previous") in ("true", "1"))
        self._from = self._begin
        if query.get("sinceSeconds"):
            self._from = max(self._from, world.time - whole_number(query, "sinceSeconds"))
        if query.get("sinceTime"):
            try:
                self._from = max(
                    self._from, datetime.fromisoformat(query["sinceTime"].replace("Z", "+00:00")).timestamp()
                )
            except ValueError as error:
                raise ApiError(400, f'parsing time "{query["sinceTime"]}": {error}') from error

    def _span(self, previous: bool) -> tuple[float, float | None]:
        status = self._status
        if previous or (status.waiting is not None and status.last is not None):
            if status.last is None:
                text = f'previous terminated container "{status.name}" in pod "{self._pod.meta.name}" not found'
                raise ApiError(400, text)
            self._crashed = status.last.reason == "Error"
            return status.last.started_at, status.last.finished_at
        if status.terminated is not None:
            return status.terminated.started_at, status.terminated.finished_at
        return status.running_since or self._pod.meta.created_at, None

    def text(self) -> bytes:
        """Return what the log holds now."""
        until = self._world.time if self._end is None else self._end
        lines = list(self._lines(self._from, until))
        if self._tail is not None:
            lines = lines[len(lines) - self._tail :] if self._tail else []
        made = b"".join(lines)
        return made[: self._limit] if self._limit else made

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield what the log holds now, and what comes, until the pod is gone or its container has ended."""
        yield self.text()
        seen = self._world.time
        while self._end is None:
            await self._sleep(1.0)
            now = self._world.now()
            present = self._world.pods.get(self._pod.meta.namespace, self._pod.meta.name)
            if present is None or present.meta.uid != self._pod.meta.uid:
                return
            made = b"".join(self._lines(seen, now))
            seen = now
            if made:
                yield made

    def _lines(self, after: float, until: float) -> Iterator[bytes]:
        every = 0.5 if self._crashed else _EVERY[self._pod.role]
        first = max(0, int((after - self._begin) // every) + (after > self._begin))
        last = int((until - self._begin) // every)
        for number in range(max(first, last - _MOST + 1), last + 1):
            at = self._begin + number * every
            text = self._line(number)
            if text is None:
                return
            stamp = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z ") if self._stamps else ""
            yield f"{stamp}{text}\n".encode()

    def _line(self, number: int) -> str | None:
        bits = self._world.chance.bits("log", self._pod.meta.uid, self._status.name, number)
        if self._crashed:
            return _CRASH[number].format(number="xGf3k9bQa") if number < len(_CRASH) else None
        lines = _LINES[self._pod.role]
        return lines[bits % len(lines)].format(number=1_000 + bits % 90_000, size=17 + (bits >> 20) % 4_000)
