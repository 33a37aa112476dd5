"""The examples of `docs/booking-policies.md`, executed."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from courtside.bookings.penalties import (
    Circumstances,
    Outcome,
    decide_cancellation,
    decide_no_show,
    decide_reschedule,
)
from courtside.trainers.policies import BookingPolicy
from tests.unit.bookings.stakes import STARTS_AT, a_booking

DOCUMENT = Path(__file__).parents[3] / "docs" / "booking-policies.md"
EXAMPLES = [
    json.loads(block) for block in re.findall(r"```json\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
]


def comes_to(policy: BookingPolicy, situation: dict[str, Any]) -> Outcome:
    """What the situation of an example comes to; every word of it must be known."""
    told = dict(situation)
    act, by = told.pop("act"), told.pop("by", "client")
    now = STARTS_AT - timedelta(minutes=told.pop("minutes_before", 0))
    spent = told.pop("credits_spent", None)
    booking = a_booking(
        created_at=now - timedelta(minutes=told.pop("booked_minutes_ago", 43_200)),
        pay_with_credits=spent is not None,
        credits_spent=spent or 0,
        fee_minor=told.pop("fees_so_far_minor", 0),
        own_reschedules=told.pop("moved_times", 0),
    )
    on = Circumstances(
        now,
        by_staff=by != "client",
        for_client=by == "staff_for_client",
        waived=told.pop("waived", False),
        grace_used=told.pop("grace_used", 0),
    )
    assert not told, f"unknown words: {told}"
    match act:
        case "cancel":
            return decide_cancellation(policy, booking, on)
        case "reschedule":
            return decide_reschedule(policy, booking, on)
        case _:
            assert act == "no_show"
            return decide_no_show(policy, booking)


def test_the_document_has_examples() -> None:
    assert len(EXAMPLES) >= 15


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: json.dumps(example["situation"]))
def test_an_example_is_what_happens(example: dict[str, Any]) -> None:
    policy = BookingPolicy.model_validate_json(json.dumps(example["policy"]))

    outcome = comes_to(policy, example["situation"])

    assert {name: getattr(outcome, name) for name in example["outcome"]} == example["outcome"]
