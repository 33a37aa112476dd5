"""A data directory in use: every commit goes to its journal first, and the journal becomes a snapshot in time."""

import asyncio
import fcntl
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from emulator.core.documents import Version
from emulator.core.errors import ResourceExhausted
from emulator.core.paths import DatabaseName
from emulator.data.errors import Damaged, InUse, Unusable
from emulator.data.journal import Journal
from emulator.data.loading import Content, file_name, load, numbered_files
from emulator.data.records import HEADER, Entry, encode_batch

_LOG = logging.getLogger(__name__)
COMPACT_BYTES = 16 << 20
"""A journal this long, and longer than the snapshot before it, is turned into a snapshot."""
SYNC_SECONDS = 0.05
"""All commits within this time share one flush to the disk; only a loss of power can take them back."""
_SNAPSHOT_BATCH = 500

State = Iterable[tuple[DatabaseName, str, Version]]


class DataFolder:
    """An open data directory; `keep` stores a commit before it takes effect."""

    def __init__(self, directory: Path, lock: int, content: Content, compact_bytes: int) -> None:
        self.directory = directory
        self._lock = lock
        self._generation = content.generation
        self._journal = Journal(self._path("journal"), content.journal_size)
        self._compact_bytes = compact_bytes
        self._compact_at = max(compact_bytes, content.snapshot_size)
        self._state: Callable[[], State] = tuple
        self._compacting: asyncio.Task[None] | None = None
        self._syncing: asyncio.Task[None] | None = None

    def _path(self, kind: str) -> Path:
        return self.directory / file_name(kind, self._generation)

    def keep(self, database: DatabaseName, time: int, changes: Mapping[str, Version | None]) -> None:
        """Append a commit; ResourceExhausted if the disk does not take it."""
        entries = (_entry(path, version, time) for path, version in changes.items())
        self._journal.append(encode_batch(str(database), time, entries))
        if self._syncing is None:
            self._syncing = asyncio.get_running_loop().create_task(self._sync_soon())
        if self._journal.size > self._compact_at and self._compacting is None:
            self.compact()

    async def _sync_soon(self) -> None:
        await asyncio.sleep(SYNC_SECONDS)
        self._syncing = None
        try:
            await asyncio.to_thread(self._journal.sync)
        except OSError as error:
            _LOG.warning("%s could not be brought to the disk: %s", self._journal.path, error)

    # compaction

    def snapshot_from(self, state: Callable[[], State]) -> None:
        """Where the present documents are found when a snapshot is due."""
        self._state = state

    def compact(self) -> "asyncio.Task[None]":
        """Begin a new journal now, and write all that was before it as a snapshot in the background."""
        if self._compacting is None:
            self._compacting = asyncio.get_running_loop().create_task(self._compact())
        return self._compacting

    async def _compact(self) -> None:
        try:
            old = self._begin_generation()
        except (OSError, ResourceExhausted) as error:
            _LOG.warning("%s: no new journal could be begun: %s", self.directory, error)
            self._compact_at = self._journal.size + self._compact_bytes
            self._compacting = None
            return
        generation, state = self._generation, list(self._state())
        try:
            await asyncio.to_thread(old.close)
            size = await self._write_snapshot(self._path("snapshot"), state)
            _remove_before(self.directory, generation)
            self._compact_at = max(self._compact_bytes, size)
        except OSError as error:
            _LOG.warning("%s: no snapshot was written, the journals stay: %s", self.directory, error)
            self._compact_at = self._journal.size + self._compact_bytes
        finally:
            self._compacting = None

    def _begin_generation(self) -> Journal:
        old, path = self._journal, self.directory / file_name("journal", self._generation + 1)
        self._journal = Journal(path, 0)
        self._generation += 1
        return old

    async def _write_snapshot(self, path: Path, state: list[tuple[DatabaseName, str, Version]]) -> int:
        """Write documents piece by piece, so that others are served meanwhile; the size of the file in bytes."""
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            file.write(HEADER)
            for record in _snapshot_records(state):
                await asyncio.to_thread(file.write, record)
            file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())
        partial.rename(path)
        _sync_directory(self.directory)
        return path.stat().st_size

    async def close(self) -> None:
        """Finish what is being written and let the directory go."""
        for task in (self._compacting, self._syncing):
            if task is not None:
                await task
        self._journal.close()
        os.close(self._lock)


def open_folder(directory: Path, compact_bytes: int = COMPACT_BYTES) -> tuple[DataFolder, Content]:
    """Open a directory, made if it is missing, and what it holds; Unusable says why it cannot be."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = _locked(directory / "lock")
    except OSError as error:
        raise Unusable(f"{directory} cannot be used: {error.strerror}") from error
    try:
        content = load(directory)
        _remove_before(directory, content.snapshot_generation)
        return DataFolder(directory, lock, content, compact_bytes), content
    except (OSError, ResourceExhausted) as error:
        os.close(lock)
        raise Unusable(f"{directory} cannot be used: {error}") from error
    except Damaged:
        os.close(lock)
        raise


def _entry(path: str, version: Version | None, time: int) -> Entry:
    if version is None:
        return Entry(path, 0, time, None)
    return Entry(path, version.created, version.time, version.wire)


def _snapshot_records(state: list[tuple[DatabaseName, str, Version]]) -> Iterator[bytes]:
    """The records of a snapshot; its file gets its name when all are on the disk, so half a one is never read."""
    remaining = iter(state)
    while chunk := list(islice(remaining, _SNAPSHOT_BATCH)):
        by_database: dict[DatabaseName, list[Entry]] = {}
        for database, path, version in chunk:
            by_database.setdefault(database, []).append(_entry(path, version, version.time))
        for database, entries in by_database.items():
            yield encode_batch(str(database), max(entry.time for entry in entries), entries)


def _locked(path: Path) -> int:
    """The descriptor of a lock file, locked as long as the process lives; InUse if another has it."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        raise InUse(f"{path.parent} is in use by another emulator") from None
    return file


def _remove_before(directory: Path, generation: int) -> None:
    """Remove the files that the snapshot of a generation replaces, and snapshots that were never finished."""
    for files in numbered_files(directory).values():
        for number, path in files.items():
            if number < generation:
                path.unlink()
    for partial in directory.glob("snapshot-*.partial"):
        partial.unlink()


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
