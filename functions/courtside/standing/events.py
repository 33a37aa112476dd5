"""What happens to what accounts may do."""

from dataclasses import dataclass
from datetime import datetime

from courtside.events import Event


@dataclass(frozen=True, kw_only=True)
class RoleChanged(Event):
    """An account has another role."""

    name = "account.role_changed.v1"
    user_id: str
    old_role: str
    role: str
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class AccountBlocked(Event):
    """An account may do nothing any more; so many of its bookings, and booked sessions, to come stand all the same."""

    name = "account.blocked.v1"
    user_id: str
    bookings: int
    sessions: int
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class AccountUnblocked(Event):
    """An account may do again what its role may."""

    name = "account.unblocked.v1"
    user_id: str
    changed_at: datetime
