"""Use cases of bookings; each takes the trainer's lock first, so one trainer's time changes in one order."""

from datetime import datetime
from typing import Any
from uuid import UUID

from courtside.bookings import policy, seats
from courtside.bookings.events import SessionBooked
from courtside.bookings.locks import Locked, lock_service
from courtside.bookings.model import BookingStatus, Claim, Session
from courtside.bookings.payment import pay
from courtside.bookings.refusals import ClientBlocked
from courtside.bookings.schemas import BookingView, BookSession, SeatsWanted
from courtside.db.unit_of_work import UnitOfWork
from courtside.identity.model import UserNotFound
from courtside.identity.store import list_users


def book_session(uow: UnitOfWork, command: BookSession) -> BookingView:
    """Seats in the shared session that starts then, or in a new one if the slot is open.

    Confirmed at once, or a request where the trainer wants to be asked: it takes the time until it expires.

    Raises:
        ServiceNotFound, TrainerNotApproved, OwnSession, TooManySeats, NotPayableWithCredits: it cannot be booked so.
        StaffOnly, UserNotFound, ClientBlocked: not for this client, or not inside the notice.
        SlotTaken and the other slot refusals, SessionFull, AlreadyBooked: not at this time.
        InsufficientCredits: the client has fewer than it costs.
    """
    locked, client_id = lock_wanted(uow, command)
    policy.require_payable(locked.service, pay_with_credits=command.with_credits)
    by_staff = policy.is_staff(uow.actor, locked.trainer.id)
    status = policy.decide_status(locked.service, by_staff=by_staff)
    claim = claim_of(uow, locked, client_id, command, status, pay_with_credits=command.with_credits)
    booking_id, session = book(uow, locked, command.starts_at, claim)
    return view(booking_id, session, status, claim.seats, claim.expires_at)


def book(uow: UnitOfWork, locked: Locked, starts_at: datetime, claim: Claim) -> tuple[UUID, Session]:
    """Make a claim a booking or request, and have it paid: its id and session.

    Raises:
        SlotTaken and the other slot refusals, SessionFull, AlreadyBooked: not at this time.
        InsufficientCredits: the client has fewer than it costs.
    """
    booking_id, session = seats.claim_seats(uow, locked, starts_at, claim)
    pay(uow, locked, booking_id, claim.client_id, claim.seats, pay_with_credits=claim.pay_with_credits)
    told = locked.told_of(session, booking_id, claim.client_id, claim.seats)
    uow.emit(SessionBooked(**told, status=claim.status.value, expires_at=claim.expires_at))
    uow.record(f"bookings/{booking_id}", None, facts(session, claim.status) | {"seats": claim.seats})
    return booking_id, session


def lock_wanted(uow: UnitOfWork, wanted: SeatsWanted) -> tuple[Locked, str]:
    """What is wanted, locked, as this actor may have it; and the client it is for.

    Raises:
        ServiceNotFound, TrainerNotApproved, OwnSession, TooManySeats: it cannot be booked at any time.
        StaffOnly, UserNotFound, ClientBlocked: not for this client, or not inside the notice.
    """
    locked = lock_service(uow, wanted.service_id)
    client_id = wanted.client_id or uow.actor.uid
    if client_id != uow.actor.uid or wanted.override_notice:
        policy.require_staff(uow.actor, locked.trainer.id)
    policy.require_bookable(client_id, locked.trainer, locked.service, wanted.seats)
    if client_id != uow.actor.uid:
        _require_client(uow, client_id)
    return locked.without_notice() if wanted.override_notice else locked, client_id


def _require_client(uow: UnitOfWork, client_id: str) -> None:
    found = list_users(uow, [client_id])
    if not found:
        raise UserNotFound(user_id=client_id)
    if found[0].blocked:
        raise ClientBlocked(client_id=client_id)


def claim_of(
    uow: UnitOfWork,
    locked: Locked,
    client_id: str,
    wanted: SeatsWanted,
    status: BookingStatus,
    *,
    pay_with_credits: bool = False,
) -> Claim:
    """What is wanted as a claim of this status, at the service's price and for as long as its rules say."""
    return Claim(
        client_id=client_id,
        seats=wanted.seats,
        status=status,
        expires_at=policy.expiry_of(status, locked.service, wanted.starts_at, uow.now),
        price_minor=locked.service.price_minor * wanted.seats,
        currency=locked.service.currency,
        pay_with_credits=pay_with_credits,
    )


def facts(session: Session, status: BookingStatus) -> dict[str, Any]:
    """What the audit keeps of a booking."""
    return {
        "session_id": str(session.id),
        "starts_at": session.starts_at.isoformat(),
        "status": status.value,
    }


def view(
    booking_id: UUID,
    session: Session,
    status: BookingStatus,
    seats_taken: int,
    expires_at: datetime | None = None,
) -> BookingView:
    """The booking as its caller is told of it."""
    return BookingView(
        booking_id=booking_id,
        session_id=session.id,
        trainer_id=session.trainer_id,
        status=status,
        seats=seats_taken,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        expires_at=expires_at,
    )
