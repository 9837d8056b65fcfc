"""What the console showed when it was last left, kept in a file, so that the next start has rows at once.

The file begins with a head that is all the first frame needs: the age of each source, the totals and the first rows.
Behind it lie the tables of the sources in compressed blocks, which are read after the first frame. A file that is
damaged, foreign, too old, of another version or of another configuration counts as none.
"""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from flywheel_tui import __version__
from flywheel_tui.config.settings import ContextSettings
from flywheel_tui.domain.alert import Alert
from flywheel_tui.domain.feed import Feed, Finding, SourceKind
from flywheel_tui.domain.fleet import Fleet, FleetTotals, Runner
from flywheel_tui.domain.job import Job
from flywheel_tui.domain.metric import Sample
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.runner import ForgeRunner
from flywheel_tui.domain.scaleset import EphemeralRunner, EphemeralRunnerSet, Listener, ScaleSet
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.domain.workload import Autoscaler, CronJob, Deployment, Event, Pod, Quota

_LOG: Final = logging.getLogger(__name__)

FORMAT: Final = 1
OLDEST: Final = timedelta(hours=24)
"""Rows older than this help nobody, and are not shown."""

FIRST_ROWS: Final = 300
"""Joined runners in the head: more than any screen has lines."""

_MAGIC: Final = b"flywheel last session\n"
_PREFIX: Final = "last-session-"
_SUFFIX: Final = ".msgpack"
_ROWS_PER_BLOCK: Final = 2_000
"""Decoding a block holds the interpreter, and with it the event loop, for at most some milliseconds."""

_LONGEST_BLOCK: Final = 64 * 1024 * 1024
_LENGTH_BYTES: Final = 4
_OPEN: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
"""Not through a link, and without waiting for the other end of a pipe that somebody put there."""

_CLOCK_TOLERANCE: Final = timedelta(minutes=1)

ROW_TYPES: Final[Mapping[str, type[Row]]] = {
    kind.__name__: kind
    for kind in (
        Alert,
        Autoscaler,
        CronJob,
        Deployment,
        EphemeralRunner,
        EphemeralRunnerSet,
        Event,
        ForgeRunner,
        Job,
        Listener,
        Pod,
        Quota,
        Sample,
        ScaleSet,
    )
}
"""What a source's tables may hold, by the name in the file."""


class _Origin(msgspec.Struct, frozen=True):
    """Whether a file is ours; read before anything else of it."""

    format: int
    package: str
    fingerprint: str


class _Source(msgspec.Struct, frozen=True):
    """A feed without its tables."""

    name: str
    context: str
    kind: SourceKind
    interval_s: float
    fetched_at: datetime
    complete: bool
    findings: tuple[Finding, ...]


class _Head(msgspec.Struct, frozen=True):
    """What the first frame needs."""

    sources: tuple[_Source, ...]
    totals: FleetTotals
    runners: tuple[Runner, ...]


class _Block(msgspec.Struct, frozen=True):
    """Some rows of one type of one source; ``rows`` is compressed."""

    source: str
    type: str
    rows: bytes


class LastSession:
    """An earlier session, of which only the head was read yet.

    Attributes:
        snapshot: The sources with their age and without their tables.
        fleet: The first joined runners, and the totals of all.
    """

    def __init__(self, snapshot: Snapshot, fleet: Fleet, file: IO[bytes]) -> None:
        self.snapshot = snapshot
        self.fleet = fleet
        self._file = file

    def tables(self) -> Snapshot | None:
        """Return the sources with their tables; None where the file is damaged. Blocking; can be called once."""
        tables: dict[str, dict[type[Row], dict[str, Row]]] = {}
        with self._file as file:
            try:
                while (raw := _read_block(file)) is not None:
                    _add_rows(tables, _decode(raw, _Block))
            except _UNREADABLE as error:
                _LOG.warning("The rows of the last session cannot be read: %s.", type(error).__name__)
                return None
        feeds = {
            name: msgspec.structs.replace(feed, tables=tables.get(name, {}))
            for name, feed in self.snapshot.feeds.items()
        }
        return Snapshot(feeds=feeds)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


