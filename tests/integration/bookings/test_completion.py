"""When the time has come: under way, completed, missed, corrected; and what clients achieve by it."""

from datetime import datetime, timedelta

import pytest

from courtside.bookings import completion
from courtside.db.system import run_as_system
from courtside.relay import jobs
from courtside.relay.subscriptions import react
from tests.integration.bookings.conversation import book, refused, types_told
from tests.world import ADMIN, World, tomorrow_at

TEN = tomorrow_at(10)
DURING = TEN + timedelta(minutes=10)
AFTER = TEN + timedelta(minutes=70)


@pytest.fixture
def studio(world: World) -> World:
    world.approve_trainer("tom", horizon_days=3)
    for client in ("ada", "bob"):
        world.register_client(client, display_name=client.title())
    return world


def move_into_the_past(studio: World, by: timedelta) -> None:
    """Have everything that is planned lie so much earlier."""
    studio.rows(
        "UPDATE sessions SET starts_at = starts_at - %s, ends_at = ends_at - %s,"
        " busy = tstzrange(lower(busy) - %s, upper(busy) - %s) RETURNING id",
        *[by] * 4,
    )


def statuses(studio: World) -> tuple[list[str], list[str]]:
    """Of sessions and of bookings."""
    sessions = [s for (s,) in studio.rows("SELECT status FROM sessions ORDER BY starts_at")]
    bookings = [s for (s,) in studio.rows("SELECT status FROM bookings ORDER BY created_at, id")]
    return sessions, bookings


def achievements(studio: World, client: str = "ada") -> list[str]:
    document = studio.document(f"clients/{client}")
    assert document is not None
    return [achievement["code"] for achievement in document["achievements"]]


def test_the_clock_starts_and_completes_a_session_that_nobody_completes(studio: World) -> None:
    booked = book(studio, "ada", studio.add_service(), TEN)
    ((now,),) = studio.rows("SELECT now()")

    move_into_the_past(studio, TEN - now)
    jobs.every_minute(studio.backends)
    assert statuses(studio) == (["in_progress"], ["confirmed"])
    move_into_the_past(studio, timedelta(minutes=89))
    jobs.every_minute(studio.backends)
    assert statuses(studio) == (["in_progress"], ["confirmed"])
    move_into_the_past(studio, timedelta(minutes=1))
    jobs.every_minute(studio.backends)
    jobs.every_minute(studio.backends)
    studio.relay()

    assert statuses(studio) == (["completed"], ["completed"])
    document = studio.document(f"bookings/{booked['booking_id']}")
    assert document is not None
    assert document["status"] == "completed"
    assert types_told(studio, "trainer_tom")[-2:].count("session:completed") == 1
    assert "session:completed" in types_told(studio, "client_ada")
    assert "gamification:achievement" in types_told(studio, "client_ada")


def test_the_trainer_completes_a_session_once_it_has_started(studio: World) -> None:
    session = book(studio, "ada", studio.add_service(), TEN)["session_id"]

    assert refused(studio, "tom", "complete_session", session_id=session) == "SESSION_NOT_STARTED"
    assert refused(studio, "ada", "complete_session", session_id=session) == "SESSION_NOT_FOUND"
    answer = studio.call("tom", "bookings.complete_session", now=DURING, session_id=session)

    assert answer["status"] == "completed"
    assert statuses(studio) == (["completed"], ["completed"])
    again = studio.refusal("tom", "bookings.complete_session", now=DURING, session_id=session)
    assert again.reason == "SESSION_OVER"


def test_what_was_never_sure_ends_with_the_session(studio: World) -> None:
    service = studio.add_service(capacity=2, requires_confirmation=True, waitlist_close_minutes=0)
    session = studio.call("tom", "bookings.create_session", service_id=service, starts_at=TEN.isoformat())
    book(studio, "ada", service, TEN)
    studio.call(
        "bob",
        "bookings.hold_slot",
        service_id=service,
        starts_at=TEN.isoformat(),
        now=TEN - timedelta(minutes=61),
    )
    studio.register_client("cyd")
    studio.call("cyd", "bookings.join_waitlist", service_id=service, starts_at=TEN.isoformat())

    studio.call("tom", "bookings.complete_session", now=AFTER, session_id=session["session_id"])

    ended = studio.rows("SELECT client_id, status, ended FROM bookings ORDER BY client_id")
    assert {(client, status) for client, status, _ in ended} == {
        ("ada", "cancelled"),
        ("bob", "cancelled"),
        ("cyd", "cancelled"),
    }
    assert statuses(studio)[0] == ["completed"]


def test_whoever_did_not_come_is_charged_what_the_policy_says(studio: World) -> None:
    service = studio.add_service(price_minor=5_000, policy={"no_show": {"fee_percent": 50}})
    booked = book(studio, "ada", service, TEN)["booking_id"]

    answer = studio.call("tom", "bookings.mark_no_show", now=DURING, booking_id=booked)

    assert answer["status"] == "no_show"
    document = studio.document("clients/ada")
    assert document is not None
    assert document["fees_due"] == [{"currency": "EUR", "amount_minor": 2_500}]
    assert achievements(studio) == []
    assert "booking:no_show" in types_told(studio, "client_ada")
    again = studio.refusal("tom", "bookings.mark_no_show", now=DURING, booking_id=booked)
    assert again.reason == "ATTENDANCE_DECIDED"


