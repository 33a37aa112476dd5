"""Movements as balanced lines, and from which allocations credits come: pure decisions.

grant       issued -n            allocation +n
spend       allocation -n …      spent +n
refund      spent -n             allocation +n …    the very ones it came from
expire      allocation -n        expired +n
adjust      allocation ±n        issued ∓n
fee         client -m            trainer +m         in a currency
fee_return  trainer -m           client +m
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from courtside.credits.model import Allocation, Line, Taken

CREDIT = "credit"
ISSUED = "issued"
SPENT = "spent"
EXPIRED = "expired"

_NEVER = datetime.max.replace(tzinfo=UTC)


def choose(allocations: Sequence[Allocation], amount: int) -> list[Taken] | None:
    """Which allocations pay `amount`: first to expire first, then the narrower, then the older; None: too few.

    The allocations given must be those that may pay at all: not expired, and of a fitting scope.
    """
    chosen: list[Taken] = []
    for allocation in sorted(allocations, key=_urgency):
        if amount == 0:
            break
        taken = min(amount, allocation.remaining)
        if taken:
            chosen.append(Taken(allocation.id, taken))
            amount -= taken
    return chosen if amount == 0 else None


def choose_refund(spent: Sequence[Taken], amount: int) -> list[Taken]:
    """What goes back where, last taken first, never more than was taken from there.

    Raises:
        ValueError: more than was spent.
    """
    chosen: list[Taken] = []
    for taken in reversed(spent):
        back = min(amount, taken.amount)
        if back > 0:
            chosen.append(Taken(taken.allocation_id, back))
            amount -= back
    if amount:
        raise ValueError(f"{amount} credits more than were spent")
    return chosen


def granted(allocation_id: UUID, amount: int) -> list[Line]:
    """New credits."""
    return [Line(ISSUED, CREDIT, -amount), _of(allocation_id, amount)]


def spent(taken: Sequence[Taken]) -> list[Line]:
    """Credits that paid for something."""
    return [
        *(_of(t.allocation_id, -t.amount) for t in taken),
        Line(SPENT, CREDIT, sum(t.amount for t in taken)),
    ]


def refunded(back: Sequence[Taken]) -> list[Line]:
    """Credits given back."""
    return [
        Line(SPENT, CREDIT, -sum(t.amount for t in back)),
        *(_of(t.allocation_id, t.amount) for t in back),
    ]


def expired(allocation_id: UUID, amount: int) -> list[Line]:
    """Credits that nobody spent in time."""
    return [_of(allocation_id, -amount), Line(EXPIRED, CREDIT, amount)]


def adjusted(allocation_id: UUID, change: int) -> list[Line]:
    """An admin's correction, up or down."""
    return [_of(allocation_id, change), Line(ISSUED, CREDIT, -change)]


def charged(client_id: str, trainer_id: str, amount_minor: int, currency: str) -> list[Line]:
    """A fee that a client owes a trainer; a negative amount takes it back."""
    return [
        Line(f"client:{client_id}", currency, -amount_minor),
        Line(f"trainer:{trainer_id}", currency, amount_minor),
    ]


def _urgency(allocation: Allocation) -> tuple[datetime, int, datetime, UUID]:
    narrowness = (allocation.service_id is None) + (allocation.trainer_id is None)
    return allocation.expires_at or _NEVER, narrowness, allocation.created_at, allocation.id


def _of(allocation_id: UUID, amount: int) -> Line:
    return Line(f"allocation:{allocation_id}", CREDIT, amount, allocation_id)
