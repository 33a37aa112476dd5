"""Admins tell many people at once: looked at first, confirmed, told once each in their language, followed, stopped."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from courtside.db.reader import Reader
from courtside.db.unit_of_work import run_transaction
from courtside.errors import NotAllowed, SignInAgain
from courtside.notifications.deliveries import lease_deliveries
from courtside.relay import jobs
from courtside.relay.planning_lane import plan_once
from local.fcm.client import FcmStandIn
from local.mail.client import MailSink
from tests.integration.notifications.broadcasting import (
    EVERYBODY,
    TEXTS,
    add_people,
    audited,
    preview,
    send,
    state,
    told,
    turn_all_pages,
    turn_page,
)
from tests.integration.notifications.channels import Channels, book_for
from tests.integration.relay.rest import relay_to_rest
from tests.world import ADMIN, World, tomorrow_at

ENGLISH = {"en": TEXTS["en"]}


@pytest.fixture
def studio(channels: Channels) -> Channels:
    """Tom, Ada, an admin, and Ana, who reads Spanish."""
    world = channels.world
    world.call("ana", "account.register_client", display_name="Ana", time_zone="UTC", locale="es-AR")
    world.rows("UPDATE notifications SET planned_at = now() RETURNING 1")
    world.relay()
    return channels


def people_of(world: World, audience: dict[str, Any]) -> set[str]:
    """Who is told, of an audience."""
    send(world, audience=audience, texts=ENGLISH)
    turn_all_pages(world)
    return set(told(world))


def test_a_preview_tells_how_many_read_what_and_can_be_reached(studio: Channels) -> None:
    world = studio.world
    studio.address("ada", "ada@example.org")
    studio.address("ana", "ana@example.org")
    studio.install("ana", "phone:ana")
    world.rows(
        "UPDATE installations SET refreshed_at = now() - interval '31 days' WHERE user_id = 'ana' RETURNING 1"
    )
    unwanted = {"types": {"broadcast.sent": {"email": False}}}
    world.call("ana", "notifications.update_notification_settings", **unwanted)

    found = preview(world, texts=ENGLISH)

    assert (found["people"], found["languages"]) == (4, {"en": 3, "es": 1})
    assert (found["push"], found["email"]) == (1, 1)
    english, spanish = found["samples"]
    assert (english["language"], english["written"], spanish["language"], spanish["written"]) == (
        *("en", "en"),
        *("es", "en"),
    )
    assert spanish["push_title"] == spanish["email_subject"] == "Closed on Monday"
    assert preview(world)["samples"][1]["title"] == "Cerrado el lunes"
    assert world.rows("SELECT 1 FROM broadcasts") == []


def test_everybody_is_told_once_in_their_language(studio: Channels) -> None:
    world = studio.world
    answer = send(world)
    turn_all_pages(world)

    assert told(world) == {uid: 1 for uid in ("ada", "ana", "tom", ADMIN)}
    assert state(world) == ("done", 4, 4)
    world.relay()
    titles = {
        uid: [
            document.to_dict()["title"]
            for document in world.firestore.collection(f"users/{uid}/inbox").stream()
        ]
        for uid in ("ada", "ana")
    }
    assert "Closed on Monday" in titles["ada"]
    assert "Cerrado el lunes" in titles["ana"]
    assert audited(world, answer["broadcast_id"]) == [
        ("admin.send_broadcast", ADMIN, "the hall is painted"),
        ("broadcasts.carry_on", "system", None),
    ]
    relay_to_rest(world)


def test_nobody_is_told_who_is_blocked_or_has_left_or_came_later(studio: Channels) -> None:
    world = studio.world
    add_people(world, 4)
    for uid, column in (("guest000001", "blocked_at"), ("guest000002", "deleted_at")):
        world.rows(f"UPDATE users SET {column} = now() WHERE id = %s RETURNING 1", uid)

    people = send(world, per_minute=60)["total"]
    turn_page(world)
    world.register_client("zoe")
    world.rows("UPDATE users SET blocked_at = now() WHERE id = 'guest000003' RETURNING 1")
    turn_all_pages(world)

    assert people == 6
    assert set(told(world)) == {"ada", "ana", "tom", ADMIN, "guest000004"}
    assert state(world) == ("done", 5, 6)


def test_it_goes_out_as_each_has_set_it(studio: Channels, fcm: FcmStandIn, mail: MailSink) -> None:
    world = studio.world
    studio.install("ada", "phone:ada")
    studio.install("ana", "phone:ana")
    studio.address("ada", "ada@example.org")
    studio.address("ana", "ana@example.org")
    off = {"broadcast.sent": {"email": False, "push": False}}
    world.call("ana", "notifications.update_notification_settings", types=off)
    today = datetime.now(UTC).isoweekday()
    quiet = [{"weekday": (today + day - 1) % 7 + 1, "from": "00:00", "until": "00:00"} for day in (0, 1)]
    world.rows(
        "INSERT INTO notification_settings (user_id, quiet) VALUES ('tom', %s) RETURNING 1", Jsonb(quiet)
    )

    send(world)
    turn_all_pages(world)
    studio.send()

    (shown,) = fcm.visible("phone:ada")
    assert (shown.title, shown.link) == ("Closed on Monday", "/inbox")
    assert fcm.messages("phone:ana") == fcm.messages("phone:tom") == []
    reasons = dict(world.rows("SELECT user_id, reason FROM deliveries WHERE channel = 'push'"))
    assert (reasons["ana"], reasons["tom"]) == ("type_switched_off", "quiet_hours")
    (received,) = mail.mails("ada@example.org")
    assert received.header("List-Unsubscribe") is not None
    assert "&lt;b&gt;Tuesday&lt;/b&gt; &amp; open late." in (received.html or "")
    assert "<b>Tuesday" not in (received.html or "")
    assert "Back on <b>Tuesday</b> & open late." in (received.text or "")
    assert mail.mails("ana@example.org") == []


def test_an_audience_is_a_role(studio: Channels) -> None:
    assert people_of(studio.world, {"to": "role", "role": "client"}) == {"ada", "ana"}


def test_an_audience_is_whom_a_trainer_has_seen_within_a_year_or_will_see(studio: Channels) -> None:
    world = studio.world
    service = world.add_service("tom")
    for uid, hour in (("ada", 8), ("ana", 10), ("bob", 12), ("eve", 14)):
        if uid not in ("ada", "ana"):
            world.register_client(uid)
        world.book(uid, service, tomorrow_at(hour))
    booking = world.rows("SELECT id::text FROM bookings WHERE client_id = 'eve'")[0][0]
    world.call("eve", "bookings.cancel_booking", booking_id=booking)

    assert people_of(world, {"to": "clients_of", "trainer_id": "tom"}) == {"ada", "ana", "bob"}


def test_an_audience_is_the_trainers_of_a_city_and_their_clients(studio: Channels) -> None:
    world = studio.world
    world.call("tom", "trainers.update_profile", city="Málaga")
    world.book("ada", world.add_service("tom"), tomorrow_at(10))

    assert preview(world, audience={"to": "city", "city": "Berlin"})["people"] == 0
    assert people_of(world, {"to": "city", "city": "mÁlaga"}) == {"ada", "tom"}


def test_whoever_was_not_looked_at_is_not_told(studio: Channels) -> None:
    world = studio.world
    content = {"texts": TEXTS, "audience": EVERYBODY, "reason": "because"}
    people = preview(world)["people"]
    add_people(world, 6)

    changed = world.refusal(ADMIN, "admin.send_broadcast", confirmed=people, **content)
    nobody = {**content, "audience": {"to": "clients_of", "trainer_id": "nobody"}}
    empty = world.refusal(ADMIN, "admin.send_broadcast", confirmed=1, **nobody)

    assert (changed.reason, changed.error["details"]["people"]) == ("AUDIENCE_CHANGED", people + 6)
    assert empty.reason == "AUDIENCE_EMPTY"
    assert world.rows("SELECT 1 FROM broadcasts") == []


def test_only_an_admin_who_signed_in_just_now_sends_and_support_looks_on(studio: Channels) -> None:
    world = studio.world
    content: dict[str, Any] = {"texts": TEXTS, "audience": EVERYBODY, "confirmed": 4, "reason": "because"}
    world.register_client("sue")
    world.rows("UPDATE users SET role = 'support' WHERE id = 'sue' RETURNING 1")

    with pytest.raises(SignInAgain):
        world.run(
            ADMIN, "admin.send_broadcast", signed_in_at=datetime.now(UTC) - timedelta(hours=1), **content
        )
    for name in ("admin.send_broadcast", "admin.preview_broadcast"):
        with pytest.raises(NotAllowed):
            world.run(
                "sue",
                name,
                **({k: content[k] for k in ("texts", "audience")} if "preview" in name else content),
            )
    assert world.call("sue", "admin.list_broadcasts") == {"broadcasts": [], "next_before_id": None}


def test_a_simulated_one_tells_nobody(studio: Channels) -> None:
    world = studio.world

    told_of = world.call(
        ADMIN,
        "admin.send_broadcast",
        texts=TEXTS,
        audience=EVERYBODY,
        confirmed=4,
        reason="try",
        simulate=True,
    )

    assert told_of["simulated"] is True
    assert world.rows("SELECT 1 FROM broadcasts") == []


def test_one_at_a_time(studio: Channels) -> None:
    world = studio.world
    first = send(world)["broadcast_id"]
    content = {"texts": ENGLISH, "audience": EVERYBODY, "confirmed": 4, "reason": "because"}

    refused = world.refusal(ADMIN, "admin.send_broadcast", **content)
    turn_all_pages(world)
    world.call(ADMIN, "admin.send_broadcast", **content)

    assert (refused.reason, refused.error["details"]["broadcast_id"]) == ("BROADCAST_RUNNING", first)


def test_the_document_follows_it(studio: Channels) -> None:
    world = studio.world
    add_people(world, 3)
    path = (
        f"broadcasts/{send(world, per_minute=120, audience={'to': 'role', 'role': 'client'})['broadcast_id']}"
    )

    seen = []
    for _ in range(4):
        world.relay()
        document = world.document(path) or {}
        seen.append((document["state"], document["sent"], document["total"], document["ended_at"] is None))
        turn_page(world)

    assert seen == [("running", n, 5, True) for n in (0, 2, 4)] + [("done", 5, 5, False)]
    assert document["titles"] == {"en": "Closed on Monday", "es": "Cerrado el lunes"}
    assert document["audience"] == {"to": "role", "role": "client"}
    assert isinstance(document["as_of"], datetime)


def test_pages_of_the_list_follow_each_other(studio: Channels) -> None:
    world = studio.world
    sent = []
    for _ in range(3):
        sent.append(send(world, texts=ENGLISH)["broadcast_id"])
        turn_all_pages(world)

    first = world.call(ADMIN, "admin.list_broadcasts", limit=2)
    rest = world.call(ADMIN, "admin.list_broadcasts", limit=2, before_id=first["next_before_id"])

    listed = [*first["broadcasts"], *rest["broadcasts"]]
    assert [each["broadcast_id"] for each in listed] == sent[::-1]
    assert rest["next_before_id"] is None
    assert listed[0]["texts"] == {"en": TEXTS["en"], "es": None}
    assert (listed[0]["created_by"], listed[0]["reason"]) == (ADMIN, "the hall is painted")
    assert (listed[0]["state"], listed[0]["sent"], listed[0]["confirmed"]) == ("done", 4, 4)


def test_a_stop_ends_it_and_what_waits_is_not_sent(studio: Channels, fcm: FcmStandIn, mail: MailSink) -> None:
    world = studio.world
    studio.install("ada", "phone:ada")
    studio.address("ada", "ada@example.org")
    broadcast = send(world, per_minute=120)["broadcast_id"]
    turn_page(world)

    answer = world.call(ADMIN, "admin.stop_broadcast", broadcast_id=broadcast)
    studio.send()
    turn_page(world)

    assert (answer["state"], answer["sent"], answer["total"]) == ("stopped", 2, 4)
    assert len(told(world)) == 2
    assert fcm.attempts("phone:ada") == []
    assert mail.mails("ada@example.org") == []
    stopped = {("cancelled", "broadcast_stopped")}
    assert {(each["state"], each["reason"]) for each in studio.deliveries("push")} == stopped
    again = world.refusal(ADMIN, "admin.stop_broadcast", broadcast_id=broadcast)
    nowhere = world.refusal(
        ADMIN, "admin.stop_broadcast", broadcast_id="00000000-0000-4000-8000-000000000000"
    )
    assert (again.reason, nowhere.reason) == ("BROADCAST_OVER", "BROADCAST_NOT_FOUND")
    assert [line[0] for line in audited(world, broadcast)] == [
        "admin.send_broadcast",
        "admin.stop_broadcast",
        "broadcasts.carry_on",
    ]
    relay_to_rest(world)


def test_one_that_all_have_can_be_stopped_while_it_waits_to_be_sent(
    studio: Channels, fcm: FcmStandIn
) -> None:
    world = studio.world
    for uid in ("ada", "ana"):
        studio.install(uid, f"phone:{uid}")
    fcm.script("phone:ada", "UNAVAILABLE")
    send(world)
    turn_all_pages(world)
    studio.send(studio.pushes)
    world.rows("UPDATE deliveries SET state = 'held' WHERE user_id = 'tom' RETURNING 1")
    ((broadcast,),) = world.rows("SELECT id::text FROM broadcasts")

    world.call(ADMIN, "admin.stop_broadcast", broadcast_id=broadcast)
    turn_all_pages(world)

    ended = dict(
        world.rows(
            "SELECT user_id, state || ' ' || coalesce(reason, '') FROM deliveries WHERE channel = 'push'"
        )
    )
    assert ended == {
        "ada": "cancelled broadcast_stopped",
        "ana": "accepted at_once",
        "tom": "cancelled broadcast_stopped",
    }
    assert world.rows("SELECT state, kept_back, sent FROM broadcasts") == [("stopped", 2, 4)]
    assert len(fcm.attempts("phone:ada")) == 1


def test_what_concerns_one_person_goes_before_what_is_told_to_many(studio: Channels, fcm: FcmStandIn) -> None:
    world = studio.world
    studio.install("ada", "phone:ada")
    studio.install("ana", "phone:ana")
    send(world)
    turn_all_pages(world)
    book_for(studio)
    plan_once(world.backends)

    ((_, first),) = leased(world, "push", limit=1)
    rest = leased(world, "push", limit=2)
    others = leased(world, "push", limit=9)

    assert first == "session.booked"
    assert [type_ for _, type_ in rest + others] == ["broadcast.sent"] * 3


def leased(world: World, channel: str, *, limit: int) -> list[tuple[str, str]]:
    """Whom the next deliveries of a channel are for, and what they tell."""
    _, taken = run_transaction(
        world.backends.pool,
        lambda connection: lease_deliveries(Reader(connection), channel, limit=limit, lease_seconds=60),
    )
    return [(each.user_id, each.type) for each in taken]


def test_nothing_is_left_to_stop_of_one_that_was_sent(studio: Channels) -> None:
    world = studio.world
    broadcast = send(world)["broadcast_id"]
    turn_all_pages(world)
    studio.send()

    assert world.refusal(ADMIN, "admin.stop_broadcast", broadcast_id=broadcast).reason == "BROADCAST_OVER"


def test_where_no_worker_runs_every_minute_carries_it_on(studio: Channels) -> None:
    world = studio.world
    add_people(world, 250)
    send(world)
    world.rows("UPDATE broadcasts SET next_at = now() - interval '10 min' RETURNING 1")

    jobs.every_minute(world.backends)

    assert state(world) == ("done", 254, 254)
    assert max(told(world).values()) == 1


def test_sql_in_a_text_is_text(studio: Channels) -> None:
    world = studio.world
    hostile = {"en": {"title": "'); DROP TABLE users; --", "body": "{when} %(uid)s {0} \\' $$"}}

    send(world, texts=hostile)
    turn_all_pages(world)

    assert set(world.rows("SELECT payload ->> 'body' FROM notifications WHERE type = 'broadcast.sent'")) == {
        ("{when} %(uid)s {0} \\' $$",)
    }
