"""The mail server as senders and tests meet it: TLS, credentials, refusals, delays and lost connections."""

import smtplib
import ssl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email.message import EmailMessage
from urllib.parse import urlsplit

import httpx
import pytest

from local.mail.answers import MailAnswer
from local.mail.client import MailSink

Connect = Callable[[], smtplib.SMTP]


@pytest.fixture
def unknown(mail: MailSink) -> Iterator[smtplib.SMTP]:
    """A connection as it is made, without TLS and credentials."""
    address = urlsplit(mail.smtp_url)
    made = smtplib.SMTP(address.hostname or "", address.port or 0, timeout=10)
    yield made
    made.close()


@pytest.fixture
def known(mail: MailSink, unknown: smtplib.SMTP) -> smtplib.SMTP:
    """A connection over TLS whose sender is known."""
    address = urlsplit(mail.smtp_url)
    unknown.starttls(context=ssl.create_default_context(cafile=mail.certificate))
    unknown.login(address.username or "", address.password or "")
    return unknown


def message(to: str = "ana@example.org", subject: str = "Sesión confirmada") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Courtside <no-reply@courtside.test>", to, subject
    made["List-Unsubscribe"] = "<https://courtside.example/u/1>"
    made.set_content("Mañana a las 10:00\n.\n..\nFin")
    made.add_alternative("<p>Mañana</p>", subtype="html")
    made.add_attachment(b"BEGIN:VCALENDAR\r\n", "text", "calendar", filename="booking.ics")
    return made


def test_mail_arrives_as_it_was_sent(known: smtplib.SMTP, mail: MailSink) -> None:
    known.send_message(message())

    (found,) = mail.mails("ana@example.org")
    assert (found.sender, found.recipients) == ("no-reply@courtside.test", ["ana@example.org"])
    assert (found.subject, found.user, found.tls) == ("Sesión confirmada", "courtside", True)
    assert found.text == "Mañana a las 10:00\n.\n..\nFin\n"
    assert found.html == "<p>Mañana</p>\n"
    assert found.header("list-unsubscribe") == "<https://courtside.example/u/1>"
    assert [(part.name, part.content) for part in found.attachments] == [
        ("booking.ics", b"BEGIN:VCALENDAR\r\n")
    ]


def test_one_connection_carries_many_mails(known: smtplib.SMTP, mail: MailSink) -> None:
    for number in range(40):
        known.send_message(message(f"user-{number}@example.org"))

    assert mail.counts() == {"accepted": 40, "refused": 0}
    assert len(mail.mails()) == 40


def test_nobody_sends_in_the_clear(unknown: smtplib.SMTP, mail: MailSink) -> None:
    with pytest.raises(smtplib.SMTPSenderRefused, match="STARTTLS"):
        unknown.send_message(message())
    assert mail.mails() == []


def test_nobody_sends_without_credentials(unknown: smtplib.SMTP, mail: MailSink) -> None:
    unknown.starttls(context=ssl.create_default_context(cafile=mail.certificate))

    with pytest.raises(smtplib.SMTPSenderRefused, match="530"):
        unknown.send_message(message())


@pytest.mark.parametrize(("user", "password"), [("courtside", "wrong"), ("wrong", "courtside"), ("", "")])
def test_wrong_credentials_are_refused(
    unknown: smtplib.SMTP, mail: MailSink, user: str, password: str
) -> None:
    unknown.starttls(context=ssl.create_default_context(cafile=mail.certificate))

    with pytest.raises(smtplib.SMTPAuthenticationError):
        unknown.login(user, password)


@pytest.mark.parametrize("mechanism", ["auth_plain", "auth_login"])
def test_both_mechanisms_let_one_in(mail: MailSink, unknown: smtplib.SMTP, mechanism: str) -> None:
    unknown.starttls(context=ssl.create_default_context(cafile=mail.certificate))
    unknown.ehlo()
    address = urlsplit(mail.smtp_url)
    unknown.user, unknown.password = address.username or "", address.password or ""

    code, _ = unknown.auth(mechanism.removeprefix("auth_").upper(), getattr(unknown, mechanism))

    assert code == 235


