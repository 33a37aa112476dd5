"""What there is to attack: a studio in the middle of its day, every kind of thing in it, and who is about."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.world import ADMIN, World, tomorrow_at

# Ada, Bob and Cyd are clients with bookings; Mal is a client who wants more. Tom and Eve are trainers, Amy has
# applied, Dan was one; Sue is support; Blair is blocked, Gil has left, Rex was signed out. Ned is signed in and not
# registered.
ROLES: Mapping[str, str] = {
    "ada": "client",
    "bob": "client",
    "cyd": "client",
    "mal": "client",
    "amy": "client",
    "tom": "trainer",
    "eve": "trainer",
    "sue": "support",
    ADMIN: "admin",
    "dan": "trainer",
    "blair": "client",
    "gil": "client",
    "rex": "client",
}
HOUR = 3_600


def claims_by_name() -> dict[str, dict[str, Any]]:
    """What the tokens of everybody say; roles as they were when the tokens were issued, an hour ago at most."""
    now = int(time.time())
    said: dict[str, dict[str, Any]] = {uid: {"role": role} for uid, role in ROLES.items()}
    for gone in ("blair", "gil", "rex", "dan"):
        said[gone]["auth_time"] = now - HOUR
    # An admin at a screen that was left open, and a client whose token says more than is true.
    said["idle"] = {"sub": ADMIN, "user_id": ADMIN, "role": "admin", "auth_time": now - 11 * 60}
    said["boastful"] = {"sub": "mal", "user_id": "mal", "role": "admin", "admin": True, "roles": ["admin"]}
    return said


# Of Ada, and nobody else's to read.
SECRET_PHONE = "+34600111222"
SECRET_REASON = "my knee operation"

WHY = {"reason": "to have one of each"}
STRICT = {
    "cancel": [{"within_minutes": 2_880, "fee_percent": 100}],
    "reschedule": [{"within_minutes": 2_880, "fee_percent": 100}],
    "max_reschedules": 1,
}


def open_studio(world: World) -> dict[str, str]:
    """Fill a world; the ids of what is in it, by name."""
    _people(world)
    names = _offers(world)
    names |= _plans(world, names)
    names |= _lines(world, names)
    names |= _past(world, names)
    names |= _office(world)
    names |= _departures(world, names)
    world.relay()
    names |= _told(world)
    return names | {f"day{n}": tomorrow_at(0, days=n).date().isoformat() for n in range(1, 10)}


def at(hour: int, *, days: int) -> str:
    """An hour so many days ahead, as commands take it."""
    return tomorrow_at(hour, days=days).isoformat()


def _people(world: World) -> None:
    for trainer in ("tom", "eve", "dan"):
        world.approve_trainer(trainer, display_name=trainer.title(), horizon_days=10, slot_step_minutes=60)
    world.call("amy", "trainers.apply", display_name="Amy", time_zone="UTC")
    world.call(
        "ada", "account.register_client", display_name="Ada Lovelace", time_zone="UTC", phone=SECRET_PHONE
    )
    for client in ("bob", "cyd", "mal", "blair", "gil", "rex", "sue"):
        world.register_client(client, display_name=client.title())
    world.call(ADMIN, "admin.set_role", user_id="sue", role="support", **WHY)


def _offers(world: World) -> dict[str, str]:
    return {
        "boxing": world.add_service("tom", name="Boxing", credit_price=1),
        "strict": world.add_service("tom", name="Strict", policy=STRICT),
        "yoga": world.add_service("tom", name="Yoga", capacity=2, max_seats_per_booking=2),
        "asked": world.add_service("tom", name="Asked", requires_confirmation=True, hold_minutes=60),
        "pilates": world.add_service("eve", name="Pilates"),
        "amys": world.add_service("amy", name="Tennis"),
    }


def _claim(
    world: World, who: str, command: str, service: str, starts_at: str, **content: Any
) -> dict[str, Any]:
    return world.call(who, f"bookings.{command}", service_id=service, starts_at=starts_at, **content)


def _plans(world: World, names: Mapping[str, str]) -> dict[str, str]:
    booked = _claim(world, "ada", "book_session", names["boxing"], at(10, days=1))
    late = _claim(world, "ada", "book_session", names["strict"], at(11, days=1))
    mine = _claim(world, "mal", "book_session", names["strict"], at(12, days=1))
    eves = _claim(world, "ada", "book_session", names["pilates"], at(10, days=1 + 1))
    series = _claim(
        world, "ada", "book_series", names["boxing"], at(13, days=6), repeat={"every": "day", "count": 3}
    )
    return {
        "booking": booked["booking_id"],
        "session": booked["session_id"],
        "late": late["booking_id"],
        "mals_late": mine["booking_id"],
        "eves_session": eves["session_id"],
        "hold": _claim(world, "ada", "hold_slot", names["asked"], at(10, days=5))["booking_id"],
        "request": _claim(world, "ada", "book_session", names["asked"], at(12, days=5))["booking_id"],
        "mals_request": _claim(world, "mal", "book_session", names["asked"], at(15, days=5))["booking_id"],
        "class": _claim(world, "tom", "create_session", names["yoga"], at(14, days=5))["session_id"],
        "series": series["dates"][0]["booking_id"],
        "tomorrow_ten": at(10, days=1),
        "full_class_at": at(10, days=4),
        "free_hour": at(20, days=3),
    }


def _lines(world: World, names: Mapping[str, str]) -> dict[str, str]:
    """A full class with Cyd waiting for it, and one of which a seat is on offer to Cyd, with Bob behind."""
    for who in ("ada", "bob"):
        _claim(world, who, "book_session", names["yoga"], at(10, days=4))
    waiting = _claim(world, "cyd", "join_waitlist", names["yoga"], at(10, days=4))
    seats = _claim(world, "ada", "book_session", names["yoga"], at(10, days=3), seats=2)
    offered = _claim(world, "cyd", "join_waitlist", names["yoga"], at(10, days=3), seats=2)
    behind = _claim(world, "bob", "join_waitlist", names["yoga"], at(10, days=3))
    world.call("ada", "bookings.cancel_booking", booking_id=seats["booking_id"])
    return {
        "waiting": waiting["booking_id"],
        "offer": offered["booking_id"],
        "behind": behind["booking_id"],
        "offered_at": at(10, days=3),
    }


def _past(world: World, names: Mapping[str, str]) -> dict[str, str]:
    """Sessions that took place two days and half a year ago, with a review, a dispute and a seat that was missed."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)

    def took_place(who: str, days_ago: int, hour: int) -> dict[str, Any]:
        start = today - timedelta(days=days_ago) + timedelta(hours=hour)
        booked = world.call(
            who,
            "bookings.book_session",
            now=start - timedelta(days=1),
            service_id=names["boxing"],
            starts_at=start.isoformat(),
        )
        over = start + timedelta(minutes=90)
        world.call("tom", "bookings.complete_session", now=over, session_id=booked["session_id"])
        return booked

    done = took_place("ada", 2, 8)["booking_id"]
    missed = took_place("mal", 2, 10)["booking_id"]
    mark = {"booking_id": missed, "status": "no_show", "reason": "nobody came"}
    world.call("tom", "bookings.correct_attendance", **mark)
    dispute = world.call(
        "ada", "reviews.open_dispute", booking_id=done, reason="wrong_fee", text=SECRET_REASON
    )
    return {
        "done": done,
        "missed": missed,
        "bobs_done": took_place("bob", 2, 12)["booking_id"],
        "long_done": took_place("mal", 180, 12)["booking_id"],
        "review": world.call("ada", "reviews.write_review", booking_id=done, rating=5)["review_id"],
        "dispute": dispute["dispute_id"],
    }


