"""What becomes of a freed seat: who waits is served in the transaction that frees it, so that none is ever lost.

The order is that of joining. A seat that is too few for whoever is first goes to the next for whom it is enough:
no seat is kept idle while somebody could sit on it. Offers end `waitlist_close_minutes` before the start at the
latest; from then on free seats are for anyone, and a session that nobody sits in is given up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from courtside.bookings import policy, store
from courtside.bookings.events import BookingCancelled, BookingOffered, BookingPromoted, WaitlistMoved
from courtside.bookings.locks import Locked
from courtside.bookings.model import BookingStatus, Ended, Session, SessionStatus
from courtside.bookings.payment import pay
from courtside.credits.model import InsufficientCredits
from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.trainers.model import Service

_QUERIES = Queries(__package__, "offers.sql")
_OVER = frozenset({SessionStatus.CANCELLED, SessionStatus.COMPLETED, SessionStatus.IN_PROGRESS})


@dataclass(frozen=True)
class Waiting:
    """One place in the line."""

    id: UUID
    client_id: str
    seats: int
    pay_with_credits: bool
    blocked: bool


def closes_at(service: Service, starts_at: datetime) -> datetime:
    """Until when seats of a session are offered to those who wait."""
    return starts_at - timedelta(minutes=service.waitlist_close_minutes)


def next_served(waiting: Sequence[Waiting], seats_left: int) -> Waiting | None:
    """The first in line for whom so many seats are enough."""
    return next((w for w in waiting if w.seats <= seats_left and not w.blocked), None)


def list_waiting(reader: Reader, session_id: UUID) -> Sequence[Waiting]:
    """Who waits for a session, in the order of joining."""
    return reader.list(_QUERIES["list_waiting"], Waiting, session_id=session_id)


def offer_freed_seats(uow: UnitOfWork, locked: Locked, session: Session) -> Session:
    """Give free seats to whoever waits for them; the session as that leaves it."""
    if session.status in _OVER:
        return session
    waiting = list(list_waiting(uow, session.id))
    if not waiting:
        return session
    if uow.now < closes_at(locked.service, session.starts_at):
        session = _serve(uow, locked, session, waiting)
    if session.seats_taken == 0 and not session.open_class:
        return _give_up(uow, locked, session)
    return session


def tell_waiting(uow: UnitOfWork, session_id: UUID) -> None:
    """Have everybody's place in the line shown anew."""
    still = tuple(place.id for place in list_waiting(uow, session_id))
    uow.emit(WaitlistMoved(session_id=session_id, booking_ids=still))


def _serve(uow: UnitOfWork, locked: Locked, session: Session, waiting: list[Waiting]) -> Session:
    """`waiting` is left with those who still do."""
    passed_over: list[Waiting] = []
    served = False
    while (first := next_served(waiting, session.seats_left)) is not None:
        waiting.remove(first)
        reserved = _reserve(uow, locked, session, first)
        if reserved is None:
            passed_over.append(first)
        else:
            session, served = reserved, True
    if served:
        still = [place.id for place in (*waiting, *passed_over)]
        uow.emit(WaitlistMoved(session_id=session.id, booking_ids=tuple(still)))
    return session


def _reserve(uow: UnitOfWork, locked: Locked, session: Session, place: Waiting) -> Session | None:
    """The seats for a place in the line, offered or at once its own; None where its credits do not suffice."""
    status, expires_at = _terms(locked.service, session.starts_at, uow.now)
    if status != BookingStatus.OFFERED:
        try:
            pay(uow, locked, place.id, place.client_id, place.seats, pay_with_credits=place.pay_with_credits)
        except InsufficientCredits:
            return None
    taken = store.take_seats(
        uow,
        session.id,
        place.client_id,
        place.seats,
        provisional=status != BookingStatus.CONFIRMED,
        booking_id=place.id,
    )
    assert taken is not None  # under the trainer's lock the seats were seen to be free
    session = store.advance_booking(
        uow, place.id, status, expires_at, pay_with_credits=place.pay_with_credits
    )
    told = locked.told_of(session, place.id, place.client_id, place.seats)
    if status == BookingStatus.OFFERED and expires_at is not None:
        uow.emit(BookingOffered(**told, expires_at=expires_at))
    else:
        uow.emit(BookingPromoted(**told, status=status.value))
    uow.record(f"bookings/{place.id}", {"status": "waitlisted"}, {"status": status.value})
    return session


def _terms(service: Service, starts_at: datetime, now: datetime) -> tuple[BookingStatus, datetime | None]:
    """What a place in the line becomes, and until when: an offer, or at once a booking or a request."""
    if service.waitlist_offer_minutes:
        patience = timedelta(minutes=service.waitlist_offer_minutes)
        return BookingStatus.OFFERED, min(now + patience, closes_at(service, starts_at))
    status = policy.decide_status(service, by_staff=False)
    return status, policy.expiry_of(status, service, starts_at, now)


def _give_up(uow: UnitOfWork, locked: Locked, session: Session) -> Session:
    """Nobody sits in it and nobody will: the time is free again, and who waits is told."""
    how = Ended.SESSION_CANCELLED
    for place in uow.list(
        _QUERIES["end_waiting"], Waiting, session_id=session.id, how=how.value, now=uow.now
    ):
        told = locked.told_of(session, place.id, place.client_id, place.seats)
        uow.emit(BookingCancelled(**told, ended=how.value, reason=None, cancelled_by=None))
        uow.record(
            f"bookings/{place.id}", {"status": "waitlisted"}, {"status": "cancelled", "ended": how.value}
        )
    return store.close_session(uow, session.id)
