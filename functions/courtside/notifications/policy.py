"""Who is told of what: pure functions of the event."""

from typing import Any

from courtside.bookings.events import (
    AchievementChanged,
    BookingCancelled,
    BookingCompleted,
    BookingConfirmed,
    BookingEvent,
    BookingMissed,
    BookingOffered,
    BookingPromoted,
    BookingRescheduled,
    BookingWaitlisted,
    ConflictFound,
    HoldEnded,
    SessionBooked,
    SessionCalledOff,
)
from courtside.credits.events import AllocationUpdated, FeeChanged
from courtside.events import Event
from courtside.identity.events import UserRegistered
from courtside.notifications.events import (
    BookingNear,
    CreditsNearExpiry,
    SessionNear,
    WebhookFailing,
    WebhookStopped,
)
from courtside.notifications.model import ADMINS, Notice
from courtside.notifications.types import Priority, group_of, type_of
from courtside.reviews.events import (
    DisputeClosed,
    DisputeContinued,
    DisputeEvent,
    DisputeOpened,
    ReviewChanged,
    ReviewCreated,
)
from courtside.standing.events import AccountBlocked, AccountUnblocked, RoleChanged
from courtside.trainers.events import TrainerApplied, TrainerApproved

CLIENT, TRAINER, ADMIN = "client", "trainer", "admin"
# What ends by its client's own will concerns nobody else, and its client knows.
_UNTOLD_ENDINGS = frozenset({"left_waitlist", "offer_declined", "hold_released"})
_CREDITS = {
    "grant": "credits.granted",
    "adjust": "credits.adjusted",
    "refund": "credits.refunded",
    "expire": "credits.expired",
}


def notices_of(event: Event) -> list[Notice]:
    """What each person concerned is told of an event; most events concern nobody's inbox."""
    match event:
        case BookingCancelled() | HoldEnded():
            return _of_ending(event)
        case BookingEvent():
            return _of_booking(event)
        case DisputeEvent():
            return _of_dispute(event)
        case AllocationUpdated() | FeeChanged():
            return _of_credits(event)
        case ReviewCreated() | ReviewChanged():
            return _of_review(event)
        case TrainerApplied() | TrainerApproved():
            return _of_application(event)
        case RoleChanged() | AccountBlocked() | AccountUnblocked():
            return _of_account(event)
        case WebhookFailing() | WebhookStopped():
            return _of_webhook(event)
        case BookingNear() | SessionNear():
            return [_reminder(event)]
        case _:
            return _of_others(event)


def addressed(notice: Notice, actor_id: str) -> Notice | None:
    """A notice as it is told where `actor_id` brought it about; None: nobody is told what they just did themselves.

    But a client gets a receipt of what was booked, moved or cancelled, and so does whoever is new.
    """
    if notice.user_id != actor_id:
        return notice
    if type_of(notice.type).confirmed and notice.payload.get("role") == CLIENT:
        return Notice(notice.user_id, notice.type, notice.dedupe_key, notice.payload, receipt=True)
    return None


def bundle_of(notice: Notice) -> tuple[str, ...] | None:
    """What notices of one transaction have in common that are told in one; None where each is told by itself.

    What is urgent, or replaces another push, stands alone: there is something to do about it.
    """
    type_ = type_of(notice.type)
    if type_.priority is Priority.URGENT or type_.collapse:
        return None
    alike = group_of(notice.type, notice.payload)
    variants = [str(notice.payload.get(field, "")) for field in type_.told_by] if alike is None else [alike]
    return (notice.user_id, notice.type, str(notice.receipt), *variants)


def _of_booking(event: BookingEvent) -> list[Notice]:
    key = str(event.booking_id)
    match event:
        case SessionBooked(status="pending"):
            return _tell_both("session.requested", event, key)
        case SessionBooked():
            return _tell_both("session.booked", event, key)
        case BookingConfirmed():
            return _tell_both("session.confirmed", event, key)
        case BookingRescheduled():
            moved = {"old_starts_at": event.old_starts_at.isoformat()}
            return _tell_both("session.rescheduled", event, f"{key}:rescheduled:{event.reschedules}", **moved)
        case BookingWaitlisted():
            return _tell_client("waitlist.joined", event, key, position=event.position)
        case BookingOffered():
            # Each offer is another one: the same booking may be offered seats once only.
            return _tell_client("waitlist.offered", event, key, expires_at=event.expires_at.isoformat())
        case BookingPromoted(status="pending"):
            asked = _tell_trainer("session.requested", event, key)
            return _tell_client("waitlist.promoted", event, key, status=event.status) + asked
        case BookingPromoted():
            return _tell_both("waitlist.promoted", event, key, status=event.status)
        case BookingCompleted():
            return _tell_client("review.invited", event, key)
        case BookingMissed():
            return _tell_client("booking.no_show", event, key)
        case _:
            return []