def test_a_package_forfeits_its_credit_when_nobody_comes(studio: World) -> None:
    service = studio.add_service(credit_price=2)
    studio.call(ADMIN, "bookings.grant_credits", client_id="ada", amount=5, reason="package")
    booked = book(studio, "ada", service, TEN, pay_with="credits")["booking_id"]

    studio.call("tom", "bookings.mark_no_show", now=DURING, booking_id=booked)

    assert studio.rows("SELECT remaining FROM allocations") == [(3,)]


def test_a_no_show_is_spared_with_a_reason(studio: World) -> None:
    service = studio.add_service(policy={"no_show": {"fee_percent": 100}})
    booked = book(studio, "ada", service, TEN)["booking_id"]

    studio.call("tom", "bookings.mark_no_show", now=DURING, booking_id=booked, waive={"reason": "snowed in"})

    document = studio.document("clients/ada")
    assert document is not None
    assert document["fees_due"] == []


def test_whoever_came_after_all_owes_nothing_and_has_achieved_it(studio: World) -> None:
    service = studio.add_service(policy={"no_show": {"fee_percent": 50}})
    booked = book(studio, "ada", service, TEN)["booking_id"]
    studio.call("tom", "bookings.mark_no_show", now=DURING, booking_id=booked)

    studio.call(
        "tom",
        "bookings.correct_attendance",
        now=AFTER,
        booking_id=booked,
        status="completed",
        reason="came late",
    )

    document = studio.document("clients/ada")
    assert document is not None
    assert document["fees_due"] == []
    assert achievements(studio) == ["first_session"]
    assert studio.rows("SELECT fee_minor FROM bookings") == [(0,)]


def test_an_achievement_is_revoked_with_its_facts_and_awarded_again(studio: World) -> None:
    session = book(studio, "ada", studio.add_service(), TEN)
    studio.call("tom", "bookings.complete_session", now=AFTER, session_id=session["session_id"])
    assert achievements(studio) == ["first_session"]
    content = {"booking_id": session["booking_id"], "reason": "mixed up"}

    studio.call("tom", "bookings.correct_attendance", now=AFTER, status="no_show", **content)
    assert achievements(studio) == []
    studio.call("tom", "bookings.correct_attendance", now=AFTER, status="completed", **content)
    assert achievements(studio) == ["first_session"]

    told = [event for event in types_told(studio, "client_ada") if event == "gamification:achievement"]
    assert len(told) == 3


def test_attendance_is_said_by_staff_for_a_week_and_of_sure_seats(studio: World) -> None:
    service = studio.add_service()
    booked = book(studio, "ada", service, TEN)["booking_id"]
    held = studio.call(
        "bob", "bookings.hold_slot", service_id=service, starts_at=tomorrow_at(12).isoformat()
    )["booking_id"]

    def reason(uid: str, booking: str, now: datetime) -> str:
        return studio.refusal(uid, "bookings.mark_no_show", now=now, booking_id=booking).reason

    assert reason("tom", booked, TEN - timedelta(minutes=1)) == "SESSION_NOT_STARTED"
    assert reason("ada", booked, DURING) == "STAFF_ONLY"
    assert reason("bob", booked, DURING) == "BOOKING_NOT_FOUND"
    assert reason("tom", held, tomorrow_at(13)) == "NOT_ATTENDABLE"
    assert reason("tom", booked, TEN + timedelta(days=7, hours=2)) == "NOT_ATTENDABLE"


def test_streaks_are_counted_in_the_clients_own_weeks(studio: World) -> None:
    """Sunday 23:00 in UTC is Monday in Auckland."""
    studio.rows("UPDATE users SET time_zone = 'Pacific/Auckland' WHERE id = 'ada' RETURNING id")
    service = studio.add_service()
    sunday = TEN + timedelta(days=6 - TEN.weekday(), hours=13)
    for week in range(4):
        booked = book(studio, "ada", service, TEN + timedelta(hours=week))
        studio.rows(
            "UPDATE sessions SET starts_at = %s, ends_at = %s + interval '1 hour',"
            " busy = tstzrange(%s, %s + interval '1 hour') WHERE id = %s RETURNING id",
            *[sunday + timedelta(weeks=week)] * 4,
            booked["session_id"],
        )
        studio.call(
            "tom",
            "bookings.complete_session",
            now=sunday + timedelta(weeks=week, hours=2),
            session_id=booked["session_id"],
        )

    assert "streak_4_weeks" in achievements(studio)


def test_the_job_run_twice_completes_a_session_once(studio: World) -> None:
    book(studio, "ada", studio.add_service(), TEN)
    ((now,),) = studio.rows("SELECT now()")
    move_into_the_past(studio, TEN - now + timedelta(hours=2))

    def follow() -> int:
        return run_as_system(
            studio.backends.pool, "test", lambda uow: completion.follow_clock(uow, "tom"), react
        )

    assert [follow(), follow()] == [2, 0]
    assert studio.rows("SELECT count(*) FROM achievements") == [(1,)]
