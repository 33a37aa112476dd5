"""What reminders a service may have, and what each says of itself."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from courtside.notifications.events import BookingNear, CreditsNearExpiry, SessionNear
from courtside.notifications.policy import notices_of
from courtside.notifications.types import collapse_of, expiry_of, link_of
from courtside.trainers.schemas import ServiceOffer
from tests.unit.notifications.events import AT, happened


def offer(**terms: Any) -> ServiceOffer:
    return ServiceOffer(name="Boxing", duration_minutes=60, price_minor=0, currency="EUR", **terms)


def test_a_service_reminds_a_day_and_an_hour_before_unless_it_says_otherwise() -> None:
    assert offer().reminders == (1440, 60)
    assert offer(reminders=[]).reminders == ()
    assert offer(reminders=[5, 60, 20_160, 60]).reminders == (20_160, 60, 5)


@pytest.mark.parametrize("minutes", [[4], [20_161], [0], [-60], [5, 6, 7, 8, 9, 10], [None]])
def test_reminders_are_few_and_within_two_weeks(minutes: list[int]) -> None:
    with pytest.raises(ValidationError):
        offer(reminders=minutes)


@pytest.mark.parametrize("kind", [BookingNear, SessionNear])
def test_another_lead_or_another_time_is_another_reminder(kind: type) -> None:
    def key(**changes: Any) -> str:
        (notice,) = notices_of(happened(kind, **changes))
        return notice.dedupe_key

    assert key() == key(service_name="Another name", ends_at=AT + timedelta(hours=2))
    assert len({key(), key(lead_minutes=60), key(starts_at=AT + timedelta(days=1))}) == 3


def test_a_reminder_leads_to_what_its_reader_has_there() -> None:
    (client,), (trainer,) = notices_of(happened(BookingNear)), notices_of(happened(SessionNear))

    for notice, kind in ((client, "booking"), (trainer, "session")):
        id_ = notice.payload[f"{kind}_id"]
        assert link_of(notice.type, notice.payload) == f"/{kind}s/{id_}"
        assert collapse_of(notice.type, notice.payload) == f"reminder:{id_}"
        assert expiry_of(notice.type, notice.payload) == AT


def test_credits_that_expire_are_told_with_how_many_and_until_when() -> None:
    (notice,) = notices_of(happened(CreditsNearExpiry, remaining=4))

    assert (notice.user_id, notice.payload["change"]) == ("ada", 4)
    assert expiry_of(notice.type, notice.payload) == AT
