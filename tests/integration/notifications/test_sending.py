"""From a booking to the phone and the mailbox: decided after the commit, sent once, accepted under a name."""

from local.fcm.client import FcmStandIn
from local.mail.client import MailSink
from tests.integration.notifications.channels import PUBLIC_URL, Channels, book_for


def test_a_trainer_is_told_of_a_booking_on_the_phone(channels: Channels, fcm: FcmStandIn) -> None:
    book_for(channels)

    channels.send(channels.pushes)

    (sent,) = fcm.messages("phone:tom")
    assert sent.http_version == "HTTP/2"
    delivery = channels.delivery()
    assert (delivery["state"], delivery["provider_id"]) == ("accepted", sent.name)
    (shown,) = fcm.visible("phone:tom")
    assert shown.link is not None
    assert shown.link.startswith("/bookings/")
    ((notification_id,),) = channels.world.rows(
        "SELECT notification_id FROM deliveries WHERE channel = 'push'"
    )
    assert shown.data["notification_id"] == str(notification_id)


def test_who_booked_gets_a_mail_with_the_booking(channels: Channels, mail: MailSink) -> None:
    channels.address("ada", "ada@example.org")
    book_for(channels)

    channels.send(channels.mails)

    (received,) = mail.mails("ada@example.org")
    delivery = channels.delivery("email")
    assert (delivery["state"], delivery["provider_id"]) == ("accepted", received.header("Message-ID"))
    assert received.tls
    assert PUBLIC_URL in (received.text or "")
    assert f"<{PUBLIC_URL}/unsubscribe/" in (received.header("List-Unsubscribe") or "")
    (calendar,) = received.attachments
    assert b"BEGIN:VEVENT" in calendar.content


def test_what_is_sent_is_sent_once(channels: Channels, fcm: FcmStandIn) -> None:
    book_for(channels)

    assert channels.send(channels.pushes) == 1
    assert channels.send(channels.pushes) == 0

    assert len(fcm.attempts("phone:tom")) == 1
