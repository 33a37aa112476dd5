"""Moving a booking: one step, on the terms of a policy, and told before."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from courtside.errors import Refusal
from tests.integration.bookings.conversation import book, hold, outcome_of, refused, soon, together
from tests.integration.bookings.test_refusals import nothing_changes
from tests.world import World, tomorrow_at

TEN = tomorrow_at(10, days=9)
ELEVEN, NOON = TEN + timedelta(hours=1), TEN + timedelta(hours=2)
LATE = TEN - timedelta(hours=2)
FEE_WITHIN_A_DAY = {"reschedule": [{"within_minutes": 1_440, "fee_minor": 700, "fee_credits": 1}]}


@pytest.fixture
def studio(idle_world: World) -> World:
    idle_world.approve_trainer("tom", slot_step_minutes=30)
    for client in ("ada", "bob", "cleo"):
        idle_world.register_client(client)
    return idle_world


def move(
    world: World, uid: str, booking: dict[str, Any], starts_at: datetime, now: datetime, **terms: Any
) -> dict[str, Any]:
    """What moving there at that time comes to, having been told the same before."""
    content = {"booking_id": booking["booking_id"], "starts_at": starts_at.isoformat(), **terms}
    told = world.call(uid, "bookings.preview_reschedule", now=now, **content)
    assert told.pop("refusal") is None
    moved = world.call(uid, "bookings.reschedule_booking", now=now, **content)
    assert moved["outcome"] == told
    assert moved["starts_at"] == starts_at.isoformat().replace("+00:00", "Z")
    return moved


def why_not(world: World, uid: str, booking: dict[str, Any], starts_at: datetime, now: datetime) -> str:
    """Why a move is refused, having been told the same before, with nothing changed."""
    content = {"booking_id": booking["booking_id"], "starts_at": starts_at.isoformat()}
    told = world.call(uid, "bookings.preview_reschedule", now=now, **content)["refusal"]
    with nothing_changes(world):
        reason = world.refusal(uid, "bookings.reschedule_booking", now=now, **content).reason
    assert reason == told
    return reason


def row(world: World, booking: dict[str, Any], columns: str) -> tuple[Any, ...]:
    return world.rows(f"SELECT {columns} FROM bookings WHERE id = %s", booking["booking_id"])[0]


def test_the_freed_slot_can_be_taken_at_once(studio: World) -> None:
    """Cal.com #21589: a slot freed by rescheduling showed free and could not be taken."""
    service = studio.add_service()
    booked = book(studio, "ada", service, TEN)

    move(studio, "ada", booked, NOON, soon())

    assert book(studio, "bob", service, TEN)["status"] == "confirmed"


def test_a_booking_is_moved_and_never_multiplied(studio: World) -> None:
    """Cal.com #12922: an old reschedule link made unlimited bookings."""
    service = studio.add_service(policy={"max_reschedules": 2})
    booked = book(studio, "ada", service, TEN)
    for starts_at in (ELEVEN, NOON):
        move(studio, "ada", booked, starts_at, soon())

    assert why_not(studio, "ada", booked, TEN, soon()) == "TOO_MANY_RESCHEDULES"
    assert studio.rows("SELECT count(*) FROM bookings") == [(1,)]
    studio.call("ada", "bookings.cancel_booking", booking_id=booked["booking_id"])
    assert (
        refused(
            studio,
            "ada",
            "reschedule_booking",
            booking_id=booked["booking_id"],
            starts_at=ELEVEN.isoformat(),
        )
        == "BOOKING_CANCELLED"
    )


def test_moves_by_staff_are_free_and_do_not_count(studio: World) -> None:
    service = studio.add_service(policy={"max_reschedules": 1, **FEE_WITHIN_A_DAY})
    booked = book(studio, "ada", service, TEN)

    assert move(studio, "tom", booked, ELEVEN, LATE)["outcome"]["rule"] == "staff"
    assert row(studio, booked, "reschedules, own_reschedules, fee_minor") == (1, 0, 0)
    move(studio, "ada", booked, NOON, soon())
    assert row(studio, booked, "reschedules, own_reschedules") == (2, 1)


def test_its_own_old_time_is_never_in_its_way(studio: World) -> None:
    booked = book(studio, "ada", studio.add_service(buffer_before_minutes=30), TEN)

    move(studio, "ada", booked, TEN + timedelta(minutes=30), soon())
    move(studio, "ada", booked, TEN - timedelta(minutes=30), soon())


