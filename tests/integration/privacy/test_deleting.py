"""Deleting an account: what it ends at once, on which terms, who may, and how far it is."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from courtside.errors import AccountDeleted, SignInAgain, Unavailable
from courtside.relay import erasures, jobs
from tests.integration.privacy.conftest import Studio
from tests.integration.privacy.leaving import delete, erase, steps
from tests.world import ADMIN, World, tomorrow_at


def owed(world: World, client: str) -> int:
    """What a client owes, in minor units."""
    query = "SELECT coalesce(sum(amount), 0) FROM ledger_lines WHERE account = %s"
    return -int(world.rows(query, f"client:{client}")[0][0])


def booking(world: World, booking_id: str, columns: str) -> tuple[Any, ...]:
    return world.rows(f"SELECT {columns} FROM bookings WHERE id = %s", booking_id)[0]


def in_hours(hours: int) -> datetime:
    """A whole hour from now."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=hours)


def test_the_account_is_nobodys_at_once(studio: Studio) -> None:
    world = studio.world
    feed = world.call("ada", "account.create_calendar_feed")["path"]

    delete(world, "ada")

    columns = "display_name, email, phone, locale, time_zone"
    row = world.rows(f"SELECT {columns} FROM users WHERE id = 'ada'")[0]
    assert row == ("Deleted account", None, None, "en", "UTC")
    assert world.document("clients/ada") is None
    assert world.rows("SELECT FROM calendar_feeds") == []
    assert feed.startswith("/calendar/")
    assert world.document("access/ada") is None
    assert world.rows("SELECT want > have FROM claims_mirror WHERE user_id = 'ada'") == [(True,)]
    for again in ("account.create_calendar_feed", "account.export_account", "account.register_client"):
        person: dict[str, Any] = (
            {"display_name": "Ada", "time_zone": "UTC"} if again.endswith("client") else {}
        )
        with pytest.raises(AccountDeleted):
            world.run("ada", again, **person)
    assert world.refusal(
        "tom", "bookings.grant_credits", client_id="ada", amount=1, reason="gift"
    ).reason == ("USER_NOT_FOUND")


def test_it_must_be_meant(studio: Studio) -> None:
    for content in ({}, {"confirm": "yes"}, {"confirm": "DELETE", "user_id": "bob"}):
        with pytest.raises(Exception, match="expected shape"):
            studio.world.call("ada", "account.delete_account", **content)

    assert steps(studio.world) == {}


def test_a_session_that_was_left_open_is_not_enough(studio: Studio) -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=11)

    with pytest.raises(SignInAgain):
        delete(studio.world, "ada", signed_in_at=long_ago)

    assert steps(studio.world) == {}


def test_the_last_admin_stays(studio: Studio) -> None:
    world = studio.world
    assert world.refusal(ADMIN, "account.delete_account", confirm="DELETE").reason == "LAST_ADMIN"

    world.make_admin("second-admin")
    delete(world, ADMIN)

    assert world.refusal(
        "second-admin", "admin.delete_user", user_id="second-admin", reason="bye"
    ).reason == ("LAST_ADMIN")


def test_seats_are_given_up_on_the_terms_of_their_policy(studio: Studio) -> None:
    world = studio.world
    early = world.book("ada", studio.strict, in_hours(100))["booking_id"]
    late = world.book("ada", studio.strict, in_hours(30))["booking_id"]
    too_late = world.book("ada", studio.strict, in_hours(6))["booking_id"]
    assert world.refusal("ada", "bookings.cancel_booking", booking_id=too_late).reason == "CANCEL_CLOSED"

    delete(world, "ada")
    erase(world)

    for booked, fee in ((early, 0), (late, 2_500), (too_late, 2_500)):
        ended = booking(world, booked, "status, ended, fee_minor, cancelled_by")
        assert ended == ("cancelled", "cancelled", fee, "ada")
    assert owed(world, "ada") == 5_000
    told = [
        e["type"]
        for e in (d.to_dict() for d in world.firestore.collection("feeds/trainer_tom/events").stream())
    ]
    assert told.count("session:cancelled") == 3


def test_a_seat_goes_to_whoever_waits_for_it(studio: Studio) -> None:
    world, ten = studio.world, tomorrow_at(10, days=2)
    for client in ("ada", "bob"):
        world.book(client, studio.group, ten)
    world.register_client("cyd")
    waiting = world.call("cyd", "bookings.join_waitlist", service_id=studio.group, starts_at=ten.isoformat())[
        "booking_id"
    ]

    delete(world, "ada")
    erase(world)

    assert booking(world, waiting, "status") == ("offered",)
    document = world.document(f"bookings/{waiting}")
    assert document is not None
    assert document["status"] == "offered"


