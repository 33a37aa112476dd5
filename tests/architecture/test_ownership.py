"""Whatever takes the id of something that is somebody's is attacked by somebody else, in `tests/attacks`."""

import json
from typing import Any

import pytest

from local.commands_json import TARGET
from tests.attacks import test_ids_of_others, test_money

ATTEMPTS = [*test_ids_of_others.ATTEMPTS, *test_money.ATTEMPTS]
PUBLISHED: dict[str, Any] = json.loads(TARGET.read_text(encoding="utf-8"))["commands"]
# Fields by which everybody may name what is on sale.
FOR_SALE = {"service_id", "trainer_id"}
# Ids of nobody's things: of the call itself, of lines in one's own list.
NOBODYS = {"command_id", "before_id", "message_id"}
ON_SALE = {
    "availability.explain_slot",
    "bookings.book_session",
    "bookings.hold_slot",
    "bookings.book_series",
    "bookings.preview_series",
    "bookings.join_waitlist",
}


def owned_ids(schema: Any) -> set[str]:
    """The fields of an input, at any depth, that name something of somebody."""
    if isinstance(schema, list):
        return {name for part in schema for name in owned_ids(part)}
    if not isinstance(schema, dict):
        return set()
    names = {name for name in schema.get("properties", {}) if name.endswith("_id")} - NOBODYS
    return names | {name for part in schema.values() for name in owned_ids(part)}


def is_for_admins_alone(command: dict[str, Any]) -> bool:
    """Whether nobody who owns anything may call it; `test_roles` has everybody else try."""
    return isinstance(command["roles"], list) and set(command["roles"]) <= {"admin", "support"}


TO_BE_ATTACKED = sorted(
    name
    for name, command in PUBLISHED.items()
    if owned_ids(command["input"]) - (FOR_SALE if name in ON_SALE else set())
    and not is_for_admins_alone(command)
)


@pytest.mark.parametrize("name", TO_BE_ATTACKED)
def test_a_stranger_tries_it(name: str) -> None:
    assert [attempt for attempt in ATTEMPTS if attempt.what == name and attempt.refused]


def test_what_takes_no_id_is_not_looked_for() -> None:
    assert "bookings.cancel_booking" in TO_BE_ATTACKED
    assert "availability.set_weekly_hours" in TO_BE_ATTACKED
    assert not {"account.create_calendar_feed", "admin.resolve_dispute", "availability.explain_slot"} & set(
        TO_BE_ATTACKED
    )
