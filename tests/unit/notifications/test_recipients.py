"""Who is told of what: every kind of event has been thought of, and no notice says who somebody is."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from courtside.bookings.events import (
    AchievementChanged,
    BookingCancelled,
    BookingOffered,
    BookingPromoted,
    BookingRescheduled,
    ConflictFound,
    HoldEnded,
    SessionBooked,
)
from courtside.credits.events import AllocationUpdated, FeeChanged
from courtside.events import Event
from courtside.identity.events import UserRegistered
from courtside.notifications.events import WebhookFailing
from courtside.notifications.messages.rendering import message_of
from courtside.notifications.model import ADMINS, Notice
from courtside.notifications.policy import addressed, bundle_of, notices_of
from courtside.notifications.types import TYPES
from courtside.reviews.events import DisputeClosed, DisputeContinued, DisputeOpened, ReviewChanged
from tests.unit.notifications.events import events_of, happened

KINDS = sorted(events_of(), key=lambda kind: kind.name)
# Kinds that concern nobody's inbox, whatever they say: only documents and feeds show them.
SILENT = {
    "account.deleted.v1",
    "account.updated.v1",
    "booking.held.v1",
    "booking.hold_extended.v1",
    "schedule.conflict_settled.v1",
    "session.completed.v1",
    "session.created.v1",
    "session.updated.v1",
    "trainer.open_times_changed.v1",
    "trainer.profile_changed.v1",
    "waitlist.moved.v1",
}
# What must be said for those to be told whom it concerns.
TOLD: dict[str, dict[str, Any]] = {
    "allocation.updated.v1": {"kind": "grant"},
    "booking.hold_ended.v1": {"ended": "hold_expired"},
    "review.changed.v1": {"change": "answered"},
    "achievement.changed.v1": {"code": "first_session"},
}


def told(event: Event) -> list[tuple[str, str, str]]:
    """Whom, of what, as what."""
    return [(notice.user_id, notice.type, notice.payload["role"]) for notice in notices_of(event)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_of_event_is_told_or_meant_to_be_silent(kind: type[Event]) -> None:
    notices = notices_of(happened(kind, **TOLD.get(kind.name, {})))

    assert bool(notices) != (kind.name in SILENT)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_notice_is_of_a_known_type_tells_its_role_and_can_be_told(kind: type[Event]) -> None:
    for notice in notices_of(happened(kind, **TOLD.get(kind.name, {}))):
        assert notice.type in TYPES
        assert notice.payload["role"] in ("client", "trainer", "admin")
        assert (notice.user_id == ADMINS) == (notice.payload["role"] == "admin")
        for locale in ("en", "es"):
            unknown = message_of(Notice("", "newer.type", "", {}), locale, "UTC")
            assert message_of(notice, locale, "UTC").body != unknown.body


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_same_event_is_told_once_and_another_one_anew(kind: type[Event]) -> None:
    def keys(event: Event) -> Counter[tuple[str, str]]:
        return Counter((notice.user_id, notice.dedupe_key) for notice in notices_of(event))

    event = happened(kind, **TOLD.get(kind.name, {}))

    assert keys(event) == keys(happened(kind, **TOLD.get(kind.name, {})))
    assert all(count == 1 for count in keys(event).values())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_no_notice_says_anybodys_name_or_reason(kind: type[Event]) -> None:
    said = {
        name: "zyxo"
        for name in ("display_name", "reason", "last_failure")
        if name in kind.__dataclass_fields__
    }

    assert "zyxo" not in str(notices_of(happened(kind, **TOLD.get(kind.name, {}), **said)))


@pytest.mark.parametrize(
    ("ended", "expected"),
    [
        ("cancelled", [("ada", "session.cancelled", "client"), ("tom", "session.cancelled", "trainer")]),
        ("declined", [("ada", "session.cancelled", "client"), ("tom", "session.cancelled", "trainer")]),
        (
            "request_expired",
            [("ada", "session.cancelled", "client"), ("tom", "session.cancelled", "trainer")],
        ),
        ("session_cancelled", [("ada", "session.cancelled", "client")]),
        ("waitlist_closed", [("ada", "session.cancelled", "client")]),
        ("offer_expired", [("ada", "waitlist.offer_expired", "client")]),
        ("offer_declined", []),
        ("left_waitlist", []),
    ],
)
def test_how_a_booking_ended_decides_who_is_told(ended: str, expected: list[tuple[str, str, str]]) -> None:
    assert told(happened(BookingCancelled, ended=ended)) == expected


def test_a_hold_that_was_let_go_is_told_to_nobody() -> None:
    assert told(happened(HoldEnded, ended="hold_released")) == []
    assert told(happened(HoldEnded, ended="hold_expired")) == [("ada", "booking.hold_expired", "client")]


def test_a_request_is_something_else_than_a_booking() -> None:
    assert {type_ for _, type_, _ in told(happened(SessionBooked, status="pending"))} == {"session.requested"}
    assert {type_ for _, type_, _ in told(happened(SessionBooked))} == {"session.booked"}


def test_whoever_moves_up_but_has_to_be_confirmed_is_a_request_to_the_trainer() -> None:
    assert told(happened(BookingPromoted, status="pending")) == [
        ("ada", "waitlist.promoted", "client"),
        ("tom", "session.requested", "trainer"),
    ]
    assert told(happened(BookingPromoted, status="confirmed"))[1] == ("tom", "waitlist.promoted", "trainer")


def test_an_offer_says_until_when() -> None:
    (notice,) = notices_of(happened(BookingOffered))

    assert notice.payload["expires_at"] == "2026-11-21T09:00:00+00:00"


def test_a_dispute_is_told_to_both_and_to_whoever_decides() -> None:
    parties = [("ada", "client"), ("tom", "trainer")]
    steps = {
        "dispute.opened": happened(DisputeOpened, status="open"),
        "dispute.answered": happened(DisputeContinued, status="answered", statement=2, answers=True),
        "dispute.lapsed": happened(DisputeContinued, status="lapsed"),
    }

    for type_, event in steps.items():
        assert [(uid, role) for uid, _, role in told(event)] == [*parties, (ADMINS, "admin")]
        assert {each for _, each, _ in told(event)} == {type_}
    assert [(uid, role) for uid, _, role in told(happened(DisputeClosed, status="resolved"))] == parties


def test_each_statement_of_a_dispute_is_news() -> None:
    first, second = (happened(DisputeContinued, status="answered", statement=number) for number in (2, 3))

    assert {type_ for _, type_, _ in told(first)} == {"dispute.continued"}
    assert notices_of(first)[0].dedupe_key != notices_of(second)[0].dedupe_key


def test_credits_that_paid_for_a_booking_are_no_news_of_their_own() -> None:
    assert told(happened(AllocationUpdated, kind="spend", change=-1)) == []
    assert [type_ for _, type_, _ in told(happened(AllocationUpdated, kind="expire"))] == ["credits.expired"]
    assert [type_ for _, type_, _ in told(happened(AllocationUpdated, kind="refund"))] == ["credits.refunded"]


def test_a_fee_is_charged_or_taken_back() -> None:
    charged, returned = happened(FeeChanged, change_minor=500), happened(FeeChanged, change_minor=-500)

    assert [type_ for _, type_, _ in told(charged)] == ["fee.charged"]
    assert [type_ for _, type_, _ in told(returned)] == ["fee.returned"]
    assert notices_of(returned)[0].payload["amount_minor"] == 500


@pytest.mark.parametrize("change", ["edited", "deleted", "shown"])
def test_what_becomes_of_a_review_is_told_only_where_others_did_it(change: str) -> None:
    assert told(happened(ReviewChanged, change=change)) == []


def test_an_achievement_that_was_revoked_is_not_told() -> None:
    assert told(happened(AchievementChanged, awarded=False)) == []


def test_a_conflict_is_told_to_all_who_are_in_it() -> None:
    event = happened(ConflictFound, trainer_ids=("tom", "tim"), client_id="ada")

    assert [(uid, role) for uid, _, role in told(event)] == [
        ("tom", "trainer"),
        ("tim", "trainer"),
        ("ada", "client"),
    ]
    assert [uid for uid, _, _ in told(happened(ConflictFound, trainer_ids=("tom",), client_id=None))] == [
        "tom"
    ]


def test_a_receiver_that_fails_again_after_it_recovered_is_told_again() -> None:
    first = happened(WebhookFailing, failures_in_a_row=5)
    later = happened(WebhookFailing, failures_in_a_row=5, last_success_at=first)

    assert notices_of(first)[0].dedupe_key != notices_of(later)[0].dedupe_key


def test_nobody_is_told_what_they_did_but_a_client_gets_a_receipt() -> None:
    client, trainer = notices_of(happened(BookingRescheduled))

    assert addressed(client, "tom") == client
    assert addressed(trainer, "tom") is None
    receipt = addressed(client, "ada")
    assert receipt is not None
    assert (receipt.receipt, receipt.payload) == (True, client.payload)


def test_what_needs_no_receipt_has_none() -> None:
    (notice,) = notices_of(happened(BookingOffered))

    assert addressed(notice, "ada") is None


def test_whoever_is_new_is_welcome() -> None:
    (notice,) = notices_of(happened(UserRegistered))
    welcome = addressed(notice, "ada")

    assert welcome is not None
    assert (welcome.type, welcome.receipt) == ("user.welcome", True)


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        (("session.booked", {"role": "trainer"}), ("session.booked", {"role": "trainer"}), True),
        (("session.booked", {"role": "trainer"}), ("session.booked", {"role": "client"}), False),
        (("session.cancelled", {"ended": "declined"}), ("session.cancelled", {"ended": "cancelled"}), False),
        # Told with all of their kind, whatever each says.
        (("achievement.awarded", {"code": "first"}), ("achievement.awarded", {"code": "tenth"}), True),
        (("session.booked", {}), ("session.requested", {}), False),
    ],
)
def test_what_is_alike_is_told_in_one(first: Any, second: Any, alike: bool) -> None:
    keys = [bundle_of(Notice("ada", type_, "key", payload)) for type_, payload in (first, second)]

    assert (keys[0] == keys[1]) is alike


@pytest.mark.parametrize("type_", ["waitlist.offered", "session.reminder"])
def test_what_is_urgent_or_replaces_another_is_told_alone(type_: str) -> None:
    assert bundle_of(Notice("ada", type_, "key", {"role": "client", "booking_id": "b1"})) is None


def test_what_confirms_is_not_told_with_what_informs() -> None:
    notice = Notice("ada", "session.booked", "key", {"role": "client"})

    assert bundle_of(notice) != bundle_of(replace(notice, receipt=True))
