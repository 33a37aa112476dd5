"""Migration files: numbered without a gap, and never changed once applied."""

from pathlib import Path

import pytest

from courtside.db.migrate import Migration, MigrationChanged, pending, read_migrations

FIRST = Migration(1, "0001_first", "CREATE TABLE a ();")
SECOND = Migration(2, "0002_second", "CREATE TABLE b ();")


def folder_with(tmp_path: Path, *names: str) -> Path:
    for name in names:
        (tmp_path / name).write_text("SELECT 1;")
    return tmp_path


def test_our_own_are_numbered_from_one() -> None:
    numbers = [migration.number for migration in read_migrations()]

    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers


def test_files_are_read_in_order(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "0002_second.sql", "0001_first.sql", "README.md")

    assert [migration.name for migration in read_migrations(folder)] == ["0001_first", "0002_second"]


@pytest.mark.parametrize(
    "names",
    [
        ("0002_second.sql",),
        ("0001_first.sql", "0003_third.sql"),
        ("0001_first.sql", "0001_other.sql"),
        ("1_first.sql",),
        ("0001-first.sql",),
        ("0001_First.sql",),
        ("0001_first.sql", "later.sql"),
    ],
)
def test_gap_or_other_name_is_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected 000\d_<words>\.sql"):
        read_migrations(folder_with(tmp_path, *names))


def test_only_what_is_missing_is_pending() -> None:
    assert pending([FIRST, SECOND], {}) == [FIRST, SECOND]
    assert pending([FIRST, SECOND], {1: FIRST.checksum}) == [SECOND]
    assert pending([FIRST, SECOND], {1: FIRST.checksum, 2: SECOND.checksum}) == []


def test_changed_migration_is_refused() -> None:
    with pytest.raises(MigrationChanged, match="0001_first"):
        pending([FIRST, SECOND], {1: SECOND.checksum})


def test_database_of_a_newer_release_is_left_alone() -> None:
    assert pending([FIRST], {1: FIRST.checksum, 2: SECOND.checksum}) == []
