"""E-mails: both forms say the same, nothing of somebody's writing is taken for markup or for a header."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courtside.notifications.messages.letters import Envelope, email_of, html_of
from courtside.notifications.messages.rendering import message_of
from courtside.notifications.types import TYPES
from tests.unit.notifications.payloads import LOCALES, Told, anything, told

UNSUBSCRIBE = "https://app.example/unsubscribe/abc.def"
CALENDAR = "BEGIN:VCALENDAR\r\nSUMMARY:Boxing\\, ñ\r\nEND:VCALENDAR\r\n"
OURS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "div",
    "table",
    "tr",
    "td",
    "h1",
    "p",
    "br",
    "a",
} | {"span"}


def envelope(**changes: Any) -> Envelope:
    return Envelope(
        **{
            "id": UUID(int=7),
            "sender": "Courtside <no-reply@courtside.example>",
            "recipient": "ada@example.com",
            "sent_at": datetime(2026, 11, 20, 8, tzinfo=UTC),
            "public_url": "https://app.example/",
            "unsubscribe_url": UNSUBSCRIBE,
            **changes,
        }
    )


def mail(notification: Told, locale: str = "en", **changes: Any) -> EmailMessage:
    """The e-mail as a mail program parses it from the wire."""
    message = message_of(notification, locale, "Europe/Madrid")
    parsed = message_from_bytes(email_of(message, envelope(**changes)).as_bytes(), policy=SMTP)
    assert isinstance(parsed, EmailMessage)
    return parsed


def part(email: EmailMessage, subtype: str) -> str:
    """The text of one of its parts."""
    (found,) = [each for each in email.walk() if each.get_content_subtype() == subtype]
    return str(found.get_content()).replace("\r\n", "\n")


class Page(HTMLParser):
    """A page's elements, addresses and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.addresses: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize("type_", TYPES)
def test_both_forms_say_the_same(type_: str, locale: str) -> None:
    message = message_of(told(type_), locale, "Europe/Madrid")
    email = mail(told(type_), locale)
    text, page = part(email, "plain"), Page(part(email, "html"))

    for said in (message.title, *message.body.split("\n"), *(value for _, value in message.facts)):
        assert said in text
        assert said in page.text
    assert set(page.addresses) == {word for word in text.split() if word.startswith("https://")}
    assert page.elements <= OURS
    assert email["Subject"] == message.subject
    assert email["Content-Language"] == locale


@settings(max_examples=60, deadline=None)
@given(notification=anything(), locale=st.sampled_from(LOCALES))
def test_nobodys_words_become_markup_or_headers(notification: Told, locale: str) -> None:
    message = message_of(notification, locale, "UTC")
    email = email_of(message, envelope())
    headers = email.as_bytes().split(b"\r\n\r\n")[0]

    assert Page(html_of(message, envelope())).elements <= OURS
    assert "bcc" not in {name.lower() for name in email}
    assert [line for line in headers.split(b"\r\n") if line.lower().startswith(b"bcc")] == []
    assert email["To"] == "ada@example.com"


def test_a_header_cannot_be_added_through_a_name() -> None:
    email = mail(told("session.booked", service_name="Boxing\r\nBcc: eve@example.com\r\n\r\n<script>"))

    assert email["Bcc"] is None
    assert email["Subject"] == "Booking confirmed: Boxing Bcc: eve@example.com <script>"
    assert "<script>" not in part(email, "html")
    assert "&lt;script&gt;" in part(email, "html")


@pytest.mark.parametrize(
    "address", ["ada@example.com\r\nBcc: eve@example.com", "ada", "", "@example.com", "ada@"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    message = message_of(told("session.booked"), "en", "UTC")

    with pytest.raises(ValueError, match="not an e-mail address"):
        email_of(message, envelope(recipient=address))


def test_one_click_unsubscribes_from_what_can_be_switched_off() -> None:
    email = mail(told("session.booked"))

    assert email["List-Unsubscribe"] == f"<{UNSUBSCRIBE}>"
    assert email["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert UNSUBSCRIBE in part(email, "plain")
    assert "cannot be switched off" not in part(email, "plain")


def test_what_cannot_be_switched_off_says_so() -> None:
    email = mail(told("session.cancelled"), unsubscribe_url=None)

    assert email["List-Unsubscribe"] is email["List-Unsubscribe-Post"] is None
    assert "cannot be switched off" in part(email, "plain")
    assert "cannot be switched off" in part(email, "html")


def test_the_same_e_mail_has_the_same_id_and_is_answered_by_no_machine() -> None:
    first, again = mail(told("session.booked")), mail(told("session.booked"))

    assert first["Message-ID"] == again["Message-ID"] == f"<{UUID(int=7)}@courtside.example>"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Date"] == "Fri, 20 Nov 2026 08:00:00 +0000"


def test_a_booking_comes_with_its_calendar_file() -> None:
    email = mail(told("session.booked"), calendar=CALENDAR)
    (file,) = email.iter_attachments()

    assert (file.get_filename(), file.get_content_type()) == ("booking.ics", "text/calendar")
    assert file.get_content().replace("\r\n", "\n") == CALENDAR.replace("\r\n", "\n")
    assert "puts the booking into your calendar" in part(email, "plain")
    assert [*mail(told("session.booked")).iter_attachments()] == []


def test_a_button_for_each_action_leads_to_the_page_that_asks() -> None:
    email = mail(told("session.requested", role="trainer", booking_id="b7"))
    page = Page(part(email, "html"))

    assert page.addresses[:3] == [
        "https://app.example/bookings/b7?action=confirm",
        "https://app.example/bookings/b7?action=decline",
        "https://app.example/bookings/b7",
    ]


def test_a_digest_holds_what_it_is_made_of() -> None:
    items = tuple(
        message_of(told(type_, service_name="<Boxing>", booking_id="b7"), "en", "UTC")
        for type_ in ("session.booked", "review.invited")
    )
    email = mail(Told("digest.sent", {"unread": 9}), items=items, more=7)
    page = Page(part(email, "html"))

    assert email["Subject"] == "What you have not read yet"
    assert "You have 9 unread notifications in your inbox." in page.text
    assert all("And 7 more." in text for text in (page.text, part(email, "plain")))
    for item in items:
        assert item.title in page.text
        assert item.body in page.text
        assert f"{item.title}\n{item.body}\nhttps://app.example{item.link}" in part(email, "plain")
        assert f"https://app.example{item.link}" in page.addresses


def test_it_reads_on_phones_and_in_the_dark() -> None:
    page = part(mail(told("session.booked")), "html")

    assert 'name="viewport" content="width=device-width, initial-scale=1"' in page
    assert "prefers-color-scheme: dark" in page
    assert 'name="color-scheme" content="light dark"' in page
    # Nothing is fetched by opening it: no picture tells anybody that it was read.
    assert "<img" not in page
    assert "url(" not in page
