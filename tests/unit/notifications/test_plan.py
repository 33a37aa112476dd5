"""Where a notification goes, when and why: one outcome with a reason for each way to tell, whatever was set."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtside.notifications.limits import PUSH_WINDOW, PUSHES, STALE_AFTER, URGENT_PUSHES
from courtside.notifications.model import Notification, PlannedDelivery
from courtside.notifications.plan import (
    Because,
    Circumstances,
    Installed,
    OpenGroup,
    Preferences,
    after,
    plan,
)
from courtside.notifications.quiet import QuietRange
from courtside.notifications.types import TYPES, Channel, Priority, group_of

NOON = datetime(2026, 6, 2, 12, tzinfo=UTC)
NIGHT = datetime(2026, 6, 2, 23, tzinfo=UTC)
MORNING = datetime(2026, 6, 3, 7, tzinfo=UTC)
NIGHTS = tuple(QuietRange(day, 22 * 60, 7 * 60) for day in range(1, 8))


def notification(type_: str = "session.confirmed", **changes: Any) -> Notification:
    fields = {
        "id": UUID(int=1),
        "user_id": "ada",
        "type": type_,
        "priority": TYPES[type_].priority.value,
        "receipt": False,
        "payload": {"role": "client"},
        "count": 1,
        "language": "en",
        "time_zone": "UTC",
        "created_at": NOON,
        "expires_at": None,
        "read_at": None,
        "archived_at": None,
        "snoozed_until": None,
    }
    return Notification(**{**fields, **changes})


def circumstances(**changes: Any) -> Circumstances:
    preferences = Preferences(
        time_zone="UTC",
        **{name: changes.pop(name) for name in ("enabled", "types", "quiet") if name in changes},
    )
    fields = {"installations": (Installed("phone", NOON), Installed("web", NOON)), **changes}
    return Circumstances("ada", **{"has_address": True, "preferences": preferences, **fields})


def outcomes(planned: Sequence[PlannedDelivery]) -> dict[tuple[str, str], tuple[str, str | None]]:
    return {(each.channel, each.target): (each.state, each.reason) for each in planned}


def of(channel: str, planned: Sequence[PlannedDelivery]) -> PlannedDelivery:
    return next(each for each in planned if each.channel == channel)


def test_every_channel_of_a_type_is_told_at_once() -> None:
    planned = plan(notification(), circumstances(), NOON)

    at_once = ("waiting", "at_once")
    assert outcomes(planned) == {("push", "phone"): at_once, ("push", "web"): at_once, ("email", ""): at_once}
    assert {each.next_at for each in planned} == {NOON}


def test_a_channel_of_another_type_is_told_only_to_whoever_asked_for_it() -> None:
    asked = {"waitlist.offer_expired": {"email": True}}
    told = notification("waitlist.offer_expired")

    assert {each.channel for each in plan(told, circumstances(), NOON)} == {"push"}
    assert {each.channel for each in plan(told, circumstances(types=asked), NOON)} == {"push", "email"}


@pytest.mark.parametrize(
    ("type_", "settings", "reason"),
    [
        ("session.cancelled", {"enabled": False, "types": {"session.cancelled": {"push": False}}}, "at_once"),
        ("session.confirmed", {"enabled": False, "types": {"session.confirmed": {"push": True}}}, "at_once"),
        ("session.confirmed", {"types": {"session.confirmed": {"push": False}}}, "type_switched_off"),
        ("session.confirmed", {"enabled": False}, "switched_off"),
        ("session.confirmed", {}, "at_once"),
    ],
)
def test_mandatory_beats_the_type_beats_the_global_switch(
    type_: str, settings: dict[str, Any], reason: str
) -> None:
    assert of("push", plan(notification(type_), circumstances(**settings), NOON)).reason == reason


def test_quiet_hours_hold_until_their_end() -> None:
    planned = plan(notification(), circumstances(quiet=NIGHTS), NIGHT)

    assert {(each.state, each.reason, each.next_at) for each in planned} == {("held", "quiet_hours", MORNING)}


def test_urgent_rings_at_night_three_times_an_hour() -> None:
    offer, now, reasons = notification("waitlist.offered"), NIGHT, []
    mine = circumstances(quiet=NIGHTS)
    for _ in range(URGENT_PUSHES + 1):
        planned = plan(offer, mine, now)
        mine, now = after(mine, offer, planned), now + timedelta(minutes=1)
        reasons.append(of("push", planned).reason)

    assert reasons == ["at_once"] * URGENT_PUSHES + ["quiet_hours"]


def test_more_pushes_than_the_cap_go_to_the_digest_and_mails_go_out() -> None:
    mine, reasons = circumstances(), []
    for _ in range(PUSHES + 1):
        planned = plan(notification(), mine, NOON)
        mine = after(mine, notification(), planned)
        reasons.append(of("push", planned).reason)

    assert reasons == ["at_once"] * PUSHES + ["over_cap"]
    assert of("push", planned).state == "merged"
    assert of("email", planned).reason == "at_once"
    assert of("push", plan(notification(), mine, NOON + PUSH_WINDOW)).reason == "at_once"


def test_what_was_held_does_not_ring_all_at_once_in_the_morning() -> None:
    mine, states = circumstances(quiet=NIGHTS), []
    for hour in range(PUSHES + 2):
        planned = plan(notification(), mine, NIGHT + timedelta(hours=hour))
        mine = after(mine, notification(), planned)
        states.append(of("push", planned).state)

    assert states == ["held"] * PUSHES + ["merged"] * 2


def test_the_first_of_a_group_goes_at_once_the_next_waits_and_others_join_it() -> None:
    told, mine, seen = notification("session.booked"), circumstances(), []
    for minute in (0, 1, 2, 3):
        planned = plan(told, mine, NOON + timedelta(minutes=minute))
        mine = after(mine, told, planned)
        seen.append((of("push", planned).reason, of("push", planned).next_at))

    window_ends = NOON + timedelta(minutes=5)
    assert seen == [
        ("at_once", NOON),
        ("grouped", window_ends),
        ("merged_into_group", window_ends),
        ("merged_into_group", window_ends),
    ]


def test_what_waits_for_the_morning_is_joined_too() -> None:
    told, mine, seen = notification("session.booked"), circumstances(quiet=NIGHTS), []
    for hour in range(3):
        planned = plan(told, mine, NIGHT + timedelta(hours=hour))
        mine = after(mine, told, planned)
        seen.append((of("push", planned).reason, of("push", planned).next_at))

    joined = ("merged_into_group", MORNING)
    assert seen == [("quiet_hours", MORNING), joined, joined]
    assert {each.group_key for each in planned} == {group_of(told.type, told.payload)}


def test_a_group_that_is_over_begins_anew() -> None:
    told = notification("session.booked")
    key = group_of(told.type, told.payload)
    assert key is not None
    group = OpenGroup(NOON - timedelta(minutes=5))

    planned = plan(told, circumstances(groups={("push", key): group}), NOON)

    assert of("push", planned).reason == "at_once"


@pytest.mark.parametrize(
    ("type_", "reason"), [("session.booked", "installation_stale"), ("session.confirmed", "at_once")]
)
def test_a_stale_installation_is_told_what_matters(type_: str, reason: str) -> None:
    mine = circumstances(installations=(Installed("phone", NOON - STALE_AFTER), Installed("web", NOON)))

    found = outcomes(plan(notification(type_), mine, NOON))

    assert found["push", "phone"][1] == reason
    assert found["push", "web"] == ("waiting", "at_once")


def test_what_was_read_or_is_over_is_not_pushed() -> None:
    read = plan(notification(read_at=NOON), circumstances(), NOON)
    over = plan(notification(expires_at=NOON), circumstances(), NOON)

    assert {each.reason for each in read} == {"read", "at_once"}
    assert of("email", read).state == "waiting"
    assert {(each.state, each.reason) for each in over} == {("cancelled", "expired")}


def test_nobody_without_an_address_gets_mail() -> None:
    assert {each.channel for each in plan(notification(), circumstances(has_address=False), NOON)} == {"push"}


def test_a_receipt_goes_by_mail_alone_at_any_hour() -> None:
    receipt = notification("session.booked", receipt=True, read_at=NOON, archived_at=NOON)

    planned = plan(receipt, circumstances(quiet=NIGHTS), NIGHT)

    assert outcomes(planned) == {("email", ""): ("waiting", "at_once")}


switches = st.dictionaries(st.sampled_from(list(Channel)).map(str), st.booleans())
preferences = st.builds(
    Preferences,
    time_zone=st.sampled_from(["UTC", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe"]),
    enabled=st.booleans(),
    types=st.dictionaries(st.sampled_from(sorted(TYPES)), switches),
    quiet=st.sampled_from([(), NIGHTS, NIGHTS[:3], (QuietRange(2, 0, 0),)]),
)
# Across the change of Madrid's clocks, forwards or backwards: later ones are no later on the wall.
steps = st.lists(
    st.tuples(
        st.sampled_from(sorted(TYPES)),
        st.sampled_from(list(Priority)),
        st.booleans(),
        st.sampled_from([-60, 0, 20, 120, 5 * 3600]).map(lambda seconds: timedelta(seconds=seconds)),
        preferences,
    ),
    max_size=15,
)


@given(steps, st.booleans(), st.integers(0, 3))
def test_whatever_happens_each_way_to_tell_has_one_outcome_and_none_rings_too_often(
    steps: Sequence[tuple[str, Priority, bool, timedelta, Preferences]], has_address: bool, installed: int
) -> None:
    installations = tuple(Installed(f"phone-{number}", NOON) for number in range(installed))
    mine = circumstances(installations=installations, has_address=has_address)
    now, pushed = datetime(2026, 3, 28, 18, tzinfo=UTC), list[tuple[datetime, Priority]]()
    for type_, priority, receipt, step, chosen in steps:
        now += step
        mine = replace(mine, preferences=chosen)
        told = notification(type_, priority=priority.value, receipt=receipt)

        planned = plan(told, mine, now)

        mine = after(mine, told, planned)
        targets = [(each.channel, each.target) for each in planned]
        assert len(set(targets)) == len(targets)
        assert {each.reason for each in planned} <= set(Because)
        for channel in TYPES[type_].channels:
            if channel is Channel.EMAIL or not receipt:
                address = {""} if has_address else set()
                expected = {each.id for each in installations} if channel is Channel.PUSH else address
                assert {target for name, target in targets if name == channel} == expected
        assert all(each.next_at >= now for each in planned)
        going = [each for each in planned if each.channel == "push" and each.state in ("waiting", "held")]
        assert len({each.next_at for each in going}) <= 1
        pushed += [(each.next_at, priority) for each in going[:1]]
    ordinary = [moment for moment, priority in pushed if priority is not Priority.URGENT]
    for moment in ordinary:
        assert sum(moment <= other < moment + PUSH_WINDOW for other in ordinary) <= PUSHES
