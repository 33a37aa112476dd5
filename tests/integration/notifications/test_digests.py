"""Digests from the setting to the mailbox: one e-mail, in the morning, of what is unread when it goes."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from courtside.db.system import run_as_system
from courtside.notifications import digests
from courtside.notifications.unsubscribing import Subscription, set_emails, token_of
from courtside.relay import jobs
from courtside.relay.subscriptions import react
from local.mail.client import MailSink
from tests.integration.notifications.channels import Channels, book_for

TOM = "tom@example.org"
# Zones in which it is now late in the morning, and at night.
_HOUR = datetime.now(UTC).hour


def zone_where_it_is(hour: int) -> str:
    """A zone whose wall shows this hour now."""
    ahead = (hour - _HOUR + 12) % 24 - 12
    # Names of these zones say what is to be added to get to UTC.
    return f"Etc/GMT{-ahead:+d}"


@pytest.fixture
def reader(channels: Channels) -> Channels:
    """Tom, who has an address, wants a digest each day where it is ten in the morning, and it is time."""
    channels.address("tom", TOM)
    channels.world.rows("UPDATE notifications SET read_at = now() RETURNING id")
    want(channels)
    return channels


def want(channels: Channels, *, digest: str = "daily", hour: int = 10, **settings: Any) -> None:
    channels.world.call(
        "tom",
        "notifications.update_notification_settings",
        digest=digest,
        time_zone=zone_where_it_is(hour),
        types={"session.booked": {"email": False}},
        **settings,
    )
    make_time(channels)


def make_time(channels: Channels) -> None:
    """As if the hour had come, and the last digest had been yesterday's."""
    channels.world.rows("UPDATE notification_settings SET digest_next_at = now() RETURNING user_id")
    channels.world.rows(
        "UPDATE notifications SET created_at = created_at - interval '1 day', dedupe_key = dedupe_key || ' before',"
        " payload = payload || jsonb_strip_nulls(jsonb_build_object('since',"
        "  (payload ->> 'since')::timestamptz - interval '1 day')) WHERE user_id = 'tom' RETURNING id"
    )


def sweep(channels: Channels) -> None:
    """Make what is due, as every minute does, and send it."""
    make(channels)
    channels.send(channels.mails)


def make(channels: Channels) -> int:
    return run_as_system(
        channels.world.backends.pool, "every_minute", lambda uow: digests.make_page(uow, "1"), react
    )


def made(channels: Channels) -> list[tuple[str, str | None]]:
    """What became of each digest, the oldest first."""
    return channels.world.rows(
        "SELECT d.state, d.reason FROM deliveries AS d JOIN notifications AS n ON n.id = d.notification_id"
        " WHERE n.type = 'digest.sent' ORDER BY n.created_at"
    )


def test_it_is_one_mail_of_what_is_unread_and_in_no_inbox(reader: Channels, mail: MailSink) -> None:
    book_for(reader, hour=10)
    book_for(reader, hour=11)

    jobs.every_minute(reader.world.backends)
    reader.send(reader.mails)
    jobs.every_minute(reader.world.backends)
    reader.send(reader.mails)

    (digest,) = mail.mails(TOM)
    assert digest.subject == "What you have not read yet"
    for body in (digest.text or "", digest.html or ""):
        assert "You have 2 unread notifications" in body
        assert all(f"Boxing at {hour}" in body for hour in (10, 11))
        assert "https://app.example.com/bookings/" in body
    assert (digest.header("List-Unsubscribe-Post"), digest.attachments) == ("List-Unsubscribe=One-Click", [])
    ids = reader.world.rows("SELECT id FROM notifications WHERE type = 'digest.sent'")
    assert [reader.world.document(f"users/tom/inbox/{id_}") for (id_,) in ids] == [None]


def test_what_is_read_before_it_goes_is_not_in_it(reader: Channels, mail: MailSink) -> None:
    book_for(reader, hour=10)
    book_for(reader, hour=11)
    make(reader)
    reader.world.rows(
        "UPDATE notifications SET read_at = now() WHERE payload ->> 'service_name' = 'Boxing at 10' RETURNING id"
    )

    reader.send(reader.mails)

    (digest,) = mail.mails(TOM)
    assert "You have 1 unread notification in" in (digest.text or "")
    assert "Boxing at 10" not in (digest.text or "")


