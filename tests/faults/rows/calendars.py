"""Nights in which the clock is changed, the day that most years lack, and a time zone whose rules change."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo

from courtside.availability.service import roll_horizon
from courtside.db.outbox import want_everything
from courtside.db.reader import Reader
from courtside.db.system import run_as_system
from courtside.db.unit_of_work import run_transaction
from courtside.relay.subscriptions import react
from tests.faults.arena import Arena
from tests.faults.catalogue import Setup, row
from tests.integration.relay.drift import documents_of
from tests.integration.relay.rest import left_to_do, wait_until

_ZONE = "Europe/Berlin"
_WITHOUT_SUMMER_TIME = "Africa/Lagos"
# The local midnight before the night in question.
_NIGHTS = {
    "an hour is missing": datetime(2027, 3, 28, tzinfo=ZoneInfo(_ZONE)),
    "an hour comes twice": datetime(2027, 10, 31, tzinfo=ZoneInfo(_ZONE)),
    "29 February": datetime(2028, 2, 29, tzinfo=ZoneInfo(_ZONE)),
}
_HOURS = range(6)
_FIRST_EVENING = datetime(2027, 3, 26, 18, tzinfo=UTC)


@row(
    20,
    "DST gap and overlap, leap day, tz database change",
    injected="lessons at every hour of such nights, then nights pass; the zone's rules change and change back",
    expected="instants are stored: no lesson moves, no hour is lost or sold twice",
    invariants="I1",
    setup=Setup(clock_at=_FIRST_EVENING),
)
def calendars_change(arena: Arena) -> int:
    """A trainer who works around the clock, booked out in each night."""
    clock = arena.clock
    assert clock is not None
    trainer = arena.world.approve_trainer("berta", time_zone=_ZONE, horizon_days=3)
    service = arena.world.add_service(trainer)
    booked: dict[str, datetime] = {}
    for night in _NIGHTS.values():
        clock.set(night.astimezone(UTC) - timedelta(hours=6))
        _roll(arena)
        booked |= _book_each_hour(arena, service, night)
        _expect_unmoved(arena, booked)
        for _ in range(2):
            clock.advance(timedelta(days=1))
            _roll(arena)
    _change_rules(arena, booked)
    return len(booked)


def _roll(arena: Arena) -> None:
    """What the nightly job does to calendars; it would also forget, after months, what the verdict looks at."""
    run_as_system(arena.world.backends.pool, "nightly", roll_horizon, react)


def _book_each_hour(arena: Arena, service: str, night: datetime) -> dict[str, datetime]:
    """Booking → its start, for every hour that really passes after a local midnight."""
    first = night.astimezone(UTC)
    starts = [first + timedelta(hours=hour) for hour in _HOURS]
    clients = arena.studio.ground.clients
    return {
        arena.world.book(clients[hour], service, start)["booking_id"]: start
        for hour, start in zip(_HOURS, starts, strict=True)
    }


def _change_rules(arena: Arena, booked: Mapping[str, datetime]) -> None:
    """The zone loses its summer time in everybody's zone files but Postgres', and gets it back."""
    changed = _zone_files(arena.folder)
    worker = arena.start_worker(PYTHONTZPATH=changed)
    for victim in arena.workers[:-1]:
        victim.process.stop()
    arena.start_functions(PYTHONTZPATH=changed)
    _write_everything_again(arena, booked)
    worker.process.stop()
    arena.start_functions()
    arena.start_worker()
    _write_everything_again(arena, booked)


def _write_everything_again(arena: Arena, booked: Mapping[str, datetime]) -> None:
    run_transaction(arena.world.backends.pool, lambda connection: want_everything(Reader(connection)))
    arena.act(20)
    _expect_unmoved(arena, booked)


def _zone_files(folder: Path) -> str:
    """A search path on which the zone has another's rules."""
    found = next(Path(place) / _WITHOUT_SUMMER_TIME for place in TZPATH if Path(place, _ZONE).exists())
    changed = folder / "zones" / _ZONE
    changed.parent.mkdir(parents=True)
    changed.write_bytes(found.read_bytes())
    return ":".join([str(folder / "zones"), *TZPATH])


def _expect_unmoved(arena: Arena, booked: Mapping[str, datetime]) -> None:
    """Every lesson is in Firestore at the instant for which it was booked."""
    shown: dict[str, datetime] = {}

    def is_shown() -> bool:
        documents = documents_of(arena.world, "bookings")
        shown.update(
            {id_: documents[path]["starts_at"] for id_ in booked if (path := f"bookings/{id_}") in documents}
        )
        return shown.keys() == booked.keys() and left_to_do(arena.world) == 0

    wait_until(is_shown, "the lessons to be shown")
    moved = [id_ for id_, start in booked.items() if shown[id_] != start]
    arena.expect(not moved, f"{len(moved)} lessons moved, such as {moved[:1]}")
