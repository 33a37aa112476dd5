"""The waitlist of a session: joined when it is full, served in order, left at any time."""

from uuid import UUID

from courtside.actors import SYSTEM
from courtside.bookings import policy, seats, store
from courtside.bookings.events import BookingPromoted, BookingWaitlisted
from courtside.bookings.locks import Locked, lock_booking, lock_service
from courtside.bookings.model import Booking, BookingStatus, Ended, Ending, Session
from courtside.bookings.offers import closes_at, list_waiting
from courtside.bookings.payment import pay
from courtside.bookings.refusals import (
    AlreadyBooked,
    BookingNotFound,
    NotOffered,
    OfferExpired,
    SeatsFree,
    SessionNotFound,
    WaitlistClosed,
)
from courtside.bookings.schemas import AcceptOffer, BookingView, JoinWaitlist, WaitlistView
from courtside.bookings.service import facts, view
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.ids import new_id

_QUERIES = Queries(__package__, "waitlist.sql")


def join_waitlist(uow: UnitOfWork, command: JoinWaitlist) -> WaitlistView:
    """A place at the end of the line for a session that is full.

    Raises:
        ServiceNotFound, TrainerNotApproved, OwnSession, TooManySeats, NotPayableWithCredits: it cannot be booked so.
        SessionNotFound: no session of this service starts then.
        SeatsFree: it can be booked; WaitlistClosed: too near to the start; AlreadyBooked: the client is in it already.
    """
    locked = lock_service(uow, command.service_id)
    policy.require_bookable(uow.actor.uid, locked.trainer, locked.service, command.seats)
    policy.require_payable(locked.service, pay_with_credits=command.with_credits)
    session = uow.find(
        _QUERIES["find_session_at"], Session, service_id=locked.service.id, starts_at=command.starts_at
    )
    if session is None:
        raise SessionNotFound(starts_at=command.starts_at.isoformat())
    _require_line(uow, locked, session, command.seats)
    booking_id = _insert(uow, locked, session, command)
    waiting = list_waiting(uow, session.id)
    told = locked.told_of(session, booking_id, uow.actor.uid, command.seats)
    uow.emit(BookingWaitlisted(**told | {"dates": ()}, position=len(waiting)))
    uow.record(f"bookings/{booking_id}", None, facts(session, BookingStatus.WAITLISTED))
    return WaitlistView(
        booking_id=booking_id,
        session_id=session.id,
        status=BookingStatus.WAITLISTED,
        position=len(waiting),
    )


def accept_offer(uow: UnitOfWork, command: AcceptOffer) -> BookingView:
    """Make an offer one's booking, or a request where the trainer wants to be asked.

    Raises:
        BookingNotFound, NotOffered, OfferExpired: it is no live offer of the actor's.
        InsufficientCredits: it was to be paid with credits.
    """
    offer, locked = _lock_offer(uow, command.booking_id)
    status = policy.decide_status(locked.service, by_staff=False)
    expires_at = policy.expiry_of(status, locked.service, offer.starts_at, uow.now)
    pay(uow, locked, offer.id, offer.client_id, offer.seats, pay_with_credits=offer.pay_with_credits)
    session = store.advance_booking(
        uow, offer.id, status, expires_at, pay_with_credits=offer.pay_with_credits
    )
    told = locked.told_of(session, offer.id, offer.client_id, offer.seats)
    # Its seats were taken already: no day changes.
    uow.emit(BookingPromoted(**told | {"dates": ()}, status=status.value))
    uow.record(f"bookings/{offer.id}", facts(session, BookingStatus.OFFERED), facts(session, status))
    return view(offer.id, session, status, offer.seats, expires_at)


def decline_offer(uow: UnitOfWork, booking_id: UUID) -> BookingView:
    """Let an offer go to the next in line.

    Raises:
        BookingNotFound, NotOffered, OfferExpired: it is no live offer of the actor's.
    """
    offer, locked = _lock_offer(uow, booking_id)
    session = seats.end_booking(uow, locked, offer, Ending(Ended.OFFER_DECLINED))
    return view(booking_id, session, BookingStatus.CANCELLED, offer.seats)


def _require_line(uow: UnitOfWork, locked: Locked, session: Session, wanted: int) -> None:
    if uow.now >= closes_at(locked.service, session.starts_at):
        raise WaitlistClosed(session_id=str(session.id))
    if session.seats_left >= wanted:
        raise SeatsFree(session_id=str(session.id), seats_left=session.seats_left)


def _insert(uow: UnitOfWork, locked: Locked, session: Session, command: JoinWaitlist) -> UUID:
    booking_id = new_id()
    inserted = uow.execute(
        _QUERIES["insert_waiting"],
        id=booking_id,
        session_id=session.id,
        client_id=uow.actor.uid,
        seats=command.seats,
        price_minor=locked.service.price_minor * command.seats,
        currency=locked.service.currency,
        pay_with_credits=command.with_credits,
        booked_by=None if uow.actor == SYSTEM else uow.actor.uid,
        now=uow.now,
    )
    if inserted == 0:
        raise AlreadyBooked(session_id=str(session.id))
    return booking_id


def _lock_offer(uow: UnitOfWork, booking_id: UUID) -> tuple[Booking, Locked]:
    offer, locked = lock_booking(uow, booking_id)
    if uow.actor.uid != offer.client_id:
        raise BookingNotFound(booking_id=str(booking_id))
    if offer.status != BookingStatus.OFFERED:
        raise NotOffered(booking_id=str(booking_id), status=offer.status)
    if offer.is_overdue(uow.now):
        raise OfferExpired(booking_id=str(booking_id))
    return offer, locked
