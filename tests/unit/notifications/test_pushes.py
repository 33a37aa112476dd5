"""What FCM is given: of every type, for every platform, such as it takes; ids and generic text, nobody's name."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtside.notifications.model import LeasedDelivery
from courtside.notifications.outcomes import deadline_of
from courtside.notifications.pushes import push_of, screen_key
from courtside.notifications.types import TYPES, Priority
from local.fcm.devices import collapse_key, lifetime_seconds, present, replaces
from local.fcm.rules import violations_of
from tests.unit.notifications.leases import ID, NOW, TOKENS, leased
from tests.unit.notifications.payloads import WHOLE

PLATFORMS = sorted(TOKENS)


def push(delivery: LeasedDelivery, public_url: str = "https://app.example.com") -> dict[str, Any]:
    deadline = deadline_of("push", delivery.type, delivery.first_sent_at, delivery.expires_at)
    return push_of(delivery, deadline=deadline, public_url=public_url)


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("type_", sorted(TYPES))
def test_fcm_takes_every_type_on_every_platform(type_: str, platform: str) -> None:
    message = push(leased(type_, platform))

    assert violations_of(message) == []
    assert present(message, platform)
    assert message["token"] == TOKENS[platform]


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("type_", sorted(set(TYPES) - {"broadcast.sent"}))
def test_no_push_tells_what_was_booked(type_: str, platform: str) -> None:
    text = json.dumps(push(leased(type_, platform)))

    assert "Boxing" not in text


@pytest.mark.parametrize("platform", PLATFORMS)
def test_all_attempts_at_a_notification_take_the_same_place_on_a_screen(platform: str) -> None:
    first = push(leased(platform=platform))
    later = push(leased(platform=platform, attempts=3, now=NOW + timedelta(minutes=5), id=ID))
    other = push(leased(platform=platform, notification_id=UUID(int=7)))

    assert replaces(first, platform) == replaces(later, platform) == ID.hex
    assert collapse_key(first, platform) == ID.hex
    assert replaces(other, platform) != ID.hex


def test_reminders_of_a_booking_replace_each_other() -> None:
    first, second = (leased("session.reminder", notification_id=UUID(int=number)) for number in (1, 2))
    elsewhere = leased("session.reminder", payload={**WHOLE, "booking_id": str(UUID(int=9))})

    assert screen_key(first) == screen_key(second) != screen_key(elsewhere)
    assert len(screen_key(first)) == 32


@pytest.mark.parametrize("platform", PLATFORMS)
def test_fcm_keeps_it_for_as_long_as_it_is_worth_showing(platform: str) -> None:
    later = NOW + timedelta(minutes=10)
    message = push(leased("waitlist.offered", platform, now=later))

    assert lifetime_seconds(message, platform, later.timestamp()) == pytest.approx(50 * 60, abs=1)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_leads_to_its_page(platform: str) -> None:
    message = push(leased(platform=platform))

    assert message["data"]["link"] == f"/bookings/{WHOLE['booking_id']}"
    assert message["data"]["notification_id"] == str(ID)
    if platform == "web":
        link = message["webpush"]["fcm_options"]["link"]
        assert link == f"https://app.example.com/bookings/{WHOLE['booking_id']}"


def test_on_one_machine_the_clients_worker_opens_the_link_itself() -> None:
    assert "fcm_options" not in push(leased(platform="web"), "http://127.0.0.1:5000")["webpush"]


def test_urgent_ones_are_loud_and_stay_and_low_ones_are_silent() -> None:
    urgent = push(leased("waitlist.offered", "web"))["webpush"]
    low = push(leased("review.invited", "web"))["webpush"]

    assert (urgent["headers"]["Urgency"], urgent["notification"]["requireInteraction"]) == ("high", True)
    assert (low["headers"]["Urgency"], low["notification"]["silent"]) == ("normal", True)


def test_installation_ids_are_sent_as_such() -> None:
    message = push(leased(token="c1XnXoJzTKqZ8vq2mQxw0A"))

    assert (message["fid"], "token" in message) == ("c1XnXoJzTKqZ8vq2mQxw0A", False)


@given(
    st.text(max_size=5_000), st.text(max_size=5_000), st.sampled_from(PLATFORMS), st.sampled_from(Priority)
)
def test_an_announcement_of_any_length_fits(title: str, body: str, platform: str, priority: Priority) -> None:
    payload = {**WHOLE, "title": title, "body": body}

    message = push(leased("broadcast.sent", platform, payload=payload, priority=priority.value))

    assert violations_of(message) == []