def test_a_place_in_the_line_and_a_hold_are_given_up(studio: Studio) -> None:
    world, ten = studio.world, tomorrow_at(10, days=2)
    for client in ("bob", "tim"):
        if client == "tim":
            world.register_client("tim")
        world.book(client, studio.group, ten)
    when = {"starts_at": ten.isoformat()}
    place = world.call("ada", "bookings.join_waitlist", service_id=studio.group, **when)["booking_id"]
    hold = world.call(
        "ada", "bookings.hold_slot", service_id=studio.strict, starts_at=in_hours(60).isoformat()
    )

    delete(world, "ada")
    erase(world)

    assert booking(world, place, "status, ended") == ("cancelled", "left_waitlist")
    assert booking(world, hold["booking_id"], "status, ended") == ("cancelled", "hold_released")


def test_nobody_is_offered_a_seat_after_leaving(studio: Studio) -> None:
    """Between the command and the first step, which gives up the place in the line."""
    world, ten = studio.world, tomorrow_at(10, days=2)
    seats = [world.book("bob", studio.group, ten)]
    world.register_client("cyd")
    seats.append(world.book("cyd", studio.group, ten))
    place = world.call("ada", "bookings.join_waitlist", service_id=studio.group, starts_at=ten.isoformat())
    delete(world, "ada")

    world.call("bob", "bookings.cancel_booking", booking_id=seats[0]["booking_id"])

    assert booking(world, place["booking_id"], "status") == ("waitlisted",)


def test_credits_end_through_the_ledger(studio: Studio) -> None:
    world = studio.world
    for expires_at in (None, tomorrow_at(10).isoformat()):
        world.call(
            "tom",
            "bookings.grant_credits",
            client_id="ada",
            amount=5,
            reason="package",
            expires_at=expires_at,
        )
    far = in_hours(100)
    world.call(
        "ada",
        "bookings.book_session",
        service_id=studio.strict,
        starts_at=far.isoformat(),
        pay_with="credits",
    )

    delete(world, "ada")
    erase(world)

    kinds = dict(world.rows("SELECT kind, count(*) FROM ledger_transfers GROUP BY kind"))
    assert kinds == {"grant": 2, "spend": 1, "refund": 1, "expire": 2}
    assert world.rows("SELECT sum(remaining) FROM allocations") == [(0,)]
    assert world.rows("SELECT sum(amount) FROM ledger_lines WHERE account = 'expired'") == [(10,)]


def test_a_trainer_with_booked_sessions_stays_unless_they_are_cancelled(studio: Studio) -> None:
    world = studio.world
    for hours in (60, 80):
        world.book("bob", studio.strict, in_hours(hours))
    ten = tomorrow_at(10, days=2)
    for client in ("ada", "bob"):
        world.book(client, studio.group, ten)
    # Nobody is in it.
    world.call(
        "tom",
        "bookings.create_session",
        service_id=studio.group,
        starts_at=tomorrow_at(15).isoformat(),
        capacity=3,
        title="Open",
    )

    refusal = world.refusal("tom", "account.delete_account", confirm="DELETE")

    assert (refusal.reason, refusal.error["details"]["sessions"]) == ("TRAINER_HAS_BOOKINGS", 3)
    assert world.document("trainers/tom") is not None

    delete(world, "tom", cancel_sessions=True)
    assert world.document("trainers/tom") is None
    world.relay()
    assert [d.id for d in world.firestore.collection("trainers/tom/days").stream()] == []
    erase(world)

    assert world.rows("SELECT DISTINCT status FROM sessions") == [("cancelled",)]
    ended = world.rows("SELECT DISTINCT status, ended, fee_minor, cancelled_by FROM bookings")
    assert ended == [("cancelled", "session_cancelled", 0, "tom")]
    assert world.call("ada", "trainers.search")["trainers"] == []


def test_a_trainer_who_left_cannot_be_booked_or_approved(studio: Studio) -> None:
    world = studio.world
    delete(world, "tom")

    wanted = {"service_id": studio.strict, "starts_at": in_hours(60).isoformat()}
    assert world.refusal("bob", "bookings.book_session", **wanted).reason == "TRAINER_NOT_APPROVED"
    assert world.refusal(ADMIN, "trainers.approve", trainer_id="tom").reason == "TRAINER_NOT_FOUND"


