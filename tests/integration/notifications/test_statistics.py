"""Counts by the hour are those of the rows, whatever happened in between, and staff see them in a document."""

import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courtside.db.reader import Reader
from courtside.db.unit_of_work import run_transaction
from courtside.histogram import bucket_of
from courtside.monitoring.service import publish_relay
from courtside.notifications import rollups, statistics
from courtside.notifications.breaker import FAILURES_TO_OPEN
from courtside.relay import jobs
from courtside.relay.delivery_lanes import send_all_due
from courtside.relay.planning_lane import plan_once
from local.fcm.client import FcmStandIn
from tests.integration.notifications.channels import Channels, book_for
from tests.log_capture import captured_logs
from tests.world import World

PATH = "stats/notifications"
HOUR = timedelta(hours=1)
STATES = ("waiting", "held", "sending", "accepted", "failed", "cancelled", "merged", "dead")
TYPES = ("session.booked", "session.reminder", "review.created")
NOTED = ("received_at", "shown_at", "clicked_at", "acted_at")


def this_hour() -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


def count(world: World, hour: datetime) -> bool:
    return run_transaction(
        world.backends.pool, lambda connection: rollups.count_hour(Reader(connection), hour)
    )


def counts(world: World, hour: datetime) -> dict[tuple[str, str], dict[str, Any]]:
    """What was counted, by type and channel, without what is nothing."""
    names = (*statistics.STATES, *statistics.TOLD_BACK, "reasons", "arrivals", "acts")
    rows = world.rows(
        f"SELECT type, channel, {', '.join(names)} FROM notification_counts WHERE hour = %s", hour
    )
    return {
        (type_, channel): {name: value for name, value in zip(names, values, strict=True) if value}
        for type_, channel, *values in rows
    }


@dataclass(frozen=True)
class Told:
    """A notification of the hour and what was done about it, times in seconds after it was written."""

    type: str
    minute: int
    receipt: bool
    written_after: float | None
    deliveries: list[tuple[str, str, str | None, str | None]]
    noted: dict[str, float] = field(default_factory=dict)


SECONDS = st.integers(1, 200_000).map(lambda ms: ms / 1000)
DELIVERIES = st.lists(
    st.tuples(
        st.sampled_from(["push", "email"]),
        st.sampled_from(STATES),
        st.sampled_from([None, "at_once", "grouped", "UNREGISTERED"]),
        st.sampled_from([None, "UNAVAILABLE", "UNREGISTERED"]),
    ),
    max_size=3,
)
TELLING = st.builds(
    Told,
    type=st.sampled_from(TYPES),
    minute=st.integers(-20, 80),
    receipt=st.booleans(),
    written_after=st.none() | SECONDS,
    deliveries=DELIVERIES,
    noted=st.dictionaries(st.sampled_from(NOTED), SECONDS),
)


def write(connection: psycopg.Connection[Any], hour: datetime, told: Told) -> None:
    """The rows that a notification leaves."""
    id_, at = uuid4(), hour + timedelta(minutes=told.minute)
    noted = {name: at + timedelta(seconds=after) for name, after in told.noted.items()}
    connection.execute(
        "INSERT INTO notifications (id, user_id, type, receipt, payload, dedupe_key, created_at,"
        " shown_at, clicked_at, acted_at) VALUES (%s, 'tom', %s, %s, '{}', %s, %s, %s, %s, %s)",
        [id_, told.type, told.receipt, str(id_), at, *(noted.get(name) for name in NOTED[1:])],
    )
    if told.written_after is not None:
        connection.execute(
            "INSERT INTO projection (path, want, have, wanted_at, next_at, first_written_at)"
            " VALUES (%s, 1, 1, %s, %s, %s)",
            [f"users/tom/inbox/{id_}", at, at, at + timedelta(seconds=told.written_after)],
        )
    for position, (channel, state, reason, error) in enumerate(told.deliveries):
        accepted_at = at + timedelta(seconds=2) if state == "accepted" else None
        connection.execute(
            "INSERT INTO deliveries (id, notification_id, user_id, channel, target, state, reason, last_error,"
            " created_at, next_at, accepted_at, received_at, shown_at, clicked_at, acted_at)"
            " VALUES (%s, %s, 'tom', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                *(uuid4(), id_, channel, str(position), state, reason, error, at, at, accepted_at),
                *(noted.get(name) for name in NOTED),
            ],
        )


def recount(tellings: list[Told]) -> dict[tuple[str, str], dict[str, Any]]:
    """The same, counted one by one."""
    found: dict[tuple[str, str], dict[str, Any]] = defaultdict(_nothing)
    for told in tellings:
        if not 0 <= told.minute < 60:
            continue
        if not told.receipt:
            _note_inbox(found[told.type, "inbox"], told)
        for channel, state, reason, error in told.deliveries:
            _note_delivery(found[told.type, channel], told, state, reason, error)
    return {key: {name: value for name, value in its.items() if value} for key, its in found.items()}


