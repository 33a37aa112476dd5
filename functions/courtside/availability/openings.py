"""What of a trainer can be booked soonest: open slots of its services and seats in sessions that stand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import merge
from itertools import takewhile
from uuid import UUID

from courtside.availability.calendar import Calendar
from courtside.availability.slots import slots_from
from courtside.trainers.model import Service, Trainer, min_notice_minutes


@dataclass(frozen=True, order=True)
class Opening:
    """Something that can be booked: in a session that stands, or as a new one."""

    starts_at: datetime
    ends_at: datetime
    service_id: UUID
    seats_left: int
    session_id: UUID | None = None


def openings(
    calendar: Calendar,
    trainer: Trainer,
    services: Sequence[Service],
    now: datetime,
    starts_at: datetime,
    until: datetime,
) -> Iterator[Opening]:
    """Everything that starts from `starts_at` until before `until`, in order; the calendar must reach as far."""
    active = [service for service in services if service.active]
    found = merge(
        _joinable(calendar, trainer, active, now),
        *(_new(calendar, trainer, service, now, starts_at, until) for service in active),
    )
    within = takewhile(lambda opening: opening.starts_at < until, found)
    return (opening for opening in within if opening.starts_at >= starts_at)


def _new(
    calendar: Calendar,
    trainer: Trainer,
    service: Service,
    now: datetime,
    starts_at: datetime,
    until: datetime,
) -> Iterator[Opening]:
    facts = calendar.facts(trainer, service, now)
    reach = (until - now) // timedelta(days=1) + 1
    facts["rules"] = replace(facts["rules"], horizon_days=max(0, min(facts["rules"].horizon_days, reach)))
    for slot in slots_from(max(starts_at, now), **facts):
        yield Opening(slot.starts_at, slot.ends_at, service.id, service.capacity)


def _joinable(
    calendar: Calendar, trainer: Trainer, services: Sequence[Service], now: datetime
) -> Iterator[Opening]:
    earliest = {s.id: now + timedelta(minutes=min_notice_minutes(trainer, s)) for s in services}
    for session in sorted(calendar.sessions, key=lambda each: each.starts_at):
        known = earliest.get(session.service_id)
        if known is not None and session.starts_at >= known and session.capacity > 1 and session.seats_left:
            yield Opening(
                session.starts_at, session.ends_at, session.service_id, session.seats_left, session.session_id
            )