def test_a_late_move_is_charged_and_the_seat_stays_paid(studio: World) -> None:
    service = studio.add_service(policy=FEE_WITHIN_A_DAY)
    booked = book(studio, "ada", service, TEN)

    outcome = move(studio, "ada", booked, NOON, LATE)["outcome"]

    assert (outcome["rule"], outcome["fee_minor"], outcome["late"]) == ("late", 700, True)
    assert row(studio, booked, "status, fee_minor") == ("confirmed", 700)
    assert studio.rows("SELECT kind, fee_minor, late FROM penalties") == [("reschedule", 700, True)]


def test_a_late_move_in_credits_needs_them(studio: World) -> None:
    studio.call("tom", "bookings.grant_credits", client_id="ada", amount=3, reason="package")
    service = studio.add_service(credit_price=2, policy=FEE_WITHIN_A_DAY)
    booked = book(studio, "ada", service, TEN, pay_with="credits")

    move(studio, "ada", booked, NOON, LATE)

    assert row(studio, booked, "credits_spent, fee_credits, fee_minor") == (2, 1, 0)
    assert studio.rows("SELECT remaining FROM allocations") == [(0,)]
    with nothing_changes(studio):
        reason = refused(
            studio,
            "ada",
            "reschedule_booking",
            now=LATE + timedelta(hours=1),
            booking_id=booked["booking_id"],
            starts_at=(NOON + timedelta(hours=1)).isoformat(),
        )
    assert reason == "INSUFFICIENT_CREDITS"


def test_moving_closes_before_the_start(studio: World) -> None:
    booked = book(studio, "ada", studio.add_service(policy={"reschedule_closes_minutes": 120}), TEN)

    assert why_not(studio, "ada", booked, NOON, LATE + timedelta(minutes=1)) == "RESCHEDULE_CLOSED"
    move(studio, "ada", booked, NOON, LATE)


def test_a_request_stays_a_request_with_a_new_deadline(studio: World) -> None:
    service = studio.add_service(requires_confirmation=True, confirm_within_minutes=60)
    asked = book(studio, "ada", service, TEN)
    now = soon() + timedelta(minutes=30)

    moved = move(studio, "ada", asked, NOON, now)

    assert moved["status"] == "pending"
    assert row(studio, asked, "status, expires_at, own_reschedules") == (
        "pending",
        now + timedelta(hours=1),
        0,
    )
    assert why_not(studio, "bob", {**book(studio, "bob", service, ELEVEN)}, NOON, soon()) == "SLOT_TAKEN"


def test_a_hold_moves_freely_and_lasts_no_longer(studio: World) -> None:
    held = hold(studio, "ada", studio.add_service(hold_minutes=10, policy={"max_reschedules": 0}), TEN)
    until = row(studio, held, "expires_at")

    assert (
        move(studio, "ada", held, NOON, soon() + timedelta(minutes=1))["outcome"]["rule"] == "not_confirmed"
    )
    assert row(studio, held, "expires_at") == until
    assert row(studio, held, "status") == ("held",)


@pytest.mark.parametrize("minutes_later", [11, 30])
def test_a_hold_that_is_over_moves_no_more(studio: World, minutes_later: int) -> None:
    held = hold(studio, "ada", studio.add_service(hold_minutes=10), TEN)

    reason = refused(
        studio,
        "ada",
        "reschedule_booking",
        now=soon() + timedelta(minutes=minutes_later + 1),
        booking_id=held["booking_id"],
        starts_at=NOON.isoformat(),
    )

    assert reason == "BOOKING_CANCELLED"


def test_a_place_in_the_line_has_no_time_to_leave(studio: World) -> None:
    service = studio.add_service()
    book(studio, "bob", service, TEN)
    waiting = studio.call(
        "ada", "bookings.join_waitlist", service_id=service, starts_at=TEN.isoformat(), seats=1
    )

    assert why_not(studio, "ada", waiting, NOON, soon()) == "NOT_MOVABLE"


def test_a_preview_foresees_every_refusal(studio: World) -> None:
    service = studio.add_service(capacity=2, max_seats_per_booking=2)
    booked = book(studio, "ada", service, TEN, seats=2)
    book(studio, "bob", service, ELEVEN)
    book(studio, "ada", service, NOON)
    single = studio.add_service()
    book(studio, "cleo", single, NOON + timedelta(hours=1))

    assert why_not(studio, "ada", booked, TEN, soon()) == "SAME_TIME"
    assert why_not(studio, "ada", booked, ELEVEN, soon()) == "SESSION_FULL"
    assert why_not(studio, "ada", booked, NOON + timedelta(hours=1), soon()) == "SLOT_TAKEN"
    assert why_not(studio, "ada", booked, TEN + timedelta(hours=8, minutes=10), soon()) == "SLOT_OFF_STEP"
    assert why_not(studio, "ada", booked, TEN + timedelta(days=300), soon()) == "SLOT_BEYOND_HORIZON"
    pair = book(studio, "cleo", service, TEN + timedelta(hours=5))
    book(studio, "cleo", service, TEN + timedelta(hours=6))
    assert why_not(studio, "cleo", pair, TEN + timedelta(hours=6), soon()) == "ALREADY_BOOKED"


