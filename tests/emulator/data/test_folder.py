"""A data directory gives back every commit, through journals and snapshots, or says why it cannot."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from emulator.core.databases import Databases
from emulator.core.errors import ResourceExhausted
from emulator.core.paths import parse_database
from emulator.data.errors import Damaged, InUse, Unusable
from emulator.data.folder import DataFolder, open_folder
from emulator.data.restoring import DataOptions, kept_databases
from tests.emulator.databases import delete_document, set_document
from tests.emulator.values import DATABASE

OTHER = "projects/demo/databases/other"
Act = Callable[[Databases], Coroutine[Any, Any, None]]


def within(directory: Path, act: Act, compact_bytes: int = 1 << 30) -> None:
    """Do something with the databases of a directory, and close it."""

    async def run() -> None:
        async with kept_databases(DataOptions(directory, compact_bytes), 5.0) as databases:
            await act(databases)

    asyncio.run(run())


def contents(directory: Path) -> dict[str, dict[str, int]]:
    """The field `x` of every document by database and path."""
    found: dict[str, dict[str, int]] = {}

    async def read(databases: Databases) -> None:
        for instance in databases:
            found[str(instance.database.name)] = {
                path: version.document.fields["x"].integer_value
                for path, version in instance.database.versions()
            }

    within(directory, read)
    return found


def writing(*numbers: int, database: str = DATABASE) -> Act:
    """One commit for each number, each of a document of its own."""

    async def write(databases: Databases) -> None:
        for number in numbers:
            commit(databases, number, database)
            await asyncio.sleep(0)

    return write


def commit(databases: Databases, number: int, database: str = DATABASE) -> None:
    write = set_document(f"rooms/r{number}", {"x": number})
    write.update.name = write.update.name.replace(DATABASE, database)
    databases.get(parse_database(database)).database.commit([write])


def rooms(*numbers: int) -> dict[str, int]:
    return {f"rooms/r{number}": number for number in numbers}


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_documents_are_there_again(tmp_path: Path) -> None:
    within(tmp_path, writing(1, 2))
    within(tmp_path, writing(3, database=OTHER))

    assert contents(tmp_path) == {DATABASE: rooms(1, 2), OTHER: rooms(3)}


def test_versions_and_times_are_the_same(tmp_path: Path) -> None:
    seen: list[Any] = []

    async def note(databases: Databases) -> None:
        found = databases.get(parse_database(DATABASE)).database.find("rooms/r1")
        assert found is not None
        seen.append((found.created, found.time, found.document))

    async def write_again(databases: Databases) -> None:
        await writing(1)(databases)
        databases.get(parse_database(DATABASE)).database.commit([set_document("rooms/r1", {"x": 5})])
        await note(databases)

    within(tmp_path, write_again)
    within(tmp_path, note)

    assert seen[0] == seen[1]
    assert seen[0][0] < seen[0][1]


def test_deletions_and_clearing_last(tmp_path: Path) -> None:
    async def delete(databases: Databases) -> None:
        databases.get(parse_database(DATABASE)).database.commit([delete_document("rooms/r1")])
        databases.clear(parse_database(OTHER))

    within(tmp_path, writing(1, 2))
    within(tmp_path, writing(3, database=OTHER))
    within(tmp_path, delete)

    assert contents(tmp_path) == {DATABASE: rooms(2), OTHER: {}}


def test_later_commits_get_later_times_even_if_the_clock_went_back(tmp_path: Path) -> None:
    times: list[int] = []

    async def commit_in_the_future(databases: Databases) -> None:
        databases.clock.advance_to(databases.clock.now() + 3_600_000_000)
        await commit_now(databases)

    async def commit_now(databases: Databases) -> None:
        database = databases.get(parse_database(DATABASE)).database
        times.append(database.commit([set_document("rooms/r1", {"x": len(times)})]).time)

    within(tmp_path, commit_in_the_future)
    within(tmp_path, commit_now)

    assert times[0] < times[1]


def test_a_torn_end_is_cut_off_and_written_over(tmp_path: Path) -> None:
    within(tmp_path, writing(1, 2))
    journal = tmp_path / "journal-00000000"
    journal.write_bytes(journal.read_bytes()[:-3])

    assert contents(tmp_path) == {DATABASE: rooms(1)}

    within(tmp_path, writing(3))
    assert contents(tmp_path) == {DATABASE: rooms(1, 3)}


class TestCompaction:
    def test_the_journal_becomes_a_snapshot(self, tmp_path: Path) -> None:
        within(tmp_path, writing(*range(50)), compact_bytes=1000)

        assert [name.partition("-")[0] for name in names(tmp_path)] == ["journal", "lock", "snapshot"]
        assert contents(tmp_path) == {DATABASE: rooms(*range(50))}

    def test_commits_during_it_are_kept(self, tmp_path: Path) -> None:
        async def write_meanwhile(databases: Databases) -> None:
            await writing(*range(600))(databases)
            folder = _folder_of(databases)
            compacting = folder.compact()
            await asyncio.sleep(0)
            for number in range(600, 650):
                commit(databases, number)
            assert not compacting.done()
            await compacting
            await writing(700)(databases)

        within(tmp_path, write_meanwhile)

        assert names(tmp_path) == ["journal-00000001", "lock", "snapshot-00000001"]
        assert contents(tmp_path) == {DATABASE: rooms(*range(650), 700)}

    def test_an_interrupted_one_loses_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        async def compact(databases: Databases) -> None:
            await writing(1, 2)(databases)
            await _folder_of(databases).compact()
            await writing(3)(databases)

        monkeypatch.setattr("emulator.data.folder.os.fsync", fail)
        within(tmp_path, compact)

        assert "snapshot-00000001.partial" in names(tmp_path)
        assert contents(tmp_path) == {DATABASE: rooms(1, 2, 3)}
        assert "snapshot-00000001.partial" not in names(tmp_path)


def _folder_of(databases: Databases) -> DataFolder:
    folder = databases._keep.__self__  # type: ignore[attr-defined] # the method of the open folder
    assert isinstance(folder, DataFolder)
    return folder


def test_a_directory_serves_one_emulator(tmp_path: Path) -> None:
    async def open_again(databases: Databases) -> None:
        with pytest.raises(InUse, match="in use by another emulator"):
            open_folder(tmp_path)

    within(tmp_path, open_again)
    within(tmp_path, writing(1))


def test_damage_is_reported_with_the_file(tmp_path: Path) -> None:
    within(tmp_path, writing(1, 2, 3))
    journal = tmp_path / "journal-00000000"
    data = bytearray(journal.read_bytes())
    data[40] ^= 1
    journal.write_bytes(data)

    with pytest.raises(Damaged, match="journal-00000000: the record at byte 22 "):
        open_folder(tmp_path)


def test_a_cut_snapshot_is_reported(tmp_path: Path) -> None:
    within(tmp_path, writing(*range(50)), compact_bytes=1000)
    (snapshot,) = tmp_path.glob("snapshot-*")
    snapshot.write_bytes(snapshot.read_bytes()[:-1])

    with pytest.raises(Damaged, match="within a record"):
        open_folder(tmp_path)


def test_a_path_that_is_no_directory_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")

    with pytest.raises(Unusable, match="cannot be used"):
        open_folder(file)


def test_a_commit_that_cannot_be_stored_takes_no_effect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def write(databases: Databases) -> None:
        await writing(1)(databases)
        with monkeypatch.context() as patch:
            patch.setattr("emulator.data.journal.os.pwrite", _full_after(3))
            with pytest.raises(ResourceExhausted, match="No space left on device"):
                await writing(2)(databases)
        await writing(3)(databases)
        assert databases.get(parse_database(DATABASE)).database.find("rooms/r2") is None

    within(tmp_path, write)

    assert contents(tmp_path) == {DATABASE: rooms(1, 3)}


def _full_after(size: int) -> Callable[[int, bytes, int], int]:

    write = os.pwrite

    def pwrite(file: int, data: bytes, offset: int) -> int:
        nonlocal size
        if size <= 0:
            raise OSError(28, "No space left on device")
        written = write(file, data[:size], offset)
        size -= written
        return written

    return pwrite
