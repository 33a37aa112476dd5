"""Who reacts to what: the documents, feeds and notices of each event."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from courtside.bookings.events import BookingEvent
from courtside.identity.events import UserRegistered
from courtside.notifications.policy import notices_of
from courtside.relay.documents import UnknownDocument, projection_of
from courtside.relay.feeds import FEED, feed_entries
from courtside.relay.subscriptions import documents_of
from courtside.trainers.events import OpenTimesChanged, TrainerApplied, TrainerApproved, TrainerProfileChanged
from tests.unit.relay.builders import (
    BOOKING,
    NOW,
    OLD_SESSION,
    SESSION,
    booking_cancelled,
    booking_rescheduled,
    session_booked,
)

BOOKING_EVENTS = [session_booked(), booking_cancelled(), booking_rescheduled()]


def test_a_booking_is_in_its_own_document_its_sessions_and_each_days() -> None:
    dates = (date(2026, 5, 4), date(2026, 5, 5))

    assert documents_of(session_booked(dates=dates)) == [
        f"bookings/{BOOKING}",
        f"sessions/{SESSION}",
        "trainers/tom/days/2026-05-04",
        "trainers/tom/days/2026-05-05",
    ]


def test_a_move_is_in_the_old_session_too() -> None:
    assert f"sessions/{OLD_SESSION}" in documents_of(booking_rescheduled())


def test_changed_open_times_are_in_every_day_of_the_range() -> None:
    event = OpenTimesChanged(trainer_id="tom", first_date=date(2026, 2, 28), last_date=date(2026, 3, 2))

    assert [path.rsplit("/", 1)[1] for path in documents_of(event)] == [
        "2026-02-28",
        "2026-03-01",
        "2026-03-02",
    ]


def test_a_range_that_is_empty_touches_nothing() -> None:
    event = OpenTimesChanged(trainer_id="tom", first_date=date(2026, 3, 2), last_date=date(2026, 2, 28))

    assert documents_of(event) == []


def test_an_application_makes_no_document_that_everyone_reads() -> None:
    assert documents_of(TrainerApplied(trainer_id="tom", display_name="Tom")) == []


@pytest.mark.parametrize(
    "event",
    [
        *BOOKING_EVENTS,
        UserRegistered(user_id="ada", display_name="Ada"),
        TrainerApproved(trainer_id="tom", display_name="Tom"),
        TrainerProfileChanged(trainer_id="tom"),
        OpenTimesChanged(trainer_id="tom", first_date=date(2026, 3, 1), last_date=date(2026, 3, 1)),
    ],
    ids=lambda event: event.name,
)
def test_every_document_of_an_event_has_a_projection(event: BookingEvent) -> None:
    paths = documents_of(event)

    assert paths
    assert all(projection_of(path) for path in paths)


@pytest.mark.parametrize(
    "path", ["trainers", "trainers/tom/days", "nowhere/x", "bookings/a/b/c", "users/u/inbox"]
)
def test_a_path_of_no_projection_is_named(path: str) -> None:
    with pytest.raises(UnknownDocument, match=path):
        projection_of(path)


@pytest.mark.parametrize("event", BOOKING_EVENTS, ids=lambda event: event.name)
def test_a_bookings_events_go_to_admins_its_trainer_and_its_client(event: BookingEvent) -> None:
    entries = feed_entries(event, NOW)

    assert {entry.target for entry in entries} == {"admin", "trainer_tom", "client_ada"}
    assert {entry.kind for entry in entries} == {FEED}
    assert {entry.payload["occurred_at"] for entry in entries} == {NOW.isoformat()}
    assert len({entry.id for entry in entries}) == 3


@pytest.mark.parametrize("event", BOOKING_EVENTS, ids=lambda event: event.name)
def test_the_clients_copy_has_no_client_id(event: BookingEvent) -> None:
    payloads = {entry.target: entry.payload["payload"] for entry in feed_entries(event, NOW)}

    assert "client_id" not in payloads["client_ada"]
    assert payloads["trainer_tom"]["client_id"] == payloads["admin"]["client_id"] == "ada"


def test_why_somebody_cancelled_is_in_no_feed() -> None:
    entries = feed_entries(booking_cancelled(reason="a private matter"), NOW)

    assert "private" not in str(entries)


def test_a_registration_is_told_to_admins_without_a_name() -> None:
    (entry,) = feed_entries(UserRegistered(user_id="ada", display_name="Ada Lovelace"), NOW)

    assert entry.target == "admin"
    assert entry.payload["payload"] == {"user_id": "ada"}


def test_what_nobody_is_told_has_no_entries() -> None:
    assert feed_entries(TrainerProfileChanged(trainer_id="tom"), NOW) == []


@pytest.mark.parametrize("event", BOOKING_EVENTS, ids=lambda event: event.name)
def test_client_and_trainer_are_told_of_a_booking(event: BookingEvent) -> None:
    notices = notices_of(event)

    assert [notice.user_id for notice in notices] == ["ada", "tom"]
    assert {notice.payload["booking_id"] for notice in notices} == {str(BOOKING)}


def test_each_move_is_a_notice_of_its_own_and_a_repeat_is_not() -> None:
    first, second = booking_rescheduled(reschedules=1), booking_rescheduled(reschedules=2)

    assert notices_of(first)[0].dedupe_key == notices_of(booking_rescheduled(reschedules=1))[0].dedupe_key
    assert notices_of(first)[0].dedupe_key != notices_of(second)[0].dedupe_key


def test_notices_of_different_bookings_are_different() -> None:
    other = replace(session_booked(), booking_id=UUID(int=1))

    assert notices_of(session_booked())[0].dedupe_key != notices_of(other)[0].dedupe_key


def test_an_approved_trainer_is_told() -> None:
    (notice,) = notices_of(TrainerApproved(trainer_id="tom", display_name="Tom"))

    assert (notice.user_id, notice.type) == ("tom", "trainer.approved")