def test_where_nothing_is_unread_there_is_none(reader: Channels, mail: MailSink) -> None:
    sweep(reader)

    assert (made(reader), mail.mails(TOM)) == ([("cancelled", "nothing_unread")], [])


def test_of_many_the_newest_are_named_and_the_others_counted(reader: Channels, mail: MailSink) -> None:
    reader.world.rows(
        "INSERT INTO notifications (id, user_id, type, payload, dedupe_key, created_at, planned_at)"
        """ SELECT gen_random_uuid(), 'tom', 'session.booked', '{"role": "trainer"}', 'k' || n, now(), now()"""
        " FROM generate_series(1, 25) AS n RETURNING id"
    )

    sweep(reader)

    (digest,) = mail.mails(TOM)
    assert "And 5 more." in (digest.text or "")
    assert (digest.html or "").count("New booking<") == 20


def test_each_tells_what_came_since_the_last(reader: Channels, mail: MailSink) -> None:
    book_for(reader, hour=10)
    sweep(reader)
    make_time(reader)
    book_for(reader, hour=11)

    sweep(reader)

    first, second = (received.text or "" for received in mail.mails(TOM))
    assert ("Boxing at 10" in first, "Boxing at 10" in second, "Boxing at 11" in second) == (
        True,
        False,
        True,
    )


def test_what_one_that_failed_would_have_told_is_in_the_next(reader: Channels, mail: MailSink) -> None:
    book_for(reader, hour=10)
    mail.script(TOM, 550)
    sweep(reader)
    mail.unscript(TOM)
    make_time(reader)

    sweep(reader)

    assert [state for state, _ in made(reader)] == ["failed", "accepted"]
    assert "Boxing at 10" in (mail.mails(TOM)[-1].text or "")


def test_two_sweeps_at_once_make_one(reader: Channels, mail: MailSink) -> None:
    book_for(reader)
    sweeps = [threading.Thread(target=make, args=(reader,)) for _ in range(2)]
    for each in sweeps:
        each.start()
    for each in sweeps:
        each.join()
    # And one whose clock came to the same date again.
    reader.world.rows("UPDATE notification_settings SET digest_next_at = now(), digest_id = NULL RETURNING 1")
    make(reader)
    reader.send(reader.mails)

    assert len(mail.mails(TOM)) == 1


def test_at_night_and_in_quiet_hours_it_waits(reader: Channels, mail: MailSink) -> None:
    want(reader, hour=23)
    sweep(reader)
    assert made(reader) == []

    every_day = [{"weekday": day, "from": "09:00", "until": "12:00"} for day in range(1, 8)]
    want(reader, quiet=every_day)
    sweep(reader)

    assert made(reader) == [("held", "quiet_hours")]
    assert mail.mails(TOM) == []


def test_its_link_switches_digests_off_and_on_again(reader: Channels, mail: MailSink) -> None:
    secrets = reader.world.backends.settings.unsubscribe_secrets
    book_for(reader)
    sweep(reader)
    link = token_of(secrets, Subscription("tom", "digest.sent"))
    assert f"/unsubscribe/{link}>" in (mail.mails(TOM)[0].header("List-Unsubscribe") or "")

    def choose(wanted: bool) -> str:
        pool = reader.world.backends.pool
        run_as_system(pool, "test", lambda uow: set_emails(uow, "tom", ["digest.sent"], wanted=wanted), react)
        answer = reader.world.call("tom", "notifications.get_notification_settings")
        return str(answer["digest"])

    assert [choose(False), choose(False), choose(True)] == ["none", "none", "daily"]
    make(reader)
    assert len(made(reader)) == 1


def test_who_wants_none_gets_none_and_who_wants_it_anew_waits_for_the_morning(reader: Channels) -> None:
    want(reader, digest="none")
    sweep(reader)
    reader.world.call("tom", "notifications.update_notification_settings", digest="weekly", enabled=False)
    sweep(reader)

    assert made(reader) == []
    ((ahead,),) = reader.world.rows("SELECT digest_next_at > now() FROM notification_settings")
    assert ahead


def test_who_has_switched_everything_off_but_digests_gets_them(reader: Channels, mail: MailSink) -> None:
    book_for(reader)
    reader.world.call("tom", "notifications.update_notification_settings", enabled=False)

    sweep(reader)

    assert len(mail.mails(TOM)) == 1
