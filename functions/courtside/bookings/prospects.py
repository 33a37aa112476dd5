"""Whether seats could be had, for who only asks: what `seats.take_seats` would decide, without taking anything."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from courtside.availability.calendar import Calendar, TakenTime
from courtside.availability.model import Busy
from courtside.availability.store import get_calendar
from courtside.bookings import policy, store
from courtside.bookings.locks import Locked
from courtside.bookings.model import Booking
from courtside.bookings.offers import closes_at
from courtside.bookings.refusals import AlreadyBooked, SessionFull
from courtside.db.sql import Queries
from courtside.db.unit_of_work import Inquiry

_QUERIES = Queries(__package__, "prospects.sql")


@dataclass(frozen=True)
class _Staying:
    id: UUID
    starts_at: datetime
    open_class: bool
    awaited: bool


@dataclass(frozen=True)
class _Id:
    id: UUID


@dataclass(frozen=True)
class Prospect:
    """A trainer's calendar as a client finds it, who has seats in the `claimed` sessions already."""

    calendar: Calendar
    locked: Locked
    claimed: frozenset[UUID]
    now: datetime

    def require_open(self, starts_at: datetime, seats: int) -> None:
        """Whether so many seats could be taken at a start.

        Raises:
            SlotTaken and the other slot refusals, SessionFull, AlreadyBooked: they could not.
        """
        trainer, service = self.locked.trainer, self.locked.service
        shared = self.calendar.shared_session(service, starts_at)
        if shared is None:
            policy.require_slot(self.calendar.decide(starts_at, trainer, service, self.now), starts_at)
            return
        policy.require_notice(trainer, service, starts_at, self.now)
        if shared.seats_left < seats:
            raise SessionFull(session_id=str(shared.session_id), seats_left=shared.seats_left)
        if shared.session_id in self.claimed:
            raise AlreadyBooked(session_id=str(shared.session_id))

    def with_session(self, starts_at: datetime, seats: int) -> "Prospect":
        """The same once a session of the service stands there."""
        service = self.locked.service
        ends_at = starts_at + timedelta(minutes=service.duration_minutes)
        busy = Busy(
            starts_at - timedelta(minutes=service.buffer_before_minutes),
            ends_at + timedelta(minutes=service.buffer_after_minutes),
        )
        standing = self.calendar.sessions
        own = TakenTime(
            UUID(int=len(standing)), service.id, busy, starts_at, ends_at, service.capacity, seats
        )
        return replace(self, calendar=replace(self.calendar, sessions=(*standing, own)))


def look_ahead(
    inquiry: Inquiry,
    locked: Locked,
    client_id: str,
    first: datetime,
    last: datetime,
    *,
    leaving: Booking | None = None,
) -> Prospect:
    """What a client finds from one start to another, once what is overdue, and what is `leaving`, is out of the way."""
    ends_at = last + timedelta(minutes=locked.service.duration_minutes)
    calendar = get_calendar(inquiry, locked.trainer.id, first, ends_at)
    gone = {booking.id: booking for booking in store.list_overdue(inquiry, locked.trainer.id)}
    if leaving is not None:
        gone[leaving.id] = leaving
    claimed = inquiry.list(
        _QUERIES["list_claimed"],
        _Id,
        trainer_id=locked.trainer.id,
        client_id=client_id,
        first=first,
        last=last,
        leaving=leaving and leaving.id,
        now=inquiry.now,
    )
    calendar = _left_by(inquiry, locked, calendar, list(gone.values()))
    return Prospect(calendar, locked, frozenset(row.id for row in claimed), inquiry.now)


def _left_by(inquiry: Inquiry, locked: Locked, calendar: Calendar, gone: Sequence[Booking]) -> Calendar:
    """The calendar once these bookings have given their seats back; seats that somebody waits for stay taken."""
    if not gone:
        return calendar
    staying = inquiry.list(_QUERIES["list_staying"], _Staying, ids=[b.session_id for b in gone])
    awaited = {s.id for s in staying if s.awaited and inquiry.now < closes_at(locked.service, s.starts_at)}
    classes = {s.id for s in staying if s.open_class}
    return without_seats(calendar, [b for b in gone if b.session_id not in awaited], classes)


def without_seats(calendar: Calendar, gone: Sequence[Booking], classes: Collection[UUID]) -> Calendar:
    """The calendar without these bookings' seats; an open class stays when nobody sits in it."""
    freed: Counter[UUID] = Counter()
    for booking in gone:
        freed[booking.session_id] += booking.seats
    left = [replace(s, seats_taken=s.seats_taken - freed[s.session_id]) for s in calendar.sessions]
    standing = (s for s in left if s.seats_taken or not freed[s.session_id] or s.session_id in classes)
    return replace(calendar, sessions=tuple(standing))