_UNREADABLE: Final = (OSError, EOFError, ValueError, KeyError, zlib.error, msgspec.MsgspecError)


def fingerprint(contexts: Sequence[ContextSettings]) -> str:
    """Return what tells configurations apart: names, addresses and what is looked at; no token, not even its place."""
    return repr([(context.name, list(_said(context))) for context in contexts])


def session_path(folder: Path, fingerprint: str) -> Path:
    """Return where the last session of a configuration lies."""
    # Not more than a name: the file says itself what it belongs to.
    return folder / f"{_PREFIX}{zlib.crc32(fingerprint.encode()):08x}{_SUFFIX}"


def open_last_session(folder: Path, fingerprint: str, now: datetime) -> LastSession | None:
    """Return the last session of this configuration, or None where there is none that can be used.

    Only the head is read: this runs before the first frame.
    """
    path = session_path(folder, fingerprint)
    try:
        file = os.fdopen(os.open(path, _OPEN), "rb")
    except FileNotFoundError:
        return None
    except OSError as error:
        _LOG.warning("The last session at %s is not used: %s.", path, error.strerror)
        return None
    try:
        found = _open(file, fingerprint, now)
    except _UNREADABLE as error:
        _LOG.warning("The last session at %s is not used: it cannot be read (%s).", path, type(error).__name__)
        found = None
    if found is None:
        file.close()
    return found


def save_last_session(
    folder: Path, fingerprint: str, snapshot: Snapshot, fleet: Fleet, *, first: Sequence[Runner]
) -> bool:
    """Write down a session, in place of the one before; return False where nothing was read that could be kept.

    The file appears whole or not at all, for its owner only. Files of other configurations that are too old to be
    shown are taken away with it.

    Args:
        folder: For the state; made where it is missing.
        fingerprint: Of the configuration.
        snapshot: The sources with their tables.
        fleet: What was joined from them.
        first: The joined runners that the next first frame begins with.

    Raises:
        OSError: The file cannot be written.
    """
    # A part of a first reading would be the whole of a next start.
    feeds = [feed for feed in snapshot.feeds.values() if feed.fetched_at is not None and feed.whole]
    if all(feed.from_last_session for feed in feeds):
        # Nothing was read in this session: what lies there is as new.
        return False
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    path = session_path(folder, fingerprint)
    part = folder / f".{path.name}.{os.getpid()}"
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(_MAGIC)
            _write_block(file, _Origin(FORMAT, __version__, fingerprint))
            _write_block(file, _Head(tuple(map(_source, feeds)), fleet.totals, tuple(first[:FIRST_ROWS])))
            for block in _blocks(feeds):
                _write_block(file, block)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _forget_old(folder, path)
    return True


def _said(context: ContextSettings) -> Iterator[tuple[str, str, Any]]:
    for kind in SourceKind:
        upstream = getattr(context, kind.value)
        if upstream is None:
            continue
        for field in upstream.__struct_fields__:
            value = getattr(upstream, field)
            names = value if isinstance(value, tuple) else (value,)
            # Texts and paths say what is looked at; numbers say how often; anything else holds a secret or its place.
            if value is not None and all(isinstance(name, str | Path | bool) for name in names):
                yield kind.value, field, [str(name) for name in names]