def _nothing() -> dict[str, Any]:
    durations: dict[str, Any] = {"reasons": Counter(), "arrivals": Counter(), "acts": Counter()}
    return dict.fromkeys((*statistics.STATES, *statistics.TOLD_BACK), 0) | durations


def _note_inbox(its: dict[str, Any], told: Told) -> None:
    its["waiting" if told.written_after is None else "accepted"] += 1
    if told.written_after is not None:
        its["arrivals"][str(bucket_of(told.written_after))] += 1
    _note_acts(its, told, NOTED[1:])


def _note_delivery(
    its: dict[str, Any], told: Told, state: str, reason: str | None, error: str | None
) -> None:
    state = "waiting" if state == "sending" else state
    its[state] += 1
    if state == "waiting" and error:
        its["reasons"][f"waiting:{error}"] += 1
    elif state in ("failed", "dead"):
        why = [reason, None if error == reason else error]
        its["reasons"][f"{state}:{':'.join(filter(None, why)) or 'unknown'}"] += 1
    elif state not in ("waiting", "accepted"):
        its["reasons"][f"{state}:{reason or 'unknown'}"] += 1
    if state == "accepted" and reason == "at_once":
        its["arrivals"][str(bucket_of(2.0))] += 1
    _note_acts(its, told, NOTED)


def _note_acts(its: dict[str, Any], told: Told, names: tuple[str, ...]) -> None:
    for name in names:
        its[name.removesuffix("_at")] += name in told.noted
    if "acted_at" in told.noted:
        its["acts"][str(bucket_of(told.noted["acted_at"]))] += 1


@pytest.fixture
def tom(world: World) -> World:
    """Tom, who is told things."""
    world.approve_trainer("tom", horizon_days=1)
    return world


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.lists(TELLING, max_size=4), later=st.lists(TELLING, max_size=4))
def test_what_is_counted_again_is_what_the_rows_say(
    tom: World, before: list[Told], later: list[Told]
) -> None:
    hour = this_hour() - 30 * HOUR
    with psycopg.connect(tom.backends.settings.database_url, autocommit=True) as connection:
        connection.execute("DELETE FROM notifications WHERE created_at < %s", [hour + 2 * HOUR])
        connection.execute("DELETE FROM projection WHERE first_written_at < %s", [hour + 3 * HOUR])
        for told in before:
            write(connection, hour, told)
        assert count(tom, hour)
        for told in later:
            write(connection, hour, told)
        assert count(tom, hour)
        assert count(tom, hour)

    assert counts(tom, hour) == recount([*before, *later])


def test_an_hour_that_somebody_else_counts_is_left_to_them(tom: World) -> None:
    with psycopg.connect(tom.backends.settings.database_url) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtext('courtside.notifications.count'))")

        assert not count(tom, this_hour())

    assert count(tom, this_hour())


def test_what_was_told_is_shown_to_staff(channels: Channels, fcm: FcmStandIn) -> None:
    world = channels.world
    book_for(channels)
    channels.send(channels.pushes)
    fcm.script("phone:tom", "UNREGISTERED")
    book_for(channels, hour=12)
    world.relay()
    channels.make_due()
    channels.send(channels.pushes)

    jobs.every_minute(world.backends)

    shown = document(world)
    assert set(shown) >= {"hour", "day", "week", "channels", "counted_at", "measured_at"}
    week = shown["week"]
    assert week["channels"]["push"]["accepted"] == 1
    arrival = week["channels"]["push"]["arrival"]
    assert arrival["count"] == 1
    assert 0 < arrival["p50_ms"] <= arrival["p99_ms"]
    assert week["channels"]["inbox"]["arrival"]["count"] >= 2
    booked = next(type_ for type_ in week["types"] if type_["type"] == "session.booked")
    assert (booked["category"], booked["channels"]["inbox"]["planned"]) == ("booking", 2)
    assert sum(hour["channels"]["push"]["planned"] for hour in week["hours"]) == 2
    assert week["hours"][-1]["hour_at"] == week["hours"][-1]["hour_at"].replace(minute=0, second=0)


def document(world: World) -> dict[str, Any]:
    world.relay()
    found = world.document(PATH)
    assert found is not None
    return found


def test_the_document_is_written_once_a_minute(tom: World) -> None:
    jobs.every_minute(tom.backends)
    first = document(tom)

    jobs.every_minute(tom.backends)

    assert document(tom)["measured_at"] == first["measured_at"]


