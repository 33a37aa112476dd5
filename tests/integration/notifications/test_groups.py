"""What is alike is told in one: how many it says, what became of each, and that none is lost with another."""

from typing import Any

from courtside.db.reader import Reader
from courtside.notifications.deliveries import lease_deliveries
from courtside.relay import planning_lane
from courtside.relay.planning_lane import plan_once
from local.fcm.answers import Answer
from local.fcm.client import FcmStandIn
from local.mail.client import MailSink
from tests.integration.notifications.channels import Channels, book_for
from tests.integration.relay.drift import drift

TOM = "tom@example.org"
BOOKED = (
    "SELECT id::text FROM notifications WHERE type = 'session.booked' AND user_id = 'tom' ORDER BY created_at"
)


def book_more(channels: Channels, *hours: int) -> None:
    """One booking that is told at once, and then one for each of these hours."""
    book_for(channels, hour=9)
    channels.send()
    follow(channels, *hours)


def follow(channels: Channels, *hours: int) -> None:
    for hour in hours:
        book_for(channels, hour=hour)
        plan_once(channels.world.backends)


def titles(fcm: FcmStandIn) -> list[str | None]:
    """What is on Tom's screen, the oldest first."""
    return [shown.title for shown in reversed(fcm.visible("phone:tom"))]


def read_all_but(channels: Channels, *hours: int) -> None:
    """Tom reads what he was told, but of the bookings at these hours."""
    kept = [f"Boxing at {hour}" for hour in hours]
    channels.world.rows(
        "UPDATE notifications SET read_at = now() WHERE user_id = 'tom' AND NOT receipt"
        " AND NOT payload ->> 'service_name' = ANY (%s) RETURNING id",
        kept,
    )


def explained(channels: Channels, id_: str) -> dict[str, Any]:
    """What is said of the push of a notification."""
    answer = channels.world.call("tom", "notifications.explain_delivery", notification_id=id_)
    return next(each for each in answer["deliveries"] if each["channel"] == "push")


def states(channels: Channels, channel: str = "push") -> list[tuple[str, str]]:
    return sorted((each["state"], each["reason"] or "") for each in channels.deliveries(channel))


def test_who_follows_says_how_many(channels: Channels, fcm: FcmStandIn, mail: MailSink) -> None:
    channels.address("tom", TOM)
    book_more(channels, 10, 11, 12)

    channels.make_due()
    channels.send()

    assert titles(fcm) == ["New booking", "3 new bookings"]
    assert [received.subject for received in mail.mails(TOM)] == [
        "New booking: Boxing at 9",
        "3 new bookings",
    ]
    named = mail.mails(TOM)[-1].text or ""
    assert [f"Boxing at {hour}" in named for hour in (9, 10, 11, 12)] == [False, True, True, True]
    told = [("accepted", "at_once"), ("accepted", "grouped")] + [("merged", "merged_into_group")] * 2
    assert states(channels) == told
    first, opened, joined, _ = (row[0] for row in channels.world.rows(BOOKED))
    found = [explained(channels, id_) for id_ in (first, opened, joined)]
    assert [(each["count"], each["merged_into"]) for each in found] == [(1, None), (3, None), (1, opened)]
    channels.world.relay()
    assert drift(channels.world) == []


def test_the_last_that_nobody_has_read_is_told_as_itself(channels: Channels, fcm: FcmStandIn) -> None:
    book_more(channels, 10, 11, 12)
    read_all_but(channels, 12)

    channels.make_due()
    channels.send(channels.pushes)

    shown = fcm.visible("phone:tom")[0]
    ((notification, booking),) = channels.world.rows(
        "SELECT id::text, payload ->> 'booking_id' FROM notifications"
        " WHERE user_id = 'tom' AND payload ->> 'service_name' = 'Boxing at 12'"
    )
    assert (shown.title, shown.link) == ("New booking", f"/bookings/{booking}")
    assert shown.data["notification_id"] == notification


def test_where_all_was_read_nothing_is_sent(channels: Channels, fcm: FcmStandIn, mail: MailSink) -> None:
    channels.address("tom", TOM)
    book_more(channels, 10, 11)
    read_all_but(channels)

    channels.make_due()
    channels.send()

    for channel in ("push", "email"):
        assert states(channels, channel) == [("accepted", "at_once"), *[("cancelled", "read")] * 2]
    assert len(fcm.messages("phone:tom")) == len(mail.mails(TOM)) == 1


def test_what_comes_after_a_group_is_on_its_way_opens_another(channels: Channels, fcm: FcmStandIn) -> None:
    book_more(channels, 10, 11)
    fcm.script("phone:tom", Answer(latency_seconds=0.4, times=1))
    channels.make_due()

    channels.send_while(lambda: follow(channels, 12, 13))
    channels.make_due()
    channels.send(channels.pushes)

    assert titles(fcm) == ["New booking", "2 new bookings", "2 new bookings"]


def test_what_joins_while_it_is_leased_is_counted_or_opens_another(
    channels: Channels, fcm: FcmStandIn
) -> None:
    book_more(channels, 10)
    channels.make_due()
    book_for(channels, hour=11)
    pool = channels.world.backends.pool
    with pool.get().connection() as joining:
        assert planning_lane._plan_batch(Reader(joining)) == 2
        with pool.get().connection() as leasing:
            _, leased = lease_deliveries(Reader(leasing), "push", limit=9, lease_seconds=9)
            assert leased == []

    channels.send(channels.pushes)

    assert titles(fcm) == ["New booking", "2 new bookings"]


def test_those_who_joined_fail_with_it_and_stay_in_the_inbox(channels: Channels, fcm: FcmStandIn) -> None:
    book_more(channels, 10, 11)
    fcm.script("phone:tom", "UNREGISTERED")

    channels.make_due()
    channels.send(channels.pushes)

    assert states(channels) == [("accepted", "at_once"), *[("failed", "UNREGISTERED")] * 2]
    ids = [row[0] for row in channels.world.rows(BOOKED)]
    assert channels.world.call("tom", "notifications.mark_read", notification_ids=ids)["changed"] == 3


def test_those_who_joined_go_out_with_it_when_its_app_has_a_new_token(
    channels: Channels, fcm: FcmStandIn
) -> None:
    book_more(channels, 10, 11)
    fcm.script("phone:tom", Answer("UNREGISTERED", latency_seconds=0.4))
    channels.make_due()
    ((app,),) = channels.world.rows("SELECT id FROM installations WHERE token = 'phone:tom'")

    channels.send_while(lambda: channels.renew(app, "phone:new"))
    channels.send(channels.pushes)

    assert [shown.title for shown in fcm.visible("phone:new")] == ["2 new bookings"]
    assert states(channels) == [("accepted", ""), ("accepted", "at_once"), ("merged", "merged_into_group")]


def test_those_who_joined_are_cancelled_with_it_when_their_type_is_switched_off(
    channels: Channels, fcm: FcmStandIn
) -> None:
    book_more(channels, 10, 11)

    channels.world.call(
        "tom", "notifications.update_notification_settings", types={"session.booked": {"push": False}}
    )

    assert states(channels) == [("accepted", "at_once"), *[("cancelled", "type_switched_off")] * 2]