def _departures(world: World, names: Mapping[str, str]) -> dict[str, str]:
    """Who may not do any more what they did; each with a booking or a session that was theirs."""
    had = {
        who: _claim(world, who, "book_session", names["boxing"], at(hour, days=8))["booking_id"]
        for hour, who in ((9, "blair"), (10, "gil"), (11, "rex"))
    }
    service = world.add_service("dan", name="Judo")
    taught = _claim(world, "bob", "book_session", service, at(9, days=7))
    world.call("bob", "bookings.cancel_booking", booking_id=taught["booking_id"])
    world.call(ADMIN, "admin.block_user", user_id="blair", **WHY)
    world.call(ADMIN, "admin.sign_out_user", user_id="rex", **WHY)
    world.call(ADMIN, "admin.set_role", user_id="dan", role="client", **WHY)
    receipt = world.call("gil", "account.delete_account", confirm="DELETE")["receipt"]
    return {f"{who}s": booking for who, booking in had.items()} | {
        "dans_session": taught["session_id"],
        "receipt": receipt,
    }


def _office(world: World) -> dict[str, str]:
    """What trainers and admins keep: credits, rooms, time off with its conflict, webhooks, calendars."""
    grant = {"client_id": "ada", "amount": 5, "reason": "a present"}
    off = world.call(
        "tom",
        "availability.add_time_off",
        starts_at=at(9, days=1),
        ends_at=at(11, days=1),
        reason=SECRET_REASON,
    )
    webhook = world.call(ADMIN, "admin.add_webhook", url="https://hooks.example.com/courtside", **WHY)
    ((conflict,),) = world.rows("SELECT id::text FROM conflicts LIMIT 1")
    return {
        "allocation": world.call("tom", "bookings.grant_credits", **grant)["allocation_id"],
        "room": world.call(ADMIN, "admin.add_resource", name="Hall")["resource_id"],
        "time_off": off["time_off_id"],
        "conflict": conflict,
        "webhook": webhook["endpoint_id"],
        "webhook_secret": webhook["secret"],
        "calendar": world.call("ada", "account.create_calendar_feed")["path"],
    }


def _told(world: World) -> dict[str, str]:
    """Ada's phone, and something that she was told."""
    phone = "phone-of-ada-0001"
    world.call(
        "ada",
        "notifications.register_installation",
        installation_id=phone,
        platform="ios",
        token="token-of-adas-phone",
    )
    ((told,),) = world.rows("SELECT id FROM notifications WHERE user_id = 'ada' AND NOT receipt LIMIT 1")
    return {"phone": phone, "told": str(told)}
