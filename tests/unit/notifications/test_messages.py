"""What notifications say, in every language, whatever their payload."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courtside.notifications.messages.rendering import message_of, name_of_type
from courtside.notifications.types import TYPES
from tests.unit.notifications.payloads import LOCALES, VARIANTS, WHOLE, ZONES, Told, anything, told

PLACEHOLDER = re.compile(r"\{[a-z_]*\}")


@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize("type_", TYPES)
def test_every_type_says_all_it_has_to_say_in_every_variant(type_: str, locale: str) -> None:
    for field in TYPES[type_].told_by:
        for value in VARIANTS[field]:
            message = message_of(Told(type_, {**WHOLE, field: value}), locale, "Europe/Madrid")

            assert all((message.title, message.body, message.push_title, message.push_body, message.subject))
            assert not PLACEHOLDER.search(repr(message))
            # Not the text for a type that nobody knows.
            assert message.title != message_of(told("newer.type"), locale, "UTC").title


@settings(max_examples=150, deadline=None)
@given(notification=anything(), locale=st.sampled_from(LOCALES), zone=st.sampled_from(ZONES))
def test_whatever_is_stored_can_be_told(notification: Told, locale: str, zone: str) -> None:
    message = message_of(notification, locale, zone)

    assert all((message.title, message.body, message.push_title, message.push_body, message.subject))
    for line in (message.title, message.push_title, message.push_body, message.subject, message.link):
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", line)
    assert len(message.push_title) <= 150
    assert len(message.push_body) <= 240
    assert len(message.body) <= 4_000
    assert message.link.startswith("/")
    assert set(message.link) <= set("/-_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    # Braces that are there were somebody's own.
    if "{" not in str(notification.payload):
        assert "{" not in repr(message).replace("{}", "")


@given(name=st.sampled_from(["Boxing", "Ada Lovelace", "{when}", "{0.__class__}"]))
def test_a_name_is_never_in_a_push(name: str) -> None:
    for type_ in set(TYPES) - {"broadcast.sent"}:
        message = message_of(told(type_, service_name=name), "en", "UTC")

        assert name not in message.push_title + message.push_body


@pytest.mark.parametrize(
    ("locale", "zone", "when"),
    [
        ("en", "Europe/Madrid", "Saturday, November 21, 2026 at 10:00\u00a0AM CET"),
        ("en-GB", "Europe/London", "Saturday, 21 November 2026 at 09:00 GMT"),
        ("es", "Europe/Madrid", "sábado, 21 de noviembre de 2026, 10:00 CET"),
        ("es-MX", "America/Mexico_City", "sábado, 21 de noviembre de 2026, 3:00\u00a0a.m. CST"),
        ("en", "Pacific/Kiritimati", "Saturday, November 21, 2026 at 11:00\u00a0PM UTC+14"),
        ("en", "Asia/Kathmandu", "Saturday, November 21, 2026 at 2:45\u00a0PM UTC+5:45"),
        ("en", "Nowhere", "Saturday, November 21, 2026 at 9:00\u00a0AM UTC"),
        ("de-DE", "Europe/Berlin", "Saturday, November 21, 2026 at 10:00\u00a0AM CET"),
    ],
)
def test_a_time_is_the_readers_own(locale: str, zone: str, when: str) -> None:
    message = message_of(told("session.booked"), locale, zone)

    assert when in message.body
    assert dict(message.facts)["Cuándo" if locale.startswith("es") else "When"] == when


def test_a_summer_and_a_winter_time_bear_their_own_names() -> None:
    message = message_of(told("session.rescheduled"), "en", "Europe/Madrid")

    assert "from Tuesday, July 21, 2026 at 11:00\u00a0AM CEST to Saturday, November 21" in message.body


@pytest.mark.parametrize(
    ("locale", "minor", "currency", "money"),
    [
        ("en", 123_456, "EUR", "€1,234.56"),
        ("es", 123_456, "EUR", "1.234,56\u00a0€"),
        ("en", 500, "JPY", "¥500"),
        ("en", 12_345, "KWD", "KWD\u00a012.345"),
        ("en", 100, "XQX", "XQX\u00a01.00"),
    ],
)
def test_money_is_written_as_the_reader_writes_it(locale: str, minor: int, currency: str, money: str) -> None:
    message = message_of(told("fee.charged", amount_minor=minor, currency=currency), locale, "UTC")

    assert money in message.body


@pytest.mark.parametrize(
    ("locale", "change", "credits"),
    [
        ("en", 1, "1 credit more"),
        ("en", 1200, "1,200 credits"),
        ("es", -1, "1 crédito"),
        ("es", 2, "2 créditos"),
    ],
)
def test_credits_are_counted(locale: str, change: int, credits: str) -> None:
    assert credits in message_of(told("credits.granted", change=change), locale, "UTC").body


def test_a_fraction_is_not_counted() -> None:
    whole, halved = (message_of(told("credits.granted", change=change), "en", "UTC") for change in (1, 0.5))

    assert "1 credit" in whole.body
    assert halved.body
    assert "0.5" not in halved.body


def test_a_payload_that_lacks_a_field_is_told_without_it() -> None:
    message = message_of(Told("session.booked", {"role": "client"}), "en", "UTC")

    assert (message.title, message.body) == ("Booking confirmed", "Open Courtside to see it.")
    assert (message.facts, message.link) == ((), "/inbox")


def test_what_an_older_version_wrote_without_a_role_is_told_to_a_client() -> None:
    payload = {name: value for name, value in WHOLE.items() if name != "role"}

    assert message_of(Told("session.booked", payload), "en", "UTC").title == "Booking confirmed"


def test_the_most_particular_text_is_told() -> None:
    def title(ended: str, role: str = "client") -> str:
        return message_of(told("session.cancelled", ended=ended, role=role), "en", "UTC").title

    assert title(ended="request_expired") == "Request without an answer"
    assert title(ended="request_expired", role="trainer") == "Request expired"
    assert title(ended="cancelled", role="trainer") == "Booking cancelled"
    assert title(ended="something new") == "Booking cancelled"


def test_several_in_one_say_how_many_and_lead_to_the_inbox() -> None:
    message = message_of(told("session.booked", count=3), "es", "UTC")

    assert (message.title, message.link, message.actions) == ("3 reservas nuevas", "/inbox", ())
    assert message_of(told("trainer.approved", count=2), "en", "UTC").title == "2 new notifications"
    declined = told("session.cancelled", ended="declined", count=2)
    assert message_of(declined, "en", "UTC").title == "2 requests declined"


def test_an_announcement_says_what_its_author_says() -> None:
    message = message_of(told("broadcast.sent", body="One.\n\nTwo {when} <b>."), "es", "UTC")

    assert (message.title, message.body) == ("Closed on Monday", "One.\n\nTwo {when} <b>.")
    assert message.push_body == "One. Two {when} <b>."


def test_types_have_names_to_choose_among() -> None:
    assert (name_of_type("session.booked", "es"), name_of_type("newer.type", "en")) == (
        "Reservas nuevas",
        "Other news",
    )
