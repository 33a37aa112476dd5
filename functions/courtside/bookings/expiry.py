"""What the clock ends: holds, requests and offers whose time is over, though nobody comes back to them."""

from datetime import datetime

from courtside.bookings import seats, store
from courtside.bookings.locks import lock_services_of
from courtside.db.reader import Reader
from courtside.db.unit_of_work import UnitOfWork

# Of one run; what is left is for the next, and in nobody's way meanwhile.
_MOST_TRAINERS = 500


def overdue_trainers(reader: Reader, now: datetime) -> list[str]:
    """Trainers whose time is taken by claims that are over."""
    return store.list_overdue_trainers(reader, now, _MOST_TRAINERS)


def expire_claims(uow: UnitOfWork, trainer_id: str) -> int:
    """End a trainer's claims that are over; how many. Run twice, or by two at once, each ends once."""
    return seats.release_overdue(uow, lock_services_of(uow, trainer_id))
