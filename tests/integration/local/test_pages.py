"""The pages of both stand-ins in a browser: they follow what happens, script answers, and run nothing of others'."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page

from local.fcm.client import FcmStandIn
from local.mail.client import MailSink
from tests.emulator.web.browser import Chromium, running_chromium
from tests.integration.local.sending import note, send, sender

EVIL = "<img src=x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script>"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with running_chromium() as browser:
        yield browser


@contextmanager
def opened(chromium: Chromium, url: str) -> Iterator[Page]:
    """A page that follows its stand-in; errors of its own fail the test."""
    assert chromium.browser is not None
    page = chromium.run(chromium.browser.new_page())
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    chromium.run(page.goto(url))
    chromium.run(page.wait_for_selector("#live.good"))
    yield page
    chromium.run(page.close())
    assert failures == []


def waits_for(chromium: Chromium, page: Page, selector: str) -> str:
    """The text of an element that is there, or comes."""
    chromium.run(page.wait_for_selector(selector))
    return chromium.run(page.inner_text(selector))


def test_phones_show_notifications_as_they_come(chromium: Chromium, fcm: FcmStandIn) -> None:
    with opened(chromium, fcm.url) as page, sender(fcm.url) as client:
        send(client, note("android-ana", "Session confirmed", android={"notification": {"tag": "n"}}))
        assert "Session confirmed" in waits_for(chromium, page, ".phone .note")
        send(client, note("android-ana", "Session moved", android={"notification": {"tag": "n"}}))
        assert "replaced 1" in waits_for(chromium, page, ".note:has-text('Session moved')")

        assert chromium.run(page.locator(".note").count()) == 1
        assert chromium.run(page.locator("#sends tr.row").count()) == 2


def test_answers_are_scripted_from_the_page(chromium: Chromium, fcm: FcmStandIn) -> None:
    with opened(chromium, fcm.url) as page, sender(fcm.url) as client:
        chromium.run(page.fill("[name=token]", "web*"))
        chromium.run(page.select_option("[name=answer]", "UNAVAILABLE"))
        chromium.run(page.fill("[name=retry_after]", "7"))
        chromium.run(page.fill("[name=times]", "2"))
        chromium.run(page.click("#script button"))
        assert waits_for(chromium, page, ".scripted").split("\n")[0] == "web*"

        answer = send(client, note("web-1"))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
        assert "503 UNAVAILABLE" in waits_for(chromium, page, "#sends tr.row")
        chromium.run(page.click(".scripted button"))
        chromium.run(page.wait_for_selector("#scripts > .dim"))

        assert send(client, note("web-1")).status_code == 200


def test_mistake_in_a_script_is_told(chromium: Chromium, fcm: FcmStandIn) -> None:
    with opened(chromium, fcm.url) as page:
        chromium.run(page.fill("[name=token]", "a*b*"))
        chromium.run(page.click("#script button"))

        assert "a pattern with one *" in waits_for(chromium, page, "#complaint")


def test_filters_leave_what_was_asked_for(chromium: Chromium, fcm: FcmStandIn) -> None:
    with opened(chromium, fcm.url) as page, sender(fcm.url) as client:
        for token in ("android-ana", "ios-ben", "answer-unregistered:1"):
            send(client, note(token))
        waits_for(chromium, page, "#sends tr:nth-child(3)")
        chromium.run(page.fill("#text", "BEN"))
        assert chromium.run(page.locator(".phone").all_inner_texts())[0].startswith("ios-ben")
        assert chromium.run(page.locator(".phone").count()) == 1
        chromium.run(page.fill("#text", ""))
        chromium.run(page.select_option("#outcome", "refused"))

        assert chromium.run(page.locator("#sends tr.row").count()) == 1


def test_clearing_elsewhere_reaches_the_page(chromium: Chromium, fcm: FcmStandIn) -> None:
    with opened(chromium, fcm.url) as page, sender(fcm.url) as client:
        send(client, note())
        waits_for(chromium, page, ".phone")
        fcm.clear()

        chromium.run(page.wait_for_selector("#no-phones:not([hidden])"))
        assert chromium.run(page.locator("#sends tr").count()) == 0


def test_message_runs_nothing_on_the_page(chromium: Chromium, fcm: FcmStandIn) -> None:
    with opened(chromium, fcm.url) as page, sender(fcm.url) as client:
        send(client, note("x", EVIL, data={EVIL: EVIL}))
        chromium.run(page.wait_for_selector(".note"))
        chromium.run(page.click("tr.row"))
        chromium.run(page.wait_for_selector("pre"))

        assert EVIL in chromium.run(page.inner_text(".note"))
        assert chromium.run(page.title()) == "FCM stand-in"


def deliver(mail: MailSink, subject: str, html: str) -> None:
    address = urlsplit(mail.smtp_url)
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@courtside.test", "ana@example.org", subject
    message.set_content("in words")
    message.add_alternative(html, subtype="html")
    with smtplib.SMTP(address.hostname or "", address.port or 0, timeout=10) as connection:
        connection.starttls(context=ssl.create_default_context(cafile=mail.certificate))
        connection.login(address.username or "", address.password or "")
        connection.send_message(message)


def test_mail_is_shown_and_runs_nothing(chromium: Chromium, mail: MailSink) -> None:
    with opened(chromium, mail.url) as page:
        deliver(mail, EVIL, f"<h1>Hello</h1>{EVIL}<script>parent.document.title='pwned'</script>")
        frame = page.frame_locator("iframe")
        assert chromium.run(frame.locator("h1").inner_text()) == "Hello"

        assert EVIL in chromium.run(page.inner_text("#list button"))
        assert chromium.run(page.title()) == "Mail server"
        assert chromium.run(page.evaluate("document.querySelector('iframe').contentDocument")) is None
        chromium.run(page.click("text=Text"))
        assert waits_for(chromium, page, "pre").strip() == "in words"


def test_recipients_are_refused_from_the_page(chromium: Chromium, mail: MailSink) -> None:
    with opened(chromium, mail.url) as page:
        chromium.run(page.fill("[name=to]", "*@example.org"))
        chromium.run(page.click("#script button"))
        waits_for(chromium, page, ".scripted")

        with pytest.raises(smtplib.SMTPRecipientsRefused):
            deliver(mail, "x", "x")