def _of_ending(event: BookingCancelled | HoldEnded) -> list[Notice]:
    key = str(event.booking_id)
    if event.ended in _UNTOLD_ENDINGS:
        return []
    if event.ended == "hold_expired":
        return _tell_client("booking.hold_expired", event, key)
    if event.ended == "offer_expired":
        return _tell_client("waitlist.offer_expired", event, key)
    # Of a session that is called off its trainer is told once, not for each booking in it.
    alone = event.ended in ("session_cancelled", "waitlist_closed")
    tell = _tell_client if alone else _tell_both
    return tell("session.cancelled", event, f"{key}:cancelled", ended=event.ended)


def _of_dispute(event: DisputeEvent) -> list[Notice]:
    parties = [(event.client_id, CLIENT), (event.trainer_id, TRAINER)]
    everybody, key = [*parties, (ADMINS, ADMIN)], str(event.dispute_id)
    match event:
        case DisputeOpened():
            return _tell_of_dispute("dispute.opened", event, key, everybody)
        case DisputeClosed():
            return _tell_of_dispute("dispute.resolved", event, key, parties)
        case DisputeContinued(status="lapsed"):
            return _tell_of_dispute("dispute.lapsed", event, key, everybody)
        case DisputeContinued(answers=True):
            return _tell_of_dispute("dispute.answered", event, key, everybody)
        case DisputeContinued():
            return _tell_of_dispute("dispute.continued", event, f"{key}:{event.statement}", parties)
        case _:
            return []


def _of_credits(event: AllocationUpdated | FeeChanged) -> list[Notice]:
    if isinstance(event, FeeChanged):
        type_ = "fee.charged" if event.change_minor > 0 else "fee.returned"
        fee = {"amount_minor": abs(event.change_minor), "currency": event.currency}
        payload = {"role": CLIENT, "booking_id": str(event.booking_id), **fee}
        return [Notice(event.client_id, type_, f"{type_}:{event.transfer_id}", payload)]
    # What was spent, the booking tells.
    if event.kind not in _CREDITS or not event.transfer_ids:
        return []
    type_, payload = _CREDITS[event.kind], {"role": CLIENT, "change": event.change}
    return [Notice(event.client_id, type_, f"{type_}:{event.transfer_ids[0]}", payload)]


def _of_review(event: ReviewCreated | ReviewChanged) -> list[Notice]:
    payload = {"review_id": str(event.review_id), "rating": event.rating}
    if isinstance(event, ReviewCreated):
        told = {"role": TRAINER, **payload}
        return [Notice(event.trainer_id, "review.created", str(event.review_id), told)]
    type_ = {"answered": "review.replied", "hidden": "review.hidden"}.get(event.change)
    if type_ is None:
        return []
    return [Notice(event.client_id, type_, f"{type_}:{event.review_id}", {"role": CLIENT, **payload})]


def _of_application(event: TrainerApplied | TrainerApproved) -> list[Notice]:
    if isinstance(event, TrainerApproved):
        return [Notice(event.trainer_id, "trainer.approved", event.trainer_id, {"role": TRAINER})]
    payload = {"role": ADMIN, "trainer_id": event.trainer_id}
    return [Notice(ADMINS, "trainer.applied", f"trainer.applied:{event.trainer_id}", payload)]


def _of_account(event: RoleChanged | AccountBlocked | AccountUnblocked) -> list[Notice]:
    payload = {"role": CLIENT}
    match event:
        case RoleChanged():
            type_, payload = "user.role_changed", {**payload, "new_role": event.role}
        case AccountBlocked():
            type_ = "user.blocked"
        case AccountUnblocked():
            type_ = "user.unblocked"
    return [Notice(event.user_id, type_, f"{type_}:{event.changed_at.isoformat()}", payload)]


