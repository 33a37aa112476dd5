"""The table of types: what it promises of each type holds for what clients and gateways do with it."""

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import main
from courtside.edge.commands import Commands
from courtside.notifications.types import (
    TYPES,
    Action,
    Category,
    Priority,
    Toast,
    actions_of,
    collapse_of,
    expiry_of,
    group_of,
    hints_of,
    link_of,
    type_of,
)
from tests.unit.notifications.payloads import WHOLE

ACTIONS = sorted(
    {action for type_ in TYPES.values() for actions in type_.actions.values() for action in actions},
    key=lambda action: action.name,
)
COMMANDS = {
    command.name: command for value in vars(main).values() if isinstance(value, Commands) for command in value
}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_an_action_is_a_command_that_takes_its_arguments_and_what_is_asked_for(action: Action) -> None:
    fields = COMMANDS[action.command].schema.model_fields
    required = {name for name, field in fields.items() if field.is_required()} - {"command_id"}

    assert required <= {*action.arguments, *action.asks} <= set(fields)


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_has_a_page_of_its_own(type_: str) -> None:
    link = link_of(type_, WHOLE)

    assert link.startswith("/")
    assert "{" not in link
    assert (link == "/inbox") == (type_ in ("broadcast.sent", "digest.sent"))


@pytest.mark.parametrize("value", ["", "../admin", "a/b", "a?b=c", "a#b", "ä", None, "{booking_id}"])
def test_a_link_is_made_of_plain_ids_alone(value: Any) -> None:
    assert link_of("session.booked", {"booking_id": value}) == "/inbox"


def test_nothing_can_be_done_without_its_arguments_or_in_another_role() -> None:
    offered = {"role": "client", "booking_id": "b"}

    assert [action["name"] for action in actions_of("waitlist.offered", offered)] == [
        "accept_offer",
        "decline_offer",
    ]
    assert actions_of("waitlist.offered", offered)[0] == {
        "name": "accept_offer",
        "command": "bookings.accept_offer",
        "arguments": {"booking_id": "b"},
        "asks": [],
    }
    assert actions_of("waitlist.offered", {"role": "client"}) == []
    assert actions_of("waitlist.offered", {**offered, "role": "trainer"}) == []
    assert actions_of("newer.type", offered) == []


def test_reminders_of_one_booking_take_each_others_place_on_a_screen() -> None:
    assert collapse_of("session.reminder", {"booking_id": "b"}) == "reminder:b"
    assert collapse_of("session.reminder", {}) is None
    assert collapse_of("session.booked", WHOLE) is None


def test_only_what_is_alike_is_told_in_one() -> None:
    assert group_of("session.booked", {"role": "trainer"}) == "session.booked:trainer"
    assert group_of("waitlist.offered", {"role": "client"}) is None


def test_an_offer_is_over_when_its_time_is() -> None:
    assert expiry_of("waitlist.offered", WHOLE) == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert expiry_of("session.cancelled", WHOLE) is None
    assert expiry_of("waitlist.offered", {}) is None


def test_what_is_urgent_or_mandatory_goes_out() -> None:
    for type_ in TYPES.values():
        if type_.mandatory or type_.priority is Priority.URGENT:
            assert type_.channels
        if type_.priority is Priority.URGENT:
            assert not type_.grouped


def test_every_category_has_types_and_pushes_live_as_long_as_fcm_keeps_them() -> None:
    assert {type_.category for type_ in TYPES.values()} == set(Category)
    assert all(timedelta(0) < type_.push_ttl <= timedelta(days=28) for type_ in TYPES.values())


def test_the_more_it_matters_the_louder() -> None:
    assert hints_of(Priority.LOW).toast is Toast.NONE
    assert [hints_of(priority).sound for priority in Priority] == [False, False, True, True]
    assert hints_of(Priority.URGENT).toast is Toast.STICKY


def test_a_type_of_a_newer_version_stays_in_the_inbox() -> None:
    assert (type_of("newer.type").channels, type_of("newer.type").mandatory) == (frozenset(), False)
    assert dataclasses.is_dataclass(type_of("newer.type"))
