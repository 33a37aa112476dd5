"""What a preview says is what then happens at the same instant, whatever the policy, the moment and the terms."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courtside.trainers.policies import BookingPolicy
from tests.integration.bookings.conversation import book
from tests.unit.bookings.test_penalties import policies
from tests.world import ADMIN, World, tomorrow_at

TEN = tomorrow_at(10, days=9)
TERMS: dict[str, list[dict[str, Any]]] = {
    "ada": [{}],
    "tom": [{}, {"for_client": True}, {"waive": {"reason": "ill"}}],
    ADMIN: [{}, {"for_client": True}],
}


@pytest.fixture
def studio(idle_world: World) -> World:
    idle_world.approve_trainer("tom", slot_step_minutes=30)
    idle_world.register_client("ada")
    idle_world.register_client("bob")
    idle_world.call("tom", "bookings.grant_credits", client_id="ada", amount=900, reason="package")
    return idle_world


def purse(world: World) -> tuple[int, int, int]:
    """Ada's credits, what she owes, and how many free exceptions she has used."""
    ((credits_left, owed, used),) = world.rows(
        "SELECT (SELECT sum(remaining) FROM allocations), "
        "(SELECT coalesce(-sum(amount), 0) FROM ledger_lines WHERE account = 'client:ada'), "
        "(SELECT count(*) FROM penalties WHERE grace_used)"
    )
    return int(credits_left), int(owed), int(used)


@given(
    policy=policies,
    data=st.data(),
    act=st.sampled_from(["cancel", "reschedule"]),
    pay_with=st.sampled_from(["money", "credits"]),
    minutes=st.integers(1, 5_000),
    half_hours=st.integers(-3, 3),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_preview_is_what_happens(
    policy: BookingPolicy,
    data: st.DataObject,
    act: str,
    pay_with: str,
    minutes: int,
    half_hours: int,
    studio: World,
) -> None:
    service = studio.add_service(credit_price=3, policy=policy.model_dump(mode="json"))
    booked = book(studio, "ada", service, TEN, pay_with=pay_with)["booking_id"]
    book(studio, "bob", service, TEN + timedelta(hours=2))
    uid = data.draw(st.sampled_from(sorted(TERMS)))
    content: dict[str, Any] = {"booking_id": booked, "now": TEN - timedelta(minutes=minutes)}
    content |= data.draw(st.sampled_from(TERMS[uid]))
    if act == "reschedule":
        content["starts_at"] = (TEN + half_hours * timedelta(minutes=30)).isoformat()
    before = purse(studio)

    told = studio.call(uid, f"bookings.preview_{'cancellation' if act == 'cancel' else act}", **content)
    outcome = studio.run(uid, f"bookings.{act}_booking", **content)

    after = purse(studio)
    refusal = told.pop("refusal", None if told["allowed"] else "CANCEL_CLOSED")
    if outcome.error is None:
        assert refusal is None
        assert outcome.answer["result"]["outcome"] == told
        spent = told["fee_credits"] if act == "reschedule" else -told["refund_credits"]
        assert after == (before[0] - spent, before[1] + told["fee_minor"], before[2] + told["grace_used"])
    else:
        assert outcome.error["details"]["reason"] == refusal
        assert after == before
    _clear(studio)


def _clear(world: World) -> None:
    """Let the next example have the same times."""
    for (session_id,) in world.rows("SELECT id::text FROM sessions WHERE status <> 'cancelled'"):
        world.call("tom", "bookings.cancel_session", session_id=session_id)
