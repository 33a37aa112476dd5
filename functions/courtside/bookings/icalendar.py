"""Calendars after RFC 5545: a person's secret feed, and the file of one booking.

Feeds reach from 30 days ago; times are written on the wall clock of the trainer's zone, with its VTIMEZONE. The
library `icalendar` escapes and folds; what it is given has no control characters left.
"""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from courtside.bookings.policy import require_party
from courtside.bookings.refusals import BookingNotFound
from courtside.bookings.schemas import BookingIcs, CalendarFeedView, IcsView
from courtside.bookings.store import get_booking
from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import Inquiry, UnitOfWork

_QUERIES = Queries(__package__, "icalendar.sql")

PRODUCT = "-//Courtside//Bookings//EN"
_TOKEN_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_PAST = timedelta(days=30)
_MOST_EVENTS = 2_000
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_CANCELLED = frozenset({"cancelled"})
_TENTATIVE = frozenset({"pending", "open", "booked"})


@dataclass(frozen=True)
class Entry:
    """One event of a calendar; `revision` grows with each change that a calendar would show."""

    uid: str
    service_name: str
    title: str
    with_whom: str
    place: str
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    status: str
    revision: int
    changed_at: datetime


@dataclass(frozen=True)
class _Owner:
    user_id: str
    display_name: str


def create_feed(uow: UnitOfWork) -> CalendarFeedView:
    """Give the actor a new secret address; the former one ends."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    uow.execute(_QUERIES["replace_feed"], user_id=uow.actor.uid, digest=_digest(token), now=uow.now)
    uow.record(f"users/{uow.actor.uid}/calendar", None, {"active": True})
    return CalendarFeedView(active=True, path=f"/calendar/{token}.ics")


def revoke_feed(uow: UnitOfWork) -> CalendarFeedView:
    """End the actor's address, if there is one."""
    ended = uow.execute(_QUERIES["end_feed"], user_id=uow.actor.uid)
    uow.record(f"users/{uow.actor.uid}/calendar", {"active": ended > 0}, {"active": False})
    return CalendarFeedView(active=False, path=None)


def read_feed(reader: Reader, token: str, now: datetime) -> str | None:
    """The calendar that a secret opens; None for every secret that opens none."""
    if not _TOKEN.fullmatch(token):
        return None
    owner = reader.find(_QUERIES["find_feed"], _Owner, digest=_digest(token))
    if owner is None:
        return None
    asked = {"user_id": owner.user_id, "since": now - _PAST, "limit": _MOST_EVENTS}
    entries = [*reader.list(_QUERIES["list_booked"], Entry, booking_ids=None, **asked)]
    entries += reader.list(_QUERIES["list_held_sessions"], Entry, **asked)
    return to_ics(f"Courtside: {owner.display_name}", entries)


def booking_ics(inquiry: Inquiry, query: BookingIcs) -> IcsView:
    """One booking as a file, for those who may see the booking.

    Raises:
        BookingNotFound: it is not there, or not the actor's, or never stood in a calendar.
    """
    booking = get_booking(inquiry, query.booking_id)
    if not inquiry.actor.reads_all:
        require_party(inquiry.actor, booking)
    text = read_file(inquiry, [booking.id])
    if text is None:
        raise BookingNotFound(booking_id=str(booking.id))
    return IcsView(ics=text)


def read_file(reader: Reader, booking_ids: Sequence[UUID]) -> str | None:
    """Bookings as one file, as their client sees them; None where none of them ever stood in a calendar."""
    entries = list_entries(reader, booking_ids)
    return to_ics(entries[0].service_name, entries) if entries else None


def list_entries(reader: Reader, booking_ids: Sequence[UUID]) -> Sequence[Entry]:
    """The calendar entries of bookings, of those that have one."""
    since = datetime.fromtimestamp(0, UTC)
    values = {"booking_ids": list(booking_ids), "user_id": None, "since": since, "limit": len(booking_ids)}
    return reader.list(_QUERIES["list_booked"], Entry, **values)


def to_ics(name: str, entries: Sequence[Entry]) -> str:
    """A calendar as text: lines folded and ended as the standard says; the same entries give the same text."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", _plain(name))
    for entry in entries:
        calendar.add_component(_event(entry))
    if entries:
        first = min(entry.starts_at for entry in entries).date() - timedelta(days=366)
        last = max(entry.ends_at for entry in entries).date() + timedelta(days=366)
        calendar.add_missing_timezones(first_date=first, last_date=last)
    text: str = calendar.to_ical().decode()
    return text


def _event(entry: Entry) -> Event:
    zone = ZoneInfo(entry.time_zone)
    event = Event()
    event.add("uid", f"{entry.uid}@courtside")
    event.add("dtstamp", entry.changed_at.astimezone(UTC).replace(microsecond=0))
    event.add("last-modified", entry.changed_at.astimezone(UTC).replace(microsecond=0))
    event.add("sequence", entry.revision)
    event.add("dtstart", entry.starts_at.astimezone(zone))
    event.add("dtend", entry.ends_at.astimezone(zone))
    event.add("summary", _summary(entry))
    event.add("status", _status(entry.status))
    event.add("transp", "TRANSPARENT" if entry.status in _CANCELLED else "OPAQUE")
    if entry.place:
        event.add("location", _plain(entry.place))
    return event


def _summary(entry: Entry) -> str:
    what = _plain(entry.title or entry.service_name)
    return f"{what}: {_plain(entry.with_whom)}" if entry.with_whom else what


def _status(status: str) -> str:
    if status in _CANCELLED:
        return "CANCELLED"
    return "TENTATIVE" if status in _TENTATIVE else "CONFIRMED"


def _plain(text: str) -> str:
    return _CONTROLS.sub(" ", text)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
