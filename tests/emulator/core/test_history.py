"""Earlier states can be read for an hour, and no longer."""

import pytest

from emulator.core.clock import CommitClock
from emulator.core.database import Database
from emulator.core.errors import FailedPrecondition, InvalidArgument
from emulator.core.history import RETENTION_MICROS
from emulator.core.paths import parse_database
from tests.emulator.databases import delete_document, parsed, paths, store, structured_query
from tests.emulator.values import DATABASE


class Wall:
    """A wall clock in microseconds that the test moves."""

    micros = 1_700_000_000_000_000

    def __call__(self) -> int:
        return self.micros


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def database(wall: Wall) -> Database:
    return Database(parse_database(DATABASE), CommitClock(wall))


def x_at(database: Database, time: int | None) -> int | None:
    version = database.find("a/b", time)
    return int(version.document.fields["x"].integer_value) if version else None


def test_each_version_can_be_read_at_its_time(database: Database) -> None:
    times = [database.read_time(), *(store(database, {"a/b": {"x": x}}).time for x in (1, 2))]
    times.append(database.commit([delete_document("a/b")]).time)

    assert [x_at(database, time) for time in times] == [None, 1, 2, None]


def test_commit_times_grow_when_the_wall_clock_steps_back(database: Database, wall: Wall) -> None:
    first = store(database, {"a/b": {"x": 1}}).time
    wall.micros -= 10_000_000

    assert store(database, {"a/b": {"x": 2}}).time > first


def test_a_commit_is_later_than_every_read_before_it(database: Database) -> None:
    read = database.read_time()

    assert store(database, {"a/b": {"x": 1}}).time > read


def test_what_happened_more_than_an_hour_ago_cannot_be_read(database: Database, wall: Wall) -> None:
    old = store(database, {"a/b": {"x": 1}}).time
    store(database, {"a/b": {"x": 2}})
    wall.micros += RETENTION_MICROS + 1_000_000
    recent = store(database, {"a/b": {"x": 3}}).time

    with pytest.raises(FailedPrecondition, match="too old"):
        database.read_time(old)
    assert x_at(database, recent) == 3
    assert x_at(database, recent - 1) == 2


def test_the_future_cannot_be_read(database: Database, wall: Wall) -> None:
    with pytest.raises(InvalidArgument, match="future"):
        database.read_time(wall.micros + 1_000_000)


def test_documents_deleted_long_ago_are_forgotten(database: Database, wall: Wall) -> None:
    store(database, {"a/b": {"x": 1}})
    database.commit([delete_document("a/b")])
    wall.micros += RETENTION_MICROS + 1_000_000
    store(database, {"c/d": {"x": 1}})

    assert database.known_paths == {"c/d"}


def test_a_document_made_again_outlives_the_memory_of_its_deletion(database: Database, wall: Wall) -> None:
    store(database, {"a/b": {"x": 1}})
    database.commit([delete_document("a/b")])
    store(database, {"a/b": {"x": 2}})
    wall.micros += RETENTION_MICROS + 1_000_000
    store(database, {"c/d": {"x": 1}})

    assert x_at(database, None) == 2
    assert paths(database.query(parsed(structured_query("a")))) == ["a/b"]


def test_collections_are_listed_as_they_were(database: Database) -> None:
    store(database, {"a/b": {}, "c/d": {}})
    before = database.read_time()
    database.commit([delete_document("a/b")])
    store(database, {"e/f": {}, "c/g": {}})

    assert database.collections_at() == {"c", "e"}
    assert database.collections_at(before) == {"a", "c"}


def test_clearing_removes_everything_and_its_past(database: Database, wall: Wall) -> None:
    before = store(database, {"a/b": {"x": 1}}).time
    wall.micros += 10

    database.clear()

    assert database.collections_at() == set()
    with pytest.raises(FailedPrecondition):
        database.read_time(before)
