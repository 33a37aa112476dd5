"""What people are told because of the time alone: a session is near, credits expire soon.

Nothing is scheduled: what is due is found anew every minute from what stands then. So whatever was moved is reminded of
where it is now and whatever was cancelled is not, however long nobody looked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.notifications.events import BookingNear, CreditsNearExpiry, SessionNear
from courtside.notifications.limits import CREDITS_WARNING

_QUERIES = Queries(__package__, "reminders.sql")

# Of one run; what is left is for the next.
_MOST_SESSIONS = 2_000
_MOST_CLIENTS = 500


@dataclass(frozen=True)
class _Id:
    id: str


@dataclass(frozen=True)
class _Near:
    booking_id: UUID
    session_id: UUID
    client_id: str
    trainer_id: str
    service_name: str
    starts_at: datetime
    ends_at: datetime
    lead_minutes: int


@dataclass(frozen=True)
class _Expiring:
    allocation_id: UUID
    client_id: str
    remaining: int
    expires_at: datetime


def sessions_near(uow: UnitOfWork) -> Sequence[str]:
    """Sessions of which somebody is to be reminded, and was not yet."""
    return [row.id for row in uow.list(_QUERIES["list_near"], _Id, now=uow.now, limit=_MOST_SESSIONS)]


def remind(uow: UnitOfWork, session_id: str) -> int:
    """Remind a session's clients, and its trainer once; how many bookings. Run twice, each is told once.

    Of several leads that have come, as after an outage, only the one nearest to the start is told; one that had come
    before a booking was made, confirmed or moved to where it is, is not.
    """
    near = uow.list(_QUERIES["lock_reminded"], _Near, session_id=UUID(session_id), now=uow.now)
    for booking in near:
        facts = dict(vars(booking))
        del facts["trainer_id"]
        uow.emit(BookingNear(**facts))
    for session in near[:1]:
        facts = dict(vars(session))
        del facts["booking_id"], facts["client_id"]
        uow.emit(SessionNear(**facts))
    return len(near)


def owners_of_expiring(uow: UnitOfWork) -> Sequence[str]:
    """Clients whose credits expire soon, and who were not told yet."""
    values = {"now": uow.now, "warning": CREDITS_WARNING, "limit": _MOST_CLIENTS}
    return [row.id for row in uow.list(_QUERIES["list_owners_of_expiring"], _Id, **values)]


def warn_of_expiry(uow: UnitOfWork, client_id: str) -> int:
    """Tell a client what expires soon; of how many allocations. Run twice, each is told once."""
    values = {"client_id": client_id, "now": uow.now, "warning": CREDITS_WARNING}
    expiring = uow.list(_QUERIES["lock_expiring"], _Expiring, **values)
    for allocation in expiring:
        uow.emit(CreditsNearExpiry(**vars(allocation)))
    return len(expiring)
