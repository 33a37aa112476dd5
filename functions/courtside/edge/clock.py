"""The time at which a request is handled: the database's, unless a local suite asks for another.

Demo data needs a past, and nobody may book in the past. Where identity comes from an emulator anyone can be
anybody already, so there a request may also choose its own time; everywhere else asking for it is refused.
"""

from datetime import UTC, datetime

from courtside.config import Settings
from courtside.errors import ClockNotMovable, MalformedRequest

HEADER = "X-Courtside-Now"


def requested_now(header: str | None, settings: Settings) -> datetime | None:
    """The time that a request's header asks to be handled at, None for the real one.

    Only `uow.now` follows it: what tells of the commit itself (`committed_at`, the audit) stays real.

    Raises:
        ClockNotMovable: this process does not run beside an Auth emulator.
        MalformedRequest: it is not a time with an offset.
    """
    if header is None:
        return None
    if settings.auth_emulator is None:
        raise ClockNotMovable
    try:
        moment = datetime.fromisoformat(header)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise MalformedRequest(f"{HEADER} must be a time with its offset, such as 2026-05-04T09:30:00+00:00.")
