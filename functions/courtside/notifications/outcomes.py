"""What becomes of a delivery: the last look before it is sent, what its receiver made of it, what follows. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from courtside.notifications.model import LeasedDelivery
from courtside.notifications.plan import Because, Preferences, is_wanted
from courtside.notifications.quiet import QuietRange, quiet_until
from courtside.notifications.types import Category, Channel, Priority, type_of

HELD = "held"
ACCEPTED, WAITING, FAILED, CANCELLED, DEAD = "accepted", "waiting", "failed", "cancelled", "dead"
# Of installations.
REMOVED, QUARANTINED = "removed", "quarantined"

# The first pause; each further one is twice as long, up to the longest.
FIRST_PAUSE_SECONDS = 10.0
_LONGEST_PAUSE_SECONDS = 600.0
# However long a receiver asks us to wait.
_LONGEST_ASKED_SECONDS = 3600.0
# Mail servers try for days; what nobody has read by then is in the inbox.
_MAIL_TTL = timedelta(days=2)


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt, in the words of its gateway.

    `state` is where it ends; WAITING means that it may be tried again. `reason` is a code, never the receiver's words:
    they can hold an address. `pause_seconds` is what the receiver asked for: with `closes`, of everybody on its
    channel. Not `answered`: the receiver is in trouble, or the way to it. `installation` is what becomes of the target.
    `alarm`: somebody has to look, for waiting cures nothing.
    """

    state: str
    reason: str = ""
    provider_id: str | None = None
    pause_seconds: float | None = None
    closes: bool = False
    answered: bool = True
    alarm: bool = False
    installation: str | None = None
    tried: bool = True


# The time of a batch was over, or its channel closed, before its turn came.
UNTRIED = Outcome(WAITING, "out_of_time", pause_seconds=0.0, tried=False)


@dataclass(frozen=True)
class Step:
    """What is written of a delivery: its state, why, and in how many seconds it is due again."""

    state: str
    reason: str | None
    pause_seconds: float


def deadline_of(channel: str, type_: str, first_sent_at: datetime, expires_at: datetime | None) -> datetime:
    """Until when a delivery is worth trying."""
    ttl = type_of(type_).push_ttl if channel == "push" else _MAIL_TTL
    latest = first_sent_at + ttl
    return latest if expires_at is None else min(latest, expires_at)


def next_step(outcome: Outcome, *, attempts: int, now: datetime, deadline: datetime, jitter: float) -> Step:
    """What follows from an attempt, the `attempts`th; `jitter` in 0…1 makes pauses up to half as long again.

    What would be tried again only after its deadline ends here.
    """
    if outcome.state != WAITING:
        return Step(outcome.state, outcome.reason or None, outcome.pause_seconds or 0.0)
    if not outcome.tried:
        return Step(WAITING, None, outcome.pause_seconds or 0.0)
    pause = _pause_seconds(outcome, attempts, jitter)
    if now + timedelta(seconds=pause) >= deadline:
        return Step(FAILED, "expired", 0.0)
    return Step(WAITING, outcome.reason, pause)


def last_look(delivery: LeasedDelivery) -> Outcome | None:
    """What becomes of a delivery that is due instead of being sent; None: it is sent.

    It may have been decided about long ago: things change, people read, and change their settings, while it is held or
    tried again.
    """
    if (reason := why_not(delivery)) is not None:
        return Outcome(CANCELLED, reason, tried=False)
    if (end := _quiet_until(delivery)) is not None:
        seconds = (end - delivery.now).total_seconds()
        return Outcome(HELD, Because.QUIET_HOURS.value, pause_seconds=seconds, tried=False)
    return None


def why_not(delivery: LeasedDelivery) -> str | None:
    """Why a delivery that is due should not be sent any more; None where it should."""
    if delivery.expires_at is not None and delivery.expires_at <= delivery.now:
        return "expired"
    if delivery.stopped:
        return Because.BROADCAST_STOPPED.value
    if not _is_so(delivery):
        return Because.UNTRUE.value
    unwanted = is_wanted(delivery.type, Channel(delivery.channel), _preferences(delivery))
    if unwanted is not None:
        return unwanted.value
    if delivery.count == 0:
        return Because.NOTHING_UNREAD.value if type_of(delivery.type).asked_for else Because.READ.value
    if delivery.channel == "email":
        return None if delivery.email else "no_address"
    if delivery.archived_at is not None or delivery.read_at is not None:
        return "read"
    if delivery.owner_id != delivery.user_id:
        return "installation_reassigned" if delivery.owner_id else "installation_removed"
    return None if delivery.installation_state == "active" else f"installation_{delivery.installation_state}"


def _is_so(delivery: LeasedDelivery) -> bool:
    """Whether what it tells of is still as it tells it; what nothing is known of is."""
    type_ = type_of(delivery.type)
    if not type_.while_status or delivery.subject_status is None:
        return True
    told, starts_at = delivery.payload.get("starts_at"), delivery.subject_starts_at
    # What else moved is still a request or a booking.
    if type_.category is Category.REMINDER and isinstance(told, str) and starts_at is not None:
        return delivery.subject_status in type_.while_status and datetime.fromisoformat(told) == starts_at
    return delivery.subject_status in type_.while_status


def _preferences(delivery: LeasedDelivery) -> Preferences:
    ranges = tuple(QuietRange.read(each) for each in delivery.quiet)
    return Preferences(delivery.quiet_zone, delivery.enabled, delivery.chosen, ranges)


def _quiet_until(delivery: LeasedDelivery) -> datetime | None:
    """Until when it should not ring: planned at a decent hour, it may be tried again at another one."""
    is_answer = delivery.receipt and not type_of(delivery.type).asked_for
    if is_answer or delivery.priority == Priority.URGENT:
        return None
    return quiet_until(_preferences(delivery).quiet, ZoneInfo(delivery.quiet_zone), delivery.now)


def _pause_seconds(outcome: Outcome, attempts: int, jitter: float) -> float:
    if outcome.pause_seconds is not None:
        asked = min(_LONGEST_ASKED_SECONDS, outcome.pause_seconds)
        # Spread, so that those who wait for the same moment do not all come back at it.
        return asked * (1 + jitter / 10)
    doublings = min(max(0, attempts - 1), 10)
    return min(_LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * float(2**doublings)) * (1 + jitter / 2)