def test_certificate_is_for_this_machine_alone(mail: MailSink, unknown: smtplib.SMTP) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        unknown.starttls(context=ssl.create_default_context())


@pytest.mark.parametrize("code", [450, 550])
def test_refused_recipient_leaves_the_others(known: smtplib.SMTP, mail: MailSink, code: int) -> None:
    refused = known.send_message(message(), to_addrs=["ana@example.org", f"answer-{code}@example.org"])

    assert {address: told[0] for address, told in refused.items()} == {f"answer-{code}@example.org": code}
    assert [found.recipients for found in mail.mails()] == [["ana@example.org"]]
    assert mail.counts() == {"accepted": 1, "refused": 1}


def test_answers_follow_each_other(known: smtplib.SMTP, mail: MailSink) -> None:
    mail.script(
        "*@example.org", MailAnswer(451, times=1), MailAnswer(554, at_data=True, times=1, text="5.7.1 Spam")
    )

    with pytest.raises(smtplib.SMTPRecipientsRefused):
        known.send_message(message())
    with pytest.raises(smtplib.SMTPDataError, match=r"5\.7\.1 Spam"):
        known.send_message(message())
    known.send_message(message())

    assert len(mail.mails()) == 1


@pytest.mark.parametrize(("drop", "kept"), [("before", 0), ("after", 1)])
def test_connection_drops_before_or_after_keeping(
    known: smtplib.SMTP, mail: MailSink, drop: str, kept: int
) -> None:
    mail.script("ana@example.org", MailAnswer(drop=drop, times=1))

    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        known.send_message(message())

    assert len(mail.mails()) == kept


def test_delay_comes_after_the_mail_is_kept(known: smtplib.SMTP, mail: MailSink) -> None:
    mail.script("ana@example.org", MailAnswer(delay_seconds=30))

    with ThreadPoolExecutor(1) as pool, suppress(smtplib.SMTPException, OSError):
        sending = pool.submit(known.send_message, message())
        mail.wait_for(1)
        waits = not sending.done()
        assert known.sock is not None
        known.sock.shutdown(2)
        sending.result()

    assert waits


def test_tests_can_wait_for_mails(known: smtplib.SMTP, mail: MailSink) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(mail.wait_for, 1, "ana@example.org")
        for to in ("ben@example.org", "ana@example.org"):
            known.send_message(message(to))

        assert [found.recipients for found in waiting.result()] == [["ana@example.org"]]
    started = time.monotonic()
    with pytest.raises(AssertionError, match="1 of 2 mails"):
        mail.wait_for(2, "ana@example.org", seconds=0.1)
    assert time.monotonic() - started < 5


def test_clearing_forgets_mails_and_script(known: smtplib.SMTP, mail: MailSink) -> None:
    mail.script("*", 550)
    mail.clear()
    known.send_message(message())

    assert mail.counts() == {"accepted": 1, "refused": 0}
    mail.clear()
    assert mail.mails() == []


def test_preview_may_do_nothing(known: smtplib.SMTP, mail: MailSink) -> None:
    known.send_message(message())
    preview = httpx.get(f"{mail.url}/mail/v1/preview?number={mail.mails()[0].number}", trust_env=False)

    assert preview.text == "<p>Mañana</p>\n"
    assert preview.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


def test_attachment_is_a_file_and_never_a_page(known: smtplib.SMTP, mail: MailSink) -> None:
    known.send_message(message())
    url = f"{mail.url}/mail/v1/attachment?number={mail.mails()[0].number}"
    found = httpx.get(url, trust_env=False)

    assert found.content == b"BEGIN:VCALENDAR\r\n"
    assert found.headers["content-disposition"] == "attachment"
    assert httpx.get(f"{url}&place=1", trust_env=False).status_code == 400
    assert httpx.get(f"{mail.url}/mail/v1/source?number=0", trust_env=False).status_code == 400
