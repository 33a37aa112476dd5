"""Nobody's phone rings more often than it may: what is over the cap is in the inbox, and in the next digest."""

from courtside.notifications.limits import PUSHES, URGENT_PUSHES
from courtside.relay.jobs import every_minute
from local.fcm.client import FcmStandIn
from local.mail.client import MailSink
from tests.integration.notifications.channels import Channels
from tests.integration.notifications.test_digests import want
from tests.world import tomorrow_at

TOM = "tom@example.org"
OVER = 2


def test_what_is_over_the_cap_is_in_the_inbox_and_in_the_next_digest(
    channels: Channels, fcm: FcmStandIn, mail: MailSink
) -> None:
    world, hours = channels.world, range(9, 9 + PUSHES + OVER)
    channels.address("tom", TOM)
    want(channels)
    world.call(
        "tom",
        "notifications.update_notification_settings",
        types={"session.requested": {"email": False}},
    )
    for hour in hours:
        service = world.add_service("tom", name=f"Boxing at {hour}", requires_confirmation=True)
        world.book("ada", service, tomorrow_at(hour))
        channels.send(channels.pushes)

    assert len(fcm.messages("phone:tom")) == PUSHES
    states = [(each["state"], each["reason"]) for each in channels.deliveries()]
    assert states[-OVER:] == [("merged", "over_cap")] * OVER
    inbox = [
        world.document(f"users/tom/inbox/{id_}")
        for (id_,) in world.rows("SELECT notification_id FROM deliveries WHERE reason = 'over_cap'")
    ]
    assert [(note or {}).get("read_at", "gone") for note in inbox] == [None] * OVER

    every_minute(world.backends)
    channels.send(channels.mails)

    (digest,) = mail.mails(TOM)
    assert all(f"Boxing at {hour}" in (digest.text or "") for hour in hours)


def test_offers_ring_at_night_and_over_the_cap_but_not_for_ever(channels: Channels, fcm: FcmStandIn) -> None:
    world = channels.world
    world.register_client("bob", display_name="Bob")
    channels.install("ada", "phone:ada")
    all_day = [{"weekday": day, "from": "00:00", "until": "23:59"} for day in range(1, 8)]
    world.call("ada", "notifications.update_notification_settings", quiet=all_day)
    for hour in range(9, 9 + URGENT_PUSHES + 1):
        service = world.add_service("tom", capacity=1, waitlist_close_minutes=60)
        taken = world.book("bob", service, tomorrow_at(hour))
        world.call(
            "ada", "bookings.join_waitlist", service_id=service, starts_at=tomorrow_at(hour).isoformat()
        )
        world.call("bob", "bookings.cancel_booking", booking_id=taken["booking_id"])
        channels.send(channels.pushes)

    offered = [shown for shown in fcm.visible("phone:ada") if shown.data["type"] == "waitlist.offered"]
    assert len(offered) == URGENT_PUSHES
    ((state, reason),) = world.rows(
        "SELECT d.state, d.reason FROM deliveries AS d JOIN notifications AS n ON n.id = d.notification_id"
        " WHERE n.type = 'waitlist.offered' AND d.channel = 'push' AND d.state <> 'accepted'"
    )
    assert (state, reason) == ("held", "quiet_hours")
