"""From which allocations credits come and where they go back: pure, and always balanced."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtside.credits import ledger
from courtside.credits.model import Allocation, Line, Taken

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SERVICE = UUID(int=99)


def allocation(number: int, remaining: int = 5, **changes: Any) -> Allocation:
    fields: dict[str, Any] = {
        "id": UUID(int=number),
        "client_id": "ada",
        "amount": 100,
        "remaining": remaining,
        "expires_at": None,
        "trainer_id": None,
        "service_id": None,
        "reason": "",
        "created_at": NOW,
    }
    return Allocation(**{**fields, **changes})


def numbers(taken: Sequence[Taken] | None) -> list[tuple[int, int]]:
    assert taken is not None
    return [(t.allocation_id.int, t.amount) for t in taken]


def test_what_expires_first_is_spent_first() -> None:
    never, late, soon = (
        allocation(1),
        allocation(2, expires_at=NOW + timedelta(days=9)),
        allocation(3, expires_at=NOW + timedelta(days=1)),
    )

    assert numbers(ledger.choose([never, late, soon], 12)) == [(3, 5), (2, 5), (1, 2)]


def test_of_two_that_expire_together_the_narrower_is_spent_first() -> None:
    broad, trainers, services = (
        allocation(1),
        allocation(2, trainer_id="tom"),
        allocation(3, trainer_id="tom", service_id=SERVICE),
    )

    assert numbers(ledger.choose([broad, trainers, services], 11)) == [(3, 5), (2, 5), (1, 1)]


def test_of_two_alike_the_older_is_spent_first() -> None:
    newer, older = allocation(1, created_at=NOW), allocation(2, created_at=NOW - timedelta(days=1))

    assert numbers(ledger.choose([newer, older], 1)) == [(2, 1)]


def test_too_few_pay_nothing() -> None:
    assert ledger.choose([allocation(1), allocation(2)], 11) is None
    assert ledger.choose([], 1) is None


def test_a_refund_goes_back_where_it_came_from_last_taken_first() -> None:
    spent = [Taken(UUID(int=1), 3), Taken(UUID(int=2), 2)]

    assert numbers(ledger.choose_refund(spent, 4)) == [(2, 2), (1, 2)]


def test_more_than_was_spent_cannot_go_back() -> None:
    with pytest.raises(ValueError, match="1 credits more"):
        ledger.choose_refund([Taken(UUID(int=1), 3)], 4)


def test_every_movement_balances_in_every_unit() -> None:
    taken = [Taken(UUID(int=1), 3), Taken(UUID(int=2), 2)]
    movements: list[list[Line]] = [
        ledger.granted(UUID(int=1), 7),
        ledger.spent(taken),
        ledger.refunded(taken),
        ledger.expired(UUID(int=1), 7),
        ledger.adjusted(UUID(int=1), -2),
        ledger.charged("ada", "tom", 1_500, "EUR"),
        ledger.charged("ada", "tom", -1_500, "EUR"),
    ]

    for lines in movements:
        sums: Counter[str] = Counter()
        for line in lines:
            sums[line.unit] += line.amount
        assert set(sums.values()) == {0}


@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.one_of(st.none(), st.integers(1, 5)), st.booleans()), max_size=6
    ),
    st.integers(1, 40),
)
def test_exactly_the_amount_is_taken_or_nothing(
    packages: list[tuple[int, int | None, bool]], amount: int
) -> None:
    allocations = [
        allocation(
            number + 1,
            remaining,
            expires_at=NOW + timedelta(days=days) if days else None,
            trainer_id="tom" if narrow else None,
        )
        for number, (remaining, days, narrow) in enumerate(packages)
    ]

    taken = ledger.choose(allocations, amount)

    left = {a.id: a.remaining for a in allocations}
    if taken is None:
        assert sum(left.values()) < amount
        return
    assert sum(t.amount for t in taken) == amount
    assert all(0 < t.amount <= left[t.allocation_id] for t in taken)
    # Nothing that expires later was touched while something that expires earlier was left.
    used = {t.allocation_id: t.amount for t in taken}
    far = max(a.expires_at or datetime.max.replace(tzinfo=UTC) for a in allocations if a.id in used)
    for a in allocations:
        if (a.expires_at or datetime.max.replace(tzinfo=UTC)) < far:
            assert used.get(a.id, 0) == a.remaining
