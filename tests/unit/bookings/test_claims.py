"""Holds and requests: how long they last, and who may do what with them, over any times and lengths."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtside.actors import Actor, Role
from courtside.bookings import policy
from courtside.bookings.model import Booking, BookingStatus
from courtside.bookings.refusals import (
    BookingNotFound,
    HoldExpired,
    HoldSpent,
    NotHeld,
    NotPending,
    RequestExpired,
    StaffOnly,
)
from courtside.trainers.model import Service
from courtside.trainers.schemas import ServiceOffer
from tests.unit.bookings.stakes import a_booking

NOW = datetime(2026, 5, 4, 8, tzinfo=UTC)
ADA, BOB, TOM = (
    Actor(uid, role) for uid, role in (("ada", Role.CLIENT), ("bob", Role.CLIENT), ("tom", Role.TRAINER))
)
minutes = st.integers(1, 60)


def a_service(**terms: Any) -> Service:
    """An hour for one, but for the terms that are given."""
    offer = ServiceOffer(name="Boxing", duration_minutes=60, price_minor=5_000, currency="EUR", **terms)
    fields = {name: getattr(offer, name) for name in ServiceOffer.model_fields}
    return Service(**{**fields, "id": UUID(int=3), "trainer_id": "tom", "active": True, "policy": {}})


def a_hold(length: int, starts_in: int) -> tuple[Booking, Service]:
    service = a_service(hold_minutes=length)
    starts_at = NOW + timedelta(minutes=starts_in)
    expires_at = policy.expiry_of(BookingStatus.HELD, service, starts_at, NOW)
    held = a_booking(status="held", created_at=NOW, starts_at=starts_at, expires_at=expires_at)
    return held, service


@given(length=minutes, starts_in=st.integers(1, 300), waits=st.lists(minutes, max_size=8))
def test_however_often_it_is_extended_a_hold_ends_in_time(
    length: int, starts_in: int, waits: list[int]
) -> None:
    held, service = a_hold(length, starts_in)
    longest = min(NOW + 3 * timedelta(minutes=length), held.starts_at)
    now = NOW
    for wait in waits:
        now += timedelta(minutes=wait)
        if held.is_overdue(now):
            break
        try:
            until = policy.extended_until(held, service, now)
        except HoldSpent:
            continue
        assert held.expires_at is not None
        assert held.expires_at < until <= longest
        held = replace(held, expires_at=until)
    assert held.expires_at is not None
    assert held.expires_at <= longest


@given(
    status=st.sampled_from([BookingStatus.HELD, BookingStatus.PENDING]),
    length=minutes,
    within=st.integers(5, 20_160),
    starts_in=st.integers(1, 40_000),
)
def test_what_is_provisional_ends_after_now_and_not_after_the_start(
    status: BookingStatus, length: int, within: int, starts_in: int
) -> None:
    starts_at = NOW + timedelta(minutes=starts_in)

    ends = policy.expiry_of(
        status, a_service(hold_minutes=length, confirm_within_minutes=within), starts_at, NOW
    )

    assert ends is not None
    assert NOW < ends <= starts_at
    asked = length if status is BookingStatus.HELD else within
    assert ends == min(NOW + timedelta(minutes=asked), starts_at)


@pytest.mark.parametrize("status", sorted(set(BookingStatus) - {BookingStatus.HELD, BookingStatus.PENDING}))
def test_what_is_sure_or_over_never_ends_by_itself(status: BookingStatus) -> None:
    assert policy.expiry_of(status, a_service(), NOW + timedelta(days=1), NOW) is None


@pytest.mark.parametrize(
    ("asks", "by_staff", "status"),
    [
        (False, False, "confirmed"),
        (False, True, "confirmed"),
        (True, True, "confirmed"),
        (True, False, "pending"),
    ],
)
def test_only_clients_are_asked_to_wait(asks: bool, by_staff: bool, status: str) -> None:
    assert policy.decide_status(a_service(requires_confirmation=asks), by_staff=by_staff) == status


def test_a_hold_is_over_at_its_very_end() -> None:
    held, _ = a_hold(5, 600)
    end = NOW + timedelta(minutes=5)

    policy.require_own_hold(ADA, held, end - timedelta(microseconds=1))
    with pytest.raises(HoldExpired):
        policy.require_own_hold(ADA, held, end)


def test_a_hold_is_its_owners() -> None:
    held, _ = a_hold(5, 600)

    with pytest.raises(BookingNotFound):
        policy.require_own_hold(BOB, held, NOW)
    policy.require_own_hold(BOB, replace(held, booked_by="bob"), NOW)
    with pytest.raises(NotHeld):
        policy.require_own_hold(ADA, replace(held, status="confirmed"), NOW)


def test_a_request_is_the_studios_to_decide_until_its_very_end() -> None:
    end = NOW + timedelta(hours=1)
    request = a_booking(status="pending", starts_at=NOW + timedelta(days=1), expires_at=end)

    policy.require_decidable(TOM, request, end - timedelta(microseconds=1))
    for actor, moment, refusal in (
        (TOM, end, RequestExpired),
        (ADA, NOW, StaffOnly),
        (BOB, NOW, BookingNotFound),
    ):
        with pytest.raises(refusal):
            policy.require_decidable(actor, request, moment)
    with pytest.raises(NotPending):
        policy.require_decidable(TOM, replace(request, status="confirmed"), NOW)