def test_an_open_dispute_is_withdrawn_and_one_by_others_goes_on(studio: Studio) -> None:
    world = studio.world
    opened = []
    for days, by in ((5, "ada"), (6, "tom")):
        start = tomorrow_at(10, days=-days)
        content = {"service_id": studio.strict, "starts_at": start.isoformat()}
        booked = world.call("ada", "bookings.book_session", now=start - timedelta(days=1), **content)
        world.call(
            "tom", "bookings.mark_no_show", now=start + timedelta(hours=2), booking_id=booked["booking_id"]
        )
        opened.append(
            world.call(
                by, "reviews.open_dispute", booking_id=booked["booking_id"], reason="other", text="No."
            )
        )

    delete(world, "ada")
    erase(world)

    states = [world.rows("SELECT status FROM disputes WHERE id = %s", d["dispute_id"])[0][0] for d in opened]
    assert states == ["withdrawn", "open"]
    world.call(
        ADMIN,
        "admin.resolve_dispute",
        dispute_id=opened[1]["dispute_id"],
        outcome="for_trainer",
        reason="she left",
    )
    told = world.rows(
        "SELECT user_id FROM notifications WHERE type = 'dispute.resolved' AND created_at > now() - interval '1 day'"
    )
    assert told == [("tom",)] * 2, "once of each dispute, and nobody who left"


def test_the_receipt_tells_how_far_it_is(studio: Studio) -> None:
    world = studio.world
    answer = delete(world, "ada")
    receipt = answer["receipt"]

    progress = world.call("", "account.deletion_progress", receipt=receipt)
    assert (progress["left"], progress["finished_at"]) == (answer["steps"], None)

    erase(world)
    progress = world.call("", "account.deletion_progress", receipt=receipt)
    assert progress["left"] == []
    assert progress["finished_at"] is not None
    with pytest.raises(Exception, match="receipt"):
        world.call("", "account.deletion_progress", receipt="x" * 43)
    assert receipt not in repr(world.rows("SELECT * FROM erasures"))


def test_admins_see_that_it_goes_on(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    world = studio.world
    for uid in ("ada", "bob"):
        delete(world, uid)

    def shown() -> tuple[int, bool]:
        document = world.document("health/erasures")
        assert document is not None
        return document["open"], document["oldest_at"] is not None

    with monkeypatch.context() as patch:
        patch.setattr(erasures, "delete_in", out_of_reach)
        erasures.carry_on(world.backends, until=time.monotonic() + 1)
    world.relay()
    assert shown() == (2, True)

    world.rows("UPDATE erasures SET next_at = now() RETURNING 1")
    erase(world)
    assert shown() == (0, False)


def out_of_reach(*_: Any, **__: Any) -> int:
    raise Unavailable


def test_admins_and_their_webhooks_are_told(studio: Studio) -> None:
    delete(studio.world, "ada")

    events = [d.to_dict() for d in studio.world.firestore.collection("feeds/admin/events").stream()]
    assert [e["payload"] for e in events if e and e["type"] == "user:deleted"] == [{"user_id": "ada"}]


def test_an_admin_deletes_for_somebody_who_is_blocked(studio: Studio) -> None:
    world = studio.world
    world.rows("UPDATE users SET blocked_at = now() WHERE id = 'ada' RETURNING id")

    world.call(ADMIN, "admin.delete_user", user_id="ada", reason="asked for it by letter")
    erase(world)

    assert steps(world) == {"ada": None}
    assert (
        world.refusal(ADMIN, "admin.delete_user", user_id="ada", reason="once more").reason
        == "USER_NOT_FOUND"
    )
    assert (
        world.refusal(ADMIN, "admin.delete_user", user_id=uuid4().hex, reason="a slip").reason
        == "USER_NOT_FOUND"
    )


def test_every_minute_carries_it_on_and_the_night_looks_once_more(studio: Studio) -> None:
    world = studio.world
    delete(world, "ada")
    jobs.every_minute(world.backends)
    assert steps(world) == {"ada": None}
    finished = world.rows("SELECT finished_at FROM erasures")
    late = world.firestore.document(f"feeds/client_ada/events/{uuid4()}")
    late.set({"type": "session:completed"})

    jobs.nightly(world.backends)
    assert steps(world) == {"ada": "bookings"}
    jobs.every_minute(world.backends)

    assert steps(world) == {"ada": None}
    assert not late.get().exists
    assert world.rows("SELECT finished_at FROM erasures") == finished


def test_long_after_nobody_looks_any_more(studio: Studio) -> None:
    world = studio.world
    delete(world, "ada")
    erase(world)
    days = erasures.LOOKED_AFTER_DAYS + 1
    world.rows("UPDATE erasures SET finished_at = now() - make_interval(days => %s) RETURNING 1", days)

    assert erasures.look_again(world.backends) == 0
