"""Every answer of a mail server: what becomes of the e-mail, and of the channel."""

import logging
from dataclasses import replace

import pytest

from courtside.relay.delivery_lanes import MailSender
from local.mail.answers import MailAnswer
from local.mail.client import MailSink
from tests.integration.notifications.channels import Channels, book_for

ADA = "ada@example.org"


@pytest.fixture
def booked(channels: Channels) -> Channels:
    """Ada has booked, and has an address."""
    channels.address("ada", ADA)
    book_for(channels)
    return channels


@pytest.mark.parametrize("told", [MailAnswer(550), MailAnswer(554, at_data=True)])
def test_what_is_refused_for_good_has_failed(booked: Channels, mail: MailSink, told: MailAnswer) -> None:
    mail.script(ADA, told)

    booked.send(booked.mails)

    delivery = booked.delivery("email")
    assert (delivery["state"], delivery["reason"]) == ("failed", f"SMTP_{told.code}")


@pytest.mark.parametrize(
    "told",
    [
        MailAnswer(450, times=1),
        MailAnswer(451, times=1, at_data=True),
        MailAnswer(421, times=1),
        MailAnswer(times=1, drop="before"),
    ],
)
def test_what_is_put_off_is_sent_again(booked: Channels, mail: MailSink, told: MailAnswer) -> None:
    mail.script(ADA, told)

    booked.send(booked.mails)
    delivery = booked.delivery("email")
    booked.make_due()
    booked.send(booked.mails)

    assert delivery["state"] == "waiting"
    assert 9 <= delivery["pause"] <= 15
    assert booked.delivery("email")["state"] == "accepted"
    assert len(mail.mails(ADA)) == 1


def test_what_may_have_been_taken_is_sent_again_as_the_same_mail(booked: Channels, mail: MailSink) -> None:
    mail.script(ADA, MailAnswer(times=1, drop="after"))

    booked.send(booked.mails)
    booked.make_due()
    booked.send(booked.mails)

    first, second = mail.mails(ADA)
    assert first.header("Message-ID") == second.header("Message-ID")
    assert booked.delivery("email")["provider_id"] == first.header("Message-ID")


def test_without_trust_in_its_certificate_nothing_is_sent(
    booked: Channels, mail: MailSink, caplog: pytest.LogCaptureFixture
) -> None:
    sender = MailSender(replace(booked.world.backends.settings, smtp_ca_file=None))
    try:
        with caplog.at_level(logging.ERROR):
            booked.send(sender)
    finally:
        sender.close()

    assert mail.mails() == []
    assert booked.delivery("email")["last_error"] == "SMTP_TLS"
    assert [vars(record)["fields"]["reasons"] for record in caplog.records] == [["SMTP_TLS"]]


def test_a_wrong_password_is_nobodys_fault_but_ours(
    booked: Channels, mail: MailSink, caplog: pytest.LogCaptureFixture
) -> None:
    settings = booked.world.backends.settings
    wrong = mail.smtp_url.replace("courtside@", "wrong-word@")
    sender = MailSender(replace(settings, smtp_url=wrong))
    try:
        with caplog.at_level(logging.ERROR):
            booked.send(sender)
    finally:
        sender.close()

    assert booked.delivery("email")["state"] == "waiting"
    assert booked.delivery("email")["last_error"] == "SMTP_LOGIN"
    assert "wrong-word" not in caplog.text


def test_who_has_no_address_any_more_gets_none(booked: Channels, mail: MailSink) -> None:
    booked.send(booked.pushes)
    booked.world.rows("UPDATE users SET email = NULL WHERE id = 'ada' RETURNING id")

    booked.send(booked.mails)

    ((state, reason),) = booked.world.rows(
        "SELECT state, reason FROM deliveries WHERE channel = 'email' AND user_id = 'ada'"
    )
    assert (state, reason) == ("cancelled", "no_address")
    assert mail.mails() == []


def test_an_address_that_is_none_is_a_dead_letter_and_stops_no_other(
    booked: Channels, mail: MailSink
) -> None:
    booked.address("tom", "tom@example.org")
    booked.address("ada", "ada@@nowhere\r\nBcc: tom@example.org")

    booked.send(booked.mails)

    states = {(d["state"], d["reason"]) for d in booked.deliveries("email")}
    assert states == {("dead", "UNSENDABLE"), ("accepted", "at_once")}
    assert [received.recipients for received in mail.mails()] == [["tom@example.org"]]
