"""Digests: one e-mail in the morning, of what has come since the last one and nobody has read by then.

Whether it is time is looked at when a row says so, by the clock on the person's wall; what a digest holds is looked up
when it is sent. There is one for a date at most, held by the inbox's key, and what one that failed would have told
is in the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.notifications.limits import (
    DIGEST_HOUR,
    DIGEST_LAPSES,
    DIGEST_LATEST_HOUR,
    DIGEST_REACHES,
    DIGESTS_APART,
    MOST_IN_DIGEST,
)
from courtside.notifications.messages.formats import zone_of
from courtside.notifications.model import LeasedDelivery

_QUERIES = Queries(__package__, "digests.sql")

TYPE = "digest.sent"
# Until then nobody has looked when the next is to be.
NOT_YET = datetime.fromtimestamp(0, UTC)
_PAGE, _MOST_PAGES = 200, 50
_MONDAY = 1
_PERIODS = {"daily": timedelta(days=1), "weekly": timedelta(days=7)}


@dataclass(frozen=True)
class Due:
    """Somebody for whom it may be time; `last_at` is of the last digest, `told` whether it was sent."""

    user_id: str
    digest: str
    time_zone: str
    next_at: datetime
    last_at: datetime | None = None
    last_since: datetime | None = None
    told: bool = False


@dataclass(frozen=True)
class _Page:
    subject: str


@dataclass(frozen=True)
class _Unread:
    delivery_id: UUID
    type: str
    payload: dict[str, Any]
    count: int


def next_digest_at(now: datetime, zone: tzinfo, frequency: str) -> datetime:
    """The next time that the wall shows the hour of digests, of weekly ones on a Monday.

    Where clocks leap over it, when they have; where they show it twice, the first time.
    """
    today = now.astimezone(zone).date()
    for days in range(9):
        on = today + timedelta(days=days)
        moment = datetime.combine(on, time(DIGEST_HOUR), zone).astimezone(UTC)
        if moment > now and (frequency != "weekly" or on.isoweekday() == _MONDAY):
            return moment
    raise AssertionError("every week has a Monday")


def decide_digest(due: Due, now: datetime) -> tuple[bool, datetime]:
    """Whether somebody gets a digest now, and when to look again.

    What was missed, as when nothing ran, is made up for at a decent hour, also of a week's; never within hours of
    another, whatever zone somebody has moved to.
    """
    zone = zone_of(due.time_zone)
    usual = next_digest_at(now, zone, due.digest)
    if due.next_at <= NOT_YET or (due.last_at is not None and now - due.last_at < DIGESTS_APART):
        return False, usual
    if not DIGEST_HOUR <= now.astimezone(zone).hour < DIGEST_LATEST_HOUR:
        return False, next_digest_at(now, zone, "daily")
    return True, usual


def since_of(due: Due, now: datetime) -> datetime:
    """From when on a digest tells: the last one that was sent, or what that would have told."""
    last = due.last_at if due.told else due.last_since
    return max(last or now - _PERIODS[due.digest], now - DIGEST_REACHES)


def list_pages(uow: UnitOfWork) -> list[str]:
    """A name for each page of people for whom it may be time."""
    rows = uow.list(_QUERIES["list_pages"], _Page, now=uow.now, page=_PAGE, most=_PAGE * _MOST_PAGES)
    return [row.subject for row in rows]


def make_page(uow: UnitOfWork, _: str) -> int:
    """Make the digests of a page of people that nobody else looks at; how many people that were."""
    found = uow.list(_QUERIES["lock_due"], Due, now=uow.now, page=_PAGE)
    if found:
        rows = Jsonb([_row(due, uow.now) for due in found])
        lapses_at = uow.now + DIGEST_LAPSES
        uow.execute(_QUERIES["insert_digests"], looked=rows, now=uow.now, lapses_at=lapses_at)
    return len(found)


def reschedule(uow: UnitOfWork, user_id: str) -> None:
    """Look anew when somebody's next digest is to be, whose settings or zone have changed; one that is due stays so."""
    due = uow.find(_QUERIES["lock_digest"], Due, user_id=user_id)
    if due is not None and not NOT_YET < due.next_at <= uow.now:
        next_at = next_digest_at(uow.now, zone_of(due.time_zone), due.digest)
        uow.execute(_QUERIES["update_next_at"], user_id=user_id, next_at=next_at)


def with_what_is_unread(reader: Reader, leased: Sequence[LeasedDelivery]) -> list[LeasedDelivery]:
    """Leased deliveries, digests with what is unread now; `count` is zero where that is nothing."""
    digests = [each for each in leased if each.type == TYPE]
    if not digests:
        return list(leased)
    asked = Jsonb(
        [{**each.payload, "delivery_id": str(each.id), "user_id": each.user_id} for each in digests]
    )
    unread: dict[UUID, list[_Unread]] = {}
    for row in reader.list(_QUERIES["list_unread_in"], _Unread, digests=asked, most=MOST_IN_DIGEST):
        unread.setdefault(row.delivery_id, []).append(row)
    return [_telling(each, unread.get(each.id, ())) if each.type == TYPE else each for each in leased]


def _telling(digest: LeasedDelivery, unread: Sequence[_Unread]) -> LeasedDelivery:
    count = unread[0].count if unread else 0
    return replace(
        digest,
        count=min(1, count),
        payload={**digest.payload, "unread": count},
        told=tuple((row.type, row.payload) for row in unread),
        more=count - len(unread),
    )


def _row(due: Due, now: datetime) -> dict[str, Any]:
    is_due, next_at = decide_digest(due, now)
    return {
        "user_id": due.user_id,
        "is_due": is_due,
        "next_at": next_at.isoformat(),
        "since": since_of(due, now).isoformat(),
        "dedupe_key": f"digest:{now.astimezone(zone_of(due.time_zone)).date()}",
    }
