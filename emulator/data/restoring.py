"""Databases that live in a data directory."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from emulator.core.database import CheckIndexes, need_no_indexes
from emulator.core.databases import Databases
from emulator.core.documents import Version
from emulator.core.paths import DatabaseName, parse_database
from emulator.data.folder import COMPACT_BYTES, DataFolder, open_folder
from emulator.data.loading import Content


@dataclass(frozen=True, slots=True)
class DataOptions:
    """Where documents are kept, and how long a journal gets before it becomes a snapshot."""

    directory: Path
    compact_bytes: int = COMPACT_BYTES


@asynccontextmanager
async def kept_databases(
    options: DataOptions | None, lock_seconds: float, check_indexes: CheckIndexes = need_no_indexes
) -> AsyncIterator[Databases]:
    """Databases with all that a directory holds, which keeps their commits; in memory only without one.

    Unusable says why the directory cannot be used.
    """
    if options is None:
        yield Databases(lock_seconds, check_indexes=check_indexes)
        return
    folder, content = open_folder(options.directory, options.compact_bytes)
    try:
        yield _restored(folder, content, Databases(lock_seconds, folder.keep, check_indexes))
    finally:
        await folder.close()


def _restored(folder: DataFolder, content: Content, databases: Databases) -> Databases:
    databases.clock.advance_to(content.time)
    for name, documents in content.databases.items():
        databases.get(parse_database(name)).database.restore(
            (path, created, time, wire)
            for path, created, time, wire in documents.values()
            if wire is not None
        )
    content.databases.clear()
    folder.snapshot_from(lambda: _present(databases))
    return databases


def _present(databases: Databases) -> Iterator[tuple[DatabaseName, str, Version]]:
    for instance in databases:
        for path, version in instance.database.versions():
            yield instance.database.name, path, version
