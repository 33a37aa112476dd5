"""Who is reminded of what, and when: found anew at every tick of a clock that tests move."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from courtside.actors import SYSTEM
from courtside.db import outbox
from courtside.db.idempotency import CommandKey
from courtside.db.unit_of_work import UnitOfWork, run_transaction
from courtside.notifications import reminders
from courtside.relay.subscriptions import react
from tests.integration.bookings.conversation import together
from tests.integration.relay.drift import documents_of
from tests.world import World, tomorrow_at

START = tomorrow_at(10, days=3)
LONG_AGO = START - timedelta(days=4)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def studio(world: World) -> World:
    """Tom, and three clients; what is committed waits for the relay."""
    world.approve_trainer("tom", horizon_days=9)
    for client in ("ada", "bob", "cleo"):
        world.register_client(client)
    world.relay()
    world.drains = False
    return world


def tick(
    world: World,
    now: datetime,
    due: Callable[[UnitOfWork], Sequence[str]] = reminders.sessions_near,
    act: Callable[[UnitOfWork, str], int] = reminders.remind,
) -> int:
    """What the job of the minute would do at `now`; how much it found."""

    def run(work: Callable[[UnitOfWork], Any]) -> Any:
        def attempt(connection: Any) -> Any:
            uow = UnitOfWork(connection, now=now, actor=SYSTEM)
            result = work(uow)
            react(uow)
            key = CommandKey(SYSTEM.uid, uuid4(), "every_minute", b"")
            outbox.finish_command(uow, key, {}, request_id="test", lease_seconds=0, lease_limit=0)
            return result

        return run_transaction(world.backends.pool, attempt)

    def act_on(subject: str) -> Callable[[UnitOfWork], int]:
        return lambda uow: act(uow, subject)

    return sum(run(act_on(subject)) for subject in run(due))


def warn(world: World, now: datetime) -> int:
    """What the job of the minute would do about credits at `now`."""
    return tick(world, now, reminders.owners_of_expiring, reminders.warn_of_expiry)


def book(world: World, service: str, client: str = "ada", *, at: datetime = LONG_AGO) -> str:
    """A booking for START, made at a moment."""
    booking: str = world.call(
        client, "bookings.book_session", now=at, service_id=service, starts_at=START.isoformat()
    )["booking_id"]
    return booking


def reminded(world: World, type_: str = "session.reminder") -> list[tuple[Any, ...]]:
    """Whom, and how many minutes before."""
    return world.rows(
        "SELECT user_id, (payload ->> 'lead_minutes')::int FROM notifications WHERE type = %s ORDER BY 2 DESC, 1",
        type_,
    )


def test_everybody_in_a_session_is_reminded_a_day_and_an_hour_before(studio: World) -> None:
    service = studio.add_service("tom", name="Boxing", capacity=2)
    for client in ("ada", "bob"):
        book(studio, service, client)

    found = [tick(studio, START - lead) for lead in (DAY + HOUR / 60, DAY, DAY, HOUR, HOUR / 2)]

    # Each of both is reminded twice, the trainer once for both of them.
    assert found == [0, 2, 0, 2, 0]
    everybody = ("ada", "bob", "tom")
    assert reminded(studio) == [(uid, lead) for lead in (1440, 60) for uid in everybody]
    studio.relay()
    notes = [note for note in documents_of(studio, "inbox").values() if note["type"] == "session.reminder"]
    assert {(note["payload"]["role"], note["link"].split("/")[1]) for note in notes} == {
        ("client", "bookings"),
        ("trainer", "sessions"),
    }
    assert notes[0]["body"].startswith("Boxing starts on ")
    assert {note["expires_at"] for note in notes} == {START}


def test_a_booking_that_moved_is_reminded_of_where_it_is_and_one_that_was_cancelled_never(
    studio: World,
) -> None:
    service = studio.add_service("tom", capacity=3)
    moved, cancelled = book(studio, service), book(studio, service, "bob")
    tick(studio, START - DAY)
    later = START + DAY
    at = START - timedelta(hours=20)
    studio.call("bob", "bookings.cancel_booking", now=at, booking_id=cancelled)
    studio.call("ada", "bookings.reschedule_booking", now=at, booking_id=moved, starts_at=later.isoformat())

    found = [tick(studio, at) for at in (START - HOUR, later - DAY, later - DAY, later - HOUR)]

    assert found == [0, 1, 0, 1]
    assert [lead for uid, lead in reminded(studio) if uid == "ada"] == [1440, 1440, 60]
    assert [lead for uid, lead in reminded(studio) if uid == "bob"] == [1440]


def test_what_was_due_before_a_booking_stood_is_not_told(studio: World) -> None:
    service = studio.add_service("tom", capacity=3, requires_confirmation=True, confirm_within_minutes=20_160)
    near = START - timedelta(minutes=90)
    asked, sure, late = (book(studio, service, client) for client in ("ada", "bob", "cleo"))
    for booking, at in ((asked, near), (late, START - timedelta(minutes=30))):
        studio.call("tom", "bookings.confirm_booking", now=at, booking_id=booking)
    assert tick(studio, near) == 0
    studio.call("tom", "bookings.confirm_booking", now=START - 2 * DAY, booking_id=sure)

    assert [tick(studio, at) for at in (near, START - HOUR)] == [1, 2]
    assert reminded(studio) == [("bob", 1440), ("tom", 1440), ("ada", 60), ("bob", 60), ("tom", 60)]


def test_what_was_due_before_a_booking_moved_to_where_it_is_is_not_told(studio: World) -> None:
    booking = book(studio, studio.add_service("tom"))
    near = START - DAY - timedelta(minutes=90)
    earlier = (START - DAY).isoformat()
    studio.call("ada", "bookings.reschedule_booking", now=near, booking_id=booking, starts_at=earlier)

    assert [tick(studio, at) for at in (near, START - DAY - HOUR)] == [0, 1]


def test_after_an_outage_the_nearest_reminder_is_told_alone(studio: World) -> None:
    book(studio, studio.add_service("tom", reminders=[15, 60, 1440, 60]))

    found = [tick(studio, START - timedelta(minutes=left)) for left in (40, 40, 16, 15)]

    assert found == [1, 0, 0, 1]
    assert [lead for uid, lead in reminded(studio) if uid == "ada"] == [60, 15]
    assert tick(studio, START) == 0


def test_a_service_may_remind_of_nothing(studio: World) -> None:
    book(studio, studio.add_service("tom", reminders=[]))

    assert [tick(studio, START - lead) for lead in (DAY, HOUR)] == [0, 0]


def test_two_who_remind_at_once_remind_once(studio: World) -> None:
    service = studio.add_service("tom", capacity=3)
    for client in ("ada", "bob", "cleo"):
        book(studio, service, client)

    together([lambda: str(tick(studio, START - HOUR))] * 4)

    assert reminded(studio) == [(uid, 60) for uid in ("ada", "bob", "cleo", "tom")]


def test_credits_that_expire_soon_are_told_once(studio: World) -> None:
    ends = START + timedelta(days=20)
    for at, amount in ((LONG_AGO, 3), (ends - timedelta(days=4), 2)):
        studio.call(
            "tom",
            "bookings.grant_credits",
            now=at,
            client_id="ada",
            amount=amount,
            expires_at=ends.isoformat(),
            reason="a package",
        )
    early, soon, half = (ends - timedelta(days=days) for days in (8, 7, 2))

    assert [warn(studio, at) for at in (early, soon, soon)] == [0, 1, 0]
    # What was good for four days only is told when two of them are over.
    assert [warn(studio, at) for at in (half - HOUR, half, half)] == [0, 1, 0]
    told = studio.rows(
        "SELECT payload ->> 'change', expires_at FROM notifications WHERE type = 'credits.expiring'"
    )
    assert sorted(told) == [("2", ends), ("3", ends)]


def test_credits_that_are_spent_cannot_expire(studio: World) -> None:
    ends = START + DAY
    studio.call(
        "tom",
        "bookings.grant_credits",
        now=LONG_AGO,
        client_id="ada",
        amount=1,
        expires_at=ends.isoformat(),
        reason="a package",
    )
    service = studio.add_service("tom", credit_price=1)
    content = {"service_id": service, "starts_at": START.isoformat(), "pay_with": "credits"}
    studio.call("ada", "bookings.book_session", now=LONG_AGO, **content)

    assert warn(studio, ends - DAY) == 0