def test_a_preview_looks_past_what_is_overdue(studio: World) -> None:
    service = studio.add_service(hold_minutes=1)
    booked = book(studio, "ada", service, TEN)
    hold(studio, "bob", service, NOON)

    assert why_not(studio, "ada", booked, NOON, soon()) == "SLOT_TAKEN"
    move(studio, "ada", booked, NOON, soon() + timedelta(minutes=5))


def test_a_preview_looks_past_the_clients_own_overdue_hold(studio: World) -> None:
    service = studio.add_service(capacity=3, hold_minutes=1)
    booked = book(studio, "ada", service, TEN)
    book(studio, "bob", service, NOON)
    hold(studio, "ada", service, NOON)

    assert why_not(studio, "ada", booked, NOON, soon()) == "ALREADY_BOOKED"
    move(studio, "ada", booked, NOON, soon() + timedelta(minutes=5))


def test_somebody_elses_booking_cannot_be_previewed(studio: World) -> None:
    booked = book(studio, "ada", studio.add_service(), TEN)

    with pytest.raises(Refusal, match="no such booking"):
        studio.run(
            "bob",
            "bookings.preview_reschedule",
            booking_id=booked["booking_id"],
            starts_at=NOON.isoformat(),
        )


def test_two_who_move_to_one_slot_at_once_leave_one_where_it_was(studio: World) -> None:
    service = studio.add_service()
    mine, yours = book(studio, "ada", service, TEN), book(studio, "bob", service, ELEVEN)

    outcomes = together(
        [
            outcome_of(
                studio, uid, "reschedule_booking", booking_id=b["booking_id"], starts_at=NOON.isoformat()
            )
            for uid, b in (("ada", mine), ("bob", yours))
        ]
    )

    assert sorted(outcomes) == ["SLOT_TAKEN", "ok"]
    starts = studio.rows("SELECT starts_at FROM sessions WHERE status <> 'cancelled' ORDER BY starts_at")
    assert starts in ([(TEN,), (NOON,)], [(ELEVEN,), (NOON,)])


def test_moving_and_cancelling_at_once_end_in_one_order(studio: World) -> None:
    service = studio.add_service(policy={"cancel": [{"within_minutes": 43_200, "fee_percent": 10}]})
    booked = book(studio, "ada", service, TEN)["booking_id"]

    moved, cancelled = together(
        [
            outcome_of(studio, "ada", "reschedule_booking", booking_id=booked, starts_at=NOON.isoformat()),
            outcome_of(studio, "ada", "cancel_booking", booking_id=booked),
        ]
    )

    assert cancelled == "ok"
    assert moved in ("ok", "BOOKING_CANCELLED")
    assert studio.rows("SELECT count(*) FROM sessions WHERE status <> 'cancelled'") == [(0,)]
    assert studio.rows("SELECT sum(fee_minor), count(*) FROM penalties") == [(500, 1)]


def test_what_a_move_frees_goes_to_who_waits_for_it(studio: World) -> None:
    service = studio.add_service(waitlist_offer_minutes=30)
    booked = book(studio, "ada", service, TEN)
    waiting = studio.call("bob", "bookings.join_waitlist", service_id=service, starts_at=TEN.isoformat())

    assert why_not(studio, "ada", booked, TEN + timedelta(minutes=30), soon()) == "SLOT_TAKEN"
    move(studio, "ada", booked, NOON, soon())

    assert row(studio, waiting, "status") == ("offered",)
    assert (
        refused(studio, "cleo", "book_session", service_id=service, starts_at=TEN.isoformat()) == "SLOT_TAKEN"
    )


def test_all_fees_of_a_booking_together_stay_within_its_price(studio: World) -> None:
    half = [{"within_minutes": 43_200, "fee_percent": 60}]
    service = studio.add_service(policy={"reschedule": half, "cancel": half})
    booked = book(studio, "ada", service, TEN)

    fees = [move(studio, "ada", booked, at, soon())["outcome"]["fee_minor"] for at in (NOON, TEN)]

    assert fees == [3_000, 2_000]
    outcome = studio.call("ada", "bookings.cancel_booking", booking_id=booked["booking_id"])["outcome"]
    assert outcome["fee_minor"] == 0
    assert row(studio, booked, "fee_minor, late") == (5_000, True)