def _open(file: IO[bytes], fingerprint: str, now: datetime) -> LastSession | None:
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        _LOG.warning("The last session is not used: others could have written it.")
        return None
    if file.read(len(_MAGIC)) != _MAGIC:
        _LOG.warning("The last session is not used: this is another kind of file.")
        return None
    if _decode(_read_block(file), _Origin) != _Origin(FORMAT, __version__, fingerprint):
        _LOG.info("The last session is not used: it is of another version or configuration.")
        return None
    head = _decode(_read_block(file), _Head)
    fresh = [source for source in head.sources if -_CLOCK_TOLERANCE <= now - source.fetched_at <= OLDEST]
    if not fresh:
        return None
    fleet = Fleet()
    if len(fresh) == len(head.sources):
        fleet = Fleet(runners={runner.key: runner for runner in head.runners}, totals=head.totals)
    # Where a source is too old, what was joined from it is as well: then the rows come with the tables.
    return LastSession(Snapshot(feeds={source.name: _feed(source) for source in fresh}), fleet, file)


def _source(feed: Feed) -> _Source:
    if feed.fetched_at is None:
        raise ValueError(f"{feed.name} was never read")
    return _Source(
        name=feed.name,
        context=feed.context,
        kind=feed.kind,
        interval_s=feed.interval_s,
        fetched_at=feed.fetched_at,
        complete=feed.complete,
        findings=feed.findings,
    )


def _feed(source: _Source) -> Feed:
    return Feed(
        name=source.name,
        context=source.context,
        kind=source.kind,
        interval_s=source.interval_s,
        fetched_at=source.fetched_at,
        complete=source.complete,
        findings=source.findings,
        from_last_session=True,
    )


def _blocks(feeds: Iterable[Feed]) -> Iterator[_Block]:
    for feed in feeds:
        for kind, table in feed.tables.items():
            if ROW_TYPES.get(kind.__name__) is not kind:
                _LOG.warning("Rows of %s are not kept: this is not a type of row that a file may hold.", kind.__name__)
                continue
            rows = list(table.values())
            # An empty table says that the source was asked and knows of none, so it gets a block of its own.
            for start in range(0, max(1, len(rows)), _ROWS_PER_BLOCK):
                packed = msgspec.msgpack.encode(rows[start : start + _ROWS_PER_BLOCK])
                yield _Block(feed.name, kind.__name__, zlib.compress(packed, 1))


def _add_rows(tables: dict[str, dict[type[Row], dict[str, Row]]], block: _Block) -> None:
    kind = ROW_TYPES[block.type]
    inflater = zlib.decompressobj()
    packed = inflater.decompress(block.rows, _LONGEST_BLOCK)
    if not inflater.eof:
        raise ValueError("a block is cut off or too long")
    rows: list[Row] = msgspec.msgpack.decode(packed, type=list[kind])  # type: ignore[valid-type]
    tables.setdefault(block.source, {}).setdefault(kind, {}).update((row.key, row) for row in rows)


def _write_block(file: IO[bytes], block: msgspec.Struct) -> None:
    raw = msgspec.msgpack.encode(block)
    file.write(len(raw).to_bytes(_LENGTH_BYTES, "big"))
    file.write(raw)


def _read_block(file: IO[bytes]) -> bytes | None:
    """Return the next block, or None at the end of the file."""
    length = file.read(_LENGTH_BYTES)
    if not length:
        return None
    size = int.from_bytes(length, "big")
    raw = file.read(size) if len(length) == _LENGTH_BYTES and size <= _LONGEST_BLOCK else b""
    if len(raw) != size or not raw:
        raise EOFError("the file is cut off")
    return raw


def _decode(raw: bytes | None, kind: type[Any]) -> Any:  # noqa: ANN401 - as msgspec declares it
    if raw is None:
        raise EOFError("the file is cut off")
    return msgspec.msgpack.decode(raw, type=kind)


def _forget_old(folder: Path, kept: Path) -> None:
    """Take away sessions that are too old to be shown, and what a killed console left half-written."""
    newest = kept.stat().st_mtime
    for path in (*folder.glob(f"{_PREFIX}*{_SUFFIX}"), *folder.glob(f".{_PREFIX}*")):
        # Another console may be doing the same.
        with contextlib.suppress(FileNotFoundError):
            if path != kept and path.stat().st_mtime < newest - OLDEST.total_seconds():
                path.unlink()
