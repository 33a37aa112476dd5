"""Databases that live in a data directory."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from emulator.core.databases import Databases
from emulator.core.documents import Version
from emulator.core.paths import DatabaseName, parse_database
from emulator.data.folder import DataFolder, open_folder
from emulator.data.loading import Content


@asynccontextmanager
async def kept_databases(directory: Path | None, lock_seconds: float) -> AsyncIterator[Databases]:
    """Databases with all that a directory holds, which keeps their commits; in memory only without one.

    Unusable says why the directory cannot be used.
    """
    if directory is None:
        yield Databases(lock_seconds)
        return
    folder, content = open_folder(directory)
    try:
        yield _restored(folder, content, lock_seconds)
    finally:
        await folder.close()


def _restored(folder: DataFolder, content: Content, lock_seconds: float) -> Databases:
    databases = Databases(lock_seconds, folder.keep)
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