def _of_webhook(event: WebhookFailing | WebhookStopped) -> list[Notice]:
    payload: dict[str, Any] = {"role": ADMIN, "endpoint_id": str(event.endpoint_id)}
    if isinstance(event, WebhookStopped):
        return [Notice(ADMINS, "webhook.stopped", f"webhook.stopped:{event.endpoint_id}", payload)]
    payload |= {"failures": event.failures_in_a_row}
    # It may fail as often again once it has recovered.
    key = f"webhook.failing:{event.endpoint_id}:{event.last_success_at}:{event.failures_in_a_row}"
    return [Notice(ADMINS, "webhook.failing", key, payload)]


def _of_others(event: Event) -> list[Notice]:
    match event:
        case UserRegistered():
            return [Notice(event.user_id, "user.welcome", "user.welcome", {"role": CLIENT})]
        case AchievementChanged(awarded=True):
            payload = {"role": CLIENT, "code": event.code}
            return [Notice(event.client_id, "achievement.awarded", f"achievement:{event.code}", payload)]
        case SessionCalledOff():
            payload = {
                "role": TRAINER,
                "session_id": str(event.session_id),
                "service_name": event.title or event.service_name,
                "starts_at": event.starts_at.isoformat(),
                "ends_at": event.ends_at.isoformat(),
            }
            return [Notice(event.trainer_id, "session.called_off", f"called_off:{event.session_id}", payload)]
        case ConflictFound():
            return _tell_of_conflict(event)
        case CreditsNearExpiry():
            return [_expiring(event)]
        case _:
            return []


def _expiring(event: CreditsNearExpiry) -> Notice:
    payload = {
        "role": CLIENT,
        "allocation_id": str(event.allocation_id),
        "change": event.remaining,
        "expires_at": event.expires_at.isoformat(),
    }
    return Notice(event.client_id, "credits.expiring", f"credits.expiring:{event.allocation_id}", payload)


def _reminder(event: BookingNear | SessionNear) -> Notice:
    """A reminder, whose key `reminders.sql` looks for: another lead, or another time, is another one."""
    payload = {
        "session_id": str(event.session_id),
        "service_name": event.service_name,
        "starts_at": event.starts_at.isoformat(),
        "ends_at": event.ends_at.isoformat(),
        "lead_minutes": event.lead_minutes,
    }
    occasion = f"{event.lead_minutes}:{int(event.starts_at.timestamp())}"
    if isinstance(event, SessionNear):
        key = f"session.reminder:{event.session_id}:{occasion}"
        return Notice(event.trainer_id, "session.reminder", key, {"role": TRAINER, **payload})
    key = f"session.reminder:{event.booking_id}:{occasion}"
    told = {"role": CLIENT, "booking_id": str(event.booking_id), **payload}
    return Notice(event.client_id, "session.reminder", key, told)


def _tell_of_conflict(event: ConflictFound) -> list[Notice]:
    payload = {
        "conflict_id": str(event.conflict_id),
        "kind": event.kind,
        "on_date": event.on_date.isoformat(),
        "session_ids": [str(session_id) for session_id in event.session_ids],
    }
    people = [(trainer_id, TRAINER) for trainer_id in event.trainer_ids]
    if event.client_id is not None:
        people.append((event.client_id, CLIENT))
    key = f"conflict:{event.conflict_id}"
    return [Notice(uid, "schedule.conflict", key, {"role": role, **payload}) for uid, role in people]


def _tell_of_dispute(
    type_: str, event: DisputeEvent, key: str, people: list[tuple[str, str]]
) -> list[Notice]:
    payload = {
        "dispute_id": str(event.dispute_id),
        "booking_id": str(event.booking_id),
        "status": event.status,
    }
    return [Notice(uid, type_, f"{type_}:{key}", {"role": role, **payload}) for uid, role in people]


def _tell_both(type_: str, event: BookingEvent, key: str, **more: Any) -> list[Notice]:
    payload = {
        "booking_id": str(event.booking_id),
        "session_id": str(event.session_id),
        "service_name": event.service_name,
        "starts_at": event.starts_at.isoformat(),
        "ends_at": event.ends_at.isoformat(),
        **more,
    }
    people = ((event.client_id, CLIENT), (event.trainer_id, TRAINER))
    return [Notice(uid, type_, f"{type_}:{key}", {"role": role, **payload}) for uid, role in people]


def _tell_client(type_: str, event: BookingEvent, key: str, **more: Any) -> list[Notice]:
    return _tell_both(type_, event, key, **more)[:1]


def _tell_trainer(type_: str, event: BookingEvent, key: str) -> list[Notice]:
    return _tell_both(type_, event, key)[1:]