def test_an_acknowledgement_of_last_week_is_counted_with_the_next_run(channels: Channels) -> None:
    world = channels.world
    book_for(channels)
    ((id_,),) = world.rows(
        "UPDATE notifications SET created_at = created_at - interval '5 days'"
        " WHERE user_id = 'tom' AND type = 'session.booked' RETURNING id"
    )
    hour = this_hour() - timedelta(days=5)
    count_everything(world)
    ((counted_at,),) = world.rows("SELECT counted_at FROM notification_hours WHERE hour = %s", hour)
    assert "acted" not in counts(world, hour)["session.booked", "inbox"]

    at = datetime.now(UTC).isoformat()
    world.call("tom", "notifications.acknowledge", notification_id=str(id_), what="acted", at=at)
    jobs.every_minute(world.backends)

    assert counts(world, hour)["session.booked", "inbox"]["acted"] == 1
    assert world.rows("SELECT counted_at > %s FROM notification_hours WHERE hour = %s", counted_at, hour)
    assert world.rows("SELECT 1 FROM notification_recounts") == []


def count_everything(world: World) -> None:
    """As after a week of every minute, each in no time."""
    for ago in range(24 * 7 + 1):
        count(world, this_hour() - ago * HOUR)
    world.rows("UPDATE notification_hours SET took_seconds = 0 RETURNING hour")


def test_a_run_counts_a_handful_of_hours_and_the_oldest_counts_first(tom: World) -> None:
    count_everything(tom)
    stale = this_hour() - 100 * HOUR
    tom.rows(
        "UPDATE notification_hours SET counted_at = counted_at - interval '1 day' WHERE hour = %s RETURNING hour",
        stale,
    )

    hours = run_transaction(tom.backends.pool, lambda connection: rollups.list_hours(Reader(connection)))

    assert hours[:3] == [this_hour(), this_hour() - HOUR, this_hour() - 2 * HOUR]
    assert stale in hours
    assert len(hours) == 5


def test_an_hour_that_takes_long_is_counted_accordingly_seldom(tom: World) -> None:
    count_everything(tom)
    tom.rows("UPDATE notification_hours SET took_seconds = 3 WHERE hour = %s RETURNING hour", this_hour())

    def is_due() -> bool:
        return this_hour() in run_transaction(
            tom.backends.pool, lambda connection: rollups.list_hours(Reader(connection))
        )

    assert not is_due()
    tom.rows("UPDATE notification_hours SET counted_at = counted_at - interval '1 minute' RETURNING hour")
    assert is_due()


def test_counts_are_kept_for_400_days(tom: World) -> None:
    now = this_hour()
    for days in (399, 402):
        count(tom, now - timedelta(days=days))

    jobs.nightly(tom.backends)

    kept = {hour for (hour,) in tom.rows("SELECT hour FROM notification_hours")}
    assert kept == {now - timedelta(days=399)}


def test_a_channel_in_trouble_is_shown_until_it_is_well_again(channels: Channels, fcm: FcmStandIn) -> None:
    world = channels.world
    fcm.script("phone:tom", "UNAVAILABLE")
    book_for(channels)
    channels.send(channels.pushes)
    for _ in range(FAILURES_TO_OPEN):
        channels.make_due()
        channels.send(channels.pushes)
    assert state_of(world) == "open"

    channels.end_pause()
    world.rows("UPDATE channel_pauses SET until = now() RETURNING channel")
    assert state_of(world) == "half_open"

    fcm.unscript("phone:tom")
    channels.make_due()
    channels.send(channels.pushes)
    assert state_of(world) == "closed"


def state_of(world: World) -> str:
    state: str = run_transaction(
        world.backends.pool, lambda connection: statistics.report(Reader(connection))
    )["channels"]["push"]["breaker"]
    return state


@pytest.mark.parametrize("emulator", [None, "as it is"])
def test_what_waits_for_a_channel_without_a_receiver_raises_an_alarm(
    channels: Channels, emulator: str | None
) -> None:
    world = channels.world
    book_for(channels)
    plan_once(world.backends)
    bare = replace(world.backends.settings, fcm_url=None, smtp_url=None)
    if emulator is None:
        bare = replace(bare, firestore_emulator=None)

    with captured_logs() as lines:
        send_all_due(replace(world.backends, settings=bare), until=time.monotonic() + 5)

    alarms = lines.of("deliveries wait for a channel without a receiver")
    assert [alarm["due"] for alarm in alarms] == ([] if emulator else [{"push": 1}])


def test_health_counts_what_is_due_and_who_is_not_told_of(channels: Channels) -> None:
    world = channels.world
    book_for(channels)
    plan_once(world.backends)
    ((claims,),) = world.rows("SELECT count(*) FROM claims_mirror WHERE want > have")

    run_transaction(world.backends.pool, lambda connection: publish_relay(Reader(connection)))

    ((report,),) = world.rows("SELECT report FROM health_reports WHERE service = 'relay'")
    assert report["backlog"]["deliveries"] == 1
    assert report["backlog"]["deliveries_oldest_seconds"] > 0
    assert report["backlog"]["claims"] == claims > 0
